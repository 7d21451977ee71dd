"""What fell due while a job rested fires late, by whichever way the job is Active again (R-35)."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from pipeflow import (
    AroundDate,
    CreateInvoice,
    CreateTask,
    EmailTemplate,
    InvoiceTemplate,
    Job,
    LineItem,
    Money,
    Pipeline,
    Reminders,
    SendEmail,
    SetStatus,
    Stage,
    TaskTemplate,
    TimeInStage,
    TriggerFired,
)
from pipeflow.testing import World

PREPARE, CALL = TaskTemplate("Prepare"), TaskTemplate("Call")
NEAR = EmailTemplate("Near", subject="The date is near")
ON_THE_DAY = "trigger on the due date (send email 'Near')"
NUDGE = EmailTemplate("Nudge", subject="Are you there?")
FEE = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("9.00", "USD"))])
CHASED = CreateInvoice(FEE, reminders=Reminders(every=1, times=1, then=[CreateTask(CALL)]))
WORK = Stage(
    "Work",
    [CreateTask(PREPARE), CHASED],
    triggers=[TimeInStage(2, [SendEmail(NUDGE)])],
    automove=True,
)
ALL = ["around-due", "create-invoice-fee.then", "time-in-stage"]


def firm(*stages: Stage) -> World:
    """A firm with triggers of all kinds that go by time, at nine in the morning of 5 January."""
    world = World()
    world.engine.save(
        PREPARE,
        CALL,
        NEAR,
        NUDGE,
        FEE,
        Pipeline(
            "Tax",
            stages=[WORK, *stages, Stage("Done")],
            triggers=[AroundDate("due", 0, [SendEmail(NEAR)])],
            statuses=["On hold"],
        ),
    )
    return world


def held(world: World) -> Job:
    """A job that was on hold while all its triggers fell due."""
    job = world.engine.start("tax", world.account(), due=date(2026, 1, 8))
    world.advance(hours=30)
    world.engine.set_status(job, "On hold")
    world.advance(days=4)
    return world.engine.job(job)


def without_status(world: World, to: str) -> Job:
    """Take the status away, so that its job gets another one."""
    plan = world.engine.plan(evolve(world.engine.pipeline("tax"), statuses=["Parked"]))
    world.engine.apply(plan, statuses={"On hold": to})
    return world.engine.jobs()[0]


def fired(world: World, job: Job) -> list[str]:
    """Which triggers fired, all of them late."""
    told = [one for one in world.engine.history(job) if isinstance(one, TriggerFired)]
    assert all(one.late for one in told)
    return sorted(one.trigger for one in told)


def test_what_fell_due_in_a_status_that_is_taken_away_fires_when_the_day_starts_next() -> None:
    """The job is Active, and nothing else may ever happen to it."""
    world = firm()
    held(world)

    job = without_status(world, "Active")

    assert fired(world, job) == []
    told = str(world.engine.explain(job))
    assert f"{ON_THE_DAY} was due 2026-01-08 09:00 UTC, and fires late" in told
    world.advance(days=1)
    assert fired(world, job) == ALL
    world.advance(days=60)
    assert fired(world, job) == ALL


def test_it_waits_on_where_the_job_gets_another_status() -> None:
    """That holds it as the old one did."""
    world = firm()
    held(world)
    job = without_status(world, "Parked")
    world.advance(days=5)
    assert fired(world, job) == []

    world.engine.set_status(job, "Active")

    assert fired(world, job) == ALL


def test_it_waits_on_where_the_job_is_paused() -> None:
    """It fires when the job is resumed, and `explain` says so."""
    world = firm()
    world.engine.pause(held(world))
    job = without_status(world, "Active")
    world.advance(days=5)
    assert fired(world, job) == []
    told = str(world.engine.explain(job))
    assert f"{ON_THE_DAY} fires when the job is resumed; it was due 2026-01-08" in told

    world.engine.resume(job)

    assert fired(world, job) == ALL


def test_it_goes_by_the_times_that_the_edit_says() -> None:
    """Two days were over; by the edit there are thirty."""
    world = firm()
    held(world)
    later = TimeInStage(30, [SendEmail(NUDGE)])
    edited = world.engine.pipeline("tax").change("Work", triggers=[later])
    world.engine.apply(
        world.engine.plan(evolve(edited, statuses=[])), statuses={"On hold": "Active"}
    )
    job = world.engine.jobs()[0]

    world.advance(days=1)

    assert fired(world, job) == ALL[:2]
    world.advance(days=30)
    assert [mail.subject for mail in world.email.sent].count("Are you there?") == 1


def test_it_fires_for_a_job_whose_stage_is_taken_away_as_well() -> None:
    """What is carried along is of the visit in which the job stands then."""
    world = firm(Stage("Next"))
    held(world)
    edited = evolve(world.engine.pipeline("tax").remove_stage("Work"), statuses=[])
    plan = world.engine.plan(edited)
    job = world.engine.jobs()[0]
    world.engine.apply(plan, stages={"Work": "Next"}, statuses={"On hold": "Active"}, open="carry")

    world.advance(days=1)

    assert fired(world, job) == ALL[:2]


def test_a_trigger_whose_times_are_edited_afterwards_fires_once() -> None:
    """It was set for the start of the day, and is set anew."""
    world = firm()
    held(world)
    job = without_status(world, "Active")
    sooner = TimeInStage(1, [SendEmail(NUDGE)])
    world.engine.save(world.engine.pipeline("tax").change("Work", triggers=[sooner]))

    world.advance(days=60)

    assert fired(world, job) == ALL


@pytest.mark.parametrize("days", [1, 60])
def test_an_undo_takes_a_job_out_of_a_status_in_which_something_fell_due(days: int) -> None:
    """The undo itself makes nothing go out, and the next day starts with it (R-26)."""
    world = firm(Stage("Hold", [SetStatus("On hold")]))
    job = world.engine.start("tax", world.account(), due=date(2026, 1, 8))
    world.advance(hours=30)
    world.engine.move(job, "Hold")
    world.advance(days=4)

    job = world.engine.undo(job).job

    assert (job.stage, job.status, fired(world, job)) == ("work", "Active", [])
    world.advance(days=days)
    assert fired(world, job) == ALL


def test_what_comes_along_with_a_silent_move_fires_when_the_day_starts_next() -> None:
    """Nobody moves the job on, and nothing else happens to it (R-25)."""
    world = firm()
    world.engine.save(Pipeline("Audit", stages=[Stage("Look"), Stage("End")]))
    held(world)
    job = world.engine.transfer(world.engine.jobs()[0], "audit", fire=False, open="carry")

    world.advance(days=1)

    assert fired(world, job) == ["create-invoice-fee.then"]
