"""Facts that come late, twice, in any order, or about what nobody waits for (R-1, R-8, R-15)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeflow import (
    BankPayments,
    Cancelled,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailBounced,
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
    NotFoundError,
    OrganizerSaved,
    OrganizerSubmitted,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    ProposalSigned,
    Questionnaire,
    Ref,
    RequestDelivered,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    TaskCompleted,
    TaskReopened,
    Warned,
)
from pipeflow.ports import Receipt
from pipeflow.testing import World
from tests.firms import (
    BUSINESS,
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    NEWS,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
    tags,
    usd,
)

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED
FEE_REF, TASK_REF = Ref("invoices", "invoice-1"), Ref("tasks", "task-1")
ALL, PART = usd("100"), usd("60")


def billed() -> tuple[World, Job]:
    """Start a job that waits for its fee, with a reminder a day."""
    return begun(Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)], automove=True), DONE)


# -- payments --------------------------------------------------------------------------------------


def test_a_debit_that_failed_before_it_was_known_does_not_stop_the_second_try() -> None:
    """No webhook is answered by an error, so that none comes again for days (R-1)."""
    world, job = billed()

    world.engine.receive(FEE_REF, PaymentFailed("pay-2"), command_id="evt-1")
    told = events(world, job, FactRecorded)
    world.engine.receive(FEE_REF, PaymentReceived(ALL, reference="pay-2"), command_id="evt-2")
    world.advance(days=4)

    assert [event.note for event in told] == ["pay-2: its money is not known here yet"]
    assert now(world, job).stage == "done"
    assert world.email.sent == []


def test_a_charge_back_opens_a_paid_invoice() -> None:
    """The job stays; the client is reminded again, and history says of what (R-1, A-11)."""
    world, job = billed()
    world.engine.receive(FEE_REF, PaymentReceived(ALL, reference="card-1"))

    (after,) = world.engine.receive(FEE_REF, PaymentRefunded("card-1"))
    world.advance(days=1)

    assert (after.stage, after.items[0].state) == ("done", PENDING)
    assert [event.fact for event in events(world, job, ItemReopened)] == [PaymentRefunded("card-1")]
    assert len(world.email.sent) == 1


def test_a_part_that_went_back_is_noted() -> None:
    """With how much, and what is unknown of it."""
    world, job = billed()
    for fact in (
        PaymentReceived(usd("120"), reference="card-1"),
        PaymentRefunded("card-1", usd("20")),
        PaymentRefunded("card-9"),
    ):
        world.engine.receive(FEE_REF, fact)

    assert [event.note for event in events(world, job, FactRecorded)] == [
        "card-1, 20.00 USD",
        "card-9, all of it: its money is not known here yet",
    ]
    assert now(world, job).items[0].state is COMPLETED


# -- reminders of what is under way ----------------------------------------------------------------


def test_nobody_is_reminded_of_what_is_covered_by_payments_under_way() -> None:
    """Neither by time nor by hand; if they fail, the rhythm goes on (R-8)."""
    world, job = billed()
    world.engine.receive(FEE_REF, PaymentReceived(ALL, cleared=False, reference="debit-1"))

    world.advance(days=4)
    with pytest.raises(NotAllowedError, match="covered by payments that are under way"):
        world.engine.remind(job.items[0])
    explained = str(world.engine.explain(job))
    quiet = len(world.email.sent)
    world.engine.receive(FEE_REF, PaymentFailed("debit-1"))
    world.advance(days=10)

    assert quiet == 0
    assert "1 payment not cleared yet; what is under way covers the rest" in explained
    assert len(world.email.sent) == 3


def test_a_part_under_way_stops_no_reminder() -> None:
    """The rest is still to be paid."""
    world, _ = billed()
    world.engine.receive(FEE_REF, PaymentReceived(PART, cleared=False, reference="debit-1"))
    world.engine.receive(FEE_REF, PaymentReceived(usd("39"), reference="card-1"))

    world.advance(days=10)

    assert len(world.email.sent) == 3


def test_a_reminder_that_could_not_leave_is_not_sent_once_the_rest_is_under_way() -> None:
    """Late, it would be wrong (R-8)."""
    world, _ = billed()
    world.email.fail_next(OSError("down"))
    world.advance(days=1)

    world.engine.receive(FEE_REF, PaymentReceived(ALL, cleared=False, reference="debit-1"))
    world.advance(hours=1)

    assert world.email.sent == []


# -- about what nobody waits for -------------------------------------------------------------------


ENDS: dict[str, tuple[Callable[[Engine, Item], object], str]] = {
    "cancelled": (lambda e, item: e.record(item, Cancelled()), "it was cancelled before"),
    "unlinked": (lambda e, item: e.unlink(item.job, item), "it was unlinked from this job"),
    "archived": (lambda e, item: e.archive(item.job), "the job is archived"),
    "completed": (lambda e, item: e.set_status(item.job, "Completed"), "the job is completed"),
}
HEARD: dict[str, tuple[Any, Ref, Fact]] = {
    "task": (CreateTask(PREPARE), TASK_REF, TaskCompleted()),
    "invoice": (CreateInvoice(FEE), FEE_REF, PaymentReceived(ALL, reference="p-1")),
    "organizer": (
        CreateOrganizer(ORGANIZER),
        Ref("organizers", "organizer-1"),
        OrganizerSubmitted({BUSINESS: "Yes"}),
    ),
    "proposal": (SendProposal(PAID_LETTER), Ref("proposals", "proposal-1"), ProposalSigned()),
    "message": (SendMessage(CHECKLIST), Ref("messages", "message-1"), MessageReplied()),
}


@pytest.mark.parametrize("thing", HEARD)
@pytest.mark.parametrize("end", ENDS)
def test_a_fact_about_what_nobody_waits_for_is_kept_and_warned_of(end: str, thing: str) -> None:
    """What it would have brought about did not happen; the sender is answered (R-15)."""
    made, ref, fact = HEARD[thing]
    world, job = begun(Stage("Work", [made], automove=True), DONE)
    ends, why = ENDS[end]
    ends(world.engine, job.items[0])

    (after,) = world.engine.receive(ref, fact)

    assert (after.id, after.stage, len(after.items)) == (job.id, "work", 1)
    assert tags(world, job) == set()
    assert fact in [getattr(event, "fact", None) for event in world.engine.history(job)]
    warned = " ".join(event.text for event in events(world, job, Warned))
    assert why in warned
    before = dump(world)
    assert [one.id for one in world.engine.receive(ref, fact)] == [job.id]
    assert dump(world) == before


def test_an_unlinked_thing_is_found_by_its_reference() -> None:
    """Only a reference that was never known is not found (R-15)."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)]), DONE)
    item = world.engine.unlink(job, job.items[0]).items[0]

    assert world.engine.item(TASK_REF) == item
    assert [one.id for one in world.engine.receive(TASK_REF, TaskCompleted())] == [job.id]
    with pytest.raises(NotFoundError, match="no item has this reference"):
        world.engine.receive(Ref("tasks", "task-9"), TaskCompleted())


