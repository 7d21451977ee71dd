"""How the last move of a job is taken back (R-26)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.reference import reminding, triggering
from tests.reference.things import Asked, Job, Letter, Refused, Start, State, Thing, call_off

if TYPE_CHECKING:
    from tests.reference.firm import Firm

__all__ = ["never_left", "remember", "undo"]

FIELDS = ("pipeline", "stage", "visit", "status", "setting", "entered")


def remember(job: Job, now: datetime) -> None:
    """Note how a job is, before it is moved."""
    job.before = {
        "fields": {name: getattr(job, name) for name in FIELDS},
        "fired": set(job.fired),
        "alarms": [*job.alarms],
        "things": [
            (one, one.visit, one.scope, one.quiet, one.next, one.sent) for one in job.things
        ],
        "ahead": [one for one in job.things if one.reached is None],
        "mail": [(one, one.mail, one.sent) for one in job.things if one.mail is not None],
    }
    job.since, job.trail, job.moved = False, [], now


def undo(firm: Firm, job: Job) -> None:
    """Take the last move back, unless anything has happened since."""
    before = _way_back(firm, job)
    begun = _unstarted(firm, [more[0] for what, *more in job.trail if what == "started"])
    for what in ("tags", "access", "assignees"):
        _change_back(firm, job, job.moved, what, job.trail)
    for what, *more in reversed(job.trail):
        if what == "fields":
            for name, value in more[0].items():
                setattr(job, name, value)
        elif what == "triggered":
            job.triggered.discard(more[0])
        elif what == "cancelled":
            _wanted_again(*more)
    made = [more[0] for what, *more in job.trail if what == "made"]
    stopped_by_it = [more[0] for what, *more in job.trail if what == "stopped"]
    asked = [more[0] for what, *more in job.trail if what == "asked"]
    job.highest = max(job.highest, job.visit)
    for name, value in before["fields"].items():
        setattr(job, name, value)
    job.before, job.trail, job.gone_on = None, [], True
    stay = [one for one in job.alarms if not one.is_of_visit]
    ahead = [one for one in before["alarms"] if one.at is not None and one.at > firm.now]
    job.alarms = stay + [one for one in ahead if one.is_of_visit]
    firm.unhurried.add(job.id)
    out = _taken_back(firm, job, asked)
    _let_go(firm, made)
    for thing, visit, scope, quiet, next_at, sent in before["things"]:
        thing.visit, thing.scope = visit, scope
        stopped = (thing.quiet, thing.next) != (quiet, next_at) and not thing.unheard
        thing.quiet = quiet
        if stopped and reminding.waits(thing) and thing.next is None:
            reminding.begin(firm, job, thing, thing.reached if thing in before["ahead"] else None)
            thing.next = thing.next and (next_at or thing.next)
        elif thing in stopped_by_it and thing.next is not None and thing.sent == sent:
            thing.next = next_at or thing.next  # it was set again, and none has left since
    for one in before["alarms"]:
        triggering.follow_anew(firm, job, one)
    if reminding.silent(firm, job):
        for thing in job.things:
            firm.quieten(thing)
    else:
        _remind_after_all(firm, job, before)
    job.fired = before["fired"] | ({one.mark for one in out | begun} & job.fired)
    job.sleeps = True


def _let_go(firm: Firm, made: list[Thing]) -> None:
    """Let nobody wait for what was made."""
    for thing in made:
        there = thing.ask is not None and thing.ask.state in {Letter.LEFT, Letter.HELD}
        thing.state, thing.closed, thing.unmade = State.RESOLVED, True, thing.unmade or not there
        firm.quieten(thing)


def _unstarted(firm: Firm, starts: list[Start]) -> set[Start]:
    """Take back the jobs that a move started, and those that they did, the last one first.

    Returns:
        By which of them something is out: a job has gone on or was deleted, or a thing is there.
    """
    waiting, found, out = [(one, one) for one in starts], list[tuple[Job, Start]](), set[Start]()
    while waiting:
        start, first = waiting.pop(0)
        job = firm.jobs.get(start.id)
        if job is None or job.gone_on:
            out.add(first)
        else:
            found.append((job, first))
            waiting += [(more[0], first) for what, *more in job.born or () if what == "started"]
    for job, first in reversed(found):
        if _unstart(firm, job):
            out.add(first)
    return out


def _unstart(firm: Firm, job: Job) -> bool:
    """Archive a job that was started, with all that it asked for; tell whether a thing is out."""
    born = job.born or []
    for what in ("tags", "access"):
        _change_back(firm, job, job.made, what, born)
    out = _taken_back(firm, job, [more[0] for what, *more in born if what == "asked"])
    _let_go(firm, [more[0] for what, *more in born if what == "made"])
    if job.status != "Archived":
        firm.give_status(job, "Archived", reminders=True)
    return any(one.thing is not None for one in out)


def _remind_after_all(firm: Firm, job: Job, before: Any) -> None:
    """Let what the move took back leave after all, unless another reminder did so or will; and
    remind of what has come since.
    """
    for thing, mail, sent in before["mail"]:
        held = mail.called_off and mail.state in {Letter.HELD, Letter.WAITS}
        if mail.moved and held and thing.mail is None:
            mail.called_off, thing.mail = False, mail  # it is theirs as before
            reminding.wait_for(firm, thing)
        taken = mail.moved and mail.state is Letter.WITHDRAWN
        if taken and thing.mail is None and thing.sent == sent:
            reminding.after_all(firm, job, thing, mail.number)
    for thing in before["ahead"]:
        if thing.next is None:
            reminding.begin(firm, job, thing, thing.reached)


def _way_back(firm: Firm, job: Job) -> Any:
    """Return how the job was, unless it cannot be so again."""
    before: Any = job.before
    if job.paused or before is None or job.since:
        raise Refused("it has not moved, or something happened since")
    stages = firm.pipelines[before["fields"]["pipeline"]].stages
    if before["fields"]["stage"] not in {one.id for one in stages}:
        raise Refused("the stage is gone")
    own = {one.name for one in firm.pipelines[before["fields"]["pipeline"]].statuses}
    if before["fields"]["status"] not in {"Active", *own}:
        raise Refused("the status is gone")
    return before


def _wanted_again(thing: Thing) -> None:
    """Let a thing wait again that the move cancelled, if its port has not taken it back yet."""
    gone = thing.gone
    if thing.ask is not None:
        thing.ask.called_off = False
    out = gone is not None and gone.may_be_out
    if not thing.unmade and not out:
        thing.unwanted = False
        thing.state, thing.closed = State.PENDING if thing.asks else State.RESOLVED, False
        if thing.settled and thing.late_facts:  # its port said so meanwhile
            thing.state, thing.late_facts = State.COMPLETED, []
    if gone is not None and not out:
        call_off(gone)
        thing.void = False


def _taken_back(firm: Firm, job: Job, asked: list[Asked]) -> set[Asked]:
    """Withdraw or cancel what the move asked for; return what cannot be taken back."""
    out: set[Asked] = set()
    for ask in asked:
        if ask.thing is not None and ask is not ask.thing.ask:
            continue
        if ask.state is Letter.HELD:
            ask.called_off, ask.out_with = True, out
            out.add(ask)
        elif ask.state is not Letter.LEFT:
            ask.state = Letter.WITHDRAWN
            out |= {ask} if ask.unanswered else set()
        elif ask.thing is None or firm.take_back(job, ask.thing) is None:
            out.add(ask)
    return out


def never_left(job: Job, ask: Asked) -> None:
    """Let what fires once fire again, where nothing of it is out after all."""
    if ask.out_with is not None:
        ask.out_with.discard(ask)
        if ask.mark not in {one.mark for one in ask.out_with}:
            job.fired.discard(ask.mark)


def _change_back(firm: Firm, job: Job, since: datetime, what: str, trail: list[Any]) -> None:
    """Take back what changes come to in all, but of what was changed once more since."""
    owner: Any = job if what == "assignees" else firm.clients[job.account]
    now: set[str] = getattr(owner, what)
    came, went = set[str](), set[str]()
    for kind, *more in trail:
        if kind == what:
            added, removed = more
            came, went = (came - removed) | (added - went), (went - added) | (removed - came)
    for name in came | went:
        if firm.touched[owner.id, what, name] > since:
            continue
        if name in came:
            now.discard(name)
        else:
            now.add(name)
