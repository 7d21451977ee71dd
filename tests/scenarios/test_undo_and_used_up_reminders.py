"""What follows used up reminders follows also after a move that is undone (R-26, R-34)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeflow import (
    CreateOrganizer,
    CreateTask,
    Job,
    OrganizerSubmitted,
    Pipeline,
    Reminders,
    SendEmail,
    SetStatus,
    Stage,
    TriggerFired,
)
from pipeflow.ports import Receipt
from pipeflow.testing import World
from tests.firms import BUSINESS, ORGANIZER, PREPARE, WELCOME

DOWN = OSError("no network")
CALL = CreateTask(PREPARE, holds=False)
WRITE = SendEmail(WELCOME)
SECOND = datetime(2026, 1, 7, 9, tzinfo=UTC)  # a day after the reminder, on the second day


def firm(then: Any = CALL, *, deliver: bool = True) -> tuple[World, Job]:
    """Start a job in a firm that does something where a client does not answer for two days."""
    world = World(deliver=deliver)
    rhythm = Reminders(every=1, times=1, then=[then])
    asks = CreateOrganizer(ORGANIZER, repeat="unless_open", reminders=rhythm)
    stages = [Stage("Ask", [asks]), Stage("Work"), Stage("Go", [SetStatus("Active")]), Stage("End")]
    world.engine.save(ORGANIZER, PREPARE, WELCOME, Pipeline("Tax", stages, statuses=["Hold"]))
    return world, world.engine.start("tax", world.account())


def fired(world: World, job: Job) -> list[datetime]:
    """Return when something followed."""
    return [one.at for one in world.engine.history(job).of(TriggerFired)]


@pytest.mark.parametrize("mistake", [False, True])
def test_it_follows_in_its_time_where_a_move_had_cancelled_the_thing(mistake: bool) -> None:
    """The move was undone within the day that is left to the client; as if it had not been made."""
    world, job = firm()
    world.advance(days=1.5)
    if mistake:
        world.organizers.fail_next(DOWN)  # so that nothing is cancelled there before the undo
        world.engine.move(job, "Work", open="cancel")
        world.engine.undo(job)
        assert "fires 2026-01-07 09:00" in str(world.engine.explain(job))

    world.advance(days=5)

    assert fired(world, job) == [SECOND]


def test_it_follows_late_where_its_time_had_come() -> None:
    """While the job was on hold; it follows when the job goes on."""
    world, job = firm()
    world.advance(days=1.5)
    world.engine.set_status(job, "Hold")
    world.advance(days=3)
    world.organizers.fail_next(DOWN)
    world.engine.move(job, "Work", open="cancel")
    world.engine.undo(job)
    assert "it was due 2026-01-07 09:00" in str(world.engine.explain(job))

    world.engine.set_status(job, "Active")

    assert fired(world, job) == [world.clock.now()]


def test_nothing_follows_what_its_port_has_taken_back() -> None:
    """The client has nothing to answer any more."""
    world, job = firm()
    world.advance(days=1.5)
    world.engine.move(job, "Work", open="cancel")
    world.engine.undo(job)

    world.advance(days=5)

    assert fired(world, job) == []


@pytest.mark.parametrize("stage", ["Ask", "Go"])
def test_what_followed_in_the_move_itself_follows_anew(stage: str) -> None:
    """What it made was taken back, and nobody called the client."""
    world, job = firm()
    world.advance(days=1)
    if stage == "Ask":
        world.engine.move(job, "Work")
    else:
        world.engine.set_status(job, "Hold")
    world.advance(days=3)
    world.engine.move(job, stage, open="carry")
    assert len(fired(world, job)) == 1
    world.engine.undo(job)
    world.advance(days=3)
    assert len(fired(world, job)) == 1

    job = world.engine.move(job, stage, open="carry")

    assert len(fired(world, job)) == 2
    assert [item.name for item in job.open_items] == ["Organizer", "Prepare"]


def test_a_mail_that_followed_in_the_move_itself_does_not_leave_again() -> None:
    """It is out, whatever is undone."""
    world, job = firm(WRITE)
    world.advance(days=1)
    world.engine.move(job, "Work")
    world.advance(days=3)
    world.engine.move(job, "Ask")
    world.engine.undo(job)

    world.engine.move(job, "Ask")
    world.advance(days=3)

    assert len([mail for mail in world.email.sent if mail.subject.startswith("Welcome")]) == 1


@pytest.mark.parametrize("answered", [False, True])
def test_what_somebody_had_in_hand_and_never_left_follows_anew(answered: bool) -> None:
    """When the firm's day starts next, unless the client has answered by then."""
    world, job = firm(WRITE, deliver=False)
    engine = world.engine
    delivered(world)
    world.advance(days=1)
    delivered(world)
    engine.move(job, "Work")
    world.advance(days=3)
    engine.move(job, "Ask")
    (mail,) = engine.pending()
    engine.undo(job)
    engine.move(job, "Ask")
    if answered:
        engine.record(job.item("Organizer"), OrganizerSubmitted({BUSINESS: "No"}))
    assert len(fired(world, job)) == 1

    engine.failed(mail.key, DOWN)
    world.advance(days=1)

    assert len(fired(world, job)) == (1 if answered else 2)


def delivered(world: World) -> None:
    """Let all that is asked for be done."""
    for one in world.engine.pending():
        world.engine.delivered(one.key, Receipt(one.key))
