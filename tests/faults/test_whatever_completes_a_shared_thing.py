"""A shared thing that is done is done on all its jobs, by whatever road it was heard of (A-8)."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import (
    Cancelled,
    ClientTaskChecked,
    CreateTask,
    InvoicePaid,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    Job,
    MessageReplied,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    Pipeline,
    ProposalSigned,
    Receipt,
    Ref,
    Settings,
    Stage,
    SubtaskChecked,
    TaskCompleted,
    Warned,
)
from pipeflow.model.items import Checklist
from pipeflow.ports import Request
from tests.faults.test_one_completion_path import MAKERS
from tests.firms import DONE, PREPARE, events, now, opened, pending, usd

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED
OTHER = Pipeline("Other", [Stage("Wait", automove=True), DONE])
TASKS = ("Scan", "Upload")
INVOICE = Ref("invoices", "i-1")


class Office:
    """A job whose thing a host is creating, and another job that has linked it already."""

    def __init__(self, kind: str, **linked: Any) -> None:
        """Begin with the request in the host's hands."""
        automation, self.name = MAKERS[kind]
        work = Stage("Work", [automation], automove=True)
        self.world = opened(work, DONE, more=[OTHER], deliver=False)
        self.engine = self.world.engine
        account = self.world.account("Ada Lovelace")
        self.first = self.engine.start("tax", account)
        self.second = self.engine.start("other", account)
        (self.request,) = self.engine.pending()
        self.ref = Ref(self.request.port, "x-1")
        what = self.first.item(self.name).kind
        if what is ItemKind.MESSAGE:
            linked = {"client_tasks": TASKS, **linked}
        self.engine.link(self.second, self.ref, what, name=self.name, **linked)

    def answer(self, *, completed: bool = False) -> None:
        """Let the host say that it is created."""
        self.engine.delivered(self.request.key, Receipt("x-1", completed=completed))

    def item(self, job: Job) -> Item:
        """Return the thing as a job has it."""
        return now(self.world, job).item(self.name)

    @property
    def states(self) -> list[ItemState]:
        """How far it is on both jobs."""
        return [self.item(job).state for job in (self.first, self.second)]


@pytest.mark.parametrize("kind", MAKERS)
def test_what_was_done_before_its_receipt_is_done_where_it_was_created(kind: str) -> None:
    """The webhook named one job only when it came, and is not sent again."""
    office = Office(kind)
    office.engine.complete(office.item(office.second))

    office.answer()

    assert office.states == [COMPLETED, COMPLETED]
    after = now(office.world, office.first)
    left = ["Fee"] if kind == "proposal with an invoice" else []
    assert pending(after.items) == left
    assert after.stage == ("work" if left else "done")


@pytest.mark.parametrize("kind", MAKERS)
def test_what_was_done_where_it_is_created_is_done_where_it_was_linked(kind: str) -> None:
    """Told by the item, before its reference was known."""
    office = Office(kind)
    office.engine.complete(office.item(office.first))

    office.answer()

    assert office.states == [COMPLETED, COMPLETED]
    assert now(office.world, office.second).stage == "done"


@pytest.mark.parametrize("kind", MAKERS)
def test_a_receipt_of_what_is_done_reaches_the_jobs_that_had_linked_it(kind: str) -> None:
    """`Receipt(completed=True)` is the fact, and the fact reaches all."""
    office = Office(kind)

    office.answer(completed=True)

    assert office.states == [COMPLETED, COMPLETED]
    assert now(office.world, office.second).stage == "done"


def test_a_late_receipt_brings_what_was_heard_before_too() -> None:
    """Its request was given up after the item was done by other means; the thing came to be."""
    office = Office("task")
    office.engine.complete(office.item(office.first))
    office.engine.failed(office.request.key, "no line")
    office.engine.abandon(office.request.key)

    office.answer()

    assert office.states == [COMPLETED, COMPLETED]


def test_a_late_receipt_of_what_was_cancelled_cancels_nothing_elsewhere() -> None:
    """The other job linked it by itself, and knows why."""
    office = Office("task")
    office.engine.record(office.item(office.first), Cancelled())
    office.engine.failed(office.request.key, "no line")

    office.answer()

    assert office.states == [RESOLVED, PENDING]


def test_what_was_cancelled_before_its_receipt_is_no_longer_waited_for() -> None:
    """That webhook is spent as well (A-10)."""
    office = Office("invoice")
    office.engine.receive(office.ref, Cancelled("void"))

    office.answer()

    assert office.states == [RESOLVED, RESOLVED]


def paid(office: Office, job: Job) -> tuple[object, object]:
    """Tell what an invoice comes to on a job, and what of it is paid."""
    bill = office.item(job).progress
    assert isinstance(bill, InvoiceState)
    return bill.total, bill.paid()


