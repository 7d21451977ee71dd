"""Alarms: when a job's triggers are to fire, read off where the job stands (R-35)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from ..model.events import TriggerPassed
from ..model.items import Item
from ..model.jobs import OVER, Alarm, Job, JobStatus
from ..model.record import replaced
from ..model.triggers import AroundDate, Timed, TimeInStage
from ..ports.due import TriggerTimer
from ..ports.keys import key_of
from .calendar import after_at_hour, at_clock
from .decision import Timer
from .marks import fired_mark, has_fired, has_fired_at_all
from .rhythms import GRACE, makes_sense, said_set, said_used_up

if TYPE_CHECKING:
    from ..model.job_statuses import Status
    from .draft import Draft

__all__ = [
    "LEFT",
    "comes_late",
    "drop",
    "has_come",
    "is_asked_for",
    "is_awake",
    "is_of_status",
    "is_stale",
    "leave_pipeline",
    "left_behind",
    "mark_fired",
    "owed",
    "pass_over",
    "put_off",
    "put_off_at_rest",
    "set_alarm",
    "set_alarms",
    "settle_alarms",
    "timed_trigger",
    "used_up",
]

LEFT = "the job left first"
TOO_FAR = datetime(9000, 1, 1, tzinfo=UTC)  # an instant that never comes


class _Wanted(NamedTuple):
    """A trigger that is to fire, for what, when, and the stage that has it."""

    trigger: Timed
    of: str
    at: datetime
    home: str


def settle_alarms(draft: Draft) -> None:
    """Let the alarms of a job be as it stands, and as it goes on from here, or rests."""
    put_off_at_rest(draft)
    set_alarms(draft)
    set_owed(draft)


def set_alarms(draft: Draft) -> None:
    """Let the alarms of a job be those that its stage, its dates and its account ask for.

    What is set for the same thing stays; what is asked for no longer is taken back, and what has
    fired for it is not set again. What could not fire in its time is owed only as long as that time
    has come by what is asked for now.
    """
    wanted = {(one.trigger.id, one.of): one for one in _wanted(draft)}
    kept: list[Alarm] = []
    for alarm in draft.alarms:
        same = (alarm.trigger, alarm.of)
        at = wanted[same].at if same in wanted else None
        there = at is not None and (at <= draft.now if alarm.due is None else at == alarm.at)
        if there or used_up(draft, alarm) is not None or _is_status(draft, alarm):
            wanted.pop(same, None)
            kept.append(alarm)
        elif at is None:
            _take_back(draft, alarm, _why_not(draft, alarm))
        elif alarm.due is not None:  # it is set anew, for another time
            draft.cancels += (alarm.due,)
    for one in wanted.values():
        soon = one.at <= draft.now and _fires_at_once(draft, one)
        kept.append(set_alarm(draft, str(one.trigger.id), one.of, one.at, soon=soon))
    alarms = tuple(kept)
    if alarms != draft.alarms:
        draft.alarms, draft.changed = alarms, True


def owed(draft: Draft) -> list[Alarm]:
    """Return what fell due and could not fire; what was left behind waits until it is gone back to,
    or taken along.
    """
    return [one for one in draft.alarms if one.due is None and not left_behind(draft, one)]


def set_owed(draft: Draft) -> None:
    """Let what is owed fire when the firm's day starts next, where the job is Active all the same.

    What waits fires when a job goes on. A job that is Active by an edit of its pipeline, an undo or
    a silent move (R-25) does not go on, and may have nothing ahead that would have it fire.
    """
    if not is_awake(draft.job):
        return
    if owing := owed(draft):
        wanted = {(one.trigger.id, one.of): one.at for one in _wanted(draft)}
        for alarm in owing:
            at = wanted.get((alarm.trigger, alarm.of), alarm.at)
            again = set_alarm(draft, alarm.trigger, alarm.of, at)
            delay = alarm.delay
            if delay is not None and again.rings is not None:
                delay += again.rings - draft.now
            again = replaced(again, rested=alarm.rested, delay=delay)
            draft.alarms = tuple(again if one is alarm else one for one in draft.alarms)
        draft.changed = True


def _fires_at_once(draft: Draft, one: _Wanted) -> bool:
    """Tell whether a trigger whose time is past when it is set fires at once, late (R-35).

    It waits until the firm's day starts next where it has fired in this job before, for another
    visit or date, and where an automation started the job: so nothing that a trigger brings about
    goes on without end in one go. And so it does where only its pipeline was edited, or the firm's
    clock, which may concern very many jobs, and where nothing was to fire, as for work that is
    brought along (R-25): that leaves a night to think better of it.
    """
    again = has_fired_at_all(draft.fired, draft.job.pipeline, one.home, str(one.trigger.id))
    return not (again or draft.job.starter or draft.unhurried or _is_untold(draft, one))


def _is_untold(draft: Draft, one: _Wanted) -> bool:
    """Tell whether a trigger was to fire before anything happened here: its pipeline was edited, or
    the firm's clock, and the job, which is open, was not told yet.
    """
    job = draft.state.job
    if draft.begins or job.status in OVER or job.pipeline != draft.job.pipeline:
        return False
    if draft.new_fields and isinstance(one.trigger, AroundDate) and one.trigger.field is not None:
        return False
    return one in _wanted(draft.before())


def set_alarm(draft: Draft, trigger: str, of: str, at: datetime, *, soon: bool = False) -> Alarm:
    """Set a timer, under a key that never comes again, and return the alarm that knows it.

    What is past when it is set fires *soon*, by the next tick, or when the firm's day starts next.
    """
    draft.armed += 1
    job = draft.job.id
    key = key_of(draft.state.tenant, job, "trigger", trigger, str(draft.armed))
    due = at if at > draft.now else draft.now if soon else _next_day(draft)
    draft.timers += (Timer(key, due, TriggerTimer(job, trigger, of)),)
    return Alarm(trigger, of, at, key, due if due > at else None)


def _next_day(draft: Draft) -> datetime:
    """Return when the firm's day starts next."""
    starts, zone = draft.book.settings.day_starts, draft.book.zone
    at = at_clock(draft.today, starts, zone)
    return at if at > draft.now else at_clock(draft.today + timedelta(days=1), starts, zone)


