"""The next reminder that `explain` names is not in the past, and leaves just then (R-37)."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeflow import (
    CreateOrganizer,
    Job,
    Pipeline,
    Reminders,
    ReminderSent,
    SendingWindow,
    Settings,
    Stage,
)
from pipeflow.testing import World
from tests.firms import DONE, ORGANIZER

NEXT_SATURDAY = datetime(2026, 1, 10, 12, tzinfo=UTC)


def a_firm(*, window: bool) -> tuple[World, Job]:
    """A job with an organizer of which its client is reminded each day, from a Monday on."""
    world = World(datetime(2026, 1, 5, 9, tzinfo=UTC))
    intake = Stage("Intake", [CreateOrganizer(ORGANIZER, reminders=Reminders(1, times=2))])
    line = Pipeline("Tax", [intake, DONE])
    world.engine.save(Settings(window=SendingWindow() if window else None), ORGANIZER, line)
    return world, world.engine.start("tax", world.account())


def taken_back_on_a_saturday(*, window: bool) -> tuple[World, Job]:
    """The hour of a reminder that a move had stopped went by before the move was taken back."""
    world, job = a_firm(window=window)
    world.engine.move(job, "Done", open="quiet")
    world.clock.set(NEXT_SATURDAY)
    world.engine.tick()
    return world, world.engine.undo(job).job


def first_sent(world: World, job: Job) -> datetime:
    """When the first reminder left."""
    return next(iter(world.engine.history(job).of(ReminderSent))).at


def test_r_37_one_that_an_undo_made_due_at_once_leaves_when_the_window_opens() -> None:
    """Its hour is past, and the window is shut until Monday."""
    world, job = taken_back_on_a_saturday(window=True)
    told = world.engine.explain(job)

    world.advance(days=5)

    assert told.awaited[0].next == first_sent(world, job) == datetime(2026, 1, 12, 8, tzinfo=UTC)
    assert "next reminder 2026-01-12 08:00 UTC" in str(told)


def test_r_26_one_that_an_undo_made_due_at_once_is_said_to_be_due_now() -> None:
    """No window keeps it, and the next tick sends it."""
    world, job = taken_back_on_a_saturday(window=False)
    told = world.engine.explain(job)

    world.engine.tick()

    assert told.awaited[0].next == first_sent(world, job) == NEXT_SATURDAY
    assert "next reminder due now" in str(told)


def test_one_whose_time_has_come_while_nobody_ticked_is_said_to_be_due_now() -> None:
    """An instant in the past is no answer to when it leaves."""
    world, job = a_firm(window=False)
    world.clock.set(NEXT_SATURDAY)

    told = world.engine.explain(job)

    assert told.awaited[0].next == NEXT_SATURDAY
    assert "next reminder due now" in str(told)
