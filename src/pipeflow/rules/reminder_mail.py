"""Reminder mail: what it says, to whom it goes, and when there is none (domain.md part 4)."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotAllowedError, a
from ..model.events import ReminderSent
from ..model.items import Checklist, InvoiceState, Item, ItemKind, ItemState, Mark
from ..model.jobs import JobStatus
from ..model.record import replaced
from ..ports.due import ReminderTimer
from ..ports.requests import Email, EmailKind
from .decision import Decision, State
from .draft import Draft
from .effects import place_of
from .merge_fields import render, render_line
from .reminder_texts import reminder_text

__all__ = ["makes_sense", "remind", "remind_by_hand", "still_reminded"]

CLIENT_KINDS = frozenset(ItemKind) - {ItemKind.TASK, ItemKind.NOTE}


def remind(state: State, timer: ReminderTimer, key: str, now: datetime, actor: str) -> Decision:
    """Send the reminder whose time has come, and set the next one from now (A-35).

    Only what was sent counts: nobody is reminded of a thing whose own request has not left yet,
    and none goes out where nobody takes mail, which is told once.

    Missed ones so go out once, late, and never in a burst. A reminder that was overtaken, because
    the item was done or the job archived meanwhile, changes nothing.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, timer.item, state.job.name)
    item = draft.items[place]
    if item.timer != key:
        return draft.decide()
    draft.changed = True
    told = replaced(item, timer=None, remind_at=None)
    if still_reminded(state, told):
        if makes_sense(told):
            told = _remind(draft, state, told, timer.number)
        told = draft.arm(told, told.reminders)
    draft.items[place] = told
    return draft.decide()


def _remind(draft: Draft, state: State, item: Item, number: int) -> Item:
    """Send a reminder that is due, or say, once, why none goes out."""
    if item.request in state.undelivered:
        if Mark.UNHEARD not in item.marks:
            draft.warn(f"no reminder of {item.name!r}: its own request has not left yet")
        return replaced(item, marks=item.marks | {Mark.UNHEARD})
    if not draft.account.addresses:
        if Mark.UNHEARD not in item.marks:
            draft.recipients(f"reminder of {item.name!r}")
        return replaced(item, marks=item.marks | {Mark.UNHEARD})
    _send(draft, item, draft.reminder_key(item, number), number)
    return replaced(item, reminded=number, marks=item.marks - {Mark.UNHEARD})


def remind_by_hand(state: State, item: str, now: datetime, actor: str) -> Decision:
    """Send a reminder now; it does not count toward the number (A-38).

    Raises:
        NotFoundError: The job has no such item.
        NotAllowedError: The item asks nothing of a client, or not any more, or was not sent yet;
            or the job is paused (R-27).
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    found = draft.items[place]
    if found.kind not in CLIENT_KINDS:
        raise NotAllowedError(
            f"{found.name!r} is {a(found.kind)}; clients are reminded of what they have to do"
        )
    if found.state is not ItemState.PENDING:
        raise NotAllowedError(f"{found.name!r} is {found.state}; nobody has to be reminded of it")
    if not makes_sense(found):
        declined = Mark.DECLINED in found.marks
        why = "was declined" if declined else "is covered by payments that are under way"
        raise NotAllowedError(f"{found.name!r} {why}; nobody is reminded of it meanwhile")
    if found.request in state.undelivered:
        raise NotAllowedError(
            f"{found.name!r} has not been sent yet, so that there is nothing to be reminded of; "
            "see `explain` and `failures`"
        )
    if state.job.paused is not None:
        raise NotAllowedError(
            f"job {state.job.name!r} is paused, so nobody is reminded of {found.name!r}; resume it "
            "first: resume(job)"
        )
    if not draft.recipients(f"reminder of {found.name!r}"):
        return draft.decide()
    if found.nudged:  # one at a time: what could not leave yet would only repeat this one
        draft.withdraws += (draft.item_key(found, "by-hand", str(found.nudged), "email"),)
    draft.armed += 1
    draft.items[place] = replaced(found, nudged=draft.armed)
    _send(draft, found, draft.item_key(found, "by-hand", str(draft.armed), "email"), 0)
    return draft.decide()


def still_reminded(state: State, item: Item) -> bool:
    """Tell whether reminders of an item still make sense."""
    if item.kind is ItemKind.MESSAGE:
        replied = isinstance(item.progress, Checklist) and item.progress.replied
        return item.state is ItemState.PENDING or (not item.asks and not replied)
    return item.state is ItemState.PENDING and state.job.status != JobStatus.ARCHIVED


def makes_sense(item: Item) -> bool:
    """Tell whether reminding makes sense just now.

    It does not of what was declined (R-13), and of a bill whose rest is covered by payments that
    are under way (R-8); if they fail, the rhythm goes on.
    """
    bill = item.progress
    covered = isinstance(bill, InvoiceState) and bill.is_covered
    return not covered and Mark.DECLINED not in item.marks


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
        )
    )
    draft.tell(ReminderSent, item.id, item.name, number, to)
