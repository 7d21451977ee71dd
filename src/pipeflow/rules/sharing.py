"""Sharing: what one job knows of a thing that another job has too (A-8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from ..errors import PipeflowError
from ..model import facts as f
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    LockState,
    Mark,
    Questionnaire,
    SigningState,
)
from ..model.templates import Signatures
from .decision import SYSTEM, Decision, State
from .draft import Draft
from .effects import be_born_done, evaluated, place_of, take_in
from .item import Touched
from .payments import adopt, hear_settled, restate

__all__ = ["LOST", "catch_up", "lose"]

ELSEWHERE = "it was cancelled on another job"
OPEN_ELSEWHERE = "it was reopened on another job"
LOST = "its invoices were cancelled on another job"


def catch_up(
    state: State, item: str, known: Item, now: datetime, *, ours: bool = False
) -> Decision:
    """Let an item hear what another job knows of the same thing, since they share it from here on.

    What happened to the thing while its reference named only one of them reaches the other now, as
    the facts would have. What is known here already changes nothing.

    Args:
        state: The job that hears it.
        item: The id of its item.
        known: The same thing, as the other job has it; of the same kind.
        now: The instant.
        ours: Whether the firm had it made there, so that what a bill comes to there counts (R-11).
    """
    draft = Draft(state, now, SYSTEM)
    place = place_of(draft.items, item, state.job.name)
    was_open = draft.items[place].state is ItemState.PENDING
    if isinstance(known.progress, InvoiceState) and known.progress.total is not None:
        one = Touched(draft, place, f.InvoicePaid(), born=True)
        adopt(one, known.progress.total)
        if ours and isinstance(one.item.progress, InvoiceState):
            restate(one, known.progress.total)
    for fact in _heard(known, draft.items[place]):
        try:
            take_in(draft, place, fact)
        except PipeflowError as error:
            name = draft.items[place].name
            draft.warn(f"{name!r}: {type(fact).__name__} changed nothing here: {error}")
    if isinstance(known.progress, InvoiceState) and known.state is not ItemState.RESOLVED:
        hear_settled(Touched(draft, place, f.InvoicePaid(), born=True), known.progress)
    if known.state is ItemState.COMPLETED and _waits_for_more(draft.items[place], known):
        if isinstance(draft.items[place].progress, Questionnaire):
            take_in(draft, place, f.ClientRequestSubmitted(incomplete=True))
    elif known.state is ItemState.COMPLETED:
        be_born_done(draft, place)
    elif known.is_over and Mark.UNMADE not in known.marks:
        Touched(draft, place, f.Cancelled(ELSEWHERE)).resolve(ELSEWHERE)
    elif was_open and known.state is ItemState.PENDING and _was_reopened(known):
        Touched(draft, place, f.Reopened(OPEN_ELSEWHERE)).reopen()
    return evaluated(draft)


def _waits_for_more(here: Item, known: Item) -> bool:
    """Tell whether it takes more here to be done than there, where less is known of the thing:
    that the firm accepts what was sent, or who else signs.
    """
    match here.progress, known.progress:
        case Questionnaire(accept=True), None:
            return Mark.SUBMITTED in known.marks
        case SigningState() as letter, SigningState(signatories=theirs):
            ids = {one.id for one in theirs}
            return letter.required is Signatures.ALL and any(
                one.id not in ids for one in letter.missing
            )
        case _:
            return False


def lose(state: State, item: str, now: datetime) -> Decision:
    """Let nobody wait for a document whose invoices were cancelled on another job, until one of
    them is open again: so it remembers that.
    """
    draft = Draft(state, now, SYSTEM)
    fact = f.Cancelled(LOST)
    one = Touched(draft, place_of(draft.items, item, state.job.name), fact)
    if one.item.state is ItemState.PENDING:
        one.resolve(LOST)
        one.update(late_facts=(*one.item.late_facts, fact))
    return evaluated(draft)


def _was_reopened(known: Item) -> bool:
    """Tell whether what is open has had all that completes it, and so was reopened (R-3)."""
    match known.progress:
        case InvoiceState() as bill:
            paid, due = bill.paid(), bill.due
            return due is not None and paid is not None and paid >= due
        case Checklist(client_tasks=tasks, checked=checked):
            return set(tasks) <= set(checked)
        case _:
            return False


def _offers(here: Item, package: str | None) -> bool:
    """Tell whether a proposal offers a package; whoever linked one knows none of them."""
    letter = here.progress
    return isinstance(letter, SigningState) and any(p.name == package for p in letter.packages)


def _heard(known: Item, here: Item) -> Iterator[f.Fact]:
    """Yield the facts by which an item came as far as it is, but for those that are known here.

    Answers are left out: whoever linked an organizer knows none of its questions. Money without a
    reference may be the same money, so that it is told only where none is known.
    """
    match known.progress:
        case InvoiceState(payments=payments) as bill:
            there = here.progress.payments if isinstance(here.progress, InvoiceState) else ()
            for paid in payments:
                if paid.reference is not None or not there:
                    yield f.PaymentReceived(
                        paid.amount, cleared=paid.cleared, reference=paid.reference
                    )
            yield from (f.PaymentCleared(reference) for reference in bill.cleared)
            yield from (f.PaymentFailed(reference) for reference in bill.failed)
            yield from (f.PaymentRefunded(*back) for back in bill.refunded.items())
            yield from (f.CreditIssued(off, reference) for reference, off in bill.credits.items())
        case SigningState(signatories=signatories, signed=signed, declined=declined) as letter:
            package = letter.package if _offers(here, letter.package) else None
            for signer in signatories:
                if signer.id in signed:
                    yield f.ProposalSigned(signer.email or signer.id, package=package)
            yield from (f.Declined(who or None) for who in declined)
        case Checklist(checked=checked, replied=replied):
            ticked = f.SubtaskChecked if known.kind is ItemKind.TASK else f.ClientTaskChecked
            for task in checked:
                yield ticked(task)
            if replied:
                yield f.MessageReplied()
        case Questionnaire() | LockState() | None:
            pass
        case _:
            assert_never(known.progress)
