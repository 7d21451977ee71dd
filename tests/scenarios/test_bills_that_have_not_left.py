"""A letter's bill that has not left when its job goes comes once, and not if it is paid (A-8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeflow import (
    Cancelled,
    CreditIssued,
    Fact,
    InvoicePaid,
    Item,
    NotAllowedError,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    ProposalSigned,
    Settings,
)
from pipeflow.ports import Changes, Rejected, Request
from tests.scenarios.test_bills_in_a_hosts_hands import LETTER_1, Slow, firm
from tests.scenarios.test_promises_in_pairs import usd

__all__ = ["firm"]  # the fixture

CREDIT = CreditIssued(usd("50.00"), "note-1")
PAID, REFUND = PaymentReceived(usd("50.00"), reference="p"), PaymentRefunded("p")
DEBIT = PaymentReceived(usd("50.00"), cleared=False, reference="d")


def taken_up(firm: Slow, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Let a worker take up what is asked for, between the next command's look and its commit."""
    commit, taken = firm.world.store.commit, list[Request]()

    def late(changes: Changes, /) -> bool:
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as worker:
            taken.append(worker.submit(firm.take).result())
        return commit(changes)

    monkeypatch.setattr(firm.world.store, "commit", late)
    return taken


@pytest.mark.parametrize("first", ["never asked for", "asked for in vain"])
def test_a_bill_that_is_taken_up_while_its_job_is_deleted_lets_no_other_one_come(
    firm: Slow, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """A worker brings it to its port between the look and the commit of whoever deletes."""
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.engine.archive(firm.job)
    if first == "asked for in vain":
        bill = firm.take()
        firm.engine.failed(bill.key, ConnectionError("down"))
        firm.world.clock.advance(minutes=1)
    taken = taken_up(firm, monkeypatch)

    firm.engine.delete(firm.job)
    firm.answer(taken[0])
    firm.deliver()

    assert firm.billed == [firm.job.id]


def test_a_bill_that_went_with_its_job_comes_once_though_that_had_its_letter_twice(
    firm: Slow,
) -> None:
    """It had sent the letter, and somebody linked it there by hand."""
    firm.deliver()
    firm.follow(firm.job)
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    firm.deliver()

    assert firm.billed == [firm.other.id]


def test_a_bill_that_was_given_up_comes_where_its_letter_is_once_its_job_is_deleted(
    firm: Slow,
) -> None:
    """Its port may take it there."""
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.engine.failed(firm.take().key, Rejected("no such client"))
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    firm.deliver()

    assert firm.billed == [firm.other.id]


def test_a_job_is_not_deleted_where_a_port_just_took_up_to_take_its_bill_back(
    firm: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter owes the next bill, which came nowhere any more."""
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.sign_anew()
    firm.engine.archive(firm.job)
    taken = taken_up(firm, monkeypatch)

    with pytest.raises(NotAllowedError, match="the port has in hand to take 'Deposit'"):
        firm.engine.delete(firm.job)
    firm.answer(taken[0])
    firm.engine.delete(firm.job)
    firm.deliver()

    assert firm.billed == [firm.other.id]


@pytest.mark.parametrize(
    ("facts", "comes"),
    [
        ([], True),
        ([PAID], False),
        ([InvoicePaid()], False),
        ([PaymentReceived(usd("20.00"), reference="p")], True),
        ([PAID, REFUND], True),
        ([CREDIT], False),
    ],
)
def test_a_bill_that_was_paid_before_it_left_is_not_asked_for_again(
    firm: Slow, facts: list[Fact], *, comes: bool
) -> None:
    """Its job is deleted, and the client has paid it by then."""
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    for fact in facts:
        firm.engine.record(firm.engine.job(firm.job.id).item("Deposit"), fact)
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    firm.deliver()

    assert firm.billed == ([firm.other.id] if comes else [])


def billed_and_left(firm: Slow, way: str) -> Item:
    """Let the letter be signed, and the job go on without the bill, which has not left yet."""
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    bill = firm.engine.job(firm.job.id).item("Deposit")
    if way == "left behind":
        firm.engine.move(firm.job, "Done", open="cancel")
    else:
        firm.engine.unlink(firm.job, bill)
    return bill


@pytest.mark.parametrize("way", ["left behind", "let go of"])
@pytest.mark.parametrize(
    ("fact", "counted", "bills"),
    [
        (None, "cleared", 1),
        (PAID, "cleared", 0),
        (InvoicePaid(), "cleared", 0),
        (DEBIT, "cleared", 1),
        (DEBIT, "submitted", 0),
        (Cancelled("void"), "cleared", 1),
    ],
)
def test_a_bill_that_never_left_and_is_paid_all_the_same_lets_no_other_one_come(
    firm: Slow, way: str, fact: Fact | None, counted: str, bills: int
) -> None:
    """The letter is accepted anew, of which the client has paid the bill by hand."""
    firm.engine.save(Settings(bank_payments=counted))
    bill = billed_and_left(firm, way)
    if fact is not None:
        firm.engine.record(bill, fact)
    firm.sign_anew()
    firm.deliver()

    assert len(firm.billed) == bills


BUT = "its invoice comes only where the money goes back that was paid for that of before"


@pytest.mark.parametrize("way", ["left behind", "let go of"])
@pytest.mark.parametrize("first", ["accepted anew", "money back"])
@pytest.mark.parametrize(
    ("counted", "pay", "back"),
    [
        ("cleared", PAID, REFUND),
        ("cleared", PAID, PaymentRefunded("p", usd("10.00"))),
        ("submitted", DEBIT, PaymentFailed("d")),
    ],
    ids=["refunded", "refunded in part", "bounced"],
)
def test_a_bill_that_never_left_comes_where_its_money_goes_back(
    firm: Slow, way: str, first: str, counted: str, pay: Fact, back: Fact
) -> None:
    """It does so before the letter is accepted anew, or after it."""
    firm.engine.save(Settings(bank_payments=counted))
    bill = billed_and_left(firm, way)
    firm.engine.record(bill, pay)
    if first == "money back":
        firm.engine.record(bill, back)
    firm.sign_anew()
    if first == "accepted anew":
        assert firm.engine.pending() == ()
        assert BUT in str(firm.engine.explain(firm.job))
        firm.engine.record(bill, back)
    firm.deliver()

    assert firm.billed == [firm.job.id]
    assert BUT not in str(firm.engine.explain(firm.job))
