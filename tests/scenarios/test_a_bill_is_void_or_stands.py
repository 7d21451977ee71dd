"""Whether the bill of a letter is void is one fact of the bill, whichever job heard it (A-8, R-3).

A letter that is accepted anew brings a second bill where the first one is void, and none where it
stands.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import attrs
import pytest

from pipeflow import (
    Account,
    Cancelled,
    CreditIssued,
    Engine,
    Fact,
    Failure,
    InvoicePaid,
    InvoiceTemplate,
    ItemState,
    Job,
    LineItem,
    PaymentReceived,
    PaymentRefunded,
    Pipeline,
    ProposalSigned,
    Ref,
    Reopened,
    SendProposal,
    Stage,
    Warned,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import (
    Cancellation,
    Changes,
    Invoice,
    InvoicesPort,
    Ports,
    Receipt,
    Rejected,
    Request,
    RowKey,
    Store,
)
from pipeflow.ports.rows import ThingRow
from pipeflow.testing import FakeProposals, World
from tests.scenarios.test_promises_in_pairs import usd
from tests.scenarios.test_the_bill_of_a_letter_comes_once import DEPOSIT, LETTER, Practice
from tests.scenarios.test_what_a_relinked_thing_brings import ref_of

WRONG = Cancelled("wrong amount")


class Billed(Practice):
    """A firm whose client has accepted a letter, so that its bill is there."""

    def __init__(self, store: Store | None = None, deposit: InvoiceTemplate = DEPOSIT) -> None:
        super().__init__(store, deposit)
        self.sign()
        self.bill = self.engine.job(self.job).item("Deposit")
        self.bill_ref = ref_of(self.bill)

    def follow(self, job: Job | None = None) -> Job:
        """Let a job have the bill too; another one unless said."""
        job = job or self.engine.start("other", self.ada)
        return self.engine.link(job, self.bill_ref, "invoice", "Deposit")

    def let_go(self) -> None:
        """Let the job that made the bill have it no more."""
        self.engine.unlink(self.job, self.bill)

    def tell(self, *facts: Fact) -> None:
        """Let the host tell what became of the bill."""
        for fact in facts:
            self.engine.receive(self.bill_ref, fact)

    def sign_anew(self) -> int:
        """Let the letter be accepted once more; return how many bills it has brought in all."""
        self.engine.receive(self.ref, Reopened("other terms"))
        self.sign()
        return len(self.billed)


Story: TypeAlias = Callable[[Billed], None]


def left_with_its_stage(firm: Billed) -> None:
    """The job that made the bill stops waiting for it, and another one goes on."""
    firm.follow()
    firm.engine.move(firm.job, "Done", open="cancel")


def left_by_who_follows_it_up(firm: Billed) -> None:
    """The job that made it let go of it, and the other one stops waiting for it."""
    other = firm.follow()
    firm.let_go()
    firm.engine.move(other, "B", open="cancel")


def reopened_for_who_let_go_of_it(firm: Billed) -> None:
    """It was void when the job let go of it."""
    firm.tell(WRONG)
    firm.let_go()
    other = firm.follow()
    firm.tell(Reopened("it was right"))
    firm.engine.unlink(other, "Deposit")


def reopened_for_who_is_deleted(firm: Billed) -> None:
    """The only job that heard of it is there no more."""
    firm.tell(WRONG)
    firm.let_go()
    other = firm.follow()
    firm.tell(Reopened("it was right"))
    firm.engine.archive(other)
    firm.engine.delete(other)


def reopened_in_the_same_words(firm: Billed) -> None:
    """What was said last counts, though it was said before."""
    firm.let_go()
    firm.tell(WRONG, Reopened("right"), WRONG, Reopened("right"))


def paid_and_cancelled(firm: Billed) -> None:
    """What is paid stays paid (A-10)."""
    firm.tell(InvoicePaid(), WRONG)


@pytest.mark.parametrize(
    "story",
    [
        left_with_its_stage,
        left_by_who_follows_it_up,
        reopened_for_who_let_go_of_it,
        reopened_for_who_is_deleted,
        reopened_in_the_same_words,
        paid_and_cancelled,
    ],
    ids=lambda story: story.__name__,
)
@pytest.mark.parametrize("kept", ["in memory", "in a file"])
def test_a_bill_that_stands_lets_no_second_one_come(
    kept: str, story: Story, tmp_path: Path
) -> None:
    """Nobody cancelled it, whoever waits for it or not."""
    firm = Billed(SqliteStore(tmp_path / "firm.db") if kept == "in a file" else None)
    story(firm)

    assert firm.sign_anew() == 1


def left_where_it_is_linked_twice(firm: Billed) -> None:
    """The job had linked its own bill once more."""
    firm.follow(firm.job)
    firm.engine.move(firm.job, "Done", open="cancel")


def cancelled_for_who_lets_go_of_it(firm: Billed) -> None:
    """The job that alone heard of it has it no more."""
    other = firm.follow()
    firm.let_go()
    firm.tell(WRONG)
    firm.engine.unlink(other, "Deposit")


def cancelled_after_all_let_go(firm: Billed) -> None:
    """The job that had it last hears of it (R-15)."""
    other = firm.follow()
    firm.let_go()
    firm.engine.unlink(other, "Deposit")
    firm.tell(WRONG)


def cancelled_for_who_is_deleted(firm: Billed) -> None:
    """The job that alone heard of it is there no more."""
    other = firm.follow()
    firm.let_go()
    firm.tell(WRONG)
    firm.engine.archive(other)
    firm.engine.delete(other)


def cancelled_after_who_had_it_is_deleted(firm: Billed) -> None:
    """The job that made it is told again, since nobody else has it."""
    other = firm.follow()
    firm.let_go()
    firm.engine.archive(other)
    firm.engine.delete(other)
    firm.tell(WRONG)


def cancelled_in_the_same_words(firm: Billed) -> None:
    """What was said last counts, though it was said before."""
    firm.let_go()
    firm.tell(WRONG, Reopened("right"), WRONG)


def credited_where_nobody_waits(firm: Billed) -> None:
    """The job had left it behind with its stage."""
    left_with_its_stage(firm)
    firm.tell(CreditIssued(usd("50.00"), "note"))


def taken_back_by_its_port(firm: Billed) -> None:
    """The stage was left, and the port voided it."""
    firm.engine.move(firm.job, "Done", open="cancel")


def refunded_after_it_was_cancelled(firm: Billed) -> None:
    """It was paid then, and its money went back."""
    firm.tell(PaymentReceived(usd("50.00"), reference="p"), WRONG, PaymentRefunded("p"))


@pytest.mark.parametrize(
    "story",
    [
        left_where_it_is_linked_twice,
        cancelled_for_who_lets_go_of_it,
        cancelled_after_all_let_go,
        cancelled_for_who_is_deleted,
        cancelled_after_who_had_it_is_deleted,
        cancelled_in_the_same_words,
        credited_where_nobody_waits,
        taken_back_by_its_port,
        refunded_after_it_was_cancelled,
    ],
    ids=lambda story: story.__name__,
)
@pytest.mark.parametrize("kept", ["in memory", "in a file"])
def test_a_bill_that_is_void_lets_another_one_come(kept: str, story: Story, tmp_path: Path) -> None:
    """Whoever was told, and whatever became of them since."""
    firm = Billed(SqliteStore(tmp_path / "firm.db") if kept == "in a file" else None)
    story(firm)

    assert firm.sign_anew() == 2


def test_a_bill_of_nothing_that_was_let_go_of_stands() -> None:
    """No credit note made it void."""
    free = InvoiceTemplate("Deposit", lines=[LineItem("x", rate=usd("0.00"))])
    firm = Billed(deposit=free)
    firm.tell(Reopened("not yet"))
    firm.let_go()

    assert firm.sign_anew() == 1


def refused(firm: Billed) -> Failure:
    """Let the port refuse to take the bill back, which its job leaves behind."""
    firm.world.invoices.fail_when(_is_cancellation, Rejected("closed period"))
    firm.engine.move(firm.job, "Done", open="cancel")
    (failure,) = firm.engine.failures()
    firm.world.invoices.recover()
    return failure


def _is_cancellation(request: Request) -> bool:
    return isinstance(request, Cancellation)


@pytest.mark.parametrize("then", ["tried again", "given up"])
def test_a_bill_that_its_port_will_not_take_back_stands(then: str) -> None:
    """Once it is asked again and does, the bill is void."""
    firm = Billed()
    failure = refused(firm)
    assert firm.sign_anew() == 1
    if then == "tried again":
        firm.engine.retry(failure.key)
    else:
        firm.engine.abandon(failure.key)

    assert firm.sign_anew() == (2 if then == "tried again" else 1)


@pytest.mark.parametrize("then", ["it does", "it refuses", "it is asked no more", "cancelled"])
def test_a_letter_owes_its_next_bill_until_a_port_has_taken_back_that_of_before(then: str) -> None:
    """It is accepted anew while the port is down, so that never two bills stand."""
    firm = Billed()
    invoices, engine = firm.world.invoices, firm.engine
    invoices.fail_when(_is_cancellation, ConnectionError("down"))
    engine.move(firm.job, "Done", open="cancel")
    assert firm.sign_anew() == 1
    warned = engine.history(firm.job).of(Warned)[-1].text
    assert warned == "'Letter': its invoice waits for a port to say whether that of before is void"
    invoices.recover()
    if then == "it is asked no more":
        engine.abandon(engine.failures()[0].key)
    elif then == "cancelled":
        firm.tell(WRONG)
    elif then == "it refuses":
        invoices.fail_when(_is_cancellation, Rejected("closed period"))
    firm.world.advance(days=1)

    assert len(firm.billed) == (2 if then in {"it does", "cancelled"} else 1)


def test_a_bill_that_was_cancelled_is_void_whatever_becomes_of_asking_its_port() -> None:
    """The firm cancelled it by hand where the port refused, and then gave that up."""
    firm = Billed()
    failure = refused(firm)
    firm.tell(WRONG)
    firm.engine.abandon(failure.key)

    assert firm.sign_anew() == 2


def kept_by_an_earlier_version(firm: Billed) -> None:
    """Let the bill be kept as void, as it was once its port was asked to take it back."""
    key, store = RowKey("ref", str(firm.bill_ref)), firm.world.store
    version, row = store.read("default", (key,)).rows[key]
    after = ThingRow(row.items, row.bounced, void=True)
    store.commit(Changes("default", {key: version}, {key: after}))


@pytest.mark.parametrize(
    ("then", "bills"),
    [("asked no more", 1), ("undone", 1), ("deleted", 1), ("taken back", 2), ("cancelled", 2)],
)
def test_a_bill_that_an_earlier_version_took_for_void_stands_until_its_port_has_taken_it_back(
    then: str, bills: int, tmp_path: Path
) -> None:
    """The firm got this version just then."""
    with SqliteStore(tmp_path / "firm.db") as store:
        firm = Billed(store)
        engine, invoices = firm.engine, firm.world.invoices
        firm.follower()
        invoices.fail_when(_is_cancellation, ConnectionError("down"))
        engine.move(firm.job, "Done", open="cancel")
        kept_by_an_earlier_version(firm)
        if then == "undone":
            engine.undo(firm.job)
        assert firm.sign_anew() == 1
        invoices.recover()
        if then == "deleted":
            engine.archive(firm.job)
            engine.delete(firm.job)
        elif then == "asked no more":
            engine.abandon(engine.failures()[0].key)
        elif then == "cancelled":
            firm.tell(WRONG)
        firm.world.advance(days=1)

        assert firm.sign_anew() == bills


@pytest.mark.parametrize("paid", [PaymentReceived(usd("50.00"), reference="p"), InvoicePaid()])
def test_a_bill_that_is_paid_before_its_port_has_taken_it_back_is_not_taken_back(
    paid: Fact,
) -> None:
    """The port was down meanwhile, and the client has paid once."""
    firm = Billed()
    firm.world.invoices.fail_when(_is_cancellation, ConnectionError("down"))
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.tell(paid)
    firm.world.invoices.recover()
    firm.world.advance(days=1)

    assert firm.world.invoices.cancelled == []
    assert firm.sign_anew() == 1


def test_a_bill_that_waits_for_a_port_comes_where_its_letter_is_linked_next() -> None:
    """Nobody has the letter by the time at which that of before is void."""
    firm = Billed()
    firm.world.invoices.fail_when(_is_cancellation, ConnectionError("down"))
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.engine.unlink(firm.job, "Letter")
    assert firm.sign_anew() == 1
    firm.world.invoices.recover()
    firm.world.advance(days=1)
    follower = firm.follower()

    assert firm.billed == [firm.job.id, follower.id]


def test_a_bill_that_stands_for_good_lets_a_letter_owe_no_other_one() -> None:
    """That is cancelled later, and the letter has not been accepted anew since."""
    firm = Billed()
    firm.world.invoices.fail_when(_is_cancellation, ConnectionError("down"))
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.sign_anew()
    firm.engine.abandon(firm.engine.failures()[0].key)
    firm.tell(WRONG)
    assert len(firm.billed) == 1

    assert firm.sign_anew() == 2


def test_a_bill_that_is_paid_before_it_is_taken_back_lets_a_letter_owe_no_other_one() -> None:
    """It is refunded and cancelled later, and the letter has not been accepted anew since."""
    firm = Billed()
    firm.world.invoices.fail_when(_is_cancellation, ConnectionError("down"))
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.sign_anew()
    firm.tell(PaymentReceived(usd("50.00"), reference="p"))
    firm.tell(PaymentRefunded("p"))
    firm.tell(WRONG)
    assert len(firm.billed) == 1

    assert firm.sign_anew() == 2


def test_a_bill_whose_move_is_undone_lets_a_letter_owe_no_other_one() -> None:
    """It is waited for again, and cancelled later; another job has the letter (R-26)."""
    firm = Billed()
    firm.follower()
    firm.engine.unlink(firm.job, "Letter")
    firm.world.invoices.fail_when(_is_cancellation, ConnectionError("down"))
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.sign_anew()
    firm.engine.undo(firm.job)
    firm.tell(WRONG)
    assert len(firm.billed) == 1

    assert firm.sign_anew() == 2


def test_a_bill_that_an_undone_move_would_have_taken_back_stands() -> None:
    """Its port was down, and is asked no more (R-26)."""
    firm = Billed()
    firm.world.invoices.fail_when(_is_cancellation, ConnectionError("down"))
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.engine.undo(firm.job)

    assert firm.engine.job(firm.job).item("Deposit").state is ItemState.PENDING
    assert firm.sign_anew() == 1


def test_a_bill_that_is_cancelled_before_its_host_names_it_lets_another_one_come() -> None:
    """So far nobody knows of it but the job."""
    firm = Practice()
    firm.world.invoices.fail_next(ConnectionError("down"))
    firm.sign()
    firm.engine.record(firm.engine.job(firm.job).item("Deposit"), WRONG)
    firm.engine.receive(firm.ref, Reopened("other terms"))
    firm.sign()

    assert firm.billed == [firm.job.id]
    assert [one.name for one in firm.engine.job(firm.job).items] == ["Letter", "Deposit", "Deposit"]


class PlainInvoices(InvoicesPort):
    """Makes bills, and cannot take them back."""

    def __init__(self) -> None:
        self.made = 0

    def create(self, invoice: Invoice, /) -> Receipt:
        """Answer with the next number."""
        self.made += 1
        return Receipt(f"bill-{self.made}")


def test_a_bill_whose_port_cannot_take_it_back_stands_and_is_warned_of() -> None:
    """Once the firm has cancelled it at the host, another one comes."""
    invoices = PlainInvoices()
    engine = Engine(ports=Ports(invoices=invoices, proposals=FakeProposals()))
    engine.save(DEPOSIT, LETTER)
    engine.save(Pipeline("Tax", [Stage("Sign", [SendProposal(LETTER)]), Stage("Done")]))
    job = engine.start("tax", engine.save(Account("Ada")))
    letter = ref_of(job.item("Letter"))
    engine.receive(letter, ProposalSigned())
    engine.move(job, "Done", open="cancel")
    warned = engine.history(job).of(Warned)
    assert warned[-1].text == "'Deposit': nobody waits for it any more, and the bill stands"

    for bills in (1, 2):
        engine.receive(letter, Reopened("other terms"))
        engine.receive(letter, ProposalSigned())
        assert invoices.made == bills
        engine.receive(Ref("invoices", "bill-1"), WRONG)


def test_a_bill_that_is_void_is_so_on_branches_for_other_engines_and_after_a_restore(
    tmp_path: Path,
) -> None:
    """It stands beside what its reference names, wherever the firm lives."""
    with SqliteStore(tmp_path / "firm.db") as store:
        firm = Billed(store)
        firm.let_go()
        branch = firm.engine.what_if()
        branch.receive(firm.bill_ref, WRONG)
        branch.receive(firm.ref, Reopened("other terms"))
        branch.receive(firm.ref, ProposalSigned())
        assert len(branch.job(firm.job).items) == 3
        assert firm.sign_anew() == 1

        with SqliteStore(tmp_path / "firm.db") as theirs:
            World(store=theirs).engine.receive(firm.bill_ref, WRONG)
        other = World()
        other.store.restore(store.export("default"))
        for engine in (other.engine, firm.engine):
            engine.receive(firm.ref, Reopened("other terms"))
            engine.receive(firm.ref, ProposalSigned())
            assert len(engine.job(firm.job).items) == 3


@pytest.mark.parametrize("then", ["nothing", "it comes", "it is asked no more", "paid", "reopened"])
def test_explain_says_that_a_bill_waits_for_a_port_as_long_as_it_does(then: str) -> None:
    """Not once it has come, nor where none comes any more; the history keeps that it waited."""
    firm = Billed()
    invoices, engine = firm.world.invoices, firm.engine
    invoices.fail_when(_is_cancellation, ConnectionError("down"))
    engine.move(firm.job, "Done", open="cancel")
    firm.sign_anew()
    invoices.recover()
    if then == "it comes":
        firm.world.advance(days=1)
    elif then == "it is asked no more":
        engine.abandon(engine.failures()[0].key)
    elif then == "paid":
        firm.tell(InvoicePaid())
    elif then == "reopened":
        engine.reopen(engine.job(firm.job).item("Deposit"))

    waits = "its invoice waits for a port to say whether that of before is void"
    assert (waits in str(engine.explain(firm.job))) is (then == "nothing")
    assert waits in str(engine.history(firm.job))


def test_explain_tells_which_letter_waits_for_a_port() -> None:
    """One that brings no bill, and one that nobody has signed, do not."""
    firm = Billed()
    plain = attrs.evolve(LETTER, id="plain", name="Plain", invoice_on_acceptance=None)
    firm.engine.save(plain, Pipeline("More", [Stage("A", [SendProposal(plain)]), Stage("B")]))
    firm.world.invoices.fail_when(_is_cancellation, ConnectionError("down"))
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.sign_anew()
    firm.engine.link(
        firm.job, ref_of(firm.engine.start("more", firm.ada).items[0]), "proposal", "Plain"
    )

    told = [line for line in firm.engine.explain(firm.job).came if "waits for a port" in line]
    assert len(told) == 1
    assert "'Letter'" in told[0]


@pytest.mark.parametrize("then", ["paid", "reopened"])
def test_a_bill_that_is_asked_back_no_more_lets_a_letter_owe_no_other_one(then: str) -> None:
    """That is cancelled later, and the letter has not been accepted anew since."""
    firm = Billed()
    firm.world.invoices.fail_when(_is_cancellation, ConnectionError("down"))
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.sign_anew()
    if then == "paid":
        firm.tell(PaymentReceived(usd("50.00"), reference="p"))
    else:
        firm.engine.reopen(firm.engine.job(firm.job).item("Deposit"))
    firm.tell(WRONG)
    assert len(firm.billed) == 1

    assert firm.sign_anew() == 2
