"""What fires automations besides the entry of a stage, and when (domain.md R-34 to R-36)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipeflow import AroundDate, Automation, Status, TimeInStage, WhenDone
from tests.reference import reminding
from tests.reference.things import Alarm, Job, State, Thing

if TYPE_CHECKING:
    from tests.reference.firm import Firm

__all__ = [
    "assigned",
    "follow_anew",
    "forget",
    "go_on",
    "put_off",
    "ring",
    "set_alarms",
    "set_owed",
    "stand",
    "used_up",
]

LATE = timedelta(hours=1)


def awake(job: Job) -> bool:
    """Tell whether triggers of a job fire just now."""
    return job.status == "Active" and not job.paused


# -- when they are to fire -----------------------------------------------------------------------


def at_wall(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """Return that hour of that day; the next moment that there is where the clock skips it."""
    at = datetime.combine(day, hour, zone).astimezone(UTC)
    if at.astimezone(zone).time() == hour:
        return at
    at = datetime.combine(day, hour, zone).replace(fold=1).astimezone(UTC)
    before = at.astimezone(zone).utcoffset()
    while at.astimezone(zone).utcoffset() == before:
        at += timedelta(seconds=1)
    return at


def next_day(firm: Firm) -> datetime:
    """Return when the firm's day starts next."""
    zone = ZoneInfo(firm.zone)
    today = firm.now.astimezone(zone).date()
    at = at_wall(today, firm.day_starts, zone)
    return at if at > firm.now else at_wall(today + timedelta(days=1), firm.day_starts, zone)


def date_of(firm: Firm, job: Job, name: str) -> date | None:
    """Return a date of a job, or of its account."""
    if name in {"due", "start"}:
        found: Any = getattr(job, name)
    else:
        found = firm.clients[job.account].fields.get(name)
    return found if isinstance(found, date) else None


def wanted(firm: Firm, job: Job) -> dict[tuple[object, ...], datetime]:
    """Return the instants of all triggers that time sets off, as things are."""
    zone = ZoneInfo(firm.zone)
    found: dict[tuple[object, ...], datetime] = {}
    stage = firm.stage_of(job)
    for trigger in stage.triggers if stage is not None else ():
        if isinstance(trigger, TimeInStage):
            came = job.entered.astimezone(zone)
            day = trigger.after.of(came.date())
            found[str(trigger.id), job.visit] = at_wall(day, came.time(), zone)
        elif isinstance(trigger, AroundDate):
            day_ = date_of(firm, job, trigger.date)
            if day_ is not None:
                at = at_wall(trigger.after.of(day_), firm.day_starts, zone)
                found[str(trigger.id), (day_, job.visit, trigger.date)] = at
    for trigger in firm.pipelines[job.pipeline].triggers:
        assert isinstance(trigger, AroundDate)
        day_ = date_of(firm, job, trigger.date)
        if day_ is not None:
            at = at_wall(trigger.after.of(day_), firm.day_starts, zone)
            found[str(trigger.id), (day_, job.pipeline, trigger.date)] = at
    return found


def set_alarms(firm: Firm, job: Job) -> None:
    """Set, move and take back the timers of a job, so that they are as things are."""
    right = wanted(firm, job)
    for one in job.alarms:
        _go_by(one, right)
    job.alarms = [
        one
        for one in job.alarms
        if (
            reminding.acts(one.of)
            if isinstance(one.of, Thing)
            else one.of == (job.status, job.setting)
            or right.get(one.key) == one.nominal
            or (one.at is None and right.get(one.key, firm.now) < firm.now)
        )
    ]  # fmt: skip
    known = {one.key for one in job.alarms} | job.triggered
    for (trigger, of), nominal in right.items():
        if (trigger, of) not in known:
            at = nominal if nominal > firm.now else _late(firm, job, str(trigger), of)
            job.alarms.append(Alarm(str(trigger), of, nominal, at))


def _go_by(alarm: Alarm, right: dict[tuple[object, ...], datetime]) -> None:
    """Let what is owed for a day go by another date of that day, where its trigger does now."""
    if alarm.at is None and isinstance(alarm.of, tuple) and alarm.key not in right:
        day = alarm.of[:2]
        same = (of for id, of in right if id == alarm.trigger and isinstance(of, tuple))
        alarm.of = next((of for of in same if of[:2] == day), alarm.of)


