"""What a link says of a thing is taken, or told not to be, and may be said once more (A-8)."""

from typing import Any

import pytest

from pipeflow import (
    Account,
    CreateInvoice,
    DocumentSigned,
    InvoicePaid,
    ItemState,
    Job,
    Money,
    NotAllowedError,
    PaymentReceived,
    Pipeline,
    ProposalSigned,
    Ref,
    Signatures,
    SignerAdded,
    SignerRemoved,
    Stage,
    Warned,
)
from pipeflow.model.facts import Reopened
from pipeflow.model.items import InvoiceState, SigningState
from pipeflow.testing import World
from tests.firms import FEE

OFFICE = Pipeline("Office", [Stage("Work", automove=True), Stage("Done")])
FIFTY, HUNDRED, EUROS = Money("50", "USD"), Money("100", "USD"), Money("50", "EUR")
COMPLETED, PENDING = ItemState.COMPLETED, ItemState.PENDING


@pytest.fixture
def world() -> World:
    """A firm that works by hand."""
    world = World()
    world.engine.save(OFFICE)
    return world


@pytest.fixture
def job(world: World) -> Job:
    """A job of it."""
    return world.engine.start(OFFICE, world.account("Ada"))


def warnings(world: World, job: Job) -> str:
    """Return what the job's history warns of, a line for each."""
    return "\n".join(one.text for one in world.engine.history(job).of(Warned))


def total_of(job: Job) -> Money | None:
    """Return what the newest thing of a job comes to."""
    bill = job.items[-1].progress
    assert isinstance(bill, InvoiceState)
    return bill.total


def letter_of(job: Job) -> SigningState:
    """Return who signs the newest thing of a job."""
    letter = job.items[-1].progress
    assert isinstance(letter, SigningState)
    return letter


def relinked(world: World, job: Job, kind: str, *facts: Any, **said: Any) -> Job:
    """Let go of the job's only thing, record what happens to it, and link it as said."""
    item = job.items[0]
    assert item.ref is not None
    world.engine.unlink(job, item)
    for fact in facts:
        world.engine.receive(item.ref, fact)
    return world.engine.link(job, item.ref, kind, **said)


# -- what all have let go of ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("invoice", {"total": FIFTY}),
        ("proposal", {"signatures": "one"}),
        ("signature", {"in_order": True}),
    ],
)
def test_a_thing_is_linked_as_something_else_once_it_was_let_go_of(
    world: World, job: Job, kind: str, said: dict[str, Any]
) -> None:
    """As the refusal says, and without a word of warning."""
    first: dict[str, Any] = {"total": HUNDRED} if kind == "invoice" else {}
    job = world.engine.link(job, "it", kind, **first)
    with pytest.raises(NotAllowedError, match="unlink it first to link it as something else"):
        world.engine.link(job, "it", kind, **said)

    job = relinked(world, job, kind, **said)

    assert warnings(world, job) == ""
    assert world.engine.link(job, "it", kind, **said) == job
    if kind == "invoice":
        assert total_of(job) == FIFTY
    else:
        assert (letter_of(job).required is Signatures.ONE) == (kind == "proposal")
        assert letter_of(job).in_order == (kind == "signature")


@pytest.mark.parametrize(
    ("came", "total", "state"),
    [(FIFTY, FIFTY, COMPLETED), (HUNDRED, Money("200", "USD"), PENDING)],
)
def test_a_bill_that_comes_to_something_else_is_paid_by_that(
    world: World, job: Job, came: Money, total: Money, state: ItemState
) -> None:
    """Whatever it was before: a part may be all of it, and all a part."""
    job = world.engine.link(job, "b", "invoice", total=HUNDRED)

    job = relinked(world, job, "invoice", PaymentReceived(came, reference="p"), total=total)

    assert (job.items[-1].state, total_of(job)) == (state, total)


