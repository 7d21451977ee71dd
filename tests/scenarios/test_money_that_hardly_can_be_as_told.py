"""Money of which more came than was to be paid, or more went back than had come: it is told."""

from __future__ import annotations

import pytest

from pipeflow import (
    CreateInvoice,
    CreditIssued,
    Fact,
    ItemState,
    Job,
    Money,
    NotAllowedError,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    ProposalSigned,
    ProposalTemplate,
    SendProposal,
    Stage,
    Warned,
)
from pipeflow.testing import World
from tests.firms import DONE, FEE, begun, events, now

BILLING = Stage("Billing", [CreateInvoice(FEE)], automove=True)  # 100 USD


def usd(amount: str) -> Money:
    """Return so many dollars."""
    return Money(amount, "USD")


def billed(*facts: Fact) -> tuple[World, Job]:
    """Return a job whose bill has heard these facts."""
    world, job = begun(BILLING, DONE)
    for fact in facts:
        world.engine.record(job.item("Fee"), fact)
    return world, job


def warned(world: World, job: Job) -> list[str]:
    """Return what history warns of."""
    return [event.text for event in events(world, job, Warned)]


def test_more_than_the_bill_comes_to_is_told_with_its_sum() -> None:
    """As it may belong to another bill, or has to go back; the job moves on all the same."""
    world, job = billed(PaymentReceived(usd("250"), reference="p"))

    assert warned(world, job) == ["'Fee': 150.00 USD more came in than is to be paid"]
    assert "completed 'Fee' (payment received, 250.00 USD)" in str(world.engine.history(job))
    assert now(world, job).stage == "done"


def test_each_payment_that_is_too_much_is_told_and_a_repeat_of_it_is_not() -> None:
    """A debit that is under way counts, and what failed does not."""
    again = PaymentReceived(usd("30"), cleared=False, reference="b")
    world, job = billed(PaymentReceived(usd("100"), reference="a"), again, again)
    world.engine.record(job.item("Fee"), PaymentFailed("b"))
    world.engine.record(job.item("Fee"), PaymentReceived(usd("20"), reference="c"))

    assert warned(world, job) == [
        "'Fee': 30.00 USD more came in than is to be paid",
        "'Fee': 20.00 USD more came in than is to be paid",
    ]


def test_a_credit_note_on_a_paid_bill_is_no_doubt() -> None:
    """Money goes back after it, as everybody knows; and the bill stays paid."""
    world, job = billed(
        PaymentReceived(usd("100"), reference="a"),
        CreditIssued(usd("30"), "credit-1"),
        PaymentRefunded("a", usd("30")),
    )

    assert warned(world, job) == []
    assert now(world, job).item("Fee").state is ItemState.COMPLETED


def test_more_that_went_back_than_had_come_is_told_in_either_order() -> None:
    """R-1: a slip of the pen, most likely; at most what came is taken off."""
    came, back = PaymentReceived(usd("100"), reference="a"), PaymentRefunded("a", usd("900"))
    expected = ["'Fee': 900.00 USD of payment 'a' went back, and 100.00 USD came"]

    for facts in ((came, back, back), (back, came, came)):
        assert warned(*billed(*facts)) == expected


def test_the_whole_that_went_back_is_no_doubt_nor_is_money_without_a_reference() -> None:
    """Nobody said a sum."""
    world, job = billed(
        PaymentReceived(usd("40")), PaymentReceived(usd("60"), reference="a"), PaymentRefunded("a")
    )

    assert warned(world, job) == []


def test_a_22_the_warning_names_the_bill_that_there_is_not() -> None:
    """Whoever restores the job reads what to make by hand."""
    letter = ProposalTemplate("Terms of 2026", invoice_on_acceptance=FEE)
    world, job = begun(Stage("Sign", [SendProposal(letter)]), DONE, more=[letter])
    world.engine.archive(job)

    world.engine.record(job.item("Terms of 2026"), ProposalSigned())

    (told,) = warned(world, job)
    assert told.endswith("nothing followed from it, and there is no invoice 'Fee'")


def test_a_start_that_was_a_mistake_is_told_how_it_ends() -> None:
    """`undo` takes moves back, and a start is none."""
    world, job = billed()

    with pytest.raises(NotAllowedError, match="started by mistake, archive it"):
        world.engine.undo(job)
