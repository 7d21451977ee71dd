"""Payments of invoices: in part or in full, cleared or on their way, failed (domain.md 2.3)."""

from __future__ import annotations

from ..errors import DefinitionError, NotAllowedError, NotFoundError, Problem, shown, unknown
from ..model.facts import PaymentReceived
from ..model.items import InvoiceState, ItemKind, ItemState, Payment, Progress
from ..model.money import Money
from ..model.record import replaced
from ..model.settings import BankPayments
from .item import Touched

__all__ = ["adopt", "clear", "fail", "paid_up", "pay_rest", "receive", "restate"]

PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED
BILLS = frozenset({ItemKind.INVOICE, ItemKind.LOCKED_DOCUMENT})


def _bill(one: Touched) -> InvoiceState:
    """Return how far the invoice is paid."""
    progress = one.item.progress
    return progress if isinstance(progress, InvoiceState) else InvoiceState(None)


def receive(one: Touched, fact: PaymentReceived) -> None:
    """Take in money; a reference that is known is a repeat, or says that it has cleared."""
    bill = _bill(one)
    _same_currency(one, bill, fact.amount)
    if fact.reference in bill.failed:
        return
    for number, payment in enumerate(bill.payments):
        if fact.reference is not None and payment.reference == fact.reference:
            if payment.amount != fact.amount:
                raise NotAllowedError(
                    f"payment {fact.reference!r} is known with {payment.amount}, "
                    f"not {fact.amount}; give another payment another reference"
                )
            if fact.cleared and not payment.cleared:
                _mark_cleared(one, bill, number)
            return
    paid = Payment(fact.amount, fact.cleared, fact.reference)
    _settle(one, replaced(bill, payments=(*bill.payments, paid)), str(fact.amount))


def _same_currency(one: Touched, bill: InvoiceState, amount: Money) -> None:
    """Refuse money of another currency than the invoice's."""
    used = {p.amount.currency for p in bill.payments}
    used |= {bill.total.currency} if bill.total is not None else set()
    if used and amount.currency not in used:
        raise DefinitionError(
            Problem(
                f"{one.item.name!r} is billed in {', '.join(sorted(used))}",
                "$.amount",
                shown(amount),
            )
        )


def _payment(one: Touched, bill: InvoiceState, reference: str) -> int:
    """Return the place of the payment of a reference."""
    for number, payment in enumerate(bill.payments):
        if payment.reference == reference:
            return number
    known = [p.reference for p in bill.payments if p.reference]
    raise NotFoundError(unknown("payment", reference, known, where=f"item {one.item.id}"))


def clear(one: Touched, reference: str) -> None:
    """Let a submitted debit count as cleared."""
    bill = _bill(one)
    number = _payment(one, bill, reference)
    if not bill.payments[number].cleared:
        _mark_cleared(one, bill, number)


def _mark_cleared(one: Touched, bill: InvoiceState, number: int) -> None:
    payments = list(bill.payments)
    payments[number] = replaced(payments[number], cleared=True)
    _settle(one, replaced(bill, payments=tuple(payments)), "cleared")


def fail(one: Touched, reference: str) -> None:
    """Take a failed debit out; the invoice is unpaid again if it needed it (A-51)."""
    bill = _bill(one)
    if reference in bill.failed:
        return
    number = _payment(one, bill, reference)
    left = tuple(p for n, p in enumerate(bill.payments) if n != number)
    bill = replaced(bill, payments=left, failed=(*bill.failed, reference))
    one.update(progress=bill)
    if one.item.state is COMPLETED and not _is_paid(one, bill):
        one.reopen()
    else:
        one.note(reference)


def pay_rest(one: Touched) -> None:
    """Take the invoice as paid in full, however that came about."""
    if one.item.state is PENDING:
        one.update(progress=paid_up(_bill(one)))
    one.complete()


def adopt(one: Touched, total: Money) -> None:
    """Take over what the bill comes to, where it was not known, and see whether that is paid."""
    bill = _bill(one)
    if bill.total is None and one.item.kind in BILLS:
        one.update(progress=replaced(bill, total=total))
        one.draft.changed = True
    if one.item.state is PENDING and _is_paid(one, _bill(one)):
        one.complete()


def restate(one: Touched, total: Money) -> None:
    """Let the host's own bill say what the invoice comes to, and so when it is paid (R-11).

    What is known to be paid stays paid. But an invoice that was taken for done only because it
    seemed to come to nothing is open again.
    """
    bill = _bill(one)
    if total == bill.total:
        return
    if any(payment.amount.currency != total.currency for payment in bill.payments):
        one.draft.warn(
            f"{one.item.name!r}: its bill comes to {total}, and was paid in another currency"
        )
        return
    one.draft.warn(
        f"{one.item.name!r}: its bill comes to {total}, not {bill.total}, and that counts"
    )
    bill = replaced(bill, total=total)
    one.update(progress=bill)
    if one.item.state is PENDING and _is_paid(one, bill):
        one.complete()
    elif one.item.state is COMPLETED and total and not bill.payments:
        one.reopen()


def paid_up(progress: Progress) -> Progress:
    """Return how far an invoice is once it is paid in full; other things are as they were."""
    if not isinstance(progress, InvoiceState) or progress.total is None:
        return progress
    counted = progress.paid(submitted=True) or Money(0, progress.total.currency)
    cleared = tuple(replaced(payment, cleared=True) for payment in progress.payments)
    if counted < progress.total:
        cleared += (Payment(progress.total - counted),)
    return replaced(progress, payments=cleared)


def _settle(one: Touched, bill: InvoiceState, note: str) -> None:
    """Keep the payments, and complete the invoice if they reach its total."""
    one.update(progress=bill)
    if one.item.state is PENDING and _is_paid(one, bill):
        one.complete()
    else:
        one.note(note)


def _is_paid(one: Touched, bill: InvoiceState) -> bool:
    """Tell whether what counts reaches the total, by the firm's choice (domain.md 2.3)."""
    policy = one.draft.book.settings.bank_payments
    paid = bill.paid(submitted=policy is BankPayments.SUBMITTED)
    return bill.total is not None and paid is not None and paid >= bill.total
