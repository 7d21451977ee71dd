"""A link is refused where it says what its thing cannot be, or is not any more."""

from typing import Any

import pytest

from pipeflow import (
    ClientTaskAdded,
    ClientTaskChecked,
    ClientTaskRemoved,
    CreateTask,
    DefinitionError,
    DocumentSigned,
    InvoicePaid,
    ItemKind,
    ItemState,
    Job,
    Money,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    Ref,
    Signatures,
    SignerRemoved,
    Stage,
    Warned,
)
from pipeflow.testing import World
from tests.firms import PREPARE

OFFICE = Pipeline("Office", [Stage("Work", [CreateTask(PREPARE)], automove=True), Stage("Done")])
BILL = Ref("invoices", "R-17")
PAPER = Ref("documents", "d-1")
FEE = Money("450.00", "USD")
MORE = Money("500.00", "USD")


@pytest.fixture
def world() -> World:
    """A firm that works by hand."""
    world = World()
    world.engine.save(PREPARE, OFFICE)
    return world


@pytest.fixture
def job(world: World) -> Job:
    """A job of it."""
    return world.engine.start(OFFICE, world.account())


@pytest.mark.parametrize(
    ("kind", "said", "sentence"),
    [
        ("task", {"total": FEE}, "$.total: a task has no total"),
        ("message", {"total": FEE}, "$.total: a message has no total"),
        ("invoice", {"client_tasks": ["Scan"]}, "$.client_tasks: an invoice has no client tasks"),
        ("task", {"signers": ["Ada"]}, "$.signers: a task has no signers"),
        ("message", {"in_order": True}, "$.in_order: a message has no signers"),
        ("approval", {"signatures": "one"}, "$.signatures: an approval has no signatures"),
    ],
)
def test_what_belongs_to_another_kind_is_refused(
    world: World, job: Job, kind: str, said: dict[str, Any], sentence: str
) -> None:
    """It was taken, and nobody ever saw it again."""
    with pytest.raises(DefinitionError) as refused:
        world.engine.link(job, "x-1", kind, "Old thing", **said)

    assert str(refused.value).startswith(sentence)
    assert "Allowed: kind=" in str(refused.value)
    assert len(world.engine.job(job).items) == 1


@pytest.mark.parametrize(
    ("kind", "said", "sentence"),
    [
        ("invoice", {"total": Money("-1.00", "USD")}, "$.total: must not be less than nothing"),
        ("invoice", {"total": Money("1.005", "USD")}, "$.total: is finer than the currency's"),
        ("locked_document", {"total": Money("0.5", "JPY")}, "$.total: is finer than the currency"),
        ("message", {"client_tasks": ["Scan", "Scan"]}, "$.client_tasks: asks for 'Scan' twice"),
        (
            "message",
            {"client_tasks": ["Cafe\u0301", "Caf\u00e9"]},
            "$.client_tasks: asks for 'Caf\u00e9' twice",
        ),
    ],
)
def test_what_no_bill_comes_to_and_nobody_can_tick_is_refused(
    world: World, job: Job, kind: str, said: dict[str, Any], sentence: str
) -> None:
    """Such a bill was paid at once or never could be, and one tick ticked two client tasks."""
    with pytest.raises(DefinitionError) as refused:
        world.engine.link(job, "x-1", kind, "Old thing", **said)

    assert str(refused.value).startswith(sentence)
    assert len(world.engine.job(job).items) == 1


def test_a_bill_may_come_to_nothing(world: World, job: Job) -> None:
    """One like that is paid when it is linked, as one is that the firm makes (A-50)."""
    job = world.engine.link(job, BILL, "invoice", "Gift", total=Money(0, "USD"))

    assert job.item("Gift").state is ItemState.COMPLETED


