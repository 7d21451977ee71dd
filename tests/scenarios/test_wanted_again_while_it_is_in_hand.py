"""What was cancelled while a worker had its request in hand, and is wanted again."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeflow import (
    Cancelled,
    ClientTaskAdded,
    CreateInvoice,
    CreateOrganizer,
    Engine,
    ItemState,
    Job,
    MessageTemplate,
    OrganizerSealed,
    OrganizerUnsealed,
    Reopened,
    RequestWithdrawn,
    SendMessage,
    Stage,
    ThreadArchived,
    ThreadReopened,
)
from pipeflow.ports import Parked, Receipt, Rejected
from pipeflow.testing import World
from tests.firms import CHECKLIST, DONE, FEE, NEWS, ORGANIZER, begun, events, now, opened

BILL = Stage("Bill", [CreateInvoice(FEE)], automove=True)
FEE_KEY = "default/job-1/1/create-invoice-fee"
Way = Callable[[Engine, Job], object]


def undone(engine: Engine, job: Job) -> None:
    """Let a move cancel it, and take that move back."""
    engine.move(job, "Done", open="cancel")
    engine.undo(job)


def reopened(engine: Engine, job: Job) -> None:
    """Cancel it, and reopen it."""
    engine.record(job.item("Fee"), Cancelled("by mistake"))
    engine.reopen(job.item("Fee"))


def told(engine: Engine, job: Job) -> None:
    """Cancel it, and hear that it is open again."""
    engine.record(job.item("Fee"), Cancelled("by mistake"))
    engine.record(job.item("Fee"), Reopened("it is due after all"))


WAYS = pytest.mark.parametrize("way", [undone, reopened, told])


def in_hand() -> tuple[World, Engine, Job]:
    """Let a host that delivers by itself have a bill in hand."""
    world = opened(BILL, DONE, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    (request,) = engine.pending()
    assert request.key == FEE_KEY
    return world, engine, job


@WAYS
def test_a_bill_is_asked_for_under_its_key_where_its_worker_died(way: Way) -> None:
    """Nobody may wait for a bill that nobody was asked for."""
    world, job = begun(Stage("Intake"), BILL, DONE)
    world.invoices.fail_next(SystemExit("killed"))
    with pytest.raises(SystemExit):
        world.engine.move(job, "Bill")

    way(world.engine, now(world, job))
    world.advance(days=1)

    fee = now(world, job).item("Fee")
    assert [str(fee.state), str(fee.ref)] == ["pending", "invoices:invoice-1"]
    assert [one.key for one in world.invoices.created] == [fee.request]
    assert events(world, job, RequestWithdrawn) == []


@WAYS
def test_a_bill_that_fails_afterwards_is_tried_again(way: Way) -> None:
    """It is needed as if nobody had ever taken it back."""
    world, engine, job = in_hand()
    way(engine, job)

    engine.failed(FEE_KEY, OSError("down"))

    assert [one.key for one in engine.failures()] == [FEE_KEY]
    world.clock.advance(days=1)
    assert [one.key for one in engine.pending()] == [FEE_KEY]


@WAYS
def test_a_bill_that_is_rejected_afterwards_waits_for_somebody(way: Way) -> None:
    """It is a failure like any other, which somebody has to see to."""
    _, engine, job = in_hand()
    way(engine, job)

    engine.failed(FEE_KEY, Rejected("no such client"))

    (failure,) = engine.failures()
    assert failure.given_up


@WAYS
def test_a_bill_that_is_delivered_afterwards_is_open_with_its_reference(way: Way) -> None:
    """Its host has it, and nobody asks to void it."""
    world, engine, job = in_hand()
    way(engine, job)

    engine.delivered(FEE_KEY, Receipt("i-1"))

    fee = engine.job(job).item("Fee")
    assert [str(fee.state), str(fee.ref)] == ["pending", "invoices:i-1"]
    world.clock.advance(days=1)
    assert engine.pending() == ()


def test_what_was_dropped_before_is_not_wanted_again() -> None:
    """It is over then, and nothing leaves under its key any more: the list of the undo says so."""
    world, engine, job = in_hand()
    engine.move(job, "Done", open="cancel")
    world.clock.advance(days=1)
    assert engine.pending() == ()

    gone = engine.undo(job).gone

    assert [(one.name, one.note) for one in gone] == [("Fee", "which may be there")]
    assert engine.job(job).item("Fee").state is ItemState.RESOLVED


def test_what_is_cancelled_once_more_is_withdrawn_once_more() -> None:
    """The last word counts."""
    world, engine, job = in_hand()
    reopened(engine, job)

    engine.record(job.item("Fee"), Cancelled("not this year"))
    world.clock.advance(days=1)

    assert engine.pending() == ()
    assert [one.key for one in events(world, job, RequestWithdrawn)] == [FEE_KEY]


def test_a_sealed_organizer_leaves_when_it_is_unsealed() -> None:
    """Sealed while it was on its way, it was taken back."""
    world = opened(Stage("Ask", [CreateOrganizer(ORGANIZER)]), DONE, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    (request,) = engine.pending()
    engine.record(job.item("Organizer"), OrganizerSealed())

    engine.record(job.item("Organizer"), OrganizerUnsealed())

    world.clock.advance(days=1)
    assert [one.key for one in engine.pending()] == [request.key]


@pytest.mark.parametrize("template", [NEWS, CHECKLIST])
def test_a_thread_that_is_opened_again_leaves(template: MessageTemplate) -> None:
    """Also one of a message that asks nothing, for which nobody waits."""
    world = opened(Stage("Write", [SendMessage(template)]), DONE, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    (request,) = engine.pending()
    (message,) = job.items
    engine.record(message, ThreadArchived())

    engine.record(message, ThreadReopened())

    world.clock.advance(days=1)
    assert [one.key for one in engine.pending()] == [request.key]


def test_a_plain_message_leaves_that_asks_for_something_when_it_is_reopened() -> None:
    """It was cancelled while it was on its way."""
    world = opened(Stage("Write", [SendMessage(NEWS)]), DONE, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    (request,) = engine.pending()
    engine.record(job.items[0], Cancelled("by mistake"))

    engine.reopen(job.items[0])
    engine.record(job.items[0], ClientTaskAdded("Scan"))

    world.clock.advance(days=1)
    assert [one.key for one in engine.pending()] == [request.key]


@pytest.mark.parametrize("look", ["renew", "due"])
def test_a_worker_that_found_a_bill_withdrawn_leaves_it_that_is_wanted_by_now(
    monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    """Somebody reopened it between a look of the worker and what the worker says of it."""
    world, engine, job = in_hand()
    engine.record(job.item("Fee"), Cancelled("by mistake"))
    world.clock.advance(minutes=2)
    looked = getattr(world.store, look)
    office = Engine(store=world.store, clock=world.clock, deliver=False)

    def and_reopened(*args: Any) -> Any:
        found = looked(*args)
        monkeypatch.setattr(world.store, look, looked)
        office.reopen(job.item("Fee"))
        return found

    monkeypatch.setattr(world.store, look, and_reopened)
    assert engine.pending() == ()

    assert isinstance(world.store.due("default", FEE_KEY), Parked)
    world.clock.advance(minutes=2)
    assert [one.key for one in engine.pending()] == [FEE_KEY]


def test_a_bill_that_is_reopened_is_not_voided_any_more() -> None:
    """Its port was down when the move cancelled it, and nobody had voided it yet."""
    world, job = begun(BILL, DONE)
    world.invoices.fail_next(OSError("down"))
    job = world.engine.move(job, "Done", open="cancel")

    world.engine.reopen(job.item("Fee"))
    world.advance(days=1)

    assert world.invoices.cancelled == []
    assert world.engine.failures() == ()