@pytest.mark.parametrize("reference", ["p-1", None])
@pytest.mark.parametrize("heard", ["first", "second"])
def test_money_that_came_before_the_receipt_counts_on_both_jobs(
    heard: str, reference: str | None
) -> None:
    """And so does what the invoice comes to; the rest of the money moves both."""
    office = Office("invoice")
    first_of = PaymentReceived(usd("40"), reference=reference)
    office.engine.record(office.item(getattr(office, heard)), first_of)
    office.answer()
    halfway = [paid(office, job) for job in (office.first, office.second)]

    office.engine.receive(office.ref, PaymentReceived(usd("60"), reference="p-2"))

    assert halfway == [(usd("100"), usd("40"))] * 2
    assert office.states == [COMPLETED, COMPLETED]


def test_money_without_a_reference_that_both_heard_of_counts_once() -> None:
    """It may be the same money, told twice."""
    office = Office("invoice", total=usd("100"))
    for job in (office.first, office.second):
        office.engine.record(office.item(job), PaymentReceived(usd("60")))

    office.answer()

    assert [paid(office, job)[1] for job in (office.first, office.second)] == [usd("60")] * 2


def test_money_that_goes_back_after_the_receipt_opens_both() -> None:
    """Both know of the debit by which it was paid."""
    office = Office("invoice", total=usd("100"))
    office.engine.receive(office.ref, PaymentReceived(usd("100"), reference="debit-1"))
    office.answer()

    office.engine.receive(office.ref, PaymentRefunded("debit-1"))

    assert office.states == [PENDING, PENDING]
    assert events(office.world, office.first, Warned) == []


def test_a_signature_before_the_receipt_counts() -> None:
    """The second signature completes the proposal on both jobs."""
    office = Office("proposal", signers=["account-1/1", "Notary"])
    ada = "ada@example.com"
    office.engine.receive(office.ref, ProposalSigned("Notary"))
    office.answer()
    office.engine.receive(office.ref, ProposalSigned(ada))

    assert office.states[0] is COMPLETED


def test_ticks_and_replies_before_the_receipt_count() -> None:
    """The last tick completes the message on both jobs."""
    office = Office("message")
    office.engine.receive(office.ref, ClientTaskChecked("Scan"))
    office.engine.receive(office.ref, MessageReplied())
    office.answer()
    sheet = office.item(office.first).progress

    office.engine.receive(office.ref, ClientTaskChecked("Upload"))

    assert sheet == Checklist(TASKS, ("Scan",), replied=True)
    assert office.states == [COMPLETED, COMPLETED]


def test_subtasks_before_the_receipt_count() -> None:
    """One that the template does not have is warned of."""
    office = Office("task")
    for name in ("Enter", "Print"):
        office.engine.receive(office.ref, SubtaskChecked(name))

    office.answer()

    sheet = office.item(office.first).progress
    assert isinstance(sheet, Checklist)
    assert sheet.checked == ("Enter",)
    (warning,) = events(office.world, office.first, Warned)
    assert warning.text.startswith("'Prepare': SubtaskChecked changed nothing here: ")


def test_what_is_of_another_kind_there_says_nothing_here() -> None:
    """A document to approve is not a bill that is paid."""
    office = Office("invoice")
    third = office.engine.start("other", "account-1")
    office.engine.unlink(office.second, office.item(office.second))
    office.engine.link(third, office.ref, "approval", name="Fee", completed=True)

    office.answer()

    assert office.item(office.first).state is PENDING


# -- linked as done ------------------------------------------------------------------------------


ASKING = [kind for kind in ItemKind if kind not in {ItemKind.NOTE, ItemKind.MESSAGE, ItemKind.TASK}]


BILLS = [ItemKind.INVOICE, ItemKind.LOCKED_DOCUMENT]


