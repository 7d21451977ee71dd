"""What fires once a job, and was undone: whether it fires again, so that nobody is billed twice."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import attrs
import pytest

from pipeflow import (
    Account,
    After,
    ApplyFolderTemplate,
    AroundDate,
    CreateInvoice,
    CreateOrganizer,
    EmailMode,
    EmailTemplate,
    Engine,
    Job,
    Pipeline,
    Repeat,
    SendEmail,
    SendProposal,
    SetStatus,
    Stage,
    StartJob,
    TriggerFired,
)
from pipeflow.ports import InvoiceCancellation, Receipt, Rejected
from pipeflow.testing import World
from tests.firms import (
    ADA,
    BOB,
    FEE,
    FOLDERS,
    LETTER,
    ORGANIZER,
    PAID_LETTER,
    TEMPLATES,
    WELCOME,
    opened,
)

ONCE = Repeat.ONCE
START = Stage("Start")
BILL = Stage("Bill", [CreateInvoice(FEE, repeat=ONCE)])


def moved(*stages: Stage, more: Iterable[Any] = ()) -> tuple[World, Engine, Job]:
    """Let a job enter its second stage, in a firm whose host delivers by itself."""
    world = opened(START, *stages, more=more, deliver=False)
    client = world.engine.save(Account("Lovelace", contacts=[ADA, BOB]))
    job = world.engine.start("tax", client)
    return world, world.engine, world.engine.move(job, stages[0].name)


def test_a_bill_that_left_while_its_move_was_undone_is_not_asked_for_again() -> None:
    """A worker had it in hand, and so it went out."""
    _, engine, job = moved(BILL)
    (first,) = engine.pending()
    engine.undo(job)
    engine.delivered(first.key, Receipt("i-1"))

    again = engine.move(job, "Bill")

    assert engine.pending() == ()
    assert [item.visit for item in again.items] == [2]


def test_a_bill_that_is_still_in_hand_is_not_asked_for_again() -> None:
    """It may be out already, though nobody has said so yet."""
    _, engine, job = moved(BILL)
    engine.pending()
    engine.undo(job)

    engine.move(job, "Bill")

    assert engine.pending() == ()


def test_a_bill_that_its_worker_never_delivered_is_asked_for_again() -> None:
    """It was withdrawn when the worker let go of it."""
    world, engine, job = moved(BILL)
    (first,) = engine.pending()
    engine.undo(job)
    world.clock.advance(minutes=2)
    assert engine.pending() == ()

    engine.move(job, "Bill")

    assert [one.key for one in engine.pending()] != [first.key]


def test_a_bill_on_which_its_worker_died_is_not_asked_for_again() -> None:
    """The port was called and never answered: the client may have it, though it was withdrawn."""
    world = opened(START, BILL)
    engine = world.engine
    job = engine.start("tax", world.account())
    world.invoices.fail_when(lambda request: True, SystemExit())
    with pytest.raises(SystemExit):
        engine.move(job, "Bill")
    engine.undo(job)
    world.clock.advance(minutes=2)
    engine.tick()

    engine.move(job, "Bill")

    assert len(world.invoices.attempts) == 1
    assert "so it may be there" in str(engine.history(job))


@pytest.mark.parametrize("error", [OSError("down"), Rejected("no such client")])
def test_a_bill_that_failed_after_its_undo_is_asked_for_again(error: Exception) -> None:
    """It never left, so that the client has none."""
    _, engine, job = moved(BILL)
    (first,) = engine.pending()
    engine.undo(job)
    engine.failed(first.key, error)

    engine.move(job, "Bill")

    (second,) = engine.pending()
    assert second.key != first.key


@pytest.mark.parametrize(
    "automation",
    [CreateInvoice(FEE, repeat=ONCE), CreateOrganizer(ORGANIZER, repeat=ONCE)],
    ids=["a bill", "an organizer"],
)
def test_what_came_to_be_after_it_was_withdrawn_is_not_asked_for_again(
    automation: CreateInvoice | CreateOrganizer,
) -> None:
    """Its host says so late, but before the job comes back."""
    world, engine, job = moved(Stage("Bill", [automation]))
    (first,) = engine.pending()
    engine.undo(job)
    world.clock.advance(minutes=2)
    assert engine.pending() == ()
    engine.delivered(first.key, Receipt("i-1"))

    engine.move(job, "Bill")

    assert engine.pending() == ()


def test_what_fires_each_time_is_asked_for_again_whatever_came_late() -> None:
    """Nothing is noted of it."""
    world, engine, job = moved(Stage("Bill", [CreateInvoice(FEE)]))
    (first,) = engine.pending()
    engine.undo(job)
    world.clock.advance(minutes=2)
    assert engine.pending() == ()
    engine.delivered(first.key, Receipt("i-1"))

    engine.move(job, "Bill")

    assert len(engine.pending()) == 1


def edited(engine: Engine, *bills: CreateInvoice) -> None:
    """Let the second stage have other automations."""
    pipeline = engine.pipeline("tax")
    start, stage = pipeline.stages
    changed = attrs.evolve(stage, automations=bills)
    engine.save(attrs.evolve(pipeline, stages=[start, changed]))


def test_a_bill_comes_late_of_an_automation_that_was_taken_out() -> None:
    """It is linked all the same."""
    world, engine, job = moved(BILL)
    (first,) = engine.pending()
    engine.undo(job)
    world.clock.advance(minutes=2)
    assert engine.pending() == ()
    edited(engine)

    late = engine.delivered(first.key, Receipt("i-1"))

    assert late is not None
    assert str(late.item("Fee").ref) == "invoices:i-1"


def test_what_fired_each_time_fires_once_more_when_it_is_to_fire_once_after_that() -> None:
    """What came while it fired each time is noted of no move, undone or not."""
    world, engine, job = moved(Stage("Bill", [CreateInvoice(FEE, id="fee")]))
    (first,) = engine.pending()
    engine.undo(job)
    world.clock.advance(minutes=2)
    assert engine.pending() == ()
    engine.delivered(first.key, Receipt("i-1"))
    edited(engine, CreateInvoice(FEE, id="fee", repeat=ONCE))

    engine.move(job, "Bill")

    assert len(engine.pending()) == 1


@pytest.mark.parametrize("undone", ["before", "after"])
def test_a_bill_that_was_let_go_of_is_not_asked_for_again_though_another_move_is_undone(
    undone: str,
) -> None:
    """The move in which it fired stands, though its worker never delivered it."""
    world, engine, job = moved(Stage("Review"), BILL)
    if undone == "before":
        engine.undo(job)
    job = engine.move(job, "Bill")
    engine.pending()
    engine.unlink(job, job.items[0])
    if undone == "after":
        engine.move(job, "Review")
        engine.undo(job)
    world.clock.advance(minutes=2)
    assert engine.pending() == ()

    engine.move(engine.move(job, "Start"), "Bill")

    assert engine.pending() == ()


def test_a_bill_comes_late_of_a_pipeline_in_which_the_job_is_no_longer() -> None:
    """Nothing there can fire it again but a move back by hand."""
    world, engine, job = moved(BILL)
    (first,) = engine.pending()
    engine.undo(job)
    world.clock.advance(minutes=2)
    assert engine.pending() == ()
    engine.save(Pipeline("Other", [START]))
    engine.transfer(job, "other")

    late = engine.delivered(first.key, Receipt("i-1"))

    assert late is not None
    assert str(late.item("Fee").ref) == "invoices:i-1"


def test_an_e_mail_counts_as_out_while_one_contact_may_have_got_it() -> None:
    """To the one it failed, of the other nobody has heard yet."""
    mail = EmailTemplate("Dear", subject="Dear [FIRST_NAME]", mode=EmailMode.CONTACT)
    _, engine, job = moved(Stage("Greet", [SendEmail(mail, repeat=ONCE)]), more=[mail])
    ada, bob = engine.pending()
    engine.undo(job)
    engine.failed(ada.key, OSError("down"))
    engine.move(job, "Greet")
    assert engine.pending() == ()
    engine.undo(job)

    engine.failed(bob.key, OSError("down"))
    engine.move(job, "Greet")

    assert len(engine.pending()) == 2


def test_folders_that_were_never_made_are_asked_for_again() -> None:
    """They make no item either."""
    _, engine, job = moved(Stage("File", [ApplyFolderTemplate(FOLDERS, repeat=ONCE)]))
    (first,) = engine.pending()
    engine.undo(job)
    engine.failed(first.key, OSError("down"))

    engine.move(job, "File")

    assert len(engine.pending()) == 1


def test_what_fired_again_since_is_not_given_back_by_an_earlier_visit() -> None:
    """Of two that were in hand one fails, fires again, and then the other fails."""
    both = Stage("Bill", [CreateInvoice(FEE, repeat=ONCE), SendProposal(LETTER, repeat=ONCE)])
    _, engine, job = moved(both)
    fee, letter = engine.pending()
    engine.undo(job)
    engine.failed(fee.key, OSError("down"))
    engine.move(job, "Bill")
    (again,) = engine.pending()
    engine.delivered(again.key, Receipt("i-1"))

    engine.failed(letter.key, OSError("down"))
    engine.move(job, "Start")
    engine.move(job, "Bill")

    assert [one.key.rpartition("/")[2] for one in engine.pending()] == ["send-proposal-letter"]


def test_the_letter_whose_bill_may_be_out_is_not_sent_again() -> None:
    """Who signs it once more would be billed once more."""
    _, engine, job = moved(Stage("Sign", [SendProposal(PAID_LETTER, repeat=ONCE)]))
    (letter,) = engine.pending()
    engine.delivered(letter.key, Receipt("p-1", completed=True))
    (bill,) = engine.pending()
    engine.undo(job)
    engine.delivered(bill.key, Receipt("i-1"))
    for request in engine.pending():
        engine.delivered(request.key)

    engine.move(job, "Sign")

    assert engine.pending() == ()


# -- triggers ------------------------------------------------------------------------------------


def falls_due(*fires: CreateInvoice | SendEmail) -> tuple[World, Engine, Job]:
    """Start a job of which a trigger fires after its due date, in a firm that delivers by hand."""
    world = World(deliver=False)
    stages = [START, Stage("Greet", [SendEmail(WELCOME)]), Stage("Bill", [SetStatus("Active")])]
    billed = AroundDate("due", After(), fires, id="late")
    world.engine.save(*TEMPLATES, Pipeline("Tax", stages, statuses=["On hold"], triggers=[billed]))
    return world, world.engine, world.engine.start("tax", world.account(), due=date(2026, 1, 10))


def overdue() -> tuple[World, Engine, Job]:
    """Let a trigger fire in a move: what fell due on hold is made up for when the job goes on."""
    world, engine, job = falls_due(CreateInvoice(FEE), SendEmail(WELCOME))
    engine.set_status(job, "On hold")
    world.clock.advance(days=20)
    engine.tick()
    return world, engine, engine.move(job, "Bill")


def fired(engine: Engine, job: Job) -> int:
    """Count how often the trigger has fired."""
    return len(engine.history(job).of(TriggerFired))


def test_a_trigger_does_not_fire_again_while_its_bill_may_be_out() -> None:
    """A worker has both in hand, and delivers the bill alone."""
    _, engine, job = overdue()
    bill, mail = engine.pending()
    engine.undo(job)
    engine.failed(mail.key, OSError("down"))
    engine.delivered(bill.key, Receipt("i-1"))

    engine.move(job, "Bill")

    assert fired(engine, job) == 1
    assert engine.pending() == ()


def test_a_trigger_fires_again_when_nothing_of_it_has_left() -> None:
    """Not before the last of it has failed."""
    world, engine, job = overdue()
    bill, mail = engine.pending()
    engine.undo(job)
    engine.failed(bill.key, OSError("down"))
    engine.move(job, "Bill")
    assert fired(engine, job) == 1
    engine.undo(job)

    engine.failed(mail.key, OSError("down"))
    engine.move(job, "Bill")
    world.clock.advance(days=1)
    engine.tick()

    assert fired(engine, job) == 2
    assert len(engine.pending()) == 2


def test_a_trigger_fires_again_though_mail_of_another_undone_move_has_left() -> None:
    """That was no part of what it fired, of which nothing has left."""
    world, engine, job = falls_due(CreateInvoice(FEE))
    engine.move(job, "Greet")
    (mail,) = engine.pending()
    engine.delivered(mail.key, Receipt("m-1"))
    engine.undo(job)
    engine.set_status(job, "On hold")
    world.clock.advance(days=20)
    engine.tick()
    engine.move(job, "Bill")
    (bill,) = engine.pending()
    engine.undo(job)

    engine.failed(bill.key, OSError("down"))
    engine.move(job, "Bill")
    world.clock.advance(days=1)
    engine.tick()

    assert fired(engine, job) == 2
    assert len(engine.pending()) == 1


# -- follow-up jobs ------------------------------------------------------------------------------

BOOKS = Pipeline("Books", [Stage("Set up", [CreateInvoice(FEE)])])


def lead(repeat: Repeat = ONCE, books: Pipeline = BOOKS) -> tuple[World, Engine, Job]:
    """Let a job start another one in its second stage."""
    world = World(deliver=False)
    engine = world.engine
    signed = Stage("Signed", [StartJob(books, repeat=repeat)])
    engine.save(*TEMPLATES, books, Pipeline("Lead", [Stage("Talk"), signed]))
    return world, engine, engine.move(engine.start("lead", world.account()), "Signed")


def test_a_follow_up_that_has_gone_on_is_not_started_again() -> None:
    """It is left alone, and bills the client already."""
    _, engine, job = lead()
    engine.edit(job.follow_ups[0], comments="called the client")
    engine.undo(job)

    again = engine.move(job, "Signed")

    assert again.follow_ups == job.follow_ups


def test_a_follow_up_that_was_taken_back_is_started_again() -> None:
    """Nothing of it has left."""
    _, engine, job = lead()
    engine.undo(job)

    again = engine.move(job, "Signed")

    assert len(again.follow_ups) == 2
    assert len(engine.pending()) == 1


def test_a_follow_up_whose_bill_may_be_out_is_not_started_again() -> None:
    """A worker has it in hand."""
    _, engine, job = lead()
    engine.pending()
    engine.undo(job)

    again = engine.move(job, "Signed")

    assert again.follow_ups == job.follow_ups
    assert engine.pending() == ()


def test_a_follow_up_whose_bill_is_voided_is_started_again() -> None:
    """Its host takes it back."""
    _, engine, job = lead()
    (bill,) = engine.pending()
    engine.delivered(bill.key, Receipt("i-1"))
    engine.undo(job)

    engine.move(job, "Signed")

    void, new = engine.pending()
    assert isinstance(void, InvoiceCancellation)
    assert new.key != bill.key


def test_a_follow_up_that_was_deleted_is_not_started_again() -> None:
    """Nobody knows any more what it had sent."""
    _, engine, job = lead()
    engine.archive(job.follow_ups[0])
    engine.delete(engine.job(job.follow_ups[0]))
    engine.undo(job)

    engine.move(job, "Signed")

    assert engine.jobs() == (engine.job(job),)


def test_a_follow_up_is_not_started_again_whose_own_has_gone_on() -> None:
    """It would start that once more too."""
    world = World(deliver=False)
    engine = world.engine
    books = Pipeline("Books", [Stage("Set up", [StartJob("payroll")])])
    payroll = Pipeline("Payroll", [Stage("Set up", [CreateInvoice(FEE)])])
    signed = Stage("Signed", [StartJob(books, repeat=ONCE)])
    engine.save(*TEMPLATES, payroll, books, Pipeline("Lead", [Stage("Talk"), signed]))
    job = engine.move(engine.start("lead", world.account()), "Signed")
    (started,) = job.follow_ups
    engine.edit(engine.job(started).follow_ups[0], comments="called the client")
    engine.undo(job)

    again = engine.move(job, "Signed")

    assert again.follow_ups == job.follow_ups


def test_a_follow_up_that_is_started_each_time_is_started_again() -> None:
    """The list of the undo says that the first one went on."""
    _, engine, job = lead(Repeat.ALWAYS)
    engine.edit(job.follow_ups[0], comments="called the client")
    engine.undo(job)

    again = engine.move(job, "Signed")

    assert len(again.follow_ups) == 2
