"""The bill that a letter's acceptance brings comes once in all, and is not lost (A-8, R-3)."""

from __future__ import annotations

import attrs
import pytest

from pipeflow import (
    Account,
    Cancelled,
    Contact,
    CreditIssued,
    InvoicePaid,
    InvoiceTemplate,
    ItemState,
    Job,
    LineItem,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Ref,
    Reopened,
    SendProposal,
    SignerAdded,
    Stage,
)
from pipeflow.ports import Store
from pipeflow.testing import World
from tests.scenarios.test_promises_in_pairs import usd
from tests.scenarios.test_what_a_relinked_thing_brings import ref_of

DEPOSIT = InvoiceTemplate("Deposit", lines=[LineItem("x", rate=usd("50.00"))])
LETTER = ProposalTemplate("Letter", invoice_on_acceptance=DEPOSIT, signatures="all")


class Practice:
    """A firm with a job that sent a letter, whose acceptance brings a bill."""

    def __init__(self, store: Store | None = None, deposit: InvoiceTemplate = DEPOSIT) -> None:
        self.world = World(store=store)
        self.engine = self.world.engine
        letter = attrs.evolve(LETTER, invoice_on_acceptance=deposit)
        sends = Stage("Sign", [SendProposal(letter)], automove=True)
        self.engine.save(deposit, letter)
        self.engine.save(Pipeline("Tax", [sends, Stage("Done")]))
        self.engine.save(Pipeline("Other", [Stage("A"), Stage("B")]))
        self.ada = self.engine.save(Account("Ada", contacts=[Contact("Ann", email="ann@x.com")]))
        self.job = self.engine.start("tax", self.ada)
        self.ref = ref_of(self.job.item("Letter"))

    def follower(self, account: Account | None = None) -> Job:
        """Return another job that waits for the letter."""
        return self.link(self.engine.start("other", account or self.ada))

    def link(self, job: Job) -> Job:
        """Link the letter to a job."""
        return self.engine.link(job, self.ref, "proposal", "Letter")

    def sign(self) -> None:
        """Let the client accept the letter."""
        self.engine.receive(self.ref, ProposalSigned())

    @property
    def billed(self) -> list[str | None]:
        """The jobs on which a bill was made."""
        return [request.job for request in self.world.invoices.created]


WAYS = ["archived", "completed", "of somebody else"]


def idle(firm: Practice, how: str) -> Job:
    """Return a job that has the letter and cannot be given its bill."""
    if how == "of somebody else":
        return firm.follower(firm.world.account("Eve"))
    job = firm.follower()
    return firm.engine.set_status(job, how.title())


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("signed", ["before", "after"])
@pytest.mark.parametrize("to", ["the same", "a third"])
def test_a_bill_that_nobody_could_be_given_comes_where_its_letter_is_linked_again(
    how: str, signed: str, to: str
) -> None:
    """Though a job has the letter that waits for it no more, or is another client's."""
    firm = Practice()
    idle(firm, how)
    firm.engine.unlink(firm.job, "Letter")
    if signed == "before":
        firm.sign()
        assert firm.billed == []
    job = firm.link(firm.job) if to == "the same" else firm.follower()
    if signed == "after":
        firm.sign()

    assert firm.billed == [job.id]


def test_somebody_else_who_links_a_letter_keeps_its_bill_from_nobody() -> None:
    """It was let go of, is linked by another client's job, and then by its own again."""
    firm = Practice()
    firm.engine.unlink(firm.job, "Letter")
    firm.follower(firm.world.account("Eve"))
    firm.link(firm.job)
    firm.sign()

    assert firm.billed == [firm.job.id]


def test_a_bill_comes_on_the_job_that_waits_when_the_one_that_sent_its_letter_is_deleted() -> None:
    """It waits for the letter still."""
    firm = Practice()
    idle(firm, "archived")
    waiting = firm.follower()
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    firm.sign()

    assert firm.billed == [waiting.id]


