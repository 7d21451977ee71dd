"""One fact, one way: whoever says that a thing is done, the same follows from it everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeflow import (
    Cancelled,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DocumentSigned,
    Engine,
    Fact,
    FactRecorded,
    InvoicePaid,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    Job,
    NotFoundError,
    OrganizerSubmitted,
    OrganizerTemplate,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    Pipeline,
    ProposalSigned,
    Question,
    Receipt,
    Ref,
    Repeat,
    SendClientRequest,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    TaskCompleted,
    Warned,
)
from pipeflow.testing import World
from tests.faults.offices import born_done, lose_template
from tests.firms import (
    CHECKED,
    CHECKLIST,
    DONE,
    FEE,
    LETTER,
    ORGANIZER,
    PAID_LETTER,
    PAPERS,
    PREPARE,
    begun,
    events,
    now,
    opened,
    pending,
    usd,
)

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED

# An automation of each kind that somebody has to act on, and the name of what it makes.
MAKERS = {
    "task": (CreateTask(PREPARE), "Prepare"),
    "invoice": (CreateInvoice(FEE), "Fee"),
    "organizer": (CreateOrganizer(ORGANIZER), "Organizer"),
    "proposal": (SendProposal(LETTER), "Letter"),
    "proposal with an invoice": (SendProposal(PAID_LETTER), "Paid letter"),
    "message": (SendMessage(CHECKLIST), "Checklist"),
    "client request": (SendClientRequest(PAPERS), "Papers"),
    "client request to accept": (SendClientRequest(CHECKED), "Checked papers"),
}


def what_became(job: Job, name: str) -> tuple[Any, ...]:
    """Tell where a job is, how far the item is, and which others there are."""
    item = job.item(name)
    others = sorted((one.name, one.state, one.visit, one.stage) for one in job.items)
    return job.stage, item.state, item.progress, others


def completed_by_fact(kind: str) -> tuple[World, Job]:
    """Let the item of a kind be done by the facts that complete it."""
    automation, name = MAKERS[kind]
    world, job = begun(Stage("Work", [automation], automove=True), DONE)
    item = job.item(name)
    match item.kind:
        case ItemKind.TASK:
            world.team.completes(job, name)
        case ItemKind.INVOICE:
            world.client.pays(job, name)
        case ItemKind.ORGANIZER:
            world.client.submits(job, name)
        case ItemKind.PROPOSAL:
            world.client.signs(job, name)
        case ItemKind.CLIENT_REQUEST:
            world.client.sends(job, name)
            world.team.accepts(job, name)
        case _:
            world.client.checks(job, name)
    return world, now(world, job)


# -- done at birth -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAKERS)
def test_a_receipt_of_what_is_done_at_birth_is_the_fact(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Receipt(completed=True)` brings about what the completing fact does, acceptance included."""
    automation, name = MAKERS[kind]
    expected = what_became(completed_by_fact(kind)[1], name)
    if kind == "proposal with an invoice":  # only the proposal is done at birth
        monkeypatch.setattr("pipeflow.testing.FakeProposals._completes", lambda self, one: True)
    else:
        born_done(monkeypatch)

    world, job = begun(Stage("Work", [automation], automove=True), DONE)

    assert what_became(now(world, job), name) == expected


@pytest.mark.parametrize("kind", MAKERS)
def test_a_receipt_that_the_host_brings_is_the_fact_too(kind: str) -> None:
    """`delivered(key, Receipt(completed=True))` is the same as a port's own answer."""
    automation, name = MAKERS[kind]
    expected = what_became(completed_by_fact(kind)[1], name)
    world = opened(Stage("Work", [automation], automove=True), DONE, deliver=False)
    job = world.engine.start("tax", world.account("Ada Lovelace"))
    (request,) = world.engine.pending()

    world.engine.delivered(request.key, Receipt("x-1", completed=True))

    assert what_became(now(world, job), name) == expected


