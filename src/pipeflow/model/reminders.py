"""Reminders: how often a client is reminded of something that waits (domain.md part 4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import attrs

from ..errors import Problem, shown
from .record import frozen
from .values import Value

__all__ = ["Reminders"]

LONGEST = timedelta(days=3660)
MOST = 1000


def _as_timedelta(given: timedelta | int) -> timedelta:
    if isinstance(given, int) and not isinstance(given, bool):
        return timedelta(days=max(-1, min(given, LONGEST.days + 1)))
    return cast("timedelta", given)


@frozen
class Reminders(Value):
    """The first one *every* after the delivery, then *every* again, *times* times in all (A-35).

    Args:
        every: A timedelta, or a number of days. Days are calendar days in the firm's zone.
        times: How many are sent; those sent by hand do not count (A-38).
    """

    every: timedelta = attrs.field(default=timedelta(days=3), converter=_as_timedelta)
    times: int = 1

    def _problems(self) -> Iterator[Problem]:
        if not isinstance(self.every, timedelta):
            allowed = ("3", "timedelta(days=3)")
            yield Problem(
                "must be whole days or a timedelta", "$.every", shown(self.every), allowed
            )
        elif not timedelta() < self.every <= LONGEST:
            yield Problem(
                f"must be more than nothing and at most {LONGEST.days} days",
                "$.every",
                shown(self.every),
            )
        if (
            isinstance(self.times, bool)
            or not isinstance(self.times, int)
            or not 0 < self.times <= MOST
        ):
            yield Problem(f"must be a whole number from 1 to {MOST}", "$.times", shown(self.times))

    def __str__(self) -> str:
        """Print as `every 3 days, 2 times`."""
        days, rest = divmod(self.every, timedelta(days=1))
        every = f"{self.every}" if rest else f"{days} day{'s' * (days != 1)}"
        return f"every {every}, {self.times} time{'s' * (self.times != 1)}"
