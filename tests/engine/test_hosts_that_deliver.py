"""Hosts that deliver by themselves: `Engine(deliver=False)`, `pending`, `delivered`, `failed`."""

from datetime import timedelta

import pytest

from pipeflow import (
    Cancelled,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    Engine,
    ItemState,
    Job,
    NotFoundError,
    Receipt,
    Ref,
    Rejected,
    Reminders,
    RequestDelivered,
    RequestFailed,
    RequestWithdrawn,
    SendEmail,
    Settings,
    Stage,
    TaskCompleted,
)
from pipeflow.testing import World
from tests.firms import DONE, FEE, PREPARE, WELCOME, dump, events, now, opened, stays

EMAIL, TASK, INVOICE = (
    "default/job-1/1/send-email-welcome/1",
    "default/job-1/1/create-task-prepare",
    "default/job-1/1/create-invoice-fee",
)


def waiting(settings: Settings | None = None) -> tuple[World, Engine, Job]:
    """Start a job whose requests nobody has carried out yet."""
    world = opened(
        Stage(
            "Intake",
            [
                SendEmail(WELCOME),
                CreateTask(PREPARE),
                CreateInvoice(FEE, reminders=Reminders(every=1, times=2)),
            ],
            automove=True,
        ),
        DONE,
        settings=settings,
        deliver=False,
    )
    return world, world.engine, world.engine.start("tax", world.account())


def test_pending_requests_are_handed_out_once_in_order_and_no_port_is_asked() -> None:
    """Two workers never get the same one; what nobody speaks of comes again after its lease."""
    world, engine, _ = waiting()

    first, again = engine.pending(), engine.pending()
    failures = engine.failures()
    world.clock.advance(minutes=1)
    late = engine.pending(limit=2, lease=timedelta(hours=1))

    assert [request.key for request in first] == [EMAIL, TASK, INVOICE]
    assert again == ()
    assert late == first[:2]
    assert world.email.attempts == world.tasks.attempts == []
    assert failures == ()


def test_what_was_delivered_keeps_its_reference_and_twice_changes_nothing() -> None:
    """A repeat by the host is known."""
    world, engine, job = waiting()

    after = stays(engine.delivered(TASK, Receipt("t-1")))
    before = dump(world)
    again = engine.delivered(TASK, Receipt("t-2"))

    assert after.item("Prepare").ref == Ref("tasks", "t-1")
    assert again == after
    assert dump(world) == before
    assert [request.key for request in engine.pending()] == [EMAIL, INVOICE]
    assert engine.receive(Ref("tasks", "t-1"), TaskCompleted())[0].id == job.id


def test_a_receipt_of_something_done_at_birth_moves_the_job() -> None:
    """As with ports of one's own."""
    world, engine, job = waiting()
    engine.delivered(INVOICE, Receipt("i-1", completed=True))
    moved = stays(engine.delivered(TASK, Receipt(completed=True)))
    engine.delivered(EMAIL)

    assert moved.stage == "done"
    assert engine.pending() == ()
    assert len(events(world, job, RequestDelivered)) == 3


def test_what_is_found_withdrawn_when_it_is_handed_out_is_told() -> None:
    """A handler hears of it in that very call, as of everything that is committed."""
    world, engine, job = waiting()
    told: list[str] = []
    engine.on(RequestWithdrawn, lambda event: told.append(event.key))
    engine.pending()
    engine.record(job.item("Prepare"), Cancelled("not needed"))
    world.clock.advance(minutes=2)

    handed_out = engine.pending()

    assert [request.key for request in handed_out] == [EMAIL, INVOICE]
    assert told == [TASK]


def test_what_failed_comes_again_after_its_wait() -> None:
    """Exponential backoff, and the same key and content."""
    world, engine, _ = waiting()
    request = engine.pending()[1]

    engine.failed(TASK, OSError("down"))
    at_once = [one.key for one in engine.pending()]
    (failure,) = engine.failures()
    world.clock.advance(minutes=1)

    assert at_once == []
    assert (failure.error, failure.attempts) == ("OSError: down", 1)
    assert request in engine.pending()


@pytest.mark.parametrize("error", ["", " ", "down"])
def test_a_failure_that_is_told_twice_counts_once_whatever_it_says(error: str) -> None:
    """Some errors have no text."""
    _, engine, job = waiting()
    engine.pending()

    for _ in range(3):
        engine.failed(TASK, error)

    assert [one.attempt for one in engine.history(job).of(RequestFailed)] == [1]


