"""What belongs to a thing goes with it when it is unlinked and linked again (A-8, A-11, R-15)."""

from __future__ import annotations

import pytest

from pipeflow import (
    Account,
    ClientTaskChecked,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreditIssued,
    Explanation,
    Fact,
    FactRecorded,
    InvoicePaid,
    InvoiceTemplate,
    Item,
    ItemCompleted,
    ItemResolved,
    ItemState,
    Job,
    LineItem,
    OrganizerSubmitted,
    OrganizerTemplate,
    PaymentReceived,
    PaymentRefunded,
    ProposalSigned,
    ProposalTemplate,
    Question,
    Ref,
    Reminders,
    Reopened,
    SendClientRequest,
    SendProposal,
    TagChange,
    TaskCompleted,
    Warned,
)
from pipeflow.model.facts import (
    Cancelled,
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientTaskAdded,
    ClientTaskUnchecked,
    Declined,
    DocumentApproved,
    DocumentDisapproved,
    DocumentSigned,
    OrganizerReturned,
    OrganizerSealed,
    SignerAdded,
    SignerRemoved,
    TaskReopened,
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


@pytest.mark.parametrize(
    ("kind", "fact"), [("proposal", ProposalSigned()), ("signature", DocumentSigned())]
)
def test_what_nobody_is_known_to_sign_is_found_signed_where_it_was_let_go_of(
    kind: str, fact: Fact
) -> None:
    """The client has no signatories; the host says that all who must have signed (A-49)."""
    firm, ref = office(), Ref("host", "t-1")
    engine = firm.engine
    eve = engine.save(Account("Eve"))
    one, two = (engine.start("q", eve) for _ in range(2))
    engine.link(one, ref, kind, "Terms")
    engine.unlink(one, "Terms")
    engine.receive(ref, fact)
    engine.receive(ref, fact)

    assert engine.link(two, ref, kind, "Terms").item("Terms").state is COMPLETED
    assert engine.job(two).stage == "y"
    late = [event for event in engine.history(one).of(FactRecorded) if event.fact == fact]
    assert len(late) == 1


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


def test_a_letter_that_is_reopened_brings_no_second_bill_where_the_first_stands() -> None:
    """Nobody took it back, so it is the bill of what is signed next too (R-3)."""
    firm, ref = lettered()
    engine = firm.engine
    engine.receive(ref, ProposalSigned())
    engine.receive(ref, Reopened("other terms"))
    engine.unlink(firm.job, firm.job.items[0])

    engine.link(firm.other, ref, "proposal", "Terms")
    engine.receive(ref, ProposalSigned())

    assert bills(firm) == [firm.job.id]


def test_a_bill_that_a_pause_put_off_comes_where_its_letter_is_linked_again() -> None:
    """It was signed, and nothing was brought by that yet (R-27)."""
    firm, ref = lettered()
    engine = firm.engine
    engine.pause(firm.job, "holidays")
    engine.receive(ref, ProposalSigned())
    engine.unlink(firm.job, firm.job.items[0])

    engine.link(firm.other, ref, "proposal", "Terms")

    assert bills(firm) == [firm.other.id]


def test_a_letter_that_is_let_go_of_passes_its_bill_on_to_nobody_else() -> None:
    """Though a job of another account waits for it as well."""
    firm, ref = lettered()
    engine = firm.engine
    other = engine.start("q", engine.save(Account("Eve")))
    engine.link(other, ref, "proposal", "Terms")

    engine.unlink(firm.job, firm.job.items[0])
    engine.receive(ref, ProposalSigned())

    assert [item.name for item in engine.job(other.id).items] == ["Terms"]


@pytest.mark.parametrize("waits", [False, True])
def test_the_bill_comes_on_one_of_the_jobs_that_still_wait_for_the_letter(*, waits: bool) -> None:
    """On the first of them, and not on one that went on without it."""
    firm, ref = lettered()
    engine = firm.engine
    third = engine.start("q", firm.job.account)
    for job in (firm.other, third):
        engine.link(job, ref, "proposal", "Terms")
    if not waits:
        engine.move(firm.other, "Y", open="cancel")

    engine.unlink(firm.job, firm.job.items[0])
    engine.receive(ref, ProposalSigned())

    on_third = [third.id for item in engine.job(third.id).items if item.name == "Deposit"]
    assert [*bills(firm), *on_third] == [firm.other.id if waits else third.id]


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


def test_a_document_stays_locked_by_the_bill_that_a_second_link_is_of_too() -> None:
    """To let go of that link changes nothing of it."""
    firm = office(CreateInvoice(DEPOSIT), automove=False, more=(DEPOSIT,))
    engine = firm.engine
    ref = ref_of(engine.job(firm.job.id).items[0])
    engine.link(firm.job, "d", "locked_document", "Return", locked_by=["Deposit"])
    job = engine.link(firm.job, ref, "invoice", "Again")
    engine.unlink(job, "Again")
    assert the_return(firm) is PENDING

    engine.receive(ref, InvoicePaid())

    assert the_return(firm) is COMPLETED


@pytest.mark.parametrize("again", [False, True])
def test_a_document_is_locked_anew_by_a_bill_that_is_linked_again_unpaid(*, again: bool) -> None:
    """All its bills had been cancelled, so that nobody waited for it (A-10)."""
    firm = office(automove=False)
    engine = firm.engine
    for name in ("Fee", "Two"):
        engine.link(firm.job, name, "invoice", name, total=usd("50.00"))
    job = engine.link(firm.job, "d", "locked_document", "Return", locked_by=["Fee", "Two"])
    for item in job.items[:2]:
        engine.unlink(job, item)
    assert the_return(firm) is RESOLVED

    if again:
        engine.link(job, ref_of(job.items[0]), "invoice", "Fee")

    assert the_return(firm) is (PENDING if again else RESOLVED)


def test_a_document_is_locked_again_by_a_bill_that_was_reopened_before_it_is_linked_again() -> None:
    """It was free, since the bill was paid; that is open once more (A-11)."""
    firm = office(automove=False)
    engine = firm.engine
    fee = engine.link(firm.job, "f", "invoice", "Fee", total=usd("50.00")).items[0]
    engine.link(firm.job, "d", "locked_document", "Return", locked_by=["Fee"])
    engine.receive(ref_of(fee), InvoicePaid())
    engine.unlink(firm.job, fee)
    engine.receive(ref_of(fee), Reopened("it bounced"))
    assert the_return(firm) is COMPLETED

    engine.link(firm.job, ref_of(fee), "invoice", "Fee")

    assert the_return(firm) is PENDING


def test_each_document_is_free_when_its_bill_was_paid_before_it_is_linked_again() -> None:
    """Also one that nobody waited for, beside one that another bill locked meanwhile."""
    firm = office(automove=False)
    engine = firm.engine
    for name in ("Fee", "Two"):
        engine.link(firm.job, name, "invoice", name, total=usd("50.00"))
    engine.link(firm.job, "d", "locked_document", "Return", locked_by=["Fee"])
    engine.link(firm.job, "e", "locked_document", "State", locked_by=["Fee", "Two"])
    fee = engine.job(firm.job.id).items[0]
    engine.unlink(firm.job, fee)
    engine.receive(ref_of(fee), InvoicePaid())

    job = engine.link(firm.job, ref_of(fee), "invoice", "Fee")

    assert [job.item(name).state for name in ("Return", "State")] == [COMPLETED, PENDING]


def test_a_bill_that_was_credited_while_it_was_let_go_of_is_no_completion() -> None:
    """Nobody waits for it, as where it had not been let go of (A-10)."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "f", "invoice", "Fee", total=usd("50.00"))
    engine.unlink(job, job.items[0])
    engine.receive(ref_of(job.items[0]), CreditIssued(usd("50.00"), "c-1"))

    job = engine.link(job, "f", "invoice", "Fee")

    assert job.items[1].state is RESOLVED
    assert not [one for one in engine.history(job) if isinstance(one, ItemCompleted)]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([CreditIssued(usd("50.00"), "c-1")], RESOLVED),
        ([CreditIssued(usd("50.00"), "c-1"), Reopened("by mistake")], PENDING),
        ([Cancelled("void")], PENDING),
    ],
)
def test_a_bill_that_was_over_before_it_was_let_go_of_is_as_it_was_credited(
    facts: list[Fact], state: ItemState
) -> None:
    """Only credit notes leave nothing to pay where it is linked again (A-10, R-3)."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "f", "invoice", "Fee", total=usd("50.00"))
    for fact in facts:
        engine.receive(ref_of(job.items[0]), fact)
    engine.unlink(job, job.items[0])

    job = engine.link(job, "f", "invoice", "Fee")

    assert (job.stage, job.items[1].state) == ("x", state)


def test_a_bill_whose_money_went_back_while_it_was_let_go_of_is_open() -> None:
    """It was paid meanwhile, and is not where it is linked again (R-1, R-15)."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "f", "invoice", "Fee", total=usd("50.00"))
    engine.unlink(job, job.items[0])
    for fact in (PaymentReceived(usd("50.00"), reference="r"), PaymentRefunded("r")):
        engine.receive(ref_of(job.items[0]), fact)

    job = engine.link(job, "f", "invoice", "Fee")

    assert (job.stage, job.items[1].state) == ("x", PENDING)


def test_a_bill_that_was_settled_and_reopened_while_it_was_let_go_of_is_not_settled() -> None:
    """So some money is not enough where it is linked again (R-2, R-3)."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "f", "invoice", "Fee", total=usd("50.00"))
    engine.unlink(job, job.items[0])
    for fact in (InvoicePaid(), Reopened("by mistake")):
        engine.receive(ref_of(job.items[0]), fact)
    engine.link(job, "f", "invoice", "Fee")

    (job,) = engine.receive(ref_of(job.items[0]), PaymentReceived(usd("10.00"), reference="r"))

    assert (job.stage, job.items[1].state) == ("x", PENDING)


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


def test_who_signed_after_all_while_it_was_let_go_of_has_not_declined() -> None:
    """Another one has, and that is told alone (R-13)."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "d", "signature", "Doc")
    engine.unlink(job, job.items[0])
    for fact in (Declined(ANN), Declined(BOB), DocumentSigned(ANN)):
        engine.receive(ref_of(job.items[0]), fact)

    job = engine.link(job, "d", "signature", "Doc")

    assert "not yet: Bob; declined by Bob" in str(engine.explain(job))


def test_what_was_reopened_after_it_was_let_go_of_was_so_too_late() -> None:
    """The job had it done, and does not wait for it again (A-11, R-15)."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "t", "task", "Task")
    engine.receive(ref_of(job.items[0]), TaskCompleted())
    engine.unlink(job, job.items[0])

    engine.receive(ref_of(job.items[0]), TaskReopened())

    item = engine.job(job.id).items[0]
    assert (item.state, item.late) == (RESOLVED, True)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([DocumentSigned(), SignerAdded("Zed")], PENDING),
        ([DocumentSigned(ANN), SignerRemoved(BOB)], COMPLETED),
    ],
)
def test_who_signs_may_change_while_a_document_is_let_go_of(
    facts: list[Fact], state: ItemState
) -> None:
    """Where it is linked again it waits for whoever is left, and for nobody else (R-16)."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "d", "signature", "Doc")
    engine.unlink(job, job.items[0])
    for fact in facts:
        engine.receive(ref_of(job.items[0]), fact)

    assert engine.link(job, "d", "signature", "Doc").items[1].state is state


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


def test_a_signatory_is_taken_out_by_the_contact_that_they_are_of_another_account() -> None:
    """They were put in by the job of the first one (A-8, R-16)."""
    firm, ref, jobs = shared()
    bob = firm.engine.account(jobs[1].account).contacts[1]
    job = firm.engine.job(jobs[1].id)

    firm.engine.record(job.items[0], SignerRemoved(bob.id))
    firm.engine.receive(ref, DocumentSigned(ANN))

    assert firm.engine.job(job.id).items[0].state is COMPLETED


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


@pytest.mark.parametrize("unlinked", [False, True])
def test_what_was_returned_is_the_clients_though_nobody_knew_who_accepts_it(
    *, unlinked: bool
) -> None:
    """It is so where it was linked all the time, and where it is linked again."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "r", "client_request", "Papers")
    engine.receive(ref_of(job.items[0]), ClientRequestSubmitted())
    if unlinked:
        engine.unlink(job, job.items[0])
    engine.receive(ref_of(job.items[0]), ClientRequestReturned())

    job = engine.link(job, "r", "client_request", "Papers")

    assert job.items[-1].state is PENDING
    assert [work.side for work in engine.work()] == ["client"]


