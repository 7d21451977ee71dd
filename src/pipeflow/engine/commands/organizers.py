"""The command that lets a job's organizers ask what their template asks now."""

from __future__ import annotations

from typing import ClassVar

from ... import rules
from ...model.record import record
from ...model.templates import OrganizerTemplate
from ..unit import Unit
from .command import JobCommand

__all__ = ["UpdateOrganizers"]


@record
class UpdateOrganizers(JobCommand):
    """Let the organizers of a template that nobody has started ask what it asks now."""

    action: ClassVar[str] = "update_organizers"

    template: str

    def act(self, unit: Unit) -> None:
        """Look the template up as it is now, and update them."""
        found: OrganizerTemplate = unit.value("template", self.template)
        state, updates = unit.state(self.job), unit.host.updates_organizers
        unit.apply(rules.update_organizers(state, found, unit.now, unit.actor, updates=updates))