@pytest.mark.parametrize("let_go", [False, True])
def test_a_bill_whose_job_is_deleted_waits_for_whoever_links_its_letter_again(
    *, let_go: bool
) -> None:
    """An archived job has it until then."""
    firm = Practice()
    idle(firm, "archived")
    if let_go:
        firm.engine.unlink(firm.job, "Letter")
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    later = firm.follower()
    firm.sign()

    assert firm.billed == [later.id]


def test_a_job_that_is_restored_gets_the_bill_of_the_letter_that_it_waits_for() -> None:
    """Nobody could be given it when the job that sent the letter let go of it."""
    firm = Practice()
    other = idle(firm, "archived")
    firm.engine.unlink(firm.job, "Letter")
    firm.engine.restore(other)
    firm.sign()

    assert firm.billed == [other.id]


def test_a_bill_is_passed_on_as_often_as_jobs_let_go_of_its_letter() -> None:
    """And comes back where the first of them links it again, without a second one."""
    firm = Practice()
    one, two = firm.follower(), firm.follower()
    firm.engine.unlink(firm.job, "Letter")
    firm.engine.unlink(one, "Letter")
    firm.engine.archive(two)
    firm.link(firm.job)
    firm.engine.restore(two)
    firm.sign()

    assert firm.billed == [firm.job.id]


def test_a_letter_that_another_job_has_too_is_linked_again_without_a_second_bill() -> None:
    """The job that sent it bears the bill, as long as it has the letter."""
    firm = Practice()
    firm.follower()
    firm.engine.unlink(firm.job, "Letter")
    firm.link(firm.job)
    firm.sign()

    assert firm.billed == [firm.job.id]


def accepted(firm: Practice) -> tuple[Job, Job]:
    """Return the job whose letter brought a bill that it let go of, and the one that follows it."""
    firm.sign()
    job = firm.engine.job(firm.job)
    bill = job.item("Deposit")
    follower = firm.engine.start("other", firm.ada)
    follower = firm.engine.link(follower, ref_of(bill), "invoice", "Deposit")
    return firm.engine.unlink(job, bill), follower


def sign_anew(firm: Practice, how: str) -> None:
    """Let the letter be accepted once more."""
    if how == "another signer":
        firm.engine.receive(firm.ref, SignerAdded("Bob"))
        firm.engine.receive(firm.ref, ProposalSigned("Bob"))
    else:
        firm.engine.receive(firm.ref, Reopened("other terms"))
        firm.sign()


@pytest.mark.parametrize("how", ["another signer", "other terms"])
@pytest.mark.parametrize("paid", [False, True])
def test_a_bill_that_another_job_follows_up_is_not_asked_for_again(how: str, *, paid: bool) -> None:
    """Its letter is accepted anew, and the bill of before stands."""
    firm = Practice()
    _, follower = accepted(firm)
    if paid:
        firm.engine.record(follower.item("Deposit"), InvoicePaid())
    sign_anew(firm, how)

    assert firm.billed == [firm.job.id]


@pytest.mark.parametrize("fact", [Cancelled("wrong amount"), CreditIssued(usd("50.00"), "note-1")])
@pytest.mark.parametrize("when", ["before", "after", "alone"])
def test_a_bill_that_is_void_lets_a_new_one_come(when: str, fact: Cancelled | CreditIssued) -> None:
    """Whoever has it when it is cancelled, or credited to nothing."""
    firm = Practice()
    if when == "after":
        _, follower = accepted(firm)
        firm.engine.record(follower.item("Deposit"), fact)
    else:
        firm.sign()
        bill = firm.engine.job(firm.job).item("Deposit")
        if when == "before":
            firm.engine.record(bill, fact)
        firm.engine.unlink(firm.job, bill)
        if when == "alone":
            firm.engine.receive(ref_of(bill), fact)
    sign_anew(firm, "other terms")

    assert firm.billed == [firm.job.id, firm.job.id]


