"""A letter's bill comes once, also where hosts answer late, or never (A-8, A-10, R-15, R-24)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeflow import Account, Fact, Job, Pipeline, ProposalSigned, Ref, Reopened, SendProposal, Stage
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Cancellation, Receipt, Request, Store
from pipeflow.testing import World
from tests.scenarios.test_the_bill_of_a_letter_comes_once import DEPOSIT, LETTER

LETTER_1 = Ref("proposals", "proposal-1")
BILL_1 = Ref("invoices", "invoice-1")


class Slow:
    """A firm whose host takes requests, makes what they ask for, and answers, each when told to."""

    def __init__(self, store: Store | None = None) -> None:
        self.world = World(store=store, deliver=False)
        self.engine = self.world.engine
        self.engine.save(DEPOSIT, LETTER)
        self.engine.save(Pipeline("Tax", [Stage("Sign", [SendProposal(LETTER)]), Stage("Done")]))
        self.engine.save(Pipeline("Other", [Stage("A"), Stage("B")]))
        self.ada = self.engine.save(Account("Ada"))
        self.job = self.engine.start("tax", self.ada)
        self.other = self.engine.start("other", self.ada)

    def take(self) -> Request:
        """Take the one request that is asked for just now."""
        (request,) = self.engine.pending()
        return request

    def answer(self, request: Request) -> None:
        """Do what is asked for, and tell the engine."""
        self.engine.delivered(request.key, self.do(request))

    def do(self, request: Request) -> Receipt | None:
        """Do what is asked for."""
        port = getattr(self.world, request.port)
        if isinstance(request, Cancellation):
            port.cancel(request)
            return None
        receipt: Receipt = port.take(request)
        return receipt

    def deliver(self) -> None:
        """Do and answer all that is asked for by now."""
        while requests := self.engine.pending():
            for request in requests:
                self.answer(request)

    def tell(self, ref: Ref, *facts: Fact) -> None:
        """Let the host tell what happened to a thing."""
        for fact in facts:
            self.engine.receive(ref, fact)

    def follow(self, job: Job | None = None) -> Job:
        """Let another job have the letter."""
        return self.engine.link(job or self.other, LETTER_1, "proposal", "Letter")

    def sign_anew(self) -> None:
        """Let the letter be reopened, and accepted."""
        self.tell(LETTER_1, Reopened("other terms"), ProposalSigned())

    @property
    def billed(self) -> list[str | None]:
        """The jobs whose bills the host made and has not taken back."""
        invoices = self.world.invoices
        gone = {one.request for one in invoices.cancelled}
        return [one.job for one in invoices.created if one.key not in gone]


@pytest.fixture(params=["in memory", "in a file"])
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Slow]:
    """Return a firm, kept in either way."""
    if request.param == "in memory":
        yield Slow()
        return
    with SqliteStore(tmp_path / "firm.db") as store:
        yield Slow(store)


def test_a_letter_that_was_let_go_of_before_its_host_answered_brings_its_bill_elsewhere(
    firm: Slow,
) -> None:
    """It had been made all the same, and somebody links it then."""
    letter = firm.take()
    firm.engine.unlink(firm.job, "Letter")
    firm.answer(letter)
    firm.follow()
    firm.tell(LETTER_1, ProposalSigned())
    firm.deliver()

    assert firm.billed == [firm.other.id]
