"""Reminders (domain.md part 4): what they say, whom they reach, and each thing that stops them."""

from collections.abc import Callable

import attrs
import pytest

from pipeflow import (
    Account,
    Cancelled,
    ClientTaskChecked,
    ClientTaskUnchecked,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Engine,
    InvoicePaid,
    InvoiceTemplate,
    Item,
    LineItem,
    MessageReplied,
    NotAllowedError,
    NotFoundError,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSealed,
    OrganizerSubmitted,
    OrganizerUnsealed,
    PaymentReceived,
    ProposalSigned,
    Reminders,
    ReminderSent,
    RemindersStopped,
    Reopened,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    Warned,
)
from tests.firms import (
    ADA,
    BOB,
    CHECKLIST,
    DAILY,
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

REMINDED = {
    "invoice": CreateInvoice(FEE, reminders=DAILY),
    "organizer": CreateOrganizer(ORGANIZER, reminders=DAILY),
    "letter": SendProposal(LETTER, reminders=DAILY),
    "chat": SendMessage(CHECKLIST, reminders=DAILY),
    "news": SendMessage(NEWS, reminders=DAILY),
}
Happening = Callable[[Engine, Item], object]


def called(part: object) -> str:
    """Call a case by its words; what happens is a function, and has none."""
    return part if isinstance(part, str) else "-"


def told(*facts: object) -> Happening:
    """Record facts about the item."""
    return lambda engine, item: [engine.record(item, fact) for fact in facts]  # type: ignore[arg-type]


STOPS: list[tuple[str, str, Happening]] = [
    ("invoice", "paid in full", told(InvoicePaid())),
    ("invoice", "paid in two parts", told(PaymentReceived(usd("60")), PaymentReceived(usd("40")))),
    ("invoice", "voided", told(Cancelled())),
    ("invoice", "job archived", lambda engine, item: engine.archive(item.job)),
    ("invoice", "job completed", lambda engine, item: engine.set_status(item.job, "Completed")),
    ("invoice", "switched off", lambda engine, item: engine.set_reminders(item, None)),
    ("chat", "job archived", lambda engine, item: engine.archive(item.job)),
    ("news", "job archived", lambda engine, item: engine.archive(item.job)),
    ("news", "unlinked", lambda engine, item: engine.unlink(item.job, item)),
    ("news", "switched off", lambda engine, item: engine.set_reminders(item.id, None)),
    ("invoice", "unlinked", lambda engine, item: engine.unlink(item.job, item)),
    ("organizer", "submitted", told(OrganizerSubmitted())),
    ("organizer", "sealed", told(Cancelled("sealed"))),
    ("organizer", "job archived", lambda engine, item: engine.archive(item.job)),
    ("letter", "signed", told(ProposalSigned())),
    ("letter", "withdrawn", told(Cancelled())),
    ("letter", "job archived", lambda engine, item: engine.archive(item.job)),
    ("chat", "all tasks ticked", told(ClientTaskChecked("Scan"), ClientTaskChecked("Upload"))),
    ("chat", "thread archived", told(Cancelled())),
    ("news", "replied to", told(MessageReplied())),
    ("news", "thread archived", told(Cancelled())),
]  # fmt: skip

DEBIT = PaymentReceived(usd("99"), cleared=False, reference="debit-1")
GOES_ON: list[tuple[str, str, Happening]] = [
    ("invoice", "partly paid", told(PaymentReceived(usd("60")))),
    ("invoice", "debit of a part submitted", told(DEBIT)),
    ("invoice", "job on hold", lambda engine, item: engine.set_status(item.job, "On hold")),
    ("invoice", "job moved on", lambda engine, item: engine.move(item.job, "Done")),
    ("invoice", "reminded by hand", lambda engine, item: engine.remind(item)),
    ("organizer", "saved as a draft", told(OrganizerSaved({"Married?": True}))),
    ("letter", "one of two signed", told(ProposalSigned("ada@example.com"))),
    ("chat", "replied to", told(MessageReplied())),
    ("chat", "one of two ticked", told(ClientTaskChecked("Scan"))),
]  # fmt: skip


@pytest.mark.parametrize(("thing", "what", "happens"), STOPS, ids=called)
def test_stops(thing: str, what: str, happens: Happening) -> None:
    """No more automatic reminders go out, and none is left waiting."""
    world, job = begun(Stage("Intake", [REMINDED[thing]]), DONE)
    world.advance(days=1)
    sent = len(world.email.sent)

    happens(world.engine, now(world, job).items[0])
    world.advance(days=30)

    assert sent == 1
    assert len(world.email.sent) == 1, what
    assert now(world, job).items[0].remind_at is None
    assert world.store.next_due() is None


@pytest.mark.parametrize(("thing", "what", "happens"), GOES_ON, ids=called)
def test_goes_on(thing: str, what: str, happens: Happening) -> None:
    """Reminders run on until their number is reached."""
    world, job = begun(Stage("Intake", [REMINDED[thing]]), DONE, contacts=[ADA, BOB])
    world.advance(days=1)

    happens(world.engine, now(world, job).items[0])
    world.advance(days=30)

    numbers = [event.number for event in events(world, job, ReminderSent) if event.number]
    assert numbers == [1, 2, 3], what


@pytest.mark.parametrize("thing", REMINDED)
def test_their_number_is_reached_and_no_more_go_out(thing: str) -> None:
    """The count stops every kind."""
    world, _ = begun(Stage("Intake", [REMINDED[thing]]), DONE)

    world.advance(days=300)

    assert len(world.email.sent) == 3
    assert world.store.next_due() is None


def test_archiving_says_that_reminders_stopped_and_restoring_does_not_resume_them() -> None:
    """A restored job is reminded of by hand, or by what is sent anew (A-37)."""
    world, job = begun(Stage("Intake", [REMINDED["invoice"], REMINDED["chat"]]), DONE)

    world.engine.archive(job)
    world.engine.restore(job)
    world.advance(days=30)

    stopped = [event.name for event in events(world, job, RemindersStopped)]
    assert stopped == ["Fee", "Checklist"]
    assert world.email.sent == []


def test_a_returned_organizer_is_reminded_of_again() -> None:
    """They start anew on the day on which it was given back (R-3)."""
    world, job = begun(Stage("Intake", [REMINDED["organizer"]]), DONE)
    world.advance(days=2)
    world.client.submits(job, "Organizer")
    world.advance(days=9)

    world.engine.record(now(world, job).item("Organizer"), OrganizerReturned())
    world.advance(days=9)

    assert [event.number for event in events(world, job, ReminderSent)] == [1, 2, 1, 2, 3]


def test_what_is_reopened_on_an_archived_job_is_not_reminded_of() -> None:
    """Nothing fires there."""
    world, job = begun(Stage("Intake", [REMINDED["organizer"]]), DONE)
    world.client.submits(job, "Organizer")
    world.engine.archive(job)

    returned = world.engine.record(now(world, job).item("Organizer"), OrganizerReturned())
    world.advance(days=9)

    assert [item.name for item in returned.open_items] == ["Organizer"]
    assert world.email.sent == []


def test_an_unticked_client_task_is_reminded_of_again() -> None:
    """The thread asks again."""
    world, job = begun(Stage("Intake", [REMINDED["chat"]]), DONE)
    world.client.checks(job, "Checklist")
    world.engine.record(now(world, job).item("Checklist"), ClientTaskUnchecked("Scan"))

    world.advance(days=1)

    assert len(world.email.sent) == 1


def test_money_and_a_debit_that_cover_a_bill_together_stop_its_reminders() -> None:
    """What has cleared is part of the whole that is under way (R-8)."""
    world, job = begun(Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)]))
    world.client.pays(job, "Fee", usd("40"))
    world.client.pays(job, "Fee", usd("60"), cleared=False, reference="debit")

    world.advance(days=5)

    assert world.email.sent == []


