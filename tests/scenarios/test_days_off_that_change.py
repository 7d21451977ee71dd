"""Days off that are taken back, or not known for a while: no job is late for it, or lost (R-39)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeflow import CatchUp, PeriodsSkipped, Pipeline, Schedule, Shift, Stage, Weekly
from pipeflow.testing import ManualCalendar, World

PAY = Pipeline("Pay", stages=[Stage("Run")])
RULES = pytest.mark.parametrize("rule", [*CatchUp])


class Shaky(ManualCalendar):
    """A calendar that may be out of order."""

    broken = False

    def days_off(self, first: date, last: date, /) -> list[date]:
        """Return them, if it can."""
        if self.broken:
            raise OSError
        return super().days_off(first, last)


def january(day: int, hour: int = 9) -> datetime:
    """An hour of January 2027; the 4th is a Monday."""
    return datetime(2027, 1, day, hour, tzinfo=UTC)


def firm(
    off: Iterable[int], rule: CatchUp, *, shift: Shift = Shift.AFTER, ahead: int = 0
) -> tuple[World, Shaky]:
    """A firm with a job for each working day, of which some are off, they think."""
    calendar = Shaky([date(2027, 1, day) for day in off])
    world = World(january(4), calendar=calendar)
    world.engine.save(PAY)
    plan = Schedule(
        "Pay",
        pipeline=PAY,
        accounts=world.account(),
        every=Weekly("mon-fri"),
        start=date(2027, 1, 5),
        shift=shift,
        ahead=ahead,
        catch_up=rule,
    )
    world.engine.save(plan)
    return world, calendar


def tick_each(world: World, hours: int, until: datetime) -> None:
    """Let a worker tick now and then."""
    while world.clock.now() < until:
        world.clock.advance(hours=hours)
        world.engine.tick()


def made(world: World) -> dict[int, int]:
    """On which day of the month the job of each was made, by its unshifted date."""
    return {int(job.id[-2:]): job.created.day for job in world.engine.jobs()}


@RULES
@pytest.mark.parametrize("hours", [1, 24])
@pytest.mark.parametrize("off", [[8], [7, 8], [6, 7, 8, 11, 12]])
def test_what_falls_on_a_day_off_that_is_taken_back_is_made_on_that_day(
    rule: CatchUp, hours: int, off: list[int]
) -> None:
    """It is a working day after all, and so they are told the day before."""
    world, calendar = firm(off, rule)
    tick_each(world, hours, january(off[0] - 1))

    calendar.days.clear()
    tick_each(world, hours, january(15))

    assert made(world) == {day: day for day in (5, 6, 7, 8, 11, 12, 13, 14, 15)}
    assert not world.engine.feed(kinds=PeriodsSkipped)


@RULES
def test_a_day_off_of_several_that_is_taken_back_gets_the_jobs_of_those_before_it(
    rule: CatchUp,
) -> None:
    """The 7th stays off, and its job goes to the 8th, which does not."""
    world, calendar = firm([7, 8, 11], rule)
    tick_each(world, 1, january(7))

    calendar.days.remove(date(2027, 1, 8))
    tick_each(world, 1, january(13))

    assert made(world) == {5: 5, 6: 6, 7: 8, 8: 8, 11: 12, 12: 12, 13: 13}


def test_it_is_made_ahead_of_that_day() -> None:
    """As long before as of any other."""
    world, calendar = firm([11], CatchUp.ALL, ahead=2)
    tick_each(world, 1, january(8))

    calendar.days.clear()
    tick_each(world, 1, january(12))

    assert made(world)[11] == 9


@RULES
def test_a_day_off_that_is_taken_back_too_late_loses_no_job(rule: CatchUp) -> None:
    """On that very day: its jobs are made when they would have been."""
    world, calendar = firm([6, 7, 8], rule)
    tick_each(world, 1, january(8))

    calendar.days.clear()
    tick_each(world, 1, january(12))

    assert made(world) == {5: 5, 6: 11, 7: 11, 8: 11, 11: 11, 12: 12}


@RULES
@pytest.mark.parametrize("shift", [Shift.BEFORE, Shift.AFTER])
@pytest.mark.parametrize("nights", [1, 2, 3])
def test_a_calendar_that_fails_over_midnight_loses_no_job(
    rule: CatchUp, shift: Shift, nights: int
) -> None:
    """The worker ticked each hour, and nobody could say which day it was."""
    world, calendar = firm([], rule, shift=shift)
    tick_each(world, 1, january(5, 23))

    calendar.broken = True
    tick_each(world, 1, january(5 + nights, 1))
    calendar.broken = False
    tick_each(world, 1, january(12))

    assert list(made(world)) == [5, 6, 7, 8, 11, 12]
    assert not world.engine.feed(kinds=PeriodsSkipped)


def test_whoever_does_not_tick_is_caught_up_with_by_the_rule_all_the_same() -> None:
    """Also where a day off was taken back, or the calendar failed, before that."""
    world, calendar = firm([8], CatchUp.LATEST)
    tick_each(world, 1, january(7))
    calendar.days.clear()
    world.clock.set(january(8))
    calendar.broken = True
    world.engine.tick()
    calendar.broken = False
    world.clock.set(january(8) + timedelta(days=6))

    world.engine.tick()

    assert list(made(world)) == [5, 6, 7, 14]
    assert len(world.engine.feed(kinds=PeriodsSkipped)) == 1
