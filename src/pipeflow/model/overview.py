"""The overview of a pipeline: per stage its automations, conditions and automove (domain.md 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import attrs

from ..errors import DefinitionError, many
from ..show.shown import Shown
from .accounts import Member, Person
from .automations import Automation, Repeat, ThreadMode
from .checks import each_is
from .conditions import Condition
from .instants import span
from .phrases import deciding_tags, phrase
from .pipelines import Pipeline
from .record import Plain, brief, frozen
from .reminders import Reminders
from .templates import Template
from .triggers import Trigger, WhenDone
from .values import FrozenMap, items

if TYPE_CHECKING:
    from ..show import Diagram, Document

__all__ = ["AutomationOverview", "Overview", "StageOverview", "TriggerOverview", "overview_of"]

WIDTH = 56  # characters of an automation's line; a list of many tags goes on below
THREADS = {
    ThreadMode.NEW: "starts a thread",
    ThreadMode.REPLY_TO_LATEST: "replies to the latest thread",
}
REPEATS = {
    Repeat.ONCE: "once for each job",
    Repeat.UNLESS_OPEN: "not again while what it made is open",
}


class _Conditional(Plain):
    """What may apply to some accounts only."""

    __slots__ = ()

    if TYPE_CHECKING:
        when: Condition | None
        members: FrozenMap[str, str]

    @property
    def conditional(self) -> bool:
        """Whether it applies to some accounts only."""
        return self.when is not None

    @property
    def tags(self) -> frozenset[str]:
        """The account tags that speak for it."""
        return deciding_tags(self.when)

    @property
    def without(self) -> frozenset[str]:
        """The account tags that speak against it: of `~tagged("vip")`, `vip`."""
        return deciding_tags(self.when, present=False)

    @property
    def condition(self) -> str:
        """The condition in words, `if not tagged 'vip'`; empty without one."""
        return "" if self.when is None else f"if {phrase(self.when, self.members)}"


@frozen
class AutomationOverview(_Conditional):
    """One automation of a stage, as the board tells when its counter is clicked.

    Attributes:
        id: By which an edit finds it.
        kind: Such as `send_email`.
        template: The id of the template that it uses, if it uses one.
        when: Its condition.
        says: What it does, in words: `send email 'Welcome'`.
        name: The template's name; None where the overview was not given the template.
        add: The tags, or the members and roles, that it adds or assigns.
        remove: Those that it removes or unassigns.
        clear: Whether it removes all of them first; of access, whether that is reset.
        reminders: Its own or, where it has none, those of its template, if that is known.
        thread: Where its message goes.
        repeat: What a later visit of the same job does.
        holds: Whether its stage waits for what it makes.
        then: What fires when its reminders are used up.
        members: What the members are called whom its condition may name.
    """

    id: str
    kind: str
    template: str | None
    when: Condition | None
    says: str = ""
    name: str | None = None
    add: frozenset[Person] = frozenset()
    remove: frozenset[Person] = frozenset()
    clear: bool = False
    reminders: Reminders | None = None
    thread: ThreadMode | None = None
    repeat: Repeat = Repeat.ALWAYS
    holds: bool = True
    then: tuple[AutomationOverview, ...] = ()
    members: FrozenMap[str, str] = attrs.field(default=FrozenMap[str, str](), eq=False, repr=False)

    @property
    def details(self) -> tuple[str, ...]:
        """What else there is to say of it, a line each."""
        return tuple(self._details())

    def _details(self) -> Iterator[str]:
        if self.thread is not None:
            yield THREADS[self.thread]
        if self.reminders is not None:
            yield f"reminders {self.reminders}"
        yield from (f"when these are used up: {one.says}" for one in self.then)
        if self.repeat in REPEATS:
            yield REPEATS[self.repeat]
        if not self.holds:
            yield "holds no stage"


@frozen
class TriggerOverview(Plain):
    """What else fires automations: a trigger, or a status of the pipeline's own.

    Attributes:
        id: By which history calls it.
        says: When it fires, in words.
        automations: What it fires.
    """

    id: str
    says: str
    automations: tuple[AutomationOverview, ...]


@frozen
class StageOverview(_Conditional):
    """One stage, as the board shows its head."""

    stage: str
    name: str
    automations: tuple[AutomationOverview, ...]
    when: Condition | None
    automove: bool
    time_limit: timedelta | None = None
    triggers: tuple[TriggerOverview, ...] = ()
    members: FrozenMap[str, str] = attrs.field(default=FrozenMap[str, str](), eq=False, repr=False)

    @property
    def count(self) -> int:
        """The number of automations, as the board shows it above the stage."""
        return len(self.automations)


@frozen
class Overview(Shown, Plain):
    """A pipeline at a glance; it prints as a table."""

    pipeline: str
    stages: tuple[StageOverview, ...]
    triggers: tuple[TriggerOverview, ...] = ()
    statuses: tuple[TriggerOverview, ...] = ()

    def __repr__(self) -> str:
        """Print in one line."""
        return f"<Overview of {brief(self.pipeline)!r}: {many(len(self.stages), 'stage')}>"

    def document(self) -> Document:
        """Build what is shown: a row a stage, a row an automation, a row a detail."""
        from ..show import Document, Heading, Table  # loads on first use

        rows: list[tuple[str, ...]] = []
        for stage in self.stages:
            rows.append(
                (
                    stage.name,
                    many(stage.count, "automation"),
                    stage.condition,
                    "automove" if stage.automove else "",
                    "" if stage.time_limit is None else span(stage.time_limit),
                )
            )
            rows += _rows(stage.automations)
            for trigger in stage.triggers:
                rows += _trigger_rows(trigger)
        for trigger in self.triggers:
            rows.append(("in any stage", "", "", "", ""))
            rows += _trigger_rows(trigger)
        for status in self.statuses:
            rows.append((f"status {status.says}", "", "", "", ""))
            rows += _rows(status.automations)
        columns = ("Stage", "Automations", "Condition", "Automove", "Time limit")
        return Document((Heading(self.pipeline), Table(columns, tuple(rows))), self._picture())

    def _picture(self) -> Diagram:
        """Draw the stages, and the ways from each to the next; broken lines pass a stage over."""
        from ..show import Arrow, Diagram

        arrows: list[Arrow] = []
        for number, stage in enumerate(self.stages[:-1]):
            arrows.append(Arrow(number, number + 1, "automove" if stage.automove else "by hand"))
            if self.stages[number + 1].when is not None:
                arrows.append(Arrow(number, number + 2, "skipped", rare=True))
        boxes = tuple(_box(stage) for stage in self.stages)
        return Diagram(boxes, tuple(arrows))


def _box(stage: StageOverview) -> tuple[str, ...]:
    """Return what stands in the box of a stage."""
    lines = (stage.name, many(stage.count, "automation"), stage.condition)
    return tuple(line for line in lines if line)


def _rows(automations: Iterable[AutomationOverview]) -> Iterator[tuple[str, ...]]:
    """Yield a row an automation, and a row a detail."""
    from textwrap import wrap  # loads on first use

    for one in automations:
        says = wrap(one.says, WIDTH, break_on_hyphens=False, break_long_words=False)
        yield "", "".join(says[:1]), one.condition, "", ""
        yield from (("", f"  {line}", "", "", "") for line in (*says[1:], *one.details))


def _trigger_rows(trigger: TriggerOverview) -> Iterator[tuple[str, ...]]:
    yield "", f"{trigger.says}:", "", "", ""
    for _, says, when, *rest in _rows(trigger.automations):
        yield "", f"  {says}", when, *rest


def overview_of(
    pipeline: Pipeline,
    templates: Iterable[Template] = (),
    members: Iterable[Member] = (),
    pipelines: Iterable[Pipeline] = (),
) -> Overview:
    """Build the overview of a pipeline, with the names of those templates, members and pipelines.

    Raises:
        DefinitionError: Something given is not a template, not a member, or not a pipeline.
    """
    known, staff, lines = items(templates), items(members), items(pipelines)
    problems = (
        *each_is(Template, known, "$.templates"),
        *each_is(Member, staff, "$.members"),
        *each_is(Pipeline, lines, "$.pipelines"),
    )
    if problems:
        raise DefinitionError(*problems)
    names = _Names(
        {one.id: one for one in known},
        FrozenMap((one.id, one.name) for one in staff),
        {one.id: one for one in (*lines, pipeline)},
    )
    stages = tuple(
        StageOverview(
            stage.id,
            stage.name,
            tuple(_automation(one, names) for one in stage.automations),
            stage.when,
            stage.automove,
            stage.time_limit,
            tuple(_trigger(one, names, stage.automations) for one in stage.triggers),
            names.members,
        )
        for stage in pipeline.stages
    )
    triggers = tuple(_trigger(one, names) for one in pipeline.triggers)
    statuses = tuple(
        TriggerOverview(
            one.trigger,
            f"{one.name!r}{', automove' * one.automove}{', reminds nobody' * one.quiet}",
            tuple(_automation(fired, names) for fired in one.automations),
        )
        for one in pipeline.statuses
    )
    return Overview(pipeline.name, stages, triggers, statuses)


class _Names(NamedTuple):
    """What the firm calls things, by their ids."""

    templates: Mapping[str, Template]
    members: FrozenMap[str, str]
    pipelines: Mapping[str, Pipeline]


def _trigger(one: Trigger, names: _Names, beside: Iterable[Automation] = ()) -> TriggerOverview:
    fired = tuple(_automation(each, names) for each in one.fires)
    return TriggerOverview(str(one.id), _says(one, names, beside), fired)


def _says(one: Trigger, names: _Names, beside: Iterable[Automation]) -> str:
    """Say when a trigger fires: what is to be done by the name of its template, if that is known.

    Args:
        one: Which.
        names: What things are called.
        beside: The automations of its stage.
    """
    used = (each.uses for each in beside if isinstance(one, WhenDone) and each.id == one.of)
    template = names.templates.get(next(used, None) or "")
    return one.says if template is None else f"when {template.name!r} is done"


def _automation(one: Automation, names: _Names) -> AutomationOverview:
    from .changes_in_words import change_of  # loads on first use

    template = names.templates.get(one.uses or "")
    name = None if template is None else template.name
    words, used = one.kind.replace("_", " "), name or one.uses
    add, remove, clear, change = change_of(one, names.members, names.pipelines)
    own: Reminders | None = getattr(one, "reminders", None)
    then = own.then if own is not None else ()
    return AutomationOverview(
        str(one.id),
        one.kind,
        one.uses,
        one.when,
        f"{words} {used!r}" if used else f"{words}: {change}",
        name,
        add,
        remove,
        clear,
        own or getattr(template, "reminders", None),
        getattr(one, "thread", None),
        one.repeat,
        one.holds,
        tuple(_automation(each, names) for each in then),
        names.members,
    )
