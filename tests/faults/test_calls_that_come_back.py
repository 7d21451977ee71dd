"""Calls that come back in: circles end, the stack does not grow, depth goes with the context."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import Any

import pytest

from pipeflow import (
    AutomationFailed,
    CreateInvoice,
    CreateTask,
    Engine,
    Event,
    ItemCompleted,
    ItemReopened,
    Job,
    JobMoved,
    NotAllowedError,
    PipeflowError,
    Pipeline,
    Receipt,
    Rejected,
    Reminders,
    ReminderSent,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestRetried,
    SendEmail,
    Settings,
    Stage,
    StatusChanged,
    TaskReopened,
)
from pipeflow.ports import Email, EmailPort, Ports, Request, Task, TasksPort, Waker
from pipeflow.testing import World
from tests.faults.offices import engine_on, lose_template, ports_of
from tests.firms import DONE, FEE, PREPARE, REVIEW, WELCOME, begun, events, now, opened

DEEPEST = 4
FEW = Settings(deepest=DEEPEST, attempts=1_000_000)
DAILY = Reminders(every=1, times=3)


def failing(settings: Settings = FEW, *, error: Exception | None = None) -> World:
    """Open a firm whose tasks never come to be."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, settings=settings)
    world.tasks.fail_when(lambda task: True, error or OSError("down"))
    return world


# -- circles of handlers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "error"), [(RequestFailed, OSError("down")), (RequestGivenUp, Rejected("no"))]
)
def test_a_handler_that_retries_whatever_fails_comes_to_an_end(
    kind: type[Any], error: Exception
) -> None:
    """A retry is as deep as the handler that asked for it, so a circle of them is cut."""
    world = failing(error=error)
    world.engine.on(kind, lambda event: world.engine.retry(event.key))

    job = world.engine.start("tax", world.account())

    assert 1 < len(world.tasks.attempts) <= DEEPEST + 2
    assert len(events(world, job, RequestRetried)) == len(world.tasks.attempts) - 1
    world.tasks.recover()
    world.engine.retry(world.engine.failures()[0].key)
    assert len(world.tasks.created) == 1


def test_a_handler_that_retries_after_a_tick_comes_to_an_end_too() -> None:
    """Also where the worker of a later process takes the request up."""
    world = failing()
    world.engine.start("tax", world.account())
    engine = engine_on(world)
    engine.on(RequestFailed, lambda event: engine.retry(event.key))
    world.clock.advance(minutes=1)
    before = len(world.tasks.attempts)

    engine.tick()

    assert len(world.tasks.attempts) - before <= DEEPEST + 2


def test_a_handler_that_retries_what_a_host_failed_comes_to_an_end() -> None:
    """The host fails it once more each time it is handed out (async)."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, settings=FEW, deliver=False)
    engine = world.engine
    rounds: list[int] = []

    def again(event: RequestFailed) -> None:
        engine.retry(event.key)
        for request in engine.pending():
            rounds.append(1)
            engine.failed(request.key, OSError("down"))

    engine.on(RequestFailed, again)
    engine.start("tax", world.account())
    (request,) = engine.pending()

    engine.failed(request.key, OSError("down"))

    assert len(rounds) <= DEEPEST + 2


def test_a_handler_that_retries_failed_automations_comes_to_an_end() -> None:
    """Each retry of an automation whose template is gone fails once more (A-24)."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, settings=FEW)
    lose_template(world, "prepare")
    world.engine.on(AutomationFailed, lambda event: world.engine.retry(event.key))

    job = world.engine.start("tax", world.account())

    assert 1 < len(events(world, job, AutomationFailed)) <= DEEPEST + 2


CIRCLES: dict[str, tuple[type[Any], Callable[[World, Any], object]]] = {
    "moves": (
        JobMoved,
        lambda w, e: w.engine.move(e.job, "Work" if e.stage == "done" else "Done"),
    ),
    "reopens": (ItemCompleted, lambda w, e: w.engine.record(e.item, TaskReopened())),
    "completes": (ItemReopened, lambda w, e: w.engine.complete(e.item)),
    "sets the status": (
        StatusChanged,
        lambda w, e: w.engine.set_status(e.job, e.before),
    ),
    "reminds": (ReminderSent, lambda w, e: w.engine.remind(e.item)),
    "starts": (JobMoved, lambda w, e: w.engine.move(w.engine.start("tax", w.account()), "Done")),
}
# Where it takes two to go round: what answers the answer.
BACK: dict[str, tuple[type[Any], Callable[[World, Any], object]]] = {
    "reopens": CIRCLES["completes"],
    "completes": CIRCLES["reopens"],
}
BEGINS: dict[str, Callable[[World, Job], object]] = {
    "moves": lambda w, job: w.engine.move(job, "Done"),
    "reopens": lambda w, job: w.engine.complete(job.item("Prepare")),
    "completes": lambda w, job: w.engine.record(job.item("Prepare"), TaskReopened()),
    "sets the status": lambda w, job: w.engine.set_status(job, "On hold"),
    "reminds": lambda w, job: w.engine.remind(job.item("Fee")),
    "starts": lambda w, job: w.engine.move(job, "Done"),
}


