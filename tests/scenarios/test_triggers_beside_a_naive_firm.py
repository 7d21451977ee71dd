"""What came to light when triggers were reckoned by hand beside the engine (R-26, R-34, R-35)."""

from __future__ import annotations

import attrs
import pytest

from pipeflow import (
    CreateOrganizer,
    CreateTask,
    ItemKind,
    NotFoundError,
    OrganizerReturned,
    OrganizerSubmitted,
    OrganizerTemplate,
    Pipeline,
    Question,
    Ref,
    Reminders,
    SendEmail,
    SetStatus,
    Stage,
    Status,
    TagChange,
    TaskCompleted,
    TimeInStage,
    TriggerPassed,
    WhenDone,
)
from pipeflow.testing import World
from tests.firms import DONE, ORGANIZER, PREPARE, TEMPLATES, WELCOME, begun, events, now, tags

PUNCTUAL = TimeInStage(2, [SendEmail(WELCOME)], skip_if_late=True)


def test_r_35_what_is_dropped_because_it_is_late_moves_no_job() -> None:
    """Automove waits for the next thing that happens, and nothing has."""
    world, job = begun(
        Stage("Talk"),
        Stage("Work", [CreateTask(PREPARE)], automove=True, triggers=[PUNCTUAL]),
        DONE,
    )
    job = world.engine.move(job, "Work")
    moved = world.engine.record(job.items[0], TaskCompleted())
    assert moved.stage == "done"
    assert world.engine.undo(job).job.stage == "work"
    world.clock.advance(days=5)

    world.engine.tick()

    assert len(events(world, job, TriggerPassed)) == 1
    assert now(world, job).stage == "work"


def test_r_34_used_up_reminders_of_a_stage_that_was_left_move_no_job() -> None:
    """They fire nothing, for their item is of an earlier visit."""
    asks = CreateOrganizer(ORGANIZER, reminders=Reminders(1, 1, then=[SendEmail(WELCOME)]))
    world, job = begun(Stage("Ask", [asks]), Stage("Work", automove=True), DONE)
    world.advance(days=1, hours=12)
    world.engine.move(job, "Work")
    job = world.engine.link(job, Ref("tasks", "t-1"), ItemKind.TASK, "Prepare", completed=True)
    assert (job.stage, len(job.alarms)) == ("done", 1)
    world.engine.undo(job)

    world.advance(days=3)

    assert now(world, job).stage == "work"


def test_r_26_a_move_is_undone_also_where_a_trigger_was_passed_over_since() -> None:
    """Nothing came of it that could be lost."""
    world, job = begun(Stage("Talk"), Stage("Work", triggers=[PUNCTUAL]), DONE)
    job = world.engine.move(job, "Work")
    world.clock.advance(days=5)
    world.engine.tick()
    assert len(events(world, job, TriggerPassed)) == 1

    assert world.engine.undo(job).job.stage == "talk"


# -- used up reminders, and pipelines that are edited meanwhile ----------------------------------

CHASED = CreateOrganizer(ORGANIZER, reminders=Reminders(1, 1, then=[SendEmail(WELCOME)]))


def test_r_34_what_reminders_fire_stays_what_it_was_when_they_were_set() -> None:
    """The pipeline no longer speaks of that e-mail; its template is there all the same."""
    world, job = begun(Stage("Ask", [CHASED]), DONE)
    world.engine.save(world.engine.pipeline("tax").remove("Ask", "create-organizer-organizer"))

    world.advance(days=3)

    assert [mail.subject for mail in world.email.sent][1:] == ["Welcome, Lovelace"]
    assert now(world, job).blocked == ()


def test_r_34_it_stays_so_in_the_pipeline_to_which_its_job_is_taken() -> None:
    """Where its item came along; also where it was owed, and fires in that very command."""
    other = Pipeline("Other", [Stage("One"), DONE])
    for status in ("Active", "On hold"):
        world, job = begun(Stage("Ask", [CHASED]), DONE, more=[other])
        world.advance(days=1, hours=1)
        world.engine.set_status(job, status)
        if status != "Active":
            world.advance(days=1)

        world.engine.transfer(job, "other", open="carry")
        world.advance(days=1)

        assert [mail.subject for mail in world.email.sent][1:] == ["Welcome, Lovelace"]
        assert now(world, job).blocked == ()


# -- statuses that are set while their job is paused ---------------------------------------------


