"""What came to light when the rules were reckoned by hand, step by step, beside the engine."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from pipeflow import (
    Account,
    Automation,
    Cancelled,
    ClientRequestAccepted,
    ClientRequestSubmitted,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    Declined,
    DocumentSigned,
    Fact,
    FactRecorded,
    InvoicePaid,
    InvoiceTemplate,
    ItemKind,
    ItemState,
    Job,
    LineItem,
    Member,
    MessageReplied,
    NotAllowedError,
    OrganizerReturned,
    OrganizerSubmitted,
    PaymentReceived,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Ref,
    Reminders,
    ReminderSent,
    RemindersSet,
    Reopened,
    SendClientRequest,
    SendMessage,
    SendProposal,
    Signatures,
    SigningState,
    Stage,
    UpdateAccountAccess,
    UpdateAccountTags,
    Warned,
)
from pipeflow.ports import Cancellation
from tests.firms import (
    ADA,
    BOB,
    CHECKLIST,
    DONE,
    FEE,
    LETTER,
    NEWS,
    ORGANIZER,
    PAPERS,
    begun,
    events,
    now,
    tags,
    usd,
)

DAY = timedelta(days=1)
BILL = Ref("invoices", "i-1")
BY_ALL = ProposalTemplate("By all", signatures=Signatures.ALL)
EVERY_THIRD = Reminders(every=3, times=3)
ASKS = CreateOrganizer(ORGANIZER, reminders=EVERY_THIRD)


# -- reminders -----------------------------------------------------------------------------------


def test_a_38_a_plain_message_is_reminded_of_by_hand_too() -> None:
    """Automatic reminders of it go out until the client replies; so may one by hand."""
    world, job = begun(Stage("Intake", [SendMessage(NEWS, reminders=EVERY_THIRD)]), DONE)

    world.engine.remind(job.item("News"))

    assert [event.number for event in events(world, job, ReminderSent)] == [0]


def test_r_13_no_reminder_is_announced_of_what_was_declined() -> None:
    """However they are set, or the job goes on: it begins anew when it is reopened."""
    world, job = begun(Stage("Intake"), DONE)
    job = world.engine.link(job, Ref("documents", "d-1"), ItemKind.APPROVAL, "Draft")
    world.engine.record(job.item("Draft"), Declined("ada@example.com"))

    world.engine.set_reminders(job.item("Draft"), EVERY_THIRD)
    world.engine.pause(job)
    asleep = world.engine.resume(job).item("Draft")
    awake = world.engine.reopen(asleep).item("Draft")

    assert asleep.remind_at is None
    assert [event.due for event in events(world, job, RemindersSet)] == [None]
    assert awake.remind_at == world.clock.now() + 3 * DAY


def test_r_9_a_status_that_stopped_no_reminders_lets_none_go_on() -> None:
    """A client who replied is left in peace, whatever status the job has next."""
    chat = SendMessage(CHECKLIST, reminders=EVERY_THIRD)
    other = Pipeline("Other", [Stage("Start"), Stage("End")])
    world, job = begun(Stage("Intake", [chat]), DONE, more=[other])
    item = world.engine.reopen(world.engine.complete(job.items[0]).items[0]).items[0]
    world.engine.record(item, MessageReplied())
    world.engine.set_status(job, "On hold")

    transferred = world.engine.transfer(job, "other").items[0]
    world.engine.undo(job)
    set_ = world.engine.set_status(job, "Active").items[0]

    assert {transferred.state, set_.state} == {ItemState.PENDING}
    assert [transferred.remind_at, set_.remind_at] == [None, None]


@pytest.mark.parametrize("left", ["quiet", "cancel"])
def test_r_7_what_nobody_could_be_told_of_waits_also_after_an_undo(left: str) -> None:
    """Its reminders are as they were: one waits for somebody who could be written to."""
    nobody = Account("Lovelace", [Contact("Ada", email="ada@example.com", notify=False)])
    world, job = begun(Stage("Intake", [ASKS]), DONE, account=nobody)
    world.advance(days=4)
    world.engine.move(job, "Done", open=left)

    world.engine.undo(job)

    assert now(world, job).items[0].remind_at is None
    world.advance(days=9)
    assert len([event for event in events(world, job, Warned) if "recipients" in event.text]) == 2


def test_r_7_what_nobody_could_be_told_of_waits_whatever_the_status_is() -> None:
    """That a job is put on hold brings nobody who could be written to."""
    nobody = Account("Lovelace", [Contact("Ada", email="ada@example.com", notify=False)])
    world, job = begun(Stage("Intake", [ASKS]), DONE, account=nobody)
    world.advance(days=4)

    world.engine.set_status(job, "On hold")
    held = now(world, job).items[0].remind_at
    account = world.engine.account(job.account)
    world.engine.save(attrs.evolve(account, contacts=[Contact("Eve", email="eve@example.com")]))

    assert held is None
    assert len(events(world, job, RemindersSet)) == 1
    assert now(world, job).items[0].remind_at == world.clock.now() + 3 * DAY


def test_r_3_what_was_left_quiet_begins_to_remind_anew_when_it_is_reopened() -> None:
    """As it does when the organizer is returned, which says the same."""
    for again in (OrganizerReturned(), Reopened()):
        world, job = begun(Stage("Intake", [ASKS]), DONE)
        item = world.engine.move(job, "Done", open="quiet").items[0]
        world.engine.record(item, OrganizerSubmitted())

        opened = world.engine.record(item, again).items[0]

        assert opened.remind_at == world.clock.now() + 3 * DAY, again


def test_r_27_what_is_made_when_a_job_goes_on_has_reminders_of_its_own() -> None:
    """Though those of what was there before stay off."""
    dunned = InvoiceTemplate("Fee", lines=[LineItem("x", usd("9"))], reminders=EVERY_THIRD, id="d")
    letter = ProposalTemplate("Dunned letter", invoice_on_acceptance=dunned)
    work = Stage("Work", [ASKS, SendProposal(letter)])
    world, job = begun(Stage("Intake"), DONE, more=[dunned, letter])
    pipeline = world.engine.save(Pipeline("Work", [work, DONE]))
    job = world.engine.start(pipeline, job.account)
    world.engine.pause(job)
    world.engine.record(job.item("Dunned letter"), ProposalSigned())

    job = world.engine.resume(job, reminders=False)

    assert job.item("Organizer").remind_at is None
    assert now(world, job).item("Fee").remind_at == world.clock.now() + 3 * DAY


# -- undo ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", ["quiet", "cancel"])
def test_r_26_reminders_are_as_they_were_to_the_day(left: str) -> None:
    """Whoever takes a slip back after a day does not give the client three more."""
    world, job = begun(Stage("Intake"), DONE)
    job = world.engine.link(job, Ref("documents", "d-1"), ItemKind.APPROVAL, "Draft")
    due = world.engine.set_reminders(job.item("Draft"), EVERY_THIRD).item("Draft").remind_at
    world.advance(days=1)
    gone = world.engine.move(job, "Done", open=left).item("Draft")
    world.advance(days=1)

    back = world.engine.undo(job).job.item("Draft")

    assert (gone.remind_at, back.state) == (None, ItemState.PENDING)
    assert back.remind_at == due == world.clock.now() + DAY


def test_r_26_one_that_fell_due_meanwhile_goes_out_late() -> None:
    """Once; the next comes an interval later."""
    world, job = begun(Stage("Intake", [ASKS]), DONE)
    world.engine.move(job, "Done", open="quiet")
    world.advance(days=5)

    world.engine.undo(job)
    world.engine.tick()
    late = [event.at for event in events(world, job, ReminderSent)]

    assert late == [world.clock.now()]
    assert now(world, job).items[0].remind_at == world.clock.now() + 3 * DAY


def test_r_26_a_message_that_was_taken_back_is_not_reminded_of() -> None:
    """Not even when its job was paused since, and goes on."""
    stage = Stage("Work", [SendMessage(NEWS, reminders=EVERY_THIRD)])
    world, job = begun(Stage("Intake"), stage, DONE)
    world.engine.move(job, "Work")
    world.engine.undo(job)
    world.engine.pause(job)
    world.engine.resume(job)

    world.advance(days=30)

    assert world.messages.cancelled
    assert events(world, job, ReminderSent) == []


def test_r_26_whoever_switches_reminders_off_has_done_something() -> None:
    """As whoever sets them has; only reminders that go out by themselves count for nothing."""
    for reminders in (None, Reminders(every=1)):
        world, job = begun(Stage("Intake"), Stage("Work", [ASKS]), DONE)
        item = world.engine.move(job, "Work").items[0]
        world.engine.set_reminders(item, reminders)

        with pytest.raises(NotAllowedError, match="this has happened after its last move"):
            world.engine.undo(job)


def test_r_26_what_another_job_of_the_client_changed_since_stays() -> None:
    """Tags and access are the account's, and its jobs share them."""
    mia, tom = Member("Mia"), Member("Tom")
    sets = [UpdateAccountTags(add={"vip"}, remove={"new"}), UpdateAccountAccess(add=[mia])]
    takes = [UpdateAccountTags(add={"new"}, remove={"vip"}), UpdateAccountAccess(remove=[mia])]
    other = Pipeline("Other", [Stage("A", takes), Stage("B", [*sets, UpdateAccountTags(
        remove={"new"}, id="again")])])  # fmt: skip
    world, job = begun(Stage("Intake"), Stage("Work", sets), DONE, tags={"new"},
                       more=[mia, tom, other])  # fmt: skip
    world.engine.move(job, "Work")
    world.advance(hours=1)
    world.engine.move(world.engine.start(other, job.account), "B")

    world.engine.undo(job)

    assert tags(world, job) == {"vip"}
    assert world.engine.account(job.account).access == {"mia"}


