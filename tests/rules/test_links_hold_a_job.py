"""Links: things made elsewhere that a job waits for, how far they have come, and letting go."""

from typing import Any

import pytest

from pipeflow import (
    Checklist,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    DocumentApproved,
    DocumentSigned,
    InvoicePaid,
    InvoiceState,
    Item,
    ItemCompleted,
    ItemKind,
    ItemLinked,
    ItemState,
    ItemUnlinked,
    NotFoundError,
    Payment,
    Problem,
    Questionnaire,
    Ref,
    Signatory,
    Signatures,
    SigningState,
    Stage,
    TaskCompleted,
    rules,
)
from pipeflow.model.items import Mark
from pipeflow.model.record import replaced
from tests.rules.states import (
    ADA,
    BOB,
    DAILY,
    DONE,
    FEE,
    MIA,
    NOON,
    PREPARE,
    account_of,
    after,
    begun,
    completed,
    events,
    item_of,
    moved,
    recorded,
    state_of,
    told,
    usd,
)

WAITS = (Stage("Intake", automove=True), DONE)
REF = Ref("host", "x-1")
PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED


def linked(
    kind: ItemKind, known: Item | None = None, *, state: rules.State | None = None, **spec: Any
) -> rules.Decision:
    """Link a thing of a kind to a job whose stage waits for something."""
    job = state or begun(*WAITS)
    return rules.link(job, rules.LinkSpec(REF, kind, "Thing", **spec), known, NOON, MIA)


def test_what_is_linked_is_waited_for_like_what_an_automation_made() -> None:
    """And its completion moves the job (domain.md 2.1)."""
    decision = linked(ItemKind.TASK)

    (line,) = events(decision, ItemLinked)
    there = after(begun(*WAITS), decision)
    assert (line.item, line.name) == ("job-1/1", "Thing")
    assert (decision.job.items[0].origin, decision.job.stage) == ("link", "intake")
    assert recorded(there, "Thing", TaskCompleted()).job.stage == "done"


def test_the_same_thing_linked_twice_changes_nothing() -> None:
    """What an automation made may be linked once more, to count in this visit."""
    once = after(begun(*WAITS), linked(ItemKind.TASK))
    made = item_of("Thing", ref=REF, origin="create-task-prepare")

    assert linked(ItemKind.TASK, state=once).changed is False
    assert len(linked(ItemKind.TASK, state=state_of(*WAITS, items=[made])).job.items) == 2


def test_a_thing_that_is_let_go_of_may_be_linked_again() -> None:
    """It is another item then."""
    once = after(begun(*WAITS), linked(ItemKind.TASK))
    free = after(once, rules.unlink(once, "job-1/1", NOON, MIA))

    assert [item.state for item in linked(ItemKind.TASK, state=free).job.items] == [
        RESOLVED,
        PENDING,
    ]


EVERY_KIND = [kind for kind in ItemKind if kind is not ItemKind.NOTE]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_thing_that_is_done_when_it_is_linked_counts_for_this_visit(kind: ItemKind) -> None:
    """It is evaluated behind the link, so the job may move (A-9)."""
    tasks = ("Scan", "Upload") if kind is ItemKind.MESSAGE else ()
    decision = linked(kind, completed=True, client_tasks=tasks)

    assert (decision.job.items[0].state, decision.job.stage) == (COMPLETED, "done")
    assert len(events(decision, ItemCompleted)) == 1


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_thing_that_another_job_knows_as_done_is_done_here_too(kind: ItemKind) -> None:
    """With all that is known of it (A-8, A-9)."""
    tasks = ("Scan", "Upload") if kind is ItemKind.MESSAGE else ()
    first = linked(kind, client_tasks=tasks, total=usd("5") if kind is ItemKind.INVOICE else None)
    other = completed(after(begun(*WAITS), first), "Thing").job.item("Thing")

    decision = linked(kind, other, client_tasks=tasks)

    assert (decision.job.items[0].state, decision.job.stage) == (COMPLETED, "done")
    assert decision.job.items[0].progress == other.progress


