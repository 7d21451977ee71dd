"""Rhythms: whether an item is still reminded of, which mail is under way, what stops them all."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..model.events import RemindersSet
from ..model.items import InvoiceState, Item, Mark
from ..model.jobs import OVER, Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..ports.keys import key_of

if TYPE_CHECKING:
    from ..model.job_statuses import Status
    from .decision import State
    from .draft import Draft

__all__ = [
    "GRACE",
    "REMINDERS",
    "SWITCHED_OFF",
    "UNDER_WAY",
    "begin_late",
    "begun",
    "go_on",
    "is_late",
    "mail_key",
    "mail_of",
    "makes_sense",
    "quiet",
    "said_set",
    "said_used_up",
    "silence",
    "stay_off",
    "still_reminded",
]

ACTIVE = JobStatus.ACTIVE
UNDER_WAY = frozenset({Mark.REMINDING, Mark.NUDGING})
THE_FIRMS = frozenset({Mark.DECLINED, Mark.SUBMITTED})  # to act, so that no client is reminded
SWITCHED_OFF = "switched off"  # what history says of reminders that somebody ended
REMINDERS = BY_TIME, BY_HAND = "reminder", "by-hand"  # by what an item's keys tell its reminders
GRACE = timedelta(hours=1)  # by which a reminder may come late and still be in time


def silence(job: Job, pipeline: Pipeline) -> str:
    """Return in which state a job reminds nobody just now, of whatever (R-9); "": it reminds."""
    if job.paused is not None:
        return "paused"
    status = job.status
    if status != ACTIVE and (status in OVER or pipeline.is_quiet(status)):
        return status
    return ""


def still_reminded(now: Draft | State, item: Item) -> bool:
    """Tell whether reminders of an item make sense as things stand."""
    if Mark.QUIET in item.marks or silence(now.job, now.book.pipeline):
        return False
    return item.waits


def makes_sense(item: Item) -> bool:
    """Tell whether reminding makes sense just now.

    It does not of what was declined (R-13), and of a bill whose rest is covered by payments that
    are under way (R-8); if they fail, the rhythm goes on. Nor of what the firm has to look at.
    """
    bill = item.progress
    covered = isinstance(bill, InvoiceState) and bill.is_covered
    return not covered and item.marks.isdisjoint(THE_FIRMS)


def begun(item: Item) -> datetime | None:
    """Return when an item reached the client, from which its reminders count (R-4).

    None: it has not yet. A linked thing did when it was linked; what an older version kept says
    only when it was made.
    """
    return item.delivered or (item.created if item.ref is not None else None)


def is_late(due: datetime, now: datetime, every: timedelta) -> bool:
    """Tell whether a reminder comes so late that the next is reckoned from now (A-35)."""
    return now - due > min(GRACE, every / 4)


def mail_of(item: Item) -> tuple[str, ...]:
    """Return the last parts of the key of the reminder that has not left; there is one at most."""
    if Mark.REMINDING in item.marks:
        return BY_TIME, str(item.asked), "email"
    if Mark.NUDGING in item.marks:
        return BY_HAND, str(item.nudged), "email"
    return ()


def mail_key(tenant: str, item: Item) -> str | None:
    """Return the key of the reminder that has not left yet (R-5), or None."""
    parts = mail_of(item)
    return key_of(tenant, item.job, item.id.rpartition("/")[2], *parts) if parts else None


def said_set(status: Status) -> str:
    """Say what the automations of a status wait for."""
    return f"when the status is {status.name!r}"


def said_used_up(item: Item) -> str:
    """Say what fires after the last reminder of an item waits for."""
    return f"when the reminders of {item.name!r} are used up"


def quiet(draft: Draft, reason: str) -> None:
    """Let a job remind nobody any more: what is set stops, and what has not left is taken back."""
    for place, item in enumerate(draft.items):
        if item.timer is not None or item.marks & UNDER_WAY:
            draft.items[place] = draft.hush(draft.disarm(item, reason))


def go_on(draft: Draft) -> None:
    """Let the reminders of a job go on that reminds again: the next one an interval from now.

    Nothing is sent for the silent days (R-9). What nobody could be written to about waits until
    somebody can (R-7).
    """
    for place, item in enumerate(draft.items):
        if item.reminders is not None and item.timer is None and Mark.UNHEARD not in item.marks:
            again = draft.arm(item, item.reminders)
            if again is not item:
                draft.items[place] = again
                due = again.remind_at
                draft.tell(RemindersSet, item.id, item.name, again.reminders, due, True)


def begin_late(draft: Draft, delivered: Container[str | None]) -> None:
    """Let the reminders begin of what was delivered, by the keys of requests, while the job
    reminded nobody: as if it always had (R-4, R-26).
    """
    for place, item in enumerate(draft.items):
        if item.request in delivered and item.timer is None:
            draft.items[place] = draft.arm(item, item.reminders, since=item.delivered)


def stay_off(draft: Draft) -> None:
    """Let the reminders of a job stay off though it goes on, until somebody sets them (A-37)."""
    for place, item in enumerate(draft.items):
        if item.reminders is not None and still_reminded(draft, item):
            draft.items[place] = replaced(item, marks=item.marks | {Mark.QUIET})
