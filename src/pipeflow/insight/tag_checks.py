"""Tag checks: what can never fire, or not for whom it was meant, since tags come and go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from ..model.automations import Automation, Repeat, UpdateAccountTags
from ..model.logic import Condition
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.templates import Template
from ..model.triggers import WhenDone
from .doubles import doubles_in
from .findings import Finding
from .firing_lists import FiringList, adds, asks_nothing, lists_of, tags_of_answers, takes
from .worlds import MOST_THINGS, Turn, Worlds, can_hold, needed, turns

__all__ = ["TagChecks"]

Tags = frozenset[str]
Known = tuple[int | None, str]  # an automation, by its stage and its id
Steps = tuple[tuple[Worlds, Turn], ...]
ANY = "Correct its condition, or take it out."
BACK = 64  # changes of tags that are looked back upon where a list asks too much


class TagChecks:
    """What tags say of one pipeline, with the templates that may give some."""

    def __init__(self, pipeline: Pipeline, templates: Mapping[str, Template]) -> None:
        """Take the pipeline."""
        self._pipeline = pipeline
        self._templates = templates
        self._lists = tuple(lists_of(pipeline))
        self._in_part: set[str] = set()  # the paths of lists that ask too much
        self._steps = {given.path: self._steps_of(given) for given in self._lists}
        self._thieves: dict[str, list[str]] = {}

    def findings(self) -> Iterator[Finding]:
        """Yield what is the matter with each list and each stage."""
        here: list[list[FiringList]] = [[] for _ in self._pipeline.stages]
        beside: list[FiringList] = []
        for given in self._lists:
            (beside if given.stage is None else here[given.stage]).append(given)
        for number, stage in enumerate(self._pipeline.stages):
            if stage.when is not None:
                yield from self._of_stage(stage, stage.when, number)
            for given in here[number]:
                yield from self._of_list(given)
        for given in beside:
            yield from self._of_list(given)

    def _steps_of(self, given: FiringList) -> Steps:
        """Return how a list goes; where it asks too much, of each automation what can be told."""
        whole = Worlds((one.when for one in given.automations), self._pipeline.id)
        if whole.whole:
            return tuple((whole, turn) for turn in turns(given.automations, whole))
        self._in_part.add(given.path)
        steps: list[tuple[Worlds, Turn]] = []
        changes: list[Automation] = []
        for one in given.automations:
            own = Worlds((one.when,), self._pipeline.id)
            *_, turn = turns((*changes[-BACK:], one), own)
            steps.append((own, turn))
            if isinstance(one, UpdateAccountTags):
                changes.append(one)
        return tuple(steps)

    # -- stages -----------------------------------------------------------------------------------

    def _of_stage(self, stage: Stage, when: Condition, number: int) -> Iterator[Finding]:
        path, place = f"$.stages[{number}]", f"stage {stage.name!r}"
        if not can_hold(when, self._pipeline.id):
            told = f"No account fulfils its condition, {when!r}, so that every job skips it."
            yield Finding("never-entered", place, path, told, ANY)
            return
        for tag in sorted(needed(when)):
            yield from self._taken_before(number, tag, place, path)

    # -- lists ------------------------------------------------------------------------------------

    def _of_list(self, given: FiringList) -> Iterator[Finding]:
        for number, one in enumerate(given.automations):
            if one.when is not None:
                yield from self._of_automation(given, number, one.when)
        yield from doubles_in(given, self._pipeline.id)
        if given.path in self._in_part:
            told = (
                f"Its conditions ask about more than {MOST_THINGS} things, so that not all that "
                "its automations do to one another was thought through."
            )
            suggestion = "Look at it by hand, or divide it between two stages."
            yield Finding("in-part", given.place, given.path, told, suggestion)
        if isinstance(given.trigger, WhenDone) and given.automations:
            yield from self._of_wait(given, given.trigger)

    def _of_automation(self, given: FiringList, number: int, when: Condition) -> Iterator[Finding]:
        place, path = given.where(number)
        worlds, turn = self._steps[given.path][number]
        if not can_hold(when, self._pipeline.id):
            told = f"No account and no job fulfils its condition, {when!r}."
            yield Finding("never-fires", place, path, told, ANY)
        elif not turn.fires:
            gone = sorted(needed(when) & worlds.lost(turn.before))
            yield _kept_off(given, number, when, gone)
        else:
            for tag in sorted(needed(when)):
                yield from self._doubts(given, number, tag)

    def _doubts(self, given: FiringList, number: int, tag: str) -> Iterator[Finding]:
        """Tell of a tag that it needs, and that comes later or went before."""
        before, behind = given.automations[:number], given.automations[number + 1 :]
        if any(tag in adds(one) or takes(one, tag) for one in before):
            return  # what stands before it in the list is thought through
        place, path = given.where(number)
        later = next((one for one in behind if tag in adds(one) or takes(one, tag)), None)
        if later is not None and tag in adds(later) and not self._is_given_beside(given, tag):
            told = (
                f"It needs the tag {tag!r}, which nothing gives but {later.label} behind it: "
                "only accounts which had the tag before get it."
            )
            yield Finding("added-later", place, path, told, "Put it behind that one.")
        elif given.stage is not None and given.entry:
            yield from self._taken_before(given.stage, tag, place, path)

    def _of_wait(self, given: FiringList, trigger: WhenDone) -> Iterator[Finding]:
        path = given.path.removesuffix(".automations")
        if (given.stage, trigger.of) in self._idle:
            told = f"It waits for {trigger.of!r}, which can never fire."
            suggestion = "Correct what keeps that one from firing."
            yield Finding("never-fires", given.place, path, told, suggestion)
        elif (given.stage, trigger.of) in self._neutral:
            told = f"It waits for {trigger.of!r}, a message that asks nothing and is never done."
            suggestion = "Give the message client tasks, or wait for something else."
            yield Finding("never-fires", given.place, path, told, suggestion)

    # -- what never fires, and what never is done -------------------------------------------------

    @cached_property
    def _neutral(self) -> frozenset[Known]:
        """The automations that make what nobody can do, as each stage knows them."""
        return frozenset(
            (given.stage, str(one.id))
            for given in self._lists
            for one in given.automations
            if asks_nothing(one, self._templates)
        )

    @cached_property
    def _idle(self) -> frozenset[Known]:
        """The automations that can never fire, also since what they wait for cannot, such as one
        another, in a circle.
        """
        known = {
            f"{given.path}[{number}]": (given.stage, str(one.id))
            for given in self._lists
            for number, one in enumerate(given.automations)
        }
        waiting: defaultdict[Known | None, list[FiringList]] = defaultdict(list)
        for given in self._lists:
            asker = known.get(given.path.removesuffix(".reminders.then"))
            if isinstance(given.trigger, WhenDone):
                asker = (given.stage, given.trigger.of)
                if asker in self._neutral:
                    continue
            waiting[asker].append(given)
        fires: set[Known] = set()
        ready = waiting.pop(None, [])
        while ready:
            given = ready.pop()
            for _, turn in self._steps[given.path]:
                if turn.fires:
                    one = (given.stage, str(turn.automation.id))
                    fires.add(one)
                    ready += waiting.pop(one, ())
        return frozenset(known.values()) - fires

    # -- where tags come from, and where they go --------------------------------------------------

    @cached_property
    def _answers(self) -> Tags | None:
        """The tags that clients may give by their answers; None: nobody can tell."""
        return tags_of_answers(self._pipeline, self._templates)

    @cached_property
    def _givers(self) -> Mapping[str, frozenset[str]]:
        """The paths of the lists that give each tag."""
        found: dict[str, set[str]] = {}
        for given in self._lists:
            for one in given.automations:
                for tag in adds(one):
                    found.setdefault(tag, set()).add(given.path)
        return {tag: frozenset(paths) for tag, paths in found.items()}

    def _is_given_beside(self, but: FiringList, tag: str) -> bool:
        """Tell whether any other list, or what clients answer, may give a tag."""
        others = self._givers.get(tag, frozenset()) - {but.path}
        return bool(others) or self._answers is None or tag in self._answers

    def _taken_before(self, stage: int, tag: str, place: str, path: str) -> Iterator[Finding]:
        """Tell what took a tag away for sure on the way to a stage, if nothing gave it since."""
        if tag not in self._thieves:
            self._thieves[tag] = [*self._thieves_of(tag)]
        thief = self._thieves[tag][stage]
        if thief:
            told = f"It needs the tag {tag!r}, which {thief} takes away before."
            suggestion = f"Give {tag!r} again before it, unless somebody does so by hand."
            yield Finding("taken-away", place, path, told, suggestion)

    def _thieves_of(self, tag: str) -> Iterator[str]:
        """Yield for each stage what took a tag away before it; "" where it may be there."""
        entries = {given.path for given in self._lists if given.entry}
        free = self._answers is None or tag in self._answers
        free = free or not self._givers.get(tag, frozenset()) <= entries
        thief = ""
        for stage, changes in self._changes:
            yield "" if free else thief
            for one in changes:
                if tag in one.add:
                    thief = ""
                elif takes(one, tag) and _is_sure(one, stage):
                    thief = f"{one.label} of stage {stage.name!r}"

    @cached_property
    def _changes(self) -> tuple[tuple[Stage, tuple[UpdateAccountTags, ...]], ...]:
        """The stages, each with the changes of tags that its entry makes."""
        return tuple(
            (stage, tuple(one for one in stage.automations if isinstance(one, UpdateAccountTags)))
            for stage in self._pipeline.stages
        )


def _is_sure(one: Automation, stage: Stage) -> bool:
    """Tell whether an automation fires in each visit of each job that comes by its stage."""
    return one.when is None and stage.when is None and one.repeat is Repeat.ALWAYS


def _kept_off(given: FiringList, number: int, when: Condition, gone: list[str]) -> Finding:
    """Tell of what the automations before it keep from firing.

    Args:
        given: The list.
        number: Which of it.
        when: Its condition.
        gone: The tags that it needs, and that no account has when its turn comes.
    """
    place, path = given.where(number)
    nearest = reversed(given.automations[:number])
    theft = next(((one, tag) for one in nearest for tag in gone if takes(one, tag)), None)
    if theft is not None:
        thief, tag = theft
        told = (
            f"It needs the tag {tag!r}, which {thief.label} takes away just before, so that it can "
            "never fire."
        )
        return Finding("taken-away", place, path, told, "Put it before that one.")
    told = (
        "What the automations before it do leaves no account and no job that fulfils its "
        f"condition, {when!r}, so that it can never fire."
    )
    return Finding("never-fires", place, path, told, "Put it before them, or correct it.")
