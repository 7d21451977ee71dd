"""A letter brings one bill that stands, whatever jobs do with both, counted independently (A-8)."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    Cancelled,
    Item,
    ItemKind,
    ItemState,
    Job,
    JobStatus,
    PipeflowError,
    ProposalSigned,
    Ref,
    Reopened,
)
from pipeflow.model.items import Mark
from tests.scenarios.test_the_bill_of_a_letter_comes_once import Practice

JOB_DEEDS = ("link", "let go", "let go of bill", "follow up", "archive", "restore")
DEEDS = (*JOB_DEEDS, "pause", "resume", "delete", "sign", "sign", "cancel", "cancel", "uncancel")
STEPS = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 2)), min_size=12, max_size=24)


class Ledger:
    """A firm with three jobs of one client, and what its host says of the bills of a letter."""

    def __init__(self) -> None:
        self.firm = Practice()
        self.engine = self.firm.engine
        self.jobs = [self.firm.job.id, *(self.firm.follower().id for _ in range(2))]
        self.void: set[Ref] = set()

    @property
    def bills(self) -> list[Ref]:
        """All bills that the letter brought, as the host calls them."""
        made = range(1, len(self.firm.billed) + 1)
        return [Ref("invoices", f"invoice-{number}") for number in made]

    @property
    def standing(self) -> list[Ref]:
        """Those that are not void."""
        return [one for one in self.bills if one not in self.void]

    def items(self, kind: ItemKind) -> list[tuple[Job, Item]]:
        """Return what jobs have of a kind."""
        jobs = [self.engine.job(id) for id in self.jobs]
        return [(job, one) for job in jobs for one in job.items if one.kind is kind]

    def accepted(self) -> set[str]:
        """Return the letters that are signed on jobs that are under way."""
        return {
            letter.id
            for job, letter in self.items(ItemKind.PROPOSAL)
            if letter.state is ItemState.COMPLETED and job.status == JobStatus.ACTIVE
        }

    def do(self, deed: str, number: int) -> None:
        """Do one thing to a job, or let the host tell one of the letter or of a bill."""
        engine, letter = self.engine, self.firm.ref
        bill = self.bills[number % len(self.bills)] if self.bills else None
        if deed == "sign":
            engine.receive(letter, ProposalSigned())
        elif deed == "cancel" and bill is not None:
            engine.receive(bill, Cancelled("wrong"))
            self.void.add(bill)
        elif deed == "uncancel" and bill is not None and not self.standing:
            engine.receive(bill, Reopened("right"))
            self.void.discard(bill)
        elif number < len(self.jobs):
            self.work(deed, self.jobs[number], bill)

    def work(self, deed: str, job: str, bill: Ref | None) -> None:
        """Do one thing to a job."""
        engine = self.engine
        match deed:
            case "link":
                engine.link(job, self.firm.ref, "proposal", "Letter")
            case "let go":
                engine.unlink(job, "Letter")
            case "let go of bill":
                engine.unlink(job, "Deposit")
            case "follow up" if bill is not None:
                engine.link(job, bill, "invoice", "Deposit")
            case "archive" | "restore" | "pause" | "resume":
                getattr(engine, deed)(job)
            case "delete" if len(self.jobs) > 1 and not self.is_last(job):
                engine.archive(job)
                engine.delete(job)
                self.jobs.remove(job)
            case _:
                pass

    def is_last(self, job: str) -> bool:
        """Tell whether nobody has the letter or a bill any more once a job is deleted."""
        kinds = (ItemKind.PROPOSAL, ItemKind.INVOICE)
        known = [(one, item) for kind in kinds for one, item in self.items(kind)]
        mine = {item.ref for one, item in known if one.id == job}
        others = (item for one, item in known if one.id != job)
        return not mine <= {item.ref for item in others if Mark.UNLINKED not in item.marks}


@given(STEPS)
@settings(max_examples=80)
def test_a_letter_brings_one_bill_that_stands(steps: list[tuple[str, int]]) -> None:
    """Never two, and one as soon as a job that is under way has the letter as accepted."""
    ledger = Ledger()
    for deed, number in steps:
        if deed == "sign":
            with suppress(PipeflowError):
                ledger.engine.receive(ledger.firm.ref, Reopened("other terms"))
        before = ledger.accepted()
        paused = any(job.paused is not None for job, _ in ledger.items(ItemKind.PROPOSAL))
        with suppress(PipeflowError):
            ledger.do(deed, number)

        assert len(ledger.standing) <= 1
        if deed == "sign" and ledger.accepted() - before and not paused:
            assert len(ledger.standing) == 1
