"""What was done, cancelled or declined can be taken back, and keeps what it knew (R-3, R-13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pipeflow import (
    Automation,
    Cancelled,
    Checklist,
    ClientTaskChecked,
    ClientTaskUnchecked,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Declined,
    DocumentApproved,
    DocumentDisapproved,
    DocumentSigned,
    Engine,
    Fact,
    FactRecorded,
    InvoicePaid,
    InvoiceState,
    Item,
    ItemReopened,
    ItemState,
    Job,
    MessageReplied,
    NotAllowedError,
    OrganizerReturned,
    OrganizerSealed,
    OrganizerSubmitted,
    OrganizerUnsealed,
    Package,
    PaymentReceived,
    ProposalSigned,
    ProposalTemplate,
    Ref,
    Rejected,
    Reminders,
    ReminderSent,
    RemindersStopped,
    Reopened,
    Repeat,
    SendClientRequest,
    SendMessage,
    SendProposal,
    SigningState,
    Stage,
    TaskCompleted,
    ThreadArchived,
    ThreadReopened,
    Warned,
)
from pipeflow.ports import Receipt
from pipeflow.testing import World
from tests.firms import (
    ADA,
    ANYBODYS,
    BOB,
    BUSINESS,
    CHECKED,
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    LETTER,
    NEWS,
    ORGANIZER,
    PAID_LETTER,
    PAPERS,
    PREPARE,
    begun,
    dump,
    events,
    now,
    opened,
    tags,
    usd,
)

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED

# A thing of each kind that somebody has to act on.
THINGS: dict[str, Any] = {
    "task": CreateTask(PREPARE),
    "invoice": CreateInvoice(FEE, reminders=DAILY),
    "organizer": CreateOrganizer(ORGANIZER, reminders=DAILY),
    "proposal": SendProposal(LETTER, reminders=DAILY),
    "message": SendMessage(CHECKLIST, reminders=DAILY),
    "papers": SendClientRequest(PAPERS, reminders=DAILY),
    "papers to accept": SendClientRequest(CHECKED, reminders=DAILY),
    "approval": None,
    "signature": None,
    "locked_document": None,
    "client_request": None,
}


def waiting(thing: str) -> tuple[World, Job, Item]:
    """Start a job whose automove stage waits for a thing."""
    made = THINGS[thing]
    automations = [made] if made is not None else []
    world, job = begun(Stage("Work", automations, automove=True), DONE, contacts=[ADA, BOB])
    if made is None:
        job = world.engine.link(job, "x-1", thing, name="Thing")
    return world, job, job.items[0]


# -- reopened --------------------------------------------------------------------------------------


@pytest.mark.parametrize("thing", THINGS)
def test_every_completion_can_be_taken_back_by_one_fact(thing: str) -> None:
    """The item waits again, its job stays where it is, and history says who and why (R-3, A-11)."""
    world, job, item = waiting(thing)
    done = world.engine.complete(item)
    world.advance(days=1)

    after = world.engine.record(item, Reopened("by mistake"), actor="mia")

    again = after.item(item.id)
    assert (done.stage, after.stage, again.state) == ("done", "done", PENDING)
    assert again.since == world.clock.now()
    (event,) = events(world, job, ItemReopened)
    assert (event.actor, event.fact) == ("mia", Reopened("by mistake"))
    assert "by mistake" in str(world.engine.history(job))
    assert world.engine.record(item, Reopened("once more")) == after
    assert world.engine.complete(item).item(item.id).state is COMPLETED


@pytest.mark.parametrize("thing", THINGS)
def test_what_was_cancelled_can_be_reopened(thing: str) -> None:
    """Also where it had been done before, or was done too late."""
    for facts in ([], ["complete"]):
        world, _, item = waiting(thing)
        if facts:
            world.engine.complete(item)
        world.engine.record(item, Cancelled("mixed up"))
        if not facts:
            world.engine.complete(item)

        after = world.engine.reopen(item, "it was another client's")

        assert after.item(item.id).state is PENDING
        assert not after.item(item.id).late
        assert world.engine.complete(item).item(item.id).state is COMPLETED


def test_what_was_put_off_by_a_pause_is_off_when_the_thing_was_reopened_meanwhile() -> None:
    """Answers that came while the job was completed change no tags, also not later (R-15, R-27)."""
    world, job, item = waiting("organizer")
    world.engine.pause(job)
    world.engine.complete(item)
    world.engine.set_status(job, "Completed")
    world.engine.reopen(item, "by mistake")
    world.engine.record(item, OrganizerSubmitted({BUSINESS: "Yes"}))
    world.engine.set_status(job, "Active")

    world.engine.resume(job)

    assert tags(world, job) == set()


def test_an_invoice_that_was_reopened_knows_its_payments() -> None:
    """But nobody calls it settled any more."""
    world, _, item = waiting("invoice")
    world.engine.record(item, PaymentReceived(usd("40"), reference="p-1"))
    world.engine.record(item, InvoicePaid())

    after = world.engine.reopen(item, "the cheque was another one's")

    bill = after.item("Fee").progress
    assert isinstance(bill, InvoiceState)
    assert bill.paid() == usd("40")
    part = world.engine.record(item, PaymentReceived(usd("10"), reference="p-2"))
    assert part.item("Fee").state is PENDING
    rest = world.engine.record(item, PaymentReceived(usd("50"), reference="p-3"))
    assert rest.item("Fee").state is COMPLETED


def test_a_checklist_that_was_reopened_knows_its_ticks() -> None:
    """`complete` completes it all the same, on every job that has it."""
    world, _, item = waiting("message")
    world.engine.complete(item)

    after = world.engine.reopen(item)

    sheet = after.item(item.id).progress
    assert isinstance(sheet, Checklist)
    assert sheet.open_tasks == ()
    assert world.engine.record(item, ClientTaskChecked("Scan")) == after
    assert world.engine.complete(item).item(item.id).state is COMPLETED


def test_what_was_signed_is_signed_anew_when_it_is_reopened() -> None:
    """It says who had signed; both sign once more."""
    world, _, item = waiting("signature")
    both = [DocumentSigned("ada@example.com"), DocumentSigned("bob@example.com")]
    for fact in both:
        world.engine.record(item, fact)
    reopened = world.engine.reopen(item, "page 3 was changed")

    assert (
        "0 of 2 signed; to be signed anew, as it was by Ada Lovelace, Bob Lovelace; not yet: "
        in str(world.engine.explain(world.engine.move(reopened, "Work")))
    )
    first = world.engine.record(item, both[0])
    again = world.engine.record(item, both[0])
    last = world.engine.record(item, both[1])

    assert [one.item(item.id).state for one in (first, again, last)] == [
        PENDING,
        PENDING,
        COMPLETED,
    ]


def test_a_proposal_that_one_signs_is_signed_anew_by_the_same_one() -> None:
    """One signature was enough, and is once more."""
    world, job = begun(Stage("Work", [SendProposal(ANYBODYS)]), DONE, contacts=[ADA, BOB])
    item = job.items[0]
    world.engine.record(item, ProposalSigned("ada@example.com"))
    world.engine.reopen(item)

    after = world.engine.record(item, ProposalSigned("ada@example.com"))

    assert after.items[0].state is COMPLETED


def test_a_proposal_that_was_reopened_is_signed_for_another_package() -> None:
    """What was chosen before binds nobody any more."""
    offer = ProposalTemplate("Offer", packages=[Package("Gold"), Package("Silver")])
    world, job = begun(Stage("Work", [SendProposal(offer)]), DONE, more=[offer])
    item = job.items[0]
    world.engine.record(item, ProposalSigned("ada@example.com", package="Gold"))
    world.engine.reopen(item)

    after = world.engine.record(item, ProposalSigned("ada@example.com", package="Silver"))

    sheet = after.items[0].progress
    assert isinstance(sheet, SigningState)
    assert (after.items[0].state, sheet.package) == (COMPLETED, "Silver")


def test_a_proposal_that_is_accepted_again_brings_no_second_invoice() -> None:
    """Unless the first one was cancelled."""
    world, job = begun(Stage("Work", [SendProposal(PAID_LETTER)]), DONE)
    letter = job.items[0]
    for _ in range(2):
        job = world.engine.record(letter, ProposalSigned())
        job = world.engine.reopen(letter)
    assert [one.name for one in job.items] == ["Paid letter", "Fee"]
    world.engine.record(job.items[1], Cancelled("another price"))

    after = world.engine.record(letter, ProposalSigned())

    assert [one.state for one in after.items] == [COMPLETED, RESOLVED, PENDING]
    assert len(world.invoices.created) == 2
    assert after.items[2].request != after.items[1].request


def test_the_reminders_of_what_was_reopened_start_anew() -> None:
    """All of them, from now on, each in a mail of its own (R-3)."""
    world, job, item = waiting("invoice")
    world.advance(days=2)
    world.engine.complete(item)
    world.advance(days=10)
    world.engine.reopen(item)

    world.advance(days=10)

    numbers = [event.number for event in events(world, job, ReminderSent)]
    assert numbers == [1, 2, 1, 2, 3]
    assert len(world.email.sent) == 5


def test_on_an_archived_job_what_is_reopened_reminds_nobody() -> None:
    """Archived is archived; nothing follows, which is told (A-37, R-15)."""
    world, job, item = waiting("invoice")
    world.engine.complete(item)
    world.engine.archive(job)

    after = world.engine.reopen(item)
    world.advance(days=10)

    assert (after.item("Fee").state, after.item("Fee").timer) == (PENDING, None)
    assert world.email.sent == []
    assert "the job is archived" in events(world, job, Warned)[-1].text


def test_a_closed_thread_can_be_opened_again() -> None:
    """A plain message waits for nobody, and reminds of itself again."""
    world, job = begun(Stage("Work", [SendMessage(NEWS, reminders=DAILY)]), DONE)
    item = job.items[0]
    untouched = world.engine.reopen(item)
    world.engine.record(item, Cancelled("closed"))

    after = world.engine.reopen(item)
    world.advance(days=10)

    assert untouched == job
    assert (after.items[0].state, after.items[0].late) == (RESOLVED, False)
    assert len(world.email.sent) == 3


def test_what_the_job_let_go_of_is_not_reopened() -> None:
    """That is kept and warned of; it can be linked again (R-15)."""
    world, job, item = waiting("signature")
    world.engine.unlink(job, item)

    after = world.engine.reopen(item)

    assert after.items[0].state is RESOLVED
    assert "it was unlinked" in events(world, job, Warned)[-1].text
    again = world.engine.link(job, "x-1", "signature", name="Thing")
    assert [one.state for one in again.items] == [RESOLVED, PENDING]


@pytest.mark.parametrize("how", ["reopen", "record"])
def test_what_never_came_to_be_is_not_reopened(how: str) -> None:
    """Nobody could act on it: its request was withdrawn, or given up."""
    calls: dict[str, Callable[[Engine, Item], Job]] = {
        "reopen": lambda engine, item: engine.reopen(item),
        "record": lambda engine, item: engine.record(item, Reopened()),
    }
    again = calls[how]
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, deliver=False)
    item = world.engine.start("tax", world.account()).items[0]
    world.engine.record(item, Cancelled())
    with pytest.raises(NotAllowedError, match=r"its request was withdrawn.*link what was made"):
        again(world.engine, item)

    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, deliver=False)
    item = world.engine.start("tax", world.account()).items[0]
    (request,) = world.engine.pending()
    world.engine.failed(request.key, Rejected("no"))
    world.engine.abandon(request.key)
    with pytest.raises(NotAllowedError, match="never came to be"):
        again(world.engine, item)

    world.engine.delivered(request.key, Receipt("t-1"))  # it did, after all
    assert again(world.engine, item).items[0].state is PENDING


@pytest.mark.parametrize(
    ("automation", "away", "back"),
    [
        (CreateOrganizer(ORGANIZER), OrganizerSealed(), OrganizerUnsealed()),
        (SendMessage(CHECKLIST), ThreadArchived(), ThreadReopened()),
    ],
    ids=["organizer", "message"],
)
def test_what_was_put_away_before_it_left_is_not_taken_out(
    automation: Automation, away: Fact, back: Fact
) -> None:
    """Its client never gets it, so that the job would wait for it for good."""
    world = opened(Stage("Work", [automation]), DONE, deliver=False)
    item = world.engine.start("tax", world.account()).items[0]
    world.engine.record(item, away)
    assert world.engine.pending() == ()

    with pytest.raises(NotAllowedError, match=r"its request was withdrawn.*link what was made"):
        world.engine.record(item, back)
    assert world.engine.job(item.job).open_items == ()


def test_what_a_host_made_without_a_reference_is_reopened() -> None:
    """It was delivered, so that somebody can act on it."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, deliver=False)
    item = world.engine.start("tax", world.account()).items[0]
    (request,) = world.engine.pending()
    world.engine.complete(item)
    assert world.engine.reopen(item).items[0].state is PENDING
    world.engine.delivered(request.key)
    world.engine.complete(item)

    assert world.engine.reopen(item).items[0].state is PENDING


