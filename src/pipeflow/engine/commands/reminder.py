"""The commands of timers: a reminder by hand or in its time, another rhythm, a trigger's time."""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from itertools import chain
from typing import ClassVar

from ... import rules
from ...errors import LeaseLostError
from ...model.record import record
from ...model.reminders import Reminders
from ...ports.due import Claim, DueState, ReminderTimer, Settle, TriggerTimer
from ...ports.rows import RowKey
from ...rules import Decision, State
from ..records import row_key
from ..unit import Unit
from .command import Command, ItemCommand

__all__ = ["Remind", "Ring", "SetReminders", "Wake", "WakeAll"]


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
        """Set the next one, if the thing itself has left.

        Raises:
            DefinitionError: What is to fire then uses what is not there.
        """
        state, rhythm = _told(unit, self.job, self.item), self.reminders
        if rhythm is not None and rhythm.then:
            from ..definitions import refuse_gaps  # loads on first use

            refuse_gaps(unit, rhythm, state.book.pipeline)
        unit.apply(rules.set_reminders(state, self.item, self.reminders, unit.now, unit.actor))


@record
class _Woken(Command):
    """What a job's timer wakes; the timer is settled in the same commit."""

    claim: Claim
    timer: ReminderTimer | TriggerTimer

    @property
    def about(self) -> str:
        """The job."""
        return self.timer.job

    def keys(self) -> tuple[RowKey, ...]:
        """Return the job's row."""
        return (row_key("job", self.timer.job),)

    def act(self, unit: Unit) -> None:
        """Do what the timer is for, unless it was overtaken.

        Raises:
            LeaseLostError: Its job was deleted, and the timer with it.
        """
        key = self.claim.due.key
        if unit.get(row_key("job", self.timer.job)) is None:
            raise LeaseLostError(f"due row {key!r} is no longer held")
        unit.settles += (Settle(key, self.claim.token, DueState.DONE),)
        unit.apply(self._decide(unit, key))

    @abstractmethod
    def _decide(self, unit: Unit, key: str) -> Decision:
        """Return what follows, now that its time has come."""


@record
class Wake(_Woken):
    """Make the reminder whose time has come."""

    action: ClassVar[str] = "remind"

    timer: ReminderTimer

    def _decide(self, unit: Unit, key: str) -> Decision:
        """Remind, unless somebody else did; the answer is the timers that made a reminder."""
        timer = self.timer
        state = _told(unit, timer.job, timer.item)
        decision = rules.remind(state, timer, key, unit.now, unit.actor)
        if decision.requests:
            unit.answer = (*(unit.answer or ()), key)
        return decision


@record
class WakeAll(Command):
    """Make reminders of several clients, each at its own instant, as long as they stay apart.

    It ends before one of an account that had one, so that what happens to a client keeps its order,
    and behind one whose next could come before others: of what was made the timers are settled.
    """

    action: ClassVar[str] = "remind"

    apart: ClassVar[timedelta] = timedelta(minutes=10)  # less than which lies between any of them
    wakes: tuple[Wake, ...]

    def keys(self) -> tuple[RowKey, ...]:
        """Return the jobs' rows."""
        return tuple(dict.fromkeys(chain.from_iterable(one.keys() for one in self.wakes)))

    def act(self, unit: Unit) -> None:
        """Make one after another; what they ask for is numbered as in commits of their own.

        Raises:
            LeaseLostError: The job of one of them was deleted.
        """
        met: set[str] = set()
        for one in self.wakes:
            at, account = max(unit.now, one.claim.due.at), _account_of(unit, one.timer.job)
            if account in met:
                return
            met.add(account)
            unit.now, unit.first = at, len(unit.dues)
            one.act(unit)
            soon = at + self.apart
            if any(due.lease is None and due.at < soon for due in unit.dues[unit.first :]):
                return


@record
class Ring(_Woken):
    """Fire a trigger whose time has come."""

    action: ClassVar[str] = "trigger"

    timer: TriggerTimer

    def _decide(self, unit: Unit, key: str) -> Decision:
        """Fire, unless nothing waits for it any more."""
        return rules.wake(unit.state(self.timer.job), key, unit.now)


def _account_of(unit: Unit, job: str) -> str:
    """Return the account of a job; of one that was deleted, nothing: its timer says so."""
    key = row_key("job", job)
    stored = unit.get(key)
    return "" if stored is None else stored[1].account


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