def test_what_is_linked_elsewhere_reaches_that_job_only() -> None:
    """Whoever let go of it is free of it."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)]), DONE)
    item = world.engine.unlink(job, job.items[0]).items[0]
    other = world.engine.start("tax", job.account, stage="Done")
    world.engine.link(other, TASK_REF, "task", name="Prepare")

    reached = world.engine.receive(TASK_REF, TaskCompleted())

    assert [one.id for one in reached] == [other.id]
    assert events(world, job, Warned) == []
    assert world.engine.item(TASK_REF).job == other.id
    late = world.engine.record(item, TaskReopened())  # by the old handle: it was meant
    assert late.items[0].state is RESOLVED
    world.engine.unlink(other, "Prepare")
    assert [one.id for one in world.engine.receive(TASK_REF, TaskCompleted())] == [other.id]


def test_a_thing_of_several_jobs_is_heard_of_by_those_that_have_it() -> None:
    """Letting go of it on one takes it from no other, and from the last it is still heard of."""
    world, job = begun(Stage("Work", [CreateInvoice(FEE)]), DONE)
    other = world.engine.start("tax", world.account("Bob"), stage="Done")
    linked = world.engine.link(other, FEE_REF, "invoice", name="Fee")
    world.engine.unlink(job, "Fee")
    reached = world.engine.receive(FEE_REF, PaymentReceived(PART, reference="p-1"))
    world.engine.unlink(other, "Fee")
    alone = world.engine.receive(FEE_REF, PaymentReceived(PART, reference="p-2"))

    again = world.engine.link(job, FEE_REF, "invoice", name="Fee")

    assert [[one.id for one in jobs] for jobs in (reached, alone)] == [[other.id], [other.id]]
    bill = again.items[-1].progress
    assert isinstance(bill, InvoiceState)
    assert bill.paid() == usd("120")
    assert world.engine.complete(linked.items[-1]).id == other.id


def test_what_is_unlinked_while_it_is_made_is_heard_of() -> None:
    """The receipt comes after the job let go of it; where another has it, that one is asked."""
    for elsewhere in (False, True):
        world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, deliver=False)
        job = world.engine.start("tax", world.account())
        (request,) = world.engine.pending()
        world.engine.unlink(job, job.items[0])
        other = world.engine.start("tax", world.account("Bob"), stage="Done")
        if elsewhere:
            world.engine.link(other, TASK_REF, "task", name="Prepare")
        world.engine.delivered(request.key, Receipt(TASK_REF.id))

        reached = world.engine.receive(TASK_REF, TaskCompleted())

        assert [one.id for one in reached] == [other.id if elsewhere else job.id]
        assert now(world, job).items[0].ref == TASK_REF


def test_a_draft_of_what_was_cancelled_is_kept() -> None:
    """And each of the answers that come after it (R-15)."""
    world, job = begun(Stage("Work", [CreateOrganizer(ORGANIZER)]), DONE)
    item = job.items[0]
    world.engine.record(item, Cancelled())
    world.engine.record(item, OrganizerSaved({BUSINESS: "No"}))
    world.engine.record(item, OrganizerSubmitted())
    last = OrganizerSubmitted({BUSINESS: "Yes"})
    world.engine.record(item, last)

    sheet = now(world, job).items[0].progress

    assert isinstance(sheet, Questionnaire)
    assert sheet.answers == {BUSINESS: "Yes"}
    assert tags(world, job) == set()
    assert len(events(world, job, FactRecorded)) == 3
    assert len(events(world, job, Warned)) == 3


def test_signatures_on_what_was_cancelled_are_told_once() -> None:
    """Also where nobody says who signed."""
    world, job = begun(Stage("Work", [SendProposal(PAID_LETTER)]), DONE)
    item = job.items[0]
    world.engine.record(item, ProposalSigned("ada@example.com"))
    world.engine.reopen(item)
    world.engine.record(item, Cancelled())

    for _ in range(2):
        world.engine.record(item, ProposalSigned())

    assert [event.note for event in events(world, job, FactRecorded)] == [
        "it was no longer waited for"
    ]


def test_a_plain_message_that_waits_for_nobody_is_no_cause_of_a_warning() -> None:
    """It was never cancelled: a reply to it is noted, and no more."""
    world, job = begun(Stage("Work", [SendMessage(NEWS)]), DONE)

    world.engine.record(job.items[0], MessageReplied())

    assert events(world, job, Warned) == []


# -- twice -----------------------------------------------------------------------------------------


def test_an_email_that_bounces_twice_for_one_reason_is_told_once() -> None:
    """Another reason is told too; either way the sender is answered with the job."""
    world, job = begun(Stage("Work", [SendEmail(WELCOME)]), DONE)
    (sent,) = events(world, job, RequestDelivered)

    for reason in ("mailbox full", "mailbox full", "no such user", "mailbox full"):
        (reached,) = world.engine.receive(Ref("email", sent.ref), EmailBounced(reason))
        assert reached.id == job.id

    told = [event.note for event in events(world, job, FactRecorded)]
    assert told == ["mailbox full", "no such user"]


def test_a_failure_that_is_told_twice_counts_once() -> None:
    """The request waits for its next attempt; what is rejected is given up all the same."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, deliver=False)
    world.engine.start("tax", world.account())
    (request,) = world.engine.pending()

    for _ in range(3):
        world.engine.failed(request.key, "no line")

    (failure,) = world.engine.failures()
    assert (failure.attempts, failure.given_up) == (1, False)