def test_a_paid_bill_that_was_reopened_is_reminded_of_though_a_debit_is_under_way() -> None:
    """The debit covers nothing: all of it was there, and the firm says that it is open (R-3)."""
    world, job = begun(Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)]))
    world.client.pays(job, "Fee", usd("10"), cleared=False, reference="debit")
    job = world.client.pays(job, "Fee", usd("100"))
    world.engine.record(job.item("Fee"), Reopened("it was somebody else's money"))

    world.advance(days=5)

    assert len(world.email.sent) == 3


def test_items_inherit_the_reminders_of_their_template() -> None:
    """The automation's own come first."""
    bill = InvoiceTemplate(
        "Bill", lines=[LineItem("W", rate=usd("5"))], reminders=Reminders(every=7, times=1)
    )
    world, job = begun(
        Stage("Intake", [CreateInvoice(bill), CreateInvoice(bill, reminders=Reminders(2))]),
        DONE,
        more=[bill],
    )

    every = [item.reminders.every.days for item in job.items if item.reminders]

    assert every == [7, 2]
    world.advance(days=30)
    assert len(world.email.sent) == 2


def test_a_reminder_says_what_it_is_about() -> None:
    """Its text is the firm's, with the item's name and the account's merge fields."""
    settings = Settings(
        reminder_subject="[ITEM_NAME] of [CURRENT_MONTH_NAME]", reminder_body="Dear [ACCOUNT_NAME]"
    )
    world, job = begun(Stage("Intake", [REMINDED["invoice"]]), DONE, settings=settings)

    world.advance(days=1)

    (email,) = world.email.sent
    assert (email.subject, email.body) == ("Fee of January", "Dear Lovelace")
    assert (email.item, email.job, email.template) == (job.items[0].id, job.id, "fee")


