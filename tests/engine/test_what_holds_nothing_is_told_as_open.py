"""What is open and holds nothing is told as open, and never as what a job waits for (R-36)."""

from __future__ import annotations

import pytest

from pipeflow import CreateTask, Job, Pipeline, SendEmail, Settings, Stage, Status, WaitReason
from pipeflow.testing import World
from tests.faults.offices import lose_template
from tests.firms import DONE, PREPARE, REVIEW, TEMPLATES, WELCOME, begun, opened

ASIDE = CreateTask(PREPARE, holds=False)


def told(world: World, job: Job) -> str:
    """Return the sentence about a job."""
    return world.engine.explain(job).sentence


def in_status(status: Status) -> tuple[World, Job]:
    """Start a job and set this status."""
    world = World()
    world.engine.save(*TEMPLATES, Pipeline("Tax", [Stage("Work"), DONE], statuses=[status]))
    job = world.engine.start("tax", world.account())
    return world, world.engine.set_status(job, status.name)


def test_the_last_stage_says_what_is_open_though_nothing_waits_for_it() -> None:
    """A job is not called ready to be archived while somebody has something to do."""
    world, job = begun(Stage("Only", [ASIDE]))
    before = told(world, job)

    world.team.completes(job, "Prepare")

    assert before == "It is in the last stage. Open, but not waited for: task 'Prepare'."
    assert told(world, job) == "It is in the last stage. Nothing is open: it can be archived."


def test_a_paused_job_says_what_is_open_though_nothing_waits_for_it() -> None:
    """Whoever comes back to it should know."""
    world, job = begun(Stage("Work", [ASIDE]), DONE)
    world.engine.pause(job)

    assert told(world, job).startswith("Open, but not waited for: task 'Prepare'. It is paused")


@pytest.mark.parametrize("stage", ["left by hand", "gone", "archived"])
def test_what_holds_and_what_does_not_are_told_apart(stage: str) -> None:
    """Wherever a sentence says what is open."""
    world, job = begun(Stage("Work", [CreateTask(REVIEW), ASIDE]), DONE)
    if stage != "left by hand":
        world.engine.archive(job)
    if stage == "gone":
        world.engine.save(world.engine.pipeline("tax").remove_stage("work"))

    open_ = "Open: task 'Review'. Open, but not waited for: task 'Prepare'."
    assert told(world, job).endswith(open_)


@pytest.mark.parametrize("automation", [CreateTask(PREPARE), ASIDE], ids=["holds", "aside"])
def test_the_last_stage_says_what_could_not_run(automation: CreateTask) -> None:
    """It is open work until somebody retries or abandons it."""
    world = opened(Stage("Only", [automation]))
    lose_template(world, "prepare")
    job = world.engine.start("tax", world.account())

    assert [work.kind for work in world.engine.work()] == ["automation"]
    could_not = "create task 'prepare'"
    assert told(world, job) == f"It is in the last stage. Could not run: {could_not}."
    world.engine.pause(job)
    assert told(world, job).startswith(f"Could not run: {could_not}. It is paused")
    world.engine.abandon(world.engine.job(job).blocked[0].key)
    assert "Nothing is open. It is paused" in told(world, job)


def test_where_only_what_does_not_count_was_done_a_stage_says_so() -> None:
    """Nothing was completed would not be true; an automove needs something else."""
    world, job = begun(Stage("Work", [ASIDE], automove=True), DONE)
    world.team.completes(job, "Prepare")

    explained = world.engine.explain(job)

    assert explained.reason is WaitReason.NOTHING_COMPLETED
    assert explained.sentence == (
        "Only what does not hold this stage was completed in this visit; an automove needs one "
        "thing done that does."
    )


@pytest.mark.parametrize("on_empty", ["stay", "advance"])
@pytest.mark.parametrize("done", [ASIDE, SendEmail(WELCOME)], ids=["aside", "nothing"])
def test_to_abandon_what_could_not_run_moves_a_job_just_where_that_is_said(
    on_empty: str, done: CreateTask | SendEmail
) -> None:
    """What was done aside does not count as the completion that a move needs."""
    world = opened(Stage("Work", [done, CreateTask(REVIEW)], automove=True), DONE)
    world.engine.save(Settings(on_empty=on_empty))
    lose_template(world, "review")
    job = world.engine.start("tax", world.account())
    if done is ASIDE:
        world.team.completes(job, "Prepare")
    explained, moves = world.engine.explain(job), on_empty == "advance"

    world.engine.abandon(job.blocked[0].key)

    assert explained.reason is WaitReason.BLOCKED
    assert ("Retry or abandon it, and" in explained.sentence) == moves
    assert (world.engine.job(job).stage == "done") == moves


def test_a_paused_status_says_that_it_waits_for_nothing_more_and_not_that_nothing_is_open() -> None:
    """What it made aside may be open still."""
    status = Status("Waiting", automations=[CreateTask(REVIEW), ASIDE], automove=True)
    world, job = in_status(status)
    world.engine.pause(job)
    world.team.completes(job, "Review")

    explained = world.engine.explain(job)

    assert explained.sentence.startswith(
        "Its status 'Waiting' waits for nothing more: it ends when the job is resumed."
    )
    assert "open, not waited for: task 'Prepare'" in str(explained)
    assert world.engine.resume(job).status == "Active"


def test_a_card_waits_for_nothing_that_holds_nothing() -> None:
    """What a board calls waited for is what holds the job in its stage."""
    world, job = begun(Stage("Work", [ASIDE, CreateTask(REVIEW)]), DONE)

    def waiting() -> str:
        return world.engine.board("tax").stages[0].cards[0].waiting

    assert waiting() == "team: task 'Review'"
    world.team.completes(job, "Review")
    assert waiting() == ""
    assert [work.name for work in world.engine.work()] == ["Prepare"]
