"""Edited schedules: how far one has come that is saved, with its timer in that commit (R-38)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo

import attrs

from .. import rules
from ..errors import NotAllowedError, PipeflowError
from ..model.record import replaced
from ..model.schedules import Gap, Rhythm, Schedule, ScheduleState, Unmade
from ..model.settings import Settings
from ..ports.rows import Query, Stored
from .recurring import arm, is_over, leave, possible_since, skip, state_of
from .unit import Unit

__all__ = ["going_on", "save_timers"]


def _save_timer(unit: Unit, before: Schedule | None, after: Schedule, zone: tzinfo) -> None:
    """Set the timer of a schedule that is saved; one that pauses has none.

    What comes of an edit is what would come of it had somebody ticked just before: what was due by
    then is still made, and nothing of what lies behind by what it says now. A period that is being
    handed out is gone through anew, for others may be meant by now; whoever has its job already
    does not get it twice.
    """
    is_off = unit.host.days_off()
    arm(unit, after, _come(unit, before, after, zone, is_off), zone, is_off, unit.now)


def going_on(unit: Unit, schedule: Schedule, zone: tzinfo, is_off: rules.IsOff) -> ScheduleState:
    """Return how far a schedule has come; one that pauses, as if it went on now."""
    if schedule.active:
        return state_of(unit, schedule.id)
    return _come(unit, schedule, replaced(schedule, active=True), zone, is_off)


def _come(
    unit: Unit, before: Schedule | None, after: Schedule, zone: tzinfo, is_off: rules.IsOff
) -> ScheduleState:
    """Return how far a schedule has come by an edit."""
    state = state_of(unit, after.id)
    state = replaced(state, after=None, since=possible_since(unit, state))
    if before is None:
        again = state.armed > 0  # so that rows of this one have other keys than those of that one
        state = replaced(state, life=state.life + 1, turn=state.turn + again)
    if not after.active:
        state = _at_rest(before, state, unit.now)
    elif before is not None and not before.active:
        state = _gone_on(unit, before, after, state, zone, is_off)
    elif before is not None and _begins_anew(before, after, state, unit.now, zone):
        state = _skip_late(unit, before, state, unit.now, zone, is_off)
        owed = rules.owed(rules.rhythm_of(before), state.upto, unit.now, zone, is_off, state.gaps)
        state = _from_now(after, state, owed, unit.now, zone, is_off)
    return _until_end(before, after, state, rules.today(unit.now, zone))


def _until_end(
    before: Schedule | None, after: Schedule, state: ScheduleState, day: date
) -> ScheduleState:
    """Return how far one has come of which nothing is made that lies behind its end.

    It is left for when the end is put off, unless it lies in the past by then.
    """
    if state.period is not None and state.due is not None and is_over(after, state.period):
        state = leave(state, Unmade(state.period, state.due))
        state = replaced(state, period=None, due=None)
    if before is None:
        return state
    gone = [one for one in state.left if is_over(before, one.period) and one.due <= day]
    return replaced(state, left=tuple(one for one in state.left if one not in gone))


def save_timers(
    unit: Unit, saved: Iterable[tuple[Schedule, Stored | None]], settings: Settings
) -> None:
    """Set the timers of schedules that are saved; of all, where midnight is another one.

    Args:
        unit: Takes them up.
        saved: Each with the row that it replaces.
        settings: How the firm works from here on.

    Raises:
        NotAllowedError: The calendar cannot tell days off just now.
    """
    told = {one.id: (None if row is None else row.value, one) for one, row in saved}
    if settings.time_zone != unit.firm.value.settings.time_zone:
        told = {one.id: (one, one) for one in unit.found(Query("schedule"))} | told
    for before, after in told.values():
        try:
            _save_timer(unit, before, after, settings.zone)
        except PipeflowError as error:
            if type(error) is not PipeflowError:  # that of the store is another matter
                raise
            raise NotAllowedError(
                f"schedule {after.id!r} cannot be set just now: {error}. Nothing was saved; save "
                "it again when the calendar answers, or with active=False until then"
            ) from error


def _begins_anew(
    before: Schedule, after: Schedule, state: ScheduleState, now: datetime, zone: tzinfo
) -> bool:
    """Tell whether one gets another rhythm, or another end after it had come to its end.

    One of which nothing was dealt with yet begins where another start says, as a new one does.
    """
    if before.start != after.start and state.upto is None and not state.gaps:
        return False
    over = before.end is not None and before.end < rules.today(now, zone)
    old, new = rules.rhythm_of(before), rules.rhythm_of(after)
    return (over and old.end != new.end) or replaced(old, end=new.end) != new


def _at_rest(before: Schedule | None, state: ScheduleState, now: datetime) -> ScheduleState:
    """Return how far one has come that pauses; the calendar, which may fail, is not asked."""
    if before is not None and before.active:
        return replaced(state, paused=now, rested=rules.rhythm_of(before))
    if before is not None and state.paused is not None:
        return replaced(state, rested=_rested(before, state))
    return state


def _rested(before: Schedule, state: ScheduleState) -> Rhythm:
    """Return the rhythm that a schedule had when it was paused; old rows do not say it."""
    return state.rested or rules.rhythm_of(before)


def _gone_on(
    unit: Unit,
    before: Schedule,
    after: Schedule,
    state: ScheduleState,
    zone: tzinfo,
    is_off: rules.IsOff,
) -> ScheduleState:
    """Return how far one has come that goes on after a pause: nothing is made of what fell into it.

    What fell due before it, and nobody had ticked for, is still to be made, unless it came too late
    already when the pause began.
    """
    owed: tuple[Gap, ...] = ()
    if state.paused is not None:
        rested, paused = _rested(before, state), state.paused
        state = _skip_late(unit, _with(before, rested), state, paused, zone, is_off)
        owed = rules.owed(rested, state.upto, paused, zone, is_off, state.gaps)
    left = tuple(one for one in state.left if one.period != state.period)
    state = replaced(state, paused=None, rested=None, left=left)
    return _from_now(after, state, owed, unit.now, zone, is_off)


def _with(schedule: Schedule, rhythm: Rhythm) -> Schedule:
    """Return a schedule as it was before its pause, with the rhythm that it had then."""
    said = {one.name: getattr(rhythm, one.name) for one in attrs.fields(Rhythm)}
    return replaced(schedule, active=True, **said)


def _skip_late(
    unit: Unit,
    schedule: Schedule,
    state: ScheduleState,
    at: datetime,
    zone: tzinfo,
    is_off: rules.IsOff,
) -> ScheduleState:
    """Return how far one has come that skips what came too late at an instant; the rest is owed."""
    choice = rules.chosen(schedule, state.upto, at, zone, is_off, state.since, state.gaps)
    return skip(unit, schedule.id, state, choice.skipped)


def _from_now(
    after: Schedule,
    state: ScheduleState,
    owed: tuple[Gap, ...],
    now: datetime,
    zone: tzinfo,
    is_off: rules.IsOff,
) -> ScheduleState:
    """Return how far one has come whose rhythm counts from now on, behind what is still owed."""
    begun, state = owed[-1].upto if owed else state.upto, replaced(state, since=now)
    last = rules.passed(rules.rhythm_of(after), begun, now, zone, is_off)
    if begun is None or last is None or all(one.owed is None for one in owed):
        return replaced(state, upto=last, gaps=())
    behind = (Gap(begun, last),) if last > begun else ()
    return replaced(state, gaps=(*owed, *behind))