def _take_back(draft: Draft, alarm: Alarm, why: str) -> None:
    """Take an alarm back that nothing asks for any more; if its time had come, history tells it.

    What was set by this command itself, or went by times of before an edit, was not to fire yet.
    """
    if alarm.due is not None:
        draft.cancels += (alarm.due,)
    state, was = draft.state, draft.state.job
    known = any((one.trigger, one.of) == (alarm.trigger, alarm.of) for one in was.alarms)
    before = draft.before() if state.book.pipeline.id == was.pipeline else None
    if known and alarm.at <= draft.now and not (before is not None and is_stale(before, alarm)):
        when = "" if before is None else _waits_for(before, alarm)
        draft.tell(TriggerPassed, was.stage, alarm.trigger, why, when)


def _why_not(draft: Draft, alarm: Alarm) -> str:
    """Say why a trigger is not to fire any more, in the pipeline in which the job is."""
    if any(item.id == alarm.of for item in draft.items):
        return "what it follows is over, or reminded of anew"
    return LEFT if draft.visit != draft.state.job.visit else "what it goes by was changed first"


def leave_pipeline(draft: Draft) -> None:
    """Take back the alarms of the pipeline that a job leaves; another may call its own alike."""
    items = {item.id for item in draft.items}
    for alarm in draft.alarms:
        if alarm.of not in items:
            _take_back(draft, alarm, LEFT)
    draft.alarms = tuple(alarm for alarm in draft.alarms if alarm.of in items)


def _is_status(draft: Draft, alarm: Alarm) -> bool:
    """Tell whether an alarm is of the job's status, which was set while the job was paused."""
    status = draft.book.pipeline.status(draft.job.status)
    return status is not None and is_of_status(alarm, status, draft.job.scope)


