"""A status becomes quiet, or is quiet no more, while jobs are in it (R-9)."""

from typing import Any

import attrs
import pytest

from pipeflow import CreateInvoice, Job, RemindersSet, RemindersStopped, Stage, Status
from pipeflow.adapters.memory import MemoryStore
from pipeflow.testing import World
from tests.firms import DAILY, DONE, FEE, begun, events, now

BILLING = Stage("Billing", [CreateInvoice(FEE, reminders=DAILY)])


@pytest.fixture
def waiting() -> tuple[World, Job]:
    """A job whose status is not quiet."""
    world, job = begun(BILLING, DONE)
    return world, world.engine.set_status(job, "On hold")


def _say(world: World, *, quiet: bool) -> None:
    tax = world.engine.pipeline("tax")
    world.engine.save(attrs.evolve(tax, statuses=[Status("On hold", quiet=quiet), "Other"]))


def test_r_9_a_reminder_that_could_not_leave_yet_does_not_leave_once_the_status_is_quiet(
    waiting: tuple[World, Job],
) -> None:
    """It is taken back, and the history says why there are no more."""
    world, job = waiting
    world.email.fail_next(RuntimeError("outage"), times=5)
    world.advance(days=1)
    _say(world, quiet=True)
    world.email.recover()
    world.advance(days=5)

    assert world.email.sent == []
    assert [one.reason for one in events(world, job, RemindersStopped)] == ["the job is 'On hold'"]
    assert "no reminders while the job is On hold" in str(world.engine.explain(job))


def test_r_9_reminders_go_on_once_the_status_is_quiet_no_more(waiting: tuple[World, Job]) -> None:
    """One interval from then, though the job stays in that status."""
    world, job = waiting
    _say(world, quiet=True)
    world.advance(days=5)
    _say(world, quiet=False)
    assert len(events(world, job, RemindersSet)) == 1
    world.advance(days=1)

    assert len(world.email.sent) == 1
    assert "next reminder" in str(world.engine.explain(job))


def test_r_9_a_paused_job_and_one_that_asked_for_peace_stay_quiet(
    waiting: tuple[World, Job],
) -> None:
    """Their status is not the only reason."""
    world, job = waiting
    other = world.job_at("tax", "Billing")
    world.engine.set_status(other, "On hold")
    world.engine.set_reminders(now(world, other).items[0], None)
    world.engine.pause(job, "ill")
    _say(world, quiet=True)
    _say(world, quiet=False)
    world.advance(days=5)

    assert world.email.sent == []


def test_r_9_a_status_that_says_something_else_costs_only_the_jobs_that_are_in_it() -> None:
    """All other jobs of the firm are not looked at."""
    world, job = begun(BILLING, DONE)
    for _ in range(3):
        world.job_at("tax", "Billing")
    world.engine.set_status(job, "On hold")
    store: Any = world.store
    assert isinstance(store, MemoryStore)
    seen: list[str] = []
    find = store.find

    def watched(tenant: str, query: Any, **keywords: Any) -> Any:
        page = find(tenant, query, **keywords)
        seen.extend(key.id for key, _ in page.rows if key.kind == "job")
        return page

    store.find = watched  # type: ignore[method-assign]
    _say(world, quiet=True)

    assert seen == [job.id]
