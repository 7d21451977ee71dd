"""A member leaves whose jobs stand in a status of their pipeline's own (R-28, R-32)."""

import pytest

from pipeflow import (
    Account,
    CreateTask,
    Job,
    Member,
    NotAllowedError,
    Pipeline,
    Stage,
    Status,
)
from pipeflow.testing import World
from tests.firms import DONE, REVIEW, now

MIA, TOM = Member("Mia", id="mia"), Member("Tom", id="tom")
STATUSES = ["On hold", Status("Frozen", quiet=True)]


def _firm(*, deliver: bool = True) -> tuple[World, Job]:
    world = World(deliver=deliver)
    work = Stage("Work", [CreateTask(REVIEW)])
    world.engine.save(REVIEW, MIA, TOM, Pipeline("Tax", [work, DONE], statuses=STATUSES))
    client = world.engine.save(Account("Lovelace"))
    return world, world.engine.start("tax", client, assignees=[MIA])


@pytest.mark.parametrize("status", ["Active", "Completed", "On hold", "Frozen"])
def test_r_28_jobs_of_every_status_but_archived_are_handed_over(status: str) -> None:
    """Till then their member cannot be deleted, and the refusal names them."""
    world, job = _firm()
    world.engine.reassign(job.items[0], [MIA])
    world.engine.set_status(job, status)
    with pytest.raises(NotAllowedError, match=rf"{job.id}\) \$.assignees uses it"):
        world.engine.delete(MIA)

    handed = world.engine.hand_over(MIA, TOM)

    assert (handed.jobs, handed.items) == ((job.id,), (job.items[0].id,))
    assert now(world, job).assignees == now(world, job).items[0].assignees == {"tom"}
    assert str(world.engine.delete(MIA)) == "deleted member 'mia'"


def test_r_29_jobs_are_asked_for_by_a_status_as_it_stands_in_its_pipeline() -> None:
    """As `set_status` takes it, too."""
    world, job = _firm()
    frozen = STATUSES[1]
    world.engine.set_status(job, frozen)
    assert [one.id for one in world.engine.jobs(status=frozen)] == [job.id]
    assert [one.id for one in world.engine.jobs(status=["On hold", frozen])] == [job.id]