def is_of_status(alarm: Alarm, status: Status, scope: int) -> bool:
    """Tell whether an alarm is of one setting of a status; a trigger may be called as that is."""
    return (alarm.trigger, alarm.of) == (status.trigger, str(scope))


def _wanted(draft: Draft) -> Iterator[_Wanted]:
    """Yield the triggers by time that are to fire, unless they have fired for the same thing."""
    pipeline, fired = draft.book.pipeline, draft.fired
    place = pipeline.find(draft.stage)
    here = pipeline.stages[place].triggers if place is not None else ()
    several = [(one, draft.stage) for one in here if isinstance(one, Timed)]
    several += [(one, "") for one in pipeline.triggers]
    for trigger, home in several:
        found = _when(draft, trigger, home)
        if found is not None:
            of, at = found
            mark = fired_mark(draft.job.pipeline, home, trigger, of)
            if not has_fired(fired, mark):
                yield _Wanted(trigger, of, at, home)


def _when(draft: Draft, trigger: Timed, home: str) -> tuple[str, datetime] | None:
    """Return for what a trigger is to fire, and when; None: there is no such date."""
    zone = draft.book.zone
    if isinstance(trigger, TimeInStage):
        day = draft.entered.astimezone(zone).date()
        days = timedelta(days=(trigger.after.of(day) - day).days)
        if days > TOO_FAR - draft.entered:
            return None
        return str(draft.visit), after_at_hour(draft.entered, days, draft.entered, zone)
    assert isinstance(trigger, AroundDate)  # noqa: S101  (there is no third)
    found = _date(draft, trigger)
    if found is None:
        return None
    day = trigger.after.of(found)
    if not 1 < day.year < TOO_FAR.year:
        return None
    at = at_clock(day, draft.book.settings.day_starts, zone)
    return (f"{found} {draft.visit}" if home else f"{found}"), at


def _date(draft: Draft, trigger: AroundDate) -> date | None:
    """Return the date by which a trigger goes, if there is one."""
    if trigger.field is None:
        found: object = getattr(draft.job, trigger.date)
    else:
        found = draft.account.fields.get(trigger.field)
    return found if type(found) is date else None


def comes_late(alarm: Alarm, now: datetime) -> bool:
    """Tell whether what an alarm is about fires late by now: by more than an hour in which the job
    did not rest, or where its time came while the job was not Active.
    """
    return alarm.rested or _delay(alarm, now) > GRACE


def _delay(alarm: Alarm, now: datetime) -> timedelta:
    """Return how late it is by now, without the rest of a job that was Active in its time."""
    if alarm.delay is None:
        return now - alarm.at
    return alarm.delay if alarm.rings is None else alarm.delay + (now - alarm.rings)


def is_asked_for(draft: Draft, alarm: Alarm) -> bool:
    """Tell whether something is to fire just when an alarm says, as things are."""
    if used_up(draft, alarm) is not None:
        return True
    return timed_trigger(draft, alarm) is not None and not is_stale(draft, alarm)


def is_stale(draft: Draft, alarm: Alarm) -> bool:
    """Tell whether an alarm goes by times of before an edit, of which its job was not told yet."""
    return any(
        (one.trigger.id, one.of) == (alarm.trigger, alarm.of) and one.at != alarm.at
        for one in _wanted(draft)
    )


def is_awake(job: Job) -> bool:
    """Tell whether triggers of a job fire just now."""
    return job.status == JobStatus.ACTIVE and job.paused is None


def has_come(alarm: Alarm, now: datetime) -> bool:
    """Tell whether the time of an alarm has come, though nobody has ticked yet."""
    return alarm.due is not None and (alarm.rings or alarm.at) <= now


