"""What `explain` tells of a job whose last move was taken back, or that was paused (R-26, R-27)."""

import pytest

from pipeflow import (
    Account,
    CreateInvoice,
    CreateTask,
    JobWaits,
    Pipeline,
    Repeat,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    UpdateAccountTags,
    WaitReason,
    tagged,
)
from tests.firms import (
    ADA,
    CHECKLIST,
    DONE,
    FEE,
    PAID_LETTER,
    PREPARE,
    REVIEW,
    begun,
    events,
    now,
    opened,
)


def test_r_26_what_an_undone_move_skipped_is_not_told_as_of_the_stage_it_is_back_in() -> None:
    """Only what came with the entry that counts again, and what has happened since, is."""
    again = Stage("Again", [CreateInvoice(FEE, repeat=Repeat.UNLESS_OPEN)])
    picky = Stage("Picky", [CreateTask(REVIEW, when=tagged("vip"))])
    world, job = begun(again, picky, DONE)
    world.engine.move(job, "Picky")
    before = world.engine.explain(job).came
    assert len(before) == 1
    world.engine.move(job, "Again")
    world.engine.undo(job)

    assert world.engine.explain(job).came == before


def test_r_26_nor_is_what_automoves_and_a_transfer_of_an_undone_move_skipped() -> None:
    """A whole chain is taken back, and so is what it told, twice over."""
    chain = [
        Stage("Intake", [SendMessage(CHECKLIST, when=tagged("vip"))]),
        Stage("Other", [CreateTask(PREPARE, when=tagged("vip"))]),
        DONE,
    ]
    far = [
        Stage("A", [CreateTask(PREPARE, when=tagged("vip"))], automove=True),
        Stage("B", when=tagged("vip"), automove=True),
        Stage("C"),
    ]
    world = opened(*chain, more=[Pipeline("Far", far)])
    job = world.engine.start("tax", world.engine.save(Account("Lovelace", contacts=[ADA])))
    before = world.engine.explain(job).came
    for _ in range(2):
        world.engine.move(job, "Other")
        world.engine.undo(job)
        world.engine.transfer(job, "far")
        world.engine.undo(job)

    assert world.engine.explain(job).came == before
    assert len(before) == 1


def test_r_26_a_job_that_could_move_on_after_an_undo_says_how() -> None:
    """Nothing is open any more, so that no completion will come by itself."""
    work = Stage("Work", [CreateTask(REVIEW)], automove=True)
    world, job = begun(work, DONE)
    world.engine.complete(now(world, job).items[0])
    world.engine.undo(job)

    explained = world.engine.explain(job)

    assert explained.reason is WaitReason.NEXT_FACT
    assert explained.moves_itself
    assert repr(explained).endswith("in 'work', next fact>")
    assert "`reevaluate`" in explained.sentence
    assert world.engine.reevaluate(job).stage == "done"


@pytest.mark.parametrize(
    ("policy", "reason"),
    [("advance", WaitReason.NEXT_FACT), ("stay", WaitReason.NOTHING_COMPLETED)],
)
def test_r_25_a_job_that_was_brought_along_is_explained_as_its_history_says(
    policy: str, reason: WaitReason
) -> None:
    """Nothing holds it where jobs without anything to do may pass."""
    work = Stage("Work", [CreateTask(REVIEW)], automove=True)
    world, job = begun(work, DONE, settings=Settings(on_empty=policy), fire=False)

    explained = world.engine.explain(job)

    (told,) = events(world, job, JobWaits)
    assert explained.reason is told.reason is reason
    assert world.engine.reevaluate(job).stage == ("done" if explained.moves_itself else "work")


def test_r_27_what_waited_for_the_pause_to_end_is_not_told_once_it_has_ended() -> None:
    """It followed when the job was resumed."""
    work = Stage("Sign", [SendProposal(PAID_LETTER), UpdateAccountTags(add={"x"})], automove=True)
    world, job = begun(work, DONE)
    world.engine.pause(job, "on leave")
    world.engine.complete(now(world, job).items[0])
    assert "waits until it is resumed" in str(world.engine.explain(job).came)

    world.engine.resume(job)

    assert world.engine.explain(job).came == ()
