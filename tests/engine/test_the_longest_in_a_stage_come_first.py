"""Whoever has been longest in a stage comes first in lists and on boards, done or not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pipeflow import Engine, Job, Pipeline, Stage
from pipeflow.testing import World

NAMES = ("Ada", "Bob", "Cyd", "Dan")


def firm() -> World:
    """Start a job a day; the first goes back and comes again last, and some are done with."""
    world = World(datetime(2026, 1, 5, 9, tzinfo=UTC))
    engine = world.engine
    engine.save(Pipeline("Tax", [Stage("Intake"), Stage("Filing"), Stage("Done")]))
    jobs = []
    for name in NAMES:
        jobs.append(engine.start("tax", world.account(name), stage="Filing", name=name))
        world.advance(days=1)
    ada, bob, cyd, _ = jobs
    engine.move(engine.move(ada, "Intake"), "Filing")
    engine.set_status(ada, "Completed")
    engine.set_status(bob, "Completed")
    engine.archive(cyd)
    return world


def on_the_board(engine: Engine, most: int | None) -> list[str]:
    """Return whose cards stand in the stage in which all jobs are."""
    return [card.job.name for card in engine.board("tax", per_stage=most).stages[1].cards]


def paged(engine: Engine, limit: int, order: str) -> list[Job]:
    """Return all jobs, page by page."""
    found: list[Job] = []
    after = None
    while True:
        page = engine.jobs(order=order, limit=limit, after=after)
        found += page
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_jobs_come_by_when_they_came_into_their_stage_whether_they_are_done_or_not(
    limit: int,
) -> None:
    """Each job has such a date, so none of them comes last for want of one."""
    engine = firm().engine

    assert [job.name for job in engine.jobs(order="since")] == ["Bob", "Cyd", "Dan", "Ada"]
    assert [job.name for job in paged(engine, limit, "since")] == ["Bob", "Cyd", "Dan", "Ada"]


def test_a_completed_job_that_is_there_longest_keeps_its_card() -> None:
    """The board leaves out those that came last."""
    engine = firm().engine

    assert on_the_board(engine, None) == ["Bob", "Dan", "Ada"]
    assert on_the_board(engine, 1) == ["Bob"]


def test_a_branch_lists_jobs_in_the_same_order() -> None:
    """Those that it changed among those of the firm."""
    world = firm()
    branch = world.engine.what_if()
    branch.set_status("job-4", "Completed")

    assert [job.name for job in branch.jobs(order="since")] == ["Bob", "Cyd", "Dan", "Ada"]
    assert on_the_board(branch, 2) == ["Bob", "Dan"]


def test_what_is_done_with_waits_for_nobody_all_the_same() -> None:
    """Whoever asks by time means work that is under way."""
    engine = firm().engine

    assert [job.name for job in engine.jobs(waiting_since=date.max)] == ["Dan"]
