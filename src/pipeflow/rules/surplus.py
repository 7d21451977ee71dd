"""Surplus: money that hardly can be as it was told, of which history warns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from ..model.bills import InvoiceState
from ..model.money import Money
from .draft import Draft

__all__ = ["warn_of_money"]


def warn_of_money(draft: Draft, place: int, before: InvoiceState) -> None:
    """Warn where more came in than is to be paid, or more of a payment went back than had come.

    It counts as it was told all the same (R-1).

    Args:
        draft: The job.
        place: Where the bill stands.
        before: What was known of its money before.
    """
    item = draft.items[place]
    bill, name = cast("InvoiceState", item.progress), item.name
    more, known = bill.surplus, before.surplus
    credited = bill.credits != before.credits  # after which money has to go back
    if more is not None and not credited and (known is None or more > known):
        draft.warn(f"{name!r}: {more} more came in than is to be paid")
    told = {*_too_much_back(before)}
    for reference, back, came in _too_much_back(bill):
        if (reference, back, came) not in told:
            draft.warn(f"{name!r}: {back} of payment {reference!r} went back, and {came} came")


def _too_much_back(bill: InvoiceState) -> Iterator[tuple[str, Money, Money]]:
    """Yield the payments of which more went back than had come, with both."""
    for paid in bill.payments:
        back = bill.refunded.get(paid.reference or "")
        if back is not None and back > paid.amount:
            yield str(paid.reference), back, paid.amount
