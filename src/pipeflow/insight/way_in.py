"""The way in: what happened on the way into the stage where a job is, and since, as it stands."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import chain

from ..model.events import (
    Chapter,
    Event,
    JobMoved,
    JobResumed,
    JobStarted,
    JobTransferred,
    MoveUndone,
    StageSkipped,
    Warned,
)
from ..rules import LATER, YET

__all__ = ["way_in"]


def way_in(past: Iterable[Chapter], owing: Container[str] = ()) -> list[Event]:
    """Return what happened on the way into the present stage, and since, as far as it stands.

    The past is read back to the last entry, however much there is before it; where that was
    undone, to the entry that counts again. That a letter's bill waits for a port stands as long as
    the letter is among those *owing*, by name.
    """
    return [one for one in _standing(_since_entry(past)) if not _has_come(one, owing)]


def _has_come(one: Event, owing: Container[str]) -> bool:
    """Tell whether the bill that a warning waits for has come by now, or none comes any more."""
    if not isinstance(one, Warned) or not one.text.endswith(YET):
        return False
    return one.text.removesuffix(f": {YET}") not in owing


def _since_entry(past: Iterable[Chapter]) -> Iterator[Event]:
    since: list[list[Event]] = []
    visit = 0  # the one that a move was taken back to
    for chapter in past:
        events = list(chapter.events())
        start = 0
        for number in range(len(events) - 1, -1, -1):
            one = events[number]
            if isinstance(one, MoveUndone):
                visit = one.visit
            elif isinstance(one, JobStarted) or (
                isinstance(one, JobMoved) and visit in {0, one.visit}
            ):
                start = number
                break
        else:
            since.append(events)
            continue
        while start and isinstance(events[start - 1], StageSkipped):
            start -= 1
        since.append(events[start:])
        break
    return chain.from_iterable(reversed(since))


def _standing(since: Iterable[Event]) -> list[Event]:
    """Leave out what an undo took back, and what only waited for a pause that is over."""
    standing: list[Event] = []
    for one in since:
        if isinstance(one, MoveUndone):
            standing = _taken_back(standing)
        elif isinstance(one, JobResumed):
            standing = [s for s in standing if not (isinstance(s, Warned) and LATER in s.text)]
        standing.append(one)
    return standing


def _taken_back(standing: list[Event]) -> list[Event]:
    """Return what stands without the move that was undone, its transfer and what it skipped."""
    entries = [n for n, one in enumerate(standing) if isinstance(one, JobMoved | JobStarted)]
    start = entries[1]  # the first is the entry that counts again
    if any(isinstance(one, JobTransferred) for one in standing[:start]):
        start = next(n for n, one in enumerate(standing) if isinstance(one, JobTransferred))
    while isinstance(standing[start - 1], StageSkipped):
        start -= 1
    return standing[:start]
