"""The command that tells jobs of an edit of their pipeline, a piece of them at a time (R-35)."""

from __future__ import annotations

from typing import ClassVar

from ...model.record import record
from ...ports.due import Claim, DueState, EditTimer, Settle
from ...ports.rows import RowKey
from ..records import row_key
from ..ripples import tell_piece
from ..unit import Unit
from .command import Command

__all__ = ["TellEdit"]


@record
class TellEdit(Command):
    """Set the alarms of the next open jobs of an edited pipeline anew.

    What is set in one commit with the timer of the next piece is neither lost nor set twice.
    """

    action: ClassVar[str] = "trigger"

    claim: Claim
    timer: EditTimer

    def keys(self) -> tuple[RowKey, ...]:
        """Return the pipeline's row."""
        return (row_key("pipeline", self.timer.pipeline),)

    def act(self, unit: Unit) -> None:
        """Go on where the last piece ended; a pipeline that was deleted has no jobs."""
        unit.settles = (Settle(self.claim.due.key, self.claim.token, DueState.DONE),)
        stored = unit.get(row_key("pipeline", self.timer.pipeline))
        if stored is not None:
            tell_piece(unit, stored.value, self.timer)