def test_a_bill_that_was_called_settled_stays_so_whatever_it_comes_to(
    world: World, job: Job
) -> None:
    """Somebody knew that it was paid (R-2)."""
    job = world.engine.link(job, "b", "invoice", total=HUNDRED)

    job = relinked(world, job, "invoice", InvoicePaid(), total=Money("200", "USD"))

    assert job.items[-1].state is COMPLETED


def test_a_bill_that_was_reopened_stays_open_where_the_same_is_said_of_it(
    world: World, job: Job
) -> None:
    """The money that is there was there before (R-3)."""
    job = world.engine.link(job, "b", "invoice", total=HUNDRED)
    facts = PaymentReceived(HUNDRED, reference="p"), Reopened("by mistake")

    assert relinked(world, job, "invoice", *facts, total=HUNDRED).items[-1].state is PENDING


def test_a_bill_that_was_paid_in_one_currency_comes_to_nothing_in_another(
    world: World, job: Job
) -> None:
    """That is told, and what is known counts."""
    job = world.engine.link(job, "b", "invoice", total=HUNDRED)

    job = relinked(world, job, "invoice", PaymentReceived(FIFTY, reference="p"), total=EUROS)

    assert total_of(job) == HUNDRED
    assert warnings(world, job).endswith(
        "'b' was linked with a total of 50.00 EUR; it is known to come to 100.00 USD, and that "
        "counts"
    )


def test_a_letter_that_one_has_signed_is_signed_where_one_is_enough(world: World, job: Job) -> None:
    """Nobody else has to, so the job goes on."""
    engine = world.engine
    job = engine.link(job, "d", "signature", signers=["Zed", "Yan"])

    job = relinked(world, job, "signature", DocumentSigned("Zed"), signatures="one")

    assert (job.items[-1].state, job.stage) == (COMPLETED, "done")


def test_a_letter_that_was_to_be_signed_in_order_still_is_when_it_is_linked_again(
    world: World, job: Job
) -> None:
    """Nobody said otherwise, as nobody did of how many sign it."""
    said: dict[str, Any] = {"signers": ["Zed", "Yan"], "in_order": True, "signatures": "one"}
    job = world.engine.link(job, "d", "signature", **said)

    letter = letter_of(relinked(world, job, "signature"))

    assert (letter.in_order, letter.required) == (True, Signatures.ONE)


@pytest.mark.parametrize("fact", [InvoicePaid(), None])
def test_to_let_go_of_a_thing_is_told_once(
    world: World, job: Job, fact: InvoicePaid | None
) -> None:
    """Also of one that is done, of which nothing is late that happened before."""
    job = world.engine.link(job, "i", "invoice", total=HUNDRED)
    if fact is not None:
        job = world.engine.record(job.items[0], fact)
    before = len(world.engine.history(job))

    job = world.engine.unlink(job, job.items[0])

    told = [type(one).__name__ for one in world.engine.history(job)[before:]]
    assert told[:2] == (["ItemUnlinked"] if fact else ["ItemResolved", "ItemUnlinked"])
    assert job.items[0].late_facts == ()


# -- what another job has -------------------------------------------------------------------------


def test_another_way_of_signing_than_another_job_knows_is_told(world: World, job: Job) -> None:
    """It was dropped without a word."""
    engine = world.engine
    other = engine.start(OFFICE, job.account)
    engine.link(other, "d", "signature", "Deed")
    said: dict[str, Any] = {"name": "Deed", "signatures": "one", "in_order": True}

    job = engine.link(job, "d", "signature", **said)

    assert warnings(world, job) == (
        "'Deed' was linked to be signed by one; it is known to be signed by all, and that counts\n"
        "'Deed' was linked to be signed in order; it is known to be signed in any, and that counts"
    )
    assert engine.link(job, "d", "signature", **said) == job


