"""Bills: what is known of an invoice's money, and what that comes to."""

from __future__ import annotations

from collections.abc import Iterable

from .money import Money
from .record import Plain, frozen, record
from .values import FrozenMap

__all__ = ["InvoiceState", "Payment"]


@frozen
class Payment(Plain):
    """Money that came in for an invoice; a bank debit counts when it has cleared."""

    amount: Money
    cleared: bool = True
    reference: str | None = None


@record
class InvoiceState(Plain):
    """What is known of an invoice's money; `total` is None where a host linked one without saying.

    What it has received is reckoned from all that is known, so that it does not matter in which
    order that was told (R-1). `failed` are the references of payments that failed, `cleared` of
    those that cleared before anybody said how much they are, `refunded` how much of a payment went
    back, None for the whole. `settled` says that somebody called the bill paid in full (R-2).
    `credits` are what credit notes take off it, by their references. What was told after the bill
    was settled is `credited_since`, and `refunded_since` with how much of each payment had gone
    back by then, None for nothing; `added_since` is how many payments without a reference came
    since it was open again, which nothing tells from new money.
    """

    total: Money | None
    payments: tuple[Payment, ...] = ()
    failed: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    refunded: FrozenMap[str, Money | None] = FrozenMap()
    settled: bool = False
    credits: FrozenMap[str, Money] = FrozenMap()
    refunded_since: FrozenMap[str, Money | None] = FrozenMap()
    credited_since: tuple[str, ...] = ()
    added_since: int = 0

    @property
    def due(self) -> Money | None:
        """What is to be paid in all: the total less credit notes; None where no total is known."""
        return self._less(self.credits.values())

    def _less(self, notes: Iterable[Money]) -> Money | None:
        """Return the total less some credit notes, and nothing where these come to more."""
        if self.total is None or not self.credits:
            return self.total
        nothing = Money(0, self.total.currency)
        return max(nothing, self.total - sum(notes, nothing))

    def paid(self, *, submitted: bool = False) -> Money | None:
        """Reckon what came in and stayed: cleared payments, and submitted ones where one says so.

        What has cleared counts, whatever failed before. Of a bill that is settled all that was due
        then had come: payments that are known are part of it, whenever they were told, and only
        what went back since counts no more.
        """
        counted = [one for one in self.payments if self._counts(one, submitted=submitted)]
        total = self.due
        if total is None and not counted:
            return None
        start = Money(0, total.currency if total is not None else counted[0].amount.currency)
        came = sum([one.amount for one in counted], start)
        if self.refunded:
            came -= sum(map(self.returned, counted), start)
        if not self.settled or total is None:
            return came
        lost = sum(map(self._lost, counted), start)
        before = (off for by, off in self.credits.items() if by not in self.credited_since)
        added = sum([one.amount for one in self._added() if one in counted], start)
        return max(came - added + lost, self._less(before) or start) - lost + added

    def _added(self) -> tuple[Payment, ...]:
        """Return the payments that are new since the bill was open again, though it was settled."""
        nameless = [one for one in self.payments if one.reference is None]
        return tuple(nameless[len(nameless) - self.added_since :])

    def _counts(self, payment: Payment, *, submitted: bool) -> bool:
        """Tell whether a payment is money: one had come of which some of a settled bill's went."""
        went = self.settled and payment.reference in self.refunded
        return payment.cleared or ((submitted or went) and not self.is_failed(payment))

    def _lost(self, payment: Payment) -> Money:
        """Return how much of a payment went back since the bill was settled."""
        if payment.reference is None or payment.reference not in self.refunded_since:
            return Money(0, payment.amount.currency)
        before = self.refunded_since[payment.reference]
        back = self.returned(payment)
        return back if before is None else back - min(before, back)

    @property
    def stays_settled(self) -> bool:
        """Whether somebody called it paid in full, and no money that was needed went back since."""
        if not self.settled:
            return False
        paid, due = self.paid(), self.due
        if paid is not None and due is not None:
            return paid >= due
        standing = (one for one in self.payments if not self.is_failed(one))
        return not any(self._lost(one) for one in standing)

    @property
    def is_covered(self) -> bool:
        """Whether payments that are under way cover the whole rest (R-8)."""
        if self.total is None or all(one.cleared for one in self.payments):
            return False
        due, sure, likely = self.due, self.paid(), self.paid(submitted=True)
        return due is not None and sure is not None and likely is not None and sure < due <= likely

    @property
    def surplus(self) -> Money | None:
        """How much more came in, or is on its way, than is to be paid; None where none is known."""
        due, likely = self.due, self.paid(submitted=True)
        return None if due is None or likely is None or likely <= due else likely - due

    def is_failed(self, payment: Payment) -> bool:
        """Tell whether a payment failed, and has not cleared since."""
        return not payment.cleared and payment.reference in self.failed

    def returned(self, payment: Payment) -> Money:
        """Return how much of a payment went back: at most all of it."""
        if payment.reference is None or payment.reference not in self.refunded:
            return Money(0, payment.amount.currency)
        part = self.refunded[payment.reference]
        return payment.amount if part is None or part > payment.amount else part
