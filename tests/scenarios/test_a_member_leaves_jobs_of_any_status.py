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
from pipeflow.ports import Receipt
from pipeflow.testing import World
from tests.firms import DONE, REVIEW, now

MIA, TOM = Member("Mia", id="mia"), Member("Tom", id="tom")
FROZEN = Status("Frozen", quiet=True)


def _firm(*, deliver: bool = True) -> tuple[World, Job]:
    world = World(deliver=deliver)
    work = Stage("Work", [CreateTask(REVIEW)])
    world.engine.save(REVIEW, MIA, TOM, Pipeline("Tax", [work, DONE], statuses=["On hold", FROZEN]))
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
    world.engine.set_status(job, FROZEN)
    assert [one.id for one in world.engine.jobs(status=FROZEN)] == [job.id]
    assert [one.id for one in world.engine.jobs(status=["On hold", FROZEN])] == [job.id]


# -- what hosts are told -------------------------------------------------------------------------


def test_r_23_the_port_of_tasks_is_told_who_does_what_was_handed_over() -> None:
    """As when each task is reassigned, or its host would leave them with whoever left."""
    world, job = _firm()
    world.engine.reassign(job.items[0], [MIA])

    world.engine.hand_over(MIA, TOM, command_id="h-1")
    world.engine.hand_over(MIA, TOM, command_id="h-1")

    assert [change.assignees for change in world.tasks.updated] == [{"mia"}, {"tom"}]


def test_r_23_a_change_that_has_not_left_does_not_give_a_task_back_to_whoever_left() -> None:
    """Only the last is told."""
    world, job = _firm(deliver=False)
    (made,) = world.engine.pending()
    world.engine.delivered(made.key, Receipt("t-1"))
    world.engine.reassign(job.items[0], [MIA])

    world.engine.hand_over(MIA, TOM)

    (change,) = world.engine.pending()
    assert (change.assignees, change.ref) == ({"tom"}, "t-1")  # type: ignore[attr-defined]


def test_r_29_accounts_that_have_nothing_to_do_with_a_member_are_not_looked_at() -> None:
    """Handing over costs what is handed over, and not the whole firm."""
    world, _ = _firm()
    mine = world.engine.save(Account("Mine", access=[MIA]))
    seen: list[str] = []
    find = world.store.find

    def watched(*given: object, **keywords: object) -> object:
        page = find(*given, **keywords)  # type: ignore[arg-type]
        seen.extend(key.id for key, _ in page.rows if key.kind == "account")
        return page

    world.store.find = watched  # type: ignore[method-assign, assignment]

    handed = world.engine.hand_over(MIA, TOM)

    assert handed.access == (mine.id,)
    assert set(seen) == {mine.id}
