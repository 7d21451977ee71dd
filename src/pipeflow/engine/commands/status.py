"""The command that sets a job's status."""

from __future__ import annotations

from typing import Any, ClassVar

from ... import rules
from ...model.record import record
from ...model.text import spelt
from ..unit import Unit
from .command import JobCommand

__all__ = ["SetStatus"]


@record
class SetStatus(JobCommand):
    """Set a job's status: Active, Completed, Archived or one of its pipeline's own."""

    action: ClassVar[str] = "set_status"

    status: str

    def said(self) -> dict[str, Any]:
        """Return what is said; a status is the same in any letter case."""
        return {**super().said(), "status": spelt(self.status)}

    def act(self, unit: Unit) -> None:
        """Find the status, and set it."""
        unit.apply(rules.set_status(unit.state(self.job), self.status, unit.now, unit.actor))
