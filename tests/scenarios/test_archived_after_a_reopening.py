"""A thread that is archived and open again waits as before: earlier ticks do not count (R-3)."""

import pytest

from pipeflow import (
    ClientTaskAdded,
    ClientTaskChecked,
    ClientTaskRemoved,
    CreateTask,
    Fact,
    Item,
    ItemState,
    Job,
    MessageTemplate,
    Pipeline,
    Reminders,
    SendMessage,
    Stage,
    SubtaskChecked,
    TaskTemplate,
    ThreadArchived,
    ThreadReopened,
)
from pipeflow.testing import World
from tests.firms import CHECKLIST, DONE, REVIEW, begun, now

PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED
SCAN, UPLOAD = ClientTaskChecked("Scan"), ClientTaskChecked("Upload")
EVERY_3_DAYS = Reminders(every=3, times=3)


def message(world: World, job: Job) -> Item:
    """Return the message, as it now stands."""
    return now(world, job).item("Checklist")


def tell(world: World, job: Job, *facts: Fact) -> Job:
    """Record facts about the message, one after another."""
    for fact in facts:
        world.engine.record(message(world, job), fact)
    return now(world, job)


def asked() -> tuple[World, Job]:
    """Ask a client for two things, beside a task of the team."""
    automations = [SendMessage(CHECKLIST, reminders=EVERY_3_DAYS), CreateTask(REVIEW)]
    return begun(Stage("Collect", automations, automove=True), DONE)


def reopened() -> tuple[World, Job]:
    """Let the clerk reopen a message that the client had done."""
    world, job = asked()
    tell(world, job, SCAN, UPLOAD)
    return world, world.engine.reopen(message(world, job), "the scan cannot be read")


def test_a_reopened_message_waits_still_when_its_thread_was_archived_by_mistake() -> None:
    """The client has done nothing since, and is reminded as if it were new."""
    world, job = reopened()

    tell(world, job, ThreadArchived("by mistake"), ThreadReopened())
    job = world.team.completes(job, "Review")

    assert (job.stage, message(world, job).state) == ("collect", PENDING)
    assert message(world, job).remind_at is not None


def test_it_waits_however_often_it_was_archived() -> None:
    """What was ticked in the thread that was archived first counts once."""
    world, job = asked()
    job = tell(world, job, SCAN, ThreadArchived(), UPLOAD, ThreadReopened())
    assert message(world, job).state is COMPLETED

    world.engine.reopen(message(world, job), "the scan cannot be read")
    tell(world, job, ThreadArchived(), ThreadReopened())

    assert message(world, job).state is PENDING


def test_the_last_open_task_taken_out_of_an_archived_thread_completes_it_when_open_again() -> None:
    """All that is asked for is done by then, as where it is taken out before."""
    world, job = asked()

    tell(world, job, SCAN, ThreadArchived(), ClientTaskRemoved("Upload"))
    assert message(world, job).state is ItemState.RESOLVED
    tell(world, job, ThreadReopened())

    assert message(world, job).state is COMPLETED


@pytest.mark.parametrize("away", [False, True])
def test_a_ticked_task_that_is_taken_out_of_a_reopened_message_completes_nothing(
    *, away: bool
) -> None:
    """Its other ticks are from before the reopening, too."""
    world, job = reopened()
    facts = [ClientTaskRemoved("Scan")]

    tell(world, job, *([ThreadArchived(), *facts, ThreadReopened()] if away else facts))

    assert message(world, job).state is PENDING


def test_what_is_asked_for_and_taken_out_again_was_the_last_open_task() -> None:
    """Whoever takes out what alone is open says that nothing more is wanted."""
    world, job = reopened()

    tell(world, job, ClientTaskAdded("Call us"), ClientTaskRemoved("Call us"))

    assert message(world, job).state is COMPLETED


def test_what_is_asked_for_after_the_last_tick_in_an_archived_thread_is_waited_for() -> None:
    """A task added in the archived thread is open when that is open again."""
    world, job = asked()

    tell(world, job, SCAN, ThreadArchived(), UPLOAD, ClientTaskAdded("Call us"), ThreadReopened())

    assert message(world, job).state is PENDING


def test_a_reopened_message_with_all_tasks_ticked_says_what_completes_it() -> None:
    """No list of what is open, which would be empty."""
    world = World()
    papers = MessageTemplate("Papers", subject="Papers", client_tasks=["Upload W-2"])
    prepare = TaskTemplate("Prepare", subtasks=["Read"])
    stage = Stage("Collect", [SendMessage(papers), CreateTask(prepare)])
    world.engine.save(papers, prepare, Pipeline("Tax", [stage, Stage("File")]))
    job = world.client.checks(world.engine.start("tax", world.account()), "Papers")
    world.engine.reopen(job.item("Papers"), "it cannot be read")
    world.engine.record(job.item("Prepare"), SubtaskChecked("Read"))

    told = "\n".join(world.engine.explain(job).lines)

    assert "all client tasks are ticked; `complete` completes it" in told
    assert "all subtasks are ticked" in told
    assert "open: ;" not in told
    assert world.engine.complete(job.item("Papers")).item("Papers").state is ItemState.COMPLETED
