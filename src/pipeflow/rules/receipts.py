"""Receipts: what a port's answer does to the job, and where it becomes a fact (domain.md 2.3)."""

from __future__ import annotations

from datetime import datetime

from ..model.events import RequestDelivered, RequestFailed, RequestGivenUp, RequestWithdrawn
from ..model.items import Ref
from ..model.record import replaced
from ..ports.ports import Receipt
from ..ports.requests import Email, Request
from .automove import advance
from .decision import Decision, State
from .draft import Draft
from .effects import be_born_done, place_of

__all__ = ["delivered", "delivered_late", "failed", "made_item", "withdrawn"]


def made_item(request: Request) -> str | None:
    """Return the id of the item that a request makes; a reminder's e-mail makes none."""
    return None if isinstance(request, Email) else request.item


def delivered(draft: Draft, request: Request, receipt: Receipt) -> None:
    """Keep the host's reference; a thing that is done at birth completes its item, as a fact would.

    A thing that was let go of while its request was under way keeps its reference all the same.
    """
    draft.tell(RequestDelivered, request.key, request.port, receipt.ref)
    made = made_item(request)
    if made is None:
        return
    place = place_of(draft.items, made, draft.job.name)
    if receipt.ref is not None:
        ref = Ref(request.port, receipt.ref)
        draft.items[place] = replaced(draft.items[place], ref=ref)
    if receipt.completed:
        be_born_done(draft, place)
        advance(draft)


def delivered_late(state: State, item: str, ref: Ref, now: datetime, actor: str) -> Decision:
    """Keep the reference of a thing whose request was withdrawn while it was carried out."""
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    one = draft.items[place]
    if one.ref != ref:
        draft.items[place] = replaced(one, ref=ref)
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
