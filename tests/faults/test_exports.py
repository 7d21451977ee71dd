"""A firm that is exported and restored is the same firm, whatever it has been through."""

import attrs
import pytest
from hypothesis import given

from pipeflow import (
    After,
    ApplyFolderTemplate,
    Automation,
    Cancelled,
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientTaskAdded,
    ClientTaskChecked,
    ClientTaskRemoved,
    ClientTaskUnchecked,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    CreditIssued,
    Declined,
    DefinitionError,
    DocumentApproved,
    DocumentDisapproved,
    DocumentSigned,
    EmailBounced,
    Engine,
    Event,
    Fact,
    InvoicePaid,
    ItemKind,
    Job,
    Member,
    MessageReplied,
    NotifyTeam,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSealed,
    OrganizerSubmitted,
    OrganizerUnsealed,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    Pipeline,
    ProposalSigned,
    Ref,
    Rejected,
    Reopened,
    Role,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    SetStatus,
    SignerAdded,
    SignerRemoved,
    Stage,
    StartJob,
    SubtaskChecked,
    TaskCompleted,
    TaskReopened,
    ThreadArchived,
    ThreadReopened,
    TransferJob,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateClientStatus,
    UpdateJob,
    UpdateJobAssignees,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.codec import from_data, to_data
from pipeflow.codec.kinds import AUTOMATIONS, FACTS
from pipeflow.model.events import Chapter
from pipeflow.testing import World
from tests.faults.offices import born_done
from tests.firms import (
    BUSINESS,
    CHECKED,
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    FOLDERS,
    NEWS,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    WELCOME,
    begun,
    opened,
    usd,
)
from tests.strategies import values_of

EVERYTHING: tuple[Automation, ...] = (
    ApplyFolderTemplate(FOLDERS),
    UpdateAccountTags(add={"vip"}),
    UpdateAccountAccess(add=["mia"]),
    UpdateJobAssignees(add=["mia", Role("preparer")]),
    CreateTask(PREPARE),
    UpdateClientStatus(status="At work", name="For [ACCOUNT_NAME]"),
    NotifyTeam(["mia"], "[ACCOUNT_NAME] is here"),
    SetStatus("Active"),
    StartJob("books"),
    TransferJob("tax", stage="work"),
    UpdateJob(priority="high", due=After(days=9), name="Work for [ACCOUNT_NAME]"),
    CreateInvoice(FEE, reminders=DAILY),
    CreateOrganizer(ORGANIZER),
    SendProposal(PAID_LETTER),
    SendEmail(WELCOME),
    SendMessage(CHECKLIST),
    SendMessage(NEWS),
    SendClientRequest(CHECKED, reminders=DAILY),
)
BOOKS = Pipeline("Books", [Stage("Begin", [CreateTask(PREPARE)])])
WHOLE = Stage("Work", EVERYTHING, automove=True)

# What happens to the things of the job, by their names, one after another.
HAPPENS: tuple[tuple[str, Fact], ...] = (
    ("Prepare", SubtaskChecked("Enter")),
    ("Prepare", TaskCompleted()),
    ("Prepare", TaskReopened()),
    ("Organizer", OrganizerSaved({BUSINESS: "Yes"})),
    ("Organizer", OrganizerSubmitted({BUSINESS: "No"})),
    ("Organizer", OrganizerReturned()),
    ("Paid letter", Declined(reason="too dear")),
    ("Paid letter", ProposalSigned()),
    ("Fee", PaymentReceived(usd("40.00"), cleared=False, reference="debit-1")),
    ("Fee", PaymentReceived(usd("10.00"), cleared=False, reference="debit-2")),
    ("Fee", PaymentCleared("debit-1")),
    ("Fee", PaymentRefunded("debit-1", usd("5.00"))),
    ("Fee", PaymentFailed("debit-2")),
    ("Fee", PaymentRefunded("debit-1", usd("5.00"))),
    ("Fee", InvoicePaid()),
    ("Fee", Reopened("paid by mistake")),
    ("Checklist", ClientTaskChecked("Scan")),
    ("Checklist", ClientTaskUnchecked("Scan")),
    ("Checklist", MessageReplied()),
    ("Checklist", ClientTaskAdded("Call us")),
    ("Checklist", ClientTaskRemoved("Scan")),
    ("Checklist", ThreadArchived("over")),
    ("Checklist", ThreadReopened()),
    ("Organizer", OrganizerSealed("we have it all")),
    ("Organizer", OrganizerUnsealed()),
    ("signature", SignerAdded("Notary")),
    ("signature", SignerRemoved("Notary")),
    ("Fee", CreditIssued(usd("5.00"), "note-1")),
    ("approval", DocumentDisapproved()),
    ("approval", DocumentApproved()),
    ("signature", Declined(reason="two pages are missing")),
    ("signature", DocumentSigned()),
    ("client_request", ClientRequestSubmitted()),
    ("Checked papers", ClientRequestSubmitted({"Form W-2": "file-1"})),
    ("Checked papers", ClientRequestReturned("not legible")),
    ("Checked papers", ClientRequestSubmitted({"Form W-2": "file-2"})),
    ("Checked papers", ClientRequestAccepted()),
    ("locked_document", Cancelled("sent twice")),
    ("locked_document", Reopened("by mistake")),
)
LINKED = (
    ItemKind.APPROVAL,
    ItemKind.SIGNATURE,
    ItemKind.CLIENT_REQUEST,
    ItemKind.LOCKED_DOCUMENT,
)


def the_kind_and_what_it_uses(automation: Automation) -> str:
    """Name an automation for a test run."""
    return f"{AUTOMATIONS[type(automation)]} {automation.uses or ''}".strip()


def restored(world: World) -> MemoryStore:
    """Return a store into which all of the firm was taken."""
    store = MemoryStore(clock=world.clock)
    store.restore(world.store.export("default"))
    return store


def assert_the_same_again(world: World, job: Job) -> None:
    """Check that nothing is lost on the way out and in again."""
    store = restored(world)
    other = Engine(store=store, clock=world.clock)

    assert [*store.export("default")] == [*world.store.export("default")]
    assert [*other.history(job)] == [*world.engine.history(job)]
    assert other.job(job) == world.engine.job(job)
    assert other.failures() == world.engine.failures()


def a_firm_that_did_everything() -> tuple[World, Job]:
    """Let a job do one of everything that automations do, and all happen that can."""
    world, job = begun(WHOLE, DONE, more=[Member("Mia"), BOOKS])
    for kind in LINKED:
        job = world.engine.link(job, f"{kind}-1", kind, str(kind))
    for name, fact in HAPPENS:
        job = world.engine.record(world.engine.job(job).item(name), fact)
    world.engine.receive(Ref("email", "email-1"), EmailBounced("mailbox full"))
    world.advance(days=2)
    return world, world.engine.job(job)


def test_a_firm_that_did_everything_is_exported_whole() -> None:
    """One of every automation, and every fact that there is; a new one has to come in here."""
    world, job = a_firm_that_did_everything()

    assert {type(fact) for _, fact in HAPPENS} | {EmailBounced} == set(FACTS)
    assert {type(one) for one in EVERYTHING} == set(AUTOMATIONS)
    assert_the_same_again(world, job)


@pytest.mark.parametrize("automation", EVERYTHING, ids=the_kind_and_what_it_uses)
def test_an_automation_alone_is_exported(automation: Automation) -> None:
    """Also one that makes no item, and says so by saying nothing."""
    world, job = begun(Stage("Work", [automation]), DONE, more=[Member("Mia"), BOOKS])

    assert_the_same_again(world, job)


def test_things_that_are_done_at_birth_are_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    """No fact completed them."""
    born_done(monkeypatch)
    world, job = begun(WHOLE, DONE, more=[Member("Mia"), BOOKS])

    assert_the_same_again(world, job)


def test_what_failed_is_exported() -> None:
    """One request that is tried again, and one that is given up."""
    world, job = begun(Stage("Intake"), WHOLE, DONE, more=[Member("Mia"), BOOKS])
    world.tasks.fail_next(ConnectionError("down"))
    world.invoices.fail_next(Rejected("no such client"))
    job = world.engine.move(job, "Work")

    assert_the_same_again(world, job)


def test_a_request_that_was_in_hand_shows_as_unanswered_where_the_firm_moved_in() -> None:
    """Whoever was asking for it says so to the old store; here a person must be able to see it."""
    world = opened(WHOLE, DONE, more=[Member("Mia"), BOOKS], deliver=False)
    job = world.engine.start("tax", world.account())
    world.engine.pending(limit=2)
    other = Engine(store=restored(world), clock=world.clock, deliver=False)

    world.clock.advance(minutes=2)

    assert [one.error for one in other.failures()] == ["no answer before the lease ran out"] * 2
    assert other.failures() == world.engine.failures()
    assert other.explain(job) == world.engine.explain(job)


@given(values_of(Event))
def test_a_line_that_ends_early_is_written_as_the_whole_one(event: Event) -> None:
    """Rules leave out what an event's class says by default."""
    whole = Chapter(event.at, event.job, event.actor, (event.line(),))
    fields = attrs.fields(type(event))
    line = [*event.line()]
    while len(line) > 1 and line[-1] == fields[len(line) + 1].default:
        line.pop()
        short = Chapter(event.at, event.job, event.actor, (tuple(line),))

        assert to_data(short) == to_data(whole)
        assert from_data(to_data(short), Chapter) == whole


@pytest.mark.parametrize(
    ("written", "altered", "what"),
    [
        ('"tried":true', '"tried":false', "state 'dead', which nobody would see"),
        ('},"version":1}', '},"version":0}', "version 0"),
        ('"version":1}', f'"version":{2**54}}}', "version 18014398509481984"),
    ],
    ids=["given up unseen", "no version", "too many versions"],
)
def test_what_no_store_wrote_does_not_move_in(written: str, altered: str, what: str) -> None:
    """Nobody would see what was given up, and no other export would tell such a number."""
    world, job = begun(Stage("Intake"), WHOLE, DONE, more=[Member("Mia"), BOOKS])
    world.invoices.fail_next(Rejected("no such client"))
    world.engine.move(job, "Work")
    lines = [line.replace(written, altered) for line in world.store.export("default")]

    with pytest.raises(DefinitionError, match=what):
        MemoryStore().restore(lines)
