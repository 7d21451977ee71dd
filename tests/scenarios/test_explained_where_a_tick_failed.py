"""Explained where a tick could not work out what was due: nothing that was given up will come."""

from __future__ import annotations

import pytest
from attrs import evolve

from pipeflow import (
    CreateInvoice,
    Pipeline,
    SetStatus,
    Settings,
    Stage,
    Status,
    TimeInStage,
)
from pipeflow.errors import UnavailableError
from pipeflow.testing import World
from tests.faults.offices import Failing
from tests.firms import DAILY, DONE, FEE, opened

WHAT = "(set status 'One') was due 2026-01-06 09:00 UTC, and "


@pytest.mark.parametrize("skips", [False, True])
def test_a_trigger_that_was_given_up_is_not_said_to_fire(*, skips: bool) -> None:
    """It leads into a circle, until somebody mends the pipeline and has it tried again."""
    circle = [Status("One", automations=[SetStatus("Two")])]
    circle += [Status("Two", automations=[SetStatus("One")])]
    work = Stage("Work", triggers=[TimeInStage(1, [SetStatus("One")], skip_if_late=skips)])
    tax = Pipeline("Tax", [work, DONE], statuses=circle)
    world = World()
    world.engine.save(tax, Settings(attempts=2, most_steps=9))
    job = world.engine.start("tax", world.account())
    due = f"trigger after 1 day here{', unless late' * skips} {WHAT}"
    world.clock.advance(days=1)

    world.engine.tick()
    assert f"{due}is tried again 2026-01-06 09:00:02 UTC" in str(world.engine.explain(job))
    world.advance(hours=2)
    assert f"{due}was given up" in str(world.engine.explain(job))

    (failed,) = world.engine.failures()
    world.engine.save(evolve(world.engine.pipeline("tax"), statuses=["One"]))
    world.engine.retry(failed.key)
    world.engine.tick()
    assert world.engine.job(job).status == ("Active" if skips else "One")
    assert "given up" not in str(world.engine.explain(job))


@pytest.mark.parametrize("how", ["retried", "abandoned"])
def test_a_reminder_that_was_given_up_is_not_said_to_be_due(how: str) -> None:
    """The store was away as long as the firm tries; the client hears nothing of it."""
    store = Failing()
    bill = Stage("Work", [CreateInvoice(FEE, reminders=DAILY)])
    world = opened(bill, DONE, store=store, settings=Settings(attempts=1))
    job = world.engine.start("tax", world.account())
    world.clock.advance(days=1)
    store.errors = [UnavailableError("away")]
    world.engine.tick()

    told = world.engine.explain(job)

    assert "its next reminder was given up" in str(told)
    assert told.awaited[0].next is None
    assert world.email.sent == []
    (failed,) = world.engine.failures()
    if how == "retried":
        world.engine.retry(failed.key)
        world.engine.tick()
        assert len(world.email.sent) == 1
    else:
        world.engine.abandon(failed.key)
        assert "its reminders are off" in str(world.engine.explain(job))
    assert "given up" not in str(world.engine.explain(job))