def test_a_reminder_that_nobody_gets_is_warned_of_and_does_not_count() -> None:
    """The count is of those sent; once somebody takes mail, they go out."""
    world, job = begun(
        Stage("Intake", [REMINDED["invoice"]]),
        DONE,
        account=Account("Lovelace", [Contact("Ada", email="ada@example.com", notify=False)]),
    )

    world.advance(days=1)

    assert world.email.sent == []
    assert not events(world, job, ReminderSent)
    assert "reminder of 'Fee': no recipients" in events(world, job, Warned)[-1].text
    account = world.engine.account(job.account)
    heard = [attrs.evolve(account.contacts[0], notify=True)]
    world.engine.save(attrs.evolve(account, contacts=heard))
    world.advance(days=1)
    assert [event.number for event in events(world, job, ReminderSent)] == [1]


@pytest.mark.parametrize("thing", ["invoice", "organizer", "letter", "chat"])
def test_by_hand_anything_open_can_be_reminded_of(thing: str) -> None:
    """Whether or not automatic ones run."""
    world, job = begun(Stage("Intake", [REMINDED[thing]]), DONE)

    world.engine.remind(job.items[0])

    assert len(world.email.sent) == 1
    assert "sent a reminder by hand" in str(world.engine.history(job))


def test_by_hand_nobody_is_reminded_of_tasks_or_of_what_is_done() -> None:
    """Tasks are the team's, and what is done needs nobody."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)]), DONE)
    world.client.pays(job, "Fee")
    before = dump(world)

    with pytest.raises(NotAllowedError, match="'Prepare' is a task; clients are reminded"):
        world.engine.remind(job.item("Prepare"))
    with pytest.raises(NotAllowedError, match="'Fee' is completed; nobody has to be reminded"):
        world.engine.remind(job.item("Fee"))
    with pytest.raises(NotFoundError, match="no item 'job-1/9'"):
        world.engine.remind("job-1/9")

    assert dump(world) == before


LATE: list[tuple[str, Happening]] = [
    ("invoice", told(InvoicePaid())),
    ("invoice", told(Cancelled())),
    ("invoice", lambda engine, item: engine.archive(item.job)),
    ("organizer", told(OrganizerSubmitted())),
    ("chat", told(ClientTaskChecked("Scan"), ClientTaskChecked("Upload"))),
    ("news", told(MessageReplied())),
]


@pytest.mark.parametrize(
    ("thing", "happens"), LATE, ids=["paid", "void", "archived", "o", "c", "n"]
)
def test_a_reminder_that_could_not_leave_is_withdrawn_when_nobody_needs_it(
    thing: str, happens: Happening
) -> None:
    """A client who paid while the mail server was down is not told that the invoice waits."""
    world, job = begun(Stage("Intake", [REMINDED[thing]]), DONE)
    world.email.fail_next(OSError("down"), times=4)
    for _ in range(2):
        world.clock.advance(days=1)
        world.engine.tick()

    happens(world.engine, now(world, job).items[0])
    world.email.recover()
    world.advance(days=9)

    assert world.email.sent == []
    assert world.engine.failures() == ()
    assert "withdrew" in str(world.engine.history(job))


def test_a_reminder_that_could_not_leave_comes_late_while_it_is_needed() -> None:
    """Under its own key, once."""
    world, _ = begun(Stage("Intake", [REMINDED["invoice"]]), DONE)
    world.email.fail_next(OSError("down"), times=2)

    world.advance(days=9)

    assert len(world.email.sent) == 3
    assert len(world.email.attempts) == 5


def test_what_is_taken_out_again_is_reminded_of_though_a_move_had_left_it_quiet() -> None:
    """Whoever takes it out wants it; its reminders start as if new."""
    world, job = begun(Stage("Ask", [REMINDED["organizer"]]), DONE)
    job = world.engine.move(job, "Done", open="quiet")
    sheet = job.items[0]
    world.engine.record(sheet, OrganizerSealed())
    world.advance(days=2)
    assert not world.email.sent

    world.engine.record(sheet, OrganizerUnsealed())

    world.advance(days=2)
    assert len(world.email.sent) == 2
    assert "off" not in str(world.engine.explain(job))
