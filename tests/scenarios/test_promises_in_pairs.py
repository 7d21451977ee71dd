"""What one feature promises holds beside another: bills, letters and documents of several jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    ClientTaskChecked,
    Contact,
    CreateInvoice,
    CreditIssued,
    DocumentApproved,
    Engine,
    InvoicePaid,
    InvoiceTemplate,
    ItemReopened,
    ItemState,
    Job,
    LineItem,
    Money,
    PaymentReceived,
    PaymentRefunded,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Ref,
    Reminders,
    Reopened,
    SendProposal,
    SignerAdded,
    SignerRemoved,
    Stage,
    TaskCompleted,
    Warned,
)
from pipeflow.model.facts import (
    Cancelled,
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    Declined,
    DocumentDisapproved,
    Fact,
    OrganizerReturned,
    OrganizerSubmitted,
    SubtaskChecked,
    TaskReopened,
)
from pipeflow.ports import Receipt
from pipeflow.testing import World

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED


def usd(amount: str) -> Money:
    """Return dollars."""
    return Money(amount, "USD")


FEE = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=usd("100.00"))])
LETTER = ProposalTemplate("Letter")
ALL = PaymentReceived(usd("100.00"), reference="r")


class Office(NamedTuple):
    """A firm with a job that waits for what its stage made, and one that waits for links."""

    world: World
    engine: Engine
    job: Job
    other: Job

    def now(self, job: Job) -> tuple[str, list[ItemState]]:
        """Tell where a job stands, and how its items do."""
        found = self.engine.job(job.id)
        return found.stage, [item.state for item in found.items]


def office(
    *automations: Any, automove: bool = True, deliver: bool = True, more: Sequence[Any] = ()
) -> Office:
    """Open a firm."""
    world = World(deliver=deliver)
    engine = world.engine
    engine.save(
        Pipeline("P", stages=[Stage("A", automove=automove, automations=automations), Stage("B")]),
        Pipeline("Q", stages=[Stage("X", automove=True), Stage("Y")]),
        FEE,
        LETTER,
        *more,
    )
    people = [Contact("Ann", email="ann@x.example"), Contact("Bob", email="bob@x.example")]
    account = engine.save(Account("Ada", contacts=people))
    return Office(world, engine, engine.start("p", account), engine.start("q", account))


# -- what was let go of --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more", "facts", "stage"),
    [
        ("invoice", {"total": usd("100.00")}, [ALL], "y"),
        ("invoice", {}, [InvoicePaid()], "y"),
        ("invoice", {"total": usd("100.00")}, [PaymentReceived(usd("40.00"), reference="r")], "x"),
        ("invoice", {"total": usd("100.00")}, [ALL, Reopened("wrong bill")], "x"),
        ("message", {"client_tasks": ["Sign"]}, [ClientTaskChecked("Sign")], "y"),
        ("message", {"client_tasks": ["Sign", "Pay"]}, [ClientTaskChecked("Sign")], "x"),
        ("task", {}, [TaskCompleted()], "y"),
        ("task", {}, [TaskCompleted(), Reopened("not yet")], "x"),
        ("task", {}, [], "x"),
        ("task", {}, [TaskCompleted(), TaskReopened()], "x"),
        ("task", {}, [SubtaskChecked("Sign")], "x"),
        ("task", {}, [TaskCompleted(), Cancelled("too late")], "y"),
        ("organizer", {}, [OrganizerSubmitted()], "y"),
        ("organizer", {}, [OrganizerSubmitted(), OrganizerReturned()], "x"),
        ("client_request", {}, [ClientRequestSubmitted()], "y"),
        ("client_request", {}, [ClientRequestAccepted()], "y"),
        ("client_request", {}, [ClientRequestSubmitted(), ClientRequestReturned()], "x"),
        ("approval", {}, [DocumentApproved(), Declined("ann@x.example")], "y"),
        ("approval", {}, [DocumentApproved(), DocumentDisapproved()], "x"),
        ("approval", {}, [DocumentApproved()], "y"),
        ("proposal", {}, [ProposalSigned("ann@x.example"), ProposalSigned("bob@x.example")], "y"),
        ("proposal", {}, [ProposalSigned("ann@x.example")], "x"),
        ("proposal", {}, [ProposalSigned(), Reopened("not so")], "x"),
        ("locked_document", {}, [InvoicePaid()], "y"),
    ],
)
def test_what_was_done_while_it_was_let_go_of_is_done_when_it_is_linked_again(
    kind: str, more: dict[str, Any], facts: list[Fact], stage: str
) -> None:
    """It completes the new link as it would have (A-9, R-15)."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "one", kind, "One", **more)
    engine.unlink(job, job.items[0])
    assert job.items[0].ref is not None
    for fact in facts:
        engine.receive(job.items[0].ref, fact)

    job = engine.link(job, "one", kind, "One")

    assert (job.stage, job.items[1].state) == (stage, COMPLETED if stage == "y" else PENDING)