@pytest.mark.parametrize(("tasks", "state"), [((), RESOLVED), (("Scan",), PENDING)])
def test_a_message_is_waited_for_where_it_has_client_tasks(
    tasks: tuple[str, ...], state: ItemState
) -> None:
    """A plain one, or a note, asks nobody."""
    assert linked(ItemKind.MESSAGE, client_tasks=tasks).job.items[0].state is state
    assert linked(ItemKind.NOTE).job.items[0].state is RESOLVED


def test_how_far_a_thing_has_come_elsewhere_it_has_come_here() -> None:
    """Ticks, payments and signatures; but acceptance brings one invoice, where it was sent."""
    ticked = Checklist(("Scan", "Upload"), ("Scan",))
    signing = SigningState(Signatures.ALL, (Signatory("a", "A"),), invoice=FEE)
    paid = InvoiceState(usd("9"), (Payment(usd("3")),))

    def known(kind: ItemKind, progress: Any) -> Any:
        return linked(kind, item_of("Thing", kind, progress=progress)).job.items[0].progress

    assert known(ItemKind.MESSAGE, ticked) == ticked
    assert known(ItemKind.PROPOSAL, signing) == replaced(signing, invoice=None)
    assert known(ItemKind.INVOICE, paid) == paid


@pytest.mark.parametrize(
    ("kind", "progress"),
    [
        (ItemKind.INVOICE, InvoiceState(None)),
        (ItemKind.LOCKED_DOCUMENT, InvoiceState(None)),
        (ItemKind.MESSAGE, Checklist()),
        (ItemKind.ORGANIZER, Questionnaire(())),
        (ItemKind.APPROVAL, None),
    ],
)
def test_of_a_thing_that_nobody_knows_there_is_what_the_host_says(
    kind: ItemKind, progress: Any
) -> None:
    """Each kind remembers what completes it."""
    assert linked(kind).job.items[0].progress == progress


def test_signers_of_a_link_are_contacts_or_anybody() -> None:
    """The account's signatories unless said; a name of a stranger stands for itself."""
    client = account_of(contacts=[ADA, replaced(BOB, signatory=False)])
    state = begun(*WAITS, account=client)

    default = linked(ItemKind.SIGNATURE, state=state)
    named = linked(ItemKind.SIGNATURE, state=state, signers=("c-bob", "Notary"))

    progress: Any = default.job.items[0].progress
    assert [signer.id for signer in progress.signatories] == ["c-ada"]
    there = after(state, named)
    half = recorded(there, "Thing", DocumentSigned("Notary"))
    assert half.job.stage == "intake"
    assert recorded(half, "Thing", DocumentSigned("bob@example.com")).job.stage == "done"


def test_a_total_completes_a_thing_whose_payments_reach_it() -> None:
    """Another job took the money in before anybody said how much it should be (A-8)."""
    known = item_of("Thing", ItemKind.INVOICE, progress=InvoiceState(None, (Payment(usd("9")),)))

    assert linked(ItemKind.INVOICE, known, total=usd("9")).job.stage == "done"
    assert linked(ItemKind.INVOICE, known, total=usd("10")).job.stage == "intake"
    assert linked(ItemKind.INVOICE, known).job.stage == "intake"


@pytest.mark.parametrize("known", [None, item_of("Thing", ItemKind.INVOICE)])
def test_a_linked_invoice_that_comes_to_nothing_is_paid(known: Item | None) -> None:
    """As one that an automation makes (A-50)."""
    assert linked(ItemKind.INVOICE, known, total=usd("0")).job.stage == "done"


