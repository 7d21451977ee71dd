"""Dates that are counted from another one: `After(days=5)`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TypeAlias, Union, cast

import attrs

from ..errors import Problem, shown
from .record import frozen
from .values import Value

__all__ = ["After", "When", "add_months", "as_after", "days_of", "resolved", "when_problems"]

FURTHEST = 36_600  # days; a hundred years


@frozen
class After(Value):
    """A date so long after another one, that on which an item is made unless said (A-43).

    Before it where negative: `After(days=-60)` is sixty days before.
    """

    days: int = 0
    months: int = attrs.field(default=0, kw_only=True)
    years: int = attrs.field(default=0, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        for unit in ("days", "months", "years"):
            number = getattr(self, unit)
            if (
                isinstance(number, bool)
                or not isinstance(number, int)
                or not -FURTHEST <= number <= FURTHEST
            ):
                yield Problem(
                    f"must be a whole number from -{FURTHEST} to {FURTHEST}",
                    f"$.{unit}",
                    shown(number),
                )

    def of(self, start: date) -> date:
        """Count from *start*; a month without the day ends on its last one."""
        try:
            return add_months(start, self.months + 12 * self.years) + timedelta(days=self.days)
        except (OverflowError, ValueError):
            return date.max if self.days + 31 * self.months + 366 * self.years > 0 else date.min


def as_after(given: After | int) -> After:
    """Convert whole days; what is none, or too many, stays as it is, to be refused."""
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) <= FURTHEST:
        return After(given)
    return cast("After", given)


# A date as a template says it: a fixed one, one counted from the making of the item, or none.
When: TypeAlias = Union[date, After, None]


def days_of(year: int, month: int) -> int:
    """Return how many days a month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def add_months(start: date, months: int) -> date:
    """Add calendar months, clamping to the last day of a short month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, days_of(year, month + 1)))


def resolved(when: When, start: date) -> date | None:
    """Return the date that *when* means for an item made on *start*."""
    return when.of(start) if isinstance(when, After) else when


def when_problems(start: object, due: object) -> Iterator[Problem]:
    """Yield what is wrong with two dates: neither a date nor `After`, or due before the start."""
    for given, where in ((start, "$.start"), (due, "$.due")):
        if not (given is None or isinstance(given, After) or type(given) is date):
            allowed = ("date(2027, 4, 15)", "After(days=5)", "None")
            yield Problem("must be a date or After(...)", where, shown(given), allowed)
    if type(start) is date and type(due) is date and due < start:
        yield Problem(f"is before the start {start}", "$.due", str(due))
