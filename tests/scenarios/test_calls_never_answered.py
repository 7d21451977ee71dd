"""A call that a port never answered may have done what was asked, whatever comes later (A-26)."""

from __future__ import annotations

import pytest

from pipeflow import (
    Account,
    Automation,
    Cancelled,
    Contact,
    CreateInvoice,
    Pipeline,
    ProposalSigned,
    Reopened,
    SendEmail,
    SendingWindow,
    Settings,
    Stage,
)
from pipeflow.ports import Rejected
from pipeflow.ports.due import UNANSWERED_LAST
from tests.firms import WELCOME
from tests.scenarios.test_bills_in_a_hosts_hands import LETTER_1, UNSURE, Slow, firm
from tests.scenarios.test_the_bill_of_a_letter_comes_once import DEPOSIT

__all__ = ["firm"]  # the fixture

DOWN = ConnectionError("down")
LEASE = {"minutes": 5}


def let_go(firm: Slow, how: str) -> None:
    """Let nobody need the bill any more, and the letter bring the next one."""
    engine = firm.engine
    if how == "deleted":
        engine.archive(firm.job)
        engine.delete(firm.job)
    elif how == "left":
        engine.move(firm.job, "Done", open="cancel")
    else:
        engine.unlink(firm.job, "Deposit")
    firm.sign_anew()
    for _ in range(4):
        firm.world.clock.advance(**LEASE)
        firm.deliver()


def follow_up(firm: Slow) -> None:
    """Let another job have the letter too, which the client accepts."""
    firm.deliver()
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())


@pytest.mark.parametrize("how", ["left", "let go of", "deleted"])
@pytest.mark.parametrize(
    "then", ["down", "refused", "retried", "dead, retried", "retried at once", "to be retried"]
)
def test_no_second_bill_comes_where_a_worker_died_and_the_next_one_failed(
    firm: Slow, how: str, then: str
) -> None:
    """The first had let the host make it."""
    engine = firm.engine
    engine.save(Settings(attempts=1 if then == "dead, retried" else 5))
    follow_up(firm)
    firm.do(firm.take())
    firm.world.clock.advance(**LEASE)
    if then == "dead, retried":
        assert engine.pending() == ()
        (failure,) = engine.failures()
        engine.retry(failure.key)
    if then in {"retried at once", "to be retried"}:
        (failure,) = engine.failures()
        engine.retry(failure.key)
    if then != "to be retried":
        key = firm.take().key
        engine.failed(key, Rejected("no") if then == "refused" else DOWN)
        if then == "retried":
            engine.retry(key)
            engine.failed(firm.take().key, DOWN)
    let_go(firm, how)

    assert firm.billed == [firm.job.id]
    if how != "deleted":
        assert str(engine.history(firm.job)).count(UNSURE) == 1


@pytest.mark.parametrize("how", ["left", "let go of", "deleted"])
def test_the_next_bill_comes_where_each_call_was_answered(firm: Slow, how: str) -> None:
    """It failed, and failed again when somebody had retried it."""
    engine = firm.engine
    follow_up(firm)
    for _ in range(2):
        bill = firm.take()
        engine.failed(bill.key, DOWN)
        engine.retry(bill.key)
    let_go(firm, how)

    assert firm.billed == [firm.other.id if how == "deleted" else firm.job.id]


def test_no_second_bill_comes_between_the_end_of_a_lease_and_the_next_look(firm: Slow) -> None:
    """Nobody needed the bill any more when its worker died."""
    engine = firm.engine
    follow_up(firm)
    firm.do(firm.take())
    engine.move(firm.job, "Done", open="cancel")
    firm.world.clock.advance(**LEASE)
    firm.sign_anew()
    firm.deliver()

    assert firm.billed == [firm.job.id]


@pytest.mark.parametrize("how", ["left", "let go of"])
def test_no_second_bill_comes_where_the_job_is_deleted_before_the_next_look(
    firm: Slow, how: str
) -> None:
    """The letter was accepted anew while its bill was in the hands of a worker that died."""
    engine = firm.engine
    follow_up(firm)
    firm.do(firm.take())
    if how == "left":
        engine.move(firm.job, "Done", open="cancel")
    else:
        engine.unlink(firm.job, "Deposit")
    firm.tell(LETTER_1, Reopened("other terms"), ProposalSigned())
    firm.world.clock.advance(**LEASE)
    engine.archive(firm.job)
    engine.delete(firm.job)
    firm.deliver()

    assert firm.billed == [firm.job.id]


