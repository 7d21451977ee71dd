"""What a host had in hand when its stage was left, and what becomes of it then (R-24)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeflow import (
    CreateInvoice,
    Engine,
    Item,
    ItemState,
    Pipeline,
    Ref,
    Reopened,
    Stage,
    StartJob,
    TransferJob,
    Warned,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Ports, Receipt, Request
from tests.scenarios.test_a_bill_is_void_or_stands import PlainInvoices
from tests.scenarios.test_bills_in_a_hosts_hands import BILL_1, Slow
from tests.scenarios.test_the_bill_of_a_letter_comes_once import DEPOSIT


class Left(Slow):
    """A firm whose job leaves a bill behind, and goes on to another pipeline by itself."""

    bill: Request

    def begin(self) -> None:
        """Let the bill be in hand."""
        stages = [
            Stage("Ask", [CreateInvoice(DEPOSIT)]),
            Stage("On", [TransferJob("other")]),
            Stage("Done"),
        ]
        self.engine.save(Pipeline("Bill", stages))
        self.deliver()
        self.job = self.engine.start("bill", self.ada)
        self.bill = self.take()

    @property
    def item(self) -> Item:
        """The bill as the job has it."""
        return self.engine.job(self.job).item("Deposit")


@pytest.fixture(params=["in memory", "in a file"])
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Left]:
    """Return a firm, kept in either way."""
    if request.param == "in memory":
        firm = Left()
        firm.begin()
        yield firm
        return
    with SqliteStore(tmp_path / "firm.db") as store:
        firm = Left(store)
        firm.begin()
        yield firm


@pytest.mark.parametrize("answer", ["in time", "late"])
@pytest.mark.parametrize("taken_back", [False, True])
def test_what_came_after_a_move_of_several_stages_is_as_it_was_once_that_is_undone(
    firm: Left, answer: str, *, taken_back: bool
) -> None:
    """Its port is asked to take it back in the last one; what is void by then stays so (R-26)."""
    engine = firm.engine
    engine.move(firm.job, "On", open="cancel")
    if answer == "late":
        firm.world.advance(days=1)
    firm.answer(firm.bill)
    if taken_back:
        firm.deliver()
    undone = engine.undo(firm.job)
    firm.deliver()

    assert firm.item.state is (ItemState.RESOLVED if taken_back else ItemState.PENDING)
    assert len(firm.world.invoices.cancelled) == taken_back
    notes = [(one.name, one.note) for one in undone.gone]
    assert notes == ([("Deposit", "which was cancelled at its port")] if taken_back else [])


@pytest.mark.parametrize("late", [False, True])
def test_what_nobody_answered_for_may_be_there_where_a_move_is_undone(
    firm: Left, *, late: bool
) -> None:
    """It stays cancelled, since nobody asks for it any more; so it does once it was taken back."""
    firm.engine.move(firm.job, "On", open="cancel")
    firm.world.advance(days=1)
    firm.deliver()
    if late:
        firm.answer(firm.bill)
        firm.deliver()
    undone = firm.engine.undo(firm.job)

    note = "which was cancelled at its port" if late else "which may be there"
    assert [(one.name, one.note) for one in undone.gone] == [("Deposit", note)]
    assert firm.item.state is ItemState.RESOLVED


# -- what another job has by then ----------------------------------------------------------------

ELSEWHERE = "'Deposit': it is linked elsewhere, and the bill stands"


@pytest.mark.parametrize("answer", ["in time", "late"])
@pytest.mark.parametrize("let_go", [False, True])
def test_what_another_job_has_by_the_time_it_comes_is_not_taken_back(
    firm: Left, answer: str, *, let_go: bool
) -> None:
    """Whether the job that left it behind has it still or not (A-8, R-15); where the other one lets
    go of it later, nobody would know else that the bill stands.
    """
    engine = firm.engine
    engine.move(firm.job, "On", open="cancel")
    engine.link(firm.other, BILL_1, "invoice", "Deposit")
    if let_go:
        engine.unlink(firm.job, firm.item)
    if answer == "late":
        firm.world.advance(days=1)
    firm.answer(firm.bill)
    firm.deliver()

    assert firm.world.invoices.cancelled == []
    assert engine.job(firm.other).item("Deposit").state is ItemState.PENDING
    assert [one.text for one in engine.history(firm.job).of(Warned)][-1:] == [ELSEWHERE]


def test_what_others_have_is_not_waited_for_where_its_port_takes_it_back(firm: Left) -> None:
    """It was asked to before they had it, and the job that left it behind let go of it."""
    engine = firm.engine
    firm.answer(firm.bill)
    engine.move(firm.job, "On", open="cancel")
    taking_back = firm.take()
    engine.unlink(firm.job, firm.item)
    others = [firm.other, engine.start("other", firm.ada)]
    for other in others:
        engine.link(other, BILL_1, "invoice", "Deposit")
    firm.answer(taking_back)

    states = [engine.job(other).item("Deposit").state for other in others]
    assert states == [ItemState.RESOLVED] * 2


def test_a_bill_that_another_job_has_is_not_taken_back_and_both_are_told_that_it_stands(
    firm: Left,
) -> None:
    """Each may be the last to leave it; nobody waited for it, and the client had it still."""
    engine = firm.engine
    firm.answer(firm.bill)
    engine.link(firm.other, BILL_1, "invoice", "Deposit")

    for job in (firm.job, firm.other):
        stage = engine.pipeline(engine.job(job).pipeline).stages[-1]
        engine.move(job, stage, open="cancel")
        firm.deliver()
        assert [one.text for one in engine.history(job).of(Warned)][-1:] == [ELSEWHERE]

    assert firm.world.invoices.cancelled == []


@pytest.mark.parametrize("gone", ["unlinked", "deleted"])
def test_what_another_job_had_is_taken_back(firm: Left, gone: str) -> None:
    """It was linked there by mistake, and stood for good then, without a word."""
    engine = firm.engine
    firm.answer(firm.bill)
    _had(firm, gone)

    engine.move(firm.job, "On", open="cancel")
    firm.deliver()

    assert [one.ref for one in firm.world.invoices.cancelled] == [BILL_1.id]
    assert not any("stands" in one.text for one in engine.history(firm.job).of(Warned))


@pytest.mark.parametrize("gone", ["unlinked", "deleted"])
def test_an_undo_takes_back_what_another_job_had(firm: Left, gone: str) -> None:
    """It was told as gone out."""
    engine = firm.engine
    engine.move(firm.job, "Done")
    engine.move(firm.job, "Ask")
    firm.deliver()
    made = engine.job(firm.job).items[-1]
    _had(firm, gone, made.ref)

    undone = engine.undo(firm.job)
    firm.deliver()

    assert ([one.name for one in undone.cancelled], undone.gone) == (["Deposit"], ())
    assert [one.item for one in firm.world.invoices.cancelled] == [made.id]


def test_an_undo_takes_back_what_a_started_job_made_and_another_job_had(firm: Left) -> None:
    """The started job is archived."""
    engine = firm.engine
    engine.save(Pipeline("Starts", [Stage("Wait"), Stage("Go", [StartJob("bill")])]))
    firm.deliver()
    job = engine.move(engine.start("starts", firm.ada), "Go")
    (started,) = [one for one in engine.jobs(pipeline="bill") if one.id != firm.job.id]
    firm.deliver()
    made = engine.job(started).item("Deposit")
    _had(firm, "unlinked", made.ref)

    undone = engine.undo(job)
    firm.deliver()

    assert made.id in {one.item for one in undone.cancelled}
    assert [one.item for one in firm.world.invoices.cancelled] == [made.id]


def _had(firm: Left, gone: str, bill: Ref | None = BILL_1) -> None:
    """Let another job have had a bill."""
    assert bill is not None
    engine = firm.engine
    other = engine.link(firm.other, bill, "invoice", "Deposit")
    if gone == "unlinked":
        engine.unlink(other, "Deposit")
    else:
        engine.archive(other)
        engine.delete(other)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("gone", [False, True])
def test_who_links_a_bill_that_is_void_is_told_so(firm: Left, *, again: bool, gone: bool) -> None:
    """It waited for what nobody pays, without a word; what stands again is told of no more."""
    engine = firm.engine
    firm.answer(firm.bill)
    engine.move(firm.job, "On", open="cancel")
    firm.deliver()
    if gone:
        engine.unlink(firm.job, firm.item)
    if again:
        firm.tell(BILL_1, Reopened("by mistake"))
    job = engine.link(firm.other, BILL_1, "invoice", "Deposit")

    assert job.item("Deposit").state is ItemState.PENDING
    void = "'Deposit' was cancelled before it was linked, and is void until it is reopened"
    assert [one.text for one in engine.history(job).of(Warned)] == [void] * (not again)


# -- where its port cannot take it back ----------------------------------------------------------

STANDS = "'Deposit': nobody waits for it any more, and the bill stands"


@pytest.mark.parametrize(
    ("came", "name"),
    [
        ("before", "bill-1"),
        ("before", None),
        ("in time", "bill-1"),
        ("in time", None),
        ("late", "bill-1"),
    ],
)
def test_a_bill_that_stands_since_its_port_cannot_take_it_back_is_warned_of(
    came: str, name: str | None
) -> None:
    """Whenever it came to be, and whether its host names it."""
    firm = Left()
    firm.begin()
    world = firm.world
    ports = Ports(invoices=PlainInvoices(), proposals=world.proposals)
    engine = Engine(ports=ports, store=world.store, clock=world.clock)
    if came == "before":
        engine.delivered(firm.bill.key, Receipt(name))
    engine.move(firm.job, "On", open="cancel")
    assert _warned(engine, firm) == [STANDS] * (came == "before")
    if came == "late":
        world.advance(days=1)
    if came != "before":
        engine.delivered(firm.bill.key, Receipt(name))

    assert _warned(engine, firm) == [STANDS]


def _warned(engine: Engine, firm: Left) -> list[str]:
    warned = engine.history(firm.job).of(Warned)
    return [one.text for one in warned if "stands" in one.text]
