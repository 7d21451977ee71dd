"""The client of a world pays a bill as it is said, also where no amount is."""

import pytest

from pipeflow import (
    CreateInvoice,
    Job,
    Money,
    NotAllowedError,
    PaymentCleared,
    PaymentFailed,
    Stage,
)
from pipeflow.model.items import InvoiceState, ItemState, Payment
from pipeflow.testing import World
from tests.firms import DONE, FEE, begun

PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED
SOME = Money("50.00", "USD")


@pytest.fixture
def billed() -> tuple[World, Job]:
    """A firm whose client has a bill."""
    return begun(Stage("Bill", [CreateInvoice(FEE)]), DONE, more=[FEE])


def bill_of(job: Job) -> InvoiceState:
    """Return what is known of its money."""
    bill = job.item("Fee").progress
    assert isinstance(bill, InvoiceState)
    return bill


def test_a_debit_of_the_whole_bill_is_under_way_until_it_clears(billed: tuple[World, Job]) -> None:
    """It was taken as paid at once, so that no test could see what failed."""
    world, job = billed

    job = world.client.pays(job, "Fee", cleared=False, reference="debit")

    total = bill_of(job).total
    assert total is not None
    assert bill_of(job).payments == (Payment(total, cleared=False, reference="debit"),)
    assert job.item("Fee").state is PENDING
    job = world.engine.record(job.item("Fee"), PaymentFailed("debit"))
    assert job.item("Fee").state is PENDING
    job = world.engine.record(job.item("Fee"), PaymentCleared("debit"))
    assert job.item("Fee").state is COMPLETED


def test_what_was_paid_before_is_not_paid_again(billed: tuple[World, Job]) -> None:
    """All of it is what is left."""
    world, job = billed
    job = world.client.pays(job, "Fee", SOME)
    total = bill_of(job).total
    assert total is not None

    job = world.client.pays(job, "Fee", reference="rest")

    assert [one.amount for one in bill_of(job).payments] == [SOME, total - SOME]
    assert job.item("Fee").state is COMPLETED
    assert world.client.pays(job, "Fee", reference="rest") == job


def test_no_money_is_no_word_for_all_of_it(billed: tuple[World, Job]) -> None:
    """An amount that is said is taken as it is."""
    world, job = billed

    with pytest.raises(ValueError, match=r"\$\.amount"):
        world.client.pays(job, "Fee", Money(0, "USD"))


def test_where_nothing_is_left_nothing_is_paid(billed: tuple[World, Job]) -> None:
    """What is under way covers it."""
    world, job = billed
    job = world.client.pays(job, "Fee", cleared=False, reference="debit")

    with pytest.raises(NotAllowedError, match=r"paid or under way for 'Fee', so that nothing"):
        world.client.pays(job, "Fee", reference="more")


def test_a_bill_without_a_total_has_to_be_paid_by_an_amount(billed: tuple[World, Job]) -> None:
    """Nobody knows how much is left."""
    world, job = billed
    job = world.engine.link(job, "R-1", "invoice", "Old bill")

    with pytest.raises(NotAllowedError, match="has no total, so that it has to be said"):
        world.client.pays(job, "Old bill", reference="all")
