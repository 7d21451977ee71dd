"""The commands that make recurring jobs, when the timers of schedules go off (R-38)."""

from __future__ import annotations

from typing import ClassVar

from ... import rules
from ...errors import LeaseLostError
from ...model.record import record, replaced
from ...model.schedules import Schedule
from ...ports.due import Claim, DueState, PeriodTimer, ScheduleTimer, Settle
from ...ports.rows import RowKey
from ..records import row_key
from ..recurring import (
    STATE,
    arm,
    hand_out,
    looked_at_first,
    possible_since,
    reached,
    recur,
    skip,
    state_of,
    still_wanted,
)
from ..unit import Unit
from .command import Command

__all__ = ["MakeRecurring", "Unfold"]


@record
class Unfold(Command):
    """Hand out the period of a schedule whose time has come, a piece of its accounts at a time.

    The jobs themselves are made one by one, each when its own row is taken up (`MakeRecurring`).
    """

    action: ClassVar[str] = "recur"

    claim: Claim
    timer: ScheduleTimer

    def keys(self) -> tuple[RowKey, ...]:
        """Return the rows of the schedule, and of how far it has come."""
        id = self.timer.schedule
        return row_key("schedule", id), row_key(STATE, id)

    def act(self, unit: Unit) -> None:
        """Hand out what is due, and set the next timer in the same commit.

        Raises:
            LeaseLostError: The schedule was saved or deleted meanwhile, and the timer with it.
        """
        key, id, now = self.claim.due.key, self.timer.schedule, unit.now
        stored, state = unit.get(row_key("schedule", id)), state_of(unit, id)
        if stored is None or state.timer != key:
            raise LeaseLostError(f"due row {key!r} is no longer held")
        unit.settles = (Settle(key, self.claim.token, DueState.DONE),)
        schedule: Schedule = stored.value
        zone, is_off = unit.firm.value.settings.zone, unit.host.days_off()
        at = possible_since(unit, state, takes=1) or now
        state = replaced(state, timer=None, since=at)
        if state.period is None and (wanted := still_wanted(schedule, state)):
            first = wanted[0]
            others = tuple(one for one in state.left if one != first)
            state = replaced(state, period=first.period, due=first.due, left=others)
        elif state.period is None:
            period, skipped = rules.chosen(schedule, state.upto, now, zone, is_off, at, state.gaps)
            state = skip(unit, id, state, skipped)
            if period is not None:
                at = period.at
                state = reached(replaced(state, period=period.day, due=period.due), period.day)
        if state.period is not None:
            state = hand_out(unit, schedule, state, at)
        arm(unit, schedule, state, zone, is_off, at)


@record
class MakeRecurring(Command):
    """Make one job of a schedule, and settle its row in the same commit."""

    action: ClassVar[str] = "recur"

    claim: Claim
    timer: PeriodTimer

    def keys(self) -> tuple[RowKey, ...]:
        """Return the rows that say whether the job is to be made."""
        return looked_at_first(self.timer, self.claim.due.job)

    def act(self, unit: Unit) -> None:
        """Make the job, unless it is there, or the schedule or the account went meanwhile."""
        due = self.claim.due
        unit.settles = (Settle(due.key, self.claim.token, DueState.DONE),)
        recur(unit, self.timer, due.job)
