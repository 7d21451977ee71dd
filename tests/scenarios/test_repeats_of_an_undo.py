"""A host sends an undo again, by its command id, when other things have happened meanwhile."""

import pytest

from pipeflow import CreateInvoice, CreateTask, NotFoundError, Stage
from tests.firms import DONE, FEE, REVIEW, begun


def test_r_33_an_undo_that_is_sent_again_tells_what_it_came_to_and_not_a_later_one() -> None:
    """The invoice that had gone out by the first is not kept from whoever asks again."""
    billing, review = Stage("Billing", [CreateInvoice(FEE)]), Stage("Review", [CreateTask(REVIEW)])
    world, job = begun(Stage("Intake"), billing, review, DONE)
    world.engine.move(job, "Billing")
    first = world.engine.undo(job, command_id="u-1")
    world.engine.move(job, "Review")
    second = world.engine.undo(job, command_id="u-2")
    again = world.engine.undo(job, command_id="u-1")
    assert [str(trace) for trace in first.cancelled] != [str(trace) for trace in second.cancelled]
    assert (again.withdrawn, again.cancelled, again.gone) == (
        first.withdrawn,
        first.cancelled,
        first.gone,
    )
    assert world.engine.undo(job, command_id="u-2") == second


def test_r_33_an_undo_that_is_sent_again_after_its_job_was_deleted_says_that_there_is_none() -> (
    None
):
    """As every other call about that job does."""
    world, job = begun(Stage("Intake"), DONE)
    world.engine.move(job, "Done")
    world.engine.undo(job, command_id="u-1")
    world.engine.archive(job)
    world.engine.delete(job)
    with pytest.raises(NotFoundError, match="job"):
        world.engine.undo(job, command_id="u-1")