# -- letters -------------------------------------------------------------------------------------


def signed_and_reopened() -> Office:
    """Return a firm whose letter both have signed, and that was then reopened."""
    firm = office(SendProposal(LETTER))
    for who in ("ann@x.example", "bob@x.example"):
        firm.engine.record(firm.job.items[0], ProposalSigned(who))
    firm.engine.reopen(firm.job.items[0], "the terms changed")
    return firm


def test_who_is_added_to_a_reopened_letter_does_not_sign_for_the_others() -> None:
    """What was signed is signed anew, by all (R-3)."""
    firm = signed_and_reopened()
    letter = firm.job.items[0]
    firm.engine.record(letter, SignerAdded("Zed"))

    assert "to be signed anew, as it was by Ann, Bob; not yet: Ann, Bob, Zed" in str(
        firm.engine.explain(firm.job)
    )
    for who in ("Zed", "ann@x.example"):
        assert firm.engine.record(letter, ProposalSigned(who)).items[0].state is PENDING
    assert firm.engine.record(letter, ProposalSigned("bob@x.example")).items[0].state is COMPLETED


@pytest.mark.parametrize(
    "ended", [Declined("bob@x.example"), Cancelled("not now")], ids=["declined", "cancelled"]
)
def test_who_signed_a_letter_that_others_had_yet_to_sign_need_not_sign_again(ended: Fact) -> None:
    """What was signed in part was no completion, and reopening takes none back (R-3)."""
    firm = office(SendProposal(LETTER))
    letter = firm.job.items[0]
    for fact in (ProposalSigned("ann@x.example"), ended, Reopened("Bob agrees after all")):
        firm.engine.record(letter, fact)

    assert "not yet: Bob" in str(firm.engine.explain(firm.job))
    assert firm.engine.record(letter, ProposalSigned("bob@x.example")).items[0].state is COMPLETED


def test_who_had_signed_a_reopened_letter_can_be_taken_out() -> None:
    """What they signed does not stand any more."""
    firm = signed_and_reopened()
    letter = firm.job.items[0]

    firm.engine.record(letter, SignerRemoved("bob@x.example"))

    assert firm.engine.record(letter, ProposalSigned("ann@x.example")).items[0].state is COMPLETED


def test_a_letter_that_was_reopened_before_its_receipt_waits_wherever_it_is_linked() -> None:
    """As it does when it is linked after that (A-8, R-3)."""
    firm = office(SendProposal(LETTER), deliver=False)
    engine = firm.engine
    (request,) = engine.pending()
    engine.record(firm.job.items[0], ProposalSigned())
    engine.reopen(firm.job.items[0], "the terms changed")
    engine.link(firm.other, "p", "proposal")

    engine.delivered(request.key, Receipt("p"))

    assert firm.now(firm.job) == ("b", [PENDING])
    assert firm.now(firm.other) == ("x", [PENDING])


# -- documents -----------------------------------------------------------------------------------


def test_a_document_is_locked_and_free_wherever_it_is_linked() -> None:
    """Its invoice is one job's, but the document is everybody's (A-8)."""
    firm = office(CreateInvoice(FEE))
    engine = firm.engine
    bill = firm.job.items[0]
    engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["Fee"])
    engine.link(firm.other, "d", "locked_document", "Doc")

    engine.record(bill, ALL)
    assert (firm.now(firm.job), firm.now(firm.other)) == (
        ("b", [COMPLETED, COMPLETED]),
        ("y", [COMPLETED]),
    )

    engine.record(bill, PaymentRefunded("r"))
    assert [firm.now(job)[1][-1] for job in (firm.job, firm.other)] == [PENDING, PENDING]

    engine.record(bill, PaymentReceived(usd("100.00"), reference="s"))
    assert [firm.now(job)[1][-1] for job in (firm.job, firm.other)] == [COMPLETED, COMPLETED]


