"""Receipts: what a port's answer does to the job, and where it becomes a fact (domain.md 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from ..model.events import (
    Chapter,
    Event,
    Line,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestWithdrawn,
    Warned,
)
from ..model.facts import Cancelled, InvoicePaid
from ..model.items import InvoiceState, Item, ItemKind, ItemState, Mark, Ref
from ..model.jobs import Job
from ..model.money import Money
from ..model.record import replaced
from ..ports.cancellations import Cancellation
from ..ports.ports import Receipt, port_of
from ..ports.requests import Email, Invoice, OrganizerChange, Request, Task, TaskChange
from .decision import SYSTEM, Decision, State
from .draft import Draft
from .effects import be_born_done, evaluated, place_of
from .firings import left_after_all
from .item import Touched
from .left import ask_back
from .payments import has_been_paid, last_payment, restate

__all__ = [
    "TAKEN_BACK",
    "begin",
    "billed",
    "born_done",
    "delivered",
    "delivered_late",
    "failed",
    "kept",
    "made_item",
    "never_answered",
    "own_total",
    "take_back",
    "taken_back",
    "withdrawn",
]


TAKEN_BACK = "its port has taken it back"
ABOUT = (Cancellation, TaskChange, OrganizerChange)  # what is asked of a thing that is there
NO_ITEM = (Email, *ABOUT)  # what makes none
NEVER_MADE = frozenset({Mark.STUCK, Mark.UNMADE})
TASKS = Task.port  # what it makes is the team's, and nobody is reminded of it


def made_item(request: Request) -> str | None:
    """Return the id of the item that a request makes; one about what is there makes none."""
    return None if isinstance(request, NO_ITEM) else request.item


def own_total(request: Request, receipt: Receipt) -> Money | None:
    """Return what the host's own bill comes to, where that is not what was asked for (R-11)."""
    if receipt.total is None or not isinstance(request, Invoice):
        return None
    return receipt.total if receipt.total != request.totals.total else None


def delivered(job: Job, answers: Iterable[tuple[Request, Receipt]], now: datetime) -> Decision:
    """Keep the hosts' references of what was delivered; what else follows is left to others.

    One that the job let go of while its request was under way keeps its own too: webhooks find it,
    and whoever links the thing has it alone all the same (R-15).
    """
    items: list[Item] | None = None
    lines: list[Line] = []
    names: list[str] = []
    rhythms: tuple[str, ...] = ()
    for request, receipt in answers:
        port, ref, name = request.port, receipt.ref, ""
        lines.append((RequestDelivered, request.key, port, ref, request.addresses))
        if receipt.total is not None and not isinstance(request, Invoice):
            lines.append((Warned, f"{port} answered {request.key} with a total, and it is no bill"))
        made = made_item(request)
        if made is None:
            if ref is not None and not isinstance(request, ABOUT):
                name = f"{job.id}/"
            if isinstance(request, Email) and request.number is not None:
                rhythms += (request.key,)
        elif ref is not None or port != TASKS:
            place = place_of(job.items, made, job.name)
            one = job.items[place] if items is None else items[place]
            if one.reminders is not None:
                rhythms += (request.key,)
            if ref is not None:
                items = items or [*job.items]
                items[place] = replaced(
                    one, ref=Ref(port, ref), delivered=None if port == TASKS else now
                )
                name = made
            elif Mark.STUCK in one.marks:  # it is there after all, though its host names it not
                items = items or [*job.items]
                items[place] = replaced(one, marks=one.marks - {Mark.STUCK})
        names.append(name)
    after = job if items is None else replaced(job, items=tuple(items))
    chapters = (Chapter(now, job.id, SYSTEM, tuple(lines)),)
    return Decision(True, after, None, chapters, (), (), (), (), (), tuple(names), rhythms)


def begin(state: State, item: str, now: datetime) -> Decision:
    """Let the reminders of an item begin, whose own request has just been delivered (R-4)."""
    draft = Draft(state, now, SYSTEM)
    place = place_of(draft.items, item, state.job.name)
    one = replaced(draft.items[place], delivered=now)
    draft.items[place] = draft.arm(one, one.reminders)
    draft.changed = True
    return draft.decide()


def born_done(state: State, item: str, now: datetime) -> Decision:
    """Complete what a port said is done at birth, as a fact would; the job may move on, unless it
    waited for that no more.
    """
    draft = Draft(state, now, SYSTEM)
    place = place_of(draft.items, item, draft.job.name)
    waited = draft.items[place].state is ItemState.PENDING
    be_born_done(draft, place, by_receipt=True)
    return evaluated(draft) if waited else draft.decide()


def take_back(state: State, item: str, cancels: AbstractSet[ItemKind], now: datetime) -> Decision:
    """Ask the port that has just made a thing to take it back, for its job has left it behind."""
    draft = Draft(state, now, SYSTEM)
    ask_back(draft, draft.items[place_of(draft.items, item, draft.job.name)], cancels)
    draft.changed = True
    return draft.decide()