def test_a_thing_of_two_jobs_is_reopened_on_both() -> None:
    """It is one thing (A-8)."""
    world, job, item = waiting("approval")
    other = world.engine.start("tax", world.account("Bob"))
    world.engine.link(other, "x-1", "approval", name="Thing")
    world.engine.complete(item)

    world.engine.reopen(item, "wrong year")

    assert [now(world, one).items[0].state for one in (job, other)] == [PENDING, PENDING]


def test_reopening_acts_once_under_a_command_id() -> None:
    """A repeat changes nothing, also when it was done meanwhile."""
    world, _, item = waiting("task")
    world.engine.complete(item)
    world.engine.reopen(item, "too early", command_id="c")
    world.engine.complete(item)
    before = dump(world)

    world.engine.reopen(item, "too early", command_id="c")

    assert dump(world) == before


def test_an_item_whose_acceptance_is_open_is_not_made_again() -> None:
    """`UNLESS_OPEN` looks at what the proposal brought, too (A-46)."""
    letter = SendProposal(PAID_LETTER, repeat=Repeat.UNLESS_OPEN)
    world, job = begun(Stage("Work", [letter], automove=True), DONE)
    world.engine.record(job.items[0], ProposalSigned())
    world.engine.move(job, "Done")

    again = world.engine.move(job, "Work")

    assert [one.name for one in again.items] == ["Paid letter", "Fee"]
    assert [one.name for one in again.open_items] == ["Fee"]
    assert world.engine.record(again.items[1], InvoicePaid()).stage == "done"


