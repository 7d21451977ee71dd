"""The trigger table of domain.md 2.3, each row a fact of its own: what completes, what does not."""

from collections.abc import Callable

import attrs
import pytest

from pipeflow import (
    Cancelled,
    ClientRequestSubmitted,
    ClientTaskChecked,
    ClientTaskUnchecked,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    DocumentApproved,
    DocumentDisapproved,
    DocumentSigned,
    EmailBounced,
    Fact,
    FactRecorded,
    InvoicePaid,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    Job,
    JobMoved,
    MessageReplied,
    Money,
    NotAllowedError,
    NotFoundError,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSubmitted,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    ProposalSigned,
    SendMessage,
    SendProposal,
    Stage,
    SubtaskChecked,
    TaskCompleted,
    TaskReopened,
)
from pipeflow.testing import World
from tests.firms import (
    ADA,
    ANYBODYS,
    BOB,
    CHECKLIST,
    DONE,
    FEE,
    LETTER,
    NEWS,
    ORGANIZER,
    PREPARE,
    begun,
    dump,
    events,
    now,
    usd,
)

MADE = {
    "task": CreateTask(PREPARE),
    "invoice": CreateInvoice(FEE),
    "organizer": CreateOrganizer(ORGANIZER),
    "letter": SendProposal(LETTER),
    "anybody's": SendProposal(ANYBODYS),
    "message": SendMessage(CHECKLIST),
    "news": SendMessage(NEWS),
}
LINKED = {
    "approval": ItemKind.APPROVAL,
    "signature": ItemKind.SIGNATURE,
    "locked": ItemKind.LOCKED_DOCUMENT,
    "request": ItemKind.CLIENT_REQUEST,
    "note": ItemKind.NOTE,
}
ACH = PaymentReceived(usd("100"), cleared=False, reference="ach-1")


def waiting(thing: str) -> tuple[World, Job, Item]:
    """Start a job whose automove stage has one thing of a kind, with two signatories."""
    if thing in MADE:
        world, job = begun(Stage("Intake", [MADE[thing]], automove=True), DONE, contacts=[ADA, BOB])
    else:
        world, job = begun(Stage("Intake", automove=True), DONE, contacts=[ADA, BOB])
        kind = LINKED[thing]
        total = usd("100") if kind in PaymentReceived.about else None
        job = world.engine.link(job, f"{thing}-1", kind, total=total)
    return world, job, now(world, job).items[0]


COMPLETES: list[tuple[str, list[Fact]]] = [
    ("task", [TaskCompleted()]),
    ("invoice", [InvoicePaid()]),
    ("invoice", [PaymentReceived(usd("100"))]),
    ("invoice", [PaymentReceived(usd("60")), PaymentReceived(usd("40"))]),
    ("invoice", [PaymentReceived(usd("60")), InvoicePaid()]),
    ("invoice", [PaymentReceived(usd("250"))]),
    ("invoice", [ACH, PaymentCleared("ach-1")]),
    ("organizer", [OrganizerSubmitted()]),
    ("organizer", [OrganizerSaved({"Married?": "Yes"}), OrganizerSubmitted({"Married?": "No"})]),
    ("letter", [ProposalSigned("ada@example.com"), ProposalSigned("Bob Lovelace")]),
    ("letter", [ProposalSigned()]),
    ("anybody's", [ProposalSigned("bob@example.com")]),
    ("message", [ClientTaskChecked("Scan"), ClientTaskChecked("Upload")]),
    ("approval", [DocumentApproved()]),
    ("approval", [DocumentDisapproved(), DocumentApproved()]),
    ("signature", [DocumentSigned("ada@example.com"), DocumentSigned("bob@example.com")]),
    ("signature", [DocumentSigned()]),
    ("locked", [InvoicePaid()]),
    ("locked", [PaymentReceived(usd("100"))]),
    ("request", [ClientRequestSubmitted()]),
]

