"""Schedules that are edited or pause: nothing is made of the past, and nothing owed is lost."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    CatchUp,
    Daily,
    Monthly,
    PeriodsSkipped,
    Pipeline,
    Schedule,
    Shift,
    Stage,
    Weekly,
    Yearly,
)
from pipeflow.model.periods import Every
from pipeflow.ports import Calendar
from pipeflow.testing import ManualCalendar, World

PAY = Pipeline("Pay", stages=[Stage("Run")])
MONTHLY = Monthly(15)


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of January 2027."""
    return datetime(2027, 1, day, hour, minute, tzinfo=UTC)


def firm(
    start: date, every: Every = MONTHLY, *, calendar: Calendar | None = None, **others: Any
) -> tuple[World, Schedule]:
    """A firm whose schedule makes jobs of one account, on 1 January at nine."""
    world = World(at(1), calendar=calendar)
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


# -- what fell due before a pause ------------------------------------------------------------------


def pause(world: World, plan: Schedule, when: datetime, **others: Any) -> Schedule:
    """Let a schedule pause, while nobody ticks."""
    world.clock.set(when)
    return world.engine.save(evolve(plan, active=False, **others))


def go_on(world: World, plan: Schedule, when: datetime, **others: Any) -> Schedule:
    """Let it go on, while nobody ticks."""
    world.clock.set(when)
    return world.engine.save(evolve(plan, active=True, **others))


RULES = pytest.mark.parametrize("rule", [*CatchUp])


@RULES
@pytest.mark.parametrize("shift", [*Shift])
def test_what_fell_due_before_a_pause_is_made_when_the_schedule_goes_on(
    rule: CatchUp, shift: Shift
) -> None:
    """It paused for five minutes, between midnight and the tick of the day."""
    world, plan = firm(date(2027, 1, 1), catch_up=rule, shift=shift)
    world.advance(days=10)

    plan = pause(world, plan, at(15, 8))
    go_on(world, plan, at(15, 8, 5))
    world.clock.set(at(15))
    world.engine.tick()

    assert dues(world) == ["2027-01-15"]
    assert not world.engine.feed(kinds=PeriodsSkipped)


def test_nothing_is_made_during_the_pause_nor_of_what_fell_into_it() -> None:
    """The 15th of January came before it, that of February and March in it."""
    world, plan = firm(date(2027, 1, 1))
    plan = pause(world, plan, at(15, 8))
    world.advance(days=70)
    assert dues(world) == []

    go_on(world, plan, world.clock.now())
    world.advance(days=30)

    assert dues(world) == ["2027-01-15", "2027-04-15"]


@pytest.mark.parametrize(
    ("rule", "made", "skipped"), [(CatchUp.LATEST, ["2027-01-15"], 0), (CatchUp.NONE, [], 1)]
)
def test_what_comes_too_late_after_a_pause_is_told(
    rule: CatchUp, made: list[str], skipped: int
) -> None:
    """It was too late already when the pause began: nothing is lost in silence."""
    world, plan = firm(date(2027, 1, 1), catch_up=rule)
    plan = pause(world, plan, at(16, 8))
    go_on(world, plan, datetime(2027, 2, 20, tzinfo=UTC))
    world.engine.tick()

    assert dues(world) == made
    assert len(world.engine.feed(kinds=PeriodsSkipped)) == skipped
    world.advance(days=30)
    assert dues(world) == [*made, "2027-03-15"]


def test_two_pauses_without_a_tick_leave_what_fell_due_before_each() -> None:
    """What fell into them is not made."""
    world, plan = firm(date(2027, 1, 1))
    plan = pause(world, plan, at(15, 8))
    plan = go_on(world, plan, datetime(2027, 2, 20, tzinfo=UTC))
    plan = pause(world, plan, datetime(2027, 3, 16, tzinfo=UTC))
    plan = world.engine.save(evolve(plan, name="Wages"))
    go_on(world, plan, datetime(2027, 4, 20, tzinfo=UTC))
    world.advance(days=30)

    assert dues(world) == ["2027-01-15", "2027-03-15", "2027-05-15"]


STEPS = ("pausing", "paused", "going on")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("other", [{"every": Monthly(10)}, {"start": date(2026, 1, 1)}])
def test_a_rhythm_that_begins_with_a_pause_makes_what_was_owed_and_nothing_of_the_past(
    step: str, other: dict[str, Any]
) -> None:
    """Whenever it was changed, it begins when the schedule goes on; the 15th is of the old one."""
    given: list[dict[str, Any]] = [other if step == one else {} for one in STEPS]
    world, plan = firm(date(2026, 12, 1))
    world.engine.tick()

    plan = pause(world, plan, at(15, 8), **given[0])
    plan = world.engine.save(evolve(plan, **given[1]))
    go_on(world, plan, at(16), **given[2])
    world.engine.tick()

    assert dues(world) == ["2026-12-15", "2027-01-15"]


def test_an_end_that_had_come_before_a_pause_is_not_made_up_for() -> None:
    """It goes on without one, and nothing is made of the weeks between."""
    world, plan = firm(date(2027, 1, 1), end=date(2027, 1, 31))
    world.advance(days=20)
    plan = pause(world, plan, datetime(2027, 2, 20, tzinfo=UTC))
    go_on(world, plan, datetime(2027, 2, 21, tzinfo=UTC), end=None)
    world.advance(days=30)

    assert dues(world) == ["2027-01-15", "2027-03-15"]


def test_a_schedule_pauses_also_while_the_calendar_fails() -> None:
    """And what was due before it is worked out when it goes on."""
    calendar = ManualCalendar()
    world, plan = firm(date(2027, 1, 1), shift=Shift.AFTER, calendar=calendar)
    calendar.days_off = None  # type: ignore[assignment]
    plan = pause(world, plan, at(15, 8))
    del calendar.days_off

    go_on(world, plan, at(15, 8, 5))
    world.engine.tick()

    assert dues(world) == ["2027-01-15"]
