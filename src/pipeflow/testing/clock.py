"""Time, days off and ids that tests can foresee."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime

from ..engine.handles import listed
from ..engine.passage import span
from ..errors import DefinitionError, Problem, shown
from ..model.checks import moment_problems
from ..ports.services import Calendar, Clock, Ids

__all__ = ["CountingIds", "ManualCalendar", "ManualClock"]

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class ManualClock(Clock):
    """A clock that stands still until it is set or moved on; it begins on 2026-01-05, 9:00 UTC."""

    def __init__(self, start: datetime = START) -> None:
        """Begin at an aware instant."""
        self._now = _utc(start)

    def now(self) -> datetime:
        """Return the instant at which it stands."""
        return self._now

    def set(self, now: datetime) -> None:
        """Set it to an aware instant."""
        self._now = _utc(now)

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Move it on, without doing what is due; `World.advance` does that too."""
        passes = span(days, hours, minutes)
        try:
            self._now = _utc(self._now + passes)
        except OverflowError:
            raise DefinitionError(
                Problem("leads beyond the calendar", "$", shown(passes))
            ) from None


def _utc(now: datetime) -> datetime:
    if problems := tuple(moment_problems(now, "$.now")):
        raise DefinitionError(*problems)
    return now.astimezone(UTC)


class ManualCalendar(Calendar):
    """A calendar of the days off that are given, and no others; `days` may be changed."""

    def __init__(self, days: Iterable[date] = ()) -> None:
        """Begin with some days off."""
        self.days = {*listed(days, "$.days")}

    def days_off(self, first: date, last: date, /) -> list[date]:
        """Return the days off from *first* to *last*, both included, in order."""
        return sorted(day for day in self.days if first <= day <= last)


class CountingIds(Ids):
    """Ids that count: `job-1`, `job-2`, `account-1`."""

    def __init__(self) -> None:
        """Begin every kind at 1."""
        self._counts: Counter[str] = Counter()

    def new(self, kind: str, /) -> str:
        """Return the next id of a kind."""
        self._counts[kind] += 1
        return f"{kind}-{self._counts[kind]}"