@pytest.mark.parametrize("circle", CIRCLES)
def test_circles_of_handlers_of_any_kind_come_to_an_end(
    circle: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The command that stands too deep is refused, and that is logged."""
    kind, answer = CIRCLES[circle]
    world, job = begun(Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE)]), DONE, settings=FEW)
    if circle == "completes":
        world.engine.complete(job.item("Prepare"))
    heard: list[Event] = []

    def handler(event: Any) -> None:
        heard.append(event)
        answer(world, event)

    world.engine.on(kind, handler)
    if circle in BACK:
        back, undo = BACK[circle]
        world.engine.on(back, lambda event: undo(world, event))

    with caplog.at_level(logging.CRITICAL + 1, "pipeflow"):
        BEGINS[circle](world, job)

    assert 1 <= len(heard) <= DEEPEST + 2
    world.engine.link(job, "n-1", "note")


# -- circles of ports ----------------------------------------------------------------------------


class Fresh(EmailPort):
    """A port that starts another job through a fresh engine each time it is called."""

    def __init__(self, world: World, *, thread: bool = False) -> None:
        """Take the firm; *thread*: work in a thread that has the context."""
        self.world, self.thread = world, thread
        self.calls = self.nested = self.deepest = 0
        self.refused: list[BaseException] = []

    def engine(self) -> Engine:
        """Make an engine."""
        world = self.world
        return Engine(ports=Ports(email=self), store=world.store, clock=world.clock, ids=world.ids)

    def send(self, email: Email, /) -> Receipt:
        """Start one more."""
        self.calls += 1
        assert self.calls < 100
        self.nested += 1
        self.deepest = max(self.deepest, self.nested)
        if self.thread:
            worker = Thread(target=copy_context().run, args=(self.begin, email))
            worker.start()
            worker.join()
        else:
            self.begin(email)
        self.nested -= 1
        return Receipt()

    def begin(self, email: Email) -> None:
        """Start a job for the same account."""
        try:
            self.engine().start("tax", email.account)
        except PipeflowError as error:
            self.refused.append(error)


@pytest.mark.parametrize("thread", [False, True], ids=["same thread", "a thread of its own"])
def test_depth_travels_with_the_context_and_not_with_the_engine(*, thread: bool) -> None:
    """A fresh engine in a port, or a thread that has its context, does not begin anew."""
    world = World()
    world.engine.save(
        WELCOME,
        Settings(deepest=DEEPEST),
    )
    port = Fresh(world, thread=thread)
    world.engine.save(Pipeline("Tax", [Stage("Work", [SendEmail(WELCOME)]), DONE]))

    port.engine().start("tax", world.account())

    assert port.calls == DEEPEST + 1
    assert "circle" in str(port.refused[-1])
    assert port.deepest == (DEEPEST + 1 if thread else 1)


def test_a_request_keeps_its_depth_until_a_tick_takes_it_up() -> None:
    """A circle that goes through the queue, and other processes, is cut as well."""
    world = World()
    world.engine.save(
        WELCOME,
        Settings(deepest=DEEPEST),
        Pipeline("Tax", [Stage("Work", [SendEmail(WELCOME)]), DONE]),
    )
    calls: list[str] = []

    class Queued(EmailPort):
        def send(self, email: Email, /) -> Receipt:
            calls.append(email.key)
            Engine(store=world.store, clock=world.clock, ids=world.ids).start("tax", email.account)
            return Receipt()

    port = Queued()
    Engine(store=world.store, clock=world.clock, ids=world.ids).start("tax", world.account())

    for _ in range(30):
        Engine(ports=Ports(email=port), store=world.store, clock=world.clock).tick()

    assert len(calls) == DEEPEST + 1


class Ticking(TasksPort):
    """A port that ticks while it is called."""

    def __init__(self) -> None:
        """Begin with no calls."""
        self.engine: Engine | None = None
        self.calls: list[str] = []
        self.nested = self.deepest = 0

    def create(self, task: Task, /) -> Receipt:
        """Tick."""
        self.calls.append(task.key)
        self.nested += 1
        self.deepest = max(self.deepest, self.nested)
        assert self.engine is not None
        self.engine.tick()
        self.nested -= 1
        return Receipt(f"t-{len(self.calls)}")


@pytest.mark.parametrize("fresh", [False, True], ids=["its own engine", "another engine"])
def test_ports_that_tick_are_never_nested(*, fresh: bool) -> None:
    """What the tick takes up is left to the outermost call; each request leaves once."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    bare = engine_on(world, ports=Ports())
    for number in range(60):
        bare.start("tax", world.account(f"Client {number}"))
    port = Ticking()
    engine = Engine(ports=Ports(tasks=port), store=world.store, clock=world.clock)
    port.engine = (
        Engine(ports=Ports(tasks=port), store=world.store, clock=world.clock) if fresh else engine
    )

    engine.tick()

    assert port.deepest == 1
    assert len(port.calls) == len(set(port.calls)) == 60
    assert engine.failures() == ()


def test_a_port_that_ticks_inside_a_start_delivers_nothing_twice() -> None:
    """The start's own requests are in hand already."""
    world = opened(Stage("Work", [CreateTask(PREPARE), CreateTask(REVIEW)]), DONE)
    port = Ticking()
    engine = Engine(ports=Ports(tasks=port), store=world.store, clock=world.clock, ids=world.ids)
    port.engine = engine

    job = engine.start("tax", world.account())

    assert (len(port.calls), port.deepest) == (2, 1)
    assert [item.ref is not None for item in engine.job(job).items] == [True, True]


def test_a_reminder_that_falls_due_inside_a_port_goes_out_once() -> None:
    """The timer is worked out at once, its e-mail waits for the outermost call."""
    world, job = begun(Stage("Work", [CreateInvoice(FEE, reminders=DAILY)]), DONE)
    world.clock.advance(days=1)

    def ticks(request: Request) -> bool:
        world.engine.tick()
        return False

    world.email.fail_when(ticks, OSError("never"))

    world.engine.tick()

    assert len(world.email.sent) == 1
    assert now(world, job).item("Fee").reminded == 1


# -- wakers --------------------------------------------------------------------------------------


class TickingWaker(Waker):
    """A waker that ticks at once."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.engine: Engine | None = None
        self.heard = 0

    def wake(self, tenant: str, at: Any, /) -> None:
        """Tick."""
        self.heard += 1
        assert self.heard < 100
        if self.engine is not None:
            self.engine.tick()


def test_a_waker_may_tick(caplog: pytest.LogCaptureFixture) -> None:
    """It is called after the decision, so nothing is refused, and nothing is sent twice."""
    waker = TickingWaker()
    world = opened(
        Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE, reminders=DAILY)]),
        DONE,
        waker=waker,
    )
    waker.engine = world.engine
    world.tasks.fail_next(OSError("down"))

    job = world.engine.start("tax", world.account())
    world.advance(days=5)

    assert caplog.records == []
    assert len(world.tasks.created) == len(world.invoices.created) == 1
    assert now(world, job).item("Fee").reminded == 3
    assert len(world.email.sent) == 3
    assert len(events(world, job, RequestDelivered)) == 5


def test_a_waker_that_ticks_another_engine_sends_nothing_twice() -> None:
    """The other engine finds what is in hand, and leaves it."""
    waker = TickingWaker()
    world = opened(Stage("Work", [CreateInvoice(FEE, reminders=DAILY)]), DONE, waker=waker)
    waker.engine = Engine(ports=ports_of(world), store=world.store, clock=world.clock)

    world.engine.start("tax", world.account())
    world.advance(days=5)

    assert len(world.invoices.attempts) == 1
    assert len(world.email.sent) == 3


# -- what a port and a handler may do ------------------------------------------------------------


def test_a_port_that_retries_what_it_has_in_hand_is_refused() -> None:
    """It is being delivered just now."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    refused: list[NotAllowedError] = []

    def again(request: Request) -> bool:
        try:
            world.engine.retry(request.key)
        except NotAllowedError as error:
            refused.append(error)
        return False

    world.tasks.fail_when(again, OSError("never"))
    world.engine.start("tax", world.account())

    assert len(refused) == 1
    assert len(world.tasks.created) == 1
