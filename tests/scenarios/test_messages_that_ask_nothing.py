"""Messages without client tasks: cancelled or done they stay so, and a reply is waited for."""

from collections.abc import Callable

import pytest

from pipeflow import (
    Cancelled,
    ClientTaskAdded,
    ClientTaskChecked,
    ClientTaskRemoved,
    CreateTask,
    Item,
    Job,
    MessageReplied,
    NotAllowedError,
    Open,
    Pipeline,
    Ref,
    Reminders,
    ReminderSent,
    SendMessage,
    Stage,
    ThreadArchived,
    ThreadReopened,
    Warned,
)
from pipeflow.ports import Receipt
from pipeflow.testing import World
from tests.firms import CHECKLIST, DAILY, DONE, NEWS, REVIEW, TEMPLATES, begun, events, now

ASKING = SendMessage(CHECKLIST, reminders=DAILY)
PLAIN = SendMessage(NEWS, reminders=DAILY)
REPLY = Stage("Reply", [SendMessage(NEWS, thread="reply_to_latest")])
CHASED = Reminders(every=1, times=2, then=[CreateTask(REVIEW)])
Ends = Callable[[World, Job], object]


def reminded(world: World, job: Job) -> list[int]:
    """Return the numbers of the reminders that have left."""
    return [one.number for one in events(world, job, ReminderSent)]


def item(world: World, job: Job) -> Item:
    """Return the first item of a job, as it now stands."""
    return now(world, job).items[0]


# -- what is over stays over ---------------------------------------------------------------------


def cancel(world: World, job: Job) -> object:
    """Cancel the message."""
    return world.engine.record(job.items[0], Cancelled())


def leave(world: World, job: Job) -> object:
    """Cancel it on the way to the next stage."""
    return world.engine.move(job, "Between", open="cancel")


def undo(world: World, job: Job) -> object:
    """Take the move back that sent it."""
    return world.engine.undo(job)


def emptied(ends: Ends) -> tuple[World, Job]:
    """Let a message end in some way, and then take its client tasks out."""
    stages = [Stage("Talk", [ASKING]), Stage("Between"), REPLY, DONE]
    if ends is undo:
        stages = [Stage("First"), *stages]
    world, job = begun(*stages)
    if ends is undo:
        job = world.engine.move(job, "Talk")
    ends(world, job)
    for name in CHECKLIST.client_tasks:
        world.engine.record(item(world, job), ClientTaskRemoved(name))
    return world, now(world, job)


@pytest.mark.parametrize("ends", [cancel, leave, undo])
def test_a_11_a_cancelled_message_reminds_nobody_when_its_tasks_are_taken_out(ends: Ends) -> None:
    """It looks like one that never asked for anything, and is over all the same."""
    world, job = emptied(ends)

    world.engine.pause(job)
    world.engine.resume(job)
    world.advance(days=9)

    assert reminded(world, job) == []
    with pytest.raises(NotAllowedError, match="resolved"):
        world.engine.remind(item(world, job))


@pytest.mark.parametrize("ends", [cancel, leave, undo])
def test_a_48_no_reply_goes_to_a_cancelled_thread_without_tasks(ends: Ends) -> None:
    """The client has no such thread any more."""
    world, job = emptied(ends)

    world.engine.move(job, "Reply")

    assert world.messages.sent[-1].reply_to is None


@pytest.mark.parametrize("ends", [cancel, leave, undo])
def test_a_11_a_cancelled_message_is_not_opened_by_one_task_more(ends: Ends) -> None:
    """Only somebody who reopens it does that."""
    world, job = emptied(ends)

    job = world.engine.record(item(world, job), ClientTaskAdded("Call us"))
    assert str(job.items[0].state) == "resolved"

    job = world.engine.reopen(job.items[0])
    assert str(job.items[0].state) == "pending"
    world.advance(days=9)
    assert reminded(world, job) == [1, 2, 3]


def test_r_15_history_warns_of_what_is_taken_out_of_a_cancelled_message() -> None:
    """Nothing follows from it, and it is kept."""
    world, job = emptied(cancel)

    assert job.items[0].late_facts == (ClientTaskRemoved("Upload"),)
    assert "cancelled before" in events(world, job, Warned)[-1].text


