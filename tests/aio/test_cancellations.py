"""A task that is cancelled loses nothing: what was done is kept, the rest comes again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from anyio import CancelScope, create_task_group, get_cancelled_exc_class, move_on_after, to_thread

from pipeflow import CreateInvoice, CreateTask, JobStarted, Ref, RequestDelivered, SendEmail, Stage
from pipeflow.ports import Changes
from tests.aio.offices import EMAIL, INVOICE, TASK, Board, Gate, Lasting, Mail, Office, Slow
from tests.firms import DONE, FEE, PREPARE, WELCOME, events

pytestmark = pytest.mark.anyio

INTAKE = Stage(
    "Intake", [SendEmail(WELCOME), CreateTask(PREPARE), CreateInvoice(FEE)], automove=True
)
on_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])


async def cancelled(call: Callable[[], Awaitable[object]], gate: Gate) -> None:
    """Cancel a call as soon as it has come to a gate; it ends as what is cancelled ends."""
    seen: list[bool] = []

    async def calling() -> None:
        try:
            await call()
        except get_cancelled_exc_class():
            seen.append(True)
            raise

    async with create_task_group() as tasks:
        tasks.start_soon(calling)
        await gate.reached.wait()
        tasks.cancel_scope.cancel()

    assert seen == [True]


async def test_what_was_done_is_kept_and_the_rest_comes_again_under_its_keys(
    office: Office,
) -> None:
    """The request in hand, and those behind it, when their lease has ended; and not before."""
    client = await office.open(INTAKE, DONE)
    gate = office.line.way = Gate(TASK)

    await cancelled(partial(office.engine.start, "tax", client), gate)
    kept = [event.key for event in events(office.world, office.now("job-1"), RequestDelivered)]
    office.line.way = None
    early = await office.engine.tick()
    office.clock.advance(minutes=1)
    tick = await office.engine.tick()

    assert kept == [EMAIL]
    assert not early
    assert tick.delivered == (TASK, INVOICE)
    assert office.world.email.attempts == [EMAIL]
    assert office.world.tasks.attempts == [TASK]
    assert [item.ref for item in office.now("job-1").items] == [
        Ref("tasks", "task-1"), Ref("invoices", "invoice-1"),
    ]  # fmt: skip


async def test_receipts_that_waited_for_the_end_of_the_pass_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also on a store that lasts, of ports that honour keys."""
    for port in (Mail, Board):
        monkeypatch.setattr(port, "honours_keys", True)
    office = Office(Lasting())
    client = await office.open(INTAKE, DONE)
    gate = office.line.way = Gate(INVOICE)

    await cancelled(partial(office.engine.start, "tax", client), gate)

    delivered = events(office.world, office.now("job-1"), RequestDelivered)
    assert [event.key for event in delivered] == [EMAIL, TASK]


async def test_an_answer_that_came_with_the_cancellation_is_kept(office: Office) -> None:
    """A port that has ended its work has done it."""
    client = await office.open(INTAKE, DONE)

    with CancelScope() as scope:

        async def way(request: Any) -> None:
            scope.cancel()

        office.line.way = way
        await office.engine.start("tax", client)

    delivered = events(office.world, office.now("job-1"), RequestDelivered)
    assert scope.cancelled_caught
    assert [event.key for event in delivered] == [EMAIL]
    assert office.world.tasks.attempts == []


async def test_a_port_that_gives_up_in_time_has_failed_and_is_not_cancelled(
    office: Office,
) -> None:
    """A deadline of its own is its own affair; the other requests leave."""
    client = await office.open(INTAKE, DONE)

    async def way(request: Any) -> None:
        if request.key == TASK:
            with move_on_after(0) as scope:
                await Gate()(request)
            assert scope.cancelled_caught
            raise TimeoutError

    office.line.way = way

    await office.engine.start("tax", client)

    (failure,) = office.world.engine.failures()
    assert (failure.key, failure.error) == (TASK, "TimeoutError")
    assert len(office.world.invoices.created) == 1


async def test_a_call_that_is_cancelled_before_it_began_did_nothing(office: Office) -> None:
    """Nothing is decided any more."""
    client = await office.open(INTAKE, DONE)

    with CancelScope() as scope:
        scope.cancel()
        await office.engine.start("tax", client)

    assert scope.cancelled_caught
    assert office.world.engine.jobs() == []


async def test_a_listener_that_is_cancelled_ends_the_call_and_nothing_else(
    office: Office,
) -> None:
    """What was delivered before it stays delivered, and the engine goes on."""
    client = await office.open(INTAKE, DONE)
    gate = Gate()
    end = office.engine.on(JobStarted, gate)

    await cancelled(partial(office.engine.start, "tax", client), gate)
    end()
    job = await office.engine.start("tax", client)

    assert len(office.world.invoices.created) == 2
    assert job.id == "job-2"


