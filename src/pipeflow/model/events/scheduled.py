"""Events of recurring jobs: made by a schedule, or skipped (R-38)."""

from __future__ import annotations

from datetime import date

from ...errors import many
from ..record import record
from .event import Event

__all__ = ["JobScheduled", "PeriodsSkipped"]


@record
class JobScheduled(Event):
    """A schedule made the job: for the period of this unshifted date."""

    schedule: str
    period: date
    due: date | None = None

    def sentence(self) -> str:
        """Say what happened."""
        due = "" if self.due in {None, self.period} else f", due on {self.due}"
        return f"made by schedule {self.schedule!r} for {self.period}{due}"


@record
class PeriodsSkipped(Event):
    """Periods of a schedule were missed, and its catch-up rule makes nothing of them."""

    schedule: str
    first: date
    last: date
    number: int

    def sentence(self) -> str:
        """Say what happened."""
        when = f"{self.first}" if self.number == 1 else f"{self.first} to {self.last}"
        told = f"schedule {self.schedule!r} skipped {many(self.number, 'period')}"
        return f"{told} that came too late: {when}"