def test_nobody_waits_anywhere_for_a_document_whose_invoices_were_cancelled() -> None:
    """That is no completion (A-10), and another job's own invoices still count there."""
    firm = office(CreateInvoice(FEE))
    engine = firm.engine
    engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["Fee"])
    third = engine.start("q", firm.other.account)
    third = engine.link(third, "own", "invoice", "Own", total=usd("5.00"))
    engine.link(third, "d", "locked_document", "Doc", locked_by=["Own"])
    fourth = engine.start("q", firm.other.account)
    for job in (firm.other, fourth):
        engine.link(job, "d", "locked_document", "Doc")

    engine.record(firm.job.items[0], Cancelled("void"))

    assert firm.now(firm.job)[1] == [RESOLVED, RESOLVED]
    assert firm.now(firm.other) == firm.now(fourth) == ("x", [RESOLVED])
    assert firm.now(third) == ("x", [PENDING, PENDING])


def test_a_document_waits_again_when_one_of_its_cancelled_invoices_does() -> None:
    """They were cancelled by mistake (R-3); what the job has let go of stays let go of."""
    firm = office(CreateInvoice(FEE))
    engine, bill = firm.engine, firm.job.items[0]
    engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["Fee"])
    engine.link(firm.other, "d", "locked_document", "Doc")
    job = engine.link(firm.job, "e", "locked_document", "Gone", locked_by=["Fee"])
    engine.record(bill, Cancelled("void"))
    engine.unlink(job, job.item("Gone"))

    engine.reopen(bill, "it was not")
    assert firm.now(firm.job)[1] == [PENDING, PENDING, RESOLVED]
    assert firm.now(firm.other)[1] == [PENDING]

    engine.record(bill, ALL)
    assert firm.now(firm.job)[1] == [COMPLETED, COMPLETED, RESOLVED]
    assert firm.now(firm.other)[1] == [COMPLETED]


def locked_by_two() -> Office:
    """Return a firm whose document is locked by two bills, one of which is paid."""
    firm = office(automove=False)
    for name in ("One", "Two"):
        firm.engine.link(firm.job, name, "invoice", name, total=usd("9.00"))
    job = firm.engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["One", "Two"])
    firm.engine.record(job.item("One"), InvoicePaid())
    return firm


def test_a_document_that_a_move_cancels_is_not_set_free_by_it() -> None:
    """It is cancelled as the invoice is that locks it (R-24), and waits again after an undo."""
    firm = locked_by_two()

    firm.engine.move(firm.job, "B", open="cancel")
    assert firm.now(firm.job)[1] == [COMPLETED, RESOLVED, RESOLVED]

    firm.engine.undo(firm.job)
    assert firm.now(firm.job)[1] == [COMPLETED, PENDING, PENDING]


def test_a_document_that_a_move_set_free_is_locked_again_by_an_undo() -> None:
    """One of an earlier visit, whose last invoice was cancelled as the job left (R-26)."""
    firm = office(automove=False)
    engine = firm.engine
    for name in ("One", "Two"):
        engine.link(firm.job, name, "invoice", name, total=usd("9.00"))
    job = engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["One", "Two"])
    engine.record(job.item("One"), InvoicePaid())
    engine.move(job, "B", open="carry")
    engine.move(job, "A", open="cancel")

    job = engine.undo(job).job

    assert [item.state for item in job.items] == [COMPLETED, PENDING, PENDING]
    assert "Two" in str(engine.explain(job))


def test_it_is_told_what_frees_a_document_of_which_no_invoice_is_open() -> None:
    """It was reopened by itself, and nothing is left to be paid."""
    firm = office(CreateInvoice(FEE), automove=False)
    job = firm.engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["Fee"])
    firm.engine.record(job.item("Fee"), InvoicePaid())

    job = firm.engine.reopen(job.item("Doc"), "another look")

    assert (
        "locked by 'Fee', of which none is open; it was reopened, and `complete` frees it"
        in str(firm.engine.explain(job))
    )


