"""The way in: what happened on the way into the stage where a job is, and since, as it stands."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import chain

from ..model.events import (
    Chapter,
    Event,
    JobMoved,
    JobPaused,
    JobStarted,
    JobTransferred,
    MoveUndone,
    StageSkipped,
    Warned,
)
from ..model.items import ItemState
from ..rules import BUT, LATER, NOW, YET, State, is_put_off

__all__ = ["paused_in", "way_in"]


def paused_in(past: Iterable[Chapter]) -> Chapter | None:
    """Return the chapter in which a job was last paused, of its past from the newest on."""
    return next((one for one in past if any(line[0] is JobPaused for line in one.lines)), None)


def way_in(past: Iterable[Chapter], state: State, owing: Container[str]) -> list[Event]:
    """Return what happened on the way into the present stage, and since, as far as it stands.

    The past is read back to the last entry, however much there is before it; where that was
    undone, to the entry that counts again. That a letter's bill waits for a port stands as long as
    the letter is among those *owing*, by name; that something waits for the end of a pause, as long
    as it does; that a letter's bill comes late, as long as the bill is open. Each is said once.
    """
    items = state.job.items
    paused = state.job.paused is not None
    put_off = {repr(one.name) for one in items if paused and is_put_off(state, one)}
    open_bills = {one.origin for one in items if one.state is ItemState.PENDING}
    billed = {repr(one.name) for one in items if one.id in open_bills}
    waiting = {YET: owing, BUT: owing, LATER: put_off, NOW: billed}
    standing = [one for one in _standing(_since_entry(past)) if not _has_come(one, waiting)]
    last = {one.text: number for number, one in enumerate(standing) if isinstance(one, Warned)}
    return [
        one
        for number, one in enumerate(standing)
        if not isinstance(one, Warned)
        or one.text.rpartition(": ")[2] not in waiting
        or last[one.text] == number
    ]


def _has_come(one: Event, waiting: Mapping[str, Container[str]]) -> bool:
    """Tell whether what a warning waits for has come by now, or does not come any more."""
    if not isinstance(one, Warned):
        return False
    name, _, why = one.text.rpartition(": ")
    return why in waiting and name not in waiting[why]


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
    """Leave out what an undo took back."""
    standing: list[Event] = []
    for one in since:
        if isinstance(one, MoveUndone):
            standing = _taken_back(standing)
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
