"""What a document and a letter keep beside other features, that no test told before."""

from __future__ import annotations

from typing import Any

from pipeflow import (
    ClientRequestAccepted,
    ClientRequestSubmitted,
    ClientRequestTemplate,
    ClientTaskChecked,
    CreateInvoice,
    CreateTask,
    CreditIssued,
    InvoicePaid,
    InvoiceTemplate,
    Item,
    ItemReopened,
    LineItem,
    Package,
    PaymentReceived,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Question,
    Reminders,
    SendClientRequest,
    SendProposal,
    SignerAdded,
    SignerRemoved,
    Stage,
    TaskTemplate,
    Warned,
)
from pipeflow.model.facts import Cancelled, Declined, SubtaskChecked
from pipeflow.model.record import replaced
from pipeflow.ports import Changes, Receipt, RowKey
from tests.scenarios.test_promises_in_pairs import (
    ALL,
    COMPLETED,
    FEE,
    LETTER,
    PENDING,
    RESOLVED,
    Office,
    office,
    signed_and_reopened,
    usd,
)


def known(item: Item) -> Any:
    """Return what is remembered of an item."""
    return item.progress


def locked(*names: str, other: bool = True) -> Office:
    """Return a firm whose document is locked by bills, and that another job has linked."""
    firm = office(automove=False)
    for name in names:
        firm.engine.link(firm.job, name, "invoice", name, total=usd("9.00"))
    firm.engine.link(firm.job, "d", "locked_document", "Doc", locked_by=names)
    if other:
        firm.engine.link(firm.other, "d", "locked_document", "Doc")
    return firm


def reopened(firm: Office) -> int:
    """Tell how often it is written that the document waits again."""
    events = firm.engine.history(firm.job)
    return sum(isinstance(one, ItemReopened) and one.name == "Doc" for one in events)


def test_a_document_that_was_cancelled_by_itself_stays_so_whatever_its_bill_does() -> None:
    """Also after it waited again with its bill once (R-3, A-11)."""
    firm = locked("Fee")
    engine, bill = firm.engine, firm.engine.job(firm.job.id).item("Fee")
    engine.record(bill, Cancelled("void"))
    engine.reopen(bill, "it was not")
    doc = engine.job(firm.job.id).item("Doc")
    assert (doc.state, doc.reopened is not None, reopened(firm)) == (PENDING, True, 1)

    engine.record(doc, Cancelled("not needed"))
    engine.record(bill, InvoicePaid())
    engine.reopen(bill, "wrong account")

    assert firm.now(firm.job)[1] == [PENDING, RESOLVED]


def test_a_document_that_is_locked_already_is_not_locked_again() -> None:
    """Nothing is written of it, and what another job has cancelled stays so (R-24)."""
    firm = locked("One", "Two")
    engine, bill = firm.engine, firm.engine.job(firm.job.id).item("One")
    engine.move(firm.other, "Y", open="cancel")
    engine.record(bill, InvoicePaid())
    engine.reopen(bill, "wrong account")

    assert reopened(firm) == 0
    assert firm.now(firm.other)[1] == [RESOLVED]


def test_a_bill_frees_all_its_documents_wherever_they_are_linked() -> None:
    """One payment is told of each (A-8)."""
    firm = office(automove=False)
    engine = firm.engine
    engine.link(firm.job, "Fee", "invoice", "Fee", total=usd("9.00"))
    for id in ("d", "e"):
        engine.link(firm.job, id, "locked_document", id, locked_by=["Fee"])
        engine.link(firm.other, id, "locked_document", id)

    engine.record(engine.job(firm.job.id).item("Fee"), InvoicePaid())

    assert firm.now(firm.other) == ("y", [COMPLETED, COMPLETED])


def test_it_is_remembered_who_had_signed_however_often_a_letter_is_reopened() -> None:
    """Each once; and who signs anew is told as for any letter (R-3)."""
    firm = signed_and_reopened()
    engine, letter = firm.engine, firm.job.items[0]
    engine.record(letter, ProposalSigned("ann@x.example"))
    assert "to be signed anew" not in str(engine.explain(firm.job))
    engine.record(letter, Declined("bob@x.example"))
    engine.record(letter, ProposalSigned("bob@x.example"))
    engine.reopen(letter, "once more")

    sheet = known(engine.job(firm.job.id).items[0])
    assert [sheet.had_signed, sheet.declined] == [tuple(one.id for one in sheet.signatories), ()]
    assert "to be signed anew, as it was by Ann, Bob; not yet" in str(engine.explain(firm.job))


def test_what_another_job_waits_for_again_waits_where_it_is_linked() -> None:
    """Though all its tasks are ticked (R-3)."""
    firm = office(automove=False)
    engine = firm.engine
    job = engine.link(firm.job, "m", "message", client_tasks=["Sign"])
    engine.record(job.items[0], ClientTaskChecked("Sign"))
    engine.reopen(job.items[0], "not so")

    engine.link(firm.other, "m", "message")

    assert firm.now(firm.other) == ("x", [PENDING])


