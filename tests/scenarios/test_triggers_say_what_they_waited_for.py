"""History says of a trigger what it waited for, for ids do not: two may have one (R-34, R-35)."""

from __future__ import annotations

from datetime import date

import pytest

from pipeflow import (
    AroundDate,
    CreateOrganizer,
    CreateTask,
    Job,
    Pipeline,
    Reminders,
    SendEmail,
    Stage,
    Status,
    TimeInStage,
    TriggerFired,
    TriggerPassed,
    WhenDone,
)
from pipeflow.testing import World
from tests.firms import DONE, ORGANIZER, PREPARE, TEMPLATES, WELCOME, now

MAIL = [SendEmail(WELCOME)]


def opened(world: World, *stages: Stage, triggers: list[AroundDate], due: date | None) -> Job:
    """Start a job of a pipeline with a status that fires."""
    world.engine.save(*TEMPLATES)
    status = Status("Bank", automations=MAIL)
    tax = Pipeline("Tax", [*stages, DONE], triggers=triggers, statuses=[status])
    world.engine.save(tax)
    return world.engine.start("tax", world.account(), due=due)


def told(world: World, job: Job) -> list[str]:
    """What history says of triggers, without its times."""
    several = world.engine.history(job)
    return [one.sentence() for one in several if isinstance(one, TriggerFired | TriggerPassed)]


def test_r_34_each_says_what_it_waited_for() -> None:
    """By time, by what is done, by reminders that are used up, and by a status."""
    world = World()
    asks = CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=1, then=MAIL))
    stage = Stage(
        "Intake",
        [asks, CreateTask(PREPARE)],
        triggers=[
            TimeInStage(9, MAIL),
            WhenDone("create-task-prepare", MAIL),
            AroundDate("due", -2, MAIL),
        ],
    )
    around = AroundDate("due", -1, MAIL)
    job = opened(world, stage, triggers=[around], due=date(2026, 1, 10))

    job = world.engine.complete(job.item("Prepare"))
    world.advance(days=10)
    world.engine.set_status(job, "Bank")

    used_up = "when the reminders of 'Organizer' are used up"
    assert told(world, job) == [
        "trigger 'when-done-create-task-prepare' (when 'Prepare' is done) fired",
        f"trigger 'create-organizer-organizer.then' ({used_up}) fired",
        "trigger 'around-due' (2 days before the due date) fired",
        "trigger 'around-due' (1 day before the due date) fired",
        "trigger 'time-in-stage' (after 9 days here) fired",
        "trigger 'status-bank' (when the status is 'Bank') fired",
    ]


def test_r_35_so_does_one_that_was_late() -> None:
    """It is passed over, since its job rested."""
    world = World()
    stage = Stage("Intake", triggers=[TimeInStage(2, MAIL, skip_if_late=True)])
    job = opened(world, stage, triggers=[], due=None)
    world.engine.pause(job, "the client is abroad")

    world.advance(days=3)
    world.engine.resume(job)

    (said,) = told(world, job)
    assert said.startswith("trigger 'time-in-stage' (after 2 days here, unless late) did not fire")


@pytest.mark.parametrize("edited", [False, True])
def test_r_35_it_is_said_in_the_words_of_that_time(*, edited: bool) -> None:
    """Whatever becomes of the pipeline afterwards; what was dropped first is named too."""
    world = World()
    job = opened(world, Stage("Intake", triggers=[TimeInStage(2, MAIL)]), triggers=[], due=None)
    world.clock.advance(days=3)

    world.engine.move(job, "Done")
    if edited:
        world.engine.save(world.engine.pipeline("tax").change("Intake", triggers=[]))

    said = "trigger 'time-in-stage' (after 2 days here) did not fire: the job left first"
    assert told(world, job) == [said]


def test_r_35_reminders_that_are_used_up_are_named_where_their_trigger_is_dropped() -> None:
    """The client acted after its time had come, and before anybody ticked."""
    world = World()
    asks = CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=1, then=MAIL))
    job = opened(world, Stage("Intake", [asks]), triggers=[], due=None)
    world.advance(days=1)
    world.clock.advance(days=2)

    world.client.submits(now(world, job), "Organizer", incomplete=True)

    (said,) = told(world, job)
    assert "(when the reminders of 'Organizer' are used up) did not fire" in said


def test_r_35_what_a_transfer_drops_is_told_by_its_id_alone() -> None:
    """Its pipeline is not at hand there, and another one may call another trigger so."""
    world = World()
    around = AroundDate("due", -5, MAIL)
    job = opened(world, Stage("Intake"), triggers=[around], due=date(2026, 1, 11))
    other = Pipeline("Books", [Stage("Set up"), DONE], triggers=[AroundDate("due", -4, MAIL)])
    world.engine.save(other)
    world.clock.advance(days=2)

    world.engine.transfer(job, "books")

    assert told(world, job)[0] == "trigger 'around-due' did not fire: the job left first"


def test_r_35_a_status_is_named_that_was_ended_before_it_fired() -> None:
    """It was set while its job was paused, and was ended before the job went on."""
    world = World()
    job = world.engine.pause(opened(world, Stage("Intake"), triggers=[], due=None))
    world.engine.set_status(job, "Bank")

    world.engine.set_status(job, "Active")
    world.engine.resume(job)

    why = "what it goes by was changed first"
    said = f"trigger 'status-bank' (when the status is 'Bank') did not fire: {why}"
    assert told(world, job) == [said]
