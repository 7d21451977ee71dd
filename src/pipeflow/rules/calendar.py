"""Time as the firm reckons it: its day, calendar days from an instant, waits between attempts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from ..errors import DefinitionError
from ..model.settings import Settings

__all__ = [
    "after",
    "after_at_hour",
    "at_clock",
    "before_at_hour",
    "midnight",
    "next_attempt",
    "today",
]

DAY = timedelta(days=1)
LAST = datetime.max.replace(tzinfo=UTC)


def today(now: datetime, zone: tzinfo) -> date:
    """Return the firm's date at an instant."""
    return now.date() if zone is UTC else now.astimezone(zone).date()


def after(now: datetime, every: timedelta, zone: tzinfo) -> datetime:
    """Return the instant that lies *every* later, whole days counted on the firm's calendar.

    A wall time that the clocks skip becomes the instant after the gap, one that comes twice the
    first of them; so a reminder stays at its time of day when the clocks change, unless that very
    time was skipped: then it goes on from the instant after the gap (A-35).
    """
    if LAST - now < every + timedelta(days=2):
        raise DefinitionError(f"{every} after {now} lies beyond the calendar")
    days = timedelta(days=every.days)
    if zone is UTC or not days:  # hours and minutes are as long as ever while the clocks change
        return now + every
    wall = (now.astimezone(zone) + days).replace(fold=0)
    # A time inside a gap, read with the offset before it, lies as far behind the gap as it should.
    return wall.astimezone(UTC) + (every - days)


def after_at_hour(now: datetime, every: timedelta, first: datetime, zone: tzinfo) -> datetime:
    """Return the instant *every* later, whole days at the time of day that *first* had (R-6).

    On a day on which the clocks skip that time it is the first moment behind the gap; of a time
    that comes twice it is the first. What is not in whole days goes by `after`.
    """
    later = after(now, every, zone)
    if every % DAY:
        return later
    return at_clock(later.astimezone(zone).date(), first.astimezone(zone).time(), zone)


def before_at_hour(at: datetime, every: timedelta, first: datetime, zone: tzinfo) -> datetime:
    """Return from which instant `after_at_hour` leads to this one."""
    if every % DAY:
        return at - every
    return at_clock(at.astimezone(zone).date() - every, first.astimezone(zone).time(), zone)


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of a day in a zone: also where the clocks skip its midnight."""
    return at_clock(day, time(), zone)


def at_clock(day: date, hour: time, zone: tzinfo) -> datetime:
    """Return when the firm's clocks show a time on a day.

    Where they skip it, it is the first moment behind the gap; of a time that comes twice it is the
    first.
    """
    plain = hour.replace(fold=0)
    if zone is UTC:  # its clocks skip and repeat nothing
        return datetime.combine(day, plain, UTC)
    wall = datetime.combine(day, plain, zone)
    at = wall.astimezone(UTC)
    if at.astimezone(zone).time() == plain:
        return at
    return _behind_the_gap(wall.replace(fold=1).astimezone(UTC), at, zone)


def _behind_the_gap(before: datetime, behind: datetime, zone: tzinfo) -> datetime:
    """Return when the clocks changed between two instants, to the second."""
    old, second = before.astimezone(zone).utcoffset(), timedelta(seconds=1)
    before = before.replace(microsecond=0)
    while behind - before > second:
        middle = before + (behind - before) // second // 2 * second
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            behind = middle
    return before + second


def next_attempt(settings: Settings, key: str, attempt: int, now: datetime) -> datetime | None:
    """Return when a request that failed for the *attempt*-th time is tried again, or None: never.

    The wait doubles up to the longest, spread from half to one and a half of it by the key, so
    that a thousand requests that failed together do not come back together.
    """
    from zlib import crc32  # loads on first use

    if attempt >= settings.attempts:
        return None
    backoff, longest, times = settings.backoff, settings.longest_backoff, 2 ** min(attempt - 1, 30)
    wait = backoff * times if backoff <= longest // times else longest
    spread = 0.5 + crc32(f"{key}#{attempt}".encode()) / 2**32
    return now + wait * spread
