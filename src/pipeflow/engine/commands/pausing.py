"""The commands that pause a job, and let it go on."""

from __future__ import annotations

from typing import ClassVar

from ... import rules
from ...model.record import record
from ..unit import Unit
from .command import JobCommand
from .letters import catching_up

__all__ = ["Pause", "Resume"]


@record
class Pause(JobCommand):
    """Pause a job."""

    action: ClassVar[str] = "pause"

    reason: str = ""

    def act(self, unit: Unit) -> None:
        """Pause it."""
        unit.apply(rules.pause(unit.state(self.job), self.reason, unit.now, unit.actor))


@record
class Resume(JobCommand):
    """Let a paused job go on, and its reminders unless said."""

    action: ClassVar[str] = "resume"

    reminders: bool = True

    def act(self, unit: Unit) -> None:
        """Let it go on."""
        with catching_up(unit, self.job):
            state, reminders = unit.state(self.job), self.reminders
            unit.apply(rules.resume(state, unit.now, unit.actor, reminders=reminders))