def test_an_archived_thread_is_plain_when_it_is_opened_again_without_tasks() -> None:
    """It was put away and not cancelled."""
    world, job = begun(Stage("Talk", [ASKING]), DONE)
    world.engine.record(job.items[0], ThreadArchived())
    for name in CHECKLIST.client_tasks:
        world.engine.record(item(world, job), ClientTaskRemoved(name))

    world.engine.record(item(world, job), ThreadReopened())
    world.advance(days=9)

    assert reminded(world, job) == [1, 2, 3]


def test_a_message_that_was_done_reminds_nobody_when_its_tasks_are_taken_out() -> None:
    """What is completed stays so; reopened, it waits for a reply."""
    world, job = begun(Stage("Talk", [ASKING]), DONE)
    for name in CHECKLIST.client_tasks:
        world.engine.record(item(world, job), ClientTaskChecked(name))
    for name in CHECKLIST.client_tasks:
        world.engine.record(item(world, job), ClientTaskRemoved(name))

    world.engine.pause(job)
    world.engine.resume(job)
    world.advance(days=9)
    assert reminded(world, job) == []

    world.engine.reopen(item(world, job))
    world.advance(days=9)
    assert reminded(world, job) == [1, 2, 3]


def test_a_8_a_message_that_another_job_cancelled_is_cancelled_here_without_tasks_too() -> None:
    """The job hears of it when a receipt says that both have the same one."""
    world = World(deliver=False)
    world.engine.save(*TEMPLATES, Pipeline("Tax", [Stage("Talk", [PLAIN]), DONE]))
    there = world.job_at("tax", "Done")
    there = world.engine.link(there, Ref("messages", "m-1"), "message", "Theirs")
    world.engine.record(item(world, there), Cancelled())
    here = world.job_at("tax", "Talk")
    (request,) = world.engine.pending()

    world.engine.delivered(request.key, Receipt("m-1"))

    assert item(world, here).ref == Ref("messages", "m-1")
    assert item(world, here).is_over


# -- what follows used up reminders --------------------------------------------------------------


def chased() -> tuple[World, Job]:
    """Send a message of which the client is reminded twice, and then the team looks after it."""
    return begun(Stage("Talk", [SendMessage(NEWS, reminders=CHASED)]), DONE)


def test_r_34_a_message_that_nobody_answers_is_for_the_team() -> None:
    """Its reminders leave until there is a reply, and so it is with what follows them."""
    world, job = chased()

    world.advance(days=2)
    assert "are used up (create task 'Review') fires 2026-01-08" in str(world.engine.explain(job))
    world.advance(days=9)

    assert [one.name for one in now(world, job).open_items] == ["Review"]


def test_r_34_nothing_follows_where_the_client_replied_after_the_last_reminder() -> None:
    """The client has acted."""
    world, job = chased()
    world.advance(days=2)

    job = world.engine.record(job.items[0], MessageReplied())
    world.advance(days=9)

    assert job.alarms == ()
    assert now(world, job).open_items == ()


def test_r_34_another_rhythm_of_a_message_fires_what_it_says() -> None:
    """As of any other item."""
    world, job = begun(Stage("Talk", [SendMessage(NEWS)]), DONE)

    world.engine.set_reminders(job.items[0], CHASED)
    world.advance(days=9)

    assert [one.name for one in now(world, job).open_items] == ["Review"]


def test_what_a_message_is_to_fire_yet_is_in_use() -> None:
    """Until it has fired, or the client has replied."""
    world, job = begun(Stage("Talk", [SendMessage(NEWS)]), DONE)
    world.engine.set_reminders(job.items[0], CHASED)

    assert any(job.name in str(one) for one in world.engine.uses(REVIEW))

    world.engine.record(item(world, job), MessageReplied())
    assert not any(job.name in str(one) for one in world.engine.uses(REVIEW))


# -- a stage that is left ------------------------------------------------------------------------


def left(how: str) -> tuple[World, Job]:
    """Leave the stage in which a message was sent that is not answered yet."""
    world, job = begun(Stage("Talk", [PLAIN]), Stage("Between"), REPLY, DONE)
    world.advance(days=1)
    return world, world.engine.move(job, "Between", open=how)


@pytest.mark.parametrize("how", ["quiet", "cancel"])
def test_r_24_no_reminders_of_a_message_leave_where_the_move_stops_them(how: str) -> None:
    """A message that asks nothing is reminded of like any other."""
    world, job = left(how)

    world.advance(days=9)

    assert reminded(world, job) == [1]