def test_what_was_returned_while_it_was_let_go_of_is_the_clients() -> None:
    """The firm had it to accept before that, and has not where it is linked again."""
    papers = ClientRequestTemplate("Papers", uploads=["W-2"], accept=True)
    firm = office(SendClientRequest(papers), more=(papers,))
    engine = firm.engine
    ref = ref_of(engine.job(firm.job.id).items[0])
    engine.receive(ref, ClientRequestSubmitted())
    engine.unlink(firm.job, firm.job.items[0])
    engine.receive(ref, ClientRequestReturned("not legible"))

    engine.link(firm.other, ref, "client_request", "Papers")

    assert [work.side for work in engine.work()] == ["client"]
    assert "returned to the client: not legible" in str(engine.history(firm.job))


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


def asking() -> tuple[Office, Ref]:
    """Return a firm with an organizer of which an answer gives a tag."""
    choices = {"Yes": TagChange(add={"foreign"}), "No": None}
    asked = OrganizerTemplate("Ask", questions=[Question("Abroad?", choices=choices)])
    firm = office(CreateOrganizer(asked), automove=False, more=(asked,))
    return firm, ref_of(firm.engine.job(firm.job.id).items[0])


@pytest.mark.parametrize("relinked", [False, True])
def test_tags_of_answers_are_taken_back_though_the_organizer_was_linked_again(
    *, relinked: bool
) -> None:
    """They are its answers' all the same (R-40)."""
    firm, ref = asking()
    engine = firm.engine
    engine.receive(ref, OrganizerSubmitted({"Abroad?": "Yes"}))
    assert engine.account(firm.job.account).tags == {"foreign"}
    if relinked:
        engine.unlink(firm.job, firm.job.items[0])
        engine.link(firm.job, ref, "organizer", "Ask")
    engine.receive(ref, OrganizerReturned())
    engine.receive(ref, OrganizerSubmitted({"Abroad?": "No"}))

    assert engine.account(firm.job.account).tags == frozenset()


