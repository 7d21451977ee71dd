"""Facts: what completes an item, what does not, what takes it back, and what cannot happen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    Cancelled,
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientTaskChecked,
    ClientTaskUnchecked,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Declined,
    DefinitionError,
    DocumentApproved,
    DocumentDisapproved,
    DocumentSigned,
    EmailBounced,
    Fact,
    FactRecorded,
    InvoicePaid,
    ItemCompleted,
    ItemKind,
    ItemReopened,
    ItemResolved,
    ItemState,
    JobMoved,
    JobStatus,
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
    Ref,
    Reopened,
    SendClientRequest,
    SendMessage,
    SendProposal,
    SigningState,
    Stage,
    SubtaskChecked,
    TaskCompleted,
    TaskReopened,
    Warned,
    rules,
)
from pipeflow.model import facts as f
from pipeflow.model.items import Mark
from pipeflow.model.record import frozen, replaced
from pipeflow.rules.effects import place_of
from tests.rules.states import (
    ADA,
    ANYBODYS,
    BOB,
    CHECKED,
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    LETTER,
    MIA,
    NEWS,
    NOON,
    ORGANIZER,
    PAPERS,
    PREPARE,
    account_of,
    after,
    begun,
    completed,
    events,
    item_of,
    moved,
    names,
    pending,
    recorded,
    reminded,
    state_of,
    told,
    usd,
)

MADE: dict[str, Any] = {
    "task": CreateTask(PREPARE),
    "invoice": CreateInvoice(FEE, reminders=DAILY),
    "organizer": CreateOrganizer(ORGANIZER, reminders=DAILY),
    "letter": SendProposal(LETTER, reminders=DAILY),
    "anybody's": SendProposal(ANYBODYS, reminders=DAILY),
    "message": SendMessage(CHECKLIST, reminders=DAILY),
    "news": SendMessage(NEWS, reminders=DAILY),
    "papers": SendClientRequest(PAPERS, reminders=DAILY),
    "checked": SendClientRequest(CHECKED, reminders=DAILY),
}
LINKED = {
    "approval": ItemKind.APPROVAL,
    "signature": ItemKind.SIGNATURE,
    "locked": ItemKind.LOCKED_DOCUMENT,
    "request": ItemKind.CLIENT_REQUEST,
    "note": ItemKind.NOTE,
}
ASKING = [thing for thing in (*MADE, *LINKED) if thing not in {"news", "note"}]
ITEM = "job-1/1"
ACH = PaymentReceived(usd("100"), cleared=False, reference="ach-1")
SCAN, UPLOAD = ClientTaskChecked("Scan"), ClientTaskChecked("Upload")


def waiting(thing: str) -> rules.State:
    """Start a job whose automove stage has one thing of a kind, with two signatories."""
    client = account_of(contacts=[ADA, BOB])
    if thing in MADE:
        return begun(Stage("Intake", [MADE[thing]], automove=True), DONE, account=client)
    state = begun(Stage("Intake", automove=True), DONE, account=client)
    spec = rules.LinkSpec(Ref("host", f"{thing}-1"), LINKED[thing], thing.title(), total=usd("100"))
    if LINKED[thing] is not ItemKind.LOCKED_DOCUMENT:
        spec = replaced(spec, total=None)
    return after(state, rules.link(state, spec, None, NOON, MIA))


COMPLETES: list[tuple[str, list[Fact]]] = [
    ("task", [TaskCompleted()]),
    ("task", [SubtaskChecked("Enter"), TaskCompleted()]),
    ("invoice", [InvoicePaid()]),
    ("invoice", [PaymentReceived(usd("60")), PaymentReceived(usd("40"))]),
    ("invoice", [PaymentReceived(usd("250"))]),
    ("organizer", [OrganizerSubmitted()]),
    ("organizer", [OrganizerSaved({"Married?": "Yes"}), OrganizerSubmitted()]),
    ("letter", [ProposalSigned("ada@example.com"), ProposalSigned("Bob Lovelace")]),
    ("letter", [ProposalSigned()]),
    ("anybody's", [ProposalSigned("c-bob")]),
    ("message", [SCAN, UPLOAD]),
    ("approval", [DocumentDisapproved(), DocumentApproved()]),
    ("signature", [DocumentSigned("ada@example.com"), DocumentSigned("bob@example.com")]),
    ("signature", [DocumentSigned()]),
    ("locked", [PaymentReceived(usd("100"))]),
    ("request", [ClientRequestSubmitted()]),
    ("request", [ClientRequestAccepted()]),
    ("papers", [ClientRequestSubmitted({"Form W-2": "file-1"})]),
    ("papers", [ClientRequestAccepted()]),
    ("checked", [ClientRequestAccepted()]),
]
NOT_YET: list[tuple[str, list[Fact]]] = [
    ("task", [SubtaskChecked("Enter"), SubtaskChecked("Check")]),
    ("task", [TaskReopened()]),
    ("invoice", [PaymentReceived(usd("99.99"))]),
    ("invoice", [ACH]),
    ("organizer", [OrganizerSaved({"Married?": "Yes"})]),
    ("organizer", [OrganizerReturned()]),
    ("papers", [ClientRequestReturned()]),
    ("letter", [ProposalSigned("ada@example.com"), ProposalSigned("ada@example.com")]),
    ("message", [SCAN, ClientTaskUnchecked("Scan"), UPLOAD]),
    ("message", [MessageReplied()]),
    ("approval", [DocumentDisapproved()]),
    ("signature", [DocumentSigned("c-ada")]),
    ("locked", [PaymentReceived(usd("1"))]),
]  # fmt: skip


@pytest.mark.parametrize(("thing", "facts"), COMPLETES)
def test_the_last_of_these_facts_completes_the_item_and_moves_the_job(
    thing: str, facts: list[Fact]
) -> None:
    """Each row of domain.md 2.3; the reminders stop with it."""
    before = recorded(waiting(thing), ITEM, *facts[:-1])

    decision = told(before, ITEM, facts[-1])

    (done,) = events(decision, ItemCompleted)
    assert before.job.stage == "intake"
    assert (decision.job.stage, done.item, done.fact) == ("done", ITEM, facts[-1])
    assert decision.job.items[0].timer is None
    assert decision.cancels == (
        (before.job.items[0].timer,) if thing in MADE and thing != "task" else ()
    )


@pytest.mark.parametrize(("thing", "facts"), NOT_YET)
def test_these_facts_complete_nothing(thing: str, facts: list[Fact]) -> None:
    """The job stays, and its reminders run on (domain.md 2.3)."""
    before = waiting(thing)

    state = recorded(before, ITEM, *facts)

    assert (state.job.stage, pending(state)) == ("intake", names(before.job.items))
    assert state.job.items[0].timer == before.job.items[0].timer or thing == "message"


REPEATED = [
    (thing, facts)
    for thing, facts in (*COMPLETES, *NOT_YET)
    if not (isinstance(facts[-1], PaymentReceived) and facts[-1].reference is None)
]


@pytest.mark.parametrize(("thing", "facts"), REPEATED)
def test_the_same_fact_twice_changes_nothing(thing: str, facts: list[Fact]) -> None:
    """A webhook that comes again leaves all as it is; only money without a reference adds up."""
    state = recorded(waiting(thing), ITEM, *facts)

    assert told(state, ITEM, facts[-1]).changed is False


ONCE: list[tuple[str, list[Fact]]] = [
    *REPEATED,
    ("task", [TaskCompleted(), TaskReopened()]),
    ("organizer", [OrganizerSubmitted(), OrganizerReturned()]),
    ("request", [ClientRequestSubmitted(), ClientRequestReturned()]),
    ("papers", [ClientRequestSubmitted(), ClientRequestReturned("not legible")]),
    ("checked", [ClientRequestSubmitted()]),
    ("checked", [ClientRequestSubmitted(), ClientRequestReturned("not legible")]),
    ("checked", [ClientRequestSubmitted(), ClientRequestAccepted()]),
    ("invoice", [ACH, PaymentCleared("ach-1")]),
    ("invoice", [ACH, PaymentFailed("ach-1")]),
    ("invoice", [PaymentCleared("ach-1")]),
    ("invoice", [PaymentFailed("ach-1")]),
    ("invoice", [PaymentRefunded("ach-1", usd("1"))]),
    ("invoice", [ACH, PaymentRefunded("ach-1")]),
    ("letter", [Declined("c-bob", "too dear")]),
    ("letter", [Declined()]),
    ("anybody's", [Declined("Bob's lawyer")]),
    ("signature", [Declined("ada@example.com")]),
    ("approval", [Declined(reason="wrong year")]),
    ("message", [SCAN, ClientTaskUnchecked("Scan")]),
    ("news", [MessageReplied()]),
    ("news", [Cancelled()]),
    ("note", [Cancelled()]),
    ("message", [f.ClientTaskAdded("Sign")]),
    ("news", [f.ClientTaskAdded("Sign")]),
    ("message", [f.ClientTaskRemoved("Scan")]),
    ("message", [f.ThreadArchived("over")]),
    ("news", [f.ThreadArchived("over")]),
    ("message", [f.ThreadArchived(), f.ThreadReopened()]),
    ("news", [f.ThreadArchived(), f.ThreadReopened()]),
    ("organizer", [f.OrganizerSealed("over")]),
    ("organizer", [f.OrganizerSealed(), f.OrganizerUnsealed()]),
    ("letter", [f.SignerAdded("Bob's lawyer")]),
    ("signature", [f.SignerAdded("Bob's lawyer")]),
    ("letter", [f.SignerRemoved("c-bob")]),
    ("signature", [f.SignerRemoved("bob@example.com")]),
    ("invoice", [f.CreditIssued(usd("10"), "cn-1")]),
    ("invoice", [f.CreditIssued(usd("100"), "cn-1")]),
]
ONCE += [(thing, list[Fact]([Reopened("by mistake")])) for thing in (*MADE, *LINKED)]
BEFORE: dict[str, list[Any]] = {
    "it waits": [],
    "it is done": ["complete"],
    "it is cancelled": [Cancelled()],
    "it was done, then cancelled": ["complete", Cancelled()],
    "it was let go of": ["unlink"],
    "it was done, then let go of": ["complete", "unlink"],
}
TWICE: list[tuple[str, str, list[Fact]]] = [
    (before, thing, facts)
    for thing, facts in ONCE
    for before, steps in BEFORE.items()
    # Who has signed cannot be taken out.
    if "complete" not in steps or (thing in ASKING and not isinstance(facts[-1], f.SignerRemoved))
]


@pytest.mark.parametrize(("before", "thing", "facts"), TWICE)
def test_whatever_became_of_it_a_fact_twice_is_a_fact_once(
    before: str, thing: str, facts: list[Fact]
) -> None:
    """No kind of fact writes the history twice, in no state of the item."""
    state = recorded(waiting(thing), ITEM, *facts[:-1])
    for step in BEFORE[before]:
        match step:
            case "complete":
                state = completed(state, ITEM)
            case "unlink":
                state = after(state, rules.unlink(state, ITEM, NOON, MIA))
            case _:
                state = recorded(state, ITEM, step)
    state = recorded(state, ITEM, facts[-1])

    assert told(state, ITEM, facts[-1]).changed is False


def test_every_kind_of_fact_is_told_twice_here() -> None:
    """But a bounce, which is about no item."""
    assert {type(facts[-1]) for _, facts in ONCE} == {*f.ALL} - {EmailBounced}


def test_a_client_may_refuse_once_more_what_was_approved_meanwhile() -> None:
    """Then it is another word of theirs, and told."""
    refused, approved = DocumentDisapproved(), DocumentApproved()
    state = recorded(waiting("approval"), ITEM, refused, approved)

    decision = told(state, ITEM, refused)

    assert [event.fact for event in events(decision, ItemReopened)] == [refused]
    assert recorded(state, ITEM, refused, approved).job.items[0].state is ItemState.COMPLETED


@pytest.mark.parametrize("thing", ASKING)
def test_cancelling_stops_waiting_and_is_no_completion(thing: str) -> None:
    """Cancelled, void, sealed or archived; twice changes nothing (A-10)."""
    state = waiting(thing)

    decision = told(state, ITEM, Cancelled("void"))

    (resolved,) = events(decision, ItemResolved)
    assert (resolved.reason, decision.job.stage) == ("void", "intake")
    assert decision.job.items[0].state is ItemState.RESOLVED
    assert decision.withdraws == ((state.job.items[0].request,) if thing in MADE else ())
    assert told(after(state, decision), ITEM, Cancelled("void")).changed is False
    assert events(told(state, ITEM, Cancelled()), ItemResolved)[0].reason == "cancelled"


def test_cancelling_a_plain_message_stops_its_reminders() -> None:
    """Its thread is closed; it was waited for by nobody, and is not (domain.md part 4)."""
    state = waiting("news")

    decision = told(state, ITEM, Cancelled("closed"))

    assert decision.cancels == (state.job.items[0].timer,)
    assert told(after(state, decision), ITEM, Cancelled("closed")).changed is False


def test_cancelling_a_plain_message_takes_back_what_has_not_left() -> None:
    """Without reminders too: nobody waited for it, and yet it shall not be sent (A-10)."""
    state = begun(Stage("Intake", [SendMessage(NEWS)]), DONE)

    decision = told(state, ITEM, Cancelled("closed"))

    assert decision.withdraws == (state.job.items[0].request,)
    assert [event.reason for event in events(decision, ItemResolved)] == ["closed"]
    assert told(after(state, decision), ITEM, Cancelled("closed")).changed is False


@pytest.mark.parametrize("thing", [thing for thing in ASKING if thing in MADE])
def test_cancelling_what_is_done_takes_back_its_request(thing: str) -> None:
    """It stays completed, and what has not left to create it never does (A-10)."""
    state = completed(waiting(thing), ITEM)

    decision = told(state, ITEM, Cancelled("void"))

    assert state.job.items[0].request in decision.withdraws


def test_cancelling_lets_the_rest_move_the_job() -> None:
    """There is one real completion, and nothing is waited for any more (A-10)."""
    stage = Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)], automove=True)
    state = completed(begun(stage, DONE), "Prepare")

    assert recorded(state, "Fee", Cancelled()).job.stage == "done"


@pytest.mark.parametrize("thing", ASKING)
def test_what_is_completed_stays_so_when_it_is_cancelled(thing: str) -> None:
    """It is noted, once (A-10)."""
    state = completed(waiting(thing), ITEM)

    decision = told(state, ITEM, Cancelled("void"))

    assert decision.job.items[0].state is ItemState.COMPLETED
    assert [event.note for event in events(decision, FactRecorded)] == ["void"]
    assert told(after(state, decision), ITEM, Cancelled("void")).changed is False


@pytest.mark.parametrize("thing", ASKING)
def test_a_completion_after_a_cancellation_is_noted_and_completes_nothing(thing: str) -> None:
    """What was cancelled stays cancelled (A-10)."""
    state = recorded(waiting(thing), ITEM, Cancelled())
    facts = rules.completing_facts(state.job.items[0])

    decision = told(state, ITEM, *facts)

    assert decision.job.items[0].state is ItemState.RESOLVED
    assert decision.job.stage == "intake"
    assert "it was no longer waited for" in [event.note for event in events(decision, FactRecorded)]
    assert told(after(state, decision), ITEM, *facts).changed is False


REVERSALS: list[tuple[str, list[Fact], Fact]] = [
    ("task", [TaskCompleted()], TaskReopened()),
    ("organizer", [OrganizerSubmitted()], OrganizerReturned()),
    ("invoice", [ACH, PaymentCleared("ach-1")], PaymentRefunded("ach-1")),
    ("message", [SCAN, UPLOAD], ClientTaskUnchecked("Scan")),
    ("approval", [DocumentApproved()], DocumentDisapproved()),
]  # fmt: skip


@pytest.mark.parametrize(("thing", "done", "undone"), REVERSALS)
def test_a_completion_taken_back_opens_the_item_and_leaves_the_job_where_it_is(
    thing: str, done: list[Fact], undone: Fact
) -> None:
    """It is reminded of again, and no job moves backwards (A-11)."""
    state = recorded(waiting(thing), ITEM, *done)

    decision = told(state, ITEM, undone)

    item = decision.job.items[0]
    assert [event.fact for event in events(decision, ItemReopened)] == [undone]
    assert (item.state, decision.job.stage) == (ItemState.PENDING, "done")
    assert (item.timer is not None) is (item.reminders is not None)
    assert events(decision, JobMoved) == []


@pytest.mark.parametrize(("thing", "done", "undone"), REVERSALS)
def test_on_an_archived_job_an_item_that_is_open_again_is_not_reminded_of(
    thing: str, done: list[Fact], undone: Fact
) -> None:
    """Archived is archived (A-22, A-37)."""
    state = recorded(waiting(thing), ITEM, *done)
    state = after(state, rules.set_status(state, "Archived", NOON, MIA))

    item = told(state, ITEM, undone).job.items[0]

    assert (item.state, item.timer) == (ItemState.PENDING, None)


@pytest.mark.parametrize(("thing", "done", "undone"), REVERSALS)
def test_what_was_cancelled_is_not_reopened(thing: str, done: list[Fact], undone: Fact) -> None:
    """Nor what was sealed or voided (A-11)."""
    facts = done if thing in {"invoice", "message"} else []
    state = recorded(waiting(thing), ITEM, *facts[:1], Cancelled(), *facts[1:])

    assert told(state, ITEM, undone).job.items[0].state is ItemState.RESOLVED


def test_what_takes_back_a_completion_of_a_cancelled_thing_is_noted() -> None:
    """Once; it had ceased to matter."""
    state = recorded(waiting("organizer"), ITEM, Cancelled())

    decision = told(state, ITEM, OrganizerReturned())

    assert decision.job.items[0].late
    assert [one.note for one in events(decision, FactRecorded)] == ["it was no longer waited for"]


def test_a_thing_whose_reminders_were_off_is_reminded_of_when_it_is_open_again() -> None:
    """It waits anew; what else is known of it stays."""
    state = recorded(waiting("organizer"), ITEM, OrganizerSubmitted())
    item = replaced(state.job.items[0], marks=frozenset({Mark.QUIET, Mark.SHARED}))
    state = replaced(state, job=replaced(state.job, items=(item,)))

    opened = told(state, ITEM, OrganizerReturned()).job.items[0]

    assert opened.marks == {Mark.SHARED}
    assert opened.timer is not None


def test_whoever_declined_is_asked_anew_when_it_is_reopened() -> None:
    """Nobody has declined any more (R-3, R-13)."""
    declined = recorded(waiting("letter"), ITEM, Declined("c-bob"))

    item = recorded(declined, ITEM, Reopened()).job.items[0]

    assert isinstance(item.progress, SigningState)
    assert (item.progress.declined, item.marks) == ((), frozenset())
    assert item.timer is not None


def test_a_refused_document_that_is_reopened_is_reminded_of_anew() -> None:
    """It was reminded of all the while; that starts anew, and the refusal is forgotten (R-3)."""
    state = waiting("approval")
    state = after(state, rules.set_reminders(state, ITEM, DAILY, NOON, MIA))
    refused = recorded(state, ITEM, DocumentDisapproved())

    decision = told(refused, ITEM, Reopened())

    item = decision.job.items[0]
    assert decision.cancels == (refused.job.items[0].timer,)
    assert [timer.key for timer in decision.timers] == [item.timer]
    assert item.marks == frozenset()


def test_history_says_who_declined_and_why() -> None:
    """By name where it is somebody who signs; each of several strangers is somebody else (R-13)."""
    letter, done = waiting("letter"), recorded(waiting("letter"), ITEM, ProposalSigned())
    stranger = told(letter, ITEM, Declined("Bob's lawyer"))
    again = told(after(letter, stranger), ITEM, Declined("Ada's lawyer", "so"))

    for decision, note in (
        (told(letter, ITEM, Declined("c-bob", "too dear")), "by Bob Lovelace: too dear"),
        (told(letter, ITEM, Declined()), ""),
        (told(done, ITEM, Declined("c-bob")), "by Bob Lovelace: it is completed"),
        (stranger, "by Bob's lawyer"),
        (again, "by Ada's lawyer: so"),
    ):
        assert [one.note for one in events(decision, FactRecorded)] == [note]


@pytest.mark.parametrize(("thing", "done", "undone"), REVERSALS)
def test_what_was_cancelled_when_it_was_done_is_not_reopened(
    thing: str, done: list[Fact], undone: Fact
) -> None:
    """Its request was taken back with that, so that nobody can be waited for (A-11)."""
    state = recorded(waiting(thing), ITEM, *done, Cancelled("void"))

    decision = told(state, ITEM, undone)

    (resolved,) = events(decision, ItemResolved)
    assert resolved.reason == "it was cancelled while it was done"
    assert (decision.job.items[0].state, decision.timers) == (ItemState.RESOLVED, ())
    assert told(after(state, decision), ITEM, undone).changed is False


@pytest.mark.parametrize(("thing", "done", "undone"), REVERSALS)
def test_what_the_job_let_go_of_is_not_reopened(thing: str, done: list[Fact], undone: Fact) -> None:
    """It was done, then unlinked: whatever becomes of it, the job waits for it no more (A-11)."""
    state = recorded(waiting(thing), ITEM, *done)
    state = after(state, rules.unlink(state, ITEM, NOON, MIA))

    decision = told(state, ITEM, undone)

    assert decision.job.items[0].state is not ItemState.PENDING
    assert (decision.timers, decision.job.items[0].late) == ((), True)
    assert told(after(state, decision), ITEM, undone).changed is False


def test_what_never_came_to_be_is_not_reopened_by_any_fact() -> None:
    """Unless a late receipt said that it did (R-3)."""
    item = item_of("Prepare", state=ItemState.RESOLVED, marks=frozenset({Mark.UNMADE}), ref=None)
    there = replaced(item, ref=Ref("tasks", "t-1"))

    with pytest.raises(NotAllowedError, match="never came to be"):
        told(state_of(Stage("Intake"), items=[item]), ITEM, Reopened())

    again = told(state_of(Stage("Intake"), items=[there]), ITEM, Reopened()).job.items[0]
    assert (again.state, again.marks) == (ItemState.PENDING, frozenset())


def test_an_item_whose_request_was_given_up_is_not_reopened() -> None:
    """It never came to be, so that nobody can be waited for."""
    item = item_of("Prepare", state=ItemState.COMPLETED, marks=frozenset({Mark.UNMADE}))

    decision = told(state_of(Stage("Intake"), items=[item]), ITEM, TaskReopened())

    (resolved,) = events(decision, ItemResolved)
    assert resolved.reason == "it never came to be: its request was given up"
    assert decision.job.items[0].state is ItemState.RESOLVED


@pytest.mark.parametrize("status", ["Completed", "Archived"])
def test_a_job_that_is_over_keeps_facts_and_does_not_move(status: str) -> None:
    """A late payment is still a payment (A-22)."""
    state = waiting("invoice")
    state = after(state, rules.set_status(state, status, NOON, MIA))

    decision = told(state, ITEM, InvoicePaid())

    assert decision.job.items[0].state is ItemState.COMPLETED
    assert (decision.job.stage, decision.job.status) == ("intake", status)
    assert decision.requests == ()


# -- what cannot be ----------------------------------------------------------------------------


REFUSED: list[tuple[str, Fact, type[Exception], str]] = [
    ("task", InvoicePaid(), NotAllowedError, "cannot happen to 'Prepare', which is a task"),
    ("invoice", TaskCompleted(), NotAllowedError, "PaymentReceived"),
    ("task", EmailBounced("full"), NotAllowedError, "cannot happen"),
    ("task", SubtaskChecked("Nope"), NotFoundError, "no subtask 'Nope'"),
    ("invoice", PaymentReceived(Money("1", "EUR")), DefinitionError, "billed in USD"),
    ("message", ClientTaskChecked("Nope"), NotFoundError, "no client task 'Nope'"),
    ("letter", ProposalSigned("eve@example.com"), NotFoundError, "no signatory"),
]


@pytest.mark.parametrize(("thing", "fact", "kind", "said"), REFUSED)
def test_a_fact_that_does_not_fit_is_refused(
    thing: str, fact: Fact, kind: type[Exception], said: str
) -> None:
    """It cannot have happened, and the error says what could."""
    with pytest.raises(kind, match=said):
        told(waiting(thing), ITEM, fact)


def test_a_fact_that_the_rules_do_not_know_is_refused() -> None:
    """Facts are a closed set."""

    @frozen
    class Mystery(Fact):
        pass

    with pytest.raises(NotAllowedError, match="Mystery is no fact that is known here"):
        told(waiting("task"), ITEM, Mystery())


@pytest.mark.parametrize("thing", ["news", "note"])
def test_what_asks_nothing_can_not_be_completed(thing: str) -> None:
    """It is neutral: never open, and never a completion."""
    state = waiting(thing)

    with pytest.raises(NotAllowedError, match="asks nothing of anybody"):
        rules.completing_facts(state.job.items[0])
    assert state.job.items[0].state is ItemState.RESOLVED


@pytest.mark.parametrize("kind", ItemKind)
def test_every_kind_of_item_can_be_cancelled_and_is_completed_by_facts_about_it(
    kind: ItemKind,
) -> None:
    """No kind is forgotten."""
    assert kind in Cancelled.about
    if kind not in {ItemKind.NOTE, ItemKind.MESSAGE}:
        facts = rules.completing_facts(item_of("X", kind))
        assert all(kind in fact.about for fact in facts)
        assert all(type(fact) in f.ALL for fact in facts)


def test_a_misfit_is_warned_of_once_and_changes_nothing() -> None:
    """The thing is linked elsewhere too, where the fact fits (A-8)."""
    state = waiting("letter")
    error, fact = NotFoundError("no such package"), ProposalSigned(package="Gold")

    decision = rules.misfit(state, ITEM, fact, error, NOON, MIA)
    again = rules.misfit(replaced(state, job=decision.job), ITEM, fact, error, NOON, MIA)

    assert [event.text for event in events(decision, Warned)] == [
        "'Letter': ProposalSigned changed nothing here: no such package"
    ]
    (item,) = decision.job.items
    assert replaced(item, late_facts=()) == state.job.items[0]
    assert not again.changed


def test_a_bounce_is_written_down_and_undoes_nothing() -> None:
    """Its automation stays done (A-27)."""
    state = waiting("task")

    decision = rules.bounce(state, EmailBounced("mailbox full"), None, NOON, MIA)

    (event,) = events(decision, FactRecorded)
    assert event.sentence() == "email bounced, 'e-mail': mailbox full"
    assert decision.job == state.job


def test_several_facts_at_once_come_to_what_they_come_to_one_by_one() -> None:
    """Told together, the job is evaluated once, behind the last."""
    state = waiting("message")

    together = after(state, told(state, ITEM, SCAN, UPLOAD))
    one_by_one = recorded(state, ITEM, SCAN, UPLOAD)

    assert together == one_by_one
    alone = rules.record(state, ITEM, SCAN, NOON, MIA)
    assert alone == told(state, ITEM, SCAN)


@pytest.mark.parametrize("ids", [["j/1"], ["j/1", "j/2", "j/3"], ["a/b/1", "a/b/2"]])
def test_an_item_is_found_by_the_number_in_its_id(ids: list[str]) -> None:
    """Items are numbered as they come; an id that no item has is refused."""
    items = [item_of("X", id=one) for one in ids]

    assert [place_of(items, one, "Tax") for one in ids] == list(range(len(ids)))
    with pytest.raises(NotFoundError, match=r"no item 'j/0'"):
        place_of(items, "j/0", "Tax")


def test_a_job_without_items_has_none_to_be_found() -> None:
    """The error says so."""
    with pytest.raises(NotFoundError, match="no item"):
        place_of([], "job-1/1", "Tax")


# -- universal ----------------------------------------------------------------------------------


FACTS: dict[str, list[Any]] = {
    "task": [TaskCompleted(), TaskReopened()],
    "invoice": [
        ACH,
        InvoicePaid(),
        PaymentReceived(usd("9")),
        PaymentFailed("ach-1"),
        PaymentCleared("ach-1"),
        PaymentRefunded("ach-1"),
    ],
    "organizer": [OrganizerSubmitted(), OrganizerReturned()],
    "letter": [ProposalSigned(), ProposalSigned("c-ada"), Declined("c-ada")],
    "anybody's": [ProposalSigned("c-ada"), Declined("c-bob")],
    "message": [SCAN, UPLOAD, ClientTaskUnchecked("Upload"), MessageReplied()],
    "news": [MessageReplied()],
    "papers": [ClientRequestSubmitted(), ClientRequestReturned()],
    "checked": [ClientRequestSubmitted(), ClientRequestReturned(), ClientRequestAccepted()],
}  # fmt: skip
TO_ANY: list[Any] = [Cancelled(), Reopened(), "unlink", "remind"]
TO_THE_JOB = ["On hold", "Archived", "Completed", "Active", "done", "intake"]


@st.composite
def courses(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, Any]]]:
    """Draw two things, and what happens to them and their job."""
    things = draw(st.lists(st.sampled_from([*MADE]), min_size=1, max_size=2, unique=True))
    about = [
        st.tuples(st.just(str(place)), st.sampled_from([*FACTS[thing], *TO_ANY]))
        for place, thing in enumerate(things, start=1)
    ]
    job = st.tuples(st.just(""), st.sampled_from(TO_THE_JOB))
    return things, draw(st.lists(st.one_of(*about, *about, job), max_size=14))


@given(courses())
def test_what_is_done_is_not_armed_and_every_timer_belongs_to_an_item(
    course: tuple[list[str], list[tuple[str, Any]]],
) -> None:
    """Whatever happens, in any order: no reminder runs of which no item knows, and none is lost."""
    things, steps = course
    stage = Stage("Intake", [MADE[thing] for thing in things], automove=True)
    state = begun(stage, DONE, account=account_of(contacts=[ADA, BOB]))
    timers = {item.timer for item in state.job.items if item.timer}
    for number, step in steps:
        try:
            decision = _stepped(state, f"job-1/{number}", step)
        except (NotAllowedError, NotFoundError):
            continue
        over = {state.job.item(f"job-1/{number}").timer} if step == "remind" else set[Any]()
        timers = (timers - over - set(decision.cancels)) | {one.key for one in decision.timers}
        state = after(state, decision)
        items = state.job.items
        assert timers == {one.timer for one in items if one.timer}
        assert not any(one.timer for one in items if one.state is ItemState.COMPLETED)
        assert all((one.timer is None) is (one.remind_at is None) for one in items)
        if state.job.status == JobStatus.ARCHIVED:
            assert not any(one.timer for one in items if one.kind is not ItemKind.MESSAGE)
        let_go = [one for one in items if Mark.UNLINKED in one.marks]
        assert not any(one.timer or one.state is ItemState.PENDING for one in let_go)


def _stepped(state: rules.State, item: str, step: Any) -> rules.Decision:
    if isinstance(step, Fact):
        return told(state, item, step)
    if step in {"done", "intake"}:
        return moved(state, step)
    if step == "unlink":
        return rules.unlink(state, item, NOON, MIA)
    if step == "remind":
        if state.job.item(item).timer is None:
            raise NotAllowedError("no reminder is set")
        return reminded(state, item)
    return rules.set_status(state, step, NOON, MIA)