@pytest.mark.parametrize("how", ["stay", "carry"])
def test_r_24_reminders_of_a_message_go_on_where_the_move_leaves_them(how: str) -> None:
    """Until their number is reached."""
    world, job = left(how)

    world.advance(days=9)

    assert reminded(world, job) == [1, 2, 3]


def test_r_24_a_message_that_comes_along_holds_nothing_and_fires_what_it_is_to_fire() -> None:
    """It is of the visit in which the job then is."""
    between = Stage("Between", [CreateTask(REVIEW)], automove=True)
    world, job = begun(Stage("Talk", [SendMessage(NEWS, reminders=CHASED)]), between, DONE)

    job = world.engine.move(job, "Between", open="carry")
    world.advance(days=9)
    assert [one.name for one in now(world, job).open_items] == ["Review", "Review"]

    for one in now(world, job).open_items:
        job = world.engine.complete(one)
    assert job.stage == "done"


@pytest.mark.parametrize(("how", "thread"), [("quiet", "job-1/1"), ("cancel", None)])
def test_a_48_a_reply_goes_to_what_the_move_left_open(how: str, thread: str | None) -> None:
    """What it cancelled is no thread any more."""
    world, job = left(how)

    world.engine.move(job, "Reply")

    assert world.messages.sent[-1].reply_to == thread


def test_what_was_answered_or_is_not_reminded_of_is_not_cancelled_with_the_rest() -> None:
    """Nobody waits for a reply to it, so that it is no open item."""
    world, job = begun(Stage("Talk", [PLAIN, SendMessage(NEWS)]), DONE)
    world.engine.record(job.items[0], MessageReplied())

    job = world.engine.move(job, "Done", open="cancel")

    assert [one.is_open_thread for one in job.items] == [True, True]
    assert world.messages.cancelled == []


def test_explain_tells_of_a_message_that_is_reminded_of_before_and_after_a_move() -> None:
    """It holds nothing, and somebody who wonders what the client gets finds it there."""
    world, job = begun(Stage("Talk", [PLAIN]), Stage("Between"), DONE)
    before = world.engine.explain(job)
    after = world.engine.explain(world.engine.move(job, "Between", open="quiet"))

    label = "message 'News' (job-1/1)"
    assert f"open, not waited for: {label}; next reminder 2026-01-06 09:00 UTC" in str(before)
    off = "its reminders are off until somebody sets them again"
    assert f"left open from visit 1, not waited for: {label}; {off}" in str(after)
    assert [one.id for one in after.older] == ["job-1/1"]
    assert [(one.item.id, one.waited, one.side) for one in before.awaited] == [
        ("job-1/1", False, None)
    ]


def test_a_job_in_its_last_stage_can_be_archived_though_nobody_replied() -> None:
    """Nobody has to act on a message that asks nothing."""
    world, job = begun(Stage("Talk", [PLAIN]), DONE)

    told = world.engine.explain(world.engine.move(job, "Done"))

    assert told.sentence == "It is in the last stage. Nothing is open: it can be archived."


@pytest.mark.parametrize("how", ["quiet", "cancel", "carry"])
def test_r_26_an_undo_lets_a_message_be_as_it_was(how: str) -> None:
    """Its reminders too, where its port has not been asked to take it back yet."""
    world = World(deliver=False)
    world.engine.save(*TEMPLATES, Pipeline("Tax", [Stage("Talk", [PLAIN]), DONE]))
    job = world.job_at("tax", "Talk")
    (request,) = world.engine.pending()
    world.engine.delivered(request.key, Receipt("m-1"))
    before = item(world, job)

    world.engine.move(job, "Done", open=how)
    world.engine.undo(job)

    after = item(world, job)
    assert (after.state, after.marks, after.late_facts, after.visit, after.remind_at) == (
        before.state,
        before.marks,
        before.late_facts,
        before.visit,
        before.remind_at,
    )
    assert after.is_open_thread


def test_a_plan_that_takes_a_stage_away_stops_reminders_of_messages_as_a_move_does() -> None:
    """Its `open=` means the same."""
    world, job = begun(Stage("First"), Stage("Talk", [PLAIN]), DONE)
    world.engine.move(job, "Talk")
    edited = world.engine.pipeline("tax").remove_stage("Talk")

    plan = world.engine.plan(edited)
    world.engine.apply(plan, stages={"talk": "done"}, open=Open.QUIET)
    world.advance(days=9)

    assert reminded(world, job) == []