def put_off_at_rest(draft: Draft) -> None:
    """Put off what nobody has ticked for, where a job begins to rest here, or goes on.

    So what becomes of it goes by what the job was when its time came, and not by who ticked when.
    """
    job = draft.state.job
    rested = not is_awake(job)
    if is_awake(draft.job) is not rested:
        return
    for alarm in job.alarms:
        if alarm in draft.alarms and has_come(alarm, draft.now) and not is_stale(draft, alarm):
            assert alarm.due is not None  # noqa: S101  (it has come)
            draft.cancels += (alarm.due,)
            (put_off if rested else _owe)(draft, alarm)


def put_off(draft: Draft, alarm: Alarm) -> None:
    """Let an alarm whose time has come at rest wait until the job is Active again (R-35)."""
    found = timed_trigger(draft, alarm)
    if found is not None and found[0].skip_if_late:
        job = draft.state.job
        state = job.status if job.paused is None else "paused"
        pass_over(draft, alarm, f"the job {'was' if is_awake(draft.job) else 'is'} {state}")
        return
    _owe(draft, alarm)


def _owe(draft: Draft, alarm: Alarm) -> None:
    """Let an alarm wait, and know whether its time came while the job was not Active.

    Where it came before that, and the job begins to rest here, it gets no later by the rest.
    """
    was_awake = is_awake(draft.state.job)
    begins = was_awake and not is_awake(draft.job) and not left_behind(draft, alarm)
    delay = _delay(alarm, draft.now) if begins else None
    rested = alarm.rested or not was_awake
    waits = replaced(alarm, due=None, rings=None, rested=rested, delay=delay)
    draft.alarms = tuple(waits if one is alarm else one for one in draft.alarms)
    draft.changed = True


def pass_over(draft: Draft, alarm: Alarm, why: str) -> None:
    """Let an alarm be over without firing anything, and say why."""
    found, when = timed_trigger(draft, alarm), _waits_for(draft, alarm)
    drop(draft, alarm)
    if found is not None:
        mark_fired(draft, alarm, *found)
    draft.tell(TriggerPassed, draft.stage, alarm.trigger, why, when)


def mark_fired(draft: Draft, alarm: Alarm, trigger: Timed, home: str) -> str:
    """Note that a trigger had its turn, for that visit or date; it has but one. Return its mark."""
    mark = fired_mark(draft.job.pipeline, home, trigger, alarm.of)
    draft.fired |= {mark}
    return mark


def drop(draft: Draft, alarm: Alarm) -> None:
    """Let an alarm be over."""
    draft.alarms = tuple(one for one in draft.alarms if one is not alarm)
    draft.changed = True


def timed_trigger(draft: Draft, alarm: Alarm) -> tuple[Timed, str] | None:
    """Return the trigger of an alarm, and the stage that has it ("": all of them)."""
    found = (one for one in _wanted(draft) if (one.trigger.id, one.of) == (alarm.trigger, alarm.of))
    one = next(found, None)
    return None if one is None else (one.trigger, one.home)


def _waits_for(draft: Draft, alarm: Alarm) -> str:
    """Say what an alarm waits for; nothing of what is no longer there."""
    found = timed_trigger(draft, alarm)
    if found is not None:
        return found[0].says
    status = draft.book.pipeline.status(draft.job.status)
    if status is not None and is_of_status(alarm, status, draft.job.scope):
        return said_set(status)
    return next((said_used_up(one) for one in draft.items if one.id == alarm.of), "")


def used_up(draft: Draft, alarm: Alarm) -> Item | None:
    """Return the item whose reminders are used up, of which an alarm is, while the client has to
    act on it: as long as it would be reminded of (R-34).
    """
    for item in draft.items:
        if item.id == alarm.of:
            rhythm = item.reminders
            ended = rhythm is not None and rhythm.then and item.reminded >= rhythm.times
            return item if ended and item.waits and makes_sense(item) else None
    return None


def left_behind(draft: Draft, alarm: Alarm) -> bool:
    """Tell whether it is about an open item of another visit than that in which the job is."""
    item = used_up(draft, alarm)
    return item is not None and item.visit != draft.visit