def test_other_signers_than_those_of_the_wrong_client_are_told(world: World, job: Job) -> None:
    """Its job was archived, and has the letter all the same; facts say who signs instead."""
    engine = world.engine
    engine.link(job, "l", "proposal", "Letter")
    engine.archive(job)
    right = engine.start(OFFICE, world.account("Bo"), fire=False)

    right = engine.link(right, "l", "proposal", "Letter", signers=["Bo"])

    assert warnings(world, right) == (
        "'Letter' was linked to be signed by 'Bo'; it is known to be signed by 'Ada', and that "
        "counts: SignerAdded and SignerRemoved change it"
    )
    for fact in (SignerAdded("Bo"), SignerRemoved("Ada"), ProposalSigned("Bo")):
        right = engine.record(right.items[0], fact)
    assert right.stage == "done"


def test_a_signer_of_a_letter_that_nobody_signs_is_told(world: World) -> None:
    """The first job is of a client without contacts."""
    engine = world.engine
    bare = engine.save(Account("Bare"))
    engine.link(engine.start(OFFICE, bare), "l", "proposal", "Letter")

    job = engine.link(engine.start(OFFICE, bare), "l", "proposal", "Letter", signers=["Ada"])

    assert (
        "'Letter' was linked to be signed by 'Ada'; it is known to be signed by nobody, and that "
        "counts"
    ) in warnings(world, job)


def test_a_document_is_free_where_its_own_bill_locks_it_and_another_job_knows_it_paid(
    world: World, job: Job
) -> None:
    """There it has a total of its own, and here it is locked by an invoice (A-8)."""
    engine = world.engine
    other = engine.link(
        engine.start(OFFICE, job.account), "d", "locked_document", "Return", total=HUNDRED
    )
    engine.record(other.items[0], InvoicePaid())
    job = engine.link(job, "i", "invoice", "Bill", total=HUNDRED)

    job = engine.link(job, "d", "locked_document", "Return", locked_by=["Bill"])

    assert [one.state for one in job.items] == [PENDING, COMPLETED]


@pytest.mark.parametrize("signers", [["Ada"], ["ADA@example.com"], []])
def test_the_same_signers_are_told_nothing(world: World, signers: list[str]) -> None:
    """By whichever of their names they are called."""
    engine = world.engine
    account = world.account("Ada")
    engine.link(engine.start(OFFICE, account), "l", "proposal")

    job = engine.link(engine.start(OFFICE, account), "l", "proposal", signers=signers)

    assert warnings(world, job) == ""


def test_other_client_tasks_than_another_job_knows_are_told(world: World, job: Job) -> None:
    """They were dropped without a word."""
    engine = world.engine
    other = engine.start(OFFICE, job.account)
    engine.link(other, "m", "message", "Note", client_tasks=["Scan"])

    job = engine.link(job, "m", "message", "Note", client_tasks=["Scan", "Call"])

    assert warnings(world, job) == (
        "'Note' was linked with the client tasks 'Scan' and 'Call'; it is known to have 'Scan', "
        "and that counts: ClientTaskAdded and ClientTaskRemoved change it"
    )


@pytest.mark.parametrize(
    ("kind", "first", "said"),
    [
        ("invoice", {"total": HUNDRED}, {"total": FIFTY}),
        ("signature", {}, {"signatures": "one"}),
        ("signature", {}, {"in_order": True}),
    ],
)
def test_a_shared_thing_is_to_be_let_go_of_by_all_before_it_is_something_else(
    world: World, job: Job, kind: str, first: dict[str, Any], said: dict[str, Any]
) -> None:
    """To unlink it here alone would not do, and the refusal says so."""
    engine = world.engine
    other = engine.link(engine.start(OFFICE, job.account), "it", kind, **first)
    job = engine.link(job, "it", kind)

    with pytest.raises(NotAllowedError, match="unlink it on all jobs first to link it as") as why:
        engine.link(job, "it", kind, **said)
    assert "another job has it too" in str(why.value)

    engine.unlink(other, other.items[0])
    assert warnings(world, relinked(world, job, kind, **said)) == ""