def test_all_that_belongs_to_another_kind_is_told_at_once(world: World, job: Job) -> None:
    """Whoever leaves out the kind says `task`, and learns which kind is meant."""
    with pytest.raises(DefinitionError) as refused:
        world.engine.link(job, BILL, total=FEE, client_tasks=["Scan"], signers=["Ada"])

    assert [one.where for one in refused.value.problems] == [
        "$.total",
        "$.client_tasks",
        "$.signers",
    ]
    assert refused.value.problems[0].allowed == ("kind='invoice'", "kind='locked_document'")


def test_what_belongs_to_its_kind_is_taken(world: World, job: Job) -> None:
    """Each where it is at home."""
    link = world.engine.link

    job = link(job, BILL, "invoice", total=FEE)
    job = link(job, "m-1", "message", client_tasks=["Scan"])
    job = link(job, PAPER, "signature", signers=["Ada"], in_order=True, signatures=Signatures.ONE)

    kinds = [item.kind for item in job.items[1:]]
    assert kinds == [ItemKind.INVOICE, ItemKind.MESSAGE, ItemKind.SIGNATURE]


def test_a_thing_is_linked_as_another_kind_only_when_it_was_let_go_of(
    world: World, job: Job
) -> None:
    """The right call behind the wrong one changed nothing, and did not say so."""
    job = world.engine.link(job, BILL, name="Old bill")

    with pytest.raises(NotAllowedError) as refused:
        world.engine.link(job, BILL, "invoice", "Old bill", total=FEE)

    assert str(refused.value) == (
        "$.kind: 'Old bill' is linked already, as a task; unlink it first to link it as something "
        "else (given: 'invoice')"
    )
    world.engine.unlink(job, "Old bill")
    job = world.engine.link(job, BILL, "invoice", "Old bill", total=FEE)
    assert str(world.engine.explain(job)).count("0.00 USD of 450.00 USD paid") == 1


@pytest.mark.parametrize(("first", "known"), [(None, "without a total"), (MORE, "500.00 USD")])
def test_a_bill_comes_to_what_was_said_first(
    world: World, job: Job, first: Money | None, known: str
) -> None:
    """Another total is no repeat."""
    job = world.engine.link(job, BILL, "invoice", total=first)

    with pytest.raises(NotAllowedError, match=rf"linked already, .*{known}; unlink it first"):
        world.engine.link(job, BILL, "invoice", total=FEE)


def test_a_document_is_locked_by_invoices_or_has_a_total(world: World, job: Job) -> None:
    """One does not become the other."""
    job = world.engine.link(job, BILL, "invoice", "Bill", total=FEE)
    job = world.engine.link(job, "d-1", "locked_document", "Locked", locked_by=["Bill"])
    job = world.engine.link(job, "d-2", "locked_document", "Priced", total=FEE)

    with pytest.raises(NotAllowedError, match=r"\$\.total: 'Locked' is linked already"):
        world.engine.link(job, "d-1", "locked_document", total=FEE)
    with pytest.raises(NotAllowedError, match=r"\$\.locked_by: 'Priced' is linked already"):
        world.engine.link(job, "d-2", "locked_document", locked_by=["Bill"])


def test_the_same_call_is_harmless_whatever_came_of_the_thing(world: World, job: Job) -> None:
    """Hosts link again what they are not sure of."""
    link = world.engine.link
    said: dict[str, Any] = {"kind": "invoice", "name": "Old bill", "total": FEE}
    linked = link(job, BILL, **said)
    assert link(job, BILL, **said) == linked
    assert link(job, BILL, "invoice") == linked

    paid = world.engine.record(linked.item("Old bill"), InvoicePaid())
    assert link(job, BILL, **said) == paid
    opened = world.engine.reopen(paid.item("Old bill"))
    assert link(job, BILL, **said) == opened


def test_the_same_call_is_harmless_where_others_know_another_total(world: World, job: Job) -> None:
    """History said at the first that theirs counts."""
    other = world.engine.start(OFFICE, job.account)
    world.engine.link(other, BILL, "invoice", total=MORE)
    linked = world.engine.link(job, BILL, "invoice", total=FEE)

    assert world.engine.link(job, BILL, "invoice", total=FEE) == linked