def test_what_another_jobs_move_cancelled_is_not_waited_for_again() -> None:
    """Whatever becomes of the document's invoice (R-24, A-11)."""
    firm = office(CreateInvoice(FEE))
    engine, bill = firm.engine, firm.job.items[0]
    engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["Fee"])
    engine.link(firm.other, "d", "locked_document", "Doc")
    engine.move(firm.other, "Y", open="cancel")

    engine.record(bill, ALL)
    engine.record(bill, PaymentRefunded("r"))

    assert firm.now(firm.other) == ("y", [RESOLVED])


def test_what_another_jobs_move_cancelled_stays_so_when_its_invoice_is_void_and_is_not() -> None:
    """Nobody waits for it there before or after (R-24, A-10)."""
    firm = office(CreateInvoice(FEE))
    engine, bill = firm.engine, firm.job.items[0]
    engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["Fee"])
    engine.link(firm.other, "d", "locked_document", "Doc")
    engine.move(firm.other, "Y", open="cancel")

    engine.record(bill, Cancelled("void"))
    engine.reopen(bill, "it was not")

    assert firm.now(firm.other) == ("y", [RESOLVED])
    assert firm.now(firm.job)[1] == [PENDING, PENDING]


def test_an_undo_that_locks_a_document_again_locks_it_wherever_it_is_linked() -> None:
    """The move had set it free, in an earlier visit (R-26, A-8)."""
    firm = office(automove=False)
    engine, job = firm.engine, firm.job
    for name in ("One", "Two"):
        engine.link(job, name, "invoice", name, total=usd("9.00"))
    engine.link(job, "d", "locked_document", "Doc", locked_by=["One", "Two"])
    engine.link(firm.other, "d", "locked_document", "Doc")
    engine.record(engine.job(job.id).item("One"), InvoicePaid())
    engine.complete(engine.job(job.id).item("Doc"))
    engine.move(job, "B", open="carry")
    engine.reopen(engine.job(job.id).item("Doc"), "too early")
    engine.move(job, "A", open="cancel")
    assert [firm.now(one)[1][-1] for one in (job, firm.other)] == [COMPLETED, COMPLETED]

    engine.undo(job)

    assert [firm.now(one)[1][-1] for one in (job, firm.other)] == [PENDING, PENDING]


def test_a_document_that_was_reopened_by_hand_waits_once() -> None:
    """Its cancelled bill that is reopened after it changes nothing more."""
    firm = office(CreateInvoice(FEE))
    engine, bill = firm.engine, firm.job.items[0]
    doc = engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["Fee"]).item("Doc")
    engine.record(bill, Cancelled("void"))
    engine.record(doc, InvoicePaid())
    engine.reopen(doc, "still needed")

    engine.reopen(bill, "it was not void")
    again = [one for one in engine.history(firm.job) if isinstance(one, ItemReopened)]
    assert [one.item for one in again] == [doc.id, bill.id]

    engine.record(bill, ALL)
    engine.record(bill, PaymentRefunded("r"))
    assert firm.now(firm.job)[1] == [PENDING, PENDING]


# -- bills ---------------------------------------------------------------------------------------


def test_a_credit_note_that_is_told_before_the_total_completes_nothing() -> None:
    """Nothing is left to pay and nothing was paid, in whichever order it is told (A-10, R-1)."""
    firm = office()
    job = firm.engine.link(firm.other, "i", "invoice")
    firm.engine.record(job.items[0], CreditIssued(usd("100.00"), "note"))
    firm.engine.link(firm.job, "i", "invoice", total=usd("100.00"))
    last = firm.engine.start("q", firm.job.account)
    firm.engine.link(last, "i", "invoice")

    assert firm.now(firm.other) == ("x", [RESOLVED])
    assert firm.now(firm.job)[1] == [RESOLVED]
    assert firm.now(last) == ("x", [RESOLVED])


