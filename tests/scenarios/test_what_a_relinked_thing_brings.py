"""What belongs to a thing goes with it when it is unlinked and linked again (A-8, A-11, R-15)."""

from __future__ import annotations

import pytest

from pipeflow import (
    Account,
    Contact,
    CreateOrganizer,
    Explanation,
    Fact,
    InvoicePaid,
    InvoiceTemplate,
    Item,
    ItemResolved,
    Job,
    LineItem,
    OrganizerSubmitted,
    OrganizerTemplate,
    ProposalSigned,
    ProposalTemplate,
    Question,
    Ref,
    Reminders,
    Reopened,
    SendClientRequest,
    SendProposal,
    TagChange,
)
from pipeflow.model.facts import (
    Cancelled,
    ClientRequestAccepted,
    ClientRequestSubmitted,
    Declined,
    DocumentDisapproved,
    DocumentSigned,
    OrganizerReturned,
    OrganizerSealed,
    SignerAdded,
    SignerRemoved,
)
from pipeflow.model.templates import ClientRequestTemplate
from pipeflow.ports import Receipt
from tests.scenarios.test_promises_in_pairs import COMPLETED, PENDING, RESOLVED, Office, office, usd

DEPOSIT = InvoiceTemplate("Deposit", lines=[LineItem("x", rate=usd("50.00"))])
LETTER = ProposalTemplate("Terms", invoice_on_acceptance=DEPOSIT)
ANN, BOB = "ann@x.example", "bob@x.example"


def ref_of(item: Item) -> Ref:
    """Return the host's reference to a thing."""
    assert item.ref is not None
    return item.ref


def lettered() -> tuple[Office, Ref]:
    """Return a firm that sent a letter whose acceptance brings a bill."""
    firm = office(SendProposal(LETTER), more=(LETTER, DEPOSIT))
    return firm, ref_of(firm.engine.job(firm.job.id).items[0])


def bills(firm: Office) -> list[str]:
    """Return on which jobs the bill was made."""
    jobs = [firm.engine.job(job.id) for job in (firm.job, firm.other)]
    return [item.job for job in jobs for item in job.items if item.name == "Deposit"]


# -- the bill that acceptance brings --------------------------------------------------------------


@pytest.mark.parametrize("signed", ["after", "between", "before"])
@pytest.mark.parametrize("same", [True, False])
def test_a_letter_that_is_linked_again_brings_its_bill_once(signed: str, *, same: bool) -> None:
    """Whenever it is signed, and on whichever job of the account it is linked."""
    firm, ref = lettered()
    engine, to = firm.engine, firm.job if same else firm.other
    if signed == "before":
        engine.receive(ref, ProposalSigned())
    engine.unlink(firm.job, firm.job.items[0])
    if signed == "between":
        engine.receive(ref, ProposalSigned())
    engine.link(to, ref, "proposal", "Terms")
    if signed == "after":
        engine.receive(ref, ProposalSigned())

    assert bills(firm) == [firm.job.id if signed == "before" else to.id]


def test_a_letter_brings_no_bill_to_somebody_else() -> None:
    """Though a job of another account links it again."""
    firm, ref = lettered()
    engine = firm.engine
    engine.unlink(firm.job, firm.job.items[0])
    other = engine.start("q", engine.save(Account("Eve")))

    engine.link(other, ref, "proposal", "Terms")
    engine.receive(ref, ProposalSigned())

    assert [item.name for item in engine.job(other.id).items] == ["Terms"]


def test_a_letter_that_is_reopened_brings_its_bill_anew_where_that_was_cancelled() -> None:
    """As it does where it was never unlinked (R-3)."""
    firm, ref = lettered()
    engine = firm.engine
    engine.receive(ref, ProposalSigned())
    engine.record(engine.job(firm.job.id).item("Deposit"), Cancelled("wrong amount"))
    engine.receive(ref, Reopened("other terms"))
    engine.unlink(firm.job, firm.job.items[0])

    engine.link(firm.other, ref, "proposal", "Terms")
    engine.receive(ref, ProposalSigned())

    assert bills(firm) == [firm.job.id, firm.other.id]


def test_a_bill_that_was_cancelled_is_not_brought_by_linking_its_letter_again() -> None:
    """The letter was accepted, and its bill taken back; that stands."""
    firm, ref = lettered()
    engine = firm.engine
    engine.receive(ref, ProposalSigned())
    engine.record(engine.job(firm.job.id).item("Deposit"), Cancelled("waived"))
    engine.unlink(firm.job, firm.job.items[0])

    engine.link(firm.other, ref, "proposal", "Terms")

    assert bills(firm) == [firm.job.id]