def test_a_bill_that_an_automation_made_here_is_what_it_is(world: World) -> None:
    """The job links it once more, for this visit, and another total does not become of that."""
    engine = world.engine
    made = engine.save(FEE, Pipeline("Made", [Stage("Bill", [CreateInvoice(FEE)])]))[-1]
    job = engine.start(made.id, world.account())
    ref = job.items[0].ref
    assert isinstance(ref, Ref)
    job = engine.link(job, ref, "invoice", "Again")

    with pytest.raises(NotAllowedError, match="unlink it on all jobs first"):
        engine.link(job, ref, "invoice", "Again", total=Money("1", "USD"))


# -- the same call --------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", ["unlinked", "deleted"])
@pytest.mark.parametrize(
    ("kind", "first", "said"),
    [
        ("invoice", {"total": HUNDRED}, {"total": FIFTY}),
        ("locked_document", {"total": HUNDRED}, {"total": FIFTY}),
        ("proposal", {}, {"signers": ["Ada", "Zed"], "signatures": "one", "in_order": True}),
        ("message", {"client_tasks": ["Scan"]}, {"client_tasks": ["Call"]}),
    ],
)
def test_the_same_call_is_harmless_though_those_who_knew_better_are_gone(
    world: World, job: Job, kind: str, first: dict[str, Any], said: dict[str, Any], gone: str
) -> None:
    """A webhook comes twice, and the other job lets go of the thing in between."""
    engine = world.engine
    other = engine.link(engine.start(OFFICE, job.account), "it", kind, **first)
    engine.link(job, "it", kind, **said)
    if gone == "unlinked":
        engine.unlink(other, other.items[0])
    else:
        engine.delete(engine.archive(other))
    before = engine.job(job)

    assert engine.link(job, "it", kind, **said) == before


def test_the_same_call_is_harmless_right_after_another_job_let_go(world: World, job: Job) -> None:
    """Nothing came in between, and who was said to sign is told not to."""
    engine = world.engine
    engine.link(job, "l", "proposal", "Letter")
    engine.unlink(job, "Letter")
    second = engine.start(OFFICE, job.account)
    said: dict[str, Any] = {"kind": "proposal", "name": "Letter", "signers": ["Ada", "Zed"]}

    taken = engine.link(second, "l", **said)

    assert engine.link(second, "l", **said) == taken
    assert "to be signed by 'Ada' and 'Zed'; it is known to be signed by 'Ada'" in str(
        engine.history(second)
    )


def test_what_is_said_otherwise_is_refused_while_another_job_has_it_too(
    world: World, job: Job
) -> None:
    """It was taken for a repeat, and dropped without a word."""
    engine = world.engine
    other = engine.start(OFFICE, job.account)
    engine.link(other, "m", "message", "Note", client_tasks=["Scan"])
    engine.link(job, "m", "message", "Note", client_tasks=["Call"])

    with pytest.raises(NotAllowedError, match="has no such client task; record ClientTaskAdded"):
        engine.link(job, "m", "message", "Note", client_tasks=["Pay"])


@pytest.mark.parametrize(
    ("kind", "known", "said"),
    [
        ("invoice", {"total": HUNDRED}, {"total": FIFTY}),
        ("message", {"client_tasks": ["Scan"]}, {"client_tasks": ["Upload"]}),
        ("proposal", {"signers": ["Ada"]}, {"signers": ["Zed"]}),
    ],
)
def test_what_is_known_by_now_may_be_said_as_well(
    world: World, job: Job, kind: str, known: dict[str, Any], said: dict[str, Any]
) -> None:
    """Whatever was said at first: another job knew better, and that counted."""
    world.engine.link(world.engine.start(OFFICE, job.account), "it", kind, **known)
    job = world.engine.link(job, "it", kind, **said)
    assert "and that counts" in warnings(world, job)

    assert world.engine.link(job, "it", kind, **known) == job
