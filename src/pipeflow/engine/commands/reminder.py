"""The commands of timers: a reminder by hand or in its time, another rhythm, a trigger's time."""

from __future__ import annotations

from typing import ClassVar

from ... import rules
from ...errors import LeaseLostError
from ...model.record import record
from ...model.reminders import Reminders
from ...ports.due import Claim, DueState, ReminderTimer, Settle, TriggerTimer
from ...ports.rows import RowKey
from ...rules import State
from ..records import row_key
from ..unit import Unit
from .command import Command, ItemCommand

__all__ = ["Remind", "Ring", "SetReminders", "Wake"]


@record
class Remind(ItemCommand):
    """Remind the client of an item now."""

    action: ClassVar[str] = "remind"

    def act(self, unit: Unit) -> None:
        """Remind, if the thing itself has left."""
        state = _told(unit, self.job, self.item)
        unit.apply(rules.remind_by_hand(state, self.item, unit.now, unit.actor))


@record
class SetReminders(ItemCommand):
    """Give an item another rhythm of reminders, or none."""

    action: ClassVar[str] = "set_reminders"

    reminders: Reminders | None

    def act(self, unit: Unit) -> None:
        """Set the next one, if the thing itself has left."""
        state = _told(unit, self.job, self.item)
        unit.apply(rules.set_reminders(state, self.item, self.reminders, unit.now, unit.actor))


@record
class Wake(Command):
    """Make the reminder whose time has come, and settle its timer in the same commit."""

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


@record
class Ring(Command):
    """Fire a trigger whose time has come, and settle its timer in the same commit."""

    action: ClassVar[str] = "trigger"

    claim: Claim
    timer: TriggerTimer

    @property
    def about(self) -> str:
        """The job."""
        return self.timer.job

    def keys(self) -> tuple[RowKey, ...]:
        """Return the job's row."""
        return (row_key("job", self.timer.job),)

    def act(self, unit: Unit) -> None:
        """Fire, unless it was overtaken.

        Raises:
            LeaseLostError: Its job was deleted, and the timer with it.
        """
        key = self.claim.due.key
        if unit.get(row_key("job", self.timer.job)) is None:
            raise LeaseLostError(f"due row {key!r} is no longer held")
        unit.settles = (Settle(key, self.claim.token, DueState.DONE),)
        unit.apply(rules.wake(unit.state(self.timer.job), key, unit.now))


def _told(unit: Unit, job: str, item: str) -> State:
    """Return a job's state that knows which requests about an item have not left.

    Those are the one that makes it, and its last reminder, unless that was given up for good.
    """
    one = unit.item(job, item)
    held: set[str] = set()
    if one.request is not None and one.delivered is None and unit.due(one.request) is not None:
        held.add(one.request)
    mail = rules.mail_key(unit.tenant, one)
    row = unit.due(mail) if mail is not None else None
    if mail is not None and row is not None and row.state is not DueState.DEAD:
        held.add(mail)
    return unit.state(job, frozenset(held))
