"""Days off: what the host's calendar says, asked a year at a time and once a decision (R-39)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import cast

from ..errors import PipeflowError, shown
from ..ports.services import Calendar

__all__ = ["DaysOff"]


class DaysOff:
    """Tells whether a date is a day off; lives as long as one decision."""

    __slots__ = ("_calendar", "_named", "_years")

    def __init__(self, calendar: Calendar | None, named: set[date] | None = None) -> None:
        """Take the host's calendar, without which no day is off, and a set for what it names."""
        self._calendar = calendar
        self._named = set[date]() if named is None else named
        self._years: dict[int, frozenset[date]] = {}

    def __call__(self, day: date) -> bool:
        """Tell whether the calendar names this date.

        Raises:
            PipeflowError: The calendar failed, or answered something else than dates.
        """
        if self._calendar is None:
            return False
        if day.year not in self._years:
            self._years[day.year] = self._year(self._calendar, day.year)
            self._named |= self._years[day.year]
        return day in self._years[day.year]

    @staticmethod
    def _year(calendar: Calendar, year: int) -> frozenset[date]:
        try:
            answer: object = calendar.days_off(date(year, 1, 1), date(year, 12, 31))
            alone = isinstance(answer, str) or not isinstance(answer, Iterable)
            found: list[object] = [answer] if alone else [*cast("Iterable[object]", answer)]
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise PipeflowError(f"Calendar.days_off failed for {year}: {told}") from error
        days = frozenset(one for one in found if type(one) is date)
        if len(days) < len({*map(repr, found)}):
            wrong = next(one for one in found if type(one) is not date)
            raise PipeflowError(
                f"Calendar.days_off answered {shown(wrong)} for {year}; it must return dates"
            )
        return days