@pytest.mark.parametrize("then", [ClientTaskUnchecked("Sign"), ClientTaskAdded("Pay")])
def test_a_message_that_asks_again_while_it_was_let_go_of_waits(then: Fact) -> None:
    """Its client tasks were ticked meanwhile, and are not all where it is linked again."""
    firm = office()
    engine = firm.engine
    job = engine.link(firm.other, "m", "message", "Read", client_tasks=["Sign"])
    engine.unlink(job, job.items[0])
    for fact in (ClientTaskChecked("Sign"), then):
        engine.receive(ref_of(job.items[0]), fact)

    job = engine.link(job, "m", "message", "Read")

    assert (job.stage, job.items[1].state) == ("x", PENDING)


@pytest.mark.parametrize("first", [True, False])
def test_tags_of_answers_are_taken_back_where_one_of_two_jobs_let_go_of_them(
    *, first: bool
) -> None:
    """Whichever of them it is: the other one has them yet (R-40)."""
    firm, ref = asking()
    engine = firm.engine
    other = engine.link(firm.other, ref, "organizer", "Ask")
    engine.receive(ref, OrganizerSubmitted({"Abroad?": "Yes"}))
    engine.unlink(*((firm.job, firm.job.items[0]) if first else (other, other.items[0])))

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


@pytest.mark.parametrize("let_go", [False, True])
@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("approval", DocumentApproved()),
        ("signature", DocumentSigned()),
        ("task", TaskCompleted()),
        ("client_request", ClientRequestSubmitted(incomplete=True)),
    ],
)
def test_what_was_done_after_it_was_cancelled_is_told_of_where_it_is_linked(
    kind: str, fact: Fact, *, let_go: bool
) -> None:
    """It waits for what nobody has to do any more, unless somebody says that it is done."""
    firm = office()
    engine = firm.engine
    old = engine.link(firm.other, "o", kind, "Old")
    for one in (Cancelled("not needed"), fact):
        engine.receive(ref_of(old.items[0]), one)
    if let_go or kind == "task":
        engine.unlink(old, old.items[0])

    new = engine.link(firm.job, "o", kind, "Old")

    assert new.items[0].state is PENDING
    told = "what was done since does not count here; complete it if it is done"
    warned = [one.text for one in engine.history(new).of(Warned)]
    assert warned == [f"'Old' was cancelled before it was linked, and {told}"]
    assert engine.complete(new.items[0]).items[0].state is COMPLETED