def test_a_bill_that_comes_to_what_was_credited_already_is_not_paid() -> None:
    """The host says what its own bill comes to, after the credit note (R-11)."""
    firm = office(CreateInvoice(FEE), deliver=False)
    (request,) = firm.engine.pending()
    firm.engine.record(firm.job.items[0], CreditIssued(usd("60.00"), "note"))

    firm.engine.delivered(request.key, Receipt("i", total=usd("60.00")))

    assert firm.now(firm.job) == ("a", [RESOLVED])


@pytest.mark.parametrize("first", ["debit", "credit"])
def test_a_debit_that_counts_and_a_credit_note_pay_a_bill_in_either_order(first: str) -> None:
    """Where the firm counts bank payments when they are submitted (R-1, domain.md 2.3)."""
    firm = office(CreateInvoice(FEE))
    firm.engine.save(evolve(firm.engine.settings(), bank_payments="submitted"))
    facts = [
        PaymentReceived(usd("40.00"), cleared=False, reference="debit"),
        CreditIssued(usd("60.00"), "note"),
    ]
    for fact in facts if first == "debit" else reversed(facts):
        firm.engine.record(firm.job.items[0], fact)

    assert firm.now(firm.job) == ("b", [COMPLETED])


def test_a_reopened_bill_with_a_credit_note_stays_open() -> None:
    """Whatever money has come (R-3), when it is looked over, and where it is linked."""
    firm = office(CreateInvoice(FEE), automove=False, deliver=False)
    engine, bill = firm.engine, firm.job.items[0]
    (request,) = engine.pending()
    engine.record(bill, CreditIssued(usd("40.00"), "note"))
    engine.record(bill, PaymentReceived(usd("60.00"), reference="r"))
    engine.reopen(bill, "wrong account")

    assert engine.reevaluate(firm.job).items[0].state is PENDING

    engine.link(firm.other, "i", "invoice")
    engine.delivered(request.key, Receipt("i"))
    assert firm.now(firm.other) == ("x", [PENDING])


def test_the_hosts_own_total_counts_on_a_job_that_had_linked_the_bill_before() -> None:
    """As on one that links it afterwards (R-11, A-8)."""
    firm = office(CreateInvoice(FEE), deliver=False)
    engine = firm.engine
    (request,) = engine.pending()
    engine.link(firm.other, "i", "invoice", total=usd("100.00"))

    engine.delivered(request.key, Receipt("i", total=usd("120.00")))
    engine.receive(Ref("invoices", "i"), ALL)

    assert (firm.now(firm.job), firm.now(firm.other)) == (("a", [PENDING]), ("x", [PENDING]))
    assert any("comes to 120.00 USD, not 100.00 USD" in str(e) for e in engine.history(firm.other))


def test_a_reminder_of_a_bill_whose_rest_is_under_way_does_not_leave() -> None:
    """A credit note may leave no more than that (R-8)."""
    firm = office()
    bill = InvoiceTemplate("Bill", lines=FEE.lines, reminders=Reminders(every=3, times=3))
    firm.engine.save(
        bill, Pipeline("R", stages=[Stage("A", automations=[CreateInvoice(bill)]), Stage("B")])
    )
    item = firm.engine.start("r", firm.job.account).items[0]
    firm.engine.record(item, PaymentReceived(usd("40.00"), cleared=False, reference="debit"))
    firm.world.email.fail_when(lambda _: True, RuntimeError("down"))
    firm.world.advance(days=3, minutes=1)

    firm.engine.record(item, CreditIssued(usd("60.00"), "note"))
    firm.world.email.recover()
    firm.world.advance(hours=12)

    assert firm.world.email.sent == []


def test_a_fact_that_does_not_fit_is_warned_of_once() -> None:
    """However often a webhook tells it, where it fits another job."""
    firm = office(CreateInvoice(FEE))
    engine = firm.engine
    engine.link(firm.other, "d", "locked_document", "Doc", total=usd("100.00"))
    engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["Fee"])
    port = engine.job(firm.other.id).items[0].ref
    assert port is not None
    for _ in range(3):
        engine.receive(port, PaymentReceived(usd("60.00"), reference="r"))

    warned = [event for event in engine.history(firm.job) if isinstance(event, Warned)]
    assert len(warned) == 1