DOES_NOT_COMPLETE: list[tuple[str, list[Fact]]] = [
    ("task", [SubtaskChecked("Enter"), SubtaskChecked("Check")]),
    ("task", [TaskReopened()]),
    ("invoice", [PaymentReceived(usd("99.99"))]),
    ("invoice", [PaymentReceived(usd("60")), PaymentReceived(usd("39"))]),
    ("invoice", [ACH]),
    ("invoice", [ACH, PaymentFailed("ach-1")]),
    ("organizer", [OrganizerSaved({"Married?": "Yes"})]),
    ("organizer", [OrganizerReturned()]),
    ("letter", [ProposalSigned("ada@example.com")]),
    ("letter", [ProposalSigned("ada@example.com"), ProposalSigned("Ada Lovelace")]),
    ("message", [MessageReplied()]),
    ("message", [ClientTaskChecked("Scan")]),
    (
        "message",
        [ClientTaskChecked("Scan"), ClientTaskUnchecked("Scan"), ClientTaskChecked("Upload")],
    ),
    ("news", [MessageReplied()]),
    ("approval", [DocumentDisapproved()]),
    ("signature", [DocumentSigned("ada@example.com")]),
    ("locked", [PaymentReceived(usd("99"))]),
]


def row_id(row: object) -> str:
    """Name a row of the tables."""
    if isinstance(row, list):
        return "+".join(map(row_id, row))
    if isinstance(row, Fact):
        return "-".join((type(row).__name__, *map(str, attrs.astuple(row, recurse=False))))
    return str(row)


def record_all(world: World, item: Item, facts: list[Fact]) -> Job:
    """Record several facts about an item."""
    job = now(world, item.job)
    for fact in facts:
        job = world.engine.record(item, fact)
    return job


@pytest.mark.parametrize(("thing", "facts"), COMPLETES, ids=row_id)
def test_completes(thing: str, facts: list[Fact]) -> None:
    """The last of these facts completes the item and moves the job, once."""
    world, job, item = waiting(thing)

    before = record_all(world, item, facts[:-1])
    after = world.engine.record(item, facts[-1])

    assert before.stage == "intake"
    assert after.items[0].state is ItemState.COMPLETED
    assert after.stage == "done"
    assert len(events(world, job, JobMoved)) == 1


@pytest.mark.parametrize(("thing", "facts"), DOES_NOT_COMPLETE, ids=row_id)
def test_does_not_complete(thing: str, facts: list[Fact]) -> None:
    """None of these facts completes the item; the job stays."""
    world, job, item = waiting(thing)

    after = record_all(world, item, facts)

    assert after.items[0].state is not ItemState.COMPLETED
    assert after.stage == "intake"
    assert events(world, job, JobMoved) == []


@pytest.mark.parametrize(("thing", "facts"), [*COMPLETES, *DOES_NOT_COMPLETE], ids=row_id)
def test_the_same_fact_twice_changes_nothing(thing: str, facts: list[Fact]) -> None:
    """A webhook that comes again leaves the job as it is, and asks no port for anything."""
    world, job, item = waiting(thing)
    record_all(world, item, facts)
    repeated = facts[-1]
    if isinstance(repeated, PaymentReceived) and repeated.reference is None:
        repeated = PaymentReceived(repeated.amount, reference="p-1")
        world.engine.record(item, repeated)
    before, sent = now(world, job), len(world.engine.history(job).of(JobMoved))

    after = world.engine.record(item, repeated)

    assert after == before
    assert len(world.engine.history(job).of(JobMoved)) == sent
    assert world.invoices.created == [i for i in world.invoices.created if thing == "invoice"]


@pytest.mark.parametrize("thing", [*MADE, *LINKED])
def test_cancelling_resolves_anything_and_twice_changes_nothing(thing: str) -> None:
    """Cancelled, void, sealed, archived: no longer waited for, and no completion (A-10)."""
    world, job, item = waiting(thing)

    after = world.engine.record(item, Cancelled("void"))
    again = world.engine.record(item, Cancelled("void"))

    assert after.items[0].state is ItemState.RESOLVED
    assert after.stage == "intake"
    assert again == after
    assert len(world.engine.history(job)) == len(world.engine.history(again))