# -- declined --------------------------------------------------------------------------------------


def declined(thing: str) -> tuple[World, Job, Item]:
    """Let somebody decline a thing."""
    world, job, item = waiting(thing)
    world.engine.record(item, Declined("ada@example.com", "too dear"))
    return world, now(world, job), item


@pytest.mark.parametrize("thing", ["proposal", "signature", "approval"])
def test_what_was_declined_stays_open_and_says_who_and_why(thing: str) -> None:
    """It reminds nobody, and the job waits (R-13)."""
    world, job, item = declined(thing)
    world.advance(days=10)

    said = str(world.engine.explain(job))

    assert (job.stage, job.items[0].state) == ("work", PENDING)
    assert world.email.sent == []
    who = "ada@example.com" if thing == "approval" else "Ada Lovelace"
    assert f"declined by {who}: too dear; nobody is reminded of it" in said
    with_reminders = thing == "proposal"
    assert len(events(world, job, RemindersStopped)) == with_reminders
    if with_reminders:
        with pytest.raises(NotAllowedError, match="was declined; nobody is reminded"):
            world.engine.remind(item)


def test_several_can_decline() -> None:
    """Each is named, in the order in which they did; nobody has to say who they are."""
    world, job, item = declined("proposal")
    world.engine.record(item, Declined("bob@example.com"))
    job = world.engine.record(item, Declined("BOB@Example.com", "twice"))
    before = job

    assert "declined by Ada Lovelace: too dear and by Bob Lovelace; nobody" in str(
        world.engine.explain(job)
    )
    sheet = job.items[0].progress
    assert isinstance(sheet, SigningState)
    assert len(sheet.declined) == 2
    assert world.engine.record(item, Declined("ada@example.com", "still")) == before
    unnamed = world.engine.record(item, Declined())
    assert "and by Bob Lovelace; nobody" in str(world.engine.explain(unnamed))


