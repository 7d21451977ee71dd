"""A bank debit that has to clear bears a reference, by which it does."""

import pytest

from pipeflow import (
    CreateInvoice,
    DefinitionError,
    PaymentReceived,
    Settings,
    Stage,
)
from tests.firms import DAILY, DONE, FEE, begun, now, usd

BILL = Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)], automove=True)
DEBIT = PaymentReceived(usd("100"), cleared=False)


def test_a_debit_that_nobody_could_ever_clear_is_refused() -> None:
    """It would silence the reminders of its invoice for good."""
    world, job = begun(BILL, DONE)

    with pytest.raises(DefinitionError) as refused:
        world.engine.record(job.item("Fee"), DEBIT)

    assert str(refused.value) == (
        "$.reference: a debit needs one, by which `PaymentCleared` and `PaymentFailed` tell what "
        "came of it (given: None) Allowed: reference='debit-1'."
    )
    assert now(world, job) == job
    world.advance(days=1)
    assert len(world.email.sent) == 1


def test_a_debit_that_counts_at_once_needs_no_reference() -> None:
    """The firm takes it for money."""
    world, job = begun(BILL, DONE, settings=Settings(bank_payments="submitted"))

    assert world.engine.record(job.item("Fee"), DEBIT).stage == "done"


def test_money_that_is_there_needs_no_reference() -> None:
    """Each such payment counts, as a cheque does."""
    world, job = begun(BILL, DONE)
    fee = job.item("Fee")

    world.engine.record(fee, PaymentReceived(usd("50")))

    assert world.engine.record(fee, PaymentReceived(usd("50"))).stage == "done"
