"""No port is asked twice because others are slow, as long as each takes less than half a lease."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread, get_ident
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from pipeflow import CreateInvoice, CreateTask, Daily, Schedule, SendEmail, Stage
from pipeflow.testing import World
from tests.firms import DONE, FEE, PREPARE, WELCOME, opened

ONCE = [SendEmail(WELCOME), CreateTask(PREPARE), CreateInvoice(FEE)]
INTAKE = Stage("Intake", ONCE * 3)

# How many seconds each port takes, and whether it reads the firm before it answers.
calls = st.lists(st.tuples(st.integers(0, 29), st.booleans()), max_size=len(INTAKE.automations))


def beside_a_rival(world: World, times: Sequence[tuple[int, bool]]) -> None:
    """Let ports take their time, and a worker beside this one tick whenever one is done."""
    mine, left = get_ident(), iter(times)

    def slow(request: Any) -> bool:
        if get_ident() == mine:
            seconds, reads = next(left, (0, False))
            if reads:
                world.engine.jobs()
            world.clock.advance(minutes=seconds / 60)
            rival = Thread(target=world.engine.tick)
            rival.start()
            rival.join()
        return False

    for port in (world.email, world.tasks, world.invoices):
        port.fail_when(slow, OSError("busy"))


def asked(world: World) -> list[str]:
    """Return the keys of all calls of ports."""
    ports = (world.email, world.tasks, world.invoices)
    return [key for port in ports for key in port.attempts]


@given(calls)
@example([(25, False), (25, False), (15, False)])
@example([(0, False), (29, True), (29, False), (29, False)])
def test_each_port_is_asked_once_however_many_others_are_slow(
    times: list[tuple[int, bool]],
) -> None:
    """The time that a port takes itself counts as well as that of those behind it."""
    world = opened(INTAKE, DONE)
    beside_a_rival(world, times)

    world.engine.start("tax", world.account())

    assert len({*asked(world)}) == len(asked(world)) == len(INTAKE.automations)
    assert world.engine.failures() == ()


def test_a_tick_that_acts_for_an_instant_goes_by_the_clock_all_the_same() -> None:
    """Its instant stands still, and leases run out."""
    world = opened(INTAKE, DONE)
    day = world.clock.now().date()
    world.engine.save(
        Schedule("Each day", pipeline="tax", accounts=world.account(), every=Daily(), start=day)
    )
    beside_a_rival(world, [(25, False)] * len(INTAKE.automations))

    tick = world.engine.tick(world.clock.now())

    assert len(tick.created) == 1
    assert len({*asked(world)}) == len(asked(world)) == len(INTAKE.automations)