async def test_a_tick_that_is_cancelled_leaves_no_instant_behind(office: Office) -> None:
    """The next call goes by the clock again."""
    client = await office.open(INTAKE, DONE)
    office.world.tasks.fail_next(OSError("busy"))
    await office.engine.start("tax", client)
    (failure,) = await office.engine.failures()
    gate = office.line.way = Gate()

    await cancelled(partial(office.engine.tick, failure.retry_at), gate)
    office.line.way = None
    job = await office.engine.start("tax", client)

    assert job.created == office.clock.now()


# -- asyncio's own cancellation, which waits for nothing ------------------------------------------


@on_asyncio
async def test_a_task_that_asyncio_cancels_ends_as_one_that_a_scope_cancels(
    office: Office,
) -> None:
    """`task.cancel()` knows no scope."""
    client = await office.open(INTAKE, DONE)
    gate = office.line.way = Gate(TASK)

    task = asyncio.create_task(office.engine.start("tax", client))
    await gate.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    delivered = events(office.world, office.now("job-1"), RequestDelivered)
    assert [event.key for event in delivered] == [EMAIL]
    office.clock.advance(minutes=1)
    office.line.way = None
    assert (await office.engine.tick()).delivered == (TASK, INVOICE)


@on_asyncio
async def test_a_commit_that_goes_on_in_its_thread_is_whole() -> None:
    """Whoever asked learns nothing of it; its requests wait for their lease."""
    store = Slow()
    office = Office(store)
    client = await office.open(INTAKE, DONE)
    store.holds = lambda changes: bool(changes.dues)

    task = asyncio.create_task(office.engine.start("tax", client))
    await to_thread.run_sync(store.arrived.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    store.goes_on.set()
    await to_thread.run_sync(store.left.wait)

    assert office.world.email.attempts == []
    office.clock.advance(minutes=1)
    assert (await office.engine.tick()).delivered == (EMAIL, TASK, INVOICE)


@on_asyncio
async def test_a_receipt_that_is_being_kept_is_kept_once() -> None:
    """What is left to do waits until the thread has let go."""
    store = Slow()
    office = Office(store)
    client = await office.open(INTAKE, DONE)

    def receipts(changes: Changes) -> bool:
        return bool(changes.settles)

    store.holds = receipts
    task = asyncio.create_task(office.engine.start("tax", client))
    await to_thread.run_sync(store.arrived.wait)
    task.cancel()
    await asyncio.wait([task], timeout=0)
    store.holds = lambda _: False
    store.goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    delivered = events(office.world, office.now("job-1"), RequestDelivered)
    assert [event.key for event in delivered] == [EMAIL]
    assert office.world.email.attempts == [EMAIL]


@on_asyncio
async def test_a_task_that_is_cancelled_again_and_again_keeps_what_was_answered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadline that passes, and then the server that shuts down."""
    monkeypatch.setattr(Mail, "honours_keys", True)
    office = Office(type(office.store)())
    client = await office.open(INTAKE, DONE)
    gate = office.line.way = Gate(TASK)

    task = asyncio.create_task(office.engine.start("tax", client))
    await gate.reached.wait()
    for _ in range(5):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    office.line.way = None
    office.clock.advance(minutes=1)
    tick = await office.engine.tick()

    assert tick.delivered == (TASK, INVOICE)
    assert office.world.email.attempts == [EMAIL]


@on_asyncio
async def test_a_receipt_that_is_being_kept_is_kept_though_nobody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its thread ends it by itself."""
    monkeypatch.setattr(Mail, "honours_keys", True)
    store = Slow()
    office = Office(store)
    client = await office.open(INTAKE, DONE)
    gate = office.line.way = Gate(TASK)
    store.holds = lambda changes: bool(changes.settles)

    task = asyncio.create_task(office.engine.start("tax", client))
    await gate.reached.wait()
    task.cancel()
    await to_thread.run_sync(store.arrived.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    store.goes_on.set()
    await to_thread.run_sync(store.left.wait)

    delivered = events(office.world, office.now("job-1"), RequestDelivered)
    assert [event.key for event in delivered] == [EMAIL]


@on_asyncio
async def test_what_was_answered_is_kept_whatever_ends_the_call(office: Office) -> None:
    """Also where a port ends it in a task that is being cancelled."""
    client = await office.open(INTAKE, DONE)

    class Stop(BaseException):
        """Something that no port should raise."""

    async def way(request: Any) -> None:
        if request.key == TASK:
            task.cancel()
            raise Stop

    office.line.way = way
    task = asyncio.create_task(office.engine.start("tax", client))
    with pytest.raises((Stop, asyncio.CancelledError)):
        await task

    delivered = events(office.world, office.now("job-1"), RequestDelivered)
    assert [event.key for event in delivered] == [EMAIL]
