"""What a host has in hand while its job goes on without it, and what its receipt says then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeflow import (
    CreateInvoice,
    CreateTask,
    Engine,
    Item,
    ItemState,
    Job,
    MessageTemplate,
    Money,
    MoveUndone,
    Open,
    ProposalSigned,
    Receipt,
    Rejected,
    Reminders,
    ReminderSent,
    Reopened,
    RequestDelivered,
    RequestWithdrawn,
    SendMessage,
    SendProposal,
    Stage,
    Warned,
)
from pipeflow.ports import Invoice, InvoiceCancellation, MessageCancellation, ProposalCancellation
from pipeflow.testing import World
from tests.firms import DONE, FEE, LETTER, PAID_LETTER, PREPARE, events, opened

BILL = "default/job-1/1/create-invoice-fee"
SENT = "default/job-1/1/send-proposal-letter"
EVERY = Reminders(every=3, times=2)
NEWS = MessageTemplate("Some news", subject="News")
DONE_ALL_THE_SAME = "'Fee': its port says that it is done, and it was no longer waited for"


def left_behind(*, keeps: bool = False) -> tuple[World, Engine, Job]:
    """Move a job on while its host has a letter and a bill in hand, that its stage asked for."""
    stages = (
        Stage("Intake", [SendProposal(LETTER, reminders=EVERY), CreateInvoice(FEE)]),
        Stage("Work"),
        Stage("Done"),
    )
    world = opened(*stages, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    engine.pending(lease=timedelta(minutes=5))
    return world, engine, engine.move(job, "Work", open=Open.QUIET if keeps else Open.CANCEL)


def bill_of(engine: Engine) -> Item:
    """Return the bill, as its job has it."""
    return engine.job("job-1").item("Fee")


def warned(engine: Engine) -> list[str]:
    """Return what history warns of."""
    return [event.text for event in engine.history("job-1").of(Warned)]


@pytest.mark.parametrize("minutes", [0, 6], ids=["in hand still", "after its lease"])
def test_a_bill_that_was_paid_at_birth_is_told_to_a_job_that_left_it(minutes: int) -> None:
    """The client has paid it by credit: it is not asked back, and somebody has to look at it."""
    world, engine, _ = left_behind()
    world.clock.advance(minutes=minutes)
    engine.pending()

    engine.delivered(BILL, Receipt("i-1", completed=True))

    assert bill_of(engine).state is ItemState.RESOLVED
    assert warned(engine)[-1:] == [DONE_ALL_THE_SAME]
    assert not [one for one in engine.pending() if isinstance(one, InvoiceCancellation)]


def test_a_job_that_links_it_later_knows_that_it_is_paid() -> None:
    """Else its client would be reminded of a bill that is paid."""
    world, engine, job = left_behind()
    engine.delivered(BILL, Receipt("i-1", completed=True))
    other = engine.start("tax", world.account())

    engine.link(other, "i-1", "invoice")

    assert engine.job(other.id).items[-1].state is ItemState.COMPLETED
    assert engine.job(job.id).item("Fee").state is ItemState.RESOLVED


def test_it_does_not_stand_in_the_way_of_an_undo() -> None:
    """It is a receipt, and nothing that anybody did (R-26)."""
    _, engine, job = left_behind()
    engine.delivered(BILL, Receipt("i-1", completed=True))

    engine.undo(job)

    assert engine.job(job.id).stage == "intake"
    assert engine.job(job.id).item("Letter").state is ItemState.PENDING
    assert bill_of(engine).state is ItemState.COMPLETED


@pytest.mark.parametrize(
    "receipt",
    [Receipt("i-1", completed=True), Receipt("i-1", total=Money("7.00", "USD"))],
    ids=["done", "of another total"],
)
def test_it_moves_no_job_that_did_not_wait_for_it(receipt: Receipt) -> None:
    """Such as one whose move was just taken back, which stays until the next thing happens."""
    stages = (Stage("Intake", [CreateInvoice(FEE), CreateTask(PREPARE)], automove=True), DONE)
    world = opened(*stages, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    engine.pending()
    engine.unlink(job, job.item("Fee"))
    engine.undo(engine.complete(job.item("Prepare")))

    engine.delivered(BILL, receipt)

    assert engine.job(job.id).stage == "intake"


def test_the_same_of_a_letter() -> None:
    """Its port says that it was signed at once."""
    _, engine, _ = left_behind()

    engine.delivered(SENT, Receipt("p-1", completed=True))

    assert warned(engine) == [DONE_ALL_THE_SAME.replace("Fee", "Letter")]
    assert not [one for one in engine.pending() if isinstance(one, ProposalCancellation)]


@pytest.mark.parametrize("keeps", [True, False], ids=["quiet", "cancelled"])
def test_what_came_while_a_move_stood_is_reminded_of_as_if_it_had_not_been(*, keeps: bool) -> None:
    """From when the client got it, and not from the undo (R-26)."""
    world, engine, job = left_behind(keeps=keeps)
    engine.delivered(SENT, Receipt("p-1"))
    came = world.clock.now()
    world.clock.advance(days=1)

    engine.undo(job)

    letter = engine.job(job.id).item("Letter")
    assert letter.state is ItemState.PENDING
    assert letter.remind_at == came + timedelta(days=3)


def test_an_undo_says_that_something_may_be_cancelled_which_its_host_was_asked_for() -> None:
    """Nobody knows yet whether it is: the host has that in hand."""
    world, engine, job = left_behind()
    engine.delivered(SENT, Receipt("p-1"))
    engine.pending()

    engine.undo(job)

    (undone,) = events(world, job, MoveUndone)
    notes = {trace.name: trace.note for trace in undone.gone}
    assert notes == {"Letter": "which may be cancelled at its port"}


def test_a_call_that_failed_after_its_lease_is_known_not_to_have_left() -> None:
    """Else the bill might be there, and the letter's next one would wait for good."""
    world, engine, _ = left_behind()
    world.clock.advance(minutes=6)

    engine.failed(BILL, "no route")

    assert [event.key for event in engine.history("job-1").of(RequestWithdrawn)] == [BILL]
    assert warned(engine) == []


