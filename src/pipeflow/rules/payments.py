"""Payments of invoices, computed from what is known by reference: in any order, twice, or late."""

from __future__ import annotations

from ..errors import DefinitionError, NotAllowedError, Problem, shown
from ..model.facts import CreditIssued, PaymentReceived, Reopened
from ..model.items import InvoiceState, Item, ItemKind, ItemState, LockState, Payment
from ..model.money import Money
from ..model.record import replaced
from ..model.settings import BankPayments, Settings
from ..model.values import FrozenMap
from .draft import Draft
from .item import CREDITED, Touched, is_done

__all__ = [
    "adopt",
    "clear",
    "credit",
    "fail",
    "has_been_paid",
    "hear_settled",
    "last_payment",
    "may_come_to",
    "pay_rest",
    "receive",
    "reckon",
    "refund",
    "restate",
    "settle",
    "was_paid",
]

PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED
BILLS = frozenset({ItemKind.INVOICE, ItemKind.LOCKED_DOCUMENT})
NAMELESS = "a debit needs one, by which `PaymentCleared` and `PaymentFailed` tell what came of it"
UNKNOWN = "its money is not known here yet"


def _bill(one: Touched) -> InvoiceState:
    """Return what is known of the invoice's money.

    Raises:
        NotAllowedError: It is a document that is locked by invoices, to which money belongs.
    """
    progress = one.item.progress
    if isinstance(progress, LockState):
        raise NotAllowedError(
            f"{one.item.name!r} is locked by invoices {', '.join(progress.invoices)}; record what "
            "was paid about these, or InvoicePaid() to unlock it by hand"
        )
    return progress if isinstance(progress, InvoiceState) else InvoiceState(None)


def receive(one: Touched, fact: PaymentReceived) -> None:
    """Take in money; a reference that is known is a repeat, or says that it has cleared."""
    bill = _bill(one)
    _same_currency(one, bill, fact.amount)
    reference, note = fact.reference, str(fact.amount)
    number = _place(bill, reference)
    if number is not None:
        known = bill.payments[number].amount
        if known != fact.amount:
            raise NotAllowedError(
                f"payment {reference!r} is known with {known}, "
                f"not {fact.amount}; give another payment another reference"
            )
        if fact.cleared:
            _mark_cleared(one, bill, number)
        return
    if reference is None and not fact.cleared and not _submitted(one):
        raise DefinitionError(Problem(NAMELESS, "$.reference", "None", ("reference='debit-1'",)))
    paid = Payment(fact.amount, fact.cleared or reference in bill.cleared, reference)
    cleared = tuple(one for one in bill.cleared if one != reference)
    added = bill.added_since + (reference is None and bill.settled and not bill.stays_settled)
    bill = replaced(bill, payments=(*bill.payments, paid), cleared=cleared, added_since=added)
    if bill.is_failed(paid):
        note += ", of a payment that failed"
    went = reference is not None and reference in bill.refunded
    if went:
        note += ", of which money went back"
    _settle(one, bill, note, came=True, lost=went)
    if (not paid.cleared or len(bill.payments) > 1) and bill.is_covered:
        one.hush()


def _same_currency(one: Touched, bill: InvoiceState, amount: Money) -> None:
    """Refuse money of another currency than the invoice's."""
    used = _currencies(bill)
    used |= {bill.total.currency} if bill.total is not None else set()
    if used and amount.currency not in used:
        raise DefinitionError(
            Problem(
                f"{one.item.name!r} is billed in {', '.join(sorted(used))}",
                "$.amount",
                shown(amount),
            )
        )


def _currencies(bill: InvoiceState) -> set[str]:
    """Return the currencies in which money came or went back: one, or none."""
    came = [payment.amount for payment in bill.payments]
    back = [part for part in bill.refunded.values() if part is not None]
    return {one.currency for one in (*came, *back, *bill.credits.values())}


def _place(bill: InvoiceState, reference: str | None) -> int | None:
    """Return the place of the payment of a reference, if its money is known."""
    if reference is not None:
        for number, payment in enumerate(bill.payments):
            if payment.reference == reference:
                return number
    return None


def clear(one: Touched, reference: str) -> None:
    """Let a payment count as cleared, also one that was told to have failed (R-1)."""
    bill = _bill(one)
    number = _place(bill, reference)
    if number is not None:
        _mark_cleared(one, bill, number)
    elif reference not in bill.cleared:
        one.update(progress=replaced(bill, cleared=(*bill.cleared, reference)))
        one.note(f"{reference}: {UNKNOWN}")


def _mark_cleared(one: Touched, bill: InvoiceState, number: int) -> None:
    if not bill.payments[number].cleared:
        payments = list(bill.payments)
        payments[number] = replaced(payments[number], cleared=True)
        _settle(one, replaced(bill, payments=tuple(payments)), "cleared", came=True)


