"""Tag checks: what can never fire, or not for whom it was meant, since tags come and go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from ..model.automations import Automation, UpdateAccountTags
from ..model.logic import AllOf, Condition
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.templates import Template
from ..model.triggers import WhenDone
from .findings import Finding
from .firing_lists import FiringList, adds, lists_of, tags_of_answers, takes
from .worlds import Turn, can_hold, holds, turns, worlds_of

__all__ = ["TagChecks"]

Tags = frozenset[str]
ANY = "Correct its condition, or take it out."


class TagChecks:
    """What tags say of one pipeline, with the templates that may give some."""

    def __init__(self, pipeline: Pipeline, templates: Mapping[str, Template]) -> None:
        """Take the pipeline."""
        self._pipeline = pipeline
        self._templates = templates
        self._lists = tuple(lists_of(pipeline))

    @cached_property
    def idle(self) -> frozenset[tuple[int | None, str]]:
        """The automations that can never fire: stages and ids, which two stages may have alike."""
        found: set[tuple[int | None, str]] = set()
        for given in self._lists:
            walk = self._walks[given.path]
            if walk is None:
                found |= {
                    (given.stage, str(o.id))
                    for o in given.automations
                    if o.when is not None and not can_hold(o.when)
                }
            else:
                found |= {(given.stage, str(o.automation.id)) for o in walk if not o.fires}
        return frozenset(found)

    @cached_property
    def _walks(self) -> Mapping[str, tuple[Turn, ...] | None]:
        """How each list goes, by its path; None where it asks too much to be thought through."""
        found: dict[str, tuple[Turn, ...] | None] = {}
        for given in self._lists:
            worlds = worlds_of(one.when for one in given.automations)
            found[given.path] = None if worlds is None else tuple(turns(given.automations, worlds))
        return found

    def findings(self) -> Iterator[Finding]:
        """Yield what is the matter with each list and each stage."""
        for number, stage in enumerate(self._pipeline.stages):
            path, place = f"$.stages[{number}]", f"stage {stage.name!r}"
            if stage.when is not None:
                yield from self._of_stage(stage.when, number, place, path)
            here = [one for one in self._lists if one.stage == number]
            for given in here:
                yield from self._of_list(given)
        for given in self._lists:
            if given.stage is None:
                yield from self._of_list(given)

    def _of_stage(self, when: Condition, number: int, place: str, path: str) -> Iterator[Finding]:
        if not can_hold(when):
            told = f"No account fulfils its condition, {when!r}, so that every job skips it."
            yield Finding("never-entered", place, path, told, ANY)
            return
        for tag in sorted(_needed(when)):
            thief = self._taken_before(number, tag)
            if thief:
                told = f"It needs the tag {tag!r}, which {thief} takes away before."
                yield Finding("taken-away", place, path, told, _again(tag))

    def _of_list(self, given: FiringList) -> Iterator[Finding]:
        fired = self._walks[given.path]
        for number, one in enumerate(given.automations):
            place, path = given.where(number)
            if one.when is not None and not can_hold(one.when):
                told = f"No account and no job fulfils its condition, {one.when!r}."
                yield Finding("never-fires", place, path, told, ANY)
            elif one.when is not None and fired and not fired[number].fires:
                there = Tags().union(*(world.tags for world in fired[number].before))
                yield _kept_off(given, number, one.when, there)
            elif one.when is not None:
                yield from self._doubts(given, number, one.when)
        yield from _twice(given)
        trigger = given.trigger if given.automations else None
        if isinstance(trigger, WhenDone) and (given.stage, trigger.of) in self.idle:
            told = f"It waits for {trigger.of!r}, which can never fire."
            path = given.path.removesuffix(".automations")
            yield Finding("never-fires", given.place, path, told, "Correct that one's condition.")

    def _doubts(self, given: FiringList, number: int, when: Condition) -> Iterator[Finding]:
        """Tell of tags that it needs, and that come later or went before."""
        place, path = given.where(number)
        before, behind = given.automations[:number], given.automations[number + 1 :]
        for tag in sorted(_needed(when)):
            if any(tag in adds(one) or takes(one, tag) for one in before):
                continue  # what stands before it in the list is thought through
            later = next((one for one in behind if tag in adds(one) or takes(one, tag)), None)
            if (
                later is not None
                and tag in adds(later)
                and not self._may_be_given_elsewhere(given, tag)
            ):
                told = (
                    f"It needs the tag {tag!r}, which nothing gives but {later.label} behind it: "
                    "only accounts which had the tag before get it."
                )
                yield Finding("added-later", place, path, told, "Put it behind that one.")
            elif given.stage is not None and given.entry:
                thief = self._taken_before(given.stage, tag)
                if thief:
                    told = f"It needs the tag {tag!r}, which {thief} takes away before."
                    yield Finding("taken-away", place, path, told, _again(tag))

    def _may_be_given_elsewhere(self, but: FiringList, tag: str) -> bool:
        """Tell whether any other list, or what clients answer, may give a tag."""
        if any(tag in adds(one) for given in self._lists if given is not but for one in given[0]):
            return True
        answers = [tags_of_answers(stage, self._templates) for stage in self._pipeline.stages]
        return any(found is None or tag in found for found in answers)

    def _taken_before(self, stage: int, tag: str) -> str:
        """Return what took a tag away for sure on the way to a stage, and nothing gave it since."""
        others = [given for given in self._lists if not given.entry]
        if any(tag in adds(one) for given in others for one in given.automations):
            return ""
        for earlier in reversed(self._pipeline.stages[:stage]):
            answers = tags_of_answers(earlier, self._templates)
            if answers is None or tag in answers:
                return ""
            for one in reversed(earlier.automations):
                if tag in adds(one):
                    return ""
                if takes(one, tag) and one.when is None and earlier.when is None:
                    return f"{one.label} of stage {earlier.name!r}"
        return ""


def _kept_off(given: FiringList, number: int, when: Condition, there: Tags) -> Finding:
    """Tell of what the automations before it keep from firing.

    Args:
        given: The list.
        number: Which of it.
        when: Its condition.
        there: The tags that an account may have when its turn comes.
    """
    place, path = given.where(number)
    gone = sorted(_needed(when) - there)
    thieves = [o for o in given.automations[:number] if any(takes(o, tag) for tag in gone)]
    if thieves:
        told = (
            f"It needs the tag {gone[0]!r}, which {thieves[-1].label} takes away just before, so "
            "that it can never fire."
        )
        return Finding("taken-away", place, path, told, "Put it before that one.")
    told = (
        "What the automations before it do to the tags leaves no account that fulfils its "
        f"condition, {when!r}, so that it can never fire."
    )
    return Finding("never-fires", place, path, told, "Put it before them, or correct it.")


def _twice(given: FiringList) -> Iterator[Finding]:
    """Yield automations that do for some accounts what one before them has just done."""
    several = given.automations
    for number, one in enumerate(several):
        for earlier, other in enumerate(several[:number]):
            if _alike(one, other) and not _parted(other, one, several[earlier + 1 : number]):
                place, path = given.where(number)
                told = f"It does what {_id(other)} does already, for accounts that meet both."
                yield Finding("duplicate", place, path, told, "Take one of the two out.")
                break


def _alike(one: Automation, other: Automation) -> bool:
    return one.__class__ is other.__class__ and replaced(one, id=None, when=None) == replaced(
        other, id=None, when=None
    )


def _parted(one: Automation, other: Automation, between: Sequence[Automation]) -> bool:
    """Tell whether no account meets both, or tags change between them, so that it is meant."""
    conditions = [when for when in (one.when, other.when) if when is not None]
    if conditions and not can_hold(AllOf(tuple(conditions))):
        return True
    asked = Tags().union(*(when.tags for when in conditions))
    changing = [two for two in between if isinstance(two, UpdateAccountTags)]
    if isinstance(one, UpdateAccountTags):
        return bool(changing)
    return any(two.clear or not asked.isdisjoint(two.add | two.remove) for two in changing)


def _needed(when: Condition) -> Tags:
    """Return the tags without which a condition cannot hold."""
    worlds = worlds_of((when,))
    if worlds is None:
        return Tags()
    fitting = [world.tags for world in worlds if holds(when, world)]
    return Tags.intersection(*fitting) if fitting else Tags()


def _id(one: Automation) -> str:
    return f"{one.label} ({one.id})"


def _again(tag: str) -> str:
    return f"Give {tag!r} again before it, unless somebody does so by hand."
