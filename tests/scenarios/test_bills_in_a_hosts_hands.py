"""A letter's bill comes once, also where hosts answer late, or never (A-8, A-10, R-15, R-24)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeflow import (
    Account,
    Cancelled,
    CreateInvoice,
    CreditIssued,
    Engine,
    Fact,
    InvoicePaid,
    ItemState,
    Job,
    NotAllowedError,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    Pipeline,
    ProposalSigned,
    Ref,
    Reopened,
    SendProposal,
    SetStatus,
    Settings,
    Stage,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import (
    Cancellation,
    Invoice,
    Ports,
    Query,
    Receipt,
    Rejected,
    Request,
    Store,
)
from pipeflow.testing import FakeInvoices, World
from tests.scenarios.test_promises_in_pairs import usd
from tests.scenarios.test_the_bill_of_a_letter_comes_once import DEPOSIT, LETTER

LETTER_1 = Ref("proposals", "proposal-1")
BILL_1 = Ref("invoices", "invoice-1")
CLOSING = Pipeline(
    "Tax",
    [
        Stage("Sign", [SendProposal(LETTER)]),
        Stage("Done"),
        Stage("Closed", [SetStatus("Completed")]),
    ],
)


class Slow:
    """A firm whose host takes requests, makes what they ask for, and answers, each when told to."""

    def __init__(self, store: Store | None = None) -> None:
        self.world = World(store=store, deliver=False)
        self.engine = self.world.engine
        self.engine.save(DEPOSIT, LETTER)
        self.engine.save(Pipeline("Tax", [Stage("Sign", [SendProposal(LETTER)]), Stage("Done")]))
        self.engine.save(Pipeline("Other", [Stage("A"), Stage("B")]))
        self.ada = self.engine.save(Account("Ada"))
        self.job = self.engine.start("tax", self.ada)
        self.other = self.engine.start("other", self.ada)

    def take(self) -> Request:
        """Take the one request that is asked for just now."""
        (request,) = self.engine.pending()
        return request

    def answer(self, request: Request) -> None:
        """Do what is asked for, and tell the engine."""
        self.engine.delivered(request.key, self.do(request))

    def do(self, request: Request) -> Receipt | None:
        """Do what is asked for."""
        port = getattr(self.world, request.port)
        if isinstance(request, Cancellation):
            port.cancel(request)
            return None
        receipt: Receipt = port.take(request)
        return receipt

    def deliver(self) -> None:
        """Do and answer all that is asked for by now."""
        while requests := self.engine.pending():
            for request in requests:
                self.answer(request)

    def tell(self, ref: Ref, *facts: Fact) -> None:
        """Let the host tell what happened to a thing."""
        for fact in facts:
            self.engine.receive(ref, fact)

    def follow(self, job: Job | None = None) -> Job:
        """Let another job have the letter."""
        return self.engine.link(job or self.other, LETTER_1, "proposal", "Letter")

    def sign_anew(self) -> None:
        """Let the letter be reopened, and accepted."""
        self.tell(LETTER_1, Reopened("other terms"), ProposalSigned())

    @property
    def billed(self) -> list[str | None]:
        """The jobs whose bills the host made and has not taken back."""
        invoices = self.world.invoices
        gone = {one.request for one in invoices.cancelled}
        return [one.job for one in invoices.created if one.key not in gone]


@pytest.fixture(params=["in memory", "in a file"])
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Slow]:
    """Return a firm, kept in either way."""
    if request.param == "in memory":
        yield Slow()
        return
    with SqliteStore(tmp_path / "firm.db") as store:
        yield Slow(store)


def test_a_letter_that_was_let_go_of_before_its_host_answered_brings_its_bill_elsewhere(
    firm: Slow,
) -> None:
    """It had been made all the same, and somebody links it then."""
    letter = firm.take()
    firm.engine.unlink(firm.job, "Letter")
    firm.answer(letter)
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()

    assert firm.billed == [firm.other.id]


@pytest.mark.parametrize("to", ["its own job", "another job"])
@pytest.mark.parametrize("then", ["", "accepted anew"])
def test_a_bill_that_was_let_off_does_not_come_again_with_the_receipt_of_its_letter(
    firm: Slow, to: str, then: str
) -> None:
    """The letter was linked by hand before its host had named it, and signed where it was sent."""
    engine = firm.engine
    firm.follow(engine.job(firm.job) if to == "its own job" else firm.other)
    letter = engine.job(firm.job).items[0]
    engine.record(letter, ProposalSigned())
    engine.record(engine.job(firm.job).item("Deposit"), Cancelled("a gift"))

    firm.deliver()

    assert firm.billed == []
    assert len([one for one in engine.job(firm.job).items if one.name == "Deposit"]) == 1
    if then:
        firm.sign_anew()
        firm.deliver()
    assert firm.billed == [firm.job.id] * bool(then)


@pytest.mark.parametrize("how", ["left", "let go of"])
@pytest.mark.parametrize("then", ["made", "refused", "made without a name"])
def test_a_letter_owes_its_next_bill_while_a_host_has_that_of_before_in_hand(
    firm: Slow, how: str, then: str
) -> None:
    """Nobody waits for that any more; the letter is accepted anew before the host has answered."""
    engine = firm.engine
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    bill = firm.take()
    if how == "left":
        engine.move(firm.job, "Done", open="cancel")
    else:
        engine.unlink(firm.job, "Deposit")
    firm.sign_anew()
    assert engine.pending() == ()
    if then == "made":
        firm.answer(bill)
    elif then == "refused":
        engine.failed(bill.key, Rejected("no"))
    elif then == "made without a name":
        firm.do(bill)
        engine.delivered(bill.key)
    firm.world.advance(days=1)
    firm.deliver()
    firm.deliver()  # the first look may find that nobody needs that of before

    assert firm.billed == [firm.job.id]
    stands = how == "let go of" and then.startswith("made")  # what is left is taken back instead
    assert len(engine.job(firm.job).items) == (2 if stands else 3)


UNSURE = "'Deposit': its port was asked for it and never answered, so it may be there"


@pytest.mark.parametrize("gone", ["left", "let go of", "deleted"])
@pytest.mark.parametrize("lease", ["ends", "ended with a tick", "of the last attempt ended"])
def test_a_bill_whose_worker_died_comes_once_whatever_is_first(
    firm: Slow, gone: str, lease: str
) -> None:
    """The host made it, and its lease is over before nobody needs it any more, or after."""
    engine = firm.engine
    engine.save(Settings(attempts=1))
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.do(firm.take())
    if lease != "ends":
        firm.world.clock.advance(minutes=5)
        assert [one.error for one in engine.failures()] == ["no answer before the lease ran out"]
    if lease == "of the last attempt ended":
        assert engine.pending() == ()
    if gone == "deleted":
        engine.archive(firm.job)
        engine.delete(firm.job)
    elif gone == "left":
        engine.move(firm.job, "Done", open="cancel")
    else:
        engine.unlink(firm.job, "Deposit")
    firm.sign_anew()
    for _ in range(4):
        firm.world.advance(minutes=5)
        firm.deliver()

    assert firm.billed == [firm.job.id]
    if gone != "deleted":
        assert str(engine.history(firm.job)).count(UNSURE) == 1


@pytest.mark.parametrize("failed", [False, True])
@pytest.mark.parametrize("how", ["left", "let go of"])
@pytest.mark.parametrize("then", ["nothing", "made after all", "void"])
def test_a_bill_of_which_its_host_says_nothing_stands_until_somebody_does(
    firm: Slow, how: str, then: str, *, failed: bool
) -> None:
    """It may be there, whatever came of the calls before the one that was never answered."""
    engine = firm.engine
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    bill = firm.take()
    if failed:
        engine.failed(bill.key, ConnectionError("down"))
        firm.world.advance(minutes=5)
        bill = firm.take()
    if how == "left":
        engine.move(firm.job, "Done", open="cancel")
    else:
        engine.unlink(firm.job, "Deposit")
    firm.sign_anew()
    firm.world.advance(days=1)
    firm.deliver()
    assert firm.billed == []
    assert UNSURE in str(engine.history(firm.job))
    if then == "made after all":
        firm.answer(bill)
        firm.deliver()
    elif then == "void":
        engine.record(engine.job(firm.job).items[1], Cancelled("there is none"))
    firm.deliver()

    assert firm.billed == [firm.job.id] * (then != "nothing")
    second = then == "void" or (then, how) == ("made after all", "left")
    assert len(engine.job(firm.job).items) == (3 if second else 2)


def test_a_bill_that_failed_when_nobody_needs_it_any_more_never_came_to_be(firm: Slow) -> None:
    """Each call of it was answered."""
    engine = firm.engine
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    engine.failed(firm.take().key, ConnectionError("down"))
    firm.world.advance(minutes=5)
    now = firm.world.clock.now()
    (claim,) = firm.world.store.claim("somebody", timedelta(minutes=1), 1, due=now)
    engine.move(firm.job, "Done", open="cancel")
    firm.sign_anew()
    firm.world.advance(days=1)
    firm.deliver()
    firm.deliver()  # the first look finds that nobody needs that of before

    assert claim.attempt == 2
    assert UNSURE not in str(engine.history(firm.job))
    assert firm.billed == [firm.job.id]


@pytest.mark.parametrize("how", ["by its port", "by its host"])
def test_a_bill_without_a_name_is_void_once_it_was_taken_back(firm: Slow, how: str) -> None:
    """Its host named none of what it made."""
    engine = firm.engine
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    engine.delivered(firm.take().key)
    if how == "by its port":
        engine.move(firm.job, "Done", open="cancel")
        engine.delivered(firm.take().key)
    else:
        engine.record(engine.job(firm.job).item("Deposit"), Cancelled("wrong"))
    firm.sign_anew()
    assert firm.take().port == "invoices"


@pytest.mark.parametrize("void", [False, True])
def test_a_bill_without_a_name_is_as_it_was_once_its_port_is_asked_no_more(
    firm: Slow, *, void: bool
) -> None:
    """Its port refused, and it may have been cancelled by hand meanwhile."""
    engine = firm.engine
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    engine.delivered(firm.take().key)
    engine.move(firm.job, "Done", open="cancel")
    (cancellation,) = engine.pending()
    engine.failed(cancellation.key, Rejected("closed period"))
    if void:
        engine.record(engine.job(firm.job).items[1], Cancelled("wrong"))
    engine.abandon(cancellation.key)
    firm.sign_anew()

    assert [one.port for one in engine.pending()] == ["invoices"] * void


def test_a_bill_without_a_name_that_is_wanted_after_all_lets_no_other_one_come(firm: Slow) -> None:
    """It was cancelled in between."""
    engine = firm.engine
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    engine.delivered(firm.take().key)
    bill = engine.job(firm.job).item("Deposit")
    engine.record(bill, Cancelled("wrong"))
    engine.reopen(bill)
    firm.sign_anew()

    assert engine.pending() == ()


def void_by_word(firm: Slow) -> None:
    """Somebody in the firm says so."""
    firm.engine.record(firm.engine.job(firm.job).item("Deposit"), Cancelled("wrong amount"))


def void_by_credit(firm: Slow) -> None:
    """A credit note leaves nothing of it."""
    note = CreditIssued(usd("50.00"), "note-1")
    firm.engine.record(firm.engine.job(firm.job).item("Deposit"), note)


@pytest.mark.parametrize("void", [void_by_word, void_by_credit], ids=lambda one: one.__name__)
@pytest.mark.parametrize("answer", ["in time", "late"])
def test_a_bill_that_is_void_before_its_host_names_it_stays_so(
    firm: Slow, void: Callable[[Slow], None], answer: str
) -> None:
    """The host made it all the same; the next acceptance brings another one."""
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    bill = firm.take()
    void(firm)
    if answer == "late":
        firm.world.advance(days=1)
    firm.answer(bill)
    firm.sign_anew()
    firm.deliver()

    assert firm.billed == [firm.job.id] * 2


def test_a_bill_that_came_to_be_late_stands(firm: Slow) -> None:
    """Its request was withdrawn by then, and nobody had said that it is void."""
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    bill = firm.take()
    firm.engine.unlink(firm.job, "Deposit")
    firm.world.advance(days=1)
    firm.answer(bill)
    firm.sign_anew()
    firm.deliver()

    assert firm.billed == [firm.job.id]


@pytest.mark.parametrize("then", ["answered", "never answered"])
def test_a_bill_in_hand_when_its_job_is_deleted_lets_no_other_one_come(
    firm: Slow, then: str
) -> None:
    """Nobody will know whether it came to be, also where the letter is accepted anew."""
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    bill = firm.take()
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    if then == "answered":
        firm.answer(bill)
    firm.sign_anew()
    firm.world.advance(days=1)

    assert firm.engine.pending() == ()


def test_a_bill_that_was_yet_to_be_taken_back_when_its_job_is_deleted_stands(firm: Slow) -> None:
    """Nobody asks its port any more, so that its letter brings none beside it."""
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.engine.archive(firm.job)
    assert firm.engine.delete(firm.job).refs == (BILL_1,)
    firm.sign_anew()
    firm.deliver()

    assert firm.billed == [firm.job.id]


@pytest.mark.parametrize("with_other", [False, True])
def test_what_is_wanted_again_while_its_port_takes_it_back_is_waited_for_no_more(
    firm: Slow, *, with_other: bool
) -> None:
    """It is void at its host, and so for all who have it."""
    engine = firm.engine
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()
    engine.move(firm.job, "Done", open="cancel")
    taking_back = firm.take()
    engine.reopen(engine.job(firm.job).item("Deposit"), "wanted after all")
    if with_other:
        engine.link(firm.other, BILL_1, "invoice", "Deposit")
    firm.answer(taking_back)

    states = [engine.job(firm.job).item("Deposit").state]
    states += [item.state for item in engine.job(firm.other).items]
    assert states == [ItemState.RESOLVED] * (2 if with_other else 1)
    assert "its port has taken it back" in str(engine.history(firm.job))


def paid(firm: Slow) -> None:
    """The client pays all of it."""
    firm.tell(BILL_1, PaymentReceived(usd("50.00"), reference="p"))


def settled(firm: Slow) -> None:
    """Somebody calls it paid."""
    firm.tell(BILL_1, InvoicePaid())


def wanted_and_paid(firm: Slow) -> None:
    """The job waits for it again before that."""
    firm.engine.reopen(firm.engine.job(firm.job).item("Deposit"), "wanted after all")
    paid(firm)


def paid_in_part(firm: Slow) -> None:
    """It may be void all the same."""
    firm.tell(BILL_1, PaymentReceived(usd("10.00"), reference="p"))


@pytest.mark.parametrize(
    ("story", "bills"),
    [(paid, 1), (settled, 1), (wanted_and_paid, 1), (paid_in_part, 2)],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_a_bill_that_is_paid_while_its_port_takes_it_back_is_warned_of_and_brings_no_other_one(
    firm: Slow, story: Callable[[Slow], None], bills: int
) -> None:
    """The client is not billed once more; once its money went back, the firm calls it void."""
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()
    firm.engine.move(firm.job, "Done", open="cancel")
    taking_back = firm.take()
    firm.engine.link(firm.other, BILL_1, "invoice", "Deposit")
    firm.sign_anew()
    story(firm)
    before = firm.engine.job(firm.other).item("Deposit")
    firm.answer(taking_back)
    firm.deliver()

    assert len(firm.world.invoices.created) == bills
    warned = "'Deposit': its port has taken it back, though it is paid"
    assert (warned in str(firm.engine.history(firm.job))) is (bills == 1)
    assert (firm.engine.job(firm.other).item("Deposit") == before) is (bills == 1)
    if story is paid:
        firm.tell(BILL_1, PaymentRefunded("p"), Cancelled("void at its host"))
        firm.deliver()
        assert len(firm.world.invoices.created) == 1
        firm.sign_anew()
        firm.deliver()
        assert len(firm.world.invoices.created) == 2


def test_a_bill_that_is_wanted_again_before_its_host_took_it_back_stands_for_good(
    firm: Slow,
) -> None:
    """The letter owes nothing any more once the host is known not to have done it."""
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.take()
    firm.sign_anew()
    firm.engine.reopen(firm.engine.job(firm.job).item("Deposit"), "wanted after all")
    firm.world.advance(days=1)
    firm.deliver()
    stands_until_it_is_void(firm)


def test_what_its_port_takes_back_is_cancelled_on_a_job_that_links_it_meanwhile(firm: Slow) -> None:
    """Nobody there can sign any more what the client does not have."""
    firm.deliver()
    firm.engine.move(firm.job, "Done", open="cancel")
    taking_back = firm.take()
    firm.follow()
    firm.answer(taking_back)

    linked = firm.engine.job(firm.other).item("Letter")
    assert linked.state is ItemState.RESOLVED


def stands_until_it_is_void(firm: Slow) -> None:
    """See that the only bill stands, and that another one comes once its host has voided it and the
    letter is accepted anew.
    """
    assert (len(firm.world.invoices.created), firm.world.invoices.cancelled) == (1, [])

    firm.tell(BILL_1, Cancelled("void at its host"))
    firm.deliver()
    assert len(firm.world.invoices.created) == 1
    firm.sign_anew()
    firm.deliver()
    assert len(firm.world.invoices.created) == 2


# -- what is left behind while a host has it in hand ---------------------------------------------


def left_behind(*, at_once: bool = True) -> tuple[Slow, Request]:
    """Return a firm whose job has left a bill behind that its host has in hand, and its request."""
    firm = Slow()
    firm.engine.save(Pipeline("Bill", [Stage("Ask", [CreateInvoice(DEPOSIT)]), Stage("Done")]))
    firm.deliver()
    firm.job = firm.engine.start("bill", firm.ada)
    bill = firm.take()
    firm.engine.move(firm.job, "Done", open="cancel")
    if not at_once:
        firm.world.advance(days=1)
    return firm, bill


def test_a_bill_that_its_host_had_in_hand_and_that_another_job_has_brings_no_other_one(
    firm: Slow,
) -> None:
    """The letter was accepted anew meanwhile, and owes nothing from then on, whatever happens."""
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    bill = firm.take()
    firm.engine.move(firm.job, "Done", open="cancel")
    firm.sign_anew()
    firm.engine.link(firm.other, BILL_1, "invoice", "Deposit")
    firm.answer(bill)
    firm.deliver()
    stands_until_it_is_void(firm)


@pytest.mark.parametrize("at_once", [True, False])
def test_what_a_host_had_in_hand_when_its_stage_was_left_is_taken_back(*, at_once: bool) -> None:
    """Nobody waits for it, and the client shall not have it either (R-24)."""
    firm, bill = left_behind(at_once=at_once)
    firm.answer(bill)
    firm.deliver()
    (gone,) = firm.world.invoices.cancelled

    assert (gone.ref, gone.request) == ("invoice-1", bill.key)
    assert firm.engine.job(firm.job).item("Deposit").state is ItemState.RESOLVED


class Leaving(FakeInvoices):
    """Makes bills, and lets the job leave its stage while it makes the second one."""

    leave: Callable[[], object]

    def create(self, invoice: Invoice, /) -> Receipt:
        """Make a bill."""
        receipt = super().create(invoice)
        if len(self.created) == 2:
            self.leave()
        return receipt


def test_bills_that_are_left_behind_while_they_are_made_are_all_taken_back() -> None:
    """Their port calls the engine back, which has kept the receipt of neither."""
    invoices = Leaving()
    engine = Engine(ports=Ports(invoices=invoices))
    bills = [CreateInvoice(DEPOSIT, id=id) for id in ("one", "two")]
    engine.save(DEPOSIT, Pipeline("Bill", [Stage("Ask", bills), Stage("Done")]))
    invoices.leave = lambda: [engine.move(one, "Done", open="cancel") for one in engine.jobs()]
    job = engine.start("bill", engine.save(Account("Ada")))

    assert [one.ref for one in invoices.cancelled] == ["invoice-1", "invoice-2"]
    assert len(engine.job(job).items) == 2


def reopened(firm: Slow) -> None:
    """Somebody wants it after all."""
    firm.engine.reopen(firm.engine.job(firm.job).item("Deposit"))


def undone(firm: Slow) -> None:
    """The move is taken back."""
    firm.engine.undo(firm.job)


@pytest.mark.parametrize("wanted", [reopened, undone], ids=lambda one: one.__name__)
def test_what_is_wanted_by_the_time_it_comes_is_not_taken_back(
    wanted: Callable[[Slow], None],
) -> None:
    """The job waits for it again; where it stops doing so otherwise, it stands."""
    firm, bill = left_behind()
    wanted(firm)
    firm.engine.record(firm.engine.job(firm.job).item("Deposit"), Cancelled("by hand"))
    firm.answer(bill)

    assert firm.engine.pending() == ()


@pytest.mark.parametrize("paid", [None, InvoicePaid(), PaymentReceived(usd("50.00"))])
def test_a_bill_that_is_paid_by_the_time_it_comes_is_not_taken_back(paid: Fact | None) -> None:
    """The client had credit, or somebody tells of it before the host has answered."""
    firm, bill = left_behind()
    if paid is not None:
        firm.engine.record(firm.engine.job(firm.job).item("Deposit"), paid)
    firm.engine.delivered(bill.key, Receipt("invoice-1", completed=paid is None))

    assert firm.engine.pending() == ()


def test_what_another_job_had_as_something_else_is_taken_back() -> None:
    """It has let go of it."""
    firm, request = left_behind()
    other = firm.engine.link(firm.other, BILL_1, "approval", "Draft")
    firm.engine.unlink(other, "Draft")
    firm.answer(request)
    firm.deliver()

    assert firm.billed == []


def test_what_another_job_has_too_is_not_taken_back() -> None:
    """It had linked it before its host answered."""
    firm, bill = left_behind()
    firm.engine.link(firm.other, BILL_1, "invoice", "Deposit")
    firm.answer(bill)

    assert firm.engine.pending() == ()
    assert firm.engine.job(firm.other).item("Deposit").state is ItemState.PENDING


# -- what a host says of a bill whose job was deleted --------------------------------------------


def gone(firm: Slow, *before: Fact) -> None:
    """Delete the job of a bill of which its host had told something; another has the letter."""
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()
    firm.tell(BILL_1, *before)
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)


@pytest.mark.parametrize("then", ["answered", "failed", "the letter is its own"])
def test_a_job_is_not_deleted_while_a_port_takes_back_the_bill_of_a_letter_that_others_have(
    firm: Slow, then: str
) -> None:
    """Whether that is void is known as long as the letter, which owes the next bill (R-15)."""
    firm.deliver()
    if then != "the letter is its own":
        firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()
    firm.engine.move(firm.job, "Done", open="cancel")
    cancellation = firm.take()
    firm.sign_anew()
    firm.engine.archive(firm.job)
    if then != "the letter is its own":
        with pytest.raises(NotAllowedError, match="the port has in hand to take 'Deposit'"):
            firm.engine.delete(firm.job)
    if then == "answered":
        firm.answer(cancellation)
    elif then == "failed":
        firm.engine.failed(cancellation.key, ConnectionError("down"))
    firm.engine.delete(firm.job)
    firm.deliver()

    assert firm.billed == ([firm.other.id] if then == "answered" else [firm.job.id])


def rested(firm: Slow, how: str) -> Callable[[], object]:
    """Let a job be over, and return what lets it go on."""
    engine, job = firm.engine, firm.job
    if how == "undone":
        engine.move(job, "Closed", open="carry")
        return lambda: engine.undo(job)
    engine.set_status(job, how)
    if how == "Completed":
        return lambda: engine.set_status(job, "Active")
    return lambda: engine.restore(job)


@pytest.mark.parametrize("how", ["Completed", "Archived", "undone"])
def test_a_letter_brings_the_bill_that_it_owes_once_its_job_goes_on(firm: Slow, how: str) -> None:
    """It was over for a moment just when the port took that of before back."""
    firm.engine.save(CLOSING, replace=True)
    firm.deliver()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()
    firm.engine.move(firm.job, "Done", open="cancel")
    cancellation = firm.take()
    firm.sign_anew()
    go_on = rested(firm, how)
    firm.answer(cancellation)
    assert firm.billed == []
    go_on()
    firm.deliver()

    assert firm.billed == [firm.job.id]


def test_a_bill_that_went_with_its_job_comes_where_another_one_goes_on(firm: Slow) -> None:
    """It had not left, and that one was archived meanwhile."""
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.engine.archive(firm.other)
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    firm.deliver()
    assert firm.billed == []
    firm.engine.restore(firm.other)
    firm.deliver()

    assert firm.billed == [firm.other.id]


WRONG, RIGHT = Cancelled("wrong"), Reopened("right")
CREDIT = CreditIssued(usd("50.00"), "note-1")
PAID, REFUND = PaymentReceived(usd("50.00"), reference="p"), PaymentRefunded("p")


@pytest.mark.parametrize("linked", ["never", "since", "and let go of"])
@pytest.mark.parametrize(
    ("before", "since", "bills"),
    [
        ([], [WRONG], 2),
        ([], [WRONG, RIGHT, RIGHT], 1),
        ([WRONG], [], 2),
        ([WRONG], [RIGHT], 1),
        ([CREDIT], [], 2),
        ([InvoicePaid()], [WRONG], 1),
        ([PAID], [REFUND, WRONG], 2),
        ([PAID], [REFUND], 1),
        ([PAID], [WRONG, REFUND, WRONG], 2),
        ([PAID], [PaymentFailed("p"), WRONG], 2),
        ([InvoicePaid()], [RIGHT, WRONG], 2),
        ([InvoicePaid()], [RIGHT, WRONG, RIGHT], 1),
        ([], [InvoicePaid()], 1),
    ],
)
def test_it_is_kept_whether_a_bill_is_void_whose_job_was_deleted(
    firm: Slow, before: list[Fact], since: list[Fact], bills: int, linked: str
) -> None:
    """The letter that another job has is accepted anew."""
    gone(firm, *before)
    if linked != "never":
        third = firm.engine.link(firm.engine.start("other", firm.ada), BILL_1, "invoice", "Deposit")
        if linked == "and let go of":
            firm.engine.unlink(third, "Deposit")
    firm.tell(BILL_1, *since)
    firm.sign_anew()
    firm.deliver()

    assert len(firm.world.invoices.created) == bills


def test_a_bill_that_is_void_when_its_job_lets_go_of_it_and_is_deleted_lets_another_one_come(
    firm: Slow,
) -> None:
    """A credit note had left nothing of it."""
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()
    firm.tell(BILL_1, CREDIT)
    firm.engine.unlink(firm.job, "Deposit")
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    firm.sign_anew()
    firm.deliver()

    assert firm.billed == [firm.job.id, firm.other.id]


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("what", ["the job", "the account"])
def test_nothing_of_a_bill_is_kept_longer_than_its_letter(
    firm: Slow, what: str, *, linked: bool
) -> None:
    """Neither whether it is void (R-28)."""
    gone(firm)
    if linked:
        firm.engine.link(firm.other, BILL_1, "invoice", "Deposit")
    store = firm.world.store
    assert {key.id for key, _ in store.find("default", Query("ref")).rows} >= {str(BILL_1)}
    firm.engine.archive(firm.other)
    firm.engine.delete(firm.other if what == "the job" else firm.ada)

    assert store.find("default", Query("ref")).rows == ()
    assert firm.engine.receive(BILL_1, WRONG) == []


def test_a_bill_outlives_its_letter_where_a_job_has_it_still(firm: Slow) -> None:
    """What is told of it reaches that."""
    gone(firm)
    third = firm.engine.link(firm.engine.start("other", firm.ada), BILL_1, "invoice", "Deposit")
    firm.engine.archive(firm.other)
    firm.engine.delete(firm.other)
    (told,) = firm.engine.receive(BILL_1, InvoicePaid())

    assert told.id == third.id
