"""The commands that remind: by hand, and when a timer has gone off."""

from __future__ import annotations

from typing import ClassVar

from ... import rules
from ...errors import LeaseLostError
from ...model.record import record
from ...ports.due import Claim, DueState, ReminderTimer, Settle
from ...ports.rows import RowKey
from ...rules import State
from ..records import row_key
from ..unit import Unit
from .command import Command, ItemCommand

__all__ = ["Remind", "Wake"]


@record
class Remind(ItemCommand):
    """Remind the client of an item now."""

    action: ClassVar[str] = "remind"

    def act(self, unit: Unit) -> None:
        """Remind, if the thing itself has left."""
        state = _told(unit, self.job, self.item)
        unit.apply(rules.remind_by_hand(state, self.item, unit.now, unit.actor))


@record
class Wake(Command):
    """Send the reminder whose time has come, and settle its timer in the same commit."""

    action: ClassVar[str] = "remind"

    claim: Claim
    timer: ReminderTimer

    @property
    def about(self) -> str:
        """The job."""
        return self.timer.job

    def keys(self) -> tuple[RowKey, ...]:
        """Return the job's row."""
        return (row_key("job", self.timer.job),)

    def act(self, unit: Unit) -> None:
        """Remind, unless it was overtaken.

        Raises:
            LeaseLostError: Its job was deleted, and the timer with it.
        """
        key = self.claim.due.key
        if unit.get(row_key("job", self.timer.job)) is None:
            raise LeaseLostError(f"due row {key!r} is no longer held")
        state = _told(unit, self.timer.job, self.timer.item)
        unit.settles = (Settle(key, self.claim.token, DueState.DONE),)
        unit.apply(rules.remind(state, self.timer, key, unit.now, unit.actor))


def _told(unit: Unit, job: str, item: str) -> State:
    """Return a job's state that knows whether the request that makes an item has left."""
    request = unit.item(job, item).request
    if request is not None and unit.due(request) is not None:
        return unit.state(job, frozenset({request}))
    return unit.state(job)
