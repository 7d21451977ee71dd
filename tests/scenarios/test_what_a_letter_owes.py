"""What an acceptance owes is so of the letter, whichever jobs have it (A-8, A-22, R-15, R-27)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from pipeflow import (
    Account,
    Cancelled,
    Engine,
    InvoiceTemplate,
    Item,
    ItemKind,
    Job,
    Pipeline,
    ProposalSigned,
    Ref,
    Reopened,
    SendProposal,
    SignerAdded,
    Stage,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Receipt, Store
from pipeflow.testing import World
from tests.scenarios.test_a_bill_is_void_or_stands import WRONG
from tests.scenarios.test_the_bill_of_a_letter_comes_once import DEPOSIT, LETTER, Practice
from tests.scenarios.test_what_a_relinked_thing_brings import ref_of


class Shared(Practice):
    """A firm with a job that sent a letter, and another one that waits for it too."""

    def __init__(self, store: Store | None = None, deposit: InvoiceTemplate = DEPOSIT) -> None:
        super().__init__(store, deposit)
        self.other = self.follower()

    @property
    def bill(self) -> Item:
        """The bill, as the job has it that sent the letter."""
        return self.engine.job(self.job).item("Deposit")

    def accept_anew(self) -> None:
        """Let the letter be reopened, and accepted."""
        self.engine.receive(self.ref, Reopened("other terms"))
        self.sign()

    def delete(self, job: Job) -> None:
        """Delete a job."""
        self.engine.archive(job)
        self.engine.delete(job)


Story: TypeAlias = Callable[[Shared], None]


def let_go_of_before_its_bill_is_cancelled(firm: Shared) -> None:
    """The bill stood when the job let go of the letter."""
    bill = ref_of(firm.bill)
    firm.engine.unlink(firm.job, "Letter")
    firm.engine.receive(bill, WRONG)


def reopened_before_its_bill_is_cancelled(firm: Shared) -> None:
    """The letter waits again already."""
    bill = ref_of(firm.bill)
    firm.engine.unlink(firm.job, "Letter")
    firm.engine.receive(firm.ref, Reopened("other terms"))
    firm.engine.receive(bill, WRONG)


def deleted_before_its_bill_is_cancelled(firm: Shared) -> None:
    """The bill's own job is there no more, and another one follows the bill up."""
    bill = ref_of(firm.bill)
    firm.engine.link(firm.other, bill, "invoice", "Deposit")
    firm.engine.unlink(firm.job, "Deposit")
    firm.engine.unlink(firm.job, "Letter")
    firm.delete(firm.job)
    firm.engine.receive(bill, WRONG)


@pytest.mark.parametrize(
    "story",
    [
        let_go_of_before_its_bill_is_cancelled,
        reopened_before_its_bill_is_cancelled,
        deleted_before_its_bill_is_cancelled,
    ],
    ids=lambda story: story.__name__,
)
@pytest.mark.parametrize("kept", ["in memory", "in a file"])
def test_a_letter_brings_another_bill_whenever_the_one_of_before_is_cancelled(
    kept: str, story: Story, tmp_path: Path
) -> None:
    """On the job that has the letter still."""
    firm = Shared(SqliteStore(tmp_path / "firm.db") if kept == "in a file" else None)
    firm.sign()
    story(firm)
    firm.accept_anew()

    assert firm.billed == [firm.job.id, firm.other.id]


def test_a_bill_that_stands_at_its_host_after_its_job_is_deleted_lets_no_other_one_come() -> None:
    """Nobody follows it up."""
    firm = Shared()
    firm.sign()
    firm.delete(firm.job)
    firm.accept_anew()

    assert firm.billed == [firm.job.id]


def test_a_bill_that_never_came_to_be_and_whose_job_is_deleted_lets_another_one_come() -> None:
    """Its port was down, and it was given up."""
    firm = Shared()
    firm.world.invoices.fail_next(ConnectionError("down"))
    firm.sign()
    firm.engine.unlink(firm.job, "Deposit")
    firm.delete(firm.job)
    firm.accept_anew()

    assert firm.billed == [firm.other.id]


def archived(firm: Shared) -> None:
    """It goes on no more."""
    firm.engine.archive(firm.job)


def archived_and_resumed(firm: Shared) -> None:
    """Its pause is over when it is archived."""
    firm.engine.archive(firm.job)
    firm.engine.resume(firm.job)


def archived_and_restored(firm: Shared) -> None:
    """What it had put off has come elsewhere."""
    archived_and_resumed(firm)
    firm.engine.restore(firm.job)


