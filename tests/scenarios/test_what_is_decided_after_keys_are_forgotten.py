"""Keys of requests that are over are forgotten some day, and nothing is decided otherwise since."""

from collections.abc import Sequence

import pytest

from pipeflow import (
    Account,
    Cancelled,
    Contact,
    CreateInvoice,
    CreateTask,
    EmailMode,
    EmailTemplate,
    FollowUpStarted,
    Item,
    ItemState,
    Job,
    JobMoved,
    NotAllowedError,
    Open,
    Pipeline,
    Reopened,
    Repeat,
    SendEmail,
    Stage,
    StartJob,
    Trace,
    Undone,
)
from pipeflow.ports import Email, Rejected
from pipeflow.testing import World
from tests.firms import ADA, BOB, DONE, FEE, REVIEW, begun, events, opened

HELLO = EmailTemplate("Hello", subject="Hi [FIRST_NAME]", mode=EmailMode.CONTACT)
AFTER = pytest.mark.parametrize("days", [1, 100], ids=["while known", "when forgotten"])


def _names(traces: Sequence[Trace]) -> list[str]:
    return [one.name for one in traces]


def _let_be_forgotten(world: World, days: int) -> None:
    world.advance(days=days)
    world.engine.tick()


def _billed_and_greeted() -> tuple[World, Job]:
    """Move a job on whose bill is cancelled by it, and whose mail to Bob is refused."""
    greet = Stage("Greet", [SendEmail(HELLO, repeat=Repeat.ONCE)])
    world, job = begun(
        Stage("Bill", [CreateInvoice(FEE)]), greet, contacts=(ADA, BOB), more=(HELLO,)
    )
    world.email.fail_when(lambda mail: mail.to == (BOB.email,), Rejected("no such box"))
    return world, world.engine.move(job, "Greet", open=Open.CANCEL)


def _undone(days: int) -> tuple[World, Undone]:
    world, job = _billed_and_greeted()
    _let_be_forgotten(world, days)
    return world, world.engine.undo(job)


@AFTER
def test_r_26_the_list_of_an_undo_tells_what_has_gone_out_long_ago(days: int) -> None:
    """Nobody can take an e-mail back, and somebody may want to write to the client."""
    _, undone = _undone(days)
    assert _names(undone.gone) == ["Hello", "Fee"]


@AFTER
def test_r_26_an_undo_does_not_reopen_a_bill_that_its_port_cancelled_long_ago(days: int) -> None:
    """Nobody can pay it any more, and the stage would wait for it for ever."""
    _, undone = _undone(days)
    assert undone.job.item("Fee").state is ItemState.RESOLVED


@AFTER
def test_a_46_what_fires_but_once_does_not_fire_again_after_an_undo(days: int) -> None:
    """Ada had the letter already, however long ago."""
    world, undone = _undone(days)
    world.engine.move(undone.job, "Greet")
    assert [mail.to for mail in world.email.sent] == [(ADA.email,)]


@AFTER
def test_r_26_an_undo_withdraws_what_a_second_contact_did_not_get(days: int) -> None:
    """The letter that was refused is not tried again when the move is taken back."""
    world, undone = _undone(days)
    assert (_names(undone.withdrawn), world.engine.failures()) == (["Hello"], ())


def test_r_26_an_undo_withdraws_what_a_contact_did_not_get_behind_two_who_share_a_letter() -> None:
    """Whoever got no letter of their own leaves no gap at which the undo would stop."""
    hello = EmailTemplate("Hello", subject="Hi", mode=EmailMode.CONTACT)
    shared = (ADA, Contact("Augusta", email=ADA.email), BOB)
    greet = Stage("Greet", [SendEmail(hello)])
    world, job = begun(Stage("Intake"), greet, contacts=shared, more=(hello,))
    world.email.fail_when(lambda mail: mail.to == (BOB.email,), Rejected("no such box"))
    undone = world.engine.undo(world.engine.move(job, "Greet"))
    assert (_names(undone.withdrawn), world.engine.failures()) == (["Hello"], ())


@AFTER
def test_r_26_what_a_follow_up_job_sent_long_ago_is_told_as_gone(days: int) -> None:
    """It is archived with all that it asked for, and its letter is out."""
    more = (HELLO, Pipeline("Greeting", [Stage("Greet", [SendEmail(HELLO)])]))
    world, job = begun(Stage("Intake"), Stage("Go", [StartJob("greeting")]), more=more)
    job = world.engine.move(job, "Go")
    assert len(events(world, job, FollowUpStarted)) == 1
    _let_be_forgotten(world, days)
    assert _names(world.engine.undo(job).gone) == ["Hello"]


def _never_made(days: int) -> tuple[World, Item]:
    """Cancel a task that its port never made."""
    world = opened(Stage("Work", [CreateTask(REVIEW)]), DONE)
    world.tasks.fail_next(ConnectionError())
    item = world.engine.start("tax", world.engine.save(Account("Lovelace"))).item("Review")
    world.engine.record(item, Cancelled("no"))
    _let_be_forgotten(world, days)
    return world, item


@AFTER
def test_what_never_came_to_be_is_not_reopened(days: int) -> None:
    """Nobody can act on it, so that its job would wait for ever."""
    world, item = _never_made(days)
    with pytest.raises(NotAllowedError, match="never came to be"):
        world.engine.reopen(item, "after all")


@AFTER
def test_what_never_came_to_be_is_not_reopened_by_a_fact(days: int) -> None:
    """What a webhook tells late is refused as the call is."""
    world, item = _never_made(days)
    with pytest.raises(NotAllowedError, match="never came to be"):
        world.engine.record(item, Reopened("after all"))


@AFTER
def test_what_came_of_a_move_tells_the_letter_that_has_not_left_behind_one_that_has(
    days: int,
) -> None:
    """A host that delivers by itself took Ada's, and Bob's still waits."""
    world = World(deliver=False)
    world.engine.save(
        HELLO, Pipeline("Greeting", [Stage("Intake"), Stage("Greet", [SendEmail(HELLO)])])
    )
    client = world.engine.save(Account("Lovelace", contacts=(ADA, BOB)))
    job = world.engine.move(world.engine.start("greeting", client), "Greet")
    (first,) = world.engine.pending(1)
    assert isinstance(first, Email)
    world.engine.delivered(first.key)
    _let_be_forgotten(world, days)
    moved = events(world, job, JobMoved)[-1]
    assert str(world.engine.trace(job, moved)).count("has not left yet") == 1
