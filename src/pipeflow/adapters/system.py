"""The system's clock and ids: the only place that asks the machine for time and chance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from os import urandom

from ..errors import Problem, shown
from ..ports.services import Clock, Ids

__all__ = ["RandomIds", "SystemClock", "clock_problems"]


class SystemClock(Clock):
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


def clock_problems(clock: object) -> Iterator[Problem]:
    """Yield what is wrong with the clock that an adapter is given; None is the system's."""
    if clock is not None and not isinstance(clock, Clock):
        yield Problem("must be a Clock", "$.clock", shown(clock))


class RandomIds(Ids):
    """Random ids that no other process makes: `job-6f9619ff8b86d011b42d00c04fc964ff`."""

    def new(self, kind: str, /) -> str:
        """Return an id that was never returned before."""
        return f"{kind}-{urandom(16).hex()}"
