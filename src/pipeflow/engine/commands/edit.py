"""The commands that edit: a job, and who must act on an item, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, ClassVar

from ... import rules
from ...errors import NotFoundError, PipeflowError, together
from ...model.accounts import Person, Role
from ...model.record import record
from ...model.values import UNCHANGED
from ...rules import Edits
from ..unit import Unit
from .command import ItemCommand, JobCommand, said_of

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
            errors += _strangers(unit, edits.assignees, "$.assignees", state.job.assignees)
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
        if errors := tuple(_strangers(unit, self.to, "$.to", known)):
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


def _strangers(
    unit: Unit, people: Iterable[Person], where: str, known: frozenset[str]
) -> Iterator[PipeflowError]:
    """Yield the members that there are not, with the nearest ones, and those who are not active
    and not *known* here; roles are nobody by name.
    """
    yield from rules.inactive_errors(people, unit.firm.value, where, known)
    for one in sorted(people, key=str):
        if not isinstance(one, Role):
            try:
                unit.value("member", one)
            except NotFoundError as error:
                yield NotFoundError(*(problem._replace(where=where) for problem in error.problems))