def archived_and_deleted(firm: Shared) -> None:
    """It is there no more."""
    firm.delete(firm.job)


def let_go(firm: Shared) -> None:
    """It has the letter no more."""
    firm.engine.unlink(firm.job, "Letter")
    firm.engine.resume(firm.job)


@pytest.mark.parametrize(
    "story",
    [archived, archived_and_resumed, archived_and_restored, archived_and_deleted, let_go],
    ids=lambda story: story.__name__,
)
def test_a_bill_that_a_pause_put_off_comes_on_another_job_where_that_will_not_have_it(
    story: Story,
) -> None:
    """The client accepted the letter while the job that sent it was paused (R-27)."""
    firm = Shared()
    firm.engine.pause(firm.job, "rest")
    firm.sign()
    assert firm.billed == []
    story(firm)

    assert firm.billed == [firm.other.id]


def test_a_paused_job_has_the_bill_when_it_is_resumed_that_another_one_left_to_it() -> None:
    """Whatever happens to the letter meanwhile is warned of once."""
    firm = Shared()
    third = firm.follower()
    firm.engine.pause(firm.job, "rest")
    firm.engine.pause(firm.other, "rest")
    firm.sign()
    firm.engine.unlink(firm.job, "Letter")
    firm.engine.unlink(third, "Letter")
    assert firm.billed == []
    firm.engine.resume(firm.other)

    assert firm.billed == [firm.other.id]
    lines = [str(line) for line in firm.engine.history(firm.other)]
    assert len([line for line in lines if "waits until it is resumed" in line]) == 1


@pytest.mark.parametrize("how", ["Completed", "Archived"])
def test_nothing_follows_later_from_an_acceptance_of_which_all_who_had_the_letter_were_over(
    how: str,
) -> None:
    """Neither where they go on, nor where somebody links the letter; the next one counts (A-22)."""
    firm = Shared()
    for job in (firm.job, firm.other):
        firm.engine.set_status(job, how)
    firm.sign()
    firm.engine.restore(firm.other)
    firm.follower()
    assert firm.billed == []

    firm.accept_anew()
    assert firm.billed == [firm.other.id]


def test_a_letter_that_nobody_has_owes_its_bill_to_who_links_it_next() -> None:
    """The job that sent it let go of it, and is over."""
    firm = Practice()
    firm.engine.archive(firm.job)
    firm.engine.unlink(firm.job, "Letter")
    firm.sign()
    next_one = firm.follower()

    assert firm.billed == [next_one.id]


@pytest.mark.parametrize("how", ["lets go", "is deleted"])
@pytest.mark.parametrize("by", ["the sender", "a third"])
def test_a_letter_owes_its_bill_though_who_had_it_last_is_gone(how: str, by: str) -> None:
    """It was linked by mistake after the job that sent it had let go of it."""
    firm = Practice()
    firm.engine.unlink(firm.job, "Letter")
    mistaken = firm.follower()
    if how == "lets go":
        firm.engine.unlink(mistaken, "Letter")
    else:
        firm.engine.archive(mistaken)
        firm.engine.delete(mistaken)
    job = firm.link(firm.job) if by == "the sender" else firm.follower()
    firm.sign()

    assert firm.billed == [job.id]


@pytest.mark.parametrize("voided", [False, True])
def test_a_letter_that_is_linked_as_signed_brings_no_bill_beside_one_that_stands(
    *, voided: bool
) -> None:
    """It was reopened before; where that of before is void, the job that sent it has the next."""
    firm = Shared()
    firm.sign()
    if voided:
        firm.engine.record(firm.bill, WRONG)
    firm.engine.receive(firm.ref, Reopened("other terms"))
    third = firm.engine.start("other", firm.ada)
    firm.engine.link(third, firm.ref, "proposal", "Letter", completed=True)

    assert firm.billed == [firm.job.id] * (2 if voided else 1)


def test_a_letter_is_accepted_where_the_job_that_bears_its_bill_has_it_as_signed() -> None:
    """A job that has it signed by one does not decide for all who have to sign."""
    firm = Practice()
    other = firm.follower()
    firm.engine.receive(firm.ref, SignerAdded("Bob"))
    firm.engine.unlink(other, "Letter")
    firm.engine.link(other, firm.ref, "proposal", "Letter", signatures="one", signers=["Ann"])
    firm.engine.receive(firm.ref, ProposalSigned("ann@x.com"))
    assert firm.billed == []
    firm.engine.receive(firm.ref, ProposalSigned("Bob"))

    assert firm.billed == [firm.job.id]


