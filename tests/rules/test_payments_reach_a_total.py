"""Payments: in part or in full, cleared or under way, failed, and what they come to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    BankPayments,
    CreateInvoice,
    CreditIssued,
    DefinitionError,
    FactRecorded,
    InvoicePaid,
    InvoiceState,
    ItemKind,
    ItemState,
    Money,
    NotAllowedError,
    Payment,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    Settings,
    Stage,
    rules,
)
from pipeflow.model.record import replaced
from tests.rules.states import (
    DAILY,
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
    reminded,
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


def test_money_that_comes_opens_no_bill_that_was_paid_by_an_earlier_choice() -> None:
    """The firm counts debits when they clear by now; what was done by them before stays done."""
    debit = PaymentReceived(usd("100"), cleared=False, reference="ach-1")
    paid = recorded(billed(bank_payments=BankPayments.SUBMITTED), "Fee", debit)

    more = recorded(replaced(paid, book=book_of(*BILL)), "Fee", PaymentReceived(usd("5")))

    assert more.job.items[0].state is COMPLETED


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
    debit = PaymentReceived(usd("100"), cleared=False, reference="ach-1")
    paid = recorded(billed(bank_payments="submitted"), "Fee", debit)

    failed = recorded(paid, "Fee", PaymentFailed("ach-1"))

    assert (paid.job.stage, failed.job.stage) == ("done", "done")
    assert failed.job.items[0].state is PENDING
    assert bill(failed).paid(submitted=True) == usd("0")
    for again in (debit, PaymentFailed("ach-1")):  # webhooks come late, and in any order
        assert told(failed, "Fee", again).changed is False


def test_a_debit_that_fails_beside_a_full_payment_leaves_the_invoice_paid() -> None:
    """Only where its money was needed does the invoice wait again (A-51)."""
    debit = PaymentReceived(usd("10"), cleared=False, reference="ach-1")
    paid = recorded(billed(), "Fee", debit, PaymentReceived(usd("100"), reference="card"))

    decision = told(paid, "Fee", PaymentFailed("ach-1"))

    assert decision.job.items[0].state is COMPLETED
    assert [event.note for event in events(decision, FactRecorded)] == ["ach-1"]


@pytest.mark.parametrize(
    "fact", [PaymentCleared("p-9"), PaymentFailed("p-9"), PaymentRefunded("p-9")]
)
def test_what_happens_to_a_payment_of_an_unknown_reference_is_kept_and_told(fact: Any) -> None:
    """A webhook that were answered by an error would come again for days (R-1)."""
    state = recorded(billed(), "Fee", PaymentReceived(usd("1"), reference="p-1"))

    decision = told(state, "Fee", fact)

    (noted,) = events(decision, FactRecorded)
    assert (noted.fact, noted.note.startswith("p-9")) == (fact, True)
    assert bill(after(state, decision)) != bill(state)
    assert told(after(state, decision), "Fee", fact).changed is False


DEBIT = PaymentReceived(usd("60"), cleared=False, reference="p-1")
ABOUT_ONE = [
    DEBIT,
    replaced(DEBIT, cleared=True),
    PaymentCleared("p-1"),
    PaymentFailed("p-1"),
    PaymentRefunded("p-1", usd("20")),
    PaymentRefunded("p-1", usd("70")),
    PaymentRefunded("p-1"),
]
TOTAL = PaymentReceived(usd("40"), reference="p-2")
MORE = [PaymentReceived(usd("130"), reference="p-3"), PaymentRefunded("p-3", usd("30"))]


SAID = [fact for fact in ABOUT_ONE if not isinstance(fact, PaymentRefunded)]


@given(
    st.lists(st.sampled_from([*ABOUT_ONE, TOTAL, *MORE]), max_size=7)
    | st.lists(st.sampled_from([*SAID, TOTAL, InvoicePaid()]), max_size=7),
    st.randoms(use_true_random=False),
    st.sampled_from(BankPayments),
)
def test_facts_about_payments_come_in_any_order_late_and_twice(
    facts: list[Any], chance: Any, policy: BankPayments
) -> None:
    """What came in is reckoned from what is known, by reference (R-1)."""
    shuffled = [*facts, *facts]
    chance.shuffle(shuffled)

    one = recorded(billed(bank_payments=policy), "Fee", *facts)
    other = recorded(billed(bank_payments=policy), "Fee", *shuffled)

    for submitted in (False, True):
        assert bill(one).paid(submitted=submitted) == bill(other).paid(submitted=submitted)
    assert bill(one).is_covered is bill(other).is_covered
    paid = bill(one).paid(submitted=policy is BankPayments.SUBMITTED)
    assert (one.job.items[0].state is COMPLETED) is (paid is not None and paid >= usd("100"))
    assert one.job.items[0].state is other.job.items[0].state


@pytest.mark.parametrize(
    ("facts", "paid"),
    [
        ([DEBIT], "0"),
        ([DEBIT, PaymentCleared("p-1")], "60"),
        ([DEBIT, PaymentFailed("p-1")], "0"),
        ([PaymentFailed("p-1"), DEBIT], "0"),
        ([DEBIT, PaymentFailed("p-1"), PaymentCleared("p-1")], "60"),
        ([PaymentFailed("p-1"), replaced(DEBIT, cleared=True)], "60"),
        ([replaced(DEBIT, cleared=True), PaymentFailed("p-1")], "60"),
        ([PaymentCleared("p-1"), DEBIT], "60"),
        ([DEBIT, PaymentCleared("p-1"), PaymentRefunded("p-1", usd("20"))], "40"),
        ([PaymentRefunded("p-1"), DEBIT, PaymentCleared("p-1")], "0"),
        ([DEBIT, PaymentCleared("p-1"), PaymentRefunded("p-1", usd("70"))], "0"),
        ([TOTAL, InvoicePaid()], "100"),
        ([TOTAL, InvoicePaid(), PaymentRefunded("p-2")], "60"),
        ([DEBIT, InvoicePaid(), PaymentFailed("p-1")], "100"),
        ([TOTAL, DEBIT, InvoicePaid(), PaymentRefunded("p-1")], "40"),
        ([TOTAL, PaymentRefunded("p-2", usd("10")), InvoicePaid()], "100"),
        ([TOTAL, PaymentRefunded("p-2", usd("10")), InvoicePaid(), PaymentRefunded("p-2")], "70"),
        ([TOTAL, InvoicePaid(), PaymentRefunded("p-2"), InvoicePaid()], "100"),
        ([InvoicePaid(), TOTAL, PaymentRefunded("p-2")], "60"),
        ([InvoicePaid(), PaymentRefunded("p-2"), TOTAL], "60"),
        ([PaymentRefunded("p-2"), TOTAL, InvoicePaid()], "100"),
        ([TOTAL, InvoicePaid(), PaymentRefunded("p-2"), replaced(TOTAL, reference="p-3")], "60"),
        ([TOTAL, replaced(TOTAL, reference="p-3"), InvoicePaid(), PaymentRefunded("p-2")], "60"),
        ([TOTAL, InvoicePaid(), PaymentRefunded("p-2"), DEBIT], "60"),
        (
            [
                PaymentReceived(usd("120"), reference="p-3"),
                InvoicePaid(),
                PaymentRefunded("p-3", usd("20")),
            ],
            "100",
        ),
        ([DEBIT, PaymentFailed("p-1"), InvoicePaid(), PaymentRefunded("p-1")], "100"),
        ([DEBIT, PaymentFailed("p-1"), TOTAL, InvoicePaid(), PaymentRefunded("p-2")], "60"),
    ],
)
def test_what_an_invoice_has_received(facts: list[Any], paid: str) -> None:
    """A success after a failure counts; what has cleared is taken away by a refund only (R-2)."""
    assert bill(recorded(billed(), "Fee", *facts)).paid() == usd(paid)


def test_money_of_which_part_went_back_pays_a_bill_in_either_order() -> None:
    """What stays of it is enough, whether the payment or the refund is told first (R-1)."""
    money, back = PaymentReceived(usd("150"), reference="p-1"), PaymentRefunded("p-1", usd("50"))

    for facts in ([money, back], [back, money]):
        paid = recorded(billed(), "Fee", *facts)
        assert (paid.job.items[0].state, bill(paid).paid()) == (COMPLETED, usd("100"))


def test_a_payment_of_which_money_went_back_opens_a_bill_that_needed_it() -> None:
    """It was called paid, by means of which nobody knew that they had gone back."""
    settled = recorded(billed(), "Fee", InvoicePaid(), PaymentRefunded("p-1"))

    assert settled.job.items[0].state is COMPLETED
    opened = recorded(settled, "Fee", PaymentReceived(usd("100"), reference="p-1"))
    assert opened.job.items[0].state is PENDING


def test_what_has_cleared_early_is_kept_until_its_money_is_known() -> None:
    """Each by its reference."""
    early = recorded(billed(), "Fee", PaymentCleared("p-1"), PaymentCleared("p-2"))

    known = recorded(early, "Fee", DEBIT)

    assert (bill(early).cleared, bill(known).cleared) == (("p-1", "p-2"), ("p-2",))
    assert bill(known).payments == (Payment(usd("60"), True, "p-1"),)


def test_history_says_what_became_of_money_that_comes() -> None:
    """That it failed before, or that some of it went back."""
    for before, note in (
        ([], "60.00 USD"),
        ([PaymentFailed("other")], "60.00 USD"),
        ([PaymentFailed("p-1")], "60.00 USD, of a payment that failed"),
        ([PaymentRefunded("p-1")], "60.00 USD, of which money went back"),
    ):
        decision = told(recorded(billed(), "Fee", *before), "Fee", DEBIT)
        assert [event.note for event in events(decision, FactRecorded)] == [note]
    cleared = told(
        recorded(billed(), "Fee", PaymentFailed("p-1")), "Fee", replaced(DEBIT, cleared=True)
    )
    assert [event.note for event in events(cleared, FactRecorded)] == ["60.00 USD"]


def test_a_reminder_under_way_is_taken_back_where_payments_cover_the_rest() -> None:
    """A part of it takes nothing back (R-8)."""
    state = begun(Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)], automove=True), DONE)
    under_way = after(state, reminded(state, "Fee"))
    rest = PaymentReceived(usd("40"), cleared=False, reference="p-2")

    part = told(under_way, "Fee", DEBIT)
    whole = told(after(under_way, part), "Fee", rest)

    assert (part.withdraws, whole.withdraws) == ((), ("firm/job-1/1/reminder/1/email",))
    cash = told(after(under_way, part), "Fee", PaymentReceived(usd("40"), reference="p-3"))
    assert cash.withdraws == whole.withdraws  # with the debit it covers the rest


def test_a_debit_that_failed_is_no_part_of_what_settled_a_bill() -> None:
    """However much it was; what settled it is the rest, and only as much as there was (R-2)."""
    debit = PaymentReceived(usd("90"), cleared=False, reference="p-1")
    failed = recorded(billed(), "Fee", debit, PaymentFailed("p-1"))
    whole = recorded(billed(), "Fee", TOTAL, replaced(DEBIT, cleared=True), InvoicePaid())

    rest = recorded(failed, "Fee", TOTAL, InvoicePaid(), PaymentRefunded("p-2"))
    none = recorded(whole, "Fee", PaymentRefunded("p-2"))

    assert bill(rest).paid() == usd("60")
    assert [one.reference for one in bill(rest).payments] == ["p-1", "p-2"]
    assert [one.reference for one in bill(none).payments] == ["p-2", "p-1"]


def test_the_most_that_is_told_to_have_gone_back_counts() -> None:
    """And what has cleared stays though it is said to have failed, which is told (R-1, R-2)."""
    paid = recorded(billed(), "Fee", replaced(DEBIT, cleared=True))
    back = recorded(
        paid, "Fee", PaymentRefunded("p-1", usd("20")), PaymentRefunded("p-1", usd("50"))
    )
    failed = told(paid, "Fee", PaymentFailed("p-1"))

    assert bill(back).paid() == usd("10")
    assert told(back, "Fee", PaymentRefunded("p-1", usd("30"))).changed is False
    assert [one.note for one in events(failed, FactRecorded)] == ["p-1: it had cleared, and stays"]


def test_a_bill_that_was_called_paid_is_paid_whatever_fails_afterwards() -> None:
    """Also where it was complete before that was said, and where no total is known (R-2)."""
    debit = PaymentReceived(usd("100"), cleared=False, reference="ach-1")
    eager = recorded(billed(bank_payments="submitted"), "Fee", debit)
    bare = state_of(Stage("Intake"), items=[item_of("Fee", ItemKind.INVOICE)])
    for state in (billed(), eager, bare):
        settled = recorded(state, "Fee", debit, InvoicePaid())

        failed = recorded(settled, "Fee", PaymentFailed("ach-1"))

        assert failed.job.items[0].state is COMPLETED
        assert told(failed, "Fee", InvoicePaid()).changed is False


def test_that_a_paid_bill_was_settled_is_noted_once() -> None:
    """It says more than that money came: a debit that fails afterwards takes nothing (R-2)."""
    paid = recorded(billed(), "Fee", PaymentReceived(usd("100"), reference="p-1"))

    decision = told(paid, "Fee", InvoicePaid())

    assert [one.note for one in events(decision, FactRecorded)] == ["the bill is settled"]
    assert not told(after(paid, decision), "Fee", InvoicePaid()).changed


def test_money_that_went_back_opens_an_invoice_whose_total_nobody_knows() -> None:
    """It was called paid; a charge-back of what is known here takes that back (R-2)."""
    bare = state_of(Stage("Intake"), items=[item_of("Fee", ItemKind.INVOICE)])
    card = PaymentReceived(usd("100"), reference="card")
    paid = recorded(bare, "Fee", card, InvoicePaid(), PaymentRefunded("other"))

    assert paid.job.items[0].state is COMPLETED
    assert recorded(paid, "Fee", PaymentRefunded("card")).job.items[0].state is PENDING


def test_a_refund_in_another_currency_is_refused() -> None:
    """It is checked as the payment is, whichever came first."""
    with pytest.raises(DefinitionError, match="'Fee' is billed in USD"):
        told(billed(), "Fee", PaymentRefunded("p-1", Money("1", "EUR")))
    untold = state_of(
        Stage("Intake"), items=[item_of("Bill", ItemKind.INVOICE, progress=InvoiceState(None))]
    )
    in_euros = recorded(untold, "Bill", PaymentRefunded("p-1", Money("1", "EUR")))
    with pytest.raises(DefinitionError, match="'Bill' is billed in EUR"):
        told(in_euros, "Bill", PaymentReceived(usd("1")))


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

    assert bill(part).payments == (Payment(usd("40"), False, "ach-1"),)
    assert [bill(one).paid() for one in (part, all_under_way)] == [usd("100.00")] * 2
    assert bill(whole).paid() == usd("108")
    assert told(part, "Fee", InvoicePaid()).changed is False


def test_money_of_another_currency_is_refused() -> None:
    """Of the invoice's, or, where no total is known, of the first payment's or credit note's."""
    untold = state_of(
        Stage("Intake"), items=[item_of("Bill", ItemKind.INVOICE, progress=InvoiceState(None))]
    )
    euros = PaymentReceived(Money("1", "EUR"))

    with pytest.raises(DefinitionError, match="'Fee' is billed in USD"):
        told(billed(), "Fee", euros)
    in_euros = recorded(untold, "Bill", euros)
    with pytest.raises(DefinitionError, match="'Bill' is billed in EUR"):
        told(in_euros, "Bill", PaymentReceived(usd("1")))
    credited = recorded(untold, "Bill", CreditIssued(usd("5"), "credit-1"))
    with pytest.raises(DefinitionError, match="'Bill' is billed in USD"):
        told(credited, "Bill", euros)


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
