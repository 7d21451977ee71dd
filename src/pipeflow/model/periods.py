"""Periods: how often something recurs, and on which days of the calendar (R-38)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias, Union, cast

import attrs

from ..errors import Problem, shown, unknown
from .record import frozen
from .values import Value, as_choice, items

__all__ = [
    "Daily",
    "Dates",
    "DayOfMonth",
    "Every",
    "Monthly",
    "Nth",
    "Quarterly",
    "Weekday",
    "Weekly",
    "Yearly",
    "weekdays",
    "weekdays_problems",
]

LAST_DAY = 31  # a month without the day takes its last
MOST = 1000


class Weekday(StrEnum):
    """A day of the week, as people shorten it."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @property
    def number(self) -> int:
        """Its number as `date.weekday` counts: Monday is 0."""
        return _WEEK.index(self)


_WEEK = tuple(Weekday)

# Days of the week as a host may write them: "mon", "mon-fri", "tue, thu", or several.
Days: TypeAlias = Union[str, Iterable[str]]


def weekdays(given: Days) -> tuple[Weekday, ...]:
    """Convert days of the week to a tuple in their order; the checks name what is none."""
    several = given.split(",") if isinstance(given, str) else given
    if not isinstance(several, Iterable):
        return cast("tuple[Weekday, ...]", given)
    found = [one for part in several for one in _spread(part)]
    if all(isinstance(one, Weekday) for one in found):
        return tuple(day for day in _WEEK if day in found)
    return tuple(found)


def _spread(part: Any) -> Iterator[Any]:
    """Yield the days that `"mon-fri"` spans, or the one that a text names."""
    if not isinstance(part, str):
        yield part
        return
    first, dash, last = part.partition("-")
    begin, end = _weekday(first), _weekday(last)
    if not dash:
        yield begin
    elif isinstance(begin, Weekday) and isinstance(end, Weekday):
        days = (end.number - begin.number) % len(_WEEK) + 1
        yield from (_WEEK[(begin.number + n) % len(_WEEK)] for n in range(days))
    else:
        yield part.strip()


def _weekday(given: Weekday | str) -> Weekday:
    if isinstance(given, str):
        given = given.strip().lower()
    return as_choice(Weekday, given)


def weekdays_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with several days of the week."""
    if not isinstance(given, tuple):
        yield Problem("must be days of the week", where, shown(given), ("mon-fri", "tue, thu"))
        return
    for one in given:
        if not isinstance(one, Weekday):
            for end in _wrong_ends(one):
                problem = unknown("day of the week", end, [*map(str, _WEEK)], where=where)
                yield problem._replace(allowed=(*problem.allowed, "mon-fri"))


def _wrong_ends(given: object) -> Iterator[object]:
    """Yield what is no day of the week: of `"mon-fry"` its end."""
    ends = given.partition("-")[::2] if isinstance(given, str) and "-" in given else (given,)
    for end in ends:
        one = end.strip() if isinstance(end, str) else end
        if not isinstance(_weekday(cast("Any", one)), Weekday):
            yield one


@frozen
class Nth(Value):
    """The n-th weekday of a month: `Nth(2, "tue")`; the fifth is the last where there are four."""

    n: int
    weekday: Weekday = attrs.field(converter=_weekday)

    def _problems(self) -> Iterator[Problem]:
        yield from _count_problems(self.n, "$.n", 5)
        if not isinstance(self.weekday, Weekday):
            yield unknown("day of the week", self.weekday, [*map(str, _WEEK)], where="$.weekday")


# A day of a month: its number, or its n-th weekday.
DayOfMonth: TypeAlias = Union[int, Nth]


def _day(given: DayOfMonth | str) -> DayOfMonth:
    return LAST_DAY if given == "last" else cast("DayOfMonth", given)


def _day_problems(given: object) -> Iterator[Problem]:
    if not isinstance(given, Nth) and not _is_count(given, LAST_DAY):
        what = "must be a day of the month"
        allowed = ("a whole number from 1 to 31", "'last'", "Nth(2, 'tue')")
        yield Problem(what, "$.day", shown(given), allowed)


def _is_count(given: object, most: int) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= most


def _count_problems(given: object, where: str, most: int = MOST) -> Iterator[Problem]:
    if not _is_count(given, most):
        yield Problem(f"must be a whole number from 1 to {most}", where, shown(given))


@frozen
class Every(Value):
    """Base of how often something recurs."""


@frozen
class Daily(Every):
    """Each day, or each so many days, counted from the start."""

    every: int = 1

    def _problems(self) -> Iterator[Problem]:
        yield from _count_problems(self.every, "$.every")


@frozen
class Weekly(Every):
    """On days of the week: `Weekly("mon-fri")`, `Weekly("fri", every=2)`.

    Args:
        on: On which days; on that of the start unless said.
        every: Each so many weeks, counted from the week of the start.
    """

    on: tuple[Weekday, ...] = attrs.field(default=(), converter=weekdays)
    every: int = attrs.field(default=1, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from weekdays_problems(self.on, "$.on")
        yield from _count_problems(self.every, "$.every")


@frozen
class Monthly(Every):
    """On a day of the month: `Monthly(15)`, `Monthly("last")`, `Monthly(Nth(2, "tue"))`.

    Args:
        day: A number, of which a month without that day takes its last; `"last"`; or the n-th
            weekday.
        every: Each so many months, counted from the month of the start.
    """

    day: DayOfMonth = attrs.field(default=1, converter=_day)
    every: int = attrs.field(default=1, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from _day_problems(self.day)
        yield from _count_problems(self.every, "$.every")


@frozen
class Quarterly(Every):
    """On a day of each quarter of the calendar: `Quarterly(20)` is January, April, July, October.

    Quarters that begin elsewhere are `Monthly(day, every=3)`, which counts from the start.

    Args:
        day: As in `Monthly`.
        month: In which month of the quarter: 1, 2 or 3.
    """

    day: DayOfMonth = attrs.field(default=1, converter=_day)
    month: int = attrs.field(default=1, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from _day_problems(self.day)
        yield from _count_problems(self.month, "$.month", 3)


@frozen
class Yearly(Every):
    """On a day of the year: `Yearly(4, 15)`, `Yearly(11, Nth(4, "thu"))`.

    Args:
        month: From 1 to 12.
        day: As in `Monthly`: 29 February is the 28th where there is none.
        every: Each so many years, counted from the year of the start.
    """

    month: int
    day: DayOfMonth = attrs.field(default=1, converter=_day)
    every: int = attrs.field(default=1, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from _count_problems(self.month, "$.month", 12)
        yield from _day_problems(self.day)
        yield from _count_problems(self.every, "$.every")


def _dates(given: Iterable[date]) -> tuple[date, ...]:
    several = items(given)
    if isinstance(several, tuple) and all(type(one) is date for one in several):
        return tuple(sorted(set(several)))
    return several


@frozen
class Dates(Every):
    """On given dates: `Dates([date(2027, 4, 15), date(2027, 6, 15)])`."""

    dates: tuple[date, ...] = attrs.field(converter=_dates)

    def _problems(self) -> Iterator[Problem]:
        if not isinstance(self.dates, tuple) or not self.dates:
            allowed = ("[date(2027, 4, 15)]",)
            yield Problem("must be a list of dates, one at least", "$", shown(self.dates), allowed)
            return
        for number, one in enumerate(self.dates):
            if type(one) is not date:
                yield Problem("must be a date", f"$.dates[{number}]", shown(one))
