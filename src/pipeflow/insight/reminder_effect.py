"""The effect of reminders: how often what a client was reminded of was done soon afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ..model.record import Plain, frozen
from .intervals import Interval, common, length, united
from .waits import Wait

__all__ = ["ReminderEffect", "Reminding", "effect_of"]

DAY = timedelta(days=1)
SOON = timedelta(days=7)


@frozen
class ReminderEffect(Plain):
    """What came of reminders in a span of time.

    The two rates may be compared, since both are of days on which a thing that has reminders
    waited for the client, whether it was done in the end or not. They prove no cause: a thing that
    has waited for longer may be of another kind.

    Args:
        sent: Reminders that left, whatever of, and whoever had to act.
        reminded: Things that waited for the client and whose first reminder left.
        answered: Those of them that were done within a week after it.
        unknown: Those of which nobody can say: the week is not over, or the thing was cancelled,
            or became the team's, within it.
        after: Of a hundred days within a week after a reminder, on how many a thing was done; None
            where there were none.
        before: The same of the days on which a thing waited without any reminder so far.
    """

    sent: int
    reminded: int
    answered: int
    unknown: int
    after: float | None
    before: float | None

    @property
    def rate(self) -> float | None:
        """The part of the things reminded of that was done within a week; None: of no thing is it
        known.
        """
        known = self.reminded - self.unknown
        return self.answered / known if known else None


class Reminding(NamedTuple):
    """A thing that waited for the client.

    Args:
        wait: From when until when.
        sent: The reminders that left meanwhile, in order, wherever its job was then.
        first: The first of them, if its job was in the pipeline then.
        counted: The intervals that count: in the span, in the pipeline, while its job went on.
    """

    wait: Wait
    sent: Sequence[datetime]
    first: datetime | None
    counted: Sequence[Interval]


class _Days(NamedTuple):
    """How long something waited, and how often it was done meanwhile."""

    waited: timedelta
    done: int


def effect_of(
    several: Iterable[Reminding], sent: Iterable[datetime], since: datetime, until: datetime
) -> ReminderEffect:
    """Reckon what came of reminders between two instants.

    Args:
        several: The things that waited for the client, each time that one did by itself.
        sent: When each reminder left, whatever of.
        since: When the span begins.
        until: When it ends; what is open then is open still.
    """
    things = [*several]
    first = [
        (one.wait, one.first) for one in things if one.first is not None and one.first >= since
    ]
    soon = [
        (wait.done, until if wait.until is None else wait.until, at + SOON) for wait, at in first
    ]
    return ReminderEffect(
        sum(at >= since for at in sent),
        len(first),
        sum(done and end <= limit for done, end, limit in soon),
        sum(not done and end < limit for done, end, limit in soon),
        _rate([_after(one, until) for one in things]),
        _rate([_before(one, until) for one in things]),
    )


def _after(one: Reminding, until: datetime) -> _Days:
    """Return the days within a week after a reminder."""
    end = one.wait.until or until
    times = united((at, min(at + SOON, end)) for at in one.sent)
    done = bool(one.sent) and end - one.sent[-1] <= SOON and _is_done(one)
    return _Days(length(common(times, one.counted)), int(done))


def _before(one: Reminding, until: datetime) -> _Days:
    """Return the days without any reminder so far."""
    first = one.sent[0] if one.sent else one.wait.until or until
    done = not one.sent and _is_done(one)
    return _Days(length(common([(one.wait.since, first)], one.counted)), int(done))


def _is_done(one: Reminding) -> bool:
    """Tell whether a thing was done at the end of days that count."""
    wait = one.wait
    if not wait.done or wait.until is None:
        return False
    return any(start < wait.until <= end for start, end in one.counted)


def _rate(several: Sequence[_Days]) -> float | None:
    waited = sum((one.waited for one in several), timedelta())
    return 100 * sum(one.done for one in several) / (waited / DAY) if waited else None
