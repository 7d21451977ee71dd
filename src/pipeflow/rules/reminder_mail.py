"""Reminder mail: what it says, to whom it goes, and when there is none (domain.md part 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ..errors import NotAllowedError, a
from ..model.events import (
    ReminderAsked,
    ReminderSent,
    RemindersSet,
    RemindersStopped,
    RequestDelivered,
)
from ..model.items import Item, ItemKind, Mark
from ..model.record import replaced
from ..model.reminders import Reminders
from ..model.triggers import numbered
from ..ports.due import ReminderTimer
from ..ports.keys import key_of
from ..ports.requests import Email, EmailKind
from .alarms import set_alarm
from .calendar import after_at_hour, before_at_hour
from .decision import SYSTEM, Decision, State
from .draft import Draft
from .effects import place_of
from .merge_fields import render, render_line
from .reminder_texts import reminder_text
from .rhythms import (
    BY_TIME,
    REMINDERS,
    SWITCHED_OFF,
    UNDER_WAY,
    begun,
    go_on,
    is_late,
    mail_key,
    mail_of,
    makes_sense,
    silence,
    still_reminded,
)

__all__ = [
    "CLIENT_KINDS",
    "heard",
    "is_reminder_of",
    "remind",
    "remind_after_all",
    "remind_by_hand",
    "sent",
    "sent_late",
    "set_reminders",
    "unheard",
]

Opens = Callable[[datetime], datetime]
CLIENT_KINDS = frozenset(ItemKind) - {ItemKind.TASK, ItemKind.NOTE}


def remind(state: State, timer: ReminderTimer, key: str, now: datetime, actor: str) -> Decision:
    """Make the reminder whose time has come, and set the next one (A-35).

    It counts when it has left (see `sent`). While an earlier one is under way none is made, so
    that after an outage one goes out, late; one that was given up is taken back (R-5). Where there
    is nobody to write to, that is told once, and no timer is set until there is (R-7).

    A reminder that was overtaken, because the item was done or the job reminds nobody, changes
    nothing.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, timer.item, state.job.name)
    item = draft.items[place]
    if item.timer != key:
        return draft.decide()
    draft.changed = True
    due = item.remind_at or now
    told = replaced(item, timer=None, remind_at=None)
    if still_reminded(draft, told):
        told = _remind(draft, state, told, due)
    draft.items[place] = told
    return draft.decide()


def _remind(draft: Draft, state: State, item: Item, due: datetime) -> Item:
    """Make a reminder that is due, or say, once, why there is none, and set the next."""
    if item.request in state.undelivered:  # set by an older version; its receipt sets the next
        return item
    if item.delivered is None:
        item = replaced(item, delivered=item.created)
    if not makes_sense(item):  # the rhythm goes on meanwhile
        return draft.arm(item, item.reminders, due)
    if not draft.account.addresses:
        if Mark.UNHEARD not in item.marks:
            draft.recipients(f"reminder of {item.name!r}")
        return replaced(item, marks=item.marks | {Mark.UNHEARD})
    if mail_key(state.tenant, item) not in state.undelivered:
        item = _made(draft, draft.hush(item))
    assert item.reminders is not None  # noqa: S101  (else no timer was set)
    in_time = not is_late(due, draft.now, item.reminders.every)
    return draft.arm(item, item.reminders, due if in_time else None)


def _made(draft: Draft, item: Item) -> Item:
    """Ask for the reminder of a rhythm whose turn it is."""
    marks = item.marks - {Mark.UNHEARD} | {Mark.REMINDING}
    item = replaced(item, asked=max(item.asked, item.reminded) + 1, marks=marks)
    _send(draft, item, draft.item_key(item, *mail_of(item)), item.reminded + 1)
    return item


def _made_by_hand(draft: Draft, item: Item) -> Item:
    """Ask for a reminder that somebody wants now."""
    draft.armed += 1
    item = replaced(item, nudged=draft.armed, marks=item.marks | {Mark.NUDGING})
    _send(draft, item, draft.item_key(item, *mail_of(item)), 0)
    return item


def remind_after_all(draft: Draft, place: int, mark: Mark, *, in_hand: bool) -> None:
    """Let a reminder leave that was taken back before it had left, if it still makes sense.

    Where the next one is due already, that is an interval from now: both would say the same.

    Args:
        draft: The job.
        place: Where the item stands.
        mark: Which kind of reminder it was: of the rhythm, or by hand.
        in_hand: Whether somebody still has it in hand, who then sends it under its key; else it is
            asked for anew.
    """
    item = draft.items[place]
    if not (item.waits and makes_sense(item) and draft.account.addresses):
        return
    if in_hand:
        item = replaced(item, marks=item.marks | {mark})
        draft.wanted += (draft.item_key(item, *mail_of(item)),)
    else:
        item = (_made if mark is Mark.REMINDING else _made_by_hand)(draft, item)
    if item.remind_at is not None and item.remind_at <= draft.now:
        item = draft.arm(item, item.reminders)
    draft.items[place] = item