def fail(one: Touched, reference: str) -> None:
    """Let a debit that failed count no more; the invoice is unpaid again if it needed it (A-51).

    What has cleared stays: only a refund takes it away (R-2).
    """
    bill = _bill(one)
    if reference in bill.failed:
        return
    number = _place(bill, reference)
    note = reference
    if number is None:
        note += f": {UNKNOWN}"
    elif bill.payments[number].cleared:
        note += ": it had cleared, and stays"
    _settle(one, replaced(bill, failed=(*bill.failed, reference)), note, lost=True)


def refund(one: Touched, reference: str, amount: Money | None) -> None:
    """Let money that went back count no more; the most that was told of a payment holds (R-1)."""
    bill = _bill(one)
    if amount is not None:
        _same_currency(one, bill, amount)
    before = bill.refunded.get(reference)
    if reference in bill.refunded and (before is None or (amount is not None and amount <= before)):
        return
    note = f"{reference}, {'all of it' if amount is None else amount}"
    if _place(bill, reference) is None:
        note += f": {UNKNOWN}"
    since = bill.refunded_since
    if bill.settled and reference not in since:
        since = FrozenMap({**since, reference: before})
    refunded = FrozenMap({**bill.refunded, reference: amount})
    _settle(one, replaced(bill, refunded=refunded, refunded_since=since), note, lost=True)


def credit(one: Touched, fact: CreditIssued) -> None:
    """Let a credit note take something off what is to be paid; what is left may be paid already.

    Where it leaves nothing to pay and nothing was paid, nobody waits for the invoice any more, and
    that is no completion (A-10).
    """
    bill, reference, amount = _bill(one), fact.reference, fact.amount
    _same_currency(one, bill, amount)
    known = bill.credits.get(reference)
    if known == amount:
        return
    if known is not None:
        raise NotAllowedError(
            f"credit note {reference!r} is known with {known}, not {amount}; give another credit "
            "note another reference"
        )
    since = (*bill.credited_since, reference) if bill.settled else ()
    notes = FrozenMap({**bill.credits, reference: amount})
    bill = replaced(bill, credits=notes, credited_since=since)
    one.update(progress=bill)
    paid = one.is_open and _is_paid(one, bill)
    if not paid or not bill.paid(submitted=_submitted(one)):
        one.note(f"{reference}, {amount}")
    if paid:
        settle(one)
    elif bill.is_covered:
        one.hush()
    if bill.due is not None and not bill.due and not bill.paid(submitted=_submitted(one)):
        one.be_void()


def settle(one: Touched) -> None:
    """Let an open bill be over of which nothing is left to pay, by payments or by credit notes.

    One that was let go of is done either way: whoever links it next says by which.
    """
    bill = _bill(one)
    if one.item.state is PENDING and bill.credits and not bill.paid(submitted=_submitted(one)):
        one.resolve(CREDITED)
    else:
        one.complete()


def pay_rest(one: Touched) -> None:
    """Take the invoice as paid in full, however that came about (R-2).

    That is said of how it stands: what went back, or was credited, until now is part of it.
    """
    if isinstance(one.item.progress, LockState):  # unlocked by hand
        one.complete()
        return
    bill = _bill(one)
    called = bill if one.born and bill.settled else _called_paid(bill)
    if called != bill:
        one.update(progress=called)
        if one.is_done:
            one.note("the bill is settled")
    one.complete()


def adopt(one: Touched, total: Money) -> None:
    """Take over what the bill comes to, where it was not known, and see whether that is paid."""
    if isinstance(one.item.progress, LockState):
        return
    bill = _bill(one)
    if bill.total is None and one.item.kind in BILLS:
        one.update(progress=replaced(bill, total=total))
    if one.is_open and _is_paid(one, _bill(one)):
        settle(one)


def restate(one: Touched, total: Money) -> None:
    """Let the host's own bill say what the invoice comes to, and so when it is paid (R-11).

    What somebody called settled stays so. It is a receipt, and refuses no undo (R-26).
    """
    bill, one.by_receipt = _bill(one), True
    if total == bill.total:
        return
    if not may_come_to(bill, total):
        one.draft.warn(
            f"{one.item.name!r}: its bill comes to {total}, and was paid in another currency"
        )
        return
    one.draft.warn(
        f"{one.item.name!r}: its bill comes to {total}, not {bill.total}, and that counts"
    )
    was_covered, as_known = bill.is_covered, bill
    bill = replaced(as_known, total=total)
    if as_known.stays_settled:
        bill = _called_paid(bill)
    one.update(progress=bill)
    paid = _is_paid(one, bill)
    if one.is_open and paid:
        settle(one)
    elif one.is_done and not paid:
        one.fact = Reopened(f"its bill comes to {total}")
        one.reopen()
    elif was_covered and not bill.is_covered:
        one.remind_on()