def test_a_letter_that_was_reopened_on_another_job_was_not_on_one_that_links_it_then() -> None:
    """It is told as one that nobody has signed."""
    firm = signed_and_reopened()
    ref = firm.job.items[0].ref
    assert ref is not None
    engine = firm.engine

    engine.link(firm.other, ref.id, "proposal")

    assert "not yet: Ann, Bob" in str(engine.explain(firm.other))
    assert "anew" not in str(engine.explain(firm.other))


def test_a_letter_that_was_declined_and_reopened_is_signed_for_the_first_time() -> None:
    """Nobody had signed it."""
    firm = office(SendProposal(LETTER))
    engine, letter = firm.engine, firm.job.items[0]
    engine.record(letter, Declined("bob@x.example"))
    engine.reopen(letter, "they talked")

    assert "anew" not in str(engine.explain(firm.job))
    assert known(engine.job(firm.job.id).items[0]).declined == ()


def test_a_credit_note_is_written_once_unless_it_completes_the_bill() -> None:
    """Also where it leaves nothing to pay, or comes after all is over."""
    firm = office(automove=False)
    engine, left = firm.engine, {}
    for name, paid in (("None", ""), ("Rest", "60.00"), ("All", "100.00")):
        item = engine.link(firm.job, name, "invoice", name, total=usd("100.00")).item(name)
        if paid:
            engine.record(item, PaymentReceived(usd(paid), reference="r"))
        before = len(engine.history(firm.job))
        engine.record(item, CreditIssued(usd("40.00" if paid else "100.00"), "note"))
        left[name] = [type(one).__name__ for one in engine.history(firm.job)[before:]]

    assert left == {
        "None": ["FactRecorded", "ItemResolved"],
        "Rest": ["ItemCompleted"],
        "All": ["FactRecorded"],
    }


def test_a_reminder_of_a_bill_of_which_something_is_left_leaves() -> None:
    """A credit note for a part of it takes nothing back (R-8)."""
    firm = office()
    bill = InvoiceTemplate("Bill", lines=FEE.lines, reminders=Reminders(every=3, times=3))
    firm.engine.save(
        bill, Pipeline("R", stages=[Stage("A", automations=[CreateInvoice(bill)]), Stage("B")])
    )
    item = firm.engine.start("r", firm.job.account).items[0]
    firm.world.email.fail_when(lambda _: True, RuntimeError("down"))
    firm.world.advance(days=3, minutes=1)

    firm.engine.record(item, CreditIssued(usd("60.00"), "note"))
    firm.world.email.recover()
    firm.world.advance(hours=12)

    assert len(firm.world.email.sent) == 1


def test_a_reopened_bill_waits_on_a_job_that_links_it_then() -> None:
    """Whatever money has come (R-3)."""
    firm = office(automove=False)
    engine = firm.engine
    job = engine.link(firm.job, "i", "invoice", total=usd("100.00"))
    engine.record(job.items[0], ALL)
    engine.reopen(job.items[0], "wrong account")

    engine.link(firm.other, "i", "invoice", total=usd("100.00"))

    assert firm.now(firm.other) == ("x", [PENDING])


def test_a_document_of_an_earlier_visit_that_a_move_set_free_is_locked_again_by_an_undo() -> None:
    """It stayed behind as it was unlocked by hand, and its bill was carried on (R-26)."""
    firm = locked("One", "Two", other=False)
    engine, job = firm.engine, firm.job
    engine.record(engine.job(job.id).item("One"), InvoicePaid())
    engine.complete(engine.job(job.id).item("Doc"))
    engine.move(job, "B", open="carry")
    engine.reopen(engine.job(job.id).item("Doc"), "too early")

    engine.move(job, "A", open="cancel")
    assert firm.now(job)[1] == [COMPLETED, RESOLVED, COMPLETED]

    engine.undo(job)
    assert firm.now(job)[1] == [COMPLETED, PENDING, PENDING]


def test_what_a_move_made_and_completed_is_let_go_of_by_an_undo() -> None:
    """A bill that comes to nothing was done at birth, and waits for nobody after that (R-26)."""
    free = InvoiceTemplate("Free", lines=[LineItem("Return", rate=usd("0.00"))])
    firm = office()
    firm.engine.save(
        free, Pipeline("R", stages=[Stage("A"), Stage("B", automations=[CreateInvoice(free)])])
    )
    job = firm.engine.start("r", firm.job.account)
    assert firm.engine.move(job, "B").items[0].state is COMPLETED

    assert firm.engine.undo(job).job.items[0].state is RESOLVED


