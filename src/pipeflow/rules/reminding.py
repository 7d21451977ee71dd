"""Reminding: what a reminder says, to whom it goes, and when there is none (domain.md part 4)."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotAllowedError, a
from ..model.events import ReminderSent
from ..model.items import Checklist, Item, ItemKind, ItemState
from ..model.jobs import JobStatus
from ..model.swift import replaced
from ..ports.requests import Email, EmailKind
from ..ports.store import ReminderTimer
from .commands import place_of
from .draft import Draft
from .merge import Context, render, render_line
from .state import Decision, State

__all__ = ["remind", "remind_by_hand", "still_reminded"]

CLIENT_KINDS = frozenset(ItemKind) - {ItemKind.TASK, ItemKind.NOTE}


def remind(
    state: State,
    timer: ReminderTimer,
    key: str,
    now: datetime,
    actor: str,
    *,
    delivered: bool = True,
) -> Decision:
    """Send the reminder whose time has come, and set the next one from now (A-35).

    Only what was sent counts: nobody is reminded of a thing whose own request is still waiting to
    be *delivered*, and none goes out where nobody takes mail.

    Missed ones so go out once, late, and never in a burst. A reminder that was overtaken, because
    the item was done or the job archived meanwhile, changes nothing.
    """
    draft = Draft(state, now, actor)
    for place, item in enumerate(draft.items):
        if item.id == timer.item and item.timer == key:
            told = replaced(item, timer=None, remind_at=None)
            if still_reminded(state, told):
                key_of_mail = draft.reminder_key(told, timer.number)
                if not delivered:
                    draft.warn(f"no reminder of {item.name!r}: its own request has not left yet")
                elif _send(draft, told, key_of_mail, timer.number):
                    told = replaced(told, reminded=timer.number)
                told = draft.arm(told, told.reminders)
            draft.items[place] = told
    return draft.decide()


def remind_by_hand(state: State, item: str, now: datetime, actor: str) -> Decision:
    """Send a reminder now; it does not count toward the number (A-38).

    Raises:
        NotFoundError: The job has no such item.
        NotAllowedError: The item asks nothing of a client, or not any more.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state)
    found = draft.items[place]
    if found.kind not in CLIENT_KINDS:
        raise NotAllowedError(
            f"{found.name!r} is {a(found.kind)}; clients are reminded of what they have to do"
        )
    if found.state is not ItemState.PENDING:
        raise NotAllowedError(f"{found.name!r} is {found.state}; nobody has to be reminded of it")
    draft.armed += 1
    _send(draft, found, f"{state.tenant}/{found.id}/by-hand/{draft.armed}/email", 0)
    return draft.decide()


def still_reminded(state: State, item: Item) -> bool:
    """Tell whether reminders of an item still make sense."""
    if item.kind is ItemKind.MESSAGE:
        replied = isinstance(item.progress, Checklist) and item.progress.replied
        return item.state is ItemState.PENDING or (not item.asks and not replied)
    return item.state is ItemState.PENDING and state.job.status != JobStatus.ARCHIVED


def _send(draft: Draft, item: Item, key: str, number: int) -> bool:
    """Ask for the e-mail, and tell whether there is anybody to send it to.

    Whom it goes to is settled now, not when the item was sent (A-36).
    """
    to = draft.recipients(f"reminder of {item.name!r}")
    if not to:
        return False
    settings = draft.book.settings
    context = Context(draft.account, draft.today, due=draft.job.due, item=item.name)
    draft.requests.append(
        Email(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            item.template,
            to,
            render_line(settings.reminder_subject, context),
            render(settings.reminder_body, context),
            EmailKind.REMINDER,
        )
    )
    draft.events.append(
        ReminderSent(draft.now, draft.job.id, draft.actor, item.id, item.name, number, to)
    )
    return True
