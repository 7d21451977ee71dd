"""The passage of time from one due instant to the next, where a clock stands until it is set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from ..errors import DefinitionError, Problem, shown
from ..model.checks import LATEST
from ..ports.services import Clock

__all__ = ["BranchClock", "Passage", "period", "refuse_far", "span", "whole_days"]


class BranchClock(Clock):
    """The clock of a branch: it stands where the parent's was, until time passes there."""

    def __init__(self, now: datetime) -> None:
        """Begin at an instant, in UTC."""
        self._now = now

    def now(self) -> datetime:
        """Return the instant at which it stands."""
        return self._now

    def set(self, now: datetime, /) -> None:
        """Set it to an instant, in UTC."""
        self._now = now


class Passage:
    """Lets time pass until an instant, through every instant at which something is due, in order.

    Args:
        now: Tells the instant at which a clock stands that does not go by itself.
        stand: Sets that clock to an instant.
        until: Where it ends.
        next_due: Tells when something is due next.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        stand: Callable[[datetime], object],
        until: datetime,
        next_due: Callable[[], datetime | None],
    ) -> None:
        """Begin where the clock stands."""
        self._now = now
        self._stand = stand
        self._until = until
        self._next_due = next_due
        self._last: datetime | None = None

    def goes_on(self, did: object) -> bool:
        """Set the clock to the next instant at which something is due.

        Args:
            did: What came of the instant before; nothing, where nobody here does what is due.

        Returns:
            False at the end; the clock stands there then.
        """
        due = self._next_due()
        if due is None or due > self._until or (due == self._last and not did):
            self._stand(self._until)
            return False
        self._stand(max(due, self._now()))
        self._last = due
        return True


def span(days: float, hours: float, minutes: float) -> timedelta:
    """Return how long that is.

    Raises:
        DefinitionError: Something is no number, or it is too long.
    """
    try:
        return timedelta(days=days, hours=hours, minutes=minutes)
    except (OverflowError, TypeError, ValueError) as error:
        raise DefinitionError(f"time cannot pass so: {error}") from None


def period(days: float, hours: float, minutes: float) -> timedelta:
    """Return how long time shall pass.

    Raises:
        DefinitionError: Something is no number, it is too long, or time would go back.
    """
    passes = span(days, hours, minutes)
    if passes < timedelta():
        raise DefinitionError(Problem("time does not go back", "$", shown(passes)))
    return passes


def whole_days(days: object, now: datetime, *, least: int = 0) -> int:
    """Return a number of days that shall pass from an instant on.

    Raises:
        DefinitionError: It is no whole number, too small, or leads beyond the calendar.
    """
    if isinstance(days, bool) or not isinstance(days, int) or days < least:
        what = f"must be a whole number of days, from {least} on, such as 30"
        raise DefinitionError(Problem(what, "$.days", shown(days)))
    most = (LATEST - now).days
    if days > most:
        what = f"leads beyond the year {LATEST.year}, which is at most {most} days from now"
        raise DefinitionError(Problem(what, "$.days", shown(days)))
    return days


def refuse_far(passes: timedelta, now: datetime) -> None:
    """Refuse to let time pass beyond the calendar.

    Raises:
        DefinitionError: It would.
    """
    if passes > LATEST - now:
        raise DefinitionError(Problem(f"leads beyond the year {LATEST.year}", "$", shown(passes)))