def _late(firm: Firm, job: Job, trigger: str, of: object) -> datetime:
    """Return when what is past when it is set fires: at once, or when the firm's day starts next.

    A night is left where it has fired in this job before, where nothing is to be hurried, and where
    another job started this one, for each might start its like, without end in one go.
    """
    mark = job.pipeline, _home(job, of), trigger
    before = any(key[0] == trigger and job.homes[key] == mark for key in job.triggered)
    night = before or job.id in firm.unhurried or job.by is not None
    return next_day(firm) if night else firm.now


def _home(job: Job, of: object) -> str:
    """Return the stage that has the trigger of a key; "" where its pipeline has it."""
    of_stage = isinstance(of, int) or (isinstance(of, tuple) and of[1] == job.visit)
    return job.stage if of_stage else ""


def stand(job: Job) -> None:
    """Note how a job stands after a command."""
    job.stood, job.rested = [*job.alarms], not awake(job)


def put_off(firm: Firm, job: Job) -> None:
    """Heed what fell due before a job rests, or while it did, and nobody ticked for."""
    if awake(job) is not job.rested:
        return
    for alarm in [*job.alarms]:
        came = alarm.at is not None and alarm.at <= firm.now
        if not came or not any(one is alarm for one in job.stood):
            continue
        if not isinstance(alarm.of, Thing) and wanted(firm, job).get(alarm.key) != alarm.nominal:
            continue  # it is set anew, or taken back
        _, _, punctual = _meant(firm, job, alarm)
        if job.rested and punctual:
            over(firm, job, alarm)
        else:
            begins = not job.rested and not _left_behind(job, alarm)
            delay = _delay(firm, alarm) if begins else None
            alarm.at, alarm.rested, alarm.delay = None, alarm.rested or job.rested, delay


def late(firm: Firm, alarm: Alarm) -> bool:
    """Tell whether it is late: by more than an hour without a rest, or as its time came at rest."""
    return alarm.rested or _delay(firm, alarm) > LATE


def _delay(firm: Firm, alarm: Alarm) -> timedelta:
    """Return how late it is, without the rest of its job that began after its time."""
    if alarm.delay is None:
        return firm.now - alarm.nominal
    return alarm.delay + (firm.now - alarm.at if alarm.at is not None else timedelta())


def set_owed(firm: Firm, job: Job) -> None:
    """Let what is owed fire when the firm's day starts next, where nothing holds it back."""
    for one in job.alarms:
        if one.at is None and awake(job) and not _left_behind(job, one):
            one.at = next_day(firm)
            if one.delay is not None:
                one.delay += one.at - firm.now


def used_up(firm: Firm, job: Job, thing: Thing) -> None:
    """The last reminder of a thing has left: what follows, follows an interval later (R-34)."""
    if not thing.then:
        return
    here = firm.now.astimezone(ZoneInfo(firm.zone))
    at = at_wall(here.date() + timedelta(days=thing.every), here.time(), ZoneInfo(firm.zone))
    job.alarms.append(Alarm(f"{thing.template_of[2]}.then", thing, at, at))


def follow_anew(firm: Firm, job: Job, before: Alarm) -> None:
    """Let what follows the used up reminders of a thing do so after all, since a move is undone."""
    thing = before.of
    if not isinstance(thing, Thing) or any(one.of is thing for one in job.alarms):
        return
    if reminding.acts(thing) and thing.sent >= thing.times:
        at = before.nominal if before.nominal > firm.now else None
        job.alarms.append(Alarm(before.trigger, thing, before.nominal, at))


def forget(job: Job, thing: Thing) -> None:
    """Let nothing follow from the reminders of a thing."""
    job.alarms = [one for one in job.alarms if one.of is not thing]


# -- firing --------------------------------------------------------------------------------------