def may_come_to(bill: InvoiceState, total: Money) -> bool:
    """Tell whether no money of another currency has come, so that it may come to that."""
    return _currencies(bill) <= {total.currency}


def reckon(draft: Draft, place: int) -> None:
    """Complete an open bill that its payments reach by now, as the last of them would have.

    The firm may count debits that are on their way since they came (domain.md 2.3). A bill that is
    open although money that is there reaches it was reopened, and stays so (R-3).
    """
    bill = draft.items[place].progress
    if draft.items[place].state is PENDING and isinstance(bill, InvoiceState):
        last, sure, due = last_payment(bill), bill.paid(), bill.due
        if sure is not None and due is not None and sure >= due:
            return
        if last is not None and _is_paid(one := Touched(draft, place, last), bill):
            one.complete()


def last_payment(bill: InvoiceState) -> PaymentReceived | None:
    """Return the last payment of a bill, as the fact that told of it; None: there is none."""
    if not bill.payments:
        return None
    last = bill.payments[-1]
    return PaymentReceived(last.amount, last.cleared, last.reference)


def _called_paid(bill: InvoiceState) -> InvoiceState:
    """Return a bill of which somebody says that it is paid in full, as it stands now."""
    return replaced(
        bill, settled=True, refunded_since=FrozenMap(), credited_since=(), added_since=0
    )


def hear_settled(one: Touched, known: InvoiceState) -> None:
    """Let a bill be called paid in full here too, and what went back since be known as such."""
    bill = one.item.progress
    if known.settled and isinstance(bill, InvoiceState) and not bill.settled:
        since, credited = known.refunded_since, known.credited_since
        added = min(known.added_since, [one.reference for one in bill.payments].count(None))
        heard = replaced(
            bill, settled=True, refunded_since=since, credited_since=credited, added_since=added
        )
        one.update(progress=heard)
        if one.is_open and _is_paid(one, heard):
            settle(one)


def _settle(
    one: Touched, bill: InvoiceState, note: str, *, came: bool = False, lost: bool = False
) -> None:
    """Keep what is known; complete the invoice if that reaches its total, or open it again.

    Args:
        one: The invoice.
        bill: What is known of its money from here on.
        note: What history says where its state stays.
        came: Whether money came.
        lost: Whether money went; both where it is told of a payment that some of it went back.
    """
    before = _bill(one)
    was_covered, was_paid = before.is_covered, _is_paid(one, before)
    one.update(progress=bill)
    paid = _is_paid(one, bill)
    by_this = paid and (came or not was_paid)
    if by_this and one.item.state is ItemState.RESOLVED:
        one.keep_at_port()
    if one.is_open and by_this:
        one.complete()
    elif one.is_done and not paid and (lost or was_paid):
        one.reopen()
    else:
        one.note(note)
        if was_covered and not bill.is_covered:
            one.remind_on()
    if was_paid and not paid and one.item.ref is None and one.item.state is ItemState.RESOLVED:
        one.draft.voided += ((one.item.id, None),)  # its letter may owe the next one


def _submitted(one: Touched) -> bool:
    """Tell whether bank payments count for the firm when they are submitted (domain.md 2.3)."""
    return _counts_submitted(one.draft.book.settings)


def _counts_submitted(settings: Settings) -> bool:
    return settings.bank_payments is BankPayments.SUBMITTED


def has_been_paid(one: Touched) -> bool:
    """Tell whether a bill is paid in full, also where nobody waits for it any more."""
    return was_paid(one.item, one.draft.book.settings)


def was_paid(item: Item, settings: Settings) -> bool:
    """Tell whether an item is a bill that is paid in full, by the firm's choice."""
    bill = item.progress
    if not isinstance(bill, InvoiceState):
        return False
    paid, due = bill.paid(submitted=_counts_submitted(settings)), bill.due
    covered = bool(paid and due is not None and paid >= due)
    return is_done(item) or bill.stays_settled or covered


def _is_paid(one: Touched, bill: InvoiceState) -> bool:
    """Tell whether what counts reaches the total, by the firm's choice (domain.md 2.3).

    Where no total is known, only `InvoicePaid` completes it, and only a refund takes that back;
    older versions did not keep that it was said.
    """
    if bill.total is None and not bill.settled:
        kept = not any(bill.returned(paid) for paid in bill.payments if not bill.is_failed(paid))
        return one.is_done and kept
    if bill.total is None:
        return bill.stays_settled
    paid, due = bill.paid(submitted=_submitted(one)), bill.due
    return paid is not None and due is not None and paid >= due