def test_the_same_call_is_harmless_where_the_job_itself_knew_another_total(
    world: World, job: Job
) -> None:
    """It had let go of the bill before."""
    world.engine.link(job, BILL, "invoice", "Bill", total=MORE)
    world.engine.unlink(job, "Bill")
    linked = world.engine.link(job, BILL, "invoice", "Bill", total=FEE)

    assert world.engine.link(job, BILL, "invoice", "Bill", total=FEE) == linked


@pytest.mark.parametrize("gone", ["deleted", "unlinked"])
def test_a_bill_that_nobody_else_has_any_more_comes_to_what_is_known(
    world: World, job: Job, gone: str
) -> None:
    """Once another job had it any total was taken, and dropped without a word."""
    engine = world.engine
    job = engine.link(job, BILL, "invoice", "Bill", total=FEE)
    other = engine.link(engine.start(OFFICE, job.account), BILL, "invoice", "Bill")
    if gone == "deleted":
        engine.delete(engine.set_status(other, "archived"))
    else:
        engine.unlink(other, "Bill")

    with pytest.raises(NotAllowedError, match=r"with a total of 450.00 USD; unlink it first"):
        engine.link(job, BILL, "invoice", "Bill", total=MORE)

    assert engine.link(job, BILL, "invoice", "Bill", total=FEE) == engine.job(job)


def refused(world: World, job: Job, ref: Ref | str, kind: str, **said: Any) -> str:
    """Link a thing that the job has, and return why that is refused."""
    before = world.engine.job(job)
    with pytest.raises(NotAllowedError) as why:
        world.engine.link(job, ref, kind, **said)
    assert world.engine.job(job) == before
    return str(why.value)


def test_what_is_linked_is_not_done_by_linking_it_again(world: World, job: Job) -> None:
    """It looked as if it were, and the job waited for ever."""
    job = world.engine.link(job, BILL, "invoice", "Bill")

    assert refused(world, job, BILL, "invoice", completed=True) == (
        "$.completed: 'Bill' is linked already, and is not done; complete it, or record what "
        "happened to it (given: True)"
    )
    done = world.engine.complete(job.item("Bill"))
    assert world.engine.link(job, BILL, "invoice", completed=True) == done


def test_what_was_linked_as_done_may_be_so_again_whatever_came_of_it(
    world: World, job: Job
) -> None:
    """A webhook comes twice, and after what happened since."""
    engine = world.engine
    job = engine.link(job, BILL, "invoice", "Bill", completed=True)
    job = engine.link(job, "m-1", "message", "Note", completed=True)
    engine.reopen(job.item("Bill"))
    job = engine.record(job.item("Note"), ClientTaskAdded("Scan"))

    assert engine.link(job, BILL, "invoice", completed=True) == job
    assert engine.link(job, "m-1", "message", completed=True) == job


@pytest.mark.parametrize("kind", ["message", "note"])
def test_what_asks_nothing_is_warned_of_where_it_is_linked_as_done(
    world: World, job: Job, kind: str
) -> None:
    """A message may turn out to ask something, and then waits: nobody knew of that."""
    job = world.engine.link(job, "m-1", kind, "Hello", completed=True)

    assert [one.text for one in world.engine.history(job).of(Warned)] == [
        "'Hello' was linked as done; as far as is known it asks nothing, which is no completion"
    ]


def test_a_document_is_locked_by_no_further_invoice(world: World, job: Job) -> None:
    """It was free as soon as the first was paid."""
    engine = world.engine
    job = engine.link(job, BILL, "invoice", "Bill", total=FEE)
    job = engine.link(job, "R-18", "invoice", "More", total=FEE)
    job = engine.link(job, "d-1", "locked_document", "Locked", locked_by=["Bill"])

    assert "$.locked_by: 'Locked' is linked already, and 'More' does not lock it" in refused(
        world, job, "d-1", "locked_document", locked_by=["Bill", "More"]
    )
    with pytest.raises(NotFoundError, match="Nonsense"):
        engine.link(job, "d-1", "locked_document", locked_by=["Bill", "Nonsense"])