def test_a_call_is_counted_once_whose_failure_comes_after_its_lease() -> None:
    """Also where its item was cancelled and reopened meanwhile."""
    world, engine, job = left_behind()
    world.clock.advance(minutes=6)
    engine.undo(job)

    engine.failed(BILL, "no route")

    (failure,) = (one for one in engine.failures() if one.key == BILL)
    assert failure.attempts == 1


@pytest.mark.parametrize("ref", ["c-1", None], ids=["named", "unnamed"])
def test_what_a_port_took_back_is_waited_for_no_more_however_late_it_says_so(
    ref: str | None,
) -> None:
    """It is wanted again by then, and nobody would ever act on it."""
    world, engine, _ = left_behind()
    engine.delivered(BILL, Receipt("i-1"))
    engine.pending(lease=timedelta(minutes=5))
    bill = engine.reopen(bill_of(engine)).item("Fee")
    world.clock.advance(minutes=6)
    engine.pending()

    engine.delivered("default/job-1/2/cancel/2", Receipt(ref))

    assert bill.state is ItemState.PENDING
    assert bill_of(engine).state is ItemState.RESOLVED
    engine.reopen(bill_of(engine))
    engine.delivered("default/job-1/2/cancel/2", Receipt(ref))  # which is no news
    assert bill_of(engine).state is ItemState.PENDING


@pytest.mark.parametrize("done", [False, True], ids=["open", "done"])
def test_a_thing_without_a_name_is_there_all_the_same_however_late(*, done: bool) -> None:
    """It is asked back as if its receipt had come in time; who says it twice says it once."""
    world, engine, _ = left_behind()
    world.clock.advance(minutes=6)
    engine.pending()

    for _ in range(2):
        engine.delivered(BILL, Receipt(total=Money("7.00", "USD"), completed=done))

    told = [event.key for event in engine.history("job-1").of(RequestDelivered)]
    assert (bill_of(engine).ref, told) == (None, [BILL])
    asked = [one.request for one in engine.pending() if isinstance(one, InvoiceCancellation)]
    assert asked == ([] if done else [BILL])
    assert (DONE_ALL_THE_SAME in warned(engine)) is done


