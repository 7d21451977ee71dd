"""Receipts: what a port's answer does to a job, and what becomes of a request that fails."""

from pipeflow import (
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    InvoiceState,
    ItemCompleted,
    ItemState,
    PaymentReceived,
    Receipt,
    Ref,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestWithdrawn,
    SendEmail,
    Stage,
    Warned,
    rules,
)
from pipeflow.ports import InvoiceCancellation, TaskChange
from pipeflow.rules.draft import Draft
from tests.rules.states import (
    DAILY,
    DONE,
    FEE,
    MIA,
    NOON,
    ORGANIZER,
    PREPARE,
    WELCOME,
    after,
    begun,
    completed,
    events,
    kinds,
    opening,
    recorded,
    reminded,
    usd,
)

STAGE = Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE), SendEmail(WELCOME)])


def test_the_references_of_what_was_delivered_are_kept() -> None:
    """All of one pass in one chapter; e-mails, and answers without a reference, change no item."""
    start = opening(STAGE, DONE)
    task, invoice, email = start.requests

    decision = rules.delivered(
        start.job,
        [(task, Receipt("t-1")), (invoice, Receipt("i-1")), (email, Receipt("e-1"))],
        NOON,
    )
    silent = rules.delivered(start.job, [(task, Receipt()), (email, Receipt("e-1"))], NOON)

    assert [item.ref for item in decision.job.items] == [
        Ref("tasks", "t-1"),
        Ref("invoices", "i-1"),
    ]
    assert [(e.port, e.ref) for e in events(decision, RequestDelivered)] == [
        ("tasks", "t-1"), ("invoices", "i-1"), ("email", "e-1"),
    ]  # fmt: skip
    assert silent.job is start.job
    assert len(silent.chapters) == 1


def test_what_was_delivered_says_when_and_names_what_it_made() -> None:
    """A task is the team's, of whose delivery nobody has to know; an e-mail is the job's."""
    start = opening(STAGE, DONE)
    task, invoice, email = start.requests
    gone = InvoiceCancellation(
        "k", "lovelace", "job-1", "job-1/2", None, "Fee", "i-1", invoice.key, "undone"
    )
    change = TaskChange("c", "lovelace", "job-1", "job-1/1", None, "Prepare", "t-1", None)

    decision = rules.delivered(
        start.job,
        [
            (task, Receipt("t-1")),
            (invoice, Receipt("i-1")),
            (email, Receipt("e-1")),
            (email, Receipt()),
            (gone, Receipt("x-1")),
            (change, Receipt("x-2")),
        ],
        NOON,
    )

    assert decision.names == ("job-1/1", "job-1/2", "job-1/", "", "", "")
    assert [item.delivered for item in decision.job.items] == [None, NOON]
    assert [item.ref for item in decision.job.items] == [
        Ref("tasks", "t-1"),
        Ref("invoices", "i-1"),
    ]
    assert decision.rhythms == ()


def test_of_what_is_reminded_of_the_delivery_counts_though_it_has_no_reference() -> None:
    """And of the reminder itself; a task has no rhythm, whatever its item says."""
    start = opening(Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)]), DONE)
    (invoice,) = start.requests
    state = begun(Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)]), DONE)
    (mail,) = reminded(state, "Fee").requests

    silent = rules.delivered(start.job, [(invoice, Receipt())], NOON)
    named = rules.delivered(start.job, [(invoice, Receipt("i-1")), (mail, Receipt())], NOON)

    assert (silent.job, silent.rhythms) == (start.job, (invoice.key,))
    assert named.rhythms == (invoice.key, mail.key)


def test_a_total_that_is_no_bills_is_told_of() -> None:
    """Nothing follows from it (R-11)."""
    start = opening(STAGE, DONE)
    task, invoice, _ = start.requests
    total = Receipt(total=usd("1"))

    decision = rules.delivered(start.job, [(task, total), (invoice, total)], NOON)

    assert [event.text for event in events(decision, Warned)] == [
        "tasks answered firm/job-1/1/create-task-prepare with a total, and it is no bill"
    ]


def test_a_bill_that_is_paid_already_is_done_by_its_last_payment_else_at_birth() -> None:
    """As history tells it (R-11)."""
    _, invoice, _ = opening(STAGE, DONE).requests
    state = begun(STAGE, DONE)
    money = PaymentReceived(usd("60"), reference="p-1")

    paid = rules.billed(recorded(state, "Fee", money), invoice, usd("60"), NOON)
    free = rules.billed(state, invoice, usd("0"), NOON)

    assert [event.fact for event in events(paid, ItemCompleted)] == [money]
    assert [event.fact for event in events(free, ItemCompleted)] == [None]