# -- bills ---------------------------------------------------------------------------------------


def test_r_3_a_paid_bill_that_was_reopened_stays_open_when_the_job_is_looked_at() -> None:
    """Nothing has come in since; somebody wants it to wait."""
    world, job = begun(Stage("Bill", [CreateInvoice(FEE)], automove=True), DONE)
    item = world.engine.record(job.items[0], PaymentReceived(usd("100"), reference="p-1")).items[0]
    world.engine.reopen(item, "the client disputes it")

    after = world.engine.reevaluate(job)

    assert after.items[0].state is ItemState.PENDING


def test_r_3_a_bill_that_was_reopened_is_open_to_the_job_that_links_it_next() -> None:
    """Whatever money has come of it; its job waits for it (A-8)."""
    world, job = begun(Stage("Bill", automove=True), DONE)
    other = world.engine.start("tax", job.account)
    job = world.engine.link(job, BILL, ItemKind.INVOICE, "Fee", total=usd("100"))
    world.engine.receive(BILL, PaymentReceived(usd("100"), reference="p-1"))
    world.engine.reopen(job.items[0], "the client disputes it")

    linked = world.engine.link(other, BILL, ItemKind.INVOICE, "Fee", total=usd("100"))

    assert linked.items[0].state is ItemState.PENDING
    assert linked.stage == "bill"
    assert [one.stage for one in world.engine.receive(BILL, InvoicePaid())] == ["done", "done"]


