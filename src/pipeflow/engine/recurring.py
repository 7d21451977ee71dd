"""Recurring: how far a schedule has come, its timer, and the jobs that it makes (R-38)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, tzinfo

from .. import rules
from ..model.accounts import Account
from ..model.events import Chapter, JobScheduled, PeriodsSkipped
from ..model.jobs import Job
from ..model.logic import Condition
from ..model.record import replaced
from ..model.schedules import Schedule, ScheduleState, SpentId, Unmade
from ..model.templates import JobTemplate
from ..ports.due import Due, PeriodTimer, ScheduleTimer
from ..ports.keys import key_of
from ..ports.rows import Query, RowKey, Stored
from .records import PIECE, row_key
from .unit import Unit

__all__ = [
    "STATE",
    "arm",
    "hand_out",
    "is_over",
    "job_id_of",
    "leave",
    "looked_at_first",
    "possible_since",
    "reached",
    "recur",
    "skip",
    "spend",
    "state_of",
    "still_wanted",
    "unmade",
    "withdraw",
]

STATE = "schedule_state"  # the kind of the rows that say how far schedules have come
# Bytes of a schedule's id, and of an account's, in that of a job: an id has 512, of which the
# period and a number behind it take some.
LONGEST_PART = 244
CUT = "%~"  # stands before the checksum of a part that was cut, and in no other: see _escaped
SPENT_ID = "spent_id"  # and of those that say which of their ids were spent on jobs that are gone


def state_of(unit: Unit, schedule: str) -> ScheduleState:
    """Return how far a schedule has come; one that is new has come nowhere."""
    stored = unit.get(row_key(STATE, schedule))
    found: ScheduleState = ScheduleState() if stored is None else stored.value
    return found


def reached(state: ScheduleState, upto: date) -> ScheduleState:
    """Return how far one has come that has dealt with the periods up to a date."""
    gaps = tuple(one for one in state.gaps if one.upto > upto)
    return replaced(state, upto=upto, gaps=gaps)


def skip(
    unit: Unit, schedule: str, state: ScheduleState, skipped: rules.Skipped | None
) -> ScheduleState:
    """Return how far one has come that skips periods, and say so in the feed."""
    if skipped is None:
        return state
    line = (PeriodsSkipped, schedule, *skipped)
    unit.tell(row_key("schedule", schedule), (Chapter(unit.now, "", rules.SYSTEM, (line,)),))
    return reached(state, skipped.last)


def possible_since(unit: Unit, state: ScheduleState, takes: int = 0) -> datetime | None:
    """Return since when something could be made of what a schedule's timer is for.

    A timer that is tried again goes off when that is. Where somebody took it up more often than
    *takes*, and never came back, their lease had to end first.
    """
    row = None if state.timer is None else unit.due(state.timer)
    if row is None or row.due.at > unit.now:
        return state.since
    at = max(row.due.at, row.at)
    if row.token > takes:
        at = max(at, row.due.at + unit.firm.value.settings.lease)
    return min(unit.now, max(at, state.since or at))


def is_over(schedule: Schedule, period: date) -> bool:
    """Tell whether a period lies behind the end of its schedule."""
    return schedule.end is not None and period > schedule.end


def still_wanted(schedule: Schedule, state: ScheduleState) -> list[Unmade]:
    """Return the periods whose other jobs are made now: not those that its end leaves out."""
    return [one for one in state.left if not is_over(schedule, one.period)]


def leave(state: ScheduleState, one: Unmade) -> ScheduleState:
    """Return how far one has come whose jobs of a period are to be due anew."""
    if one in state.left:
        return state
    return replaced(state, left=(*state.left, one), turn=state.turn + 1)


def arm(
    unit: Unit,
    schedule: Schedule,
    state: ScheduleState,
    zone: tzinfo,
    is_off: rules.IsOff,
    now: datetime,
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
    """
    if state.timer is not None:
        unit.cancels += (state.timer,)
    state = replaced(state, timer=None)
    coming = next(rules.upcoming(schedule, state.upto, zone, is_off, state.gaps), None)
    begun = state.period is not None or still_wanted(schedule, state)
    at = now if schedule.active and begun else None
    if at is None and coming is not None:
        at = rules.looked_at(coming, unit.now, zone)
    if at is not None:
        at = max(at, state.since or at)
        armed = state.armed + 1
        key = key_of(unit.tenant, "", "schedule", schedule.id, str(armed))
        state = replaced(state, armed=armed, timer=key)
        timer = ScheduleTimer(schedule.id)
        unit.dues += (Due(key, at, len(unit.dues), timer, "", unit.depth),)
    unit.put(row_key(STATE, schedule.id), state)


def withdraw(unit: Unit, schedule: str) -> None:
    """Take the timer of a schedule back that is deleted.

    What stays says how many timers it had and so on, so that one of the same id gets other keys.
    """
    state = state_of(unit, schedule)
    if state.timer is not None:
        unit.cancels += (state.timer,)
    left = ScheduleState(state.armed, turn=state.turn, life=state.life)
    unit.put(row_key(STATE, schedule), left)


def hand_out(unit: Unit, schedule: Schedule, state: ScheduleState, at: datetime) -> ScheduleState:
    """Let the jobs of a period be due for the next piece of the accounts; return where it stands.

    Each is a row of its own, so that each job is a commit of its own, and none harms another.
    """
    accounts, after = _piece(unit, schedule, state.after)
    assert state.period is not None and state.due is not None  # noqa: S101, PT018  (handed out)
    dues = [*unit.dues]
    for account, job, key in _wanted(unit, schedule.id, state, accounts, state.period):
        timer = PeriodTimer(schedule.id, account, state.period, state.due, state.life)
        dues.append(Due(key, at, len(dues), timer, job, unit.depth))
    unit.dues = tuple(dues)
    if after is None:
        return replaced(state, period=None, due=None, after=None)
    return replaced(state, after=after)