def test_the_same_locks_are_harmless_whatever_came_of_the_invoices(world: World, job: Job) -> None:
    """One is linked anew, and another has its name by now."""
    engine = world.engine
    job = engine.link(job, BILL, "invoice", "Bill", total=FEE)
    first = job.item("Bill")
    job = engine.link(job, "d-1", "locked_document", "Locked", locked_by=[first])
    engine.unlink(job, first)
    engine.link(job, BILL, "invoice", "Bill", total=FEE)
    job = engine.link(job, "R-18", "invoice", "Bill", total=FEE)

    assert engine.link(job, "d-1", "locked_document", locked_by=[first]) == job
    assert engine.link(job, "d-1", "locked_document", locked_by=["Bill"]) == job


def test_a_message_has_the_client_tasks_that_it_was_linked_with(world: World, job: Job) -> None:
    """Facts bring others, and take them out; a link does neither."""
    engine = world.engine
    job = engine.link(job, "m-1", "message", "Papers", client_tasks=["Scan", "Pay"])

    assert "$.client_tasks: 'Papers' is linked already, and has no such client task" in refused(
        world, job, "m-1", "message", client_tasks=["Scan", "Call"]
    )
    engine.record(job.item("Papers"), ClientTaskChecked("Scan"))
    job = engine.record(job.item("Papers"), ClientTaskRemoved("Pay"))
    assert engine.link(job, "m-1", "message", client_tasks=["Scan", "Pay"]) == job


def test_a_client_task_that_came_and_went_by_facts_may_be_said_again(
    world: World, job: Job
) -> None:
    """It repeats what is known: the message had it, though it was not linked with it."""
    engine = world.engine
    engine.link(job, "m-1", "message", "Papers", client_tasks=["Scan"])
    for fact in (ClientTaskAdded("Call"), ClientTaskRemoved("Call")):
        job = engine.record(engine.job(job).item("Papers"), fact)

    assert engine.link(job, "m-1", "message", "Papers", client_tasks=["Scan", "Call"]) == job


def test_a_letter_has_the_signers_that_it_was_linked_with(world: World, job: Job) -> None:
    """By whichever of their names they are called."""
    engine = world.engine
    said: dict[str, Any] = {"signers": ["Zed", "Yan"], "in_order": True}
    job = engine.link(job, PAPER, "signature", "Letter", **said)

    assert "$.signers: 'Letter' is linked already, and has no such signer" in refused(
        world, job, PAPER, "signature", signers=["Zed", "Xia"]
    )
    engine.record(job.item("Letter"), DocumentSigned("Zed"))
    job = engine.record(job.item("Letter"), SignerRemoved("Yan"))
    assert engine.link(job, PAPER, "signature", **said) == job


def test_a_letter_is_signed_as_it_was_linked(world: World, job: Job) -> None:
    """All of them, in any order."""
    job = world.engine.link(job, PAPER, "signature", "Letter", signers=["Zed", "Yan"])

    told = refused(world, job, PAPER, "signature", signatures="one", in_order=True)

    assert "$.signatures: 'Letter' is linked already, and all of its signers must sign" in told
    assert "$.in_order: 'Letter' is linked already, to be signed in any order" in told


def test_what_others_know_of_a_thing_counts_when_it_is_linked_again(world: World, job: Job) -> None:
    """The same call as the first one is harmless, whatever it said."""
    other = world.engine.start(OFFICE, job.account)
    world.engine.link(other, "m-1", "message", client_tasks=["Scan"])
    linked = world.engine.link(job, "m-1", "message", client_tasks=["Call"])

    assert world.engine.link(job, "m-1", "message", client_tasks=["Call"]) == linked
