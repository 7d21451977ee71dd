"""A move is taken back, and so is what it did to reminders (R-9, R-24, R-26)."""

import pytest

from pipeflow import CreateInvoice, CreateOrganizer, CreateTask, Pipeline, Stage, Status
from pipeflow.ports import Receipt
from pipeflow.testing import World
from tests.firms import DAILY, DONE, FEE, ORGANIZER, REVIEW, begun, now, opened

INTAKE = Stage("Intake", [CreateOrganizer(ORGANIZER, reminders=DAILY)])


def _reminded(world: World) -> list[str]:
    return [mail.subject for mail in world.email.sent if mail.item is not None]


def test_r_26_an_undo_lets_reminders_go_on_also_where_the_thing_had_not_left_yet() -> None:
    """The move had it stay quiet while its request was still waiting for its port."""
    world = World(deliver=False)
    world.engine.save(ORGANIZER, Pipeline("Tax", [INTAKE, DONE]))
    job = world.job_at("tax", "Intake")
    world.engine.move(job, "Done", open="quiet")
    world.engine.undo(job)

    (request,) = world.engine.pending()
    world.engine.delivered(request.key, Receipt("o-1"))

    assert now(world, job).items[0].remind_at is not None


@pytest.mark.parametrize("open", ["quiet", "carry", "cancel"])
def test_r_26_an_undo_does_not_wake_reminders_that_were_off_before_the_move(open: str) -> None:  # noqa: A002
    """A client had asked for peace."""
    world = World(deliver=False)
    world.engine.save(ORGANIZER, Pipeline("Tax", [INTAKE, DONE]))
    job = world.job_at("tax", "Intake")
    (request,) = world.engine.pending()
    world.engine.delivered(request.key, Receipt("o-1"))
    world.engine.pause(job)
    world.engine.resume(job, reminders=False)
    before = now(world, job).items
    world.engine.move(job, "Done", open=open)
    world.engine.undo(job)

    assert now(world, job).items == before
    world.advance(days=3)
    assert _reminded(world) == []


def test_r_24_an_item_without_reminders_is_the_same_after_a_quiet_move() -> None:
    """There is nothing to switch off, and `explain` does not say that there was."""
    world, job = begun(Stage("Work", [CreateTask(REVIEW), CreateInvoice(FEE)]), DONE)
    before = now(world, job).items
    world.engine.move(job, "Done", open="quiet")

    assert now(world, job).items == before
    assert "reminders" not in str(world.engine.explain(job))


def test_r_9_a_job_that_is_taken_back_into_a_quiet_status_reminds_nobody() -> None:
    """The transfer had made it Active; only the pipeline that it left knows that status."""
    other = Pipeline("Other", [Stage("Start"), Stage("End")])
    world = opened(INTAKE, DONE, more=[other])
    quiet = Pipeline("Quiet", [INTAKE, DONE], statuses=[Status("On hold", quiet=True)])
    world.engine.save(quiet)
    job = world.job_at("quiet", "Intake")
    world.engine.set_status(job, "On hold")
    world.engine.transfer(job, "other")
    world.engine.undo(job)

    assert now(world, job).status == "On hold"
    assert now(world, job).items[0].remind_at is None
    world.advance(days=3)
    assert _reminded(world) == []
    world.engine.set_status(job, "Active")
    world.advance(days=1)
    assert _reminded(world) == ["Reminder: Organizer"]


def test_r_9_reminders_that_a_move_silenced_stay_silent_in_a_quiet_status() -> None:
    """Undoing a quiet transfer does not wake them before the job goes on."""
    quiet = Pipeline("Quiet", [INTAKE, DONE], statuses=[Status("On hold", quiet=True)])
    world = opened(INTAKE, DONE, more=[quiet])
    job = world.job_at("quiet", "Intake")
    world.engine.set_status(job, "On hold")
    world.engine.transfer(job, "tax", open="quiet")
    world.engine.undo(job)
    world.advance(days=3)
    assert _reminded(world) == []
    world.engine.set_status(job, "Active")
    world.advance(days=1)
    assert _reminded(world) == ["Reminder: Organizer"]