def test_several_can_decline_what_needs_no_signature() -> None:
    """Each is named with their reason, and heard once until it is approved (R-13)."""
    world, job, item = declined("approval")
    twice = world.engine.record(item, Declined("ADA@example.com", "still too dear"))
    assert twice == job

    world.engine.record(item, Declined("bob@example.com", "wrong year"))
    said = str(world.engine.explain(job))
    assert "by ada@example.com: too dear and by bob@example.com: wrong year; nobody" in said

    world.engine.complete(item)
    world.engine.record(item, Declined("ada@example.com", "the lawyer says no"))
    told = [one.fact for one in events(world, job, FactRecorded)]
    assert [one.reason for one in told if isinstance(one, Declined)] == [
        "too dear", "wrong year", "the lawyer says no",
    ]  # fmt: skip


def test_a_second_who_declines_what_was_cancelled_is_kept_and_warned_of() -> None:
    """It is a fact like any other that came too late to matter (R-15)."""
    world, job, item = declined("approval")
    world.engine.record(item, Cancelled("let it be"))

    world.engine.record(item, Declined("bob@example.com", "wrong year"))

    (*_, kept) = events(world, job, FactRecorded)
    assert kept.fact == Declined("bob@example.com", "wrong year")
    (*_, warning) = events(world, job, Warned)
    assert "it was cancelled before, so that nothing follows" in warning.sentence()