def sent(
    state: State, mail: Email, now: datetime, *, late: bool, opens: Opens | None = None
) -> Decision:
    """Count a reminder that has left, and say so (R-5); the last one is followed by none.

    Also one that nobody wanted any more when it left: it was in a port's hands.

    Args:
        state: The job.
        mail: The reminder.
        now: The instant.
        late: Whether it could not leave when it was to: then the next is an interval from now.
        opens: When mail that is due at an instant may leave, in a firm with a sending window: what
            waits for it is not late yet (R-6).
    """
    draft = Draft(state, now, SYSTEM)
    place = place_of(draft.items, mail.item or "", state.job.name)
    item = draft.items[place]
    if mail_key(state.tenant, item) == mail.key:
        item = draft.items[place] = replaced(item, marks=item.marks - UNDER_WAY)
    _sent(draft, place, mail.to, counts=bool(mail.number), late=late, opens=opens)
    return draft.decide()


def sent_late(state: State, item: str, key: str, ref: str | None, now: datetime) -> Decision:
    """Count a reminder that was withdrawn while somebody held it, and has left all the same.

    To whom is not known any more.
    """
    draft = Draft(state, now, SYSTEM)
    place = place_of(draft.items, item, state.job.name)
    counts = key.startswith(draft.item_key(draft.items[place], BY_TIME))
    draft.tell(RequestDelivered, key, Email.port, ref, ())
    _sent(draft, place, (), counts=counts, late=True, opens=None)
    return draft.decide()


def is_reminder_of(tenant: str, item: Item, key: str) -> bool:
    """Tell whether a key is that of a reminder of an item."""
    own = (tenant, item.job, item.id.rpartition("/")[2])
    return key.startswith(tuple(f"{key_of(*own, one)}/" for one in REMINDERS))


def _sent(
    draft: Draft, place: int, to: Sequence[str], *, counts: bool, late: bool, opens: Opens | None
) -> None:
    """Write down that a reminder has left; one of the rhythm *counts*."""
    item = draft.items[place]
    number = item.reminded + 1 if counts else 0
    marks = item.marks - {Mark.UNHEARD}
    item = replaced(item, marks=marks, reminded=number or item.reminded)
    if number:
        item = _counted(draft, item, late=late, opens=opens)
    draft.items[place] = item
    draft.tell(ReminderSent, item.id, item.name, number, tuple(to))


def _counted(draft: Draft, item: Item, *, late: bool, opens: Opens | None) -> Item:
    """Set the next reminder anew where this one was late, and none behind the last."""
    if item.reminders is None:
        return item
    if item.reminded >= item.reminders.times:
        _then(draft, item, item.reminders)
        return draft.disarm(item)
    if item.remind_at is None:
        return item
    every = item.reminders.every
    due = before_at_hour(item.remind_at, every, begun(item) or draft.now, draft.book.zone)
    if late and is_late(due if opens is None else opens(due), draft.now, every):
        return draft.arm(item, item.reminders)
    return item


def _then(draft: Draft, item: Item, reminders: Reminders) -> None:
    """Set when something is to fire, since the reminders of an item are used up (R-34).

    It counts from when the last one left, and not by the hour of the rhythm, which may have waited.
    """
    if reminders.then:
        at = after_at_hour(draft.now, reminders.every, draft.now, draft.book.zone)
        draft.alarms += (set_alarm(draft, f"{item.origin}.then", item.id, at),)


