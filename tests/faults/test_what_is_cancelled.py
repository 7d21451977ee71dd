"""What is cancelled leaves no more, whatever had become of it before (A-10)."""

from __future__ import annotations

import pytest

from pipeflow import Cancelled, CreateTask, RequestWithdrawn, SendMessage, Stage
from pipeflow.testing import World
from tests.firms import DONE, NEWS, PREPARE, events, now, opened

DOWN = ConnectionError("no line")


def kept_from_leaving(kind: str) -> World:
    """Start a job whose request fails, and cancel what it would have made."""
    automation = SendMessage(NEWS) if kind == "a plain message" else CreateTask(PREPARE)
    world = opened(Stage("Work", [automation]), DONE)
    (world.messages if kind == "a plain message" else world.tasks).fail_next(DOWN)
    job = world.engine.start("tax", world.account())
    (item,) = job.items
    if kind == "a task that is done":
        world.engine.complete(item)
    world.engine.record(item, Cancelled("not this year"))
    return world


@pytest.mark.parametrize("kind", ["a plain message", "a task that is done", "a task"])
def test_what_is_cancelled_before_it_leaves_never_leaves(kind: str) -> None:
    """Its request is withdrawn, the history says so, and nobody has to abandon it."""
    world = kept_from_leaving(kind)

    failures = world.engine.failures()
    world.advance(hours=2)

    assert failures == ()
    assert len(events(world, now(world, "job-1"), RequestWithdrawn)) == 1
    assert world.messages.sent == world.tasks.created == []


@pytest.mark.parametrize("kind", ["a plain message", "a task that is done", "a task"])
def test_to_cancel_twice_is_to_cancel_once(kind: str) -> None:
    """The second word of it changes nothing and tells nothing."""
    world = kept_from_leaving(kind)
    job = now(world, "job-1")
    before = tuple(world.engine.history(job))

    world.engine.record(job.items[0], Cancelled("not this year"))

    assert tuple(world.engine.history(job)) == before
    assert now(world, job) == job
