"""Doubles: two automations of one list of which one would do, or of which one is overruled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model.automations import Automation, Repeat, UpdateAccountTags, UpdateJobAssignees
from ..model.job_automations import SetStatus, TransferJob, UpdateJob
from ..model.record import replaced
from .findings import Finding
from .firing_lists import FiringList
from .worlds import Worlds

__all__ = ["doubles_in"]

MOST_ALIKE = 8  # of the same kind, looked back upon; the nearest of very many will do


def doubles_in(given: FiringList, pipeline: str) -> Iterator[Finding]:
    """Yield the automations of a list that do what another has done, or that another undoes.

    Args:
        given: The list.
        pipeline: The id of its pipeline.
    """
    yield from _twice(given, pipeline)
    yield from _overruled(given)


def _twice(given: FiringList, pipeline: str) -> Iterator[Finding]:
    """Yield automations that do for some accounts what one before them has just done."""
    several = given.automations
    alike: dict[Automation, list[int]] = {}
    for number, one in enumerate(several):
        others = alike.setdefault(_essence(one), [])
        for earlier in others[-MOST_ALIKE:]:
            other, between = several[earlier], several[earlier + 1 : number]
            if _both_fire(other, one, pipeline) and not _parted(other, one, between):
                place, path = given.where(number)
                told = (
                    f"It does what {other.label} ({other.id}) does already, for accounts that "
                    "meet both."
                )
                yield Finding("duplicate", place, path, told, "Take one of the two out.")
                break
        others.append(number)


def _essence(one: Automation) -> Automation:
    """Return an automation without its condition, and without the ids that differ by its place."""
    rhythm = getattr(one, "reminders", None)
    if rhythm is None or not rhythm.then:
        return replaced(one, id=None, when=None)
    then = tuple(replaced(fired, id=None) for fired in rhythm.then)
    return replaced(one, id=None, when=None, reminders=replaced(rhythm, then=then))


def _both_fire(one: Automation, other: Automation, pipeline: str) -> bool:
    """Tell whether any account meets the conditions of both."""
    if one.when is None or other.when is None:
        return True
    worlds = Worlds((one.when, other.when), pipeline)
    return bool(worlds.answer(one.when).may & worlds.answer(other.when).may)


def _parted(one: Automation, other: Automation, between: Sequence[Automation]) -> bool:
    """Tell whether what they ask for changes between them, so that it is meant."""
    if isinstance(one, UpdateAccountTags):
        return any(isinstance(two, UpdateAccountTags) for two in between)
    conditions = [when for when in (one.when, other.when) if when is not None]
    asked = frozenset[str]().union(*(when.tags for when in conditions))
    about_job = any(when.about_job for when in conditions)
    return any(_changes(two, asked, about_job) for two in between)


def _changes(one: Automation, tags: frozenset[str], about_job: bool) -> bool:
    if isinstance(one, UpdateAccountTags):
        return bool(tags) and (one.clear or not tags.isdisjoint(one.add | one.remove))
    return about_job and isinstance(one, UpdateJob | UpdateJobAssignees)


def _overruled(given: FiringList) -> Iterator[Finding]:
    """Yield what never counts, since of several only the last one does."""
    for kind, what in ((SetStatus, "status"), (TransferJob, "place")):
        last: Automation | None = None  # that fires whoever the client is
        for number in reversed(range(len(given.automations))):
            one = given.automations[number]
            if not isinstance(one, kind):
                continue
            if last is not None:
                place, path = given.where(number)
                told = (
                    f"{last.label.capitalize()} ({last.id}) stands behind it and always fires, and "
                    f"the last {what} counts, so that this one never does."
                )
                suggestion = "Put it behind that one, or take it out."
                yield Finding("overruled", place, path, told, suggestion)
            elif one.when is None and one.repeat is Repeat.ALWAYS:
                last = one
