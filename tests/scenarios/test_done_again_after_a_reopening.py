"""A message that was reopened with all client tasks ticked is done again by a new tick (R-3)."""

import pytest

from pipeflow import (
    ClientTaskAdded,
    ClientTaskChecked,
    CreateTask,
    Fact,
    Item,
    ItemCompleted,
    ItemKind,
    ItemState,
    Job,
    Pipeline,
    Ref,
    SendMessage,
    Stage,
    SubtaskChecked,
    ThreadArchived,
    ThreadReopened,
)
from pipeflow.ports import Receipt
from pipeflow.testing import World
from tests.firms import CHECKLIST, DONE, PREPARE, begun, events, now

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED
SCAN, UPLOAD = ClientTaskChecked("Scan"), ClientTaskChecked("Upload")
CHAT, TASKS = Ref("messages", "m-1"), ("Scan", "Upload")


def message(world: World, job: Job) -> Item:
    """Return the message, as it now stands."""
    return now(world, job).items[0]


def tell(world: World, job: Job, *facts: Fact) -> Job:
    """Record facts about the message, one after another."""
    for fact in facts:
        world.engine.record(message(world, job), fact)
    return now(world, job)


def reopened() -> tuple[World, Job]:
    """Let the clerk reopen a message that the client had done."""
    world, job = begun(Stage("Collect", [SendMessage(CHECKLIST)], automove=True), DONE)
    tell(world, job, SCAN, UPLOAD)
    job = world.engine.move(job, "Collect")
    return world, world.engine.reopen(message(world, job), "the scan cannot be read")


@pytest.mark.parametrize("tick", [SCAN, UPLOAD])
def test_a_tick_of_any_client_task_says_that_it_was_done_again(tick: Fact) -> None:
    """The history says which one did."""
    world, job = reopened()

    tell(world, job, tick)

    assert message(world, job).state is COMPLETED
    assert events(world, job, ItemCompleted)[-1].fact == tick


def test_the_same_tick_once_more_says_nothing_new() -> None:
    """Webhooks come twice."""
    world, job = reopened()
    before = tell(world, job, SCAN)

    assert tell(world, job, SCAN, UPLOAD) == before


def test_where_one_thing_more_is_asked_for_that_one_is_waited_for() -> None:
    """A tick from before says nothing as long as another one is open."""
    world, job = reopened()

    before = tell(world, job, ClientTaskAdded("Call us"))
    assert tell(world, job, SCAN) == before
    tell(world, job, ClientTaskChecked("Call us"))

    assert message(world, job).state is COMPLETED


def test_explain_says_that_all_is_ticked_and_what_completes_it() -> None:
    """An empty list of what is open tells nobody what to do."""
    world, job = begun(Stage("Collect", [SendMessage(CHECKLIST), CreateTask(PREPARE)]), DONE)
    tell(world, job, SCAN, UPLOAD)
    job = world.engine.reopen(message(world, job), "the scan cannot be read")

    told = str(world.engine.explain(job))

    assert (
        "message 'Checklist' (job-1/1); all client tasks are ticked; "
        "a new tick of one, or `complete`, completes it" in told
    )
    assert "task 'Prepare' (job-1/2); open: Enter, Check" in told


def test_explain_says_of_a_task_that_all_its_subtasks_are_ticked() -> None:
    """They never complete it (domain.md 2.3)."""
    world, job = begun(Stage("Prepare", [CreateTask(PREPARE)]), DONE)

    tell(world, job, SubtaskChecked("Enter"), SubtaskChecked("Check"))

    told = str(world.engine.explain(now(world, job)))
    assert "task 'Prepare' (job-1/1); all subtasks are ticked" in told


def test_what_was_done_again_in_an_archived_thread_is_done_when_it_is_open_again() -> None:
    """As what was ticked there for the first time; twice says nothing new."""
    world, job = reopened()

    before = tell(world, job, ThreadArchived(), UPLOAD)
    assert message(world, job).state is RESOLVED
    assert tell(world, job, UPLOAD, SCAN) == before
    tell(world, job, ThreadReopened())

    assert message(world, job).state is COMPLETED


def linked() -> tuple[World, Job, Job]:
    """Let two jobs have one message, which was done and is reopened."""
    world, job = begun(Stage("Intake", automove=True), DONE)
    other = world.engine.start("tax", job.account)
    for one in (job, other):
        world.engine.link(one, CHAT, ItemKind.MESSAGE, "Chat", client_tasks=TASKS)
    world.engine.receive(CHAT, SCAN)
    world.engine.receive(CHAT, UPLOAD)
    world.engine.reopen(message(world, job), "the scan cannot be read")
    return world, job, other


def test_a_8_a_message_that_is_ticked_again_is_done_on_every_job_that_has_it() -> None:
    """It is one thing."""
    world, job, other = linked()
    assert [message(world, one).state for one in (job, other)] == [PENDING, PENDING]

    world.engine.receive(CHAT, SCAN)

    assert [message(world, one).state for one in (job, other)] == [COMPLETED, COMPLETED]


def test_a_8_a_job_that_links_it_meanwhile_says_no_tick() -> None:
    """What one job knows is no news to the others, which wait still; so does this one."""
    world, job, other = linked()
    third = world.engine.start("tax", job.account)

    world.engine.link(third, CHAT, ItemKind.MESSAGE, "Chat", client_tasks=TASKS)

    assert [message(world, one).state for one in (job, other, third)] == [PENDING] * 3
    world.engine.receive(CHAT, UPLOAD)
    assert [message(world, one).state for one in (job, other, third)] == [COMPLETED] * 3


def test_a_8_a_receipt_by_which_two_reopened_messages_turn_out_to_be_one_says_no_tick() -> None:
    """Each knows of the same ticks as the other, and neither was done again."""
    world = World(deliver=False)
    engine = world.engine
    stages = [Stage("Collect", [SendMessage(CHECKLIST)]), DONE]
    engine.save(CHECKLIST, Pipeline("Tax", stages), Pipeline("Other", [Stage("Only")]))
    account = world.account()
    made, known = engine.start("tax", account), engine.start("other", account)
    engine.link(known, CHAT, ItemKind.MESSAGE, "Chat", client_tasks=TASKS)
    for job in (made, known):
        engine.complete(message(world, job))
        engine.reopen(message(world, job), "the scan cannot be read")
    (request,) = engine.pending()

    engine.delivered(request.key, Receipt("m-1"))

    for job in (made, known):
        assert message(world, job).state is PENDING
        assert len(events(world, job, ItemCompleted)) == 1
