"""Recurring: how far a schedule has come, and its timer, set with whatever changes it (R-38)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from .. import rules
from ..errors import NotAllowedError, PipeflowError
from ..model.logic import Condition
from ..model.record import replaced
from ..model.schedules import Gap, Rhythm, Schedule, ScheduleState, Unmade
from ..model.settings import Settings
from ..model.templates import JobTemplate
from ..ports.due import Due, PeriodTimer, ScheduleTimer
from ..ports.keys import key_of
from ..ports.rows import Query, Stored
from .records import PIECE, row_key
from .unit import Unit

__all__ = [
    "STATE",
    "arm",
    "hand_out",
    "job_id_of",
    "recur",
    "save_timers",
    "state_of",
    "withdraw",
]

STATE = "schedule_state"  # the kind of the rows that say how far schedules have come


def state_of(unit: Unit, schedule: str) -> ScheduleState:
    """Return how far a schedule has come; one that is new has come nowhere."""
    stored = unit.get(row_key(STATE, schedule))
    found: ScheduleState = ScheduleState() if stored is None else stored.value
    return found


def _save_timer(unit: Unit, before: Schedule | None, after: Schedule, zone: tzinfo) -> None:
    """Set the timer of a schedule that is saved; one that pauses has none.

    What comes of an edit is what would come of it had somebody ticked just before: what was due by
    then is still made, and nothing of what lies behind by what it says now. A period that is being
    handed out is gone through anew, for others may be meant by now; whoever has its job already
    does not get it twice.
    """
    is_off, state = unit.host.days_off(), state_of(unit, after.id)
    state = replaced(state, after=None)
    if not after.active:
        state = _at_rest(before, state, unit.now)
    elif before is not None and not before.active:
        state = _gone_on(before, after, state, unit.now, zone, is_off)
    elif before is not None and _begins_anew(before, after, state, unit.now, zone):
        owed = rules.owed(rules.rhythm_of(before), state.upto, unit.now, zone, is_off, state.gaps)
        state = _from_now(after, state, owed, unit.now, zone, is_off)
    arm(unit, after, state, zone, is_off, unit.now)


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
    before: Schedule,
    after: Schedule,
    state: ScheduleState,
    now: datetime,
    zone: tzinfo,
    is_off: rules.IsOff,
) -> ScheduleState:
    """Return how far one has come that goes on after a pause: nothing is made of what fell into it.

    What fell due before it, and nobody had ticked for, is still to be made.
    """
    owed: tuple[Gap, ...] = ()
    if state.paused is not None:
        rested = _rested(before, state)
        owed = rules.owed(rested, state.upto, state.paused, zone, is_off, state.gaps)
    left = tuple(one for one in state.left if one.period != state.period)
    state = replaced(state, paused=None, rested=None, left=left)
    return _from_now(after, state, owed, now, zone, is_off)


def _from_now(
    after: Schedule,
    state: ScheduleState,
    owed: tuple[Gap, ...],
    now: datetime,
    zone: tzinfo,
    is_off: rules.IsOff,
) -> ScheduleState:
    """Return how far one has come whose rhythm counts from now on, behind what is still owed."""
    begun = owed[-1].upto if owed else state.upto
    last = rules.passed(rules.rhythm_of(after), begun, now, zone, is_off)
    if begun is None or last is None or all(one.owed is None for one in owed):
        return replaced(state, upto=last, gaps=())
    behind = (Gap(begun, last),) if last > begun else ()
    return replaced(state, gaps=(*owed, *behind))


def arm(
    unit: Unit,
    schedule: Schedule,
    state: ScheduleState,
    zone: tzinfo,
    is_off: rules.IsOff,
    now: datetime,
    woken: datetime | None = None,
) -> None:
    """Set a schedule's next timer in the place of its last one, and keep how far it has come.

    It goes off before the next period too, when that could be made if days off were taken back.

    Args:
        unit: Takes it up.
        schedule: Which.
        state: How far it has come.
        zone: The firm's.
        is_off: Tells the firm's days off.
        now: When to go on with a period that is being handed out.
        woken: For when the last timer was set, where it goes off just now; what it found to do is
            no later than that for being done one after another.
    """
    if state.timer is not None:
        unit.cancels += (state.timer,)
    gaps = tuple(one for one in state.gaps if state.upto is None or one.upto > state.upto)
    state = replaced(state, timer=None, gaps=gaps)
    coming = next(rules.upcoming(schedule, state.upto, zone, is_off, gaps), None)
    at = now if schedule.active and (state.period is not None or state.left) else None
    if at is None and coming is not None:
        at = rules.looked_at(coming, unit.now, zone)
    if at is not None:
        at = max(at, woken or at)
        armed = state.armed + 1
        key = key_of(unit.tenant, "", "schedule", schedule.id, str(armed))
        state = replaced(state, armed=armed, timer=key)
        timer = ScheduleTimer(schedule.id)
        unit.dues += (Due(key, at, len(unit.dues), timer, "", unit.depth),)
    unit.put(row_key(STATE, schedule.id), state)


def withdraw(unit: Unit, schedule: str) -> None:
    """Take the timer of a schedule back that is deleted.

    What stays says how many timers it had, so that one of the same id would get other keys.
    """
    state = state_of(unit, schedule)
    if state.timer is not None:
        unit.cancels += (state.timer,)
    unit.put(row_key(STATE, schedule), ScheduleState(state.armed, turn=state.turn))


def hand_out(unit: Unit, schedule: Schedule, state: ScheduleState, at: datetime) -> ScheduleState:
    """Let the jobs of a period be due for the next piece of the accounts; return where it stands.

    Each is a row of its own, so that each job is a commit of its own, and none harms another.
    """
    accounts, after = _piece(unit, schedule, state.after)
    assert state.period is not None and state.due is not None  # noqa: S101, PT018  (handed out)
    dues, turn = [*unit.dues], (str(state.turn),) if state.turn else ()
    for account in accounts:
        job = job_id_of(schedule.id, account, state.period.isoformat())
        timer = PeriodTimer(schedule.id, account, state.period, state.due)
        key = key_of(unit.tenant, job, "schedule", *turn)
        dues.append(Due(key, at, len(dues), timer, job, unit.depth))
    unit.dues = tuple(dues)
    if after is None:
        return replaced(state, period=None, due=None, after=None)
    return replaced(state, after=after)


def _piece(unit: Unit, schedule: Schedule, after: str | None) -> tuple[Iterable[str], str | None]:
    """Return accounts that are meant, and where to go on; None: they were the last."""
    given = schedule.accounts
    if isinstance(given, Condition):
        page = unit.records.store.find(unit.tenant, Query("account"), after=after, limit=PIECE)
        return [key.id for key, stored in page.rows if given.holds(stored.value)], page.next
    left = sorted(one for one in given if after is None or one > after)
    return left[:PIECE], left[PIECE - 1] if len(left) > PIECE else None


def job_id_of(schedule: str, account: str, period: str) -> str:
    """Return the id of the job of a period: one and no other, whoever makes it and how often.

    Ids of one account come in the order of its periods.
    """
    parts = (schedule, account, period)
    return ".".join(one.replace("%", "%25").replace(".", "%2E") for one in parts)


def recur(unit: Unit, timer: PeriodTimer, id: str) -> None:
    """Make the job of a period under its id, unless nobody wants it any more, or it is there.

    While the schedule pauses the period is left for when it goes on.
    """
    stored = unit.get(row_key("schedule", timer.schedule))
    account, job = unit.get(row_key("account", timer.account)), unit.get(row_key("job", id))
    if stored is None or account is None or job is not None:
        return
    if not stored.value.active:
        _leave(unit, timer)
        return
    schedule: Schedule = stored.value
    book = unit.book(schedule.pipeline)
    wanted = schedule.template or book.pipeline.job_template
    template: JobTemplate | None = None if wanted is None else unit.value("template", wanted)
    spec = rules.JobSpec(
        id,
        book.pipeline.stages[0],
        template,
        schedule.name,
        schedule.assignees,
        schedule.priority,
        due=timer.due,
        schedule=schedule.id,
        period=timer.period,
    )
    thread = unit.threads.get(id)
    started = rules.start(
        unit.tenant, account.value, book, spec, unit.now, unit.actor, thread=thread
    )
    unit.apply(started)


def _leave(unit: Unit, timer: PeriodTimer) -> None:
    """Let the jobs of a period that are not made be due again when the schedule goes on."""
    state, one = state_of(unit, timer.schedule), Unmade(timer.period, timer.due)
    if one not in state.left:
        state = replaced(state, left=(*state.left, one), turn=state.turn + 1)
        unit.put(row_key(STATE, timer.schedule), state)
