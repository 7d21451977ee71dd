"""A receipt that says what a bill comes to refuses no undo, whatever was paid before (R-26)."""

from __future__ import annotations

import pytest

from pipeflow import (
    Account,
    CreateInvoice,
    CreditIssued,
    InvoiceTemplate,
    Job,
    LineItem,
    NotAllowedError,
    PaymentReceived,
    Pipeline,
    Receipt,
    Stage,
)
from pipeflow.testing import World
from tests.scenarios.test_promises_in_pairs import usd

FEE = InvoiceTemplate("Fee", lines=[LineItem("x", rate=usd("50.00"))])


class Billing:
    """A firm whose host bills by itself, with a job that was moved before its bill is known."""

    def __init__(self, *paid: str) -> None:
        self.world = World(deliver=False)
        self.engine = self.world.engine
        self.engine.save(FEE)
        self.engine.save(Pipeline("Tax", [Stage("Bill", [CreateInvoice(FEE)]), Stage("Done")]))
        self.job = self.engine.start("tax", self.engine.save(Account("Ada")))
        (self.request,) = self.engine.pending()
        for amount in paid:
            self.pay(amount)

    def pay(self, amount: str) -> None:
        """Let money come."""
        fact = PaymentReceived(usd(amount), reference=f"of {amount}")
        self.engine.record(self.job.item("Fee"), fact)

    def move(self) -> None:
        """Move the job on."""
        self.engine.move(self.job, "done")

    def bill(self, total: str) -> None:
        """Let the host say what its bill comes to."""
        self.engine.delivered(self.request.key, Receipt(ref="i-1", total=usd(total)))

    def undo(self) -> Job:
        """Take the job back."""
        return self.engine.undo(self.job).job


@pytest.mark.parametrize(
    ("paid", "total"), [("50.00", "60.00"), ("40.00", "40.00"), ("40.00", "45.00")]
)
def test_a_move_is_undone_after_a_bill_of_which_was_paid_says_its_total(
    paid: str, total: str
) -> None:
    """It opens the bill again, completes it, or leaves it as it was."""
    firm = Billing(paid)
    firm.move()
    firm.bill(total)

    assert firm.undo().stage == "bill"


def test_a_move_is_undone_after_a_bill_that_was_let_go_of_says_its_total() -> None:
    """It is not paid any more, which nobody waits for, and nobody did anything."""
    firm = Billing("50.00")
    firm.engine.unlink(firm.job, "Fee")
    firm.move()
    firm.bill("60.00")

    assert firm.undo().stage == "bill"


def test_a_move_is_undone_after_a_bill_says_that_credit_notes_leave_nothing_to_pay() -> None:
    """Nobody waits for it any more, and nobody did anything."""
    firm = Billing()
    firm.engine.record(firm.job.item("Fee"), CreditIssued(usd("40.00"), "note-1"))
    firm.move()
    firm.bill("40.00")

    assert firm.undo().stage == "bill"


def test_a_move_is_undone_after_a_bill_that_locks_a_document_says_its_total() -> None:
    """The document is locked again with it, and set free."""
    firm = Billing("50.00")
    firm.engine.link(firm.job, "d-1", "locked_document", "Return", locked_by=["Fee"])
    firm.move()
    firm.bill("60.00")

    assert firm.undo().stage == "bill"


def test_a_move_is_undone_after_a_receipt_that_says_that_what_locks_a_document_is_paid() -> None:
    """The document is set free by that alone."""
    firm = Billing()
    firm.engine.link(firm.job, "d-1", "locked_document", "Return", locked_by=["Fee"])
    firm.move()
    firm.engine.delivered(firm.request.key, Receipt(ref="i-1", completed=True))

    assert firm.undo().stage == "bill"


def test_money_that_comes_after_a_move_refuses_its_undo() -> None:
    """Also at the instant of the receipt: somebody has paid since."""
    firm = Billing("40.00")
    firm.move()
    firm.bill("60.00")
    firm.pay("20.00")

    with pytest.raises(NotAllowedError, match="completed 'Fee'"):
        firm.undo()
