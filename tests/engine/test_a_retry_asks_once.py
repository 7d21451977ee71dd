"""A request that is tried again is asked for once, and before anybody is told of it."""

from __future__ import annotations

from datetime import datetime

import pytest

from pipeflow import CreateTask, Engine, RequestRetried, Stage
from pipeflow.aio import AsyncEngine
from pipeflow.errors import PipeflowError
from pipeflow.ports import Ports, Rejected, Waker
from pipeflow.testing import World
from tests.aio.offices import TASK
from tests.firms import DONE, PREPARE, opened

WORK = Stage("Work", [CreateTask(PREPARE)])
BUSY = OSError("busy")
WRONG = Rejected("there is no such list")


class Colleague(Waker):
    """Has another worker tick at once, once there is one."""

    engine: Engine | None = None

    def wake(self, tenant: str, at: datetime, /) -> None:
        """Tick."""
        if self.engine is not None:
            self.engine.tick()


def failed(waker: Waker | None = None) -> World:
    """Return a firm whose one task was given up."""
    world = opened(WORK, DONE, waker=waker)
    world.tasks.fail_next(WRONG)
    world.engine.start("tax", world.account())
    assert world.engine.failures()[0].given_up
    return world


@pytest.mark.parametrize("error", [BUSY, WRONG])
def test_a_listener_that_ticks_does_not_have_a_port_asked_twice(error: Exception) -> None:
    """What fails again waits for its next try, or is given up again, whoever ticks."""
    world = failed()
    world.engine.on(RequestRetried, lambda _: world.engine.tick())
    world.tasks.fail_next(error, times=2)

    world.engine.retry(TASK)

    (failure,) = world.engine.failures()
    assert world.tasks.attempts == [TASK, TASK]
    assert (failure.attempts, failure.given_up) == (1, error is WRONG)


def test_nothing_else_leaves_with_what_is_tried_again() -> None:
    """What fell due meanwhile is the next tick's."""
    world = opened(WORK, DONE)
    world.tasks.fail_next(BUSY)
    world.engine.start("tax", world.account())
    world.tasks.fail_next(WRONG)
    world.engine.start("tax", world.account("Bob"))
    world.clock.advance(hours=1)
    busy, wrong = (one.key for one in world.engine.failures())

    world.engine.retry(wrong)

    assert world.tasks.attempts == [busy, wrong, wrong]


def test_who_is_told_finds_it_delivered() -> None:
    """Deliver first, then tell: so it is with every other command."""
    world, found = failed(), list[object]()
    world.engine.on(
        RequestRetried, lambda event: found.append(world.engine.job(event.job).items[0].ref)
    )

    job = world.engine.retry(TASK)

    assert job is not None
    assert found == [job.items[0].ref]
    assert found != [None]


@pytest.mark.parametrize("error", [None, BUSY, WRONG])
def test_what_another_worker_was_quicker_to_ask_for_is_left_to_its_time(
    error: Exception | None,
) -> None:
    """Between the commit and the port any worker may come."""
    waker = Colleague()
    world = failed(waker)
    if error is not None:
        world.tasks.fail_next(error, times=2)
    waker.engine = Engine(
        ports=Ports(tasks=world.tasks), store=world.store, clock=world.clock, ids=world.ids
    )

    world.engine.retry(TASK)

    assert world.tasks.attempts == [TASK, TASK]
    assert [one.given_up for one in world.engine.failures()] == (
        [] if error is None else [error is WRONG]
    )


def test_a_store_that_fails_just_then_leaves_it_to_the_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who retried is told of the store, and listeners of the retry."""
    world, told = failed(), list[RequestRetried]()
    world.engine.on(RequestRetried, told.append)

    def gone(*_: object, **__: object) -> None:
        raise PipeflowError("no store")

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "claim", gone)
        with pytest.raises(PipeflowError, match="no store"):
            world.engine.retry(TASK)

    assert len(told) == 1
    assert world.engine.tick().delivered == (TASK,)


@pytest.mark.anyio
@pytest.mark.parametrize("error", [BUSY, WRONG])
async def test_the_async_engine_does_the_same(error: Exception) -> None:
    """There nobody is told before the port was asked, either."""
    world = failed()
    engine = AsyncEngine(
        ports=Ports(tasks=world.tasks), store=world.store, clock=world.clock, ids=world.ids
    )

    async def ticks(_: RequestRetried) -> None:
        await engine.tick()

    engine.on(RequestRetried, ticks)
    world.tasks.fail_next(error, times=2)

    await engine.retry(TASK)

    assert world.tasks.attempts == [TASK, TASK]