def test_one_thing_may_be_another_on_another_job() -> None:
    """A document to approve here and to sign there; each takes the facts of its kind (A-8)."""
    approval = after(begun(*WAITS), linked(ItemKind.APPROVAL))
    signature = after(begun(*WAITS), linked(ItemKind.SIGNATURE, approval.job.items[0]))

    assert recorded(approval, "Thing", DocumentApproved()).job.stage == "done"
    assert recorded(signature, "Thing", DocumentSigned()).job.stage == "done"


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        ({"ref": Ref("", "x")}, "$.ref"),
        ({"ref": Ref("host", "")}, "$.ref"),
        ({"name": ""}, "$.name"),
        ({"client_tasks": ("",)}, "$.client_tasks"),
        ({"signers": (3,)}, "$.signers"),
        ({"total": 5}, "$.total"),
    ],
)
def test_a_link_that_says_nothing_is_refused(spec: dict[str, Any], where: str) -> None:
    """Each problem names its place."""
    fields: dict[str, Any] = {"ref": REF, "kind": ItemKind.TASK, "name": "Thing", **spec}

    problems = list(rules.link_problems(rules.LinkSpec(**fields)))

    assert problems
    assert all(isinstance(one, Problem) and one.where.startswith(where) for one in problems)
    assert str(DefinitionError(*problems))
    assert (
        list(rules.link_problems(rules.LinkSpec(REF, ItemKind.INVOICE, "T", total=usd("1")))) == []
    )


# -- letting go ---------------------------------------------------------------------------------


def test_what_is_let_go_of_is_resolved_and_automove_is_evaluated() -> None:
    """Nothing is deleted; there must be one real completion (A-10)."""
    stage = Stage(
        "Intake", [CreateTask(PREPARE), CreateInvoice(FEE, reminders=DAILY)], automove=True
    )
    state = begun(stage, DONE)

    alone = rules.unlink(state, "job-1/2", NOON, MIA)
    beside = rules.unlink(completed(state, "Prepare"), "job-1/2", NOON, MIA)

    fee = alone.job.item("Fee")
    assert (fee.state, fee.ref, fee.timer) == (RESOLVED, None, None)
    assert Mark.UNLINKED in fee.marks
    assert [event.name for event in events(alone, ItemUnlinked)] == ["Fee"]
    assert alone.withdraws == (fee.request,)
    assert (alone.job.stage, beside.job.stage) == ("intake", "done")


def test_letting_go_twice_changes_nothing() -> None:
    """And of what is not there nobody can let go."""
    state = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    free = after(state, rules.unlink(state, "job-1/1", NOON, MIA))

    assert rules.unlink(free, "job-1/1", NOON, MIA).changed is False
    with pytest.raises(NotFoundError, match="no item 'job-1/2'"):
        rules.unlink(free, "job-1/2", NOON, MIA)


def test_what_is_done_stays_done_when_it_is_let_go_of() -> None:
    """It still counts, and the request that has not left is taken back (A-10)."""
    stage = Stage("Intake", [CreateTask(PREPARE), CreateTask("review")], automove=True)
    state = completed(begun(stage, DONE), "Prepare")

    free = after(state, rules.unlink(state, "job-1/1", NOON, MIA))

    assert rules.unlink(state, "job-1/1", NOON, MIA).withdraws == (
        "firm/job-1/1/create-task-prepare",
    )
    assert free.job.item("Prepare").state is COMPLETED
    assert completed(free, "Review").job.stage == "done"


def test_a_thing_that_left_is_not_taken_back() -> None:
    """What a port has is left to it (A-10)."""
    item = item_of("Prepare", request="k")

    decision = rules.unlink(state_of(*WAITS, items=[item]), "job-1/1", NOON, MIA)

    assert decision.withdraws == ()


def test_an_item_of_an_earlier_visit_may_be_linked_again_to_count_now() -> None:
    """One is paid, and the stage in which it was linked again goes on."""
    state = begun(Stage("Billing", [CreateInvoice(FEE)]), *WAITS)
    there = after(state, moved(state, "intake"))
    again = after(there, linked(ItemKind.INVOICE, state=there, total=usd("100")))

    paid = told(again, "Thing", InvoicePaid())

    assert paid.job.stage == "done"
    assert [item.visit for item in paid.job.items] == [1, 2]