@pytest.mark.parametrize("thing", ["task", "invoice", "organizer", "letter", "message", "request"])
def test_a_completion_after_a_cancellation_is_noted_and_completes_nothing(thing: str) -> None:
    """It happened, and it is in the history; what was cancelled stays cancelled."""
    world, job, item = waiting(thing)
    world.engine.record(item, Cancelled())

    after = world.engine.complete(item)

    assert after.items[0].state is ItemState.RESOLVED
    assert events(world, job, FactRecorded)[-1].note == "it was no longer waited for"


@pytest.mark.parametrize(
    "thing",
    [
        "task",
        "invoice",
        "organizer",
        "letter",
        "message",
        "approval",
        "signature",
        "locked",
        "request",
    ],
)
def test_complete_does_whatever_completes_an_item_of_its_kind(thing: str) -> None:
    """One call for all kinds."""
    world, _, item = waiting(thing)

    moved = world.engine.complete(item)

    assert moved.items[0].state is ItemState.COMPLETED
    assert moved.stage == "done"


@pytest.mark.parametrize("thing", ["news", "note"])
def test_what_asks_nothing_can_not_be_completed(thing: str) -> None:
    """A plain message or a note is neutral: never open and never a completion."""
    world, job, item = waiting(thing)

    with pytest.raises(NotAllowedError, match="asks nothing of anybody"):
        world.engine.complete(item)

    assert item.state is ItemState.RESOLVED
    assert now(world, job).open_items == ()


REOPENED: list[tuple[str, list[Fact], Fact]] = [
    ("task", [TaskCompleted()], TaskReopened()),
    ("organizer", [OrganizerSubmitted()], OrganizerReturned()),
    (
        "message",
        [ClientTaskChecked("Scan"), ClientTaskChecked("Upload")],
        ClientTaskUnchecked("Scan"),
    ),
    ("approval", [DocumentApproved()], DocumentDisapproved()),
    ("invoice", [PaymentReceived(usd("100"), reference="ach")], PaymentRefunded("ach")),
]


@pytest.mark.parametrize(("thing", "done", "undone"), REOPENED, ids=row_id)
def test_a_reversal_makes_the_item_wait_again(thing: str, done: list[Fact], undone: Fact) -> None:
    """It is pending again, once; the job does not move backwards."""
    world, job, item = waiting(thing)
    record_all(world, item, done)

    after = world.engine.record(item, undone)

    assert after.items[0].state is ItemState.PENDING
    assert after.stage == "done"
    assert world.engine.record(item, undone) == after
    assert len([e for e in world.engine.history(job) if type(e).__name__ == "ItemReopened"]) == 1


def test_a_debit_that_failed_counts_when_it_clears_after_all() -> None:
    """Webhooks come late and in any order: that it was submitted says nothing new (R-1)."""
    world, _, item = waiting("invoice")
    world.engine.record(item, ACH)
    failed = world.engine.record(item, PaymentFailed("ach-1"))

    late = world.engine.record(item, ACH)
    cleared = world.engine.record(item, PaymentReceived(usd("100"), reference="ach-1"))

    assert late == failed
    assert cleared.stage == "done"


@pytest.mark.parametrize("said", ["nothing", "settled", "completed"])
def test_a_bill_that_a_debit_paid_is_open_on_every_job_when_the_debit_fails(said: str) -> None:
    """Wherever it was linked meanwhile; but not where somebody called it settled (A-51)."""
    world, job, item = waiting("invoice")
    world.engine.save(attrs.evolve(world.engine.settings(), bank_payments="submitted"))
    world.engine.record(item, ACH)
    assert item.ref is not None
    if said == "settled":
        world.engine.record(item, InvoicePaid())

    other = world.engine.start(job.pipeline, job.account)
    done = said == "completed"
    linked = world.engine.link(other, item.ref, "invoice", name="Bill", completed=done)
    assert linked.item("Bill").state is ItemState.COMPLETED
    world.engine.receive(item.ref, PaymentFailed("ach-1"))

    expected = ItemState.PENDING if said == "nothing" else ItemState.COMPLETED
    assert world.engine.job(job).item(item.name).state is expected
    assert world.engine.job(other).item("Bill").state is expected


