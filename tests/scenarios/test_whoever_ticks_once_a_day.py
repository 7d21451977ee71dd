"""Nobody who ticks once a day misses a recurring job, by any catch-up rule (R-38)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

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
)
from pipeflow.testing import ManualCalendar, World

PAY = Pipeline("Pay", stages=[Stage("Run")])
RULES = pytest.mark.parametrize("rule", [CatchUp.LATEST, CatchUp.NONE])
EVERY = pytest.mark.parametrize("every", [Monthly(10), Daily(), Weekly("mon-fri")])


class Failing(ManualCalendar):
    """A calendar that does not answer on some days."""

    fails = False

    def days_off(self, first: date, last: date, /) -> Any:
        """Answer that no day is off, or fail."""
        if self.fails:
            raise OSError("no network")
        return ()


def at(day: int, hour: int = 12) -> datetime:
    """An instant of March 2027 or soon after."""
    return datetime(2027, 3, 1, hour, tzinfo=UTC) + timedelta(days=day - 1)


def firm(**given: Any) -> tuple[World, Failing]:
    """A firm that ticks at noon, with a schedule of one client that begins on 2 March."""
    calendar = Failing()
    world = World(at(1), calendar=calendar)
    world.engine.save(PAY)
    plan = {"every": Daily(), "start": date(2027, 3, 2), "shift": Shift.AFTER, **given}
    world.engine.save(Schedule("Pay", pipeline=PAY, accounts=world.account(), **plan))
    return world, calendar


def edit(world: World, **said: Any) -> None:
    """Save the schedule as it is by now, with something else."""
    world.engine.save(evolve(world.engine.schedule("pay"), **said))


def die(world: World) -> None:
    """Let a worker take up what is due, and never come back."""
    lease = world.engine.settings().lease
    world.store.claim("a worker that dies", lease, 100, due=world.clock.now(), tenant="default")


def dues(world: World) -> list[str]:
    """When the jobs are due, in order."""
    return sorted(str(job.due) for job in world.engine.jobs())


def live(
    world: World,
    calendar: Failing,
    days: range,
    down: Collection[int] = (),
    dead: Collection[int] = (),
) -> None:
    """Tick each day at noon; on some the calendar is down, on others the worker dies."""
    for day in days:
        world.clock.set(at(day))
        calendar.fails = day in down
        if day in dead:
            die(world)
        else:
            world.engine.tick()
        calendar.fails = False


@RULES
@EVERY
@pytest.mark.parametrize(
    ("down", "dead"),
    [((), ()), ((10,), ()), ((10, 11, 12, 13), ()), ((), (10,)), ((9, 13), (11,))],
    ids=["calm", "calendar", "calendar for days", "worker", "both"],
)
def test_a_tick_that_came_to_nothing_loses_no_job(
    rule: CatchUp, every: Any, down: tuple[int, ...], dead: tuple[int, ...]
) -> None:
    """The calendar fails, or the worker dies."""
    calm, calendar = firm(every=every)
    live(calm, calendar, range(2, 22))
    world, calendar = firm(every=every, catch_up=rule)

    live(world, calendar, range(2, 22), down, dead)

    assert dues(world) == dues(calm)
    assert not world.engine.feed(kinds=PeriodsSkipped)


@RULES
@pytest.mark.parametrize("dies", [True, False])
@pytest.mark.parametrize("pauses", [True, False])
def test_an_edit_behind_a_tick_that_came_to_nothing_loses_no_job(
    rule: CatchUp, dies: bool, pauses: bool
) -> None:
    """In the morning before the next tick somebody gives it another name, or lets it pause."""
    world, calendar = firm(every=Monthly(10), catch_up=rule)
    live(world, calendar, range(2, 11), [] if dies else [10], [10] if dies else [])
    world.clock.set(at(11, 9))

    edit(world, name="Wages", active=not pauses)
    live(world, calendar, range(11, 15))
    edit(world, active=True)
    live(world, calendar, range(15, 17))

    assert dues(world) == ["2027-03-10"]
    assert not world.engine.feed(kinds=PeriodsSkipped)


@RULES
@pytest.mark.parametrize("ticked", [True, False])
def test_what_was_not_late_at_a_pause_is_not_late_when_the_schedule_goes_on(
    rule: CatchUp, ticked: bool
) -> None:
    """It was due at midnight, paused at nine, and goes on days later, in the afternoon."""
    world, calendar = firm(every=Monthly(10), catch_up=rule)
    live(world, calendar, range(2, 10))
    world.clock.set(at(10, 9))
    if ticked:
        world.engine.tick()
    edit(world, active=False)
    live(world, calendar, range(10, 15))
    world.clock.set(at(14, 13))
    edit(world, active=True)

    live(world, calendar, range(15, 17))

    assert dues(world) == ["2027-03-10"]
    assert not world.engine.feed(kinds=PeriodsSkipped)


@pytest.mark.parametrize(
    ("rule", "skipped", "made"),
    [(CatchUp.LATEST, "2027-03-05", ["2027-03-12"]), (CatchUp.NONE, "2027-03-12", [])],
)
@pytest.mark.parametrize("said", [{"active": False}, {"every": Weekly("mon")}])
def test_what_was_late_at_an_edit_or_a_pause_is_told_and_not_made(
    rule: CatchUp, skipped: str, made: list[str], said: dict[str, Any]
) -> None:
    """Nobody ticked on two Fridays before it."""
    world, _ = firm(every=Weekly("fri"), catch_up=rule)
    world.clock.set(at(14, 9))
    edit(world, **said)
    edit(world, active=True)
    (told,) = world.engine.feed(kinds=PeriodsSkipped)

    world.engine.tick()

    assert skipped in str(told)
    assert told.actor == "system"
    assert dues(world) == made
    assert len(world.engine.feed(kinds=PeriodsSkipped)) == 1


@RULES
def test_what_was_owed_at_a_pause_can_come_too_late_after_it(rule: CatchUp) -> None:
    """Nobody ticked for a week since the schedule went on."""
    world, calendar = firm(every=Monthly(10), catch_up=rule)
    live(world, calendar, range(2, 10))
    world.clock.set(at(10, 9))
    edit(world, active=False)
    world.clock.set(at(11))
    edit(world, active=True)
    world.clock.set(at(18))

    world.engine.tick()

    assert dues(world) == (["2027-03-10"] if rule is CatchUp.LATEST else [])


EDITS: list[dict[str, Any]] = [
    {"every": Monthly(15)},
    {"every": Weekly("sun")},
    {"every": Daily(3)},
    {"shift": Shift.BEFORE},
    {"shift": Shift.NONE},
    {"ahead": 4},
    {"ahead": 30},
    {"ahead": 0},
    {"name": "Wages"},
    {"active": False},
    {"active": True},
]
STEPS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 23), st.sampled_from(EDITS)), max_size=6
)


def lived(
    rule: CatchUp,
    steps: Sequence[tuple[int, int, dict[str, Any]]],
    down: Collection[int],
    *,
    ticked: bool,
) -> tuple[list[str], int]:
    """What is made where somebody ticks at noon, and at each edit too, and what is skipped."""
    world, calendar = firm(catch_up=rule)
    day = 2
    for days, hour, said in steps:
        live(world, calendar, range(day, day + days), down)
        day += days
        world.clock.set(max(at(day, hour), world.clock.now()))
        if hour > 12:
            live(world, calendar, range(day, day + 1), down)
            world.clock.set(at(day, hour))
            day += 1
        if ticked:
            world.engine.tick()
        edit(world, **said)
    live(world, calendar, range(day, day + 2), down)
    edit(world, active=True)
    live(world, calendar, range(day + 2, day + 4))
    return dues(world), len(world.engine.feed(kinds=PeriodsSkipped))


@given(STEPS, st.frozensets(st.integers(2, 40), max_size=8))
def test_whatever_is_edited_each_rule_makes_the_same_for_whoever_ticks_once_a_day(
    steps: list[tuple[int, int, dict[str, Any]]], down: frozenset[int]
) -> None:
    """Whether or not somebody ticked just before the edits, and whenever the calendar fails."""
    expected = lived(CatchUp.ALL, steps, (), ticked=True)

    assert expected[1] == 0
    for rule in CatchUp:
        for ticked in (True, False):
            assert lived(rule, steps, down, ticked=ticked) == expected
