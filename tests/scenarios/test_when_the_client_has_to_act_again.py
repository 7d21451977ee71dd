"""Reminders of what the client has done and has to do again: they start anew (R-3, R-34)."""

from collections.abc import Callable, Sequence

import pytest

from pipeflow import (
    Automation,
    Cancelled,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientTaskAdded,
    ClientTaskChecked,
    ClientTaskRemoved,
    ClientTaskUnchecked,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Declined,
    DocumentApproved,
    DocumentDisapproved,
    Fact,
    InvoicePaid,
    Item,
    Job,
    MessageReplied,
    OrganizerReturned,
    OrganizerSubmitted,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    ProposalSigned,
    Ref,
    Reminders,
    ReminderSent,
    Reopened,
    SendClientRequest,
    SendMessage,
    SendProposal,
    Stage,
)
from pipeflow.testing import World
from tests.firms import (
    ADA,
    BOB,
    CHECKED,
    CHECKLIST,
    DONE,
    FEE,
    LETTER,
    NEWS,
    ORGANIZER,
    PAPERS,
    REVIEW,
    begun,
    events,
    now,
    usd,
)

TWICE = Reminders(every=1, times=2)
CHASED = Reminders(every=1, times=2, then=[CreateTask(REVIEW)])
DEBIT = PaymentReceived(usd("100"), cleared=False, reference="debit-1")
Makes = Callable[[Reminders], Automation]


def item(world: World, job: Job) -> Item:
    """Return the first item of a job, as it now stands."""
    return now(world, job).items[0]


def tell(world: World, job: Job, facts: Sequence[Fact]) -> None:
    """Record facts about the first item, one after another."""
    for fact in facts:
        world.engine.record(item(world, job), fact)


def reminded(world: World, job: Job) -> list[int]:
    """Return the numbers of the reminders that have left."""
    return [one.number for one in events(world, job, ReminderSent)]


def asked(makes: Makes, rhythm: Reminders) -> tuple[World, Job]:
    """Ask a client for something."""
    return begun(Stage("Ask", [makes(rhythm)]), DONE, contacts=[ADA, BOB])


def organizer(rhythm: Reminders) -> Automation:
    """Ask questions."""
    return CreateOrganizer(ORGANIZER, reminders=rhythm)


def papers(rhythm: Reminders) -> Automation:
    """Ask for files."""
    return SendClientRequest(PAPERS, reminders=rhythm)


def checked(rhythm: Reminders) -> Automation:
    """Ask for files that the firm has to accept."""
    return SendClientRequest(CHECKED, reminders=rhythm)


def bill(rhythm: Reminders) -> Automation:
    """Ask for money."""
    return CreateInvoice(FEE, reminders=rhythm)


def chat(rhythm: Reminders) -> Automation:
    """Ask for two things in a message."""
    return SendMessage(CHECKLIST, reminders=rhythm)


def news(rhythm: Reminders) -> Automation:
    """Send a message that asks for nothing."""
    return SendMessage(NEWS, reminders=rhythm)


def letter(rhythm: Reminders) -> Automation:
    """Ask for two signatures."""
    return SendProposal(LETTER, reminders=rhythm)