@pytest.mark.parametrize("then", ["in hand", "died", "failed", "made", "void"])
def test_who_has_the_letter_is_told_of_a_bill_that_may_be_there_when_its_job_is_deleted(
    firm: Slow, then: str
) -> None:
    """It is not asked for again, and nobody else could see that it may be missing."""
    engine = firm.engine
    follow_up(firm)
    bill = firm.take()
    if then == "made":
        firm.answer(bill)
    elif then == "failed":
        engine.failed(bill.key, DOWN)
    elif then == "died":
        firm.world.clock.advance(**LEASE)
    elif then == "void":
        engine.record(engine.job(firm.job).item("Deposit"), Cancelled("by mistake"))
    engine.archive(firm.job)
    engine.delete(firm.job)

    told = "warning: 'Letter': its invoice may be there or not" in str(engine.explain(firm.other))
    assert told is (then in {"in hand", "died"})
    firm.deliver()
    billed = {"failed": [firm.other.id], "made": [firm.job.id]}
    assert firm.billed == billed.get(then, [])


@pytest.mark.parametrize("then", ["died", "failed"])
def test_no_second_bill_comes_where_the_worker_died_after_somebody_retried(
    firm: Slow, then: str
) -> None:
    """It had failed before; the bill was left while it was being made again."""
    engine = firm.engine
    follow_up(firm)
    bill = firm.take()
    engine.failed(bill.key, DOWN)
    engine.retry(bill.key)
    firm.do(firm.take())
    if then == "failed":
        firm.world.clock.advance(**LEASE)
        firm.take()
    engine.move(firm.job, "Done", open="cancel")
    if then == "failed":
        engine.failed(bill.key, DOWN)
    firm.tell(LETTER_1, Reopened("other terms"), ProposalSigned())
    for _ in range(4):
        firm.world.clock.advance(**LEASE)
        firm.deliver()

    assert firm.billed == [firm.job.id]
    assert UNSURE in str(engine.history(firm.job))


@pytest.mark.parametrize("then", ["retried", "given up"])
def test_no_second_bill_comes_where_it_waits_for_the_window_since_its_worker_died(
    firm: Slow, then: str
) -> None:
    """The window was shut when somebody looked at it again."""
    engine, clock = firm.engine, firm.world.clock
    window = SendingWindow("mon-sun", kinds={"invoice"})
    engine.save(Settings(attempts=1 if then == "given up" else 5, window=window))
    follow_up(firm)
    firm.do(firm.take())
    clock.advance(hours=12)
    assert engine.pending() == ()
    (failure,) = engine.failures()
    assert "no answer" in failure.error
    if then == "retried":
        engine.retry(failure.key)
    else:
        clock.advance(hours=12)
        assert engine.pending() == ()
        assert [one.error for one in engine.failures()] == [UNANSWERED_LAST]
    let_go(firm, "left")
    clock.advance(hours=24)
    firm.deliver()

    assert firm.billed == [firm.job.id]
    assert UNSURE in str(engine.history(firm.job))


@pytest.mark.parametrize("withdrawn", ["before the lease ends", "after it"])
@pytest.mark.parametrize(
    "automation",
    [CreateInvoice(DEPOSIT, repeat="once"), SendEmail(WELCOME, repeat="once")],
    ids=["bill", "mail"],
)
def test_what_fires_once_does_not_fire_again_where_it_may_be_out(
    firm: Slow, automation: Automation, withdrawn: str
) -> None:
    """Its worker died, and the move was undone and made again (R-26)."""
    engine = firm.engine
    firm.deliver()
    engine.save(WELCOME, Pipeline("Once", [Stage("Go"), Stage("Do", [automation]), Stage("End")]))
    eve = engine.save(Account("Eve", contacts=[Contact("Eve", email="eve@example.com")]))
    job = engine.start("once", eve)
    engine.move(job, "Do")
    firm.do(firm.take())
    if withdrawn == "after it":
        firm.world.clock.advance(**LEASE)
    gone = engine.undo(job).gone
    firm.world.clock.advance(**LEASE)
    firm.deliver()
    engine.move(job, "Do")

    assert [one.note for one in gone] == ["which may be on its way"]
    assert engine.pending() == ()