@pytest.mark.parametrize("kind", MAKERS)
def test_to_complete_an_item_is_the_fact(kind: str) -> None:
    """`complete` records whatever completes an item of its kind, and nothing else."""
    automation, name = MAKERS[kind]
    expected = what_became(completed_by_fact(kind)[1], name)
    world, job = begun(Stage("Work", [automation], automove=True), DONE)

    world.engine.complete(job.item(name))

    assert what_became(now(world, job), name) == expected


def test_a_proposal_that_is_signed_at_birth_brings_its_invoice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The invoice on acceptance is made in the same command and holds the stage (2.3)."""
    monkeypatch.setattr("pipeflow.testing.FakeProposals._completes", lambda self, one: True)

    world, job = begun(Stage("Work", [SendProposal(PAID_LETTER)], automove=True), DONE)

    after = now(world, job)
    assert (after.stage, pending(after.items)) == ("work", ["Fee"])
    assert [one.name for one in world.invoices.created] == ["Fee"]


@pytest.mark.parametrize("kind", ["invoice", "locked_document"])
def test_what_is_linked_as_done_is_paid(kind: str) -> None:
    """`link(completed=True)` settles the total, as the fact would (A-9)."""
    world, job = begun(Stage("Work", automove=True), DONE)

    after = world.engine.link(job, "x-1", kind, name="Bill", completed=True, total=usd("30"))

    bill = after.item("Bill").progress
    assert isinstance(bill, InvoiceState)
    assert (after.stage, bill.paid()) == ("done", usd("30"))


@pytest.mark.parametrize(
    "kind", [kind for kind in ItemKind if kind not in {ItemKind.NOTE, ItemKind.MESSAGE}]
)
def test_a_thing_of_any_kind_may_be_linked_as_done(kind: ItemKind) -> None:
    """It counts as a completion of this visit, whatever it is (A-9)."""
    world, job = begun(Stage("Work", automove=True), DONE)

    after = world.engine.link(job, "x-1", kind, name="Thing", completed=True)

    assert (after.stage, after.item("Thing").state) == ("done", COMPLETED)


def test_a_linked_message_that_is_done_has_all_its_tasks_ticked() -> None:
    """It is done by its ticks, as if each had come by itself."""
    world, job = begun(Stage("Work", automove=True), DONE)

    after = world.engine.link(
        job, "x-1", "message", name="Ask", completed=True, client_tasks=["Scan", "Sign"]
    )

    assert (after.stage, after.item("Ask").state) == ("done", COMPLETED)


# -- one thing on several jobs -------------------------------------------------------------------


def shared(
    here: str, there: str, *, first: dict[str, Any] | None = None, **second: Any
) -> tuple[World, Job, Job]:
    """Link one thing to two jobs, as one kind here and as another there."""
    world = opened(Stage("Work", automove=True), DONE)
    jobs = [world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob")]
    ref = Ref("documents", "d-1")
    world.engine.link(jobs[0], ref, here, name="Thing", **(first or {}))
    world.engine.link(jobs[1], ref, there, name="Thing", **second)
    return world, now(world, jobs[0]), now(world, jobs[1])


DOCUMENTS = ("approval", "signature", "locked_document", "client_request")


@pytest.mark.parametrize("here", DOCUMENTS)
@pytest.mark.parametrize("there", DOCUMENTS)
def test_to_complete_a_shared_thing_says_what_happened_and_nothing_more(
    here: str, there: str
) -> None:
    """Its fact reaches all jobs, and completes it where it is of that kind only (A-8)."""
    world, mine, theirs = shared(here, there)

    world.engine.complete(mine.item("Thing"))

    assert now(world, mine).item("Thing").state is COMPLETED
    other = now(world, theirs).item("Thing")
    assert other.state is (COMPLETED if here == there else PENDING)
    assert events(world, theirs, Warned) == []


def test_the_invoice_of_a_shared_proposal_is_made_once() -> None:
    """Where the proposal was sent; the other job waits for the signature alone."""
    world = opened(
        Stage("Work", [SendProposal(PAID_LETTER)], automove=True),
        DONE,
        more=[Pipeline("Other", [Stage("Wait", automove=True), DONE])],
    )
    first = world.engine.start("tax", world.account("Ada"))
    second = world.engine.start("other", world.account("Bob"))
    world.engine.link(second, Ref("proposals", "proposal-1"), "proposal", name="Paid letter")

    world.engine.complete(now(world, second).item("Paid letter"))

    assert [one.job for one in world.invoices.created] == [first.id]
    assert pending(now(world, first).items) == ["Fee"]
    assert now(world, second).stage == "done"


def test_what_is_cancelled_is_cancelled_on_every_job() -> None:
    """`Cancelled` is a fact about things of all kinds (A-8, A-10)."""
    world, mine, theirs = shared("approval", "signature")

    world.engine.record(mine.item("Thing"), Cancelled())

    assert now(world, theirs).item("Thing").state is RESOLVED


ELSE = OrganizerTemplate("Organizer", id="else", questions=[Question("Who?")])


def strangers(kind: str, tell: Callable[[World, Item], object]) -> tuple[World, Job, Job, Ref]:
    """Let one job know more of a thing than another, which has it as another kind, or had it made
    besides: its host has one of it for both.
    """
    automation, name = MAKERS[kind]
    others = {"proposal": automation, "organizer": CreateOrganizer(ELSE)}
    besides = [others[kind]] if kind in others else []
    world = opened(
        Stage("Work", [automation], automove=True),
        DONE,
        more=[ELSE, Pipeline("Other", [Stage("Wait", besides, automove=True), DONE])],
        deliver=False,
    )
    knows = world.engine.start("tax", world.account("Ada"))
    tell(world, knows.item(name))
    other = world.engine.start("other", world.account("Bob"))
    requests = world.engine.pending()
    ref = Ref(requests[0].port, "x-1")
    if not besides:
        world.engine.link(other, ref, "locked_document", name=name)
    for request in requests:
        world.engine.delivered(request.key, Receipt("x-1"))
    return world, now(world, knows), now(world, other), ref


def debit(world: World, item: Item) -> None:
    """Let a bank debit of the whole fee be submitted."""
    world.engine.record(item, PaymentReceived(usd("100"), cleared=False, reference="debit-1"))


MISFITS: dict[str, tuple[str, Fact, ItemState]] = {
    "a debit clears": ("invoice", PaymentCleared("debit-1"), COMPLETED),
    "a debit fails": ("invoice", PaymentFailed("debit-1"), PENDING),
    "a contact signs": ("proposal", ProposalSigned("ada@example.com"), COMPLETED),
    "answers are submitted": (
        "organizer",
        OrganizerSubmitted(answers={"Anything else?": "no"}),
        COMPLETED,
    ),
}


@pytest.mark.parametrize("case", MISFITS)
@pytest.mark.parametrize("how", ["by webhook", "by the item"])
def test_a_job_that_knows_less_vetoes_nothing(case: str, how: str) -> None:
    """A fact that fits the thing on one job is kept there, and the other is told (A-8).

    Of a payment that it does not know the other keeps what it hears (R-1).
    """
    kind, fact, expected = MISFITS[case]
    tell = debit if kind == "invoice" else (lambda world, item: None)
    world, knows, other, ref = strangers(kind, tell)
    name = MAKERS[kind][1]

    if how == "by webhook":
        world.engine.receive(ref, fact)
    else:
        world.engine.record(knows.item(name), fact)

    assert now(world, knows).item(name).state is expected
    assert now(world, other).item(name).state is PENDING
    told = FactRecorded if kind == "invoice" else Warned
    assert [len(events(world, other, one)) for one in (FactRecorded, Warned)] == [
        told is FactRecorded,
        told is Warned,
    ]


def test_a_fact_that_fits_nowhere_is_refused() -> None:
    """Then the sender is told, and nothing is written."""
    world, mine, theirs = shared("signature", "signature")

    with pytest.raises(NotFoundError, match="no signatory 'nope'"):
        world.engine.receive(Ref("documents", "d-1"), DocumentSigned("nope"))

    assert events(world, mine, Warned) == events(world, theirs, Warned) == []


def test_payments_come_along_when_an_invoice_is_linked_to_a_second_job() -> None:
    """What was paid before counts there too."""
    world, mine, _ = shared("locked_document", "note", first={"total": usd("100")})
    ref = Ref("documents", "d-1")
    world.engine.receive(ref, PaymentReceived(usd("40"), reference="p-1"))
    late = world.engine.start("tax", world.account("Eve"))
    linked = world.engine.link(late, ref, "locked_document", name="Thing")

    world.engine.receive(ref, PaymentReceived(usd("60"), reference="p-2"))

    bill = linked.item("Thing").progress
    assert isinstance(bill, InvoiceState)
    assert (bill.total, bill.paid()) == (usd("100"), usd("40"))
    assert now(world, mine).stage == now(world, late).stage == "done"


@pytest.mark.parametrize("known", ["first", "second"])
def test_what_an_invoice_comes_to_is_known_on_every_job(known: str) -> None:
    """A full payment moves both, whichever of them was linked with the total."""
    total = {"total": usd("100")}
    world, mine, theirs = shared(
        "locked_document",
        "locked_document",
        first=total if known == "first" else {},
        **(total if known == "second" else {}),
    )

    world.engine.receive(Ref("documents", "d-1"), PaymentReceived(usd("100"), reference="p-1"))

    assert now(world, mine).stage == now(world, theirs).stage == "done"


def test_a_total_that_becomes_known_after_the_money_completes_both() -> None:
    """It is one invoice: paid here is paid there."""
    world = opened(Stage("Work", automove=True), DONE)
    first, second = (world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob"))
    ref = Ref("invoices", "i-1")
    world.engine.link(first, ref, "invoice", name="Bill")
    world.engine.receive(ref, PaymentReceived(usd("100"), reference="p-1"))
    before = now(world, first).stage

    world.engine.link(second, ref, "invoice", name="Bill", total=usd("100"))

    assert before == "work"
    assert now(world, first).stage == now(world, second).stage == "done"


def test_a_debit_that_clears_reaches_all_jobs_that_know_it() -> None:
    """The webhook is answered, and both move on."""
    world, mine, theirs = shared("locked_document", "locked_document", first={"total": usd("100")})
    ref = Ref("documents", "d-1")
    world.engine.receive(ref, PaymentReceived(usd("100"), cleared=False, reference="p-1"))

    world.engine.receive(ref, PaymentCleared("p-1"))

    assert now(world, mine).stage == now(world, theirs).stage == "done"


def test_where_submitted_debits_count_a_second_link_counts_them_too() -> None:
    """By the firm's choice, on every job."""
    world = opened(Stage("Work", automove=True), DONE, settings=Settings(bank_payments="submitted"))
    first, second = (world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob"))
    ref = Ref("invoices", "i-1")
    world.engine.link(first, ref, "invoice", name="Bill", total=usd("100"))
    world.engine.receive(ref, PaymentReceived(usd("100"), cleared=False, reference="p-1"))

    world.engine.link(second, ref, "invoice", name="Bill")

    assert now(world, first).stage == now(world, second).stage == "done"


# -- unless it is open ---------------------------------------------------------------------------

UNLESS = CreateTask(PREPARE, repeat=Repeat.UNLESS_OPEN)


def back_and_forth(engine: Engine, job: Job) -> Job:
    """Leave the stage and enter it again."""
    engine.move(job, "Done")
    return engine.move(job, "Work")


def test_a_retry_of_an_old_visit_takes_no_open_item_out_of_this_one() -> None:
    """An item of a later visit stays there, and holds the job there (A-46)."""
    world = opened(Stage("Work", [UNLESS, CreateTask("review")], automove=True), DONE)
    lose_template(world, "prepare")
    job = world.engine.start("tax", world.account())
    key = job.blocked[0].key
    world.engine.save(PREPARE)
    back_and_forth(world.engine, job)

    after = world.engine.retry(key)
    assert after is not None
    world.engine.complete([one for one in after.items if one.name == "Review"][-1])

    (open_item,) = [one for one in after.items if one.name == "Prepare"]
    assert open_item.visit == after.visit == 3
    assert now(world, job).stage == "work"
    world.engine.complete(open_item)
    assert now(world, job).stage == "done"


def test_equal_ids_of_another_pipeline_are_other_automations() -> None:
    """After a transfer the task of the old pipeline is not the one that this stage makes."""
    world = opened(
        Stage("Work", [UNLESS], automove=True),
        DONE,
        more=[Pipeline("Other", [Stage("Work", [UNLESS], automove=True), DONE])],
    )
    job = world.engine.start("tax", world.account())

    after = world.engine.transfer(job, "other")

    assert [(one.name, one.visit) for one in after.items] == [("Prepare", 1), ("Prepare", 2)]


def test_all_open_items_of_earlier_visits_are_carried_over() -> None:
    """Not only the oldest: the stage waits for every one of them (A-46)."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)], automove=True), DONE)
    back_and_forth(world.engine, job)
    world.engine.save(Pipeline("Tax", [Stage("Work", [UNLESS], automove=True), DONE]), replace=True)

    third = back_and_forth(world.engine, job)
    world.engine.complete(third.items[0])
    between = now(world, job).stage
    world.engine.complete(third.items[1])

    assert [one.visit for one in third.items] == [5, 5]
    assert between == "work"
    assert now(world, job).stage == "done"


@pytest.mark.parametrize("kind", [name for name in MAKERS if name != "proposal with an invoice"])
def test_whatever_is_still_open_holds_the_stage_when_it_is_entered_again(kind: str) -> None:
    """Things of all kinds that an automation makes are carried over."""
    automation, name = MAKERS[kind]
    again = type(automation)(automation.uses, repeat=Repeat.UNLESS_OPEN)  # type: ignore[call-arg]
    world, job = begun(Stage("Work", [again], automove=True), DONE)

    after = back_and_forth(world.engine, job)
    world.engine.complete(after.item(name))

    assert len(after.items) == 1
    assert after.open_items == (after.items[0],)
    assert now(world, job).stage == "done"


def test_a_completion_twice_is_one_completion() -> None:
    """Whichever way it comes: by fact, by `complete`, by webhook, by receipt."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)], automove=True), DONE)
    world.engine.complete(job.item("Prepare"))
    before = world.engine.history(job)

    world.engine.record(job.item("Prepare"), TaskCompleted())
    world.engine.receive(Ref("tasks", "task-1"), TaskCompleted())
    world.engine.complete(job.item("Prepare"))

    assert tuple(world.engine.history(job)) == tuple(before)


def test_a_signature_of_one_of_two_completes_nothing_anywhere() -> None:
    """On no job that has the document."""
    world, mine, theirs = shared("signature", "signature", first={"signers": ["Ada", "Notary"]})

    world.engine.record(mine.item("Thing"), DocumentSigned("Notary"))
    halfway = [now(world, one).item("Thing").state for one in (mine, theirs)]
    world.engine.record(theirs.item("Thing"), DocumentSigned("Ada"))

    assert halfway == [PENDING, PENDING]
    assert [now(world, one).item("Thing").state for one in (mine, theirs)] == [COMPLETED] * 2


def test_an_invoice_is_paid_by_other_means_on_every_job() -> None:
    """`InvoicePaid` settles the rest there too."""
    world, mine, theirs = shared("locked_document", "locked_document", first={"total": usd("100")})

    world.engine.record(mine.item("Thing"), InvoicePaid())

    bill = now(world, theirs).item("Thing").progress
    assert isinstance(bill, InvoiceState)
    assert bill.paid() == usd("100")
