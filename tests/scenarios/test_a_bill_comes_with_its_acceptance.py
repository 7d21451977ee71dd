"""A bill comes with the acceptance that brings it, and holds its stage (A-8, A-22, R-15, R-27)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs
import pytest

from pipeflow import (
    Cancelled,
    InvoicePaid,
    Item,
    ItemKind,
    Job,
    Pipeline,
    ProposalSigned,
    SendProposal,
    Stage,
)
from tests.scenarios.test_the_bill_of_a_letter_comes_once import LETTER, Practice
from tests.scenarios.test_what_a_relinked_thing_brings import ref_of


class Moving(Practice):
    """A firm whose jobs all move on by themselves once nothing holds them."""

    def __init__(self) -> None:
        super().__init__()
        self.engine.save(Pipeline("Moving", [Stage("Wait", automove=True), Stage("End")]))

    def mover(self) -> Job:
        """Return another job of the client, which moves on when what is linked to it is done."""
        return self.engine.start("moving", self.ada)

    def bills(self, job: Job) -> list[Item]:
        """Return the bills of a job."""
        items = self.engine.job(job).items
        return [one for one in items if one.kind is ItemKind.INVOICE]


Story: TypeAlias = Callable[[Moving], Job]


def signed_where_its_sender_is_archived(firm: Moving) -> Job:
    """Another job has it."""
    job = firm.link(firm.mover())
    firm.engine.archive(firm.job)
    firm.sign()
    return job


def signed_where_nobody_has_it(firm: Moving) -> Job:
    """A job links it then."""
    firm.engine.unlink(firm.job, "Letter")
    firm.sign()
    return firm.link(firm.mover())


def linked_as_signed_where_its_sender_is_archived(firm: Moving) -> Job:
    """The firm knows by itself that it was signed."""
    firm.engine.archive(firm.job)
    return firm.engine.link(firm.mover(), firm.ref, "proposal", "Letter", completed=True)


def linked_as_signed_to_a_paused_job(firm: Moving) -> Job:
    """Nobody else has it; what follows waits until that job is resumed."""
    firm.engine.unlink(firm.job, "Letter")
    job = firm.engine.pause(firm.mover(), "on leave")
    firm.engine.link(job, firm.ref, "proposal", "Letter", completed=True)
    assert firm.billed == []
    return firm.engine.resume(job)


def signed_in_a_pause(firm: Moving) -> Job:
    """What follows waits until the job is resumed."""
    firm.engine.pause(firm.job, "on leave")
    firm.sign()
    return firm.engine.resume(firm.job)


STORIES = [
    signed_where_its_sender_is_archived,
    signed_where_nobody_has_it,
    linked_as_signed_where_its_sender_is_archived,
    linked_as_signed_to_a_paused_job,
    signed_in_a_pause,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_bill_holds_the_stage_in_which_its_letter_is_accepted(story: Story) -> None:
    """The job does not move on between the acceptance and the bill."""
    firm = Moving()
    job = story(firm)
    assert firm.billed == [job.id]
    first = firm.engine.pipeline(job.pipeline).stages[0].id
    assert firm.engine.job(job).stage == first
    firm.engine.record(firm.bills(job)[0], InvoicePaid())

    assert firm.engine.job(job).stage != first


@pytest.mark.parametrize("given", ["none", "the second"])
def test_all_letters_that_were_accepted_in_a_pause_bring_their_bills_when_it_ends(
    given: str,
) -> None:
    """Each holds the stage; one whose bill another job was given meanwhile brings no other one."""
    firm = Moving()
    engine = firm.engine
    engine.save(attrs.evolve(LETTER, name="Second", id="second"))
    both = [SendProposal("letter"), SendProposal("second")]
    engine.save(Pipeline("Two", [Stage("Sign", both, automove=True), Stage("Done")]))
    job = engine.start("two", firm.ada)
    other = firm.mover()
    if given == "the second":
        engine.link(other, ref_of(job.item("Second")), "proposal", "Second")
    engine.pause(job, "on leave")
    for name in ("Letter", "Second"):
        engine.record(engine.job(job).item(name), ProposalSigned())
    engine.archive(job)
    engine.restore(job)
    engine.resume(job)
    assert len(firm.bills(job)) + len(firm.bills(other)) == 2
    for bill in firm.bills(job):
        assert engine.job(job).stage == "sign"
        engine.record(bill, InvoicePaid())

    assert engine.job(job).stage == "done"


def test_a_bill_that_was_cancelled_does_not_come_again_when_a_job_goes_on() -> None:
    """The job was paused when its letter was accepted, and another one was given the bill."""
    firm = Practice()
    other = firm.follower()
    firm.engine.pause(firm.job, "on leave")
    firm.sign()
    firm.engine.archive(firm.job)
    firm.engine.receive(ref_of(firm.engine.job(other).item("Deposit")), Cancelled("wrong"))
    firm.engine.restore(firm.job)
    firm.engine.resume(firm.job)

    assert firm.billed == [other.id]


def test_a_bill_that_nobody_was_given_is_owed_though_its_sender_is_deleted() -> None:
    """Another client's job has the letter, and gets no bill of it."""
    firm = Practice()
    firm.follower(firm.world.account("Eve"))
    firm.engine.unlink(firm.job, "Letter")
    firm.sign()
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    assert firm.billed == []
    third = firm.follower()

    assert firm.billed == [third.id]