def test_what_was_cancelled_is_linked_anew_without_a_word_where_nobody_did_it() -> None:
    """It may be wanted again."""
    firm = office()
    engine = firm.engine
    old = engine.link(firm.other, "o", "approval", "Old")
    for one in (Cancelled("not needed"), Declined("Ann")):
        engine.receive(ref_of(old.items[0]), one)

    new = engine.link(firm.job, "o", "approval", "Old")

    assert new.items[0].state is PENDING
    assert not engine.history(new).of(Warned)


@pytest.mark.parametrize("let_go", [False, True])
@pytest.mark.parametrize("paid", [InvoicePaid(), PaymentReceived(usd("50.00"), reference="p")])
def test_a_bill_that_was_paid_after_it_was_cancelled_is_paid_where_it_is_linked(
    paid: Fact, *, let_go: bool
) -> None:
    """Also where the job that had it let go of it since."""
    firm = office()
    engine = firm.engine
    old = engine.link(firm.other, "f", "invoice", "Fee", total=usd("50.00"))
    for one in (Cancelled("by mistake"), paid):
        engine.receive(ref_of(old.items[0]), one)
    if let_go:
        engine.unlink(old, old.items[0])

    new = engine.link(firm.job, "f", "invoice", "Fee")

    assert new.items[0].state is COMPLETED
    assert not engine.history(new).of(Warned)
