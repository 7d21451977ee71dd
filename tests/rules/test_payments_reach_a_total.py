"""Payments: in part or in full, cleared or under way, failed, and what they come to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    BankPayments,
    CreateInvoice,
    DefinitionError,
    FactRecorded,
    InvoicePaid,
    InvoiceState,
    ItemKind,
    ItemState,
    Money,
    NotAllowedError,
    NotFoundError,
    Payment,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    Settings,
    Stage,
    rules,
)
from tests.rules.states import (
    DONE,
    FEE,
    MIA,
    NOON,
    after,
    begun,
    book_of,
    events,
    item_of,
    recorded,
    state_of,
    told,
    usd,
)

BILL = (Stage("Intake", [CreateInvoice(FEE)], automove=True), DONE)
PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED


def billed(**settings: Any) -> rules.State:
    """Start a job that waits for a hundred dollars."""
    return begun(book=book_of(*BILL, settings=Settings(**settings)))


def bill(state: rules.State) -> InvoiceState:
    """Return how far the invoice is paid."""
    progress = state.job.items[0].progress
    assert isinstance(progress, InvoiceState)
    return progress


@given(st.lists(st.integers(1, 9000), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_payments_in_any_order_come_to_the_same_total(cents: list[int], chance: Any) -> None:
    """And the invoice is paid exactly where they reach its total (domain.md 2.3)."""
    facts = [
        PaymentReceived(Money(f"{n // 100}.{n % 100:02}", "USD"), reference=f"p-{place}")
        for place, n in enumerate(cents)
    ]
    shuffled = [*facts, *facts]  # each comes twice, as webhooks do
    chance.shuffle(shuffled)

    one, other = recorded(billed(), "Fee", *facts), recorded(billed(), "Fee", *shuffled)

    assert bill(one).paid() == bill(other).paid()
    assert one.job.stage == other.job.stage == ("done" if sum(cents) >= 10_000 else "intake")


@pytest.mark.parametrize(
    ("policy", "stage"), [(BankPayments.CLEARED, "intake"), (BankPayments.SUBMITTED, "done")]
)
def test_a_bank_debit_counts_when_the_firm_says_so(policy: BankPayments, stage: str) -> None:
    """When it clears, or as soon as it is submitted."""
    debit = PaymentReceived(usd("100"), cleared=False, reference="ach-1")

    submitted = recorded(billed(bank_payments=policy), "Fee", debit)

    assert submitted.job.stage == stage
    assert recorded(submitted, "Fee", PaymentCleared("ach-1")).job.stage == "done"


def test_a_known_reference_is_a_repeat_or_says_that_the_payment_cleared() -> None:
    """Of another amount it is a mistake; clearing comes once."""
    debit = PaymentReceived(usd("100"), cleared=False, reference="p-1")
    state = recorded(billed(), "Fee", PaymentReceived(usd("1"), reference="p-0"), debit)

    with pytest.raises(NotAllowedError, match=r"payment 'p-1' is known with 100\.00 USD, not 71"):
        told(state, "Fee", PaymentReceived(usd("71"), reference="p-1"))
    cleared = recorded(state, "Fee", PaymentReceived(usd("100"), reference="p-1"))

    assert told(state, "Fee", debit).changed is False
    assert cleared.job.stage == "done"
    assert told(cleared, "Fee", PaymentCleared("p-1")).changed is False


def test_a_debit_that_fails_later_opens_the_invoice_again() -> None:
    """The job that moved on stays where it is (A-51)."""
    debit = PaymentReceived(usd("100"), reference="ach-1")
    paid = recorded(billed(), "Fee", debit)

    failed = recorded(paid, "Fee", PaymentFailed("ach-1"))

    assert (paid.job.stage, failed.job.stage) == ("done", "done")
    assert failed.job.items[0].state is PENDING
    assert bill(failed) == InvoiceState(usd("100.00"), (), ("ach-1",))
    for again in (debit, PaymentFailed("ach-1")):  # webhooks come late, and in any order
        assert told(failed, "Fee", again).changed is False


def test_a_debit_that_fails_beside_a_full_payment_leaves_the_invoice_paid() -> None:
    """Only where its money was needed does the invoice wait again (A-51)."""
    debit = PaymentReceived(usd("10"), cleared=False, reference="ach-1")
    paid = recorded(billed(), "Fee", debit, PaymentReceived(usd("100"), reference="card"))

    decision = told(paid, "Fee", PaymentFailed("ach-1"))

    assert decision.job.items[0].state is COMPLETED
    assert [event.note for event in events(decision, FactRecorded)] == ["ach-1"]


@pytest.mark.parametrize("fact", [PaymentCleared("nope"), PaymentFailed("nope")])
def test_a_payment_that_nobody_made_neither_clears_nor_fails(fact: Any) -> None:
    """The error names those that there are."""
    state = recorded(
        billed(), "Fee", PaymentReceived(usd("1"), reference="p-1"), PaymentReceived(usd("1"))
    )

    with pytest.raises(NotFoundError, match=r"no payment 'nope'.*p-1"):
        told(state, "Fee", fact)


def test_paying_the_rest_counts_what_was_under_way() -> None:
    """`InvoicePaid` says that it is paid in full, however that came about."""
    debit = PaymentReceived(usd("40"), cleared=False, reference="ach-1")

    part = recorded(billed(), "Fee", debit, InvoicePaid())
    whole = recorded(
        billed(), "Fee", PaymentReceived(usd("99")), PaymentReceived(usd("9")), InvoicePaid()
    )
    all_under_way = recorded(
        billed(),
        "Fee",
        PaymentReceived(usd("100"), cleared=False, reference="ach-1"),
        InvoicePaid(),
    )

    assert bill(part).payments == (Payment(usd("40"), True, "ach-1"), Payment(usd("60.00")))
    assert bill(all_under_way).payments == (Payment(usd("100"), True, "ach-1"),)
    assert len(bill(whole).payments) == 2
    assert told(part, "Fee", InvoicePaid()).changed is False


def test_money_of_another_currency_is_refused() -> None:
    """Of the invoice's, or, where no total is known, of the first payment's."""
    untold = state_of(
        Stage("Intake"), items=[item_of("Bill", ItemKind.INVOICE, progress=InvoiceState(None))]
    )
    euros = PaymentReceived(Money("1", "EUR"))

    with pytest.raises(DefinitionError, match="'Fee' is billed in USD"):
        told(billed(), "Fee", euros)
    in_euros = recorded(untold, "Bill", euros)
    with pytest.raises(DefinitionError, match="'Bill' is billed in EUR"):
        told(in_euros, "Bill", PaymentReceived(usd("1")))


def test_an_invoice_whose_total_nobody_knows_is_completed_by_invoice_paid_alone() -> None:
    """Payments are kept; how much is missing nobody said."""
    for progress in (None, InvoiceState(None)):
        bare = state_of(
            Stage("Intake"), items=[item_of("Bill", ItemKind.INVOICE, progress=progress)]
        )
        part = recorded(bare, "Bill", PaymentReceived(usd("1000")))

        assert part.job.items[0].state is PENDING
        assert recorded(part, "Bill", InvoicePaid()).job.items[0].state is COMPLETED


@pytest.mark.parametrize(("total", "state"), [("30", COMPLETED), ("31", PENDING)])
def test_a_total_that_becomes_known_later_is_taken_over(total: str, state: ItemState) -> None:
    """What was paid before may reach it; one that was known before stays (A-8)."""
    bare = state_of(
        Stage("Intake"), items=[item_of("Bill", ItemKind.INVOICE, progress=InvoiceState(None))]
    )
    part = recorded(bare, "Bill", PaymentReceived(usd("30")))

    adopted = after(part, rules.adopt_total(part, "job-1/1", usd(total), NOON, MIA))
    again = rules.adopt_total(adopted, "job-1/1", usd("1"), NOON, MIA)

    assert (adopted.job.items[0].state, bill(adopted).total) == (state, usd(total))
    assert again.changed is False


def test_a_thing_that_is_no_bill_takes_no_total_over() -> None:
    """A document to sign may share its reference with an invoice."""
    form = state_of(Stage("Intake"), items=[item_of("Form", ItemKind.APPROVAL)])

    assert rules.adopt_total(form, "job-1/1", usd("1"), NOON, MIA).changed is False
