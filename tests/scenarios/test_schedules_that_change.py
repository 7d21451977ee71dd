"""Schedules that are edited or pause: nothing is made of the past, and nothing owed is lost."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve

from pipeflow import Daily, Monthly, Pipeline, Schedule, Stage, Weekly, Yearly
from pipeflow.model.periods import Every
from pipeflow.testing import World

PAY = Pipeline("Pay", stages=[Stage("Run")])
MONTHLY = Monthly(15)


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of January 2027."""
    return datetime(2027, 1, day, hour, minute, tzinfo=UTC)


def firm(start: date, every: Every = MONTHLY, **others: Any) -> tuple[World, Schedule]:
    """A firm whose schedule makes jobs of one account, on 1 January at nine."""
    world = World(at(1))
    world.engine.save(PAY)
    account = world.account()
    plan = Schedule("Pay", pipeline=PAY, accounts=account, every=every, start=start, **others)
    return world, world.engine.save(plan)


def dues(world: World) -> list[str]:
    """When the jobs are due."""
    return [str(job.due) for job in world.engine.jobs()]


# -- another start ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "start", "to"),
    [
        (Daily(10), date(2027, 1, 20), date(2027, 1, 21)),
        (Weekly("fri", every=2), date(2027, 1, 8), date(2027, 1, 15)),
        (Weekly(), date(2027, 1, 8), date(2027, 1, 10)),
        (Monthly("last", every=2), date(2027, 1, 1), date(2027, 2, 1)),
        (Yearly(2, 20, every=2), date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_another_start_makes_nothing_of_the_past(every: Every, start: date, to: date) -> None:
    """The rhythm counts from the start, so that another one is another rhythm, and begins now."""
    world, plan = firm(start, every, ahead=1)
    world.advance(days=60)
    before = dues(world)

    world.engine.save(evolve(plan, start=to))
    world.engine.tick()

    assert before
    assert dues(world) == before


def test_the_other_fridays_are_made_from_now_on() -> None:
    """Every second Friday, counted from one that was the wrong one."""
    world, plan = firm(date(2027, 1, 8), Weekly("fri", every=2))
    world.advance(days=32)

    world.engine.save(evolve(plan, start=date(2027, 1, 15)))
    world.advance(days=30)

    assert dues(world) == ["2027-01-08", "2027-01-22", "2027-02-12", "2027-02-26"]


def test_a_start_that_was_put_off_and_is_taken_back_makes_nothing_of_the_past() -> None:
    """February was left out by then, whatever the rhythm counts from."""
    world, plan = firm(date(2027, 1, 1))
    world.advance(days=20)
    plan = world.engine.save(evolve(plan, start=date(2027, 3, 1)))
    world.advance(days=30)

    world.engine.save(evolve(plan, start=date(2027, 1, 1)))
    world.advance(days=30)

    assert dues(world) == ["2027-01-15", "2027-03-15"]


def test_a_start_that_changes_leaves_what_is_still_to_be_made() -> None:
    """Nobody had ticked yet on the 15th."""
    world, plan = firm(date(2027, 1, 1))
    world.advance(days=20)
    world.clock.set(datetime(2027, 2, 15, 8, tzinfo=UTC))

    world.engine.save(evolve(plan, start=date(2027, 1, 2)))
    world.engine.tick()

    assert dues(world) == ["2027-01-15", "2027-02-15"]