@pytest.mark.parametrize("signed", [False, True])
def test_the_bill_comes_on_the_job_that_still_waits_for_the_letter(*, signed: bool) -> None:
    """Where the one that sent it lets go of it before it is signed."""
    firm, ref = lettered()
    engine = firm.engine
    engine.link(firm.other, ref, "proposal", "Terms")
    if signed:
        engine.receive(ref, ProposalSigned())
    engine.unlink(firm.job, firm.job.items[0])
    engine.receive(ref, ProposalSigned())

    assert bills(firm) == [firm.job.id if signed else firm.other.id]
    assert engine.job(firm.other.id).stage == ("y" if signed else "x")


# -- documents ------------------------------------------------------------------------------------


def locked(*locks: str) -> tuple[Office, Ref]:
    """Return a firm whose document is locked by bills, of which the first was linked anew."""
    firm = office(automove=False)
    engine = firm.engine
    for name in locks:
        engine.link(firm.job, name, "invoice", name, total=usd("50.00"))
    engine.link(firm.job, "d", "locked_document", "Return", locked_by=locks)
    first = engine.job(firm.job.id).items[0]
    engine.unlink(firm.job, first)
    engine.link(firm.job, ref_of(first), "invoice", "Fee")
    return firm, ref_of(first)


def the_return(firm: Office) -> object:
    """Tell how the document stands."""
    return firm.engine.job(firm.job.id).item("Return").state


@pytest.mark.parametrize("locks", [("Fee",), ("Fee", "Two")])
def test_a_document_is_locked_by_its_bill_when_that_is_linked_again(locks: tuple[str, ...]) -> None:
    """It is free when all its bills are paid, and not before (domain.md 2.3)."""
    firm, ref = locked(*locks)
    for name in locks[1:]:
        firm.engine.record(firm.engine.job(firm.job.id).item(name), InvoicePaid())
    assert the_return(firm) is PENDING

    firm.engine.receive(ref, InvoicePaid())
    assert the_return(firm) is COMPLETED

    firm.engine.receive(ref, Reopened("it bounced"))
    assert the_return(firm) is PENDING


def test_a_document_is_free_when_its_bill_was_paid_before_it_is_linked_again() -> None:
    """The other one may still lock it."""
    for others, expected in (((), COMPLETED), (("Two",), PENDING)):
        firm = office(automove=False)
        engine = firm.engine
        for name in ("Fee", *others):
            engine.link(firm.job, name, "invoice", name, total=usd("50.00"))
        engine.link(firm.job, "d", "locked_document", "Return", locked_by=["Fee", *others])
        fee = engine.job(firm.job.id).items[0]
        engine.unlink(firm.job, fee)
        engine.receive(ref_of(fee), InvoicePaid())

        engine.link(firm.job, ref_of(fee), "invoice", "Fee")

        assert the_return(firm) is expected