def test_2_6_what_is_linked_in_a_status_belongs_to_it_also_where_the_job_was_paused() -> None:
    """Its automations fire when the job goes on; what came before them belongs to it too."""
    waiting = Status("Waiting", automations=[SendEmail(WELCOME)], automove=True)
    world = World()
    world.engine.save(*TEMPLATES, Pipeline("Tax", [Stage("Work"), DONE], statuses=[waiting]))
    job = world.engine.pause(world.engine.start("tax", world.account()))
    job = world.engine.set_status(job, "Waiting")
    job = world.engine.link(job, Ref("tasks", "t-1"), ItemKind.TASK, "Ask the bank")
    job = world.engine.resume(job)
    assert len(world.email.sent) == 1

    job = world.engine.complete(job.items[0])

    assert job.status == "Active"


def test_a_46_what_is_still_open_of_an_earlier_setting_holds_the_status_again() -> None:
    """It is not made anew, and goes on: when it is done, so is the status."""
    ask = CreateTask(PREPARE, repeat="unless_open")
    world = World()
    waiting = Status("Waiting", automations=[ask], automove=True)
    world.engine.save(*TEMPLATES, Pipeline("Tax", [Stage("Work"), DONE], statuses=[waiting]))
    job = world.engine.set_status(world.engine.start("tax", world.account()), "Waiting")
    job = world.engine.set_status(job, "Active")
    job = world.engine.set_status(job, "Waiting")
    assert len(job.items) == 1
    assert "until task 'Prepare' is done" in world.engine.explain(job).sentence

    job = world.engine.complete(job.items[0])

    assert job.status == "Active"


def test_r_34_a_trigger_waits_for_what_its_own_pipeline_makes() -> None:
    """What came along from another one is not that, though the two call it alike."""
    makes = CreateTask(PREPARE, id="prepare")
    waits = Stage("Work", [makes], triggers=[WhenDone("prepare", [SendEmail(WELCOME)])])
    world, job = begun(Stage("Work", [makes]), DONE, more=[Pipeline("Other", [waits, DONE])])
    job = world.engine.transfer(job, "other", open="carry", skip=["prepare"])

    world.engine.complete(job.items[0])

    assert world.email.sent == []


# -- what an undo, and a pause, make of them -----------------------------------------------------


def test_r_26_what_a_status_sent_and_fires_but_once_is_not_sent_again_after_an_undo() -> None:
    """It is out already, whatever fired it: here the status that the stage set."""
    waiting = Status("Waiting", automations=[SendEmail(WELCOME, repeat="once")])
    stages = [Stage("Work"), Stage("Ask", [SetStatus("Waiting")]), DONE]
    world = World()
    world.engine.save(*TEMPLATES, Pipeline("Tax", stages, statuses=[waiting]))
    job = world.engine.move(world.engine.start("tax", world.account()), "Ask")
    assert len(world.email.sent) == 1

    world.engine.undo(job)
    world.engine.move(job, "Ask")

    assert len(world.email.sent) == 1


def test_r_15_what_was_held_by_a_pause_and_taken_back_does_not_follow_later() -> None:
    """It was handed in again while the job was completed, and history says that nothing follows."""
    asks = OrganizerTemplate(
        "Move", questions=[Question("Moved?", choices={"Yes": TagChange(add={"moved"})})]
    )
    world, job = begun(Stage("Ask", [CreateOrganizer(asks)]), DONE, more=[asks])
    item = world.engine.pause(job).items[0]
    world.engine.record(item, OrganizerSubmitted(answers={"Moved?": "Yes"}))
    world.engine.set_status(job, "Completed")
    world.engine.record(item, OrganizerReturned())
    world.engine.record(item, OrganizerSubmitted(answers={"Moved?": "Yes"}))
    world.engine.set_status(job, "Active")

    world.engine.resume(job)

    assert tags(world, job) == set()


def test_r_32_a_transfer_is_not_undone_into_a_status_that_an_edit_took_away() -> None:
    """As with a stage that is gone: no job may be in what its pipeline does not have."""
    own = Pipeline("Own", [Stage("Work"), DONE], statuses=["Waiting", "On hold"])
    world, job = begun(Stage("Talk"), DONE, more=[own])
    job = world.engine.transfer(job, "own")
    world.engine.set_status(job, "Waiting")
    job = world.engine.transfer(job, "tax")
    world.engine.save(attrs.evolve(world.engine.pipeline("own"), statuses=["On hold"]))

    with pytest.raises(NotFoundError, match=r"Waiting.*On hold"):
        world.engine.undo(job)

    assert (now(world, job).pipeline, now(world, job).status) == ("tax", "Active")
    world.engine.save(attrs.evolve(world.engine.pipeline("own"), statuses=["waiting"]))
    assert world.engine.undo(job).job.status == "waiting"
