"""Recurrences: which periods a schedule has, when each is due, and when its job is made (R-38)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from itertools import chain, count, dropwhile, takewhile
from typing import NamedTuple, TypeAlias

from ..errors import PipeflowError
from ..model import periods as p
from ..model.dates import After, add_months, days_of
from ..model.schedules import FIRST, LAST, CatchUp, Gap, Rhythm, Schedule, Shift
from .calendar import midnight, today

__all__ = [
    "Choice",
    "IsOff",
    "Period",
    "Skipped",
    "before",
    "chosen",
    "looked_at",
    "owed",
    "passed",
    "period_of",
    "periods",
    "rhythm_of",
    "upcoming",
]

DAY, WEEK = timedelta(days=1), timedelta(days=7)
SATURDAY = 5
MOST_OFF = 366  # days in a row; a calendar without a working day in a year is a mistake

# Tells whether a date is a day off of the firm's calendar.
IsOff: TypeAlias = Callable[[date], bool]


class Period(NamedTuple):
    """One period: its unshifted date, its shifted one, when its job is made, and how far ahead."""

    day: date
    due: date
    at: datetime
    ahead: After


class Skipped(NamedTuple):
    """Periods that nothing was made of: the first, the last, and how many they are."""

    first: date
    last: date
    number: int


class Choice(NamedTuple):
    """What is made at an instant: the next period, if its time has come, and what was skipped."""

    period: Period | None
    skipped: Skipped | None


# -- which days ------------------------------------------------------------------------------------


def rhythm_of(schedule: Schedule) -> Rhythm:
    """Return what says on which days the periods of a schedule are due, and when it makes them."""
    one = schedule
    return Rhythm(one.every, one.start, one.end, one.ahead, one.shift)


def periods(
    schedule: Schedule | Rhythm, after: date | None = None, upto: date = LAST
) -> Iterator[date]:
    """Yield the unshifted dates of a schedule's periods, each once and in order.

    Args:
        schedule: Which.
        after: Only those after this date.
        upto: And no later than this one.
    """
    first, last = schedule.start, min(schedule.end or LAST, upto)
    if after is not None:
        first = max(first, after + DAY)
    if first > last:
        return
    days = _days(schedule.every, schedule.start, first)
    yield from takewhile(lambda day: day <= last, dropwhile(lambda day: day < first, days))


def _days(every: p.Every, start: date, first: date) -> Iterator[date]:
    """Return days of a rhythm in order, from a little before *first* on, past the last of all."""
    match every:
        case p.Daily(every=step):
            return _daily(start, first, step)
        case p.Weekly(on=on, every=step):
            return _weekly(start, first, on, step)
        case p.Monthly(day=day, every=step):
            return _monthly(start.replace(day=1), first, day, step)
        case p.Quarterly(day=day, month=month):
            quarter = (start.month - 1) // 3
            return _monthly(date(start.year, quarter * 3 + month, 1), first, day, 3)
        case p.Yearly(month=month, day=day, every=step):
            return _monthly(date(start.year, month, 1), first, day, step * 12)
        case p.Dates(dates=dates):
            return iter(dates)
        case _:
            raise TypeError(f"{every!r} is no rhythm that is known here")


def _daily(start: date, first: date, step: int) -> Iterator[date]:
    def turn(number: int) -> date:
        return start + number * step * DAY

    return map(turn, count(max((first - start).days, 0) // step))


def _weekly(start: date, first: date, on: Iterable[p.Weekday], step: int) -> Iterator[date]:
    monday = start - start.weekday() * DAY
    numbers = [day.number for day in on] or [start.weekday()]

    def week(number: int) -> list[date]:
        return [monday + number * step * WEEK + day * DAY for day in numbers]

    ago = max((first - monday).days, 0) // 7
    return chain.from_iterable(map(week, count(ago // step)))


def _monthly(month: date, first: date, day: p.DayOfMonth, step: int) -> Iterator[date]:
    """Return a day of every so manieth month, counted from one that is given by its first day."""

    def turn(number: int) -> date:
        return _day_of(add_months(month, number * step), day)

    ago = max((first.year - month.year) * 12 + first.month - month.month, 0)
    return map(turn, count(ago // step))


def _day_of(month: date, day: p.DayOfMonth) -> date:
    """Return a day of the month that is given by its first; one that it lacks is its last."""
    length = days_of(month.year, month.month)
    if isinstance(day, int):
        return month.replace(day=min(day, length))
    first = (day.weekday.number - month.weekday()) % 7 + 1
    found = first + (day.n - 1) * 7
    return month.replace(day=found if found <= length else found - 7)


# -- when they are due, and made -------------------------------------------------------------------


def period_of(schedule: Schedule | Rhythm, day: date, zone: tzinfo, is_off: IsOff) -> Period:
    """Return the period of an unshifted date: when it is due, and when its job is made."""
    due = shifted(day, schedule.shift, is_off)
    return Period(day, due, midnight(before(due, schedule.ahead), zone), schedule.ahead)


def shifted(day: date, shift: Shift, is_off: IsOff) -> date:
    """Return a date, or the working day next to it where it is a weekend or a day off (R-39).

    Raises:
        PipeflowError: The calendar knows no working day there.
    """
    if shift is Shift.NONE:
        return day
    step = -DAY if shift is Shift.BEFORE else DAY
    for number in range(MOST_OFF):
        found = day + number * step
        if found.weekday() < SATURDAY and not is_off(found):
            return found
    raise PipeflowError(
        f"the calendar says that every day is off within a year {shift} {day}; mend "
        "Calendar.days_off"
    )


def before(day: date, ahead: After) -> date:
    """Return the date that lies so long before another one."""
    return add_months(day, -(ahead.months + 12 * ahead.years)) - timedelta(days=ahead.days)


def upcoming(
    schedule: Schedule,
    after: date | None,
    zone: tzinfo,
    is_off: IsOff,
    gaps: Iterable[Gap] = (),
) -> Iterator[Period]:
    """Yield a schedule's periods after an unshifted date, in order, and none after its end.

    In gaps they are those that an earlier rhythm still owes.
    """
    if not schedule.active:
        return
    for one in _stretches(rhythm_of(schedule), after, gaps):
        if one.owed is not None:
            last = min(one.upto, schedule.end or LAST)
            for day in periods(one.owed, one.after, last):
                yield period_of(one.owed, day, zone, is_off)


def _stretches(rhythm: Rhythm, after: date | None, gaps: Iterable[Gap]) -> Iterator[Gap]:
    """Yield which rhythm counts on the days after one, in order; the last stretch is open.

    Old rows have gaps between which the rhythm of now counts.
    """
    at = after or FIRST - DAY
    for gap in gaps:
        if at < gap.after:
            yield Gap(at, gap.after, rhythm)
        yield Gap(max(at, gap.after), gap.upto, gap.owed)
        at = gap.upto
    yield Gap(at, LAST, rhythm)


def looked_at(period: Period, now: datetime, zone: tzinfo) -> datetime:
    """Return when to look at a period next: when its job is made, or earlier, when it would be if a
    day off that puts it off were taken back by then.
    """
    day = period.day
    while day < period.due:
        at = midnight(before(day, period.ahead), zone)
        if day.weekday() < SATURDAY and at > now:
            return at
        day += DAY
    return period.at


# -- what is made ----------------------------------------------------------------------------------


def chosen(
    schedule: Schedule,
    after: date | None,
    now: datetime,
    zone: tzinfo,
    is_off: IsOff,
    since: datetime | None = None,
    gaps: Iterable[Gap] = (),
) -> Choice:
    """Return the first period that is to be made now, by the catch-up rule.

    A period comes too late when a whole day of the firm went by since its job could be made.
    `CatchUp.NONE` skips what comes too late, and `CatchUp.LATEST` too, but for the latest of all
    that is to be made. So nobody misses anything who ticks once a day.

    Args:
        schedule: Which.
        after: The unshifted date of the last period that was dealt with.
        now: The instant.
        zone: The firm's.
        is_off: Tells its days off.
        since: Before this nothing could be made: an edit or a pause put it off, the calendar
            failed, a worker died, or the period has another day since, for the calendar has a day
            off more or less.
        gaps: What lies behind edits and pauses.
    """

    def possible(one: Period) -> datetime:
        return max(one.at, since or one.at)

    def is_late(one: Period) -> bool:
        at = possible(one)
        alone = schedule.catch_up is CatchUp.NONE or at < possible(several[-1])
        return at <= yesterday and alone

    ripe = takewhile(lambda one: one.at <= now, upcoming(schedule, after, zone, is_off, gaps))
    if schedule.catch_up is CatchUp.ALL:
        return Choice(next(ripe, None), None)
    yesterday, several = midnight(today(now, zone) - DAY, zone), [*ripe]
    missed = [*takewhile(is_late, several)]
    skipped = Skipped(missed[0].day, missed[-1].day, len(missed)) if missed else None
    return Choice(next(iter(several[len(missed) :]), None), skipped)


def passed(
    rhythm: Rhythm, after: date | None, now: datetime, zone: tzinfo, is_off: IsOff
) -> date | None:
    """Return the date up to which the periods of a rhythm lie in the past: due today or before."""
    day = today(now, zone)
    coming = (period_of(rhythm, one, zone, is_off) for one in periods(rhythm, after))
    return _last(takewhile(lambda one: one.due <= day, coming), after)


def _last(several: Iterable[Period], otherwise: date | None) -> date | None:
    """Return the date of the last of several periods."""
    for one in several:
        otherwise = one.day
    return otherwise


def owed(
    rhythm: Rhythm,
    after: date | None,
    now: datetime,
    zone: tzinfo,
    is_off: IsOff,
    gaps: Iterable[Gap] = (),
) -> tuple[Gap, ...]:
    """Return the dates after one that have come by a rhythm and its gaps, with what they owe.

    They stay so, whatever rhythm counts after them; empty: nothing is owed.
    """
    *closed, still = _stretches(rhythm, after, gaps)
    coming = (period_of(rhythm, one, zone, is_off) for one in periods(rhythm, still.after))
    last = _last(takewhile(lambda one: one.at <= now, coming), None)
    if last is not None:
        closed.append(Gap(still.after, last, rhythm))
    return tuple(closed)
