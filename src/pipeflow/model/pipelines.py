"""A pipeline: the ordered stages through which the jobs of one service move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import DefinitionError, Problem, one_line, shown
from ..show.shown import Shown
from .automations import Automation
from .checks import each_is
from .conditions import Condition
from .job_statuses import Status, as_statuses, status_problems
from .record import frozen, replaced
from .spelling import meant, typed, under
from .stages import Stage, position
from .templates import JobTemplate
from .templates.template import template_id, template_problems
from .text import text_problems
from .triggers import AroundDate, Timed, Trigger, done_problems, nested, with_ids
from .values import UNCHANGED, Definition, Unchanged, items

if TYPE_CHECKING:
    from ..show import Document
    from .accounts import Member
    from .overview import Overview
    from .templates import Template

__all__ = ["Pipeline"]

MOST_STAGES, MOST_AUTOMATIONS = 500, 5000


def _job_template(given: str | JobTemplate | None) -> str | None:
    return None if given is None else template_id(given, JobTemplate)


def _triggers(given: Iterable[AroundDate]) -> tuple[AroundDate, ...]:
    return items(given)


def _stages(given: Iterable[Stage]) -> tuple[Stage, ...]:
    return items(given)


@frozen
class Pipeline(Shown, Definition):
    """A service that the firm delivers, as the stages its jobs pass.

    Args:
        name: What the firm calls it.
        stages: At least one. The first and the last have no condition, the last no automove.
        description: For the firm.
        job_template: What its jobs start with, unless they are started with another.
        statuses: Job statuses of its own beside Active, Completed and Archived; a text is a
            `Status` of that name. A job in one of them does not automove (A-23).
        triggers: What fires automations in whatever stage a job is: `AroundDate` (R-35).
        id: Made of the name unless given.

    Raises:
        DefinitionError: With every problem of the stages at once.
    """

    stages: tuple[Stage, ...] = attrs.field(converter=_stages)
    description: str = attrs.field(default="", kw_only=True)
    job_template: str | None = attrs.field(default=None, converter=_job_template, kw_only=True)
    statuses: tuple[Status, ...] = attrs.field(default=(), converter=as_statuses, kw_only=True)
    triggers: tuple[AroundDate, ...] = attrs.field(default=(), converter=_triggers, kw_only=True)
    _places: Mapping[str, int] = attrs.field(init=False, eq=False, repr=False)
    _nested: Mapping[str, Automation] = attrs.field(init=False, eq=False, repr=False)
    is_timed: bool = attrs.field(init=False, eq=False, repr=False)

    def _derive(self) -> None:
        """Note where each id stands, and give ids to what its triggers fire."""
        places = {stage.id: number for number, stage in enumerate(self.stages)}
        object.__setattr__(self, "_places", places)
        if self.triggers:
            object.__setattr__(self, "triggers", with_ids(self.triggers, (), ""))
        nested = {str(one.id): one for at, one in self.automations() if not _is_plain(at)}
        object.__setattr__(self, "_nested", nested)
        timed = any(isinstance(one, Timed) for stage in self.stages for one in stage.triggers)
        object.__setattr__(self, "is_timed", timed or bool(self.triggers))

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from text_problems(self.description, "$.description")
        if self.job_template is not None:
            yield from template_problems(self.job_template, JobTemplate, "$.job_template")
        if self.stages == ():
            yield Problem("must have at least one stage", "$.stages")
        others = tuple(each_is(Stage, self.stages, "$.stages"))
        yield from others or self._stage_problems()
        statuses = tuple(status_problems(self.statuses, "$.statuses"))
        yield from statuses
        triggers = tuple(each_is(AroundDate, self.triggers, "$.triggers"))
        yield from triggers
        if not (others or statuses or triggers):
            yield from self._id_problems()

    def _id_problems(self) -> Iterator[Problem]:
        """Yield the ids of what triggers, statuses and reminders fire that come twice (R-34)."""
        seen: dict[str, str] = {}
        for where, one in self.automations():
            if one.id is None:
                continue
            if one.id in seen and not (_is_plain(where) and _is_plain(seen[one.id])):
                what = f"has the id {one.id!r}, as {seen[one.id]} has; give it another with id="
                yield Problem(what, f"{where}.id")
            seen.setdefault(one.id, where)
        for number, stage in enumerate(self.stages):
            for problem in done_problems(stage.automations, stage.triggers, self._home):
                yield problem.at(f"$.stages[{number}]")

    def _home(self, automation: str) -> str:
        """Say where an automation stands, by its id: in a stage, or beside them."""
        for where, one in self.automations():
            if one.id == automation:
                beside, _, rest = where.removeprefix("$.").partition("[")
                if beside != "stages":
                    return f"the {beside}"
                return f"stage {self.stages[int(rest.partition(']')[0])].name!r}"
        return ""

    def _stage_problems(self) -> Iterator[Problem]:
        first, last = 0, len(self.stages) - 1
        seen: dict[str, int] = {}
        for number, stage in enumerate(self.stages):
            place = f"$.stages[{number}]"
            if stage.id in seen:
                yield Problem(
                    f"stage {stage.name!r} has the id {stage.id!r}, as stage {seen[stage.id]} has; "
                    "give it another with id=",
                    f"{place}.id",
                )
            seen.setdefault(stage.id, number)
            if stage.when is not None and number in {first, last}:
                which = "first" if number == first else "last"
                yield Problem(
                    f"the {which} stage cannot be conditional; "
                    f"take the condition from {stage.name!r}, or put another stage {which}",
                    f"{place}.when",
                    shown(stage.when),
                )
            if stage.automove and number == last:
                yield Problem(
                    f"the last stage cannot automove: nothing comes after "
                    f"{stage.name!r}; switch it off, or add a stage after it",
                    f"{place}.automove",
                    "True",
                )
        if len(self.stages) > MOST_STAGES:
            yield Problem(f"must be at most {MOST_STAGES}", "$.stages", str(len(self.stages)))
        if sum(len(stage.automations) for stage in self.stages) > MOST_AUTOMATIONS:
            yield Problem(f"must hold at most {MOST_AUTOMATIONS} automations", "$.stages")

    def __repr__(self) -> str:
        """Print in one line: `<Pipeline 'Tax': Intake[2]> -> ?Review[1] -> Done[0]>`.

        The number counts automations; `?` marks a condition, `>` an automove.
        """
        return f"<Pipeline {self.name!r}: {' -> '.join(map(_brief, self.stages))}>"

    def __str__(self) -> str:
        """Print in one line; `f"{pipeline:text}"` shows all of it."""
        return repr(self)

    def document(self) -> Document:
        """Build what is shown: its overview."""
        return self.overview().document()

    def find(self, stage: str) -> int | None:
        """Return where the stage of an id stands, counting from 0, or None.

        Raises:
            DefinitionError: It is no id; `place` takes stages and names too.
        """
        try:
            return self._places[stage]
        except (KeyError, TypeError):
            return under(stage, self._places, "$.stage")

    def place(self, stage: str | Stage) -> int:
        """Return where a stage stands, counting from 0, by its id, then by its name.

        Letter case does not count where only one stage can be meant (R-32).

        Raises:
            NotFoundError: With the stages that there are and the nearest name.
        """
        wanted = stage.id if isinstance(stage, Stage) else stage
        found = self._places.get(wanted) if isinstance(wanted, str) else None
        if found is not None:
            return found
        for number, one in enumerate(self.stages):
            if one.name == wanted:
                return number
        names = [(stage.name, number) for number, stage in enumerate(self.stages)]
        ids, where = self._places.items(), f"pipeline {self.name!r}"
        return meant("stage", wanted, names, ids, where=where)

    def stage(self, stage: str | Stage) -> Stage:
        """Return a stage by its id, then by its name.

        Raises:
            NotFoundError: With the stages that there are and the nearest name.
        """
        return self.stages[self.place(stage)]

    def is_quiet(self, status: str) -> bool:
        """Tell whether jobs in a status of this pipeline's own remind nobody (R-9)."""
        return any(one.quiet and one.name == typed(status) for one in self.statuses)

    def automations(self) -> Iterator[tuple[str, Automation]]:
        """Yield every automation with its path, whatever fires it."""
        for number, stage in enumerate(self.stages):
            where = f"$.stages[{number}]"
            yield from nested(stage.automations, f"{where}.automations")
            for place, trigger in enumerate(stage.triggers):
                yield from nested(trigger.fires, f"{where}.triggers[{place}].automations")
        for number, one in enumerate(self.triggers):
            yield from nested(one.automations, f"$.triggers[{number}].automations")
        for number, status in enumerate(self.statuses):
            yield from nested(status.automations, f"$.statuses[{number}].automations")

    def automation(self, stage: str, automation: str) -> Automation | None:
        """Return what fired in a stage under an id, whatever fired it; None if it is gone."""
        place, wanted = self.find(stage), typed(automation)
        if place is not None:
            for one in self.stages[place].automations:
                if one.id == wanted:
                    return one
        return under(automation, self._nested, "$.automation")

    def status(self, name: str) -> Status | None:
        """Return the status of its own of that very name, or None."""
        return next((one for one in self.statuses if one.name == typed(name)), None)

    @property
    def template_ids(self) -> tuple[str, ...]:
        """The templates that its automations use, and its job template, each once, in order."""
        used = [one.uses for _, one in self.automations()]
        return tuple(dict.fromkeys(one for one in (*used, self.job_template) if one))

    @property
    def pipeline_ids(self) -> tuple[str, ...]:
        """The pipelines to which its automations lead, each once, in order."""
        found = [one.leads_to for _, one in self.automations()]
        return tuple(dict.fromkeys(one for one in found if one))

    # -- editing: each returns a new pipeline that is checked like a new one ---------------------

    def add(self, stage: str | Stage, automation: Automation, at: int | None = None) -> Pipeline:
        """Return a pipeline with one automation more, at the end of the stage unless said."""
        number = self.place(stage)
        automations = list(self.stages[number].automations)
        automations.insert(position(at, len(automations), "$.at"), automation)
        return self._with_automations(number, automations, "adding an automation to")

    def replace(self, stage: str | Stage, automation_id: str, automation: Automation) -> Pipeline:
        """Return a pipeline with another automation there; one of the same kind takes the id."""
        number = self.place(stage)
        automations = list(self.stages[number].automations)
        place = self.stages[number].index(automation_id)
        if type(automation) is type(automations[place]) and automation.id is None:
            automation = replaced(automation, id=automation_id)
        automations[place] = automation
        return self._with_automations(number, automations, f"replacing {automation_id!r} in")

    def remove(self, stage: str | Stage, automation_id: str) -> Pipeline:
        """Return a pipeline without that automation."""
        number = self.place(stage)
        automations = list(self.stages[number].automations)
        del automations[self.stages[number].index(automation_id)]
        return self._with_automations(number, automations, f"removing {automation_id!r} from")

    def reorder(self, stage: str | Stage, automation_id: str, to: int = 0) -> Pipeline:
        """Return a pipeline in which that automation stands at another place of its stage."""
        number = self.place(stage)
        automations = list(self.stages[number].automations)
        moved = automations.pop(self.stages[number].index(automation_id))
        automations.insert(position(to, len(automations), "$.to"), moved)
        return self._with_automations(number, automations, f"reordering {automation_id!r} in")

    def change(
        self,
        stage: str | Stage,
        *,
        name: str | Unchanged = UNCHANGED,
        automove: bool | Unchanged = UNCHANGED,
        when: Condition | Unchanged | None = UNCHANGED,
        time_limit: timedelta | Unchanged | None = UNCHANGED,
        triggers: Iterable[Trigger] | Unchanged = UNCHANGED,
    ) -> Pipeline:
        """Return a pipeline with what is given of that stage changed, and all else as it was.

        A stage that gets another name keeps its id, so jobs that stand in it stay there. Where a
        pipeline is written anew instead, `Stage("New name", id="old-id")` keeps it (R-32).

        Args:
            stage: Which one, by its id, then by its name.
            name: What the board shows above the column.
            automove: Whether its jobs move on by themselves.
            when: Its condition; None takes it away.
            time_limit: How long a job should stay at most; None for as long as it likes.
            triggers: What else fires automations while a job is there.

        Raises:
            NotFoundError: There is no such stage.
            DefinitionError: The pipeline would be wrong, such as one that ends with automove
                (A-19); it names the edit and the way out.
        """
        number = self.place(stage)
        given = {
            "name": name, "automove": automove, "when": when, "time_limit": time_limit,
            "triggers": triggers,
        }  # fmt: skip
        changes: dict[str, Any] = {
            field: value for field, value in given.items() if value is not UNCHANGED
        }
        stages, edit = list(self.stages), f"changing stage {_named(self.stages[number])}"
        with _editing(edit, f"$.stages[{number}]"):
            stages[number] = attrs.evolve(stages[number], **changes)
        return self._with_stages(stages, edit)

    def add_stage(self, stage: Stage, at: int | None = None) -> Pipeline:
        """Return a pipeline with one stage more, at the end unless said."""
        stages = list(self.stages)
        stages.insert(position(at, len(stages), "$.at"), stage)
        return self._with_stages(stages, f"adding stage {_named(stage)}")

    def remove_stage(self, stage: str | Stage) -> Pipeline:
        """Return a pipeline without that stage; not to be saved while jobs stand there (A-18)."""
        stages = list(self.stages)
        removed = stages.pop(self.place(stage))
        return self._with_stages(stages, f"removing stage {_named(removed)}")

    def move_stage(self, stage: str | Stage, to: int) -> Pipeline:
        """Return a pipeline in which that stage stands at another place."""
        stages = list(self.stages)
        moved = stages.pop(self.place(stage))
        stages.insert(position(to, len(stages), "$.to"), moved)
        return self._with_stages(stages, f"moving stage {_named(moved)} to place {to}")

    def _with_automations(self, number: int, automations: list[Automation], edit: str) -> Pipeline:
        stages = list(self.stages)
        with _editing(f"{edit} stage {_named(stages[number])}", f"$.stages[{number}]"):
            stages[number] = attrs.evolve(stages[number], automations=automations)
        return self._with_stages(stages, f"{edit} stage {_named(stages[number])}")

    def _with_stages(self, stages: list[Stage], edit: str) -> Pipeline:
        with _editing(edit):
            return attrs.evolve(self, stages=stages)

    def overview(
        self,
        templates: Iterable[Template] = (),
        members: Iterable[Member] = (),
        pipelines: Iterable[Pipeline] = (),
    ) -> Overview:
        """Answer what the article's board answers; `engine.overview(pipeline)` gives it all names.

        Args:
            templates: Those that its automations use; what is not given goes by its id.
            members: Those whom they assign, likewise.
            pipelines: Those to which they lead, likewise.

        Raises:
            DefinitionError: Something given is not a template, a member or a pipeline.
        """
        from .overview import overview_of  # loads on first use

        return overview_of(self, templates, members, pipelines)


def _is_plain(where: str) -> bool:
    """Tell whether a path is that of an automation which the entry of a stage fires."""
    return where.startswith("$.stages[") and where.count(".") == 2


def _brief(stage: Stage) -> str:
    name = f"{'' if stage.when is None else '?'}{' '.join(one_line(stage.name).split())}"
    return f"{name}[{len(stage.automations)}]{'>' if stage.automove else ''}"


@contextmanager
def _editing(edit: str, where: str = "$") -> Iterator[None]:
    """Let an error name the edit that would have made the pipeline wrong (A-19)."""
    try:
        yield
    except DefinitionError as error:
        problems = (p._replace(what=f"{edit}: {p.what}").at(where) for p in error.problems)
        raise DefinitionError(*problems) from None


def _named(stage: Stage) -> str:
    return shown(stage.name if isinstance(stage, Stage) else stage)