def test_a_bill_whose_receipt_comes_late_brings_its_total() -> None:
    """No other thing does (R-11)."""
    state = begun(STAGE, DONE)
    seven = usd("7")

    billed = rules.delivered_late(state, "job-1/2", Receipt("i-1", total=seven), NOON, MIA)
    silent = rules.delivered_late(state, "job-1/2", Receipt("i-1"), NOON, MIA)
    other = rules.delivered_late(state, "job-1/1", Receipt("t-1", total=seven), NOON, MIA)

    assert billed.job.items[1].progress == InvoiceState(usd("7"))
    assert silent.job.items[1].progress == InvoiceState(usd("100.00"))
    assert (kinds(billed), kinds(other)) == (["RequestDelivered", "Warned"], ["RequestDelivered"])
    assert [(e.port, e.ref, e.to) for e in events(billed, RequestDelivered)] == [
        ("invoices", "i-1", ())
    ]
    assert billed.job.items[1].delivered == NOON


def test_a_reminder_makes_no_item() -> None:
    """Though it is about one, and its reference is that of an e-mail."""
    state = begun(Stage("Intake", [CreateInvoice(FEE, reminders=DAILY)]), DONE)
    (mail,) = reminded(state, "Fee").requests

    assert (mail.item, rules.made_item(mail)) == ("job-1/1", None)
    assert rules.delivered(state.job, [(mail, Receipt("e-1"))], NOON).job is state.job


def test_what_a_port_says_is_done_at_birth_is_completed_as_by_a_fact() -> None:
    """The job moves on, and an invoice counts as paid in full (A-50)."""
    stage = Stage("Intake", [CreateInvoice(FEE)], automove=True)
    state = begun(stage, DONE)

    decision = rules.born_done(state, "job-1/1", NOON)

    (done,) = events(decision, ItemCompleted)
    assert (done.fact, decision.job.stage) == (None, "done")
    assert decision.job.items[0].progress == InvoiceState(usd("100.00"), settled=True)


def test_what_is_done_already_is_not_completed_twice() -> None:
    """The port called back before it answered."""
    stage = Stage("Intake", [CreateOrganizer(ORGANIZER)], automove=True)
    state = completed(begun(stage, DONE), "Organizer")

    assert rules.born_done(state, "job-1/1", NOON).changed is False


def test_a_total_that_comes_twice_is_taken_over_once() -> None:
    """R-11: the same receipt again is no news, and what is no invoice has no total of its own."""
    start = opening(STAGE, DONE)
    task, invoice, _ = start.requests
    state = begun(STAGE, DONE)

    once = rules.billed(state, invoice, usd("101.00"), NOON)
    twice = rules.billed(after(state, once), invoice, usd("101.00"), NOON)

    assert once.job.item("Fee").progress == InvoiceState(usd("101.00"))
    assert (kinds(once)[0], twice.changed) == ("Warned", False)
    assert rules.own_total(invoice, Receipt(total=usd("101.00"))) == usd("101.00")
    assert rules.own_total(invoice, Receipt(total=usd("100"))) is None
    assert rules.own_total(task, Receipt(total=usd("101.00"))) is None


def test_a_reference_that_comes_late_is_kept_once() -> None:
    """The request was withdrawn while a port had it in its hands (A-10)."""
    state = begun(STAGE, DONE)
    receipt = Receipt("t-1")

    decision = rules.delivered_late(state, "job-1/1", receipt, NOON, MIA)
    kept = after(state, decision)

    assert decision.job.items[0].ref == Ref("tasks", "t-1")
    assert [event.key for event in events(decision, RequestDelivered)] == [
        "firm/job-1/1/create-task-prepare"
    ]
    assert rules.delivered_late(kept, "job-1/1", receipt, NOON, MIA).changed is False
    assert kept.job.items[0].state is ItemState.PENDING


def test_a_failure_says_whether_it_is_tried_again() -> None:
    """And what nobody needed any more is told too (A-26)."""
    state = begun(STAGE, DONE)
    (request, *_) = opening(STAGE, DONE).requests
    draft = Draft(state, NOON, rules.SYSTEM)

    rules.failed(draft, request, "no line", 1, NOON)
    rules.failed(draft, request, "no line", 2, None)
    rules.withdrawn(draft, request.key)
    decision = draft.decide()

    assert kinds(decision) == ["RequestFailed", "RequestGivenUp", "RequestWithdrawn"]
    assert [e.retry_at for e in events(decision, RequestFailed)] == [NOON]
    assert [e.attempt for e in events(decision, RequestGivenUp)] == [2]
    assert [e.key for e in events(decision, RequestWithdrawn)] == [request.key]