def _wanted(
    unit: Unit, schedule: str, state: ScheduleState, accounts: Iterable[str], period: date
) -> Iterator[tuple[str, str, str]]:
    """Yield the accounts that get a job of a period, each with its id and the key of its row."""
    turn = (str(state.turn),) if state.turn else ()
    keys = {one: _spent_key(schedule, one, period) for one in accounts}
    known = unit.many(keys.values())
    for account, spent in keys.items():
        before = _spent(known.get(spent))
        if not before.times or before.life != state.life:
            job = f"{spent.id}-{before.times + 1}" if before.times else spent.id
            yield account, job, key_of(unit.tenant, job, "schedule", *turn)


def unmade(unit: Unit, schedule: Schedule, state: ScheduleState) -> Unmade | None:
    """Return the period that was handed out last, while jobs of it wait to be made."""
    if state.upto is None:
        return None
    after: str | None = None
    while True:
        accounts, after = _piece(unit, schedule, after)
        for _, _, key in _wanted(unit, schedule.id, state, accounts, state.upto):
            row = unit.due(key)
            if row is not None and isinstance(row.due.action, PeriodTimer):
                return Unmade(state.upto, row.due.action.due)
        if after is None:
            return None


def _piece(unit: Unit, schedule: Schedule, after: str | None) -> tuple[Iterable[str], str | None]:
    """Return accounts that are meant, and where to go on; None: they were the last."""
    given = schedule.accounts
    if isinstance(given, Condition):
        page = unit.records.store.find(unit.tenant, Query("account"), after=after, limit=PIECE)
        return [key.id for key, one in page.rows if _is_meant(schedule, one.value)], page.next
    left = sorted(one for one in given if after is None or one > after)
    return left[:PIECE], left[PIECE - 1] if len(left) > PIECE else None


def _is_meant(schedule: Schedule, account: Account) -> bool:
    """Tell whether an account is one of those for whom a schedule makes jobs."""
    given = schedule.accounts
    return given.holds(account) if isinstance(given, Condition) else account.id in given


def job_id_of(schedule: str, account: str, period: str) -> str:
    """Return the id of the job of a period: one and no other, whoever makes it and how often.

    Ids of one account come in the order of its periods. Where the job was deleted, and comes again
    for another schedule of the id, its id has a number behind: no id is used twice, or the new job
    would have the request keys of the old one. No job has such an id that another one starts.
    """
    parts = [_escaped(one) for one in (schedule, account)]
    if len("".join(parts).encode()) > 2 * LONGEST_PART:
        parts = [_shortened(one) for one in parts]
    return ".".join((*parts, period))


def _escaped(part: str) -> str:
    return part.replace("%", "%25").replace(".", "%2E")


def _shortened(part: str) -> str:
    """Return a part of an id that leaves room for the others; a longer one has a checksum."""
    whole = part.encode()
    if len(whole) <= LONGEST_PART:
        return part
    from hashlib import sha256  # loads on first use

    told = f"{CUT}{sha256(whole).hexdigest()[:16]}"
    return f"{whole[: LONGEST_PART - len(told)].decode(errors='ignore')}{told}"


def spend(unit: Unit, jobs: Iterable[tuple[Job, JobScheduled]]) -> None:
    """Keep that the ids of jobs that schedules made, and that are deleted, are spent for good."""
    keys = {_spent_key(one.schedule, job.account, one.period): one.schedule for job, one in jobs}
    known = unit.many(keys)
    for key, schedule in keys.items():
        stored = known.get(key)
        version = 0 if stored is None else stored.version
        times = _spent(stored).times + 1
        unit.put(key, SpentId(times, state_of(unit, schedule).life), version)


def _spent_key(schedule: str, account: str, period: date) -> RowKey:
    return row_key(SPENT_ID, job_id_of(schedule, account, period.isoformat()))


def _spent(stored: Stored | None) -> SpentId:
    """Return how often the id of a period's job was spent; mostly it never was."""
    found: SpentId = SpentId(0, 0) if stored is None else stored.value
    return found


def looked_at_first(timer: PeriodTimer, job: str) -> tuple[RowKey, ...]:
    """Return the rows that say whether the job of a period is to be made."""
    names = (("schedule", timer.schedule), (STATE, timer.schedule), ("account", timer.account))
    spent = _spent_key(timer.schedule, timer.account, timer.period)
    return (*(row_key(*name) for name in names), row_key("job", job), spent)


def recur(unit: Unit, timer: PeriodTimer, id: str) -> None:
    """Make the job of a period under its id, unless nobody wants it any more, or it is there.

    Nobody wants it for another schedule than the one that asked for it, nor for an account that is
    not meant any more, nor where it was there and was deleted. While the schedule pauses, or ended
    before it, the period is left for when it goes on, or has another end.
    """
    keys = looked_at_first(timer, id)
    stored, known, account, job, gone = map(unit.get, keys)
    if stored is None or account is None or job is not None:
        return
    schedule: Schedule = stored.value
    life = 0 if known is None else known.value.life
    if timer.life != life or (gone is not None and gone.value.life == life):
        return
    if not _is_meant(schedule, account.value):
        return
    if not schedule.active or is_over(schedule, timer.period):
        state = leave(state_of(unit, timer.schedule), Unmade(timer.period, timer.due))
        unit.put(row_key(STATE, timer.schedule), state)
        return
    if gone is None:  # so that it cannot be made, and deleted, meanwhile
        unit.expect[keys[-1]] = 0
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
