"""What a move made is known by what made it, and not by when it came."""

import pytest

from pipeflow import CreateTask, Engine, ItemState, Job, SendProposal, Stage
from pipeflow.ports import Receipt
from pipeflow.testing import World
from tests.firms import PAID_LETTER, PREPARE, opened

SIGN = Stage("Sign", [SendProposal(PAID_LETTER)])


def delivered(engine: Engine) -> None:
    """Deliver all that is pending."""
    for request in engine.pending():
        engine.delivered(request.key, Receipt(f"r-{request.key[-12:]}"))


def signed_behind_a_move(*work: CreateTask) -> tuple[World, Engine, Job]:
    """Let a letter be signed, by its receipt, when its job has moved on."""
    world = opened(SIGN, Stage("Work", work), deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    (letter,) = engine.pending()
    engine.move(job, "Work")
    engine.delivered(letter.key, Receipt("p-1", completed=True))
    delivered(engine)
    return world, engine, engine.job(job)


@pytest.mark.parametrize("work", [(), (CreateTask(PREPARE),)])
def test_a_bill_stays_that_came_of_a_letter_of_before(work: tuple[CreateTask, ...]) -> None:
    """The letter stays signed, and so its bill stays due."""
    _, engine, job = signed_behind_a_move(*work)

    undone = engine.undo(job)

    assert undone.job.item("Fee").state is ItemState.PENDING
    assert [one.name for one in undone.cancelled] == ["Prepare"] * len(work)
    assert [one.key for one in engine.pending() if "invoice" in one.port] == []


def test_a_bill_goes_that_came_of_a_letter_of_the_move() -> None:
    """Though it came when the move was over."""
    world = opened(Stage("Talk"), SIGN, deliver=False)
    engine = world.engine
    job = engine.move(engine.start("tax", world.account()), "Sign")
    (letter,) = engine.pending()
    engine.delivered(letter.key, Receipt("p-1", completed=True))
    delivered(engine)

    undone = engine.undo(job)

    assert [one.name for one in undone.cancelled] == ["Paid letter", "Fee"]
    assert undone.job.item("Fee").state is ItemState.RESOLVED
