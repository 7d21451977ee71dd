"""What is put away, left quiet or let go of says so, and nothing of it goes out (R-3, R-24)."""

from __future__ import annotations

import pytest

from pipeflow import (
    CreateInvoice,
    CreateOrganizer,
    DocumentDisapproved,
    Fact,
    FactRecorded,
    InvoicePaid,
    Item,
    ItemResolved,
    ItemState,
    Job,
    Money,
    OrganizerSubmitted,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    ProposalSigned,
    Ref,
    Reminders,
    RemindersStopped,
    Reopened,
    SendMessage,
    Stage,
    ThreadArchived,
)
from pipeflow.model.facts import Cancelled, OrganizerSealed, OrganizerUnsealed
from pipeflow.testing import World
from tests.firms import CHECKLIST, DONE, FEE, ORGANIZER, begun, events, opened
from tests.scenarios.test_promises_in_pairs import usd
from tests.scenarios.test_the_bill_of_a_letter_comes_once import Practice
from tests.scenarios.test_what_a_relinked_thing_brings import ref_of

AWAY = [
    (CreateOrganizer(ORGANIZER), OrganizerSealed("late"), "late"),
    (SendMessage(CHECKLIST), ThreadArchived("moved"), "moved"),
]


@pytest.mark.parametrize(("automation", "fact", "why"), AWAY)
def test_what_is_put_away_before_it_left_does_not_leave(
    automation: CreateOrganizer | SendMessage, fact: Fact, why: str
) -> None:
    """Its port was down, and the client shall not get what nobody waits for."""
    world = opened(Stage("Intake", [automation]), DONE)
    ports = (world.organizers, world.messages)
    for port in ports:
        port.fail_next(ConnectionError("down"))
    job = world.engine.start("tax", world.account())
    job = world.engine.record(job.items[0], fact)
    world.advance(days=2)

    assert [request for port in ports for request in port.taken] == []
    (told,) = events(world, job, ItemResolved)
    assert told.reason == why


def test_an_organizer_that_is_done_is_put_away_and_taken_out_as_such() -> None:
    """History tells both, and it stays done."""
    world = opened(Stage("Intake", [CreateOrganizer(ORGANIZER)]), DONE)
    job = world.engine.start("tax", world.account())
    for fact in (OrganizerSubmitted(incomplete=True), OrganizerSealed("late"), OrganizerUnsealed()):
        job = world.engine.record(job.items[0], fact)

    assert job.items[0].state is ItemState.COMPLETED
    told = [(type(one.fact), one.note) for one in events(world, job, FactRecorded)]
    assert (OrganizerSealed, "late") in told
    assert (OrganizerUnsealed, "") in told


def test_reminders_of_what_is_taken_out_start_as_if_new() -> None:
    """Also where all had been sent before it was put away."""
    once = CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=1))
    world = opened(Stage("Intake", [once]), DONE)
    job = world.engine.start("tax", world.account())
    world.advance(days=4)
    for fact in (OrganizerSealed(), OrganizerUnsealed()):
        job = world.engine.record(job.items[0], fact)
    world.advance(days=4)

    assert len(world.email.sent) == 2


# -- what is left quiet --------------------------------------------------------------------------


def billed_and_reminded() -> tuple[World, Job]:
    """Bill a client who is reminded of it once, and then has a bank pay."""
    once = CreateInvoice(FEE, reminders=Reminders(every=3, times=1))
    world = opened(Stage("Intake", [once]), Stage("Work"), DONE)
    job = world.engine.start("tax", world.account())
    world.advance(days=4)
    paid = PaymentReceived(Money("100.00", "USD"), cleared=False, reference="debit-1")
    return world, world.engine.record(job.items[0], paid)


def test_what_was_left_quiet_is_quiet_also_where_its_reminders_would_start_anew() -> None:
    """All had been sent, and the bank does not pay after all (R-8, R-24)."""
    world, job = billed_and_reminded()
    world.engine.move(job, "Work", open="quiet")

    world.engine.record(job.items[0], PaymentFailed("debit-1"))
    world.advance(days=9)

    assert len(world.email.sent) == 1
    assert [one.item for one in events(world, job, RemindersStopped)] == [job.items[0].id]


def test_an_undo_takes_that_back_too() -> None:
    """The client is reminded again, as the job is where the bill belongs (R-26)."""
    world, job = billed_and_reminded()
    world.engine.move(job, "Work", open="quiet")
    world.engine.undo(job)

    world.engine.record(job.items[0], PaymentFailed("debit-1"))
    world.advance(days=9)

    assert len(world.email.sent) == 2


def test_a_reminder_by_hand_that_has_not_left_goes_with_the_stage_that_is_left_quiet() -> None:
    """The item has no reminders of its own."""
    world = opened(Stage("Intake", [CreateOrganizer(ORGANIZER)]), DONE)
    job = world.engine.start("tax", world.account())
    world.email.fail_next(ConnectionError("down"))
    world.engine.remind(job.items[0])
    world.engine.move(job, "Done", open="quiet")
    world.advance(days=2)

    assert world.email.sent == []


# -- what is refused, and what stands ------------------------------------------------------------


def test_a_document_that_waits_is_told_as_refused_once() -> None:
    """It waits as before, and nobody asks what became of it."""
    world, job = begun(Stage("Intake"), DONE)
    job = world.engine.link(job, "d-1", "approval")
    for _ in range(2):
        job = world.engine.record(job.items[0], DocumentDisapproved())

    (told,) = events(world, job, FactRecorded)
    assert told.fact == DocumentDisapproved()
    assert job.items[0].state is ItemState.PENDING


def test_a_bill_that_is_open_again_after_it_was_let_go_of_stands() -> None:
    """Its money came back, and its letter is accepted anew: the client owes it, and no other."""
    firm = Practice()
    engine = firm.engine
    firm.sign()
    bill = engine.job(firm.job).item("Deposit")
    engine.record(bill, PaymentReceived(usd("50.00"), reference="p-1"))
    engine.unlink(firm.job, bill)
    engine.receive(ref_of(bill), PaymentRefunded("p-1"))
    engine.receive(firm.ref, Reopened("other terms"))
    engine.receive(firm.ref, ProposalSigned())

    assert len(firm.billed) == 1


def test_a_document_whose_invoice_is_wanted_again_is_as_any_other() -> None:
    """What was said while nobody waited for it decides nothing later (A-10)."""
    world, job = begun(Stage("Intake"), DONE)
    engine = world.engine
    job = engine.link(job, Ref("invoices", "i-1"), "invoice", "Fee")
    job = engine.link(job, "d-1", "locked_document", "Return", locked_by=["Fee"])

    def document() -> Item:
        return engine.job(job).item("Return")

    engine.record(job.item("Fee"), Cancelled("wrong"))
    assert document().state is ItemState.RESOLVED
    engine.record(document(), InvoicePaid())
    engine.record(job.item("Fee"), Reopened("right"))
    engine.record(job.item("Fee"), InvoicePaid())
    assert document().state is ItemState.COMPLETED
    engine.record(job.item("Fee"), Reopened("charged back"))

    assert document().state is ItemState.PENDING