def _meant(firm: Firm, job: Job, alarm: Alarm) -> tuple[tuple[Automation, ...], str, bool]:
    """Return what an alarm fires, where that stands, and whether it is never to be late."""
    if isinstance(alarm.of, Thing):
        return alarm.of.then, "", False
    stage = firm.stage_of(job)
    here = stage.triggers if stage is not None else ()
    of_stage = isinstance(alarm.of, int) or alarm.of[1] == job.visit
    several = here if of_stage else firm.pipelines[job.pipeline].triggers
    found: Any = next((one for one in several if one.id == alarm.trigger), None)
    if found is None:
        return (), "", True
    return found.fires, job.stage if of_stage else "", found.skip_if_late


def fired(firm: Firm, job: Job, key: tuple[object, ...]) -> None:
    """Note that a trigger fired, for that visit or date; it does so once."""
    job.triggered.add(key)
    job.homes[key] = job.pipeline, _home(job, key[1]), str(key[0])
    firm.trace(job, "triggered", key)


def over(firm: Firm, job: Job, alarm: Alarm) -> None:
    """Let an alarm be over."""
    job.alarms.remove(alarm)
    fired(firm, job, alarm.key)


def ring(firm: Firm, job: Job, alarm: Alarm) -> None:
    """Do what is to be done when the time of a trigger has come; its job heeds it in any case."""
    firm.noted.add(job.id)
    if not isinstance(alarm.of, Thing):  # its pipeline may say something else since
        at = wanted(firm, job).get(alarm.key)
        if at != alarm.nominal:
            set_alarms(firm, job)
            return
    fires, home, punctual = _meant(firm, job, alarm)
    if _left_behind(job, alarm) or (not awake(job) and not punctual):
        alarm.at, alarm.rested = None, alarm.rested or not awake(job)
        return
    over(firm, job, alarm)
    if not fires or (punctual and (late(firm, alarm) or not awake(job))):
        return
    firm.note(job)
    firm.rung.append((job.id, alarm.trigger, late(firm, alarm)))
    firm.turns(job, fires, home)
    firm.evaluate(job)


def _left_behind(job: Job, alarm: Alarm) -> bool:
    """Tell whether it is about a thing of another visit, to which an undo may take the job."""
    return isinstance(alarm.of, Thing) and alarm.of.visit != job.visit


def assigned(firm: Firm, job: Job, status: Status) -> None:
    """Fire what fires when a status is set; of a paused job when it goes on."""
    if job.paused:
        of = (job.status, job.setting)
        job.alarms.append(Alarm(status.trigger, of, firm.now, None))
    else:
        _set_off(firm, job, status.trigger, late=False)


def _set_off(firm: Firm, job: Job, trigger: str, *, late: bool) -> None:
    status = firm.status_of(job)
    assert status is not None
    firm.rung.append((job.id, trigger, late))
    firm.turns(job, status.automations, "", scope=job.setting)


def go_on(firm: Firm, job: Job) -> None:
    """Fire what the job owes, and what waited for things that are done (R-34, R-35)."""
    for alarm in [*job.alarms]:
        if alarm.of == (job.status, job.setting) and not job.paused:
            job.alarms.remove(alarm)
            _set_off(firm, job, alarm.trigger, late=True)
    while awake(job):
        put_off(firm, job)
        set_alarms(firm, job)
        owed_here = [one for one in job.alarms if one.at is None and not _left_behind(job, one)]
        several = sorted(owed_here, key=lambda one: (one.nominal, firm.place(one)))
        for owed in several[:1]:  # in the order in which they fell due
            fires, home, punctual = _meant(firm, job, owed)
            over(firm, job, owed)
            if not punctual or not late(firm, owed):
                firm.rung.append((job.id, owed.trigger, late(firm, owed)))
                firm.turns(job, fires, home)
        if not several and not _when_done(firm, job):
            return


def _when_done(firm: Firm, job: Job) -> bool:
    """Fire the first trigger of the stage that waits for something that is done by now."""
    stage = firm.stage_of(job)
    done = {one.template_of for one in job.here() if one.state is State.COMPLETED}
    for trigger in stage.triggers if stage is not None else ():
        key = trigger.id, job.visit, getattr(trigger, "of", None)  # it is known by that, too
        if not isinstance(trigger, WhenDone) or key in job.triggered:
            continue
        if (job.pipeline, job.stage, trigger.of) in done:
            firm.note(job)
            fired(firm, job, key)
            firm.rung.append((job.id, str(trigger.id), False))
            firm.turns(job, trigger.fires, job.stage)
            return True
    return False
