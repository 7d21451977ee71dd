"""What `explain` tells of a job whose last move was taken back, or that was paused (R-26, R-27)."""

from pipeflow import (
    Account,
    CreateInvoice,
    CreateTask,
    Pipeline,
    Repeat,
    SendMessage,
    SendProposal,
    Stage,
    UpdateAccountTags,
    tagged,
)
from tests.firms import ADA, CHECKLIST, DONE, FEE, PAID_LETTER, PREPARE, REVIEW, begun, now, opened


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

    assert "`reevaluate`" in world.engine.explain(job).sentence
    assert world.engine.reevaluate(job).stage == "done"


def test_r_27_what_waited_for_the_pause_to_end_is_not_told_once_it_has_ended() -> None:
    """It followed when the job was resumed."""
    work = Stage("Sign", [SendProposal(PAID_LETTER), UpdateAccountTags(add={"x"})], automove=True)
    world, job = begun(work, DONE)
    world.engine.pause(job, "on leave")
    world.engine.complete(now(world, job).items[0])
    assert "waits until it is resumed" in str(world.engine.explain(job).came)

    world.engine.resume(job)

    assert world.engine.explain(job).came == ()