def test_a_failure_that_is_told_late_is_that_of_the_attempt_that_was_made() -> None:
    """The lease had ended meanwhile, and nobody took the request over."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, deliver=False)
    world.engine.start("tax", world.account())
    (request,) = world.engine.pending()
    world.clock.advance(hours=1)

    world.engine.failed(request.key, "no line")

    (failure,) = world.engine.failures()
    assert (failure.attempts, failure.error) == (1, "no line")


def test_what_is_paid_twice_over_is_paid() -> None:
    """The bill was called paid, and then its money is told, in whichever order."""
    told = [
        InvoicePaid(),
        PaymentReceived(ALL, cleared=False, reference="p-1"),
        PaymentCleared("p-1"),
    ]
    for facts in (told, [*reversed(told)]):
        world, job = billed()
        for fact in facts:
            world.engine.receive(FEE_REF, fact)

        bill = now(world, job).items[0].progress
        assert isinstance(bill, InvoiceState)
        assert (bill.paid(), now(world, job).stage) == (ALL, "done")


def test_debits_that_the_firm_counts_later_are_taken_in_when_the_job_is_evaluated() -> None:
    """`explain` says so, and nothing is swept up silently (A-6)."""
    world, job = begun(
        Stage("Billing", [CreateInvoice(FEE), CreateInvoice(FEE)], automove=True), DONE
    )
    first, second = job.items
    for item in (first, second):
        debit = PaymentReceived(usd("100"), cleared=False, reference=item.id)
        world.engine.record(item, debit)
    world.engine.save(Settings(bank_payments=BankPayments.SUBMITTED))

    explained = str(world.engine.explain(job))
    after = world.engine.reevaluate(job, actor="mia")

    assert "100.00 USD of 100.00 USD paid, 1 payment not cleared yet" in explained
    assert "by the firm's settings it counts: `reevaluate` takes it in" in explained
    assert [item.state for item in after.items] == [ItemState.COMPLETED] * 2
    assert after.stage == "done"


def test_an_evaluation_takes_in_no_debit_that_does_not_count() -> None:
    """Nor one that covers but a part."""
    world, job = begun(Stage("Billing", [CreateInvoice(FEE)], automove=True), DONE)
    world.engine.record(
        job.item("Fee"), PaymentReceived(usd("100"), cleared=False, reference="d-1")
    )

    assert world.engine.reevaluate(job).stage == "billing"
