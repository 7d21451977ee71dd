"""The command that sets a job's status."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from ... import rules
from ...model.record import record
from ...model.text import spelt
from ..unit import Unit
from .command import JobCommand
from .letters import catching_up

__all__ = ["SetStatus"]


@record
class SetStatus(JobCommand):
    """Set a job's status: Active, Completed, Archived or one of its pipeline's own.

    `reminders` says whether they go on; as is `usual` for the call unless said.
    """

    action: ClassVar[str] = "set_status"

    status: str
    reminders: bool | None = None
    usual: bool = attrs.field(default=True, eq=False, kw_only=True)

    def said(self) -> dict[str, Any]:
        """Return what is said; a status is the same in any letter case."""
        return {**super().said(), "status": spelt(self.status)}

    def act(self, unit: Unit) -> None:
        """Find the status, and set it."""
        on = self.usual if self.reminders is None else self.reminders
        with catching_up(unit, self.job):
            state = unit.state(self.job)
            unit.apply(rules.set_status(state, self.status, unit.now, unit.actor, reminders=on))
