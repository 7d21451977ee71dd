"""The command that lets a job's organizers ask what their template asks now."""

from __future__ import annotations

from typing import ClassVar, cast

from ... import rules
from ...model.items import Questionnaire
from ...model.record import record
from ...model.templates import OrganizerTemplate
from ..references import peers
from ..unit import Unit
from .command import JobCommand

__all__ = ["UpdateOrganizers"]


@record
class UpdateOrganizers(JobCommand):
    """Let the organizers of a template that nobody has started ask what it asks now."""

    action: ClassVar[str] = "update_organizers"

    template: str

    def act(self, unit: Unit) -> None:
        """Look the template up as it is now, and update them, wherever they are linked."""
        found: OrganizerTemplate = unit.value("template", self.template)
        state, updates = unit.state(self.job), unit.host.updates_organizers
        unit.apply(rules.update_organizers(state, found, unit.now, unit.actor, updates=updates))
        for item in unit.job(self.job).items:
            if rules.can_be_updated(item, found.id):
                for job, twin in peers(unit, item):
                    sheet = cast("Questionnaire", item.progress)
                    alike = rules.ask_alike(unit.state(job), twin, sheet, unit.now, unit.actor)
                    unit.apply(alike)