def test_a_failed_debit_beside_a_full_payment_leaves_the_invoice_paid() -> None:
    """Only where its money was needed does the invoice wait again."""
    world, _, item = waiting("invoice")
    world.engine.record(item, ACH)
    world.engine.record(item, PaymentReceived(usd("100")))

    after = world.engine.record(item, PaymentFailed("ach-1"))

    assert after.items[0].state is ItemState.COMPLETED


@pytest.mark.parametrize("thing", ["invoice", "locked"])
def test_paying_the_rest_counts_what_was_submitted_before(thing: str) -> None:
    """`InvoicePaid` says that it is paid in full, whatever was under way."""
    world, _, item = waiting(thing)
    world.engine.record(item, ACH)

    after = world.engine.record(item, InvoicePaid())

    assert after.items[0].state is ItemState.COMPLETED
    cleared = world.engine.record(item, PaymentCleared("ach-1"))
    for bill in (after.items[0].progress, cleared.items[0].progress):
        assert isinstance(bill, InvoiceState)
        assert bill.paid() == usd("100")


def test_an_invoice_linked_without_a_total_is_completed_by_invoice_paid_alone() -> None:
    """Payments are kept; how much is missing nobody said."""
    world, job = begun(Stage("Intake", automove=True), DONE)
    job = world.engine.link(job, "i-1", kind="invoice")

    part = world.engine.record(job.items[0], PaymentReceived(usd("100")))
    paid = world.engine.record(job.items[0], InvoicePaid())

    assert part.stage == "intake"
    assert paid.stage == "done"


WRONG: list[tuple[str, Fact, type[Exception], str]] = [
    (
        "task",
        InvoicePaid(),
        NotAllowedError,
        "InvoicePaid cannot happen to 'Prepare', which is a task",
    ),
    (
        "invoice",
        TaskCompleted(),
        NotAllowedError,
        "Allowed: Cancelled, CreditIssued, InvoicePaid, Payment",
    ),
    ("task", EmailBounced("full"), NotAllowedError, "EmailBounced cannot happen to"),
    ("invoice", PaymentReceived(Money("9", "EUR")), DefinitionError, r"\$\.amount.*billed in USD"),
    ("letter", ProposalSigned("eve@example.com"), NotFoundError, "no signatory 'eve@example.com'"),
    ("letter", ProposalSigned(package="Gold"), NotFoundError, "no package 'Gold'"),
    ("message", ClientTaskChecked("Scann"), NotFoundError, "Did you mean 'Scan'"),
    ("message", ClientTaskUnchecked("Nope"), NotFoundError, "no client task 'Nope'"),
    (
        "organizer",
        OrganizerSubmitted({"Marriedd?": "Yes"}),
        NotFoundError,
        "Did you mean 'Married?",
    ),
    ("organizer", OrganizerSaved({"Who?": "Me"}), NotFoundError, "no question 'Who"),
]


@pytest.mark.parametrize(("thing", "fact", "kind", "said"), WRONG)
def test_a_fact_that_does_not_fit_is_refused_and_changes_nothing(
    thing: str, fact: Fact, kind: type[Exception], said: str
) -> None:
    """The error says what would fit; the firm is as it was."""
    world, _, item = waiting(thing)
    before = dump(world)

    with pytest.raises(kind, match=said):
        world.engine.record(item, fact)

    assert dump(world) == before


def test_a_fact_of_a_hosts_own_is_refused() -> None:
    """Facts are a closed set: one that the rules do not know can mean nothing."""

    class Dreamt(Fact):
        """Somebody dreamt of it."""

    world, _, item = waiting("task")

    with pytest.raises(DefinitionError, match=r"class of pipeflow's own.*given: .*Dreamt"):
        world.engine.record(item, Dreamt())


@pytest.mark.parametrize("kind", ItemKind)
def test_every_kind_of_item_has_facts_about_it(kind: ItemKind) -> None:
    """Each kind can at least be cancelled, and says which facts fit."""
    every: list[Callable[[], Fact]] = [TaskCompleted, InvoicePaid, DocumentApproved, Cancelled]

    assert any(kind in fact().about for fact in every)