def test_r_3_a_bill_that_was_reopened_elsewhere_is_open_when_a_port_makes_it() -> None:
    """As it is when somebody links it: the same bill has one state (A-8)."""
    world, job = begun(Stage("Intake"), Stage("Bill", [CreateInvoice(FEE)], automove=True), DONE)
    other = world.engine.start("tax", job.account)
    bill = Ref("invoices", "invoice-1")  # the next one of that port
    other = world.engine.link(other, bill, ItemKind.INVOICE, "Fee", total=usd("100"))
    world.engine.receive(bill, PaymentReceived(usd("100"), reference="p-1"))
    world.engine.reopen(other.items[0], "the client disputes it")

    world.engine.move(job, "Bill")

    assert now(world, job).items[0].ref == bill
    assert now(world, job).items[0].state is ItemState.PENDING
    assert now(world, other).items[0].state is ItemState.PENDING
    assert now(world, job).stage == "bill"


def test_r_3_a_bill_that_one_job_cancelled_is_what_the_others_know_of_it() -> None:
    """It was paid, and reopened, where somebody waits for it still."""
    world, job = begun(Stage("Bill"), DONE)
    left = world.engine.start("tax", job.account)
    for one in (left, job):
        world.engine.link(one, BILL, ItemKind.INVOICE, "Fee", total=usd("100"))
    world.engine.receive(BILL, PaymentReceived(usd("100"), reference="p-1"))
    world.engine.reopen(now(world, job).items[0], "the client disputes it")
    world.engine.move(left, "Done", open="cancel")

    linked = world.engine.link(
        world.engine.start("tax", job.account), BILL, ItemKind.INVOICE, "Fee", total=usd("100")
    )

    assert linked.items[0].state is ItemState.PENDING


# -- signatures ----------------------------------------------------------------------------------


