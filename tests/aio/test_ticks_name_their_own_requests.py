"""A tick names as delivered or failed what it tried itself, and nothing of another worker's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from pipeflow import CreateTask, Stage, Tick
from pipeflow.testing import World
from tests.aio.offices import TASK, Office
from tests.firms import DONE, PREPARE, opened

pytestmark = pytest.mark.anyio

WORK = Stage("Work", [CreateTask(PREPARE)])
LEASE = timedelta(minutes=1)


def holds(world: World) -> None:
    """Let another worker take up what is due, and be at it still."""
    world.store.claim("rival", LEASE, 9, due=world.clock.now(), tenant="default")


def does(world: World) -> None:
    """Let another worker do what is due, in a thread of its own."""
    rival = Thread(target=world.engine.tick)
    rival.start()
    rival.join()


RIVALS: list[tuple[Callable[[World], None], tuple[str, ...]]] = [(holds, (TASK,)), (does, ())]


def outside(tick: Tick) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a tick says that it tried."""
    return tick.delivered, tick.failed


@pytest.mark.parametrize(("rival", "postponed"), RIVALS)
@pytest.mark.parametrize("fails", [False, True])
def test_what_a_slow_port_lost_to_another_worker_is_not_of_this_tick(
    rival: Callable[[World], None], postponed: tuple[str, ...], fails: bool
) -> None:
    """Whether its own port answered too late or failed too late, the other one tells of it."""
    world = opened(WORK, DONE)
    world.tasks.fail_next(OSError("down"))
    world.engine.start("tax", world.account())
    world.clock.advance(hours=1)
    calls = list[Any]()

    def slow(request: Any) -> bool:
        calls.append(request)
        if len(calls) > 1:
            return False
        world.clock.advance(minutes=2)
        rival(world)
        return fails

    world.tasks.fail_when(slow, OSError("late"))
    tick = world.engine.tick()

    assert outside(tick) == ((), ())
    assert tick.postponed == postponed


@pytest.mark.parametrize(("rival", "postponed"), RIVALS)
async def test_the_async_engine_says_the_same(
    office: Office, rival: Callable[[World], None], postponed: tuple[str, ...]
) -> None:
    """There another worker has all the more time to come in between."""
    client = await office.open(WORK, DONE)
    office.world.tasks.fail_next(OSError("down"))
    await office.engine.start("tax", client)
    office.clock.advance(hours=1)

    async def slow(_: Any) -> None:
        office.clock.advance(minutes=2)
        rival(office.world)

    office.line.way = slow
    tick = await office.engine.tick()

    assert outside(tick) == ((), ())
    assert tick.postponed == postponed


def test_what_another_worker_took_before_its_turn_came_is_not_of_this_tick() -> None:
    """The port before it was slow, and its own was not asked at all."""
    world = opened(Stage("Work", [CreateTask(PREPARE), CreateTask(PREPARE)]), DONE)
    world.tasks.fail_next(OSError("down"), times=2)
    world.engine.start("tax", world.account())
    world.clock.advance(hours=1)
    several = {one.key for one in world.engine.failures()}
    calls = list[Any]()

    def slow(request: Any) -> bool:
        calls.append(request)
        world.clock.advance(minutes=2)
        holds(world)
        return False

    world.tasks.fail_when(slow, OSError("late"))
    tick = world.engine.tick()

    assert len(calls) == 1
    assert outside(tick) == ((), ())
    assert {*tick.postponed} == several