def test_a_bill_that_was_void_and_is_wanted_again_lets_no_new_one_come() -> None:
    """The job that follows it up cancelled it, and then reopened it."""
    firm = Practice()
    _, follower = accepted(firm)
    firm.engine.record(follower.item("Deposit"), Cancelled("wrong amount"))
    sign_anew(firm, "other terms")
    firm.engine.record(firm.engine.job(firm.job).item("Deposit"), Cancelled("twice"))
    firm.engine.record(follower.item("Deposit"), Reopened("it was right"))
    sign_anew(firm, "other terms")

    assert firm.billed == [firm.job.id, firm.job.id]


def test_a_bill_that_is_followed_up_stands_where_its_letter_is_linked_elsewhere() -> None:
    """The letter was reopened and let go of; another job that has it signed brings no second."""
    firm = Practice()
    accepted(firm)
    firm.engine.receive(firm.ref, Reopened("other terms"))
    firm.engine.unlink(firm.job, "Letter")
    other = firm.follower()
    firm.sign()

    assert firm.billed == [firm.job.id]
    assert firm.engine.job(other).item("Letter").state is ItemState.COMPLETED


def test_a_bill_that_never_came_to_be_lets_another_one_come() -> None:
    """It was let go of before its request had left, and so that was withdrawn."""
    firm = Practice()
    firm.world.invoices.fail_next(ConnectionError("down"))
    firm.sign()
    job = firm.engine.job(firm.job)
    firm.engine.unlink(job, job.item("Deposit"))
    sign_anew(firm, "other terms")

    assert len(firm.billed) == 1


def test_a_reference_of_a_letter_is_told_to_who_let_go_of_it_until_its_bill_is_taken_over() -> None:
    """Then it names those alone that have it (R-15)."""
    firm = Practice()
    idle(firm, "archived")
    firm.engine.unlink(firm.job, "Letter")
    third = firm.follower()
    told = [one.id for one in firm.engine.receive(firm.ref, ProposalSigned())]

    assert firm.job.id not in told
    assert third.id in told


def test_a_letter_made_elsewhere_brings_nothing_wherever_it_is_let_go_of() -> None:
    """There is no bill to be passed on."""
    firm = Practice()
    ref = Ref("proposals", "by-hand")
    one, two = (firm.engine.start("other", firm.ada) for _ in range(2))
    for job in (one, two):
        firm.engine.link(job, ref, "proposal", "By hand")
    firm.engine.unlink(one, "By hand")
    firm.engine.receive(ref, ProposalSigned())

    assert firm.billed == []


def test_a_letter_that_nobody_else_has_is_deleted_with_its_job() -> None:
    """With its bill, for nothing is known of it any more (R-28)."""
    firm = Practice()
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)
    firm.sign()
    later = firm.follower()
    firm.sign()

    assert firm.billed == []
    assert firm.engine.job(later).item("Letter").state is ItemState.COMPLETED


def test_a_bill_comes_where_its_letter_is_linked_twice_to_one_job_and_let_go_of_once() -> None:
    """The job waits for the letter still, by what it linked itself."""
    firm = Practice()
    again = firm.engine.link(firm.job, firm.ref, "proposal", "Letter again")
    firm.engine.unlink(again, firm.job.item("Letter"))
    firm.sign()

    assert firm.billed == [firm.job.id]


def test_a_letter_that_one_job_has_twice_brings_one_bill() -> None:
    """It is one letter."""
    firm = Practice()
    firm.engine.link(firm.job, firm.ref, "proposal", "Letter again")
    firm.sign()

    assert firm.billed == [firm.job.id]


def cancel(firm: Practice) -> None:
    """Let the job that sent the letter wait for it no more."""
    firm.engine.move(firm.job, "done", open="cancel")


@pytest.mark.parametrize("to", ["the same", "another"])
def test_a_letter_that_was_cancelled_and_is_linked_again_brings_its_bill(to: str) -> None:
    """Whoever waits for it then has the bill."""
    firm = Practice()
    cancel(firm)
    job = firm.link(firm.job) if to == "the same" else firm.follower()
    firm.sign()

    assert firm.billed == [job.id]