# -- who declined, and who signs ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("proposal", [Declined(ANN), ProposalSigned(ANN)]),
        ("signature", [Declined(ANN), DocumentSigned(ANN)]),
        ("proposal", [Declined(ANN), Reopened("new terms")]),
        ("approval", [Declined(ANN), Reopened("look again")]),
        ("approval", [DocumentDisapproved(), Reopened("look again")]),
    ],
)
def test_a_refusal_that_was_taken_back_while_it_was_let_go_of_is_none(
    kind: str, facts: list[Fact]
) -> None:
    """The client is reminded again (R-3, R-13)."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "it", kind)
    engine.unlink(job, job.items[0])
    for fact in facts:
        engine.receive(ref_of(job.items[0]), fact)
    job = engine.link(job, "it", kind)
    engine.set_reminders(job.items[1], Reminders(every=1, times=3))
    firm.world.advance(days=5)

    told: Explanation = engine.explain(job)

    assert "declined" not in str(told)
    assert "disapproved" not in str(told)
    assert len(firm.world.email.sent) == 3


def shared(*signers: str) -> tuple[Office, Ref, list[Job]]:
    """Return a document that jobs of two accounts have, with the same people as contacts."""
    firm = office(automove=False)
    people = [Contact("Ann", email=ANN.upper()), Contact("Bob", email=BOB)]
    jobs = [firm.job, firm.engine.start("q", firm.engine.save(Account("Ltd", contacts=people)))]
    job = firm.engine.link(jobs[0], "d", "signature", "Doc", signers=signers)
    firm.engine.link(jobs[1], "d", "signature", "Doc")
    return firm, ref_of(job.items[0]), jobs


@pytest.mark.parametrize(
    ("signers", "facts"),
    [
        ((), [DocumentSigned(ANN), SignerRemoved(BOB)]),
        ((ANN,), [SignerAdded(ANN), DocumentSigned(ANN)]),
        ((ANN,), [SignerAdded("Ann"), DocumentSigned("Ann")]),
        ((ANN,), [SignerAdded(BOB), SignerRemoved(BOB), DocumentSigned(ANN)]),
    ],
)
def test_one_person_is_one_signatory_on_jobs_of_several_accounts(
    signers: tuple[str, ...], facts: list[Fact]
) -> None:
    """They have one address, whichever account they are a contact of (A-8, R-16)."""
    firm, ref, jobs = shared(*signers)
    for fact in facts:
        firm.engine.receive(ref, fact)

    assert [firm.engine.job(job.id).items[0].state for job in jobs] == [COMPLETED] * 2


# -- what is accepted, answered, or put away ------------------------------------------------------


def test_what_was_sent_before_its_receipt_is_yet_to_be_accepted() -> None:
    """The job that had linked it did not know that the firm has to (domain.md 2.3)."""
    papers = ClientRequestTemplate("Papers", uploads=["W-2"], accept=True)
    firm = office(SendClientRequest(papers), deliver=False, more=(papers,))
    engine = firm.engine
    (request,) = engine.pending()
    ref = Ref(request.port, "r-1")
    engine.link(firm.other, ref, "client_request")
    engine.receive(ref, ClientRequestSubmitted())

    engine.delivered(request.key, Receipt("r-1"))

    assert firm.now(firm.job) == ("a", [PENDING])
    assert "the firm has yet to accept it" in str(engine.explain(firm.job))
    engine.receive(ref, ClientRequestAccepted())
    assert firm.now(firm.job) == ("b", [COMPLETED])


def test_who_was_added_before_the_receipt_signs_as_well() -> None:
    """The job that had linked the letter did not know of them."""
    firm = office(SendProposal(LETTER), deliver=False, more=(LETTER, DEPOSIT))
    engine = firm.engine
    (request,) = engine.pending()
    engine.record(firm.job.items[0], SignerAdded("Zed"))
    ref = Ref(request.port, "p-1")
    engine.link(firm.other, ref, "proposal")
    for who in (ANN, BOB):
        engine.receive(ref, ProposalSigned(who))

    engine.delivered(request.key, Receipt("p-1"))

    assert firm.now(firm.job) == ("a", [PENDING])
    engine.receive(ref, ProposalSigned("Zed"))
    assert firm.now(firm.job)[1][0] is COMPLETED


@pytest.mark.parametrize("relinked", [False, True])
def test_tags_of_answers_are_taken_back_though_the_organizer_was_linked_again(
    *, relinked: bool
) -> None:
    """They are its answers' all the same (R-40)."""
    choices = {"Yes": TagChange(add={"foreign"}), "No": None}
    asked = OrganizerTemplate("Ask", questions=[Question("Abroad?", choices=choices)])
    firm = office(CreateOrganizer(asked), automove=False, more=(asked,))
    engine = firm.engine
    ref = ref_of(engine.job(firm.job.id).items[0])
    engine.receive(ref, OrganizerSubmitted({"Abroad?": "Yes"}))
    assert engine.account(firm.job.account).tags == {"foreign"}
    if relinked:
        engine.unlink(firm.job, firm.job.items[0])
        engine.link(firm.job, ref, "organizer", "Ask")
    engine.receive(ref, OrganizerReturned())
    engine.receive(ref, OrganizerSubmitted({"Abroad?": "No"}))

    assert engine.account(firm.job.account).tags == frozenset()


def test_nobody_waits_for_what_was_put_away_before_it_was_linked() -> None:
    """History says so, and metrics count nothing for it."""
    firm = office()
    engine = firm.engine
    old = engine.link(firm.other, "o", "organizer", "Org")
    engine.receive(ref_of(old.items[0]), OrganizerSealed("too late"))

    new = engine.link(firm.job, "o", "organizer", "Org")
    firm.world.advance(days=10)

    assert new.items[0].state is RESOLVED
    assert [e.reason for e in engine.history(new) if isinstance(e, ItemResolved)] == [
        "it was put away"
    ]
    assert not engine.metrics("p").client
