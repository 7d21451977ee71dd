"""What one job has as one kind of thing, and another as another, is known as both (A-8, R-15)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeflow import (
    DocumentApproved,
    DocumentSigned,
    EmailBounced,
    Item,
    ItemState,
    Job,
    Pipeline,
    ProposalSigned,
    Ref,
    Reopened,
    SendEmail,
    Stage,
    Warned,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Receipt, Store
from pipeflow.testing import World
from tests.firms import WELCOME
from tests.scenarios.test_the_bill_of_a_letter_comes_once import Practice
from tests.scenarios.test_what_a_letter_owes import P1, bills_of, offered

RETURN = Ref("documents", "return")
UNHEEDED = "'Return': it was unlinked from this job, so that nothing follows from this here"


class Firm:
    """A firm with three jobs of one client, and a return that is to be approved and signed."""

    def __init__(self, store: Store | None = None) -> None:
        self.world = World(store=store)
        self.engine = self.world.engine
        self.engine.save(Pipeline("Tax", [Stage("A", [SendEmail(WELCOME)]), Stage("B")]), WELCOME)
        ada = self.world.account()
        self.one, self.two, self.three = (self.engine.start("tax", ada).id for _ in range(3))

    def link(self, job: str, kind: str, ref: Ref = RETURN) -> Job:
        """Link the return to a job, as something to be approved or signed."""
        return self.engine.link(job, ref, kind, "Return")

    def item(self, job: str) -> Item:
        """The return as a job has it."""
        return self.engine.job(job).item("Return")

    def warned(self, job: str) -> list[str]:
        """What the history of a job warns of."""
        return [one.text for one in self.engine.history(job).of(Warned)]


@pytest.fixture(params=["in memory", "in a file"])
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Firm:
    """Return a firm, kept in either way."""
    return Firm(SqliteStore(tmp_path / "firm.db") if request.param == "in a file" else None)


@pytest.mark.parametrize("signed", ["linked before", "linked after"])
def test_a_job_that_let_go_of_a_thing_hears_of_it_though_another_has_it_as_another_kind(
    firm: Firm, signed: str
) -> None:
    """A webhook is not refused, and whoever links the thing next finds it done."""
    firm.link(firm.one, "approval")
    if signed == "linked before":
        firm.link(firm.two, "signature")
    firm.engine.unlink(firm.one, "Return")
    if signed == "linked after":
        firm.link(firm.two, "signature")
    told = firm.engine.receive(RETURN, DocumentApproved())

    assert [job.id for job in told] == [firm.one]
    assert firm.warned(firm.one) == [UNHEEDED]
    assert firm.item(firm.two).state is ItemState.PENDING
    assert firm.link(firm.three, "approval").item("Return").state is ItemState.COMPLETED


def test_a_job_that_let_go_of_a_thing_hears_of_it_no_more_once_another_has_it_as_that(
    firm: Firm,
) -> None:
    """Each of the others hears what is so of the kind of thing that it has."""
    firm.link(firm.one, "approval")
    firm.link(firm.two, "signature")
    firm.engine.unlink(firm.one, "Return")
    firm.link(firm.three, "approval")

    assert [job.id for job in firm.engine.receive(RETURN, DocumentApproved())] == [firm.three]
    assert [job.id for job in firm.engine.receive(RETURN, DocumentSigned())] == [firm.two]
    assert firm.item(firm.three).state is firm.item(firm.two).state is ItemState.COMPLETED
    assert firm.warned(firm.one) == []


def test_a_job_that_let_go_of_an_email_as_a_document_hears_of_it_as_that(firm: Firm) -> None:
    """It is an e-mail still, which may come back."""
    mail = Ref("email", "email-1")
    firm.link(firm.two, "approval", mail)
    firm.link(firm.three, "approval", mail)
    firm.engine.record(firm.item(firm.two), DocumentApproved())
    assert firm.item(firm.three).state is ItemState.COMPLETED
    for job in (firm.two, firm.three):
        firm.engine.unlink(job, "Return")

    assert [job.id for job in firm.engine.receive(mail, DocumentApproved())] == [firm.three]
    told = firm.engine.receive(mail, EmailBounced("full"))
    assert [job.id for job in told] == [firm.three, firm.one]


# -- letters, which owe a bill -------------------------------------------------------------------


@pytest.mark.parametrize("follower", ["none", "let go of", "deleted"])
def test_a_letter_that_a_job_has_as_a_document_owes_its_bill_to_who_links_it_next(
    follower: str,
) -> None:
    """Nobody accepts it as a letter there."""
    firm = Practice()
    engine = firm.engine
    engine.unlink(firm.job, "Letter")
    other = engine.start("other", firm.ada)
    engine.link(other, firm.ref, "approval", "Draft")
    if follower != "none":
        second = firm.follower()
        engine.unlink(second, "Letter")
        if follower == "deleted":
            engine.archive(second)
            engine.delete(second)
    firm.sign()
    assert firm.billed == []
    third = firm.follower()

    assert firm.billed == [third.id]
    assert engine.job(other).item("Draft").state is ItemState.PENDING
    told = [job.id for job in engine.receive(firm.ref, Reopened("other terms"))]
    assert firm.job.id not in told


def test_a_letter_that_is_linked_as_one_when_all_who_had_it_as_one_are_deleted() -> None:
    """Another job has it as a document, so that what it brings is known still."""
    firm = Practice()
    other = firm.engine.start("other", firm.ada)
    firm.engine.link(other, firm.ref, "approval", "Draft")
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    third = firm.follower()
    firm.sign()

    assert firm.engine.job(third).item("Letter").state is ItemState.COMPLETED


def test_a_letter_that_came_late_is_heard_of_though_a_job_has_it_as_a_document() -> None:
    """Its own job had let go of it before its host answered."""
    world, job, other = offered()
    engine = world.engine
    engine.unlink(other, "Letter")
    (request,) = engine.pending()
    engine.unlink(job, "Letter")
    world.advance(days=1)
    third = engine.start("other", job.account)
    engine.link(third, P1, "approval", "Draft")
    engine.delivered(request.key, Receipt("P1"))
    engine.receive(P1, ProposalSigned())
    assert bills_of(world, third) == []
    fourth = engine.link(engine.start("other", job.account), P1, "proposal", "Letter")

    assert len(bills_of(world, fourth)) == 1
    told = [one.id for one in engine.receive(P1, Reopened("other terms"))]
    assert job.id not in told


def test_a_letter_that_came_late_is_heard_of_again_when_all_others_are_deleted() -> None:
    """Its own job had let go of it, and what it owes is known as long as that job."""
    world, job, other = offered()
    engine = world.engine
    (request,) = engine.pending()
    engine.unlink(job, "Letter")
    world.advance(days=1)
    engine.delivered(request.key, Receipt("P1"))
    engine.archive(other)
    engine.delete(other)
    assert [one.id for one in engine.receive(P1, ProposalSigned())] == [job.id]
    third = engine.link(engine.start("other", job.account), P1, "proposal", "Letter")

    assert len(bills_of(world, third)) == 1


def test_a_thing_made_elsewhere_is_known_to_nobody_once_all_who_have_it_are_deleted(
    firm: Firm,
) -> None:
    """A job that let go of it before they had it hears of it no more (R-15)."""
    firm.link(firm.one, "approval")
    firm.engine.unlink(firm.one, "Return")
    firm.link(firm.two, "approval")
    firm.engine.archive(firm.two)
    firm.engine.delete(firm.two)

    assert firm.engine.receive(RETURN, DocumentApproved()) == []