def test_a_letter_that_was_cancelled_brings_its_bill_where_another_job_waits_for_it() -> None:
    """That job had linked it before."""
    firm = Practice()
    other = firm.follower()
    cancel(firm)
    firm.sign()

    assert firm.billed == [other.id]


def test_a_bill_comes_where_its_letter_is_linked_after_all_who_had_it_cancelled_it() -> None:
    """The job that had been given the bill waits for the letter no more."""
    firm = Practice()
    firm.engine.unlink(firm.job, "Letter")
    firm.follower()
    firm.engine.receive(firm.ref, Cancelled("not now"))
    third = firm.follower()
    firm.sign()

    assert firm.billed == [third.id]


def test_a_letter_whose_move_was_undone_brings_its_bill_where_it_is_linked_next() -> None:
    """It has gone out, and cannot be taken back."""
    firm = Practice()
    job = firm.engine.start("other", firm.ada)
    job = firm.engine.transfer(job, "tax", "sign")
    ref = ref_of(job.item("Letter"))
    firm.engine.undo(job)
    other = firm.engine.start("other", firm.ada)
    firm.engine.link(other, ref, "proposal", "Letter")
    firm.engine.receive(ref, ProposalSigned())

    assert firm.billed == [other.id]


def test_a_bill_comes_where_a_job_waits_though_that_which_sent_its_letter_is_archived() -> None:
    """Nothing follows on a job that is over."""
    firm = Practice()
    other = firm.follower()
    firm.engine.archive(firm.job)
    firm.sign()

    assert firm.billed == [other.id]


def leave(firm: Practice, how: str) -> None:
    """Let the job that sent the letter have it no more."""
    if how == "lets go":
        firm.engine.unlink(firm.job, "Letter")
    else:
        firm.engine.archive(firm.job)
        firm.engine.delete(firm.job)


def void(firm: Practice) -> None:
    """Let the client accept the letter, and cancel the bill that it brought."""
    firm.sign()
    firm.engine.record(firm.engine.job(firm.job).item("Deposit"), Cancelled("void"))


@pytest.mark.parametrize("how", ["is deleted", "lets go"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_letter_whose_bill_is_void_brings_a_new_one_on_the_job_that_has_it(
    how: str, when: str
) -> None:
    """Whether it is reopened before the job that sent it is gone, or after."""
    firm = Practice()
    other = firm.follower()
    void(firm)
    if when == "after":
        firm.engine.receive(firm.ref, Reopened("other terms"))
    leave(firm, how)
    if when == "before":
        firm.engine.receive(firm.ref, Reopened("other terms"))
    firm.sign()

    assert firm.billed == [firm.job.id, other.id]


@pytest.mark.parametrize("how", ["is deleted", "lets go"])
@pytest.mark.parametrize("status", ["Active", "Archived"])
def test_a_letter_that_was_accepted_brings_nothing_where_it_is_linked_again(
    how: str, status: str
) -> None:
    """Its bill is void, and it was not reopened; once it is, the next acceptance brings one."""
    firm = Practice()
    other = firm.follower()
    void(firm)
    firm.engine.set_status(other, status)
    leave(firm, how)
    third = firm.follower()
    firm.sign()
    assert firm.billed == [firm.job.id]

    firm.engine.receive(firm.ref, Reopened("other terms"))
    firm.sign()
    waiting = other if status == "Active" else third
    assert firm.billed == [firm.job.id, waiting.id]


@pytest.mark.parametrize("how", ["is deleted", "lets go"])
def test_a_bill_that_stands_is_not_asked_for_again_where_its_letter_is_accepted_anew(
    how: str,
) -> None:
    """Though the job that has the bill has the letter no more."""
    firm = Practice()
    firm.follower()
    firm.sign()
    leave(firm, how)
    firm.engine.receive(firm.ref, Reopened("other terms"))
    firm.sign()

    assert firm.billed == [firm.job.id]