@pytest.mark.parametrize("thing", ["proposal", "signature", "approval"])
def test_what_was_declined_can_be_cancelled_reopened_or_done_after_all(thing: str) -> None:
    """Whichever the firm and its client agree on (R-13)."""
    world, _, item = declined(thing)
    assert world.engine.record(item, Cancelled("let it be")).items[0].state is RESOLVED

    world, job, item = declined(thing)
    again = world.engine.reopen(item, "with a discount")
    assert "declined" not in str(world.engine.explain(again))
    world.advance(days=10)
    assert len(world.email.sent) == (3 if thing == "proposal" else 0)
    world.engine.record(item, Declined(reason="no"))
    assert "declined: no; nobody" in str(world.engine.explain(job))

    world, _, item = declined(thing)
    done = world.engine.complete(item)
    assert (done.stage, done.items[0].state) == ("done", COMPLETED)


def test_whoever_declined_may_sign_after_all() -> None:
    """Then the others are reminded again."""
    world, job, item = declined("proposal")

    after = world.engine.record(item, ProposalSigned("ada@example.com"))
    world.advance(days=1)

    assert after.items[0].timer is not None
    assert len(world.email.sent) == 1
    assert "1 of 2 signed: Ada Lovelace; not yet: Bob Lovelace" in str(world.engine.explain(job))


def test_a_signature_beside_a_refusal_leaves_it_declined() -> None:
    """Nobody is reminded as long as one of them will not sign."""
    world, _, item = declined("proposal")

    after = world.engine.record(item, ProposalSigned("bob@example.com"))

    assert after.items[0].timer is None
    assert "declined by Ada Lovelace" in str(world.engine.explain(after))


@pytest.mark.parametrize("thing", ["proposal", "signature", "approval"])
def test_a_refusal_of_what_is_done_takes_nothing_back(thing: str) -> None:
    """It came late, or another signature was enough; it is told once."""
    world, _, item = waiting(thing)
    world.engine.complete(item)

    after = world.engine.record(item, Declined("ada@example.com"))

    assert after.items[0].state is COMPLETED
    assert world.engine.record(item, Declined("ada@example.com")) == after


def test_a_document_that_was_disapproved_says_so() -> None:
    """And no longer once it is approved, or reopened."""
    world, job, item = waiting("approval")
    world.engine.set_reminders(item, DAILY)
    world.engine.record(item, DocumentDisapproved())
    told = str(world.engine.explain(job))
    assert "disapproved; next reminder" in told
    assert "nobody is reminded" not in told

    world.engine.reopen(item)

    assert "disapproved" not in str(world.engine.explain(job))
    world.engine.record(item, DocumentDisapproved())
    assert world.engine.record(item, DocumentApproved()).items[0].state is COMPLETED


def test_a_disapproved_document_that_is_reopened_is_reminded_of_anew() -> None:
    """Its reminders ran on; now they count from the reopening, and from their first (R-3)."""
    world, job, item = waiting("approval")
    world.engine.set_reminders(item, Reminders(every=3, times=2))
    world.advance(days=3)
    world.engine.record(item, DocumentDisapproved())
    world.advance(days=1)

    again = world.engine.reopen(item, "mended").item(item.id)

    assert (again.reminded, again.remind_at) == (0, world.clock.now() + timedelta(days=3))
    world.advance(days=9)
    assert [event.number for event in events(world, job, ReminderSent)] == [1, 1, 2]


def test_a_reminder_of_before_does_not_leave_after_a_document_was_reopened() -> None:
    """It was about what the client had disapproved (R-5)."""
    world, job, item = waiting("approval")
    world.engine.set_reminders(item, Reminders(every=3, times=2))
    world.email.fail_next(OSError("down"))
    world.advance(days=3)
    world.engine.record(item, DocumentDisapproved())

    world.engine.reopen(item, "mended")

    world.advance(days=1)
    assert not world.engine.failures()
    assert not events(world, job, ReminderSent)


