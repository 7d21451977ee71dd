"""Through a whole firm: what a bill comes to, and that the host's own bill decides (R-11)."""

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from pipeflow import (
    CreateInvoice,
    CreateTask,
    CreditIssued,
    DefinitionError,
    Discount,
    Fact,
    InvoicePaid,
    InvoiceState,
    InvoiceTemplate,
    ItemReopened,
    ItemState,
    Job,
    LineItem,
    Money,
    PaymentReceived,
    PaymentRefunded,
    Receipt,
    Ref,
    Rejected,
    Reminders,
    RequestGivenUp,
    Stage,
    Warned,
)
from pipeflow.aio import AsyncEngine, AsyncPorts
from pipeflow.testing import World
from tests.firms import DONE, FEE, PREPARE, dump, events, now, opened

KEY = "default/job-1/1/create-invoice-fee"
OWN = Money("101.00", "USD")  # what the host's bill comes to, and FEE to 100.00
BILLING = Stage("Billing", [CreateInvoice(FEE)], automove=True)


def paid(amount: str, reference: str | None = None, currency: str = "USD") -> PaymentReceived:
    """Return a payment."""
    return PaymentReceived(Money(amount, currency), reference=reference)


def total(job: Job, name: str = "Fee") -> Money | None:
    """Return what an invoice comes to, as its job has it."""
    progress = job.item(name).progress
    assert isinstance(progress, InvoiceState)
    return progress.total


def by_port() -> tuple[World, Job]:
    """Have a port bill that reckons taxes itself."""
    world = opened(BILLING, DONE)
    world.invoices.totals["Fee"] = OWN
    return world, world.engine.start("tax", world.account())


def delivered(world: World, total: Any, key: str = KEY) -> Job:
    """Say that the host billed, and what its bill comes to."""
    job = world.engine.delivered(key, Receipt(f"invoice-{key[12]}", total=total))
    assert job is not None
    return job


def by_host() -> tuple[World, Job]:
    """Let a host bill that delivers by itself."""
    world = opened(BILLING, DONE, deliver=False)
    world.engine.start("tax", world.account())
    world.engine.pending()
    return world, delivered(world, OWN)


def by_awaited_port() -> tuple[World, Job]:
    """Have a port bill that an event loop awaits."""
    world = opened(BILLING, DONE)
    world.invoices.totals["Fee"] = OWN
    ports = AsyncPorts(invoices=world.invoices)
    engine = AsyncEngine(ports=ports, store=world.store, clock=world.clock, ids=world.ids)
    return world, anyio.run(engine.start, "tax", world.account())


@pytest.mark.parametrize("bill", [by_port, by_host, by_awaited_port])
def test_the_hosts_own_bill_decides_when_it_is_paid(bill: Callable[[], tuple[World, Job]]) -> None:
    """R-11: however it was delivered, 101.00 have to come where 100.00 were asked for."""
    world, job = bill()

    short = world.engine.record(job.item("Fee"), paid("100.00", "a"))
    whole = world.engine.record(job.item("Fee"), paid("1.00", "b"))

    assert total(job) == OWN
    assert [event.text for event in events(world, job, Warned)] == [
        "'Fee': its bill comes to 101.00 USD, not 100.00 USD, and that counts"
    ]
    assert (short.stage, whole.stage) == ("billing", "done")


def test_a_total_that_was_asked_for_is_no_news() -> None:
    """The host says what it was told; nothing follows, and nothing is told."""
    world = opened(BILLING, DONE)
    world.invoices.totals["Fee"] = Money("100", "USD")

    job = world.engine.start("tax", world.account())

    assert total(job) == Money("100.00", "USD")
    assert events(world, job, Warned) == []