def test_r_14_whoever_has_not_signed_elsewhere_has_not_signed_here() -> None:
    """One signature is enough, and the other is told of when it comes, on every job alike."""
    world, job = begun(Stage("Sign"), DONE, contacts=[ADA, BOB])
    other = world.engine.start("tax", job.account)
    paper = Ref("documents", "d-1")
    world.engine.link(job, paper, ItemKind.SIGNATURE, "Form", signatures="one")
    world.engine.receive(paper, DocumentSigned("ada@example.com"))

    linked = world.engine.link(other, paper, ItemKind.SIGNATURE, "Form", signatures="one")

    assert linked.items[0].state is ItemState.COMPLETED
    assert _signed(linked) == _signed(now(world, job)) == ["Ada Lovelace"]
    world.engine.receive(paper, DocumentSigned("bob@example.com"))
    assert _signed(now(world, other)) == ["Ada Lovelace", "Bob Lovelace"]


def _signed(job: Job) -> list[str]:
    """Return who has signed the first thing of a job."""
    sheet = job.items[0].progress
    assert isinstance(sheet, SigningState)
    return [one.name for one in sheet.signatories if one.id in sheet.signed]


# -- messages ------------------------------------------------------------------------------------


def test_a_8_a_message_that_was_reopened_is_completed_in_every_job_that_has_it() -> None:
    """All its client tasks are ticked, so that no tick says it; whoever completes it does."""
    world, job = begun(Stage("Intake", automove=True), DONE)
    other = world.engine.start("tax", job.account)
    chat, tasks = Ref("messages", "m-1"), ("Scan", "Send")
    for one in (job, other):
        world.engine.link(one, chat, ItemKind.MESSAGE, "Chat", client_tasks=tasks)
    world.engine.complete(now(world, job).items[0])
    world.engine.reopen(now(world, job).items[0], "the scan is unreadable")

    world.engine.complete(now(world, job).items[0])

    states = [now(world, one).items[0].state for one in (job, other)]
    assert states == [ItemState.COMPLETED, ItemState.COMPLETED]


# -- history -------------------------------------------------------------------------------------


def test_a_plain_message_that_is_closed_was_not_cancelled_before() -> None:
    """What history warns of is true."""
    world, job = begun(Stage("Intake", [SendMessage(NEWS)]), DONE)

    world.engine.record(job.items[0], Cancelled("closed"))

    assert events(world, job, Warned) == []


@pytest.mark.parametrize(
    ("kind", "before", "last"),
    [
        (ItemKind.CLIENT_REQUEST, [ClientRequestSubmitted()], ClientRequestAccepted()),
        (ItemKind.SIGNATURE, [DocumentSigned(), Declined("ada@example.com")], DocumentSigned()),
    ],
)
def test_r_26_what_is_heard_of_a_thing_that_is_done_stands_in_history(
    kind: ItemKind, before: list[Fact], last: Fact
) -> None:
    """Something has happened since the move: it can be taken back no more."""
    world, job = begun(Stage("Intake"), Stage("Work"), DONE)
    item = world.engine.link(job, Ref("papers", "p-1"), kind, "Papers").item("Papers")
    for fact in before:
        world.engine.record(item, fact)
    world.engine.move(job, "Work")

    world.engine.record(item, last)

    assert events(world, job, FactRecorded)[-1].fact == last
    with pytest.raises(NotAllowedError, match="this has happened"):
        world.engine.undo(job)


@pytest.mark.parametrize(
    ("named", "ask", "done"),
    [
        ("proposals", SendProposal(BY_ALL), ProposalSigned()),
        ("proposals", SendProposal(LETTER), ProposalSigned("ada@example.com")),
        ("organizers", CreateOrganizer(ORGANIZER), OrganizerSubmitted({"Married?": "No"})),
        ("requests", SendClientRequest(PAPERS), ClientRequestSubmitted()),
    ],
    ids=["signed by all", "signed by one", "submitted", "sent"],
)
def test_r_24_what_is_done_before_its_port_has_taken_it_back_is_not_taken_back(
    named: str, ask: Automation, done: Fact
) -> None:
    """Its stage was left while the port was down."""
    world, job = begun(Stage("Intake", [ask]), DONE, contacts=[ADA], more=[BY_ALL, PAPERS])
    port: Any = getattr(world, named)
    port.fail_when(lambda asked: isinstance(asked, Cancellation), ConnectionError("down"))
    world.engine.move(job, "Done", open="cancel")

    world.engine.record(job.items[0], done)
    port.recover()
    world.advance(days=2)

    assert port.cancelled == []
