"""Money of a bill that was called paid comes to the same whenever it is told (R-1, R-2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    CreditIssued,
    Fact,
    InvoicePaid,
    InvoiceState,
    ItemKind,
    ItemState,
    Payment,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    Reopened,
    Stage,
    rules,
)
from pipeflow.model.record import replaced
from pipeflow.model.settings import BankPayments
from tests.rules.states import NOON, after, book_of, item_of, recorded, state_of, usd
from tests.rules.test_payments_reach_a_total import BILL, bill, billed

PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED
PAID, NOTE = InvoicePaid(), CreditIssued(usd("20"), "note-1")
CARD, CARD_BACK = PaymentReceived(usd("100"), reference="card"), PaymentRefunded("card")
MORE_BACK = PaymentRefunded("card", usd("60"))
SIXTY, ALL_BACK = PaymentReceived(usd("60"), reference="sixty"), PaymentRefunded("sixty")
PART, REST = (
    PaymentReceived(usd("30"), reference="part"),
    PaymentReceived(usd("70"), reference="rest"),
)
PART_BACK = PaymentRefunded("part", usd("10"))

MONEY = [
    CARD,
    PART,
    REST,
    PaymentReceived(usd("70"), cleared=False, reference="debit"),
    PaymentCleared("debit"),
    PaymentFailed("debit"),
]
TAKEN = [
    CARD_BACK,
    PART_BACK,
    PaymentRefunded("part"),
    PaymentRefunded("rest", usd("40")),
    PaymentRefunded("debit", usd("5")),
    NOTE,
    CreditIssued(usd("30"), "note-2"),
]


def some(facts: list[Any]) -> st.SearchStrategy[list[Any]]:
    """Draw some of the facts, each once."""
    return st.lists(st.sampled_from(facts), unique=True)


@given(some(MONEY), some(TAKEN), some(TAKEN), st.booleans(), st.data())
def test_a_bill_comes_to_the_same_in_whatever_order_its_money_is_told(
    money: list[Any], before: list[Any], since: list[Any], paid: bool, data: st.DataObject
) -> None:
    """All that is told of payments may come at any time, and twice; so may refunds and credit
    notes, but that `InvoicePaid` speaks of what had gone back, or been credited, by then.
    """
    policy = data.draw(st.sampled_from(BankPayments))
    ends = []
    for _ in range(2):
        number = data.draw(st.integers(0, len(money)))
        shuffled = data.draw(st.permutations(money))
        first = data.draw(st.permutations([*before, *before, *shuffled[:number]]))
        then = data.draw(st.permutations([*since, *shuffled[number:], *shuffled]))
        facts = [*first, *([PAID] if paid else []), *then]
        ends.append(recorded(billed(bank_payments=policy), "Fee", *facts))

    one, other = (bill(end) for end in ends)
    for submitted in (False, True):
        assert one.paid(submitted=submitted) == other.paid(submitted=submitted)
    assert (one.due, one.is_covered) == (other.due, other.is_covered)
    counts = one.paid(submitted=policy is BankPayments.SUBMITTED)
    assert counts is not None
    assert one.due is not None
    expected = COMPLETED if counts >= one.due else PENDING
    assert [end.job.items[0].state for end in ends] == [expected, expected]


@pytest.mark.parametrize(
    ("facts", "paid"),
    [
        ([PAID, CARD, NOTE, CARD_BACK], "0"),
        ([PAID, NOTE, CARD, CARD_BACK], "0"),
        ([PAID, NOTE, CARD_BACK, CARD], "0"),
        ([PAID, PART, REST, PART_BACK], "90"),
        ([PAID, PART, PART_BACK, REST], "90"),
        ([PAID, PART_BACK, REST, PART], "90"),
        (
            [CARD, PAID, PaymentRefunded("card", usd("30")), PaymentRefunded("card", usd("60"))],
            "40",
        ),
    ],
)
def test_money_that_is_told_late_is_that_by_which_the_bill_was_settled(
    facts: list[Any], paid: str
) -> None:
    """It is not added to it, whether a credit note or a refund came before it."""
    told = recorded(billed(), "Fee", *facts)

    assert (told.job.items[0].state, bill(told).paid()) == (PENDING, usd(paid))


@pytest.mark.parametrize(
    ("facts", "paid"),
    [([NOTE, PAID], "80"), ([PAID, NOTE], "100"), ([CARD, CARD_BACK, PAID], "100")],
)
def test_what_is_called_paid_is_what_was_due_by_then(facts: list[Any], paid: str) -> None:
    """So its order among credit notes and refunds says something, and theirs may differ by it."""
    told = recorded(billed(), "Fee", *facts)

    assert (told.job.items[0].state, bill(told).paid()) == (COMPLETED, usd(paid))


def test_a_bill_that_is_called_paid_once_more_is_settled_anew() -> None:
    """As it stands then: what had gone back is made up for, and only more of it counts."""
    anew = recorded(billed(), "Fee", PAID, PART, PART_BACK, PAID)

    assert anew.job.items[0].state is COMPLETED
    more = recorded(anew, "Fee", PaymentRefunded("part"))
    assert (more.job.items[0].state, bill(more).paid()) == (PENDING, usd("80"))


def test_money_without_a_reference_is_new_where_the_bill_is_open_again() -> None:
    """Nothing tells it from what settled the bill but when it is told, so that its order counts."""
    cash = PaymentReceived(usd("10"))
    late = recorded(billed(), "Fee", PAID, PART, cash, PART_BACK)
    anew = recorded(billed(), "Fee", PAID, PART, PART_BACK, cash)

    assert [one.job.items[0].state for one in (late, anew)] == [PENDING, COMPLETED]
    assert [bill(one).paid() for one in (late, anew)] == [usd("90"), usd("100")]


@pytest.mark.parametrize(
    ("facts", "paid"),
    [
        ([CARD, PAID, MORE_BACK, PaymentReceived(usd("30"))], "70"),
        ([PaymentReceived(usd("40")), SIXTY, PAID, ALL_BACK, PART], "70"),
    ],
    ids=["the new one has no reference", "only one of before has none"],
)
def test_new_money_is_less_than_what_went_back(facts: list[Fact], paid: str) -> None:
    """Part of what went back is there again, and the bill stays open for the rest."""
    told = recorded(billed(), "Fee", *facts)

    assert (told.job.items[0].state, bill(told).paid()) == (PENDING, usd(paid))


@pytest.mark.parametrize("chosen", [BankPayments.SUBMITTED, BankPayments.CLEARED])
def test_a_debit_without_a_reference_is_no_money_yet_where_the_firm_counts_cleared_ones(
    chosen: BankPayments,
) -> None:
    """It was told when the firm counted submitted ones."""
    debit = PaymentReceived(usd("60"), cleared=False)
    told = recorded(billed(bank_payments="submitted"), "Fee", CARD, PAID, MORE_BACK, debit)

    assert told.job.items[0].state is COMPLETED
    counts = bill(told).paid(submitted=chosen is BankPayments.SUBMITTED)
    assert counts == usd("100" if chosen is BankPayments.SUBMITTED else "40")


def test_a_debit_that_is_charged_back_opens_what_was_paid_by_an_earlier_choice() -> None:
    """The firm counts debits when they clear by now; this one is none any more (R-2)."""
    debit = PaymentReceived(usd("100"), cleared=False, reference="debit")
    paid = recorded(billed(bank_payments="submitted"), "Fee", debit)
    later = replaced(paid, book=book_of(*BILL))

    assert later.job.items[0].state is COMPLETED
    assert recorded(later, "Fee", PaymentRefunded("debit")).job.items[0].state is PENDING


def test_a_debit_that_cleared_after_all_takes_back_what_went_of_it() -> None:
    """While it was told to have failed it had brought nothing, so that nothing could go (R-1)."""
    debit = PaymentReceived(usd("60"), cleared=False, reference="debit")
    failed = [debit, PaymentFailed("debit"), PaymentRefunded("debit")]
    settled = recorded(billed(), "Fee", PAID, *failed)

    assert settled.job.items[0].state is COMPLETED
    assert recorded(settled, "Fee", PaymentCleared("debit")).job.items[0].state is PENDING


def test_what_settled_a_bill_is_forgotten_where_that_is_reopened() -> None:
    """Then the money counts that is known, and no other (R-3)."""
    opened = recorded(billed(), "Fee", PAID, NOTE, Reopened("not paid at all"), PART)

    assert (opened.job.items[0].state, bill(opened).paid()) == (PENDING, usd("30"))


@pytest.mark.parametrize("late", [False, True])
def test_money_that_goes_back_opens_a_bill_of_an_unknown_total_in_either_order(late: bool) -> None:
    """Only `InvoicePaid` completes it, and what had gone back before is part of that (R-2)."""
    bare = state_of(Stage("Intake"), items=[item_of("Fee", ItemKind.INVOICE)])
    first, then = ([], [CARD]) if late else ([CARD], [])

    assert recorded(bare, "Fee", *first, PAID, CARD_BACK, *then).job.items[0].state is PENDING
    assert recorded(bare, "Fee", CARD_BACK, *first, PAID, *then).job.items[0].state is COMPLETED


def test_a_bill_of_an_unknown_total_that_an_older_version_kept_as_done_is_opened_by_a_refund() -> (
    None
):
    """It did not keep that somebody had called it paid; nothing else opens it, nor does money
    complete another one like that.
    """
    known = InvoiceState(None, (Payment(usd("100"), reference="card"),))
    kept = item_of("Fee", ItemKind.INVOICE, state=COMPLETED, progress=known)
    done = state_of(Stage("Intake"), items=[kept])
    waits = state_of(Stage("Intake"), items=[replaced(kept, state=PENDING)])

    for told in (PART, PaymentFailed("debit")):
        assert recorded(done, "Fee", told).job.items[0].state is COMPLETED
        assert recorded(waits, "Fee", told).job.items[0].state is PENDING
    for back in (CARD_BACK, PART_BACK):
        assert recorded(done, "Fee", PART, back).job.items[0].state is PENDING
    debit = PaymentReceived(usd("100"), cleared=False, reference="debit")
    failed = recorded(done, "Fee", debit, PaymentFailed("debit"), PaymentRefunded("debit"))
    assert failed.job.items[0].state is COMPLETED


def test_a_job_that_comes_to_share_a_bill_hears_that_it_was_settled_and_what_went_back() -> None:
    """Money that is told later is no more there than here (A-8)."""
    for facts, state in (([PART_BACK], PENDING), ([], COMPLETED)):
        known = recorded(billed(), "Fee", PAID, PART, *facts).job.items[0]
        here = billed()
        heard = after(here, rules.catch_up(here, "job-1/1", known, NOON))

        assert heard.job.items[0].state is state
        assert bill(heard).paid() == bill(recorded(heard, "Fee", REST)).paid()
        assert bill(heard).paid() == usd("90" if facts else "100")


def heard(here: rules.State, *facts: Fact) -> rules.State:
    """Let a job hear what another one knows of the same bill."""
    known = recorded(billed(), "Fee", *facts).job.items[0]
    return after(here, rules.catch_up(here, "job-1/1", known, NOON))


def test_what_was_credited_and_what_came_since_a_bill_was_settled_is_known_wherever_it_is() -> None:
    """As it was told there: all of it is reckoned the same (A-8)."""
    known = recorded(billed(), "Fee", CARD, PAID, MORE_BACK, NOTE, PaymentReceived(usd("30")))
    there = bill(known)
    assert (there.credited_since, there.added_since, there.paid()) == (("note-1",), 1, usd("70"))

    assert bill(heard(billed(), CARD, PAID, MORE_BACK, NOTE, PaymentReceived(usd("30")))) == there


def test_money_without_a_reference_is_not_new_where_it_is_not_known() -> None:
    """It is told of no job that knows money already, which may be the same (R-1)."""
    here = recorded(billed(), "Fee", CARD, MORE_BACK)

    told = heard(here, CARD, PAID, MORE_BACK, PaymentReceived(usd("30")))

    assert (bill(told).added_since, bill(told).paid()) == (0, usd("40"))


def test_cash_that_is_known_here_alone_is_what_came_since_the_bill_was_settled() -> None:
    """It has no reference, as what came there; all else was there when that was called paid."""
    here = recorded(billed(), "Fee", PaymentReceived(usd("70")))
    there = (PAID, PART, PART_BACK, PaymentReceived(usd("5")))

    assert recorded(billed(), "Fee", *there).job.items[0].state is PENDING
    assert heard(here, *there).job.items[0].state is COMPLETED


def test_a_bill_that_is_called_paid_here_too_stays_as_it_was_called_here() -> None:
    """What had gone back by then is part of that, though elsewhere it went back since (R-2)."""
    here = recorded(billed(), "Fee", CARD, MORE_BACK, PAID)

    told = heard(here, CARD, PAID, MORE_BACK)

    assert bill(told) == bill(here)
    assert bill(told).paid() == usd("100")