WAYS = ["completed", "archived", "unlinked", "unlinked long before", "cancelled", "active"]


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("order", ["receipt first", "signature first"])
def test_a_bill_comes_in_whichever_order_a_letter_is_named_and_signed(how: str, order: str) -> None:
    """The host tells of the letter's signature before it answers that it has sent it (A-8)."""
    world, job, other = offered()
    keys = [one.key for one in world.engine.pending()]
    if how.startswith("unlinked"):
        world.engine.unlink(job, "Letter")
        if "long" in how:  # its request is over when the host answers all the same
            world.advance(days=1)
            assert not world.engine.pending()
    elif how == "cancelled":
        world.engine.move(job, "Done", open="cancel")
    elif how != "active":
        world.engine.set_status(job, how.title())
    if order == "signature first":
        world.engine.receive(P1, ProposalSigned())
    for key in keys:
        world.engine.delivered(key, Receipt("P1"))
    if order == "receipt first":
        world.engine.receive(P1, ProposalSigned())

    bills = [(one.id, bill.name) for one in (job, other) for bill in bills_of(world, one)]
    assert bills == [(job.id if how == "active" else other.id, "Deposit")]


P1 = Ref("proposals", "P1")


def offered() -> tuple[World, Job, Job]:
    """Return a firm whose host delivers by itself, a job that sends a letter, and another one that
    has linked it already.
    """
    world = World(deliver=False)
    engine = world.engine
    engine.save(DEPOSIT, LETTER)
    engine.save(Pipeline("Tax", [Stage("Sign", [SendProposal(LETTER)]), Stage("Done")]))
    engine.save(Pipeline("Other", [Stage("A"), Stage("B")]))
    ada = engine.save(Account("Ada"))
    job = engine.start("tax", ada)
    other = engine.link(engine.start("other", ada), P1, "proposal", "Letter")
    return world, job, other


def bills_of(world: World, job: Job) -> list[Item]:
    """Return the bills of a job."""
    items = world.engine.job(job).items
    return [one for one in items if one.kind is ItemKind.INVOICE]


def test_a_letter_that_has_no_reference_yet_brings_one_bill() -> None:
    """It was signed by hand before its host answered."""
    world, job, _ = offered()
    letter = world.engine.job(job).item("Letter")
    world.engine.record(letter, ProposalSigned())
    for fact in (Reopened("other terms"), ProposalSigned()):
        world.engine.record(letter, fact)
    assert len(bills_of(world, job)) == 1

    world.engine.record(bills_of(world, job)[0], Cancelled("wrong"))
    for fact in (Reopened("other terms"), ProposalSigned()):
        world.engine.record(letter, fact)
    assert len(bills_of(world, job)) == 2


def test_a_letter_that_no_host_has_named_is_deleted_with_its_job() -> None:
    """And what it would have brought; a job that linked it by hand has a letter of its own."""
    world, job, other = offered()
    world.engine.record(world.engine.job(job).item("Letter"), ProposalSigned())
    world.engine.archive(job)
    world.engine.delete(job)
    world.engine.receive(P1, ProposalSigned())

    assert bills_of(world, other) == []


def test_an_explanation_names_the_bill_on_the_job_on_which_it_comes() -> None:
    """And on no other one; none while one of before stands."""
    firm = Shared()
    says = "its acceptance brings the invoice 'Deposit'"
    assert says in str(firm.engine.explain(firm.job))
    assert says not in str(firm.engine.explain(firm.other))
    firm.engine.unlink(firm.job, "Letter")
    assert says in str(firm.engine.explain(firm.other))
    firm.sign()
    firm.engine.receive(firm.ref, Reopened("other terms"))
    assert says not in str(firm.engine.explain(firm.other))


def test_what_a_letter_owes_is_known_on_branches_and_after_a_restore(tmp_path: Path) -> None:
    """It stands beside what its reference names, wherever the firm lives."""
    with SqliteStore(tmp_path / "firm.db") as store:
        firm = Shared(store)
        firm.engine.pause(firm.job, "rest")
        firm.sign()
        branch = firm.engine.what_if()
        branch.archive(firm.job)
        assert len(branch.job(firm.other).items) == 2
        other = World()
        other.store.restore(store.export("default"))
        with SqliteStore(tmp_path / "firm.db") as theirs:
            for engine in (World(store=theirs).engine, other.engine):
                engine.archive(firm.job)
                assert len(engine.job(firm.other).items) == 2


# -- jobs and clients that are deleted -----------------------------------------------------------


