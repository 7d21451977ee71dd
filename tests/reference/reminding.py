"""When clients are reminded, and when not any more (domain.md part 4, A-35 to A-38, R-4 to R-9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeflow import ItemKind
from tests.reference import triggering
from tests.reference.facts import covered
from tests.reference.things import CLIENTS, Asked, Job, Letter, Refused, State, Thing, call_off

if TYPE_CHECKING:
    from tests.reference.firm import Firm

__all__ = [
    "acts", "after_all", "arrived", "begin", "by_hand", "due", "go_on", "hush", "set_rhythm",
    "silent", "unanswered", "wait_for", "waits",
]  # fmt: skip

LATE = timedelta(hours=1)  # what leaves later than that after it was due begins its interval anew


def silent(firm: Firm, job: Job) -> bool:
    """Tell whether a job reminds nobody just now (R-9)."""
    quiet = {one.name for one in firm.pipelines[job.pipeline].statuses if one.quiet}
    return job.paused or job.status in {"Completed", "Archived", *quiet}


def waits(thing: Thing) -> bool:
    """Tell whether a client may be reminded of it at all."""
    if thing.kind not in CLIENTS:
        return False
    return thing.state is State.PENDING if thing.asks else not thing.closed and not thing.replied


def unanswered(thing: Thing) -> bool:
    """Tell whether it asks nothing, and yet the client is reminded of it until there is a reply."""
    return thing.kind is ItemKind.MESSAGE and not thing.asks and thing.every > 0 and waits(thing)


def acts(thing: Thing) -> bool:
    """Tell whether the client has to act on a thing just now (R-8, R-13)."""
    return waits(thing) and not covered(thing) and not thing.declined


def later(firm: Firm, start: datetime, thing: Thing) -> datetime:
    """Reckon an interval of days from a day, at the hour at which the thing arrived (R-6)."""
    zone = ZoneInfo(firm.zone)
    assert thing.reached is not None
    hour = thing.reached.astimezone(zone).time()
    day = start.astimezone(zone).date() + timedelta(days=thing.every)
    wall = datetime.combine(day, hour, zone)
    at = wall.astimezone(UTC)
    if at.astimezone(zone).time() != hour:  # the clock skips it: the next moment that there is
        at = wall.replace(fold=1).astimezone(UTC)
        while (
            at.astimezone(zone).utcoffset()
            == (at + timedelta(seconds=1)).astimezone(zone).utcoffset()
        ):
            at += timedelta(seconds=1)
        at += timedelta(seconds=1)
    return at


def begin(firm: Firm, job: Job, thing: Thing, since: datetime | None = None) -> None:
    """Let its reminders begin, or go on, an interval from now, where there is any sense in it.

    Or from another instant: of what came while a move stood that is undone, from then on.
    """
    on = thing.every and thing.sent < thing.times and not thing.quiet and not thing.declined
    if on and thing.reached and waits(thing) and not silent(firm, job):
        thing.next = later(firm, since or firm.now, thing)


def due(firm: Firm, job: Job, thing: Thing) -> None:
    """Do what is to be done at the hour of a reminder."""
    at = thing.next
    assert at is not None
    if covered(thing):
        thing.next = later(firm, at, thing)
        return
    when = firm.now if firm.now - at > LATE else at
    thing.next = later(firm, when, thing)
    if thing.mail is not None and thing.mail.state in {Letter.WAITS, Letter.HELD}:
        return  # there is never more than one under way
    to = firm.clients[job.account].heard_at()
    if not to:
        thing.next, thing.unheard = None, True
        return
    hush(thing)
    thing.mail = firm.ask(
        Asked("email", "Email", "reminder", job.id, thing, to, thing.sent + 1, due=when)
    )


def _before(firm: Firm, at: datetime, thing: Thing) -> datetime:
    """Return the hour of a reminder an interval before another one."""
    return later(firm, at - timedelta(days=2 * thing.every), thing)


def arrived(firm: Firm, job: Job, thing: Thing, mail: Asked) -> None:
    """Count a reminder whose mail has left (R-5)."""
    if thing.mail is mail:
        thing.mail = None
    thing.unheard = False
    firm.reminded.append((thing.id, mail.number and thing.sent + 1))
    if not mail.number:
        return
    thing.sent += 1
    assert mail.due is not None
    if thing.sent >= thing.times:
        thing.next = None
        triggering.used_up(firm, job, thing)
    elif thing.next is None:
        return
    elif (
        _is_late(firm, mail, mail.due)
        and _is_late(firm, mail, _before(firm, thing.next, thing))
        and not _in_time(firm, mail)
    ):
        thing.next = later(firm, firm.now, thing)


def _is_late(firm: Firm, mail: Asked, due: datetime) -> bool:
    """Tell whether it could have left before: what waits for the window is not late yet (R-6)."""
    return firm.now - firm.opening(mail, due) > LATE


def _in_time(firm: Firm, mail: Asked) -> bool:
    """Tell whether what an undo asked for left as soon as that."""
    if mail.anew is None or mail.tries != 1:
        return False
    return not _is_late(firm, mail, mail.anew)


def after_all(firm: Firm, job: Job, thing: Thing, number: int) -> None:
    """Ask anew for a reminder that an undone move took back; the next one does not go with it."""
    to = firm.clients[job.account].heard_at()
    if not to or not acts(thing):
        return
    wait_for(firm, thing)
    due = thing.next and _before(firm, thing.next, thing)
    mail = Asked("email", "Email", "reminder", job.id, thing, to, number and thing.sent + 1)
    mail.due, mail.anew = due or firm.now, firm.now
    thing.mail = firm.ask(mail)


def wait_for(firm: Firm, thing: Thing) -> None:
    """Let the next reminder not go with the one that is on its way."""
    if thing.next is not None and thing.next <= firm.now:
        thing.next = later(firm, firm.now, thing)


def hush(thing: Thing) -> None:
    """Take back the reminder that has not left."""
    if thing.mail is not None:
        call_off(thing.mail)
    thing.mail = None


def by_hand(firm: Firm, job: Job, thing: Thing) -> None:
    """Remind now, whatever the rhythm; it does not count (A-38)."""
    if not waits(thing) or thing.reached is None or silent(firm, job):
        raise Refused("nobody is reminded of it")
    if covered(thing) or thing.declined:
        raise Refused("it makes no sense")
    to = firm.clients[job.account].heard_at()
    if to:
        firm.note(job)
        hush(thing)
        thing.mail = firm.ask(Asked("email", "Email", "reminder", job.id, thing, to, 0))


def set_rhythm(firm: Firm, job: Job, thing: Thing, every: int, times: int) -> None:
    """Give it another rhythm, which begins now; none at all with 0."""
    if thing.kind not in CLIENTS:
        raise Refused("it asks nothing of a client")
    if (thing.every, thing.times) == (every, times) and not thing.then:
        runs = not thing.quiet and thing.sent < thing.times
        idle = thing.reached is None or not waits(thing) or silent(firm, job)
        if not every or (runs and (idle or thing.next is not None)):
            return
    firm.note(job)
    hush(thing)
    thing.every, thing.times, thing.quiet, thing.next = every, times, False, None
    thing.then = ()
    triggering.forget(job, thing)
    if every:
        thing.sent = 0
    begin(firm, job, thing)


def go_on(firm: Firm, job: Job, reminders: bool) -> None:
    """Let the reminders of a job go on that reminds again, or stay off until they are set."""
    for thing in job.things:
        if not thing.every:
            continue
        if not reminders:
            thing.quiet = thing.quiet or waits(thing)
        elif thing.next is None and not thing.unheard:
            begin(firm, job, thing)


def heard(firm: Firm, job: Job) -> None:
    """Let those reminders go on that waited for somebody to write to (R-7)."""
    for thing in job.things:
        if thing.unheard:
            thing.unheard = False
            if thing.next is None:
                begin(firm, job, thing)