def test_what_is_rejected_is_given_up_at_once_and_retried_by_hand() -> None:
    """`retry` puts it back among the pending ones."""
    world, engine, job = waiting()

    engine.failed(TASK, Rejected("never"))
    world.clock.advance(days=3)
    given_up = TASK not in [one.key for one in engine.pending()]
    engine.retry(TASK)

    assert given_up
    assert TASK in [one.key for one in engine.pending()]
    made = stays(engine.delivered(TASK, Receipt("t-1")))
    assert made.item("Prepare").ref == Ref("tasks", "t-1")
    assert now(world, job).item("Prepare").state is ItemState.PENDING


def test_a_text_says_what_went_wrong_too() -> None:
    """Whoever delivers may have no exception at hand; after its attempts it is given up."""
    world, engine, _ = waiting(Settings(attempts=2, backoff=timedelta(seconds=1)))

    engine.failed(TASK, "queue is full")
    world.clock.advance(minutes=1)
    engine.failed(TASK, "queue is full")

    (failure,) = engine.failures()
    assert (failure.error, failure.attempts, failure.given_up) == ("queue is full", 2, True)


def test_an_abandoned_request_is_pending_no_more() -> None:
    """And its item is no longer waited for."""
    _, engine, _ = waiting()

    after = engine.abandon(TASK)
    assert after is not None

    assert TASK not in [one.key for one in engine.pending()]
    assert after.item("Prepare").state is ItemState.RESOLVED


def test_tick_sends_reminders_into_the_pending_ones() -> None:
    """It acts on timers and leaves requests alone."""
    world, engine, _ = waiting()
    for key in (EMAIL, TASK, INVOICE):
        engine.delivered(key)

    world.advance(days=1)

    (reminder,) = engine.pending()
    assert reminder.port == "email"
    assert stays(engine.delivered(reminder.key)).item("Fee").reminded == 1
    assert world.email.sent == []


def test_an_unknown_key_or_one_of_a_reminder_is_refused_and_changes_nothing() -> None:
    """There is no request of that key."""
    world, engine, _ = waiting()
    timer = stays(engine.delivered(INVOICE, Receipt("i-1"))).item("Fee").timer
    assert timer is not None
    before = dump(world)

    for key in ("nope", timer):
        with pytest.raises(NotFoundError):
            engine.delivered(key)
        with pytest.raises(NotFoundError):
            engine.failed(key, "down")

    assert dump(world) == before


@pytest.mark.parametrize("answer", ["t-1", {"ref": "t-1"}, 5])
def test_a_receipt_that_is_none_is_refused(answer: object) -> None:
    """Else the reference would be lost without a word."""
    world, engine, _ = waiting()
    before = dump(world)

    with pytest.raises(DefinitionError, match="must return a Receipt, or None"):
        engine.delivered(TASK, answer)  # type: ignore[arg-type]

    assert dump(world) == before


def test_what_a_handler_hears_of_deliveries_by_the_host() -> None:
    """They are told like those of ports."""
    _, engine, _ = waiting()
    told: list[RequestDelivered] = []
    engine.on(RequestDelivered, told.append)

    engine.delivered(TASK, Receipt("t-1"))

    assert [(event.key, event.ref) for event in told] == [(TASK, "t-1")]


def test_a_lease_of_its_own_holds_as_long_as_it_was_asked_for() -> None:
    """A quick host gets what another one dropped back sooner than by the firm's settings."""
    world, engine, _ = waiting()

    first = engine.pending(limit=1, lease=timedelta(seconds=5))
    world.clock.advance(minutes=0.1)
    again = engine.pending(limit=1, lease=timedelta(seconds=5))

    assert first == again


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": "x"}, {"limit": True}, {"lease": 5}, {"lease": timedelta()}]
)
def test_a_hand_out_of_nothing_or_for_no_time_is_refused(wrong: dict[str, object]) -> None:
    """And nothing is handed out."""
    _, engine, _ = waiting()

    with pytest.raises(DefinitionError):
        engine.pending(**wrong)  # type: ignore[arg-type]

    assert len(engine.pending()) == 3


def test_a_retry_by_an_engine_without_the_port_leaves_it_to_those_who_have_it() -> None:
    """It is due again, and the next tick of an engine with the port delivers it."""
    world, engine, _ = waiting()
    engine.failed(TASK, Rejected("never"))
    bare = Engine(store=world.store, clock=world.clock)

    bare.retry(TASK)

    assert [one.given_up for one in bare.failures()] == [False]
    assert TASK in [one.key for one in engine.pending()]
