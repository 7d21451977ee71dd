"""A move is taken back, and so is what it did to reminders (R-9, R-24, R-26)."""

from datetime import timedelta

import attrs
import pytest

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    InvoiceTemplate,
    ItemState,
    Job,
    LineItem,
    MessageReplied,
    NotAllowedError,
    Pipeline,
    Reminders,
    SendMessage,
    SetStatus,
    Stage,
    Status,
)
from pipeflow.ports import Receipt
from pipeflow.testing import World
from tests.firms import CHECKLIST, DAILY, DONE, FEE, ORGANIZER, REVIEW, begun, now, opened, usd

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
    there = world.engine.transfer(job, "other")
    world.engine.undo(job)

    assert there.items[0].remind_at == world.clock.now() + timedelta(days=1)

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


SLOW = Stage("Intake", [CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=3))])
TURNS = [
    Status("Quiet", quiet=True, automations=[SetStatus("Loud")]),
    Status("Loud", automations=[SetStatus("Still")]),
    Status("Still", quiet=True),
]


def turning(last: str) -> tuple[World, Job]:
    """Move a job on its second day, which stops and sets its reminders until a status is *last*."""
    world = World()
    parks = Stage("Parked", [SetStatus("Quiet" if last == "Still" else "Short")])
    short = Status("Short", quiet=True, automations=[SetStatus("Active")])
    world.engine.save(ORGANIZER, Pipeline("Tax", [SLOW, parks, DONE], statuses=[*TURNS, short]))
    job = world.job_at("tax", "Intake")
    world.advance(days=1)
    return world, world.engine.move(job, "Parked")


@pytest.mark.parametrize("last", ["Still", "Active"])
def test_r_26_reminders_are_as_they_were_however_often_the_move_stopped_them(last: str) -> None:
    """The next one is due when it was before the first of these stops."""
    world, job = turning(last)
    moved = now(world, job)

    undone = world.engine.undo(job).job

    assert moved.status == last
    assert undone.items[0].remind_at == world.clock.now() + timedelta(days=2)


def test_r_26_a_reminder_that_has_left_since_the_move_does_not_go_out_again() -> None:
    """The rhythm is past the hour that it was at when the move stopped it."""
    world, job = turning("Active")
    world.advance(days=3)

    undone = world.engine.undo(job).job
    world.advance(days=1)

    assert len(_reminded(world)) == 1
    assert undone.items[0].remind_at == world.clock.now() + timedelta(days=2)


HELD = Stage("Held", [SetStatus("Completed")])
RESTS = [
    Stage("Finished", [SetStatus("Completed")]),
    Stage("Filed", [SetStatus("Archived")]),
    Stage("Parked", [SetStatus("Quiet")]),
]


@pytest.mark.parametrize("stage", [one.name for one in RESTS])
def test_r_26_what_was_delivered_while_the_move_let_nobody_be_reminded_is_reminded_of(
    stage: str,
) -> None:
    """As if the move had never been; the client was never reminded, and explain did not say so."""
    world = World(deliver=False)
    world.engine.save(
        ORGANIZER, Pipeline("Tax", [INTAKE, *RESTS], statuses=[Status("Quiet", quiet=True)])
    )
    job = world.job_at("tax", "Intake")
    world.engine.move(job, stage)
    (asked,) = world.engine.pending()
    world.engine.delivered(asked.key, Receipt("o-1"))
    delivered = world.clock.now()
    world.advance(hours=5)

    undone = world.engine.undo(job).job

    assert undone.items[0].remind_at == delivered + timedelta(days=1)
    assert "next reminder" in str(world.engine.explain(job))


def test_r_26_who_replied_is_left_in_peace_after_an_undo_of_that_very_minute() -> None:
    """What was delivered before the move is reminded of as it was."""
    world, job = begun(Stage("Chat", [SendMessage(CHECKLIST, reminders=DAILY)]), HELD, DONE)
    ticked = world.engine.reopen(world.engine.complete(job.items[0]).items[0]).items[0]
    world.engine.record(ticked, MessageReplied())
    world.engine.move(job, "Held")

    undone = world.engine.undo(job).job

    assert (undone.items[0].state, undone.items[0].remind_at) == (ItemState.PENDING, None)


CREDIT = InvoiceTemplate("Credit", lines=[LineItem("x", rate=usd("5.00"))], on_account=True)
WAITS = Status("Waits", automations=[CreateInvoice("credit")], automove=True, quiet=True)
PARKS = Pipeline("Parks", [INTAKE, Stage("Parked", [SetStatus("Waits")]), DONE], statuses=[WAITS])


def parked() -> tuple[World, Job]:
    """Move a job to where a status holds it, which a bill ends that credit has paid."""
    world, job = begun(INTAKE, DONE, more=[CREDIT])
    world.engine.save(PARKS)
    job = world.engine.start("parks", job.account)
    world.invoices.credit.add(job.account)
    return world, world.engine.move(job, "Parked")


def test_r_26_a_status_that_a_receipt_ended_does_not_refuse_it() -> None:
    """Nobody decided anything by that; all is as it was before the move, to the hour."""
    world, job = parked()
    ended = now(world, job)

    undone = world.engine.undo(job).job

    assert (ended.status, undone.status, undone.stage) == ("Active", "Active", "intake")
    assert undone.items[0].remind_at == world.clock.now() + timedelta(days=1)
    assert undone.items[1].state is ItemState.RESOLVED


def test_r_26_a_job_is_taken_back_into_the_status_that_a_receipt_ended_since() -> None:
    """It had that status before it was moved."""
    world = World(deliver=False)
    world.engine.save(CREDIT, ORGANIZER, PARKS)
    job = world.job_at("parks", "Intake")
    job = world.engine.set_status(job, "Waits")
    world.engine.move(job, "Done")
    bill = next(one for one in world.engine.pending() if one.item == job.items[1].id)
    world.engine.delivered(bill.key, Receipt("i-1", completed=True))
    ended = now(world, job).status

    undone = world.engine.undo(job).job

    assert (ended, undone.status, undone.stage) == ("Active", "Waits", "intake")


def test_r_26_a_status_that_somebody_set_after_a_receipt_refuses_it() -> None:
    """That is a command about the job."""
    world, job = parked()
    world.advance(hours=1)
    world.engine.set_status(job, "Waits")

    with pytest.raises(NotAllowedError, match="status Active became Waits"):
        world.engine.undo(job)


def test_r_26_reminders_that_go_on_since_somebody_takes_mail_again_do_not_refuse_it() -> None:
    """That is about the client (R-7); whoever sets them does something to the job."""
    nobody = Account("Lovelace", [Contact("Ada", email="ada@example.com", notify=False)])
    world, job = begun(INTAKE, DONE, account=nobody)
    world.advance(days=2)
    world.engine.move(job, "Done")
    account = world.engine.account(job.account)
    heard = [attrs.evolve(one, notify=True) for one in account.contacts]
    world.engine.save(attrs.evolve(account, contacts=heard))

    undone = world.engine.undo(job).job
    world.engine.move(job, "Done")
    world.engine.set_reminders(undone.items[0], Reminders(every=5, times=2))

    assert undone.items[0].remind_at is not None
    with pytest.raises(NotAllowedError, match="every 5 days"):
        world.engine.undo(job)
