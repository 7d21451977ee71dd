"""Receipts: what a port's answer does to the job, and where it becomes a fact (domain.md 2.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..model.events import (
    Chapter,
    Line,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestWithdrawn,
)
from ..model.items import Item, Mark, Ref
from ..model.jobs import Job
from ..model.record import replaced
from ..ports.ports import Receipt
from ..ports.requests import Email, Request, Task
from .decision import SYSTEM, Decision, State
from .draft import Draft
from .effects import be_born_done, evaluated, place_of

__all__ = ["begin", "born_done", "delivered", "delivered_late", "failed", "made_item", "withdrawn"]


TASKS = Task.port  # what it makes is the team's, and nobody is reminded of it


def made_item(request: Request) -> str | None:
    """Return the id of the item that a request makes; a reminder's e-mail makes none."""
    return None if isinstance(request, Email) else request.item


def delivered(job: Job, answers: Iterable[tuple[Request, Receipt]], now: datetime) -> Decision:
    """Keep the hosts' references of what was delivered; what else follows is left to others.

    One that the job let go of while its request was under way gets none: whoever links the thing
    has it alone.
    """
    items: list[Item] | None = None
    lines: list[Line] = []
    names: list[str] = []
    rhythms: tuple[str, ...] = ()
    for request, receipt in answers:
        port, ref, name = request.port, receipt.ref, ""
        lines.append((RequestDelivered, request.key, port, ref))
        made = made_item(request)
        if made is None:
            if ref is not None:
                name = f"{job.id}/"
            if isinstance(request, Email) and request.number is not None:
                rhythms += (request.key,)
        elif ref is not None or port != TASKS:
            place = place_of(job.items, made, job.name)
            one = job.items[place] if items is None else items[place]
            if one.reminders is not None:
                rhythms += (request.key,)
            if ref is not None and Mark.UNLINKED not in one.marks:
                items = items or [*job.items]
                told = None if port == TASKS else now
                items[place] = replaced(one, ref=Ref(port, ref), told=told)
                name = made
        names.append(name)
    after = job if items is None else replaced(job, items=tuple(items))
    chapters = (Chapter(now, job.id, SYSTEM, tuple(lines)),)
    return Decision(True, after, None, chapters, names=tuple(names), rhythms=rhythms)


def begin(state: State, item: str, now: datetime) -> Decision:
    """Let the reminders of an item begin, whose own request has just been delivered (R-4)."""
    draft = Draft(state, now, SYSTEM)
    place = place_of(draft.items, item, state.job.name)
    one = replaced(draft.items[place], told=now)
    draft.items[place] = draft.arm(one, one.reminders)
    draft.changed = True
    return draft.decide()


def born_done(state: State, request: Request, now: datetime) -> Decision:
    """Complete what a port said is done at birth, as a fact would; the job may move on."""
    draft = Draft(state, now, SYSTEM)
    made = made_item(request)
    if made is not None:
        be_born_done(draft, place_of(draft.items, made, draft.job.name))
    return evaluated(draft)


def delivered_late(state: State, item: str, ref: Ref, now: datetime, actor: str) -> Decision:
    """Keep the reference of a thing whose request was withdrawn while it was carried out.

    The first one counts; and what the job let go of gets none.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    one = draft.items[place]
    if one.ref is None and Mark.UNLINKED not in one.marks:
        one = replaced(one, ref=ref, told=now)
        draft.items[place] = draft.arm(one, one.reminders)
        draft.tell(RequestDelivered, one.request or "", ref.port, ref.id)
    return draft.decide()


def failed(
    draft: Draft, request: Request, error: str, attempt: int, retry_at: datetime | None
) -> None:
    """Write down that a request was not delivered, and whether it is tried again."""
    if retry_at is None:
        draft.tell(RequestGivenUp, request.key, request.port, error, attempt)
    else:
        draft.tell(RequestFailed, request.key, request.port, error, attempt, retry_at)


def withdrawn(draft: Draft, key: str) -> None:
    """Write down that nobody needed a request any more before it left."""
    draft.tell(RequestWithdrawn, key)