def test_what_a_firm_has_to_accept_is_not_done_when_it_was_only_sent() -> None:
    """Also when it was sent and accepted while the job had let go of it."""
    asks = ClientRequestTemplate("Papers", questions=[Question("Which?")], accept=True)
    firm = office()
    engine = firm.engine
    engine.save(asks, Pipeline("R", stages=[Stage("A", automations=[SendClientRequest(asks)])]))
    for facts, state in (
        ([ClientRequestSubmitted()], PENDING),
        ([ClientRequestSubmitted(), ClientRequestAccepted()], COMPLETED),
    ):
        job = engine.start("r", firm.job.account)
        ref = job.items[0].ref
        assert ref is not None
        engine.unlink(job, job.items[0])
        for fact in facts:
            engine.receive(ref, fact)

        assert engine.link(job, ref.id, "client_request").items[1].state is state


def test_every_fact_that_does_not_fit_is_warned_of_once() -> None:
    """Whatever was told between."""
    firm = office(CreateInvoice(FEE))
    engine = firm.engine
    other = engine.link(firm.other, "d", "locked_document", "Doc", total=usd("100.00"))
    engine.link(firm.job, "d", "locked_document", "Doc", locked_by=["Fee"])
    port = other.items[0].ref
    assert port is not None
    for reference in ("r", "s", "r"):
        engine.receive(port, PaymentReceived(usd("30.00"), reference=reference))

    assert sum(isinstance(event, Warned) for event in engine.history(firm.job)) == 2


def test_a_bill_of_several_jobs_frees_the_documents_of_each() -> None:
    """Wherever else these are linked (A-8)."""
    firm = office(automove=False)
    engine = firm.engine
    third = engine.start("p", firm.job.account)
    for job, id in ((firm.job, "d"), (third, "e")):
        engine.link(job, "i", "invoice", "Fee", total=usd("9.00"))
        engine.link(job, id, "locked_document", id, locked_by=["Fee"])
        engine.link(firm.other, id, "locked_document", id)

    engine.record(engine.job(third.id).items[0], InvoicePaid())

    assert firm.now(firm.other) == ("y", [COMPLETED, COMPLETED])


def test_a_letter_that_is_signed_by_others_when_it_was_reopened_is_signed_anew() -> None:
    """Of those who had signed, nobody is left to be named."""
    firm = signed_and_reopened()
    engine, letter = firm.engine, firm.job.items[0]
    engine.record(letter, SignerAdded("Zed"))
    for who in ("ann@x.example", "bob@x.example"):
        engine.record(letter, SignerRemoved(who))

    assert "to be signed anew; not yet: Zed" in str(engine.explain(firm.job))


def test_a_letter_that_an_older_version_reopened_is_signed_anew() -> None:
    """Its signatures were left to stand; and another package may be chosen (R-3)."""
    letter = ProposalTemplate("Tiers", packages=[Package("Basic"), Package("Full")])
    firm = office()
    engine, store = firm.engine, firm.world.store
    engine.save(letter, Pipeline("R", stages=[Stage("A", automations=[SendProposal(letter)])]))
    job = engine.start("r", firm.job.account)
    for who in ("ann@x.example", "bob@x.example"):
        engine.record(job.items[0], ProposalSigned(who, package="Full"))
    key = RowKey("job", job.id)
    row = store.read("default", [key]).rows[key]
    item = replaced(row.value.items[0], state=PENDING, reopened=firm.world.clock.now())
    before = replaced(row.value, items=(item,))
    store.commit(Changes("default", {key: row.version}, {key: before}))

    for who, state in (("ann@x.example", PENDING), ("bob@x.example", COMPLETED)):
        item = engine.record(item, ProposalSigned(who, package="Basic")).items[0]
        assert (item.state, known(item).package) == (state, "Basic")


def test_a_task_whose_steps_were_ticked_while_it_was_let_go_of_is_not_done() -> None:
    """Somebody has to say so, of a task; and of a plain message there is nothing to say."""
    task = TaskTemplate("Task", subtasks=["Sign"])
    firm = office()
    engine = firm.engine
    engine.save(task, Pipeline("R", stages=[Stage("A", automations=[CreateTask(task)])]))
    job = engine.start("r", firm.job.account)
    ref = job.items[0].ref
    assert ref is not None
    engine.unlink(job, job.items[0])
    engine.receive(ref, SubtaskChecked("Sign"))
    assert engine.link(job, ref.id, "task").items[1].state is PENDING

    plain = engine.link(firm.other, "m", "message")
    engine.unlink(plain, plain.items[0])
    plain = engine.link(plain, "m", "message")
    assert plain.items[1].state is RESOLVED
    assert "FactRecorded" not in [type(one).__name__ for one in engine.history(plain)]
    assert plain.items[1].late_facts == ()


def test_a_job_that_linked_a_bill_without_a_total_takes_over_the_firms_own() -> None:
    """Nothing is warned of, since nothing else was said (R-11)."""
    firm = office(CreateInvoice(FEE), deliver=False)
    (request,) = firm.engine.pending()
    firm.engine.link(firm.other, "i", "invoice")
    firm.engine.delivered(request.key, Receipt("i"))
    assert known(firm.engine.job(firm.other.id).items[0]).total == usd("100.00")
    assert not any(isinstance(one, Warned) for one in firm.engine.history(firm.other))