@pytest.mark.parametrize("kept", ["in memory", "in a file"])
def test_a_bill_that_has_not_left_when_its_job_is_deleted_comes_on_another_job(
    kept: str, tmp_path: Path
) -> None:
    """Its request went with its job, and no host ever heard of it."""
    firm = Shared(SqliteStore(tmp_path / "firm.db") if kept == "in a file" else None)
    firm.world.invoices.fail_next(ConnectionError("down"), times=1)
    firm.sign()

    firm.delete(firm.job)
    firm.world.advance(days=5)

    assert firm.billed == [firm.other.id]


def test_a_bill_that_a_host_has_in_hand_when_its_job_is_deleted_does_not_come_twice() -> None:
    """Nobody knows whether it was made, so that none is asked for beside it."""
    firm = Shared()
    quiet = Engine(store=firm.world.store, clock=firm.world.clock, deliver=False)
    quiet.receive(firm.ref, ProposalSigned())
    (request,) = quiet.pending()

    quiet.archive(firm.job)
    quiet.delete(firm.job)

    assert request.port == "invoices"
    assert quiet.pending() == ()


@pytest.mark.parametrize("first", ["the receipt", "the acceptance"])
def test_a_bill_that_its_job_let_go_of_while_a_host_had_it_in_hand_comes_once(first: str) -> None:
    """It stands, whichever is told first (A-10)."""
    firm = Shared()
    quiet = Engine(store=firm.world.store, clock=firm.world.clock, deliver=False)
    quiet.receive(firm.ref, ProposalSigned())
    (request,) = quiet.pending()
    quiet.unlink(firm.job, "Deposit")
    if first == "the receipt":
        quiet.delivered(request.key, Receipt("i-1"))
    for fact in (Reopened("other terms"), ProposalSigned()):
        quiet.receive(firm.ref, fact)
    if first == "the acceptance":
        quiet.delivered(request.key, Receipt("i-1"))

    assert [one.port for one in quiet.pending()] == []


def test_a_letter_that_was_cancelled_in_a_pause_owes_nothing_to_whoever_links_it_next() -> None:
    """It was cancelled after it was accepted (R-27)."""
    firm = Practice()
    job = firm.engine.start("other", firm.ada)
    firm.engine.pause(firm.job, "rest")
    firm.sign()
    firm.engine.receive(firm.ref, Cancelled("they withdrew"))
    firm.engine.resume(firm.job)

    firm.link(job)

    assert firm.billed == []


def rows_about(firm: Practice, *parts: str) -> list[str]:
    """What an export still tells of a client, beside the line in the firm's feed."""
    told = firm.world.store.export("default")
    return [line for line in told if '"row":' in line and any(part in line for part in parts)]


def test_nothing_of_a_deleted_client_stays_with_a_letter_that_another_one_has() -> None:
    """The letter is known by the job of the other client, and owes that one nothing (R-28)."""
    firm = Practice()
    other = firm.follower(firm.world.account("Eve"))
    firm.sign()
    firm.engine.unlink(firm.job, "Letter")
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.ada)

    assert rows_about(firm, firm.ada.id, f'"{firm.job.id}') == []
    assert firm.engine.item(firm.ref).job == other.id


def test_nothing_stays_of_a_void_bill_whose_job_is_deleted() -> None:
    """Nobody has to know that it is void, once it stands for nothing (R-28)."""
    firm = Practice()
    firm.sign()
    bill = ref_of(firm.engine.job(firm.job).item("Deposit"))
    firm.engine.receive(bill, Cancelled("wrong"))
    firm.engine.archive(firm.job)
    firm.engine.delete(firm.job)

    assert rows_about(firm, bill.id) == []


def test_a_thing_that_two_jobs_had_is_forgotten_when_both_are_deleted() -> None:
    """The one that had let go of it too."""
    firm = Practice()
    jobs = [firm.engine.start("other", firm.ada) for _ in "ab"]
    for job in jobs:
        firm.engine.link(job, "t-9", "approval", "Call")
    firm.engine.unlink(jobs[1], "Call")
    for job in jobs:
        firm.engine.archive(job)
        firm.engine.delete(job)

    assert rows_about(firm, "t-9") == []


@pytest.mark.parametrize("status", ["Completed", "Archived"])
def test_a_job_that_is_over_does_not_say_that_a_bill_will_come(status: str) -> None:
    """Nothing follows there from an acceptance (A-22)."""
    firm = Practice()
    firm.engine.set_status(firm.job, status)

    assert "brings the invoice" not in str(firm.engine.explain(firm.job))