def remind_by_hand(state: State, item: str, now: datetime, actor: str) -> Decision:
    """Make a reminder now; it does not count toward the number (A-38).

    One that is under way is taken back: it would only say the same (R-5).

    Raises:
        NotFoundError: The job has no such item.
        NotAllowedError: The item asks nothing of a client, or not any more, or was not sent yet,
            or its job reminds nobody.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    found = draft.items[place]
    _refuse_the_teams(found)
    if not found.waits and Mark.SUBMITTED not in found.marks:
        raise NotAllowedError(f"{found.name!r} is {found.state}; nobody has to be reminded of it")
    if not makes_sense(found):
        why = "is covered by payments that are under way"
        if Mark.DECLINED in found.marks:
            why = "was declined"
        elif Mark.SUBMITTED in found.marks:
            why = "was submitted"
        raise NotAllowedError(f"{found.name!r} {why}; nobody is reminded of it meanwhile")
    if state.job.paused is not None:
        raise NotAllowedError(
            f"job {state.job.name!r} is paused, so nobody is reminded of {found.name!r}; resume it "
            "first: resume(job)"
        )
    if silent := silence(state.job, state.book.pipeline):
        raise NotAllowedError(
            f"job {state.job.name!r} is {silent} and reminds nobody; let it go on first"
        )
    if found.request in state.undelivered:
        raise NotAllowedError(
            f"{found.name!r} has not been sent yet, so that there is nothing to be reminded of; "
            "see `explain` and `failures`"
        )
    if not draft.recipients(f"reminder of {found.name!r}"):
        return draft.decide()
    draft.items[place] = _made_by_hand(draft, draft.hush(found))
    draft.tell(ReminderAsked, found.id, found.name)
    return draft.decide()


def _refuse_the_teams(item: Item) -> None:
    """Refuse to remind a client of what the team has to do."""
    if item.kind not in CLIENT_KINDS:
        raise NotAllowedError(
            f"{item.name!r} is {a(item.kind)}; clients are reminded of what they have to do"
        )


def set_reminders(
    state: State, item: str, reminders: Reminders | None, now: datetime, actor: str
) -> Decision:
    """Give an item another rhythm, which begins now and at its first, or switch it off (R-9).

    What is under way is taken back. The same rhythm again changes nothing while it runs.

    Raises:
        NotFoundError: The job has no such item.
        NotAllowedError: The item asks nothing of a client.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    found = draft.items[place]
    _refuse_the_teams(found)
    if reminders is not None and reminders.then:
        origin = found.origin
        if found.request is None:  # it was linked, and as many as anybody likes have that one
            origin += f"-{place + 1}"
        then = numbered(reminders.then, prefix=f"{found.stage}.{origin}.then.")
        reminders = replaced(reminders, then=then)
    if reminders == found.reminders and _runs(draft, found):
        return draft.decide()
    one = draft.hush(draft.disarm(found))
    if reminders is None:
        draft.items[place] = replaced(one, reminders=None, marks=one.marks | {Mark.QUIET})
        draft.tell(RemindersStopped, one.id, one.name, SWITCHED_OFF)
        return draft.decide()
    one = replaced(one, reminders=reminders, reminded=0, marks=one.marks - {Mark.QUIET})
    told = begun(one)
    if told is None and one.request not in state.undelivered and one.waits:
        told = one.created  # it has left, of which its port told nothing that was worth keeping
    one = draft.arm(replaced(one, delivered=told), reminders)
    draft.items[place] = one
    draft.tell(RemindersSet, one.id, one.name, reminders, one.remind_at)
    return draft.decide()


def _runs(draft: Draft, item: Item) -> bool:
    """Tell whether setting the rhythm that an item has could change nothing."""
    if item.reminders is None:
        return True
    if Mark.QUIET in item.marks or item.reminded >= item.reminders.times:
        return False
    return item.timer is not None or begun(item) is None or not still_reminded(draft, item)


def heard(state: State, now: datetime) -> Decision:
    """Let reminders go on that waited for somebody to write to (R-7)."""
    draft = Draft(state, now, SYSTEM)
    for place, item in enumerate(draft.items):
        if Mark.UNHEARD in item.marks:
            draft.changed = True
            draft.items[place] = replaced(item, marks=item.marks - {Mark.UNHEARD})
    go_on(draft)
    return draft.decide()


def unheard(state: State, now: datetime) -> Decision:
    """Take back what has not left, since the client left or nobody takes mail any more (R-5)."""
    draft = Draft(state, now, SYSTEM)
    for place, item in enumerate(draft.items):
        hushed = draft.hush(item)
        if hushed is not item:
            draft.changed = True
            draft.items[place] = hushed
    return draft.decide()


def _send(draft: Draft, item: Item, key: str, number: int) -> None:
    """Ask for the e-mail; whom it goes to is settled now, not when the item was sent (A-36)."""
    to = draft.account.addresses
    context = draft.context()._replace(item=item.title)
    wanted, language = draft.account.language, context.tongue
    subject, body = reminder_text(draft.book.settings, item, number, wanted, language)
    draft.requests.append(
        Email(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            item.template,
            to,
            render_line(subject, context),
            render(body, context),
            EmailKind.REMINDER,
            number=number,
        )
    )
