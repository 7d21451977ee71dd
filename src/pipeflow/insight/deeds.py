"""Deeds: what stands together in a history, since one command or one answer brought it about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

from ..model.events import (
    Chapter,
    Event,
    ItemCompleted,
    JobMoved,
    JobWaits,
    MoveCause,
    ReminderSent,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestInHand,
    RequestWithdrawn,
    StageSkipped,
    StatusChanged,
    events_of,
)
from ..model.jobs import Job
from ..rules import SYSTEM
from .stays import Placed, placed

__all__ = [
    "Deed", "Known", "after", "commands_of", "deeds_of", "goes_on", "is_command", "number_of",
]  # fmt: skip

# What became of a request; each begins a deed of its own, and none of them is a command.
OUTCOMES = (
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestInHand,
    RequestWithdrawn,
    ReminderSent,
)
# What stands together in a history, since one command, or one answer of a port, brought it about.
Deed: TypeAlias = tuple[Placed, ...]


class Known(NamedTuple):
    """What is known of a job: as it now stands, and its deeds."""

    job: Job
    deeds: Sequence[Deed]


def is_command(deed: Deed) -> bool:
    """Tell whether somebody, or the time, asked for it; else a port answered."""
    return not isinstance(deed[0].event, OUTCOMES)


def deeds_of(job: Job, history: Iterable[Chapter]) -> tuple[Deed, ...]:
    """Return the deeds of a job from its history, in their order."""
    chapters = tuple(history)
    requests = {one.id: one.request for one in job.items}
    stream = placed(events_of(chapters))
    found: list[Deed] = []
    last = 0  # where the deed stands with which the chapter before this one ended
    for chapter in chapters:
        some = tuple(islice(stream, len(chapter.lines)))
        answered = _answered(found, some[0].event, requests)
        if answered is None and found and goes_on(found[last][-1].event, some[0].event):
            answered = last
        if answered is not None:
            found[answered] += some
            last = answered
            continue
        for number, one in enumerate(some):
            if number and not isinstance(one.event, OUTCOMES):
                found[-1] += (one,)
            else:
                found.append((one,))
        last = len(found) - 1
    return tuple(found)


def _answered(
    deeds: Sequence[Deed], event: Event, requests: Mapping[str, str | None]
) -> int | None:
    """Return the place of the answer of a port from which this followed, if it did from one.

    A reminder was sent when its mail has left; what is done at birth was delivered.
    """
    if isinstance(event, ReminderSent):
        number, kind = event.item.rpartition("/")[2], "reminder" if event.number else "by-hand"
        asked = f"/{number}/{kind}/"
    elif isinstance(event, ItemCompleted) and event.fact is None and event.actor == SYSTEM:
        asked = requests.get(event.item) or ""
    else:
        return None
    for place in range(len(deeds) - 1, -1, -1):
        before = deeds[place][0].event
        if before.at != event.at:
            return None
        if isinstance(before, RequestDelivered) and asked and asked in before.key:
            return place
    return None


def goes_on(before: Event, after: Event) -> bool:
    """Tell whether a chapter goes on with what the one before it began.

    Automove acts as the system where somebody else began, and withdraws what is not needed. Where
    it has said what the job waits for, it has come to its end.
    """
    if before.at != after.at:
        return False
    if isinstance(after, RequestWithdrawn | RequestInHand):
        return not isinstance(before, OUTCOMES)
    if after.actor != SYSTEM or before.actor == SYSTEM or isinstance(before, JobWaits):
        return False
    if isinstance(after, JobMoved):
        return after.cause is not MoveCause.BY_HAND
    return isinstance(after, StageSkipped | StatusChanged)


def commands_of(known: Known) -> tuple[Deed, ...]:
    """Return the commands of a job, in their order."""
    return tuple(filter(is_command, known.deeds))


def number_of(known: Known, deed: Deed) -> int:
    """Return which command of the job a deed is, or follows, counting from 1."""
    before = len(known.deeds) - sum(1 for _ in after(known.deeds, deed))
    return sum(map(is_command, known.deeds[:before]))


def after(deeds: Sequence[Deed], deed: Deed) -> Iterator[Deed]:
    """Yield the deeds that came after one."""
    found = iter(deeds)
    for one in found:
        if one is deed:
            break
    yield from found