TICKED = [ClientTaskChecked("Scan"), ClientTaskChecked("Upload")]
SUBMITTED = [ClientRequestSubmitted()]
TAKEN_BACK: list[tuple[str, Makes, Sequence[Fact], Fact]] = [
    ("an organizer returned", organizer, [OrganizerSubmitted()], OrganizerReturned()),
    ("a request returned", papers, SUBMITTED, ClientRequestReturned()),
    ("a request not accepted", checked, SUBMITTED, ClientRequestReturned()),
    ("a client task unticked", chat, TICKED, ClientTaskUnchecked("Scan")),
    ("one client task more", chat, TICKED, ClientTaskAdded("Call us")),
    ("something asked in a message that asked nothing", news, [], ClientTaskAdded("Call us")),
    ("a payment refunded", bill, [PaymentReceived(usd("100"), reference="p-1")],
     PaymentRefunded("p-1")),
    ("anything reopened", bill, [InvoicePaid()], Reopened()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("makes", "does", "back"), [row[1:] for row in TAKEN_BACK], ids=[row[0] for row in TAKEN_BACK]
)
def test_r_3_what_waits_again_is_reminded_of_as_if_new(
    makes: Makes, does: Sequence[Fact], back: Fact
) -> None:
    """Also where all reminders had been sent: else the client would never hear of it again."""
    world, job = asked(makes, TWICE)
    world.advance(days=5)
    tell(world, job, does)
    world.advance(days=5)

    tell(world, job, [back])
    world.advance(days=5)

    assert reminded(world, job) == [1, 2, 1, 2]


def test_r_3_a_linked_request_that_is_returned_is_reminded_of_as_if_new() -> None:
    """Whoever made it."""
    world, job = begun(Stage("Ask"), DONE)
    job = world.engine.link(job, Ref("portal", "r-1"), "client_request", "Theirs")
    world.engine.set_reminders(job.items[0], TWICE)
    world.advance(days=5)
    tell(world, job, [ClientRequestSubmitted(), ClientRequestReturned()])

    world.advance(days=5)

    assert reminded(world, job) == [1, 2, 1, 2]


def test_r_3_a_document_that_is_disapproved_is_reminded_of_as_if_new() -> None:
    """It had been approved."""
    world, job = begun(Stage("Ask"), DONE)
    job = world.engine.link(job, Ref("portal", "d-1"), "approval", "Return")
    world.engine.set_reminders(job.items[0], TWICE)
    world.advance(days=1)
    tell(world, job, [DocumentApproved(), DocumentDisapproved()])

    world.advance(days=5)

    assert reminded(world, job) == [1, 1, 2]


def test_r_3_a_document_that_is_locked_again_is_reminded_of_as_if_new() -> None:
    """Its invoice had been cancelled, and is wanted after all."""
    world, job = begun(Stage("Ask", [CreateInvoice(FEE)]), DONE)
    fee = job.items[0]
    job = world.engine.link(
        job, Ref("portal", "d-1"), "locked_document", "Return", locked_by=[fee.id]
    )
    world.engine.set_reminders(job.items[1], TWICE)
    world.advance(days=5)
    world.engine.record(fee, Cancelled())

    world.engine.reopen(fee)
    world.advance(days=5)

    assert reminded(world, job) == [1, 2, 1, 2]


# -- what follows used up reminders --------------------------------------------------------------


WAITS_FOR_THE_FIRM: list[tuple[str, Makes, Sequence[Fact]]] = [
    ("a request was submitted", checked, SUBMITTED),
    ("the rest of a bill is under way", bill, [DEBIT]),
    ("a letter was declined", letter, [Declined(by="ada@example.com")]),
]


@pytest.mark.parametrize(
    ("makes", "acts"),
    [row[1:] for row in WAITS_FOR_THE_FIRM],
    ids=[row[0] for row in WAITS_FOR_THE_FIRM],
)
def test_r_34_nothing_follows_used_up_reminders_where_the_client_has_acted(
    makes: Makes, acts: Sequence[Fact]
) -> None:
    """It is open, and yet nobody would be reminded of it."""
    world, job = asked(makes, CHASED)
    world.advance(days=2)

    tell(world, job, acts)
    assert "fires" not in str(world.engine.explain(job))
    world.advance(days=9)

    assert [one.name for one in now(world, job).items[1:]] == []


ACTS_AGAIN: list[tuple[str, Makes, Sequence[Fact], Fact]] = [
    ("a request is returned", checked, SUBMITTED, ClientRequestReturned()),
    ("a debit fails", bill, [DEBIT], PaymentFailed("debit-1")),
    ("a debit goes back", bill, [DEBIT], PaymentRefunded("debit-1")),
    ("a letter is reopened", letter, [Declined(by="ada@example.com")], Reopened()),
    ("who declined signs after all", letter, [Declined(by="ada@example.com")],
     ProposalSigned("ada@example.com")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("makes", "acts", "again"),
    [row[1:] for row in ACTS_AGAIN],
    ids=[row[0] for row in ACTS_AGAIN],
)
def test_r_34_it_follows_where_the_client_has_to_act_again_and_does_not(
    makes: Makes, acts: Sequence[Fact], again: Fact
) -> None:
    """After all reminders anew, an interval after the last of them."""
    world, job = asked(makes, CHASED)
    world.advance(days=2)
    tell(world, job, acts)
    world.advance(days=9)

    tell(world, job, [again])
    world.advance(days=2)
    assert [one.name for one in now(world, job).items[1:]] == []
    world.advance(days=1)

    assert reminded(world, job) == [1, 2, 1, 2]
    assert [one.name for one in now(world, job).items[1:]] == ["Review"]


def test_r_8_reminders_that_are_not_used_up_go_on_where_a_debit_fails() -> None:
    """At their hour, and with their next number."""
    world, job = asked(bill, TWICE)
    world.advance(days=1, hours=6)

    tell(world, job, [DEBIT])
    world.advance(days=3)
    tell(world, job, [PaymentFailed("debit-1")])
    world.advance(days=5)

    assert reminded(world, job) == [1, 2]
    assert str(events(world, job, ReminderSent)[-1].at) == "2026-01-10 09:00:00+00:00"


def test_a_bill_that_was_cancelled_is_not_reminded_of_since_its_debit_failed() -> None:
    """Nobody has to act on it."""
    world, job = asked(bill, TWICE)
    world.advance(days=5)

    tell(world, job, [DEBIT, Cancelled(), PaymentFailed("debit-1")])
    world.advance(days=5)

    assert reminded(world, job) == [1, 2]
    assert item(world, job).reminded == 2


def test_r_11_a_debit_that_does_not_cover_the_hosts_own_bill_leaves_the_client_to_act() -> None:
    """What the bill comes to was told by a receipt for another job."""
    world, job = begun(Stage("Ask"), Stage("Bill", [CreateInvoice(FEE)]), DONE)
    job = world.engine.link(job, Ref("invoices", "invoice-1"), "invoice", "Fee", total=usd("100"))
    world.engine.set_reminders(job.items[0], TWICE)
    world.advance(days=5)
    tell(world, job, [DEBIT])
    world.invoices.totals["Fee"] = usd("150")

    world.engine.start("tax", job.account, stage="Bill")
    world.advance(days=5)

    assert reminded(world, job) == [1, 2, 1, 2]


def test_a_reply_to_a_message_that_was_asked_more_of_does_not_stop_its_reminders() -> None:
    """A client task is open."""
    world, job = asked(news, TWICE)
    tell(world, job, [MessageReplied(), ClientTaskAdded("Call us")])

    world.advance(days=5)
    assert reminded(world, job) == [1, 2]

    tell(world, job, [ClientTaskRemoved("Call us")])
    world.advance(days=5)
    assert reminded(world, job) == [1, 2]
