"""What a job lets go of is free for another, also while a port had it in hand (A-8, A-10)."""

from __future__ import annotations

import pytest

from pipeflow import (
    CreateTask,
    Item,
    ItemState,
    Job,
    NotAllowedError,
    NotFoundError,
    Receipt,
    Ref,
    RequestDelivered,
    Stage,
    TaskCompleted,
)
from pipeflow.ports import Changes, RefRow, Request, RowKey, Task
from pipeflow.testing import World
from tests.firms import DONE, PREPARE, events, now, opened, stays

TASK = Ref("tasks", "task-1")


def two_jobs(*, deliver: bool) -> tuple[World, Job, Job]:
    """Start a job that creates a task, and one that creates nothing."""
    world = opened(Stage("Work", [CreateTask(PREPARE)], automove=True), DONE, deliver=deliver)
    one = world.engine.start("tax", world.account("Ada"))
    return world, one, world.engine.start("tax", one.account, stage="Done")


def let_go_in_hand(*, completed: bool = False) -> tuple[World, Job, Job, Request]:
    """Let go of a task while a host is creating it."""
    world, one, other = two_jobs(deliver=False)
    (request,) = world.engine.pending()
    world.engine.unlink(one, one.item("Prepare"))
    world.engine.delivered(request.key, Receipt(TASK.id, completed=completed))
    return world, now(world, one), other, request


def is_free(world: World, other: Job) -> Item:
    """Link the task to the other job, and let it be done."""
    world.engine.link(other, TASK, name="Prepare")
    world.engine.receive(TASK, TaskCompleted())
    return now(world, other).item("Prepare")


@pytest.mark.parametrize("completed", [False, True])
def test_a_task_unlinked_while_a_host_creates_it_is_free(completed: bool) -> None:
    """No job is told to unlink it where it was unlinked already; webhooks find it (R-15)."""
    world, one, other, _ = let_go_in_hand(completed=completed)

    assert one.item("Prepare").ref == TASK
    assert world.engine.item(TASK) == one.item("Prepare")
    assert is_free(world, other).state is ItemState.COMPLETED
    assert now(world, one).item("Prepare").state is ItemState.RESOLVED
    assert [event.ref for event in events(world, one, RequestDelivered)] == [TASK.id]


def test_a_task_that_its_own_port_unlinks_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same while the engine itself calls the port."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    take = world.tasks.take

    def and_unlink(request: Task) -> Receipt:
        world.engine.unlink("job-1", "job-1/1")
        return take(request)

    monkeypatch.setattr(world.tasks, "take", and_unlink)
    one = world.engine.start("tax", world.account("Ada"))
    other = world.engine.start("tax", one.account, stage="Done")

    assert now(world, one).item("Prepare").ref == TASK
    assert is_free(world, other).state is ItemState.COMPLETED


def test_a_receipt_told_again_gives_nothing_back() -> None:
    """Neither the first one nor another, while it was in hand or late."""
    world, one, other, request = let_go_in_hand()
    before = tuple(world.engine.history(one))

    for ref in ("task-1", "task-2"):
        world.engine.delivered(request.key, Receipt(ref))

    assert now(world, one) == one
    assert tuple(world.engine.history(one)) == before
    assert is_free(world, other).state is ItemState.COMPLETED


def test_of_two_late_receipts_the_first_one_counts() -> None:
    """Twice changes nothing: one item has one reference."""
    world, job, _ = two_jobs(deliver=False)
    (request,) = world.engine.pending()
    world.engine.failed(request.key, "no line")
    world.engine.abandon(request.key)
    world.engine.delivered(request.key, Receipt("task-1"))

    after = stays(world.engine.delivered(request.key, Receipt("task-2")))

    assert after.item("Prepare").ref == TASK
    assert world.engine.item(TASK).id == job.item("Prepare").id
    with pytest.raises(NotFoundError):
        world.engine.item(Ref("tasks", "task-2"))
    assert len(events(world, job, RequestDelivered)) == 1


def test_what_was_let_go_of_after_a_late_receipt_stays_so() -> None:
    """The receipt that comes once more changes nothing."""
    world, job, other = two_jobs(deliver=False)
    (request,) = world.engine.pending()
    world.engine.failed(request.key, "no line")
    world.engine.abandon(request.key)
    late = stays(world.engine.delivered(request.key, Receipt("task-1")))
    world.engine.unlink(job, late.item("Prepare"))

    after = stays(world.engine.delivered(request.key, Receipt("task-1")))

    assert after.item("Prepare").ref == TASK
    assert is_free(world, other).state is ItemState.COMPLETED


def test_a_task_that_another_job_holds_is_not_free() -> None:
    """It belongs to one job, which has to let go of it."""
    world, job, other = two_jobs(deliver=True)

    with pytest.raises(NotAllowedError, match=f"linked to job '{job.id}'.*unlink it there first"):
        world.engine.link(other, TASK, name="Prepare")

    world.engine.unlink(job, now(world, job).item("Prepare"))
    assert is_free(world, other).state is ItemState.COMPLETED


def test_a_reference_of_which_nothing_is_left_is_answered_with_no_job() -> None:
    """Older versions emptied its row, and it was known once: a webhook need not come again."""
    world, _, other, _ = let_go_in_hand()
    key = RowKey("ref", "tasks:task-1")
    world.store.commit(Changes("default", {key: 1}, {key: RefRow(())}))

    assert world.engine.receive(TASK, TaskCompleted()) == []
    assert is_free(world, other).state is ItemState.COMPLETED


def test_a_job_may_link_the_task_that_it_holds() -> None:
    """No other job has to let go of it."""
    world, job, _ = two_jobs(deliver=True)

    after = world.engine.link(job, TASK, name="Once more")

    assert [item.ref for item in after.items] == [TASK, TASK]
