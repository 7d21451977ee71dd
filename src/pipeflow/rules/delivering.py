"""Delivering: what a port's answer, or its failure, does to the job."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotAllowedError, NotFoundError
from ..model.events import (
    ItemCompleted,
    RequestAbandoned,
    RequestDelivered,
    RequestRetried,
)
from ..model.facts import Cancelled
from ..model.items import Item, ItemState, Ref
from ..model.jobs import BlockedAutomation, Job, JobStatus
from ..model.swift import changing, replaced, swift
from ..ports.ports import Receipt
from ..ports.requests import Email, Request
from .draft import Draft
from .firing import fire
from .moving import advance
from .paying import paid_up
from .state import Decision, State
from .touched import Touched

__all__ = [
    "abandon",
    "abandon_blocked",
    "delivered",
    "delivered_late",
    "made_item",
    "referenced",
    "retried",
    "retry_blocked",
]


_ref, _with_ref, _with_items = swift(Ref), changing(Item, "ref"), changing(Job, "items")


def referenced(job: Job, request: Request, ref: str) -> Job:
    """Keep the host's reference in the item that a request made; nothing else follows from it."""
    made = made_item(request)
    items = job.items
    for place in range(len(items) - 1, -1, -1):
        if items[place].id == made:
            named = _with_ref(items[place], _ref(request.port, ref))
            return _with_items(job, (*items[:place], named, *items[place + 1 :]))
    return job


def made_item(request: Request) -> str:
    """Return the id of the item that a request makes; a reminder's e-mail makes none."""
    if request.item is None or isinstance(request, Email):
        return ""
    return request.item


def delivered(
    state: State, request: Request, receipt: Receipt, now: datetime, actor: str
) -> Decision:
    """Keep the host's reference; a thing that is done at birth completes its item."""
    draft = Draft(state, now, actor)
    draft.events.append(
        RequestDelivered(now, state.job.id, actor, request.key, request.port, receipt.ref)
    )
    made = made_item(request)
    for place, item in enumerate(draft.items):
        if item.id == made:
            ref = item.ref if receipt.ref is None else Ref(request.port, receipt.ref)
            draft.items[place] = replaced(item, ref=ref)
            if receipt.completed and item.state is ItemState.PENDING:
                done = draft.disarm(draft.items[place])
                progress = paid_up(done.progress)
                draft.items[place] = replaced(done, state=ItemState.COMPLETED, progress=progress)
                draft.events.append(ItemCompleted(now, state.job.id, actor, item.id, item.name))
                advance(draft)
    return draft.decide()


def delivered_late(state: State, item: str, ref: Ref, now: datetime, actor: str) -> Decision:
    """Keep the reference of a thing whose request was withdrawn while it was carried out."""
    draft = Draft(state, now, actor)
    for place, one in enumerate(draft.items):
        if one.id == item and one.ref != ref:
            draft.items[place] = replaced(one, ref=ref)
            draft.events.append(
                RequestDelivered(now, state.job.id, actor, one.request or "", ref.port, ref.id)
            )
    return draft.decide()


def retried(state: State, key: str, now: datetime, actor: str) -> Decision:
    """Write down that somebody had a request tried again."""
    draft = Draft(state, now, actor)
    draft.events.append(RequestRetried(now, state.job.id, actor, key))
    return draft.decide()


def abandon(state: State, request: Request, now: datetime, actor: str) -> Decision:
    """Give a request up for good: its item will never exist outside, so it is not waited for."""
    draft = Draft(state, now, actor)
    draft.events.append(RequestAbandoned(now, state.job.id, actor, request.key))
    for place, item in enumerate(draft.items):
        if item.id == request.item and item.request == request.key:
            reason = "its request was abandoned"
            Touched(draft, place, Cancelled(reason)).resolve(reason)
            advance(draft)
    return draft.decide()


def _blocked(state: State, key: str) -> BlockedAutomation:
    for one in state.job.blocked:
        if one.key == key:
            return one
    raise NotFoundError(f"job {state.job.name!r} has no failed automation {key!r}")


def retry_blocked(state: State, key: str, now: datetime, actor: str) -> Decision:
    """Fire an automation again that could not run, in the visit in which it failed (A-24).

    Raises:
        NotFoundError: No automation of that key failed, or the pipeline no longer has it.
        NotAllowedError: The job is archived.
    """
    failed = _blocked(state, key)
    if state.job.status in {JobStatus.ARCHIVED, JobStatus.COMPLETED}:
        name, status = state.job.name, state.job.status.lower()
        raise NotAllowedError(f"job {name!r} is {status}: nothing fires; restore it first")
    automation = state.book.pipeline.stage(failed.stage).automation(failed.automation)
    draft = Draft(state, now, actor)
    draft.blocked = tuple(one for one in draft.blocked if one is not failed)
    draft.events.append(RequestRetried(now, state.job.id, actor, key))
    present, draft.visit, draft.stage = (draft.visit, draft.stage), failed.visit, failed.stage
    fire(draft, state.book.pipeline.stage(failed.stage), [automation])
    draft.visit, draft.stage = present
    advance(draft)
    return draft.decide()


def abandon_blocked(state: State, key: str, now: datetime, actor: str) -> Decision:
    """Do without an automation that could not run; the stage no longer waits for it."""
    failed = _blocked(state, key)
    draft = Draft(state, now, actor)
    draft.blocked = tuple(one for one in draft.blocked if one is not failed)
    draft.events.append(RequestAbandoned(now, state.job.id, actor, key))
    advance(draft)
    return draft.decide()