@pytest.mark.parametrize(
    ("kind", "total"), [(kind, None) for kind in ASKING] + [(kind, usd("5")) for kind in BILLS]
)
def test_what_is_linked_as_done_is_done_on_the_jobs_that_had_it(kind: ItemKind, total: Any) -> None:
    """`link(completed=True)` is the fact, and the fact reaches all (A-9)."""
    world = opened(Stage("Work", automove=True), DONE)
    jobs = [world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob", "Eve")]
    ref = Ref("documents", "d-1")
    for job in jobs[:2]:
        world.engine.link(job, ref, kind, name="Thing", total=total)

    world.engine.link(jobs[2], ref, kind, name="Thing", completed=True)

    after = [now(world, job) for job in jobs]
    assert [job.item("Thing").state for job in after] == [COMPLETED] * 3
    assert [job.stage for job in after] == ["done"] * 3
    assert len({job.item("Thing").progress for job in after}) == 1 or kind not in BILLS


def test_a_message_that_is_linked_as_done_has_its_ticks_everywhere() -> None:
    """It is done by its ticks; one without any asks nothing, and says nothing."""
    world = opened(Stage("Work", automove=True), DONE)
    jobs = [world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob")]
    for name, tasks in (("Ask", ["Scan"]), ("News", [])):
        for job, done in zip(jobs, (False, True), strict=True):
            ref = Ref("messages", name)
            world.engine.link(job, ref, "message", name=name, client_tasks=tasks, completed=done)

    first = now(world, jobs[0])

    assert [first.item(name).state for name in ("Ask", "News")] == [COMPLETED, RESOLVED]


# -- what is not shared --------------------------------------------------------------------------


def test_one_reference_for_several_requests_completes_nothing_by_itself() -> None:
    """A port that always answers the same tells of each thing by its own receipt."""
    world = opened(Stage("Work", [CreateTask(PREPARE)], automove=True), DONE, deliver=False)
    jobs = [world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob")]
    first, second = world.engine.pending()
    world.engine.delivered(first.key, Receipt("ok"))
    world.engine.complete(now(world, jobs[0]).item("Prepare"))

    world.engine.delivered(second.key, Receipt("ok"))

    assert [now(world, job).item("Prepare").state for job in jobs] == [COMPLETED, PENDING]


def test_receipts_of_one_pass_that_name_one_thing_share_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Kept in one commit, the second finds what the first one named."""
    twice = [CreateTask(PREPARE, id="a"), CreateTask(PREPARE, id="b")]
    world = opened(Stage("Work", twice, automove=True), DONE)

    def take(request: Request) -> Receipt:
        return Receipt("same", completed=request.key.endswith("b"))

    monkeypatch.setattr(world.tasks, "take", take)
    job = world.engine.start("tax", world.account())

    assert [item.state for item in now(world, job).items] == [COMPLETED, COMPLETED]
    assert now(world, job).stage == "done"


def test_a_paid_invoice_is_found_by_whoever_links_it_next() -> None:
    """After the receipt it is one invoice, as if it had been shared from the first."""
    office = Office("invoice")
    office.engine.receive(office.ref, InvoicePaid())
    office.answer()
    third = office.engine.start("other", "account-1")

    after = office.engine.link(third, office.ref, "invoice", name="Fee")

    assert (after.stage, after.item("Fee").state) == ("done", COMPLETED)


@pytest.mark.parametrize("linked", ["afterwards", "before its receipt"])
def test_a_debit_that_fails_opens_a_bill_on_each_job_that_it_had_paid(linked: str) -> None:
    """Also where the bill was found paid: nobody has called it settled (A-8, R-1)."""
    office = Office("invoice")
    office.engine.save(Settings(bank_payments="submitted"))
    debit = PaymentReceived(usd("100"), cleared=False, reference="p-1")
    if linked == "afterwards":
        office.engine.delivered(office.request.key, Receipt("x-1"))
        office.engine.receive(office.ref, debit)
        third = office.engine.start("other", office.engine.job(office.first).account)
        office.engine.link(third, office.ref, "invoice", total=usd("100"))
        jobs = [office.first, office.second, third]
    else:
        office.engine.record(office.engine.job(office.first).item(office.name), debit)
        office.engine.delivered(office.request.key, Receipt("x-1"))
        jobs = [office.first, office.second]
    paid = {now(office.world, job).items[0].state for job in jobs}

    office.engine.receive(office.ref, PaymentFailed("p-1"))

    assert paid == {COMPLETED}
    assert {now(office.world, job).items[0].state for job in jobs} == {PENDING}


def test_a_task_that_was_done_before_its_receipt_moves_its_job_once() -> None:
    """The webhook that comes again then changes nothing."""
    office = Office("task")
    office.engine.receive(office.ref, TaskCompleted())
    office.answer()
    before = [now(office.world, job) for job in (office.first, office.second)]

    office.engine.receive(office.ref, TaskCompleted())

    assert [now(office.world, job) for job in (office.first, office.second)] == before


def test_what_a_bill_comes_to_says_nothing_to_a_document_to_approve() -> None:
    """Each takes what is of its kind."""
    world = opened(Stage("Work", automove=True), DONE)
    jobs = [world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob", "Eve")]
    ref, bill = Ref("documents", "d-1"), "locked_document"
    for job, kind in zip(jobs, ("approval", bill, bill), strict=True):
        total = usd("5") if job is jobs[2] else None
        world.engine.link(job, ref, kind, name="Thing", total=total)

    world.engine.receive(ref, PaymentReceived(usd("5"), reference="p-1"))

    after = [now(world, job).item("Thing").state for job in jobs]
    assert after == [PENDING, COMPLETED, COMPLETED]


@pytest.mark.parametrize("told", ["by its reference", "on the other job"])
def test_a_thing_that_is_called_like_an_id_stands_in_nobodys_way(told: str) -> None:
    """A shared invoice is found by its id on each job, whatever else is called so there."""
    world = opened(Stage("Work", automove=True), DONE, more=[OTHER])
    engine, account = world.engine, world.account("Ada Lovelace")
    first, second = engine.start("other", account), engine.start("other", account)
    for job in (first, second):
        engine.link(job, INVOICE, "invoice", name="Fee", total=usd("9"))
    bill = now(world, first).item("Fee")
    engine.link(first, Ref("tasks", "t-1"), "task", name=bill.id)

    if told == "by its reference":
        engine.receive(INVOICE, InvoicePaid())
    else:
        engine.record(now(world, second).item("Fee"), InvoicePaid())

    assert [now(world, job).item("Fee").state for job in (first, second)] == [COMPLETED] * 2