def test_a_letters_next_bill_waits_for_that_of_before_which_has_no_name() -> None:
    """The bill of before is void once its host has taken it back, and so the next one comes."""
    stages = (Stage("Intake", [SendProposal(PAID_LETTER)]), Stage("Work"), DONE)
    world = opened(*stages, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    (letter,) = engine.pending()
    engine.delivered(letter.key)
    engine.record(job.items[0], ProposalSigned())
    (bill,) = engine.pending(lease=timedelta(minutes=5))
    engine.move(job, "Work", open="cancel")
    world.clock.advance(minutes=6)
    engine.pending()
    engine.reopen(job.items[0])
    engine.record(job.items[0], ProposalSigned())

    engine.delivered(bill.key)
    (gone,) = engine.pending()
    engine.delivered(gone.key)

    assert isinstance(gone, InvoiceCancellation)
    assert [type(one) for one in engine.pending()] == [Invoice]


def test_an_undo_knows_what_is_there_without_a_name() -> None:
    """The job waits for it again, as its client does (R-26)."""
    world, engine, job = left_behind()
    world.clock.advance(minutes=6)
    engine.pending()
    engine.delivered(SENT)

    engine.undo(job)

    assert engine.job(job.id).item("Letter").state is ItemState.PENDING
    (undone,) = events(world, job, MoveUndone)
    assert [trace.name for trace in undone.gone] == ["Fee"]
    assert not engine.pending()  # what was to be cancelled is wanted again


def test_what_was_given_up_and_is_there_all_the_same_waits_for_its_client() -> None:
    """Its host has it, without a name: the team has nothing to try again (R-29)."""
    _, engine, job = left_behind()
    engine.undo(job)
    engine.failed(SENT, Rejected("no route"))
    engine.move(job, "Work", open="cancel")
    engine.delivered(SENT)

    engine.undo(job)

    assert [one.name for one in engine.work(kind="proposal", side="client")] == ["Letter"]


def test_a_message_that_asks_nothing_is_taken_back_whatever_its_port_says_of_it() -> None:
    """Nothing of it can be done, so that nothing of it stands for that."""
    often = SendMessage(NEWS, reminders=EVERY)
    world = opened(Stage("Intake", [often]), Stage("Work"), DONE, more=[NEWS], deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    (asked,) = engine.pending()
    engine.move(job, "Work", open="cancel")

    engine.delivered(asked.key, Receipt("m-1", completed=True))

    assert [type(one) for one in engine.pending()] == [MessageCancellation]


@pytest.mark.parametrize("name", [None, "p-1"])
def test_what_was_given_up_by_hand_is_there_however_late_that_is_said(name: str | None) -> None:
    """It may wait again, and the client is reminded of it (R-3)."""
    world = opened(Stage("Intake", [SendProposal(LETTER, reminders=EVERY)]), DONE, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    engine.pending()
    engine.failed(SENT, Rejected("its answer was lost"))
    engine.abandon(SENT)
    engine.delivered(SENT, Receipt(name))

    (letter,) = engine.reopen(job.items[0]).items

    assert (letter.state, letter.is_stuck) == (ItemState.PENDING, False)
    world.clock.advance(days=4)
    engine.tick()
    assert [one.item for one in engine.pending()] == [letter.id]


@pytest.mark.parametrize("by_hand", [False, True], ids=["of the rhythm", "by hand"])
def test_a_reminder_that_was_withdrawn_and_has_left_is_counted_and_not_sent_again(
    *, by_hand: bool
) -> None:
    """Its worker died, and its host says late that it has left, which an undo knows (R-26)."""
    stages = (Stage("Intake", [SendProposal(LETTER, reminders=EVERY)]), Stage("Work"), DONE)
    world = opened(*stages, deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    engine.pending()
    engine.delivered(SENT, Receipt("p-1"))
    if by_hand:
        engine.remind(job.items[0])
    else:
        world.clock.advance(days=3, hours=1)
        engine.tick()
    (mail,) = engine.pending(lease=timedelta(minutes=5))
    engine.move(job, "Work", open=Open.QUIET)
    world.clock.advance(minutes=6)
    assert engine.pending() == ()

    for _ in range(2):
        engine.delivered(mail.key)
    engine.undo(job)

    assert engine.pending() == ()
    sent = [one.number for one in engine.history(job).of(ReminderSent)]
    assert sent == ([0] if by_hand else [1])
    assert [one.to for one in engine.history(job).of(ReminderSent)] == [()]  # nobody knows
    assert " to " not in engine.history(job).of(ReminderSent)[0].sentence()
    world.clock.advance(days=4)
    engine.tick()
    assert [one.item for one in engine.pending()] == ["job-1/1"]


@pytest.mark.parametrize("minutes", [0, 6], ids=["in hand still", "after its lease"])
def test_nothing_follows_from_a_letter_that_its_port_has_taken_back(minutes: int) -> None:
    """It was signed in a pause, and no bill comes for it when the job goes on, here or there."""
    world = opened(Stage("Intake", [SendProposal(PAID_LETTER)]), Stage("Work"), deliver=False)
    engine = world.engine
    job = engine.start("tax", world.account())
    (sent,) = engine.pending()
    engine.delivered(sent.key, Receipt("p-1"))
    engine.move(job, "Work", open="cancel")
    (asked,) = engine.pending(lease=timedelta(minutes=5))
    letter = engine.job(job.id).items[0]
    engine.record(letter, Reopened("it is needed"))
    engine.pause(job, "is it the right one?")
    engine.record(letter, ProposalSigned())
    world.clock.advance(minutes=minutes)
    engine.pending()

    engine.delivered(asked.key)

    taken_back = "'Paid letter': its port has taken it back, though it is done"
    assert warned(engine)[-1] == taken_back
    other = engine.start("tax", job.account, fire=False)
    engine.link(other, "p-1", "proposal")
    engine.resume(job)
    assert not engine.pending()
    assert "so that nothing followed from it" in warned(engine)[-1]
