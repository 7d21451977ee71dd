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
from ..model.items import Item, Ref
from ..model.jobs import Job
from ..model.record import replaced
from ..ports.cancellations import Cancellation
from ..ports.ports import Receipt
from ..ports.requests import Email, Request, TaskChange
from .decision import SYSTEM, Decision, State
from .draft import Draft
from .effects import be_born_done, evaluated, place_of

__all__ = ["born_done", "delivered", "delivered_late", "failed", "made_item", "withdrawn"]


ABOUT = Cancellation | TaskChange  # what is asked of a thing that is there


def made_item(request: Request) -> str | None:
    """Return the id of the item that a request makes; one about what is there makes none."""
    return None if isinstance(request, Email | ABOUT) else request.item


def delivered(job: Job, answers: Iterable[tuple[Request, Receipt]], now: datetime) -> Decision:
    """Keep the hosts' references of what was delivered; nothing else follows from it.

    One that the job let go of while its request was under way keeps its own too: webhooks find it,
    and whoever links the thing has it alone all the same (R-15).
    """
    items: list[Item] | None = None
    lines: list[Line] = []
    names: list[str] = []
    for request, receipt in answers:
        port, ref, name = request.port, receipt.ref, ""
        lines.append((RequestDelivered, request.key, port, ref, request.addresses))
        if ref is not None and not isinstance(request, ABOUT):
            made = made_item(request)
            if made is None:
                name = f"{job.id}/"
            else:
                items = items or [*job.items]
                place = place_of(items, made, job.name)
                items[place] = replaced(items[place], ref=Ref(port, ref))
                name = made
        names.append(name)
    after = job if items is None else replaced(job, items=tuple(items))
    chapters = (Chapter(now, job.id, SYSTEM, tuple(lines)),)
    return Decision(True, after, None, chapters, names=tuple(names))


def born_done(state: State, request: Request, now: datetime) -> Decision:
    """Complete what a port said is done at birth, as a fact would; the job may move on."""
    draft = Draft(state, now, SYSTEM)
    made = made_item(request)
    if made is not None:
        be_born_done(draft, place_of(draft.items, made, draft.job.name))
    return evaluated(draft)


def delivered_late(state: State, item: str, ref: Ref, now: datetime, actor: str) -> Decision:
    """Keep the reference of a thing whose request was withdrawn while it was carried out.

    The first one counts.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    one = draft.items[place]
    if one.ref is None:
        draft.items[place] = replaced(one, ref=ref)
        draft.tell(RequestDelivered, one.request or "", ref.port, ref.id, ())
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
