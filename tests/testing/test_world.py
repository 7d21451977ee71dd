"""The world: a firm in memory that tests and notebooks can foresee to the last id."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from pipeflow import (
    CreateOrganizer,
    DefinitionError,
    EmailKind,
    NotFoundError,
    OrganizerTemplate,
    Pipeline,
    Receipt,
    Reminders,
    Stage,
)
from pipeflow.testing import CountingIds, ManualCalendar, ManualClock, World
from tests.adapters.tracing import FAKES, interrupted

ORGANIZER = OrganizerTemplate("1040 organizer")
TAX = Pipeline(
    "Tax",
    stages=[
        Stage("Intake", automations=[CreateOrganizer(ORGANIZER, reminders=Reminders(3, 2))]),
        Stage("Done"),
    ],
)


def test_the_plugin_gives_a_world_and_its_clock(
    pipeflow_world: World, pipeflow_clock: ManualClock
) -> None:
    """Both fixtures speak of the same firm."""
    assert pipeflow_world.clock is pipeflow_clock


def test_loading_the_plugin_imports_nothing_of_pipeflow() -> None:
    """Else coverage would begin too late in every project that uses it."""
    code = "import sys, _pipeflow_pytest; print([m for m in sys.modules if m == 'pipeflow'])"

    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert printed.stdout.strip() == "[]"


def test_time_passes_through_every_due_instant() -> None:
    """A reminder goes out at its own time, not at the end of the leap."""
    world = World()
    world.engine.save(TAX, ORGANIZER)
    job = world.job_at(TAX, "Intake")

    ticks = world.advance(days=10)

    assert [tick.at.day for tick in ticks] == [8, 11]
    assert [email.kind for email in world.email.sent] == [EmailKind.REMINDER] * 2
    assert world.clock.now() == datetime(2026, 1, 15, 9, tzinfo=UTC)
    assert world.engine.job(job).item("1040 organizer").reminded == 2


def test_time_passes_too_where_the_host_delivers_by_itself() -> None:
    """Requests that nobody fetched yet do not stop the clock; reminders on the way leave by it."""
    world = World(deliver=False)
    world.engine.save(TAX, ORGANIZER)
    job = world.job_at(TAX, "Intake")
    world.engine.delivered(world.engine.pending()[0].key, Receipt("o-1"))

    world.email.fail_next(OSError("down"))
    world.advance(days=3)
    (left,) = world.engine.pending()
    world.clock.advance(minutes=2)
    world.advance(days=9)

    assert left.port == "email"
    assert world.engine.pending() == ()
    assert len(world.email.sent) == 2
    assert world.engine.job(job).item("1040 organizer").reminded == 2


def test_a_clock_takes_no_naive_instant() -> None:
    """Whose nine o'clock would it be?"""
    with pytest.raises(DefinitionError, match="must be an aware datetime"):
        ManualClock(datetime(2026, 1, 5, 9))


def test_a_clock_moves_on_when_told_to() -> None:
    """By days, hours and minutes; nothing that is due is done by that."""
    clock = ManualClock()
    before = clock.now()

    clock.advance(days=1, hours=2, minutes=3)

    assert clock.now() - before == timedelta(days=1, hours=2, minutes=3)


def test_ids_count_by_kind() -> None:
    """So that a test can write them down."""
    ids = CountingIds()

    assert [ids.new("job"), ids.new("account"), ids.new("job")] == ["job-1", "account-1", "job-2"]


def test_the_cast_finds_items_by_name_and_says_what_there_is() -> None:
    """A typo in a test is told like any other."""
    world = World()
    world.engine.save(TAX, ORGANIZER)
    job = world.job_at(TAX, "Intake")

    with pytest.raises(NotFoundError, match="Did you mean '1040 organizer'"):
        world.client.submits(job, "1040 organiser")


def test_a_fake_fails_when_told_to_and_recovers() -> None:
    """Next time, or whenever a request is of a kind."""
    world = World()
    world.engine.save(TAX, ORGANIZER)
    world.organizers.fail_when(lambda request: request.name == "1040 organizer", OSError("down"))

    world.job_at(TAX, "Intake")
    assert len(world.engine.failures()) == 1
    world.organizers.recover()
    world.advance(hours=1)

    assert not world.engine.failures()
    assert len(world.organizers.created) == 1
    assert world.organizers.attempts == [world.organizers.created[0].key] * 2


def test_a_fake_that_is_interrupted_keeps_each_key_once() -> None:
    """At whatever line: what was kept is answered as before, and nothing stands there twice."""
    line = 0
    more = True
    while more:
        line += 1
        world = World()
        world.engine.save(TAX, ORGANIZER)
        account = world.account()
        more = interrupted(partial(world.engine.start, TAX, account, command_id="c"), line, FAKES)

        job = world.engine.start(TAX, account, command_id="c")
        world.advance(hours=1)

        assert [made.key for made in world.organizers.created] == [job.items[0].request], line
        ref = world.engine.job(job).items[0].ref
        assert ref is not None
        assert ref.id == "organizer-1"
    assert line > 5


def test_a_calendar_has_the_days_that_it_is_given() -> None:
    """Both ends of a span included; more may be added."""
    days = [date(2026, 1, 14), date(2026, 1, 12), date(2026, 1, 13), date(2026, 2, 1)]
    calendar = ManualCalendar(days)
    days.clear()

    found = calendar.days_off(date(2026, 1, 12), date(2026, 1, 14))

    assert found == [date(2026, 1, day) for day in (12, 13, 14)]
    calendar.days.add(date(2026, 1, 11))
    assert calendar.days_off(date(2026, 1, 11), date(2026, 1, 11)) == [date(2026, 1, 11)]