def kept(state: State, keys: tuple[str, ...], now: datetime) -> Decision:
    """Let a port not take back what a job has got; the keys are of what was asked for that."""
    draft = Draft(state, now, SYSTEM)
    draft.withdraws, draft.changed = keys, True
    return draft.decide()


def taken_back(
    state: State, item: str, now: datetime, late: tuple[str, Receipt] | None = None
) -> Decision:
    """Let nobody wait for a thing that its port took back although it was wanted again by then.

    A bill is void from here on, unless it was paid meanwhile: its client is not billed once more,
    and somebody has to look at it. What else was done meanwhile is so, and nothing follows from it
    any more.

    Args:
        state: The job.
        item: The id of the item.
        now: The instant.
        late: The key under which that was asked, and the receipt, where nobody waited for it any
            more: history tells of it, so that a repeat is known.
    """
    draft = Draft(state, now, SYSTEM)
    one = Touched(draft, place_of(draft.items, item, draft.job.name), Cancelled(TAKEN_BACK))
    if late is not None:
        key, receipt = late
        draft.tell(RequestDelivered, key, port_of(one.item.kind), receipt.ref, ())
    waited, one.by_receipt = one.item.state is ItemState.PENDING, True
    if waited:
        one.resolve(TAKEN_BACK)
    if has_been_paid(one):
        draft.warn(f"{one.item.name!r}: {TAKEN_BACK}, though it is paid")
    elif one.item.state is ItemState.COMPLETED:
        facts = (*one.item.late_facts, one.fact)
        one.update(marks=one.item.marks | {Mark.LATE}, late_facts=facts)
        draft.warn(f"{one.item.name!r}: {TAKEN_BACK}, though it is done")
    else:
        one.be_void()
    return evaluated(draft) if waited else draft.decide()


def billed(state: State, request: Request, total: Money, now: datetime) -> Decision:
    """Take over what the host's own bill comes to; it may be paid already, and the job move on."""
    draft = Draft(state, now, SYSTEM)
    return _restated(draft, place_of(draft.items, request.item or "", draft.job.name), total)


def _restated(draft: Draft, place: int, total: Money) -> Decision:
    """Let a bill come to what the host says, as its last payment would have; else as from birth."""
    progress, waited = draft.items[place].progress, draft.items[place].state is ItemState.PENDING
    fact = last_payment(progress) if isinstance(progress, InvoiceState) else None
    restate(Touched(draft, place, fact or InvoicePaid(), born=fact is None), total)
    return evaluated(draft) if waited else draft.decide()


def delivered_late(
    state: State,
    item: str,
    receipt: Receipt,
    now: datetime,
    actor: str,
    history: Sequence[Event] = (),
) -> Decision:
    """Keep that a thing is there whose request was withdrawn while it was carried out, or given up,
    and what its host calls it, if it has a name for it.

    The first one counts, and with it a bill's own total. What made it in a move that was undone
    does not fire again, if it fires but once.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    one, port, total = draft.items[place], port_of(draft.items[place].kind), receipt.total
    if one.ref is not None or (receipt.ref is None and one.is_there):
        return draft.decide()
    ref = None if receipt.ref is None else Ref(port, receipt.ref)
    one = replaced(one, ref=ref, delivered=now, marks=one.marks - NEVER_MADE)
    draft.items[place] = draft.arm(one, one.reminders)
    draft.tell(RequestDelivered, one.request or "", port, receipt.ref, ())
    left_after_all(draft, history, one)
    if total is None or one.kind is not ItemKind.INVOICE:
        return draft.decide()
    return _restated(draft, place, total)


def failed(
    draft: Draft, request: Request, error: str, attempt: int, retry_at: datetime | None
) -> None:
    """Write down that a request was not delivered, and whether it is tried again.

    What was given up and never left is the team's to act on, whoever was to have it (R-29).
    """
    if retry_at is None:
        draft.tell(RequestGivenUp, request.key, request.port, error, attempt)
        made = made_item(request)
        if made is not None:
            place = place_of(draft.items, made, draft.job.name)
            one = draft.items[place]
            draft.items[place] = replaced(one, marks=one.marks | {Mark.STUCK})
    else:
        draft.tell(RequestFailed, request.key, request.port, error, attempt, retry_at)


def never_answered(state: State, item: str, now: datetime) -> Decision:
    """Warn of a bill that nobody needs any more, and that its port may have made all the same."""
    draft = Draft(state, now, SYSTEM)
    place = place_of(draft.items, item, draft.job.name)
    one = draft.items[place]
    draft.items[place] = replaced(one, marks=one.marks | {Mark.UNSURE})
    draft.warn(f"{one.name!r}: its port was asked for it and never answered, so it may be there")
    return draft.decide()


def withdrawn(draft: Draft, key: str) -> None:
    """Write down that nobody needed a request any more before it left."""
    draft.tell(RequestWithdrawn, key)