def test_a_bill_that_was_paid_before_its_receipt_moves_the_job() -> None:
    """The client paid what the bill says before the host said what that is."""
    world = opened(BILLING, DONE, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    engine.pending()
    engine.record(job.item("Fee"), paid("99.00"))

    moved = delivered(world, Money("99.00", "USD"))

    assert moved.stage == "done"
    assert "completed 'Fee' (payment received, 99.00 USD)" in str(engine.history(job))


def test_a_bill_that_comes_to_nothing_is_paid_at_birth() -> None:
    """A-50 holds for the host's own total too."""
    world = opened(BILLING, DONE)
    world.invoices.totals["Fee"] = Money(0, "USD")

    job = world.engine.start("tax", world.account())

    assert (job.stage, job.item("Fee").state) == ("done", ItemState.COMPLETED)


def test_a_bill_that_is_paid_from_credit_is_paid_in_full() -> None:
    """What was paid is what the bill says."""
    bill = InvoiceTemplate("Retainer", lines=FEE.lines, on_account=True)
    world = opened(Stage("Credit", [CreateInvoice(bill)]), DONE, more=[bill])
    client = world.account()
    world.invoices.totals["Retainer"] = OWN
    world.invoices.credit.add(client.id)

    job = world.engine.start("tax", client)

    progress: Any = job.item("Retainer").progress
    assert (progress.paid(), progress.total) == (OWN, OWN)


def test_an_invoice_that_only_seemed_to_be_free_is_open() -> None:
    """The host puts the hours in; the job stays where it is, and the client is reminded."""
    free = InvoiceTemplate("Hours", lines=[LineItem("Hours", rate=Money(0, "USD"))])
    daily = Reminders(every=1, times=1)
    world = opened(
        Stage(
            "Billing", [CreateInvoice(free, reminders=daily), CreateTask(PREPARE)], automove=True
        ),
        DONE,
        more=[free],
    )
    world.invoices.totals["Hours"] = OWN

    job = world.engine.start("tax", world.account())
    world.advance(days=1)

    assert [str(e.sentence()) for e in events(world, job, ItemReopened)] == [
        "reopened 'Hours': its bill comes to 101.00 USD"
    ]
    assert [item.name for item in now(world, job).open_items] == ["Hours", "Prepare"]
    assert [mail.subject for mail in world.email.sent] == ["Reminder: Hours"]


@pytest.mark.parametrize(
    ("fact", "state"),
    [(paid("100.00"), ItemState.PENDING), (InvoicePaid(), ItemState.COMPLETED)],
    ids=["paid too little", "settled"],
)
def test_what_is_settled_stays_so_though_the_bill_comes_to_more(
    fact: Fact, state: ItemState
) -> None:
    """Money that was enough before is not now; what somebody called settled is (R-2)."""
    world = opened(BILLING, DONE, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    engine.pending()
    engine.record(job.item("Fee"), fact)

    late = delivered(world, OWN)

    assert (late.stage, late.item("Fee").state) == ("done", state)
    assert len(events(world, job, Warned)) == 1


def test_a_bill_may_be_in_another_currency_until_money_has_come() -> None:
    """What was paid in one currency is no part of a bill in another."""
    world = opened(BILLING, DONE, deliver=False)
    engine = world.engine
    euros = Money("90.00", "EUR")
    first, second = (engine.start("tax", world.account(name)) for name in ("Ada", "Bob"))
    engine.pending()
    engine.record(second.item("Fee"), paid("10.00"))

    first = delivered(world, euros)
    second = delivered(world, euros, KEY.replace("1", "2", 1))

    assert (total(first), total(second)) == (euros, Money("100.00", "USD"))
    assert engine.record(first.item("Fee"), paid("90.00", currency="EUR")).stage == "done"
    assert "paid in another currency" in events(world, second, Warned)[-1].text


def test_a_total_of_what_is_no_bill_is_told_and_counts_for_nothing() -> None:
    """A task has none."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, deliver=False)
    job = world.engine.start("tax", world.account())
    (task,) = world.engine.pending()

    kept = world.engine.delivered(task.key, Receipt("task-1", total=OWN))

    assert kept is not None
    assert kept.item("Prepare").ref == Ref("tasks", "task-1")
    assert [event.text for event in events(world, job, Warned)] == [
        f"tasks answered {task.key} with a total, and it is no bill"
    ]


def test_what_was_withdrawn_and_billed_all_the_same_keeps_its_total() -> None:
    """It is cancelled, and says what it would come to."""
    world = opened(BILLING, DONE, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    engine.abandon(_failed(world))

    late = delivered(world, OWN)

    assert (late.item("Fee").state, total(late)) == (ItemState.RESOLVED, OWN)
    assert late.stage == job.stage


def _failed(world: World) -> str:
    """Let the host fail to bill for good."""
    world.engine.pending()
    world.engine.failed(KEY, Rejected("not now"))
    return KEY


def test_what_the_job_let_go_of_hears_what_it_comes_to() -> None:
    """It keeps its reference (R-15), and nothing follows from its total."""
    world = opened(BILLING, DONE, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    engine.pending()
    engine.unlink(job, job.item("Fee"))

    late = delivered(world, OWN)

    assert (late.item("Fee").ref, total(late)) == (Ref("invoices", "invoice-1"), OWN)
    assert (late.stage, late.item("Fee").state) == ("billing", ItemState.RESOLVED)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (101, "the receipt's total is 101; it must be Money, or None"),
        (
            Money("-1", "USD"),
            "the receipt's total is Money('-1', 'USD'), and no bill comes to that",
        ),
        (
            Money("0.001", "USD"),
            "the receipt's total is Money('0.001', 'USD'), and no bill comes to that",
        ),
    ],
)
def test_a_total_that_is_none_is_refused(wrong: Any, said: str) -> None:
    """By a port it is given up, and a host that delivers by itself hears it at once."""
    world = opened(BILLING, DONE)
    world.invoices.totals["Fee"] = wrong
    job = world.engine.start("tax", world.account())
    host = opened(BILLING, DONE, deliver=False)
    host.engine.start("tax", host.account())
    before = dump(host)

    assert [event.error for event in events(world, job, RequestGivenUp)] == [said]
    with pytest.raises(DefinitionError, match="the receipt's total is"):
        delivered(host, wrong)
    assert dump(host) == before


def test_a_port_learns_what_is_taxed_at_each_rate() -> None:
    """Its own bill can so say the same: the shares add up to the totals."""
    bill = InvoiceTemplate(
        "Mixed",
        lines=[
            LineItem("Advice", rate=Money("100.00", "EUR"), tax=19),
            LineItem("Book", rate=Money("50.00", "EUR"), tax=7),
            LineItem("Postage", rate=Money("0.01", "EUR"), tax=19),
        ],
        discount=Discount(amount=Money("10.00", "EUR")),
    )
    world = opened(Stage("Billing", [CreateInvoice(bill)]), DONE, more=[bill])
    world.engine.start("tax", world.account())

    (asked,) = world.invoices.created

    assert [(str(s.rate), str(s.taxed), str(s.tax)) for s in asked.taxes] == [
        ("7", "46.67 EUR", "3.27 EUR"),
        ("19", "93.34 EUR", "17.73 EUR"),
    ]
    assert str(asked.totals.tax) == "21.00 EUR"


def test_a_bill_that_is_linked_with_another_total_than_it_has_is_warned_of() -> None:
    """What is known counts; whoever linked it may have mistyped."""
    world = opened(Stage("Work"), DONE)
    jobs = [world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob", "Eve")]
    ref = Ref("invoices", "i-1")
    for job, amount in zip(jobs, ("450.00", "400.00", "450.00"), strict=True):
        world.engine.link(job, ref, "invoice", name="Bill", total=Money(amount, "USD"))

    told = [[one.text for one in events(world, job, Warned)] for job in jobs]
    assert told[0] == told[2] == []
    (why,) = told[1]
    assert why.startswith(
        "'Bill' was linked with a total of 400.00 USD; it is known to come to 450"
    )
    assert [total(now(world, job), "Bill") for job in jobs] == [Money("450.00", "USD")] * 3


@pytest.mark.parametrize("note_first", [False, True])
def test_a_settled_bill_stays_paid_by_what_came_in_cash_in_whichever_order_the_rest_is_told(
    *, note_first: bool
) -> None:
    """60 by card, 40 in cash: the card's go back, and a credit note takes as much off (R-1)."""
    world = opened(BILLING, DONE)
    bill = world.engine.start("tax", world.account()).items[0]
    after = [PaymentRefunded("card"), CreditIssued(Money("60.00", "USD"), "note")]
    facts: list[Fact] = [
        PaymentReceived(Money("60.00", "USD"), reference="card"),
        InvoicePaid(),
        *(reversed(after) if note_first else after),
    ]
    for fact in facts:
        world.engine.record(bill, fact)

    item = world.engine.item(bill)

    assert item.state is ItemState.COMPLETED
    assert isinstance(item.progress, InvoiceState)
    assert item.progress.paid() == Money("40.00", "USD")


def test_a_settled_bill_of_which_too_much_went_back_stays_settled() -> None:
    """What is left is enough, so whatever it comes to then changes nothing (R-2)."""
    world = opened(BILLING, DONE, deliver=False)
    bill = world.engine.start("tax", world.account()).items[0]
    world.engine.pending()
    back = PaymentRefunded("card", Money("20.00", "USD"))
    for fact in (paid("150.00", "card"), InvoicePaid(), back):
        world.engine.record(bill, fact)

    job = delivered(world, Money("200.00", "USD"))

    assert job.item("Fee").state is ItemState.COMPLETED


@pytest.mark.parametrize(
    ("money", "comes_to", "state"),
    [("60.00", "60.00", ItemState.COMPLETED), ("100.00", "120.00", ItemState.PENDING)],
)
def test_what_a_bill_comes_to_that_was_let_go_of_tells_whether_it_is_paid(
    money: str, comes_to: str, state: ItemState
) -> None:
    """Its receipt comes after that, and it is linked again as paid as it is (R-11, R-15)."""
    world = opened(BILLING, DONE, deliver=False)
    job = world.engine.start("tax", world.account())
    world.engine.pending()
    world.engine.unlink(job, job.items[0])
    world.engine.record(job.items[0], paid(money, "card"))
    ref = delivered(world, Money(comes_to, "USD")).items[0].ref
    assert ref is not None

    job = world.engine.link(job, ref, "invoice", "Fee")

    assert job.items[-1].state is state
