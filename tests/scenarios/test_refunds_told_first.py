"""A refund is told before the payment of which it is a part (R-1)."""

from itertools import permutations

import pytest

from pipeflow import (
    CreateInvoice,
    Fact,
    ItemState,
    PaymentCleared,
    PaymentReceived,
    PaymentRefunded,
    Stage,
)
from tests.firms import DAILY, DONE, FEE, begun, now, usd

SIXTY = PaymentReceived(usd("60"), reference="p-1")
HUNDRED = PaymentReceived(usd("100"), reference="p-2")
DEBIT = PaymentReceived(usd("100"), cleared=False, reference="p-2")
HALF_BACK = PaymentRefunded("p-2", usd("50"))


@pytest.mark.parametrize(
    "told", [*permutations([SIXTY, HUNDRED, HALF_BACK]), *permutations([SIXTY, HALF_BACK, DEBIT])]
)
def test_r_1_a_bill_is_paid_by_what_is_left_in_whatever_order_that_was_told(
    told: tuple[Fact, ...],
) -> None:
    """Sixty, and the half of a hundred, are more than its total, and nobody is reminded of it."""
    world, job = begun(Stage("Billing", [CreateInvoice(FEE, reminders=DAILY)], automove=True), DONE)
    bill = now(world, job).items[0].id
    for fact in (*told, PaymentCleared("p-2")):
        world.engine.record(bill, fact)

    assert now(world, job).items[0].state is ItemState.COMPLETED
    assert now(world, job).stage == "done"
    world.advance(days=5)
    assert world.email.sent == []
