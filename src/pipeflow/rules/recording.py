"""Recording facts: which one does what to the item that it is about (domain.md 2.3)."""

from __future__ import annotations

from typing import assert_never

from ..errors import NotAllowedError, Problem, a
from ..model import facts as f
from ..model.items import Checklist, Item, ItemKind, ItemState
from . import answers, paying, signing, ticking
from .draft import Draft
from .touched import Touched

__all__ = ["completing_facts", "record"]

TASK_DONE: list[f.Fact] = [f.TaskCompleted()]


def record(draft: Draft, place: int, fact: f.Fact) -> None:
    """Take in a fact about the item at *place*; the same fact twice changes nothing.

    Raises:
        NotAllowedError: The fact is not one about this kind of item.
        NotFoundError: It names a question, client task, signatory or payment that is not there.
        DefinitionError: Its content does not fit, such as money of another currency.
    """
    item = draft.items[place]
    if item.kind not in fact.about:
        fitting = sorted(c.__name__ for c in f.ALL if item.kind in c.about)
        raise NotAllowedError(
            Problem(
                f"{type(fact).__name__} can not happen to {item.name!r}, which is {a(item.kind)}",
                f"item {item.id}",
                allowed=tuple(fitting),
            )
        )
    _take_in(Touched(draft, place, fact), fact)


def completing_facts(item: Item) -> list[f.Fact]:
    """Return the facts that complete an item of this kind, whatever happened to it before.

    Raises:
        NotAllowedError: It asks nothing of anybody, so there is nothing to complete.
    """
    match item.kind:
        case ItemKind.TASK:
            return TASK_DONE
        case ItemKind.INVOICE | ItemKind.LOCKED_DOCUMENT:
            return [f.InvoicePaid()]
        case ItemKind.ORGANIZER:
            return [f.OrganizerSubmitted()]
        case ItemKind.PROPOSAL:
            return [f.ProposalSigned()]
        case ItemKind.APPROVAL:
            return [f.DocumentApproved()]
        case ItemKind.SIGNATURE:
            return [f.DocumentSigned()]
        case ItemKind.CLIENT_REQUEST:
            return [f.ClientRequestSubmitted()]
        case ItemKind.MESSAGE if item.asks and isinstance(item.progress, Checklist):
            return [f.ClientTaskChecked(task) for task in item.progress.client_tasks]
        case ItemKind.MESSAGE | ItemKind.NOTE:
            raise NotAllowedError(
                f"{item.name!r} asks nothing of anybody, so there is nothing to complete"
            )
        case _:
            assert_never(item.kind)


def _take_in(one: Touched, fact: f.Fact) -> None:  # noqa: C901, PLR0912  (a case a fact)
    """Do what the fact says."""
    match fact:
        case f.TaskCompleted() | f.DocumentApproved() | f.ClientRequestSubmitted():
            one.complete()
        case f.TaskReopened() | f.OrganizerReturned():
            one.reopen()
        case f.DocumentDisapproved() if one.item.state is ItemState.COMPLETED:
            one.reopen()
        case f.DocumentDisapproved():
            one.note()
        case f.SubtaskChecked(name):
            ticking.subtask(one, name)
        case f.OrganizerSaved(given):
            answers.save_answers(one, given)
        case f.OrganizerSubmitted(given):
            answers.submit(one, given)
        case f.ProposalSigned(by, package=package):
            signing.sign(one, by, package)
        case f.DocumentSigned(by):
            signing.sign(one, by, None)
        case f.PaymentReceived():
            paying.receive(one, fact)
        case f.PaymentCleared(reference):
            paying.clear(one, reference)
        case f.PaymentFailed(reference):
            paying.fail(one, reference)
        case f.InvoicePaid():
            paying.pay_rest(one)
        case f.ClientTaskChecked(name):
            ticking.tick(one, name)
        case f.ClientTaskUnchecked(name):
            ticking.untick(one, name)
        case f.MessageReplied():
            ticking.reply(one)
        case f.Cancelled(reason):
            one.resolve(reason or "cancelled")
        case _:
            raise NotAllowedError(f"{type(fact).__name__} is no fact that is known here")
