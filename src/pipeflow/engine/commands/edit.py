"""The commands that edit: a job, and who must act on an item, and until when."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from ... import rules
from ...errors import together
from ...model.accounts import Person
from ...model.record import record
from ...model.values import UNCHANGED
from ...rules import Edits
from ..unit import Unit
from .command import ItemCommand, JobCommand, said_of
from .strangers import strangers

__all__ = ["Edit", "Reassign", "Reschedule"]


@record
class Edit(JobCommand):
    """Change what is said of a job."""

    action: ClassVar[str] = "edit"

    edits: Edits

    def said(self) -> dict[str, Any]:
        """Return what is said, each field by its name; what stays as it is is not said."""
        return {"do": self.action, "job": self.job, **said_of(self.edits)}

    def act(self, unit: Unit) -> None:
        """Change it, or refuse it with every reason at once."""
        state, edits, now = unit.state(self.job), self.edits, unit.now
        errors: list[Any] = []
        if edits.assignees is not UNCHANGED:
            errors += strangers(unit, edits.assignees, "$.assignees", state.job.assignees)
        if errors := [*errors, *rules.edit_errors(state, edits, now)]:
            raise together(errors)
        unit.apply(rules.edit(state, edits, now, unit.actor))


@record
class Reassign(ItemCommand):
    """Let others act on an item."""

    action: ClassVar[str] = "reassign"

    to: frozenset[Person]

    def act(self, unit: Unit) -> None:
        """Look up whom is meant, and let them act."""
        state, now = unit.state(self.job), unit.now
        known = rules.item_of(state.job, self.item).assignees
        if errors := tuple(strangers(unit, self.to, "$.to", known)):
            raise together(errors)
        unit.apply(rules.reassign(state, self.item, self.to, now, unit.actor))


@record
class Reschedule(ItemCommand):
    """Let an item be due on another day; None: on none."""

    action: ClassVar[str] = "reschedule"

    due: date | None

    def act(self, unit: Unit) -> None:
        """Set the day."""
        state, now = unit.state(self.job), unit.now
        unit.apply(rules.reschedule(state, self.item, self.due, now, unit.actor))