# -- who signs -------------------------------------------------------------------------------------


def test_nobody_can_sign_is_warned_of_when_it_is_made_or_linked() -> None:
    """And `explain` says so (R-14)."""
    kim = Contact("Kim", email="kim@example.com", signatory=False)
    world, job = begun(Stage("Work", [SendProposal(LETTER)]), DONE, contacts=[kim])
    job = world.engine.link(job, "doc-1", "signature", "Return")

    warned = [event.text for event in events(world, job, Warned)]

    assert [text.partition(",")[0] for text in warned] == [
        "send-proposal-letter: nobody can sign",
        "'Return': nobody can sign",
    ]
    assert str(world.engine.explain(job)).count("nobody can sign it") == 2


def test_who_has_signed_and_who_has_not_is_named() -> None:
    """By name, and before anybody did (R-14)."""
    world, job, item = waiting("signature")
    assert "0 of 2 signed; not yet: Ada Lovelace, Bob Lovelace" in str(world.engine.explain(job))

    world.engine.record(item, DocumentSigned("bob@example.com"))

    assert "1 of 2 signed: Bob Lovelace; not yet: Ada Lovelace" in str(world.engine.explain(job))


def test_explain_says_what_was_cancelled_and_why() -> None:
    """By whom, too; what was reopened is not among it."""
    world, job, item = waiting("proposal")
    world.engine.record(item, Cancelled("declined on the phone"), actor="mia")

    explained = world.engine.explain(job)

    what = f"no longer waits for proposal 'Letter' ({item.id}): declined on the phone [mia]"
    assert explained.cancelled == {item.id: what}
    assert what in str(explained)
    world.engine.reopen(item)
    assert world.engine.explain(job).cancelled == {}


def test_an_organizer_that_was_reopened_keeps_its_answers() -> None:
    """What is submitted next takes their place, as after it was returned."""
    world, _, item = waiting("organizer")
    world.engine.record(item, OrganizerSubmitted({BUSINESS: "Yes"}))
    world.engine.reopen(item)

    after = world.engine.record(item, OrganizerSubmitted())

    assert after.items[0].state is COMPLETED
    assert world.engine.record(item, OrganizerReturned()).items[0].state is PENDING


def test_a_cancelled_thing_keeps_what_it_hears() -> None:
    """Each of it is told, and nothing follows (R-15)."""
    world, job, item = waiting("message")
    world.engine.record(item, Cancelled())
    heard = [ClientTaskChecked("Scan"), ClientTaskChecked("Upload"), MessageReplied()]

    for fact in heard:
        world.engine.record(item, fact)

    sheet = now(world, job).items[0].progress
    assert isinstance(sheet, Checklist)
    assert (sheet.checked, sheet.replied) == (("Scan", "Upload"), True)
    assert len([e for e in events(world, job, Warned) if "was cancelled" in e.text]) == 3


def test_what_was_done_and_then_let_go_of_keeps_what_it_hears() -> None:
    """Each tick that is taken back is told, and warned of (R-15)."""
    world, job, item = waiting("message")
    world.engine.complete(item)
    world.engine.unlink(job, item)

    for task in ("Scan", "Upload", "Upload"):
        world.engine.record(item, ClientTaskUnchecked(task))

    after = now(world, job).items[0]
    assert isinstance(after.progress, Checklist)
    assert (after.state, after.progress.checked) == (RESOLVED, ())
    assert len([e for e in events(world, job, Warned) if "was unlinked" in e.text]) == 2


def test_a_task_that_was_done_before_it_was_linked_again_is_done() -> None:
    """What was let go of keeps what it knew, for whoever links it next."""
    world, job, item = waiting("approval")
    world.engine.complete(item)
    world.engine.unlink(job, item)
    engine: Engine = world.engine
    other = engine.start("tax", world.account("Bob"), stage="Done")

    linked = engine.link(other, Ref("documents", "x-1"), "approval", name="Thing")

    assert linked.items[0].state is COMPLETED
    assert engine.link(job, "t-9", "task").items[-1].state is PENDING
    assert engine.record(now(world, job).items[-1], TaskCompleted()).items[-1].state is COMPLETED
