"""What newcomers do at first: it is refused with a sentence, or comes out right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from pipeflow import (
    Account,
    Bundle,
    Cancelled,
    ConflictError,
    Contact,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    DocumentApproved,
    Engine,
    InvoicePaid,
    ItemState,
    JobMoved,
    Member,
    Money,
    NotAllowedError,
    NotFoundError,
    Package,
    PaymentReceived,
    PipeflowError,
    Pipeline,
    Ports,
    ProposalSigned,
    ProposalTemplate,
    Receipt,
    Ref,
    Rejected,
    Repeat,
    RequestDelivered,
    RequestWithdrawn,
    Role,
    SendProposal,
    Stage,
    TagChange,
    TaskCompleted,
    TaskTemplate,
)
from pipeflow.engine.commands import KeepReceipts
from pipeflow.ports import Authorizer, Task, TasksPort
from pipeflow.testing import FakeEmail, World
from tests.firms import DONE, FEE, PREPARE, begun, dump, events, now, opened, stays

BILLING = Stage("Billing", [CreateInvoice(FEE)], automove=True)


# -- requests for what is done already -----------------------------------------------------------


def test_a_failed_request_is_tried_again_though_its_item_is_done() -> None:
    """What was asked for is made, unless a person abandons it; and what is done stays done."""
    world = opened(BILLING, DONE)
    world.invoices.fail_next(ConnectionError("no"))
    job = world.engine.start("tax", world.account())
    job = world.engine.record(job.item("Fee"), InvoicePaid())

    world.advance(hours=3)

    assert [invoice.item for invoice in world.invoices.created] == ["job-1/1"]
    assert now(world, job).item("Fee").state is ItemState.COMPLETED


def test_abandoning_the_request_of_what_is_done_leaves_it_done() -> None:
    """The stage counts it as completed all the same."""
    world = opened(Stage("Billing", [CreateInvoice(FEE)]), DONE)
    world.invoices.fail_next(Rejected("no"))
    job = world.engine.start("tax", world.account())
    job = world.engine.record(job.item("Fee"), InvoicePaid())

    world.engine.abandon(world.engine.failures()[0].key)
    job = now(world, job)

    assert job.item("Fee").state is ItemState.COMPLETED
    assert not world.engine.failures()


def test_a_request_that_waits_for_its_host_is_not_withdrawn() -> None:
    """The host may be at it just now."""
    world = World(deliver=False)
    world.engine.save(Pipeline("Tax", [BILLING, DONE]), FEE)
    job = world.engine.start("tax", world.account())

    world.engine.record(job.item("Fee"), InvoicePaid())

    assert [request.key for request in world.engine.pending()] == [job.item("Fee").request]


def test_a_request_whose_item_is_let_go_of_is_withdrawn_and_history_says_so() -> None:
    """Nobody waits for it any more."""
    world = opened(BILLING, DONE)
    world.invoices.fail_next(ConnectionError("no"))
    job = world.engine.start("tax", world.account())

    job = world.engine.unlink(job, "Fee")
    world.advance(hours=3)

    assert world.invoices.created == []
    assert len(events(world, job, RequestWithdrawn)) == 1


def test_a_late_success_of_what_was_given_up_counts() -> None:
    """An async host may learn only afterwards that the thing was made."""
    world = World(deliver=False)
    world.engine.save(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)])]), PREPARE)
    job = world.engine.start("tax", world.account())
    (request,) = world.engine.pending()
    world.engine.failed(request.key, Rejected("no"))

    job = stays(world.engine.delivered(request.key, Receipt("t-1")))

    assert job.item("Prepare").ref == Ref("tasks", "t-1")
    assert not world.engine.failures()


def test_a_thing_that_was_made_after_its_item_was_cancelled_is_known_by_its_reference() -> None:
    """An async host had asked for it already; what it says of it later finds the item."""
    world = World(deliver=False)
    world.engine.save(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), DONE]), PREPARE)
    job = world.engine.start("tax", world.account())
    (request,) = world.engine.pending()
    world.engine.record(job.item("Prepare"), Cancelled())

    job = stays(world.engine.delivered(request.key, Receipt("t-1")))
    again = world.engine.delivered(request.key, Receipt("t-1"))

    assert job.item("Prepare").ref == Ref("tasks", "t-1")
    assert again == job
    assert len(events(world, job, RequestDelivered)) == 1
    (noted,) = world.engine.receive(Ref("tasks", "t-1"), TaskCompleted())
    assert noted.item("Prepare").late


def test_two_things_that_a_host_knows_by_one_reference_are_both_told() -> None:
    """A host may keep one task for two jobs; what happens to it reaches both (A-8)."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    world.tasks.take = lambda request: Receipt("t-1")  # type: ignore[method-assign]
    first = world.engine.start("tax", world.account("Ann"))
    second = world.engine.start("tax", world.account("Bob"))

    told = world.engine.receive(Ref("tasks", "t-1"), TaskCompleted())

    assert {job.id for job in told} == {first.id, second.id}
    assert {job.item("Prepare").state for job in told} == {ItemState.COMPLETED}


# -- command ids ---------------------------------------------------------------------------------


def test_a_command_id_belongs_to_one_command() -> None:
    """One webhook that pays two invoices must not lose the second."""
    world, job = begun(BILLING, DONE)
    other = world.engine.start("tax", world.account("Bob"), command_id="z")

    with pytest.raises(ConflictError, match="'z' was used before, for 'start' on 'account-2'"):
        world.engine.record(job.item("Fee"), InvoicePaid(), command_id="z")

    assert now(world, job).item("Fee").state is ItemState.PENDING
    again = world.engine.start("tax", other.account, command_id="z")
    assert again.id == other.id


def test_a_command_id_tells_apart_what_is_said_about_one_item() -> None:
    """The same id with another payment is another command."""
    world, job = begun(BILLING, DONE)
    half = PaymentReceived(Money("50", "USD"))
    item = job.item("Fee")
    world.engine.record(item, half, command_id="p-1")

    assert world.engine.record(item, half, command_id="p-1").stage == "billing"
    with pytest.raises(ConflictError, match="give each command an id of its own"):
        world.engine.record(item, InvoicePaid(), command_id="p-1")


# -- rights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["no", 1, object()])
def test_only_a_plain_yes_is_a_yes(answer: object) -> None:
    """What is merely truthy, such as the coroutine of an async method, lets nobody in."""

    class Muddled(Authorizer):
        """Answers with something that is not True."""

        def can(self, actor: str, action: str, about: str, /) -> bool:
            """Answer."""
            return answer  # type: ignore[return-value]

    world = World(authorizer=Muddled())

    with pytest.raises(NotAllowedError, match="'eve' may not save"):
        world.engine.save(TaskTemplate("Do"), actor="eve")


# -- signatures ----------------------------------------------------------------------------------

LETTER = ProposalTemplate(
    "Letter",
    packages=[
        Package("Gold", tags=TagChange(add={"gold"})),
        Package("Tin", tags=TagChange(add={"tin"})),
    ],
)


def signing(*contacts: Contact) -> tuple[World, Any]:
    """Start a job in which these contacts have to sign a letter with two packages."""
    world = World()
    world.engine.save(
        Pipeline("Tax", [Stage("Letter", [SendProposal(LETTER)], automove=True), DONE]), LETTER
    )
    account = world.engine.save(Account("Two", contacts=contacts))
    return world, world.engine.start("tax", account)


def test_a_name_that_two_signatories_have_is_refused() -> None:
    """Who of them signed?"""
    world, job = signing(Contact("Ada", "a@example.com"), Contact("Ada", "b@example.com"))

    with pytest.raises(NotAllowedError, match=r"2 signatories are called 'Ada'.*a@example\.com"):
        world.engine.record(job.item("Letter"), ProposalSigned("Ada"))

    job = world.engine.record(job.item("Letter"), ProposalSigned("a@example.com"))
    assert job.stage == "letter"


def test_all_signatories_choose_the_same_package() -> None:
    """The second one cannot quietly choose another."""
    world, job = signing(Contact("Ada", "a@example.com"), Contact("Bob", "b@example.com"))
    item = job.item("Letter")
    world.engine.record(item, ProposalSigned("Ada", package="Gold"))

    with pytest.raises(NotAllowedError, match="signed for the package 'Gold'"):
        world.engine.record(item, ProposalSigned("Bob", package="Tin"))

    job = world.engine.record(item, ProposalSigned("Bob"))
    assert job.stage == "done"
    assert world.engine.account(job.account).tags == {"gold"}


def test_a_signature_that_is_not_needed_any_more_is_noted_once() -> None:
    """Nothing is silent, and the same fact twice changes nothing."""
    world, job = signing(Contact("Ada", "a@example.com"), Contact("Bob", "b@example.com"))
    item = job.item("Letter")
    job = world.engine.record(item, ProposalSigned())
    before = dump(world)

    world.engine.record(item, ProposalSigned("Bob"))

    assert dump(world) == before


# -- repeats -------------------------------------------------------------------------------------


def test_an_item_that_is_still_open_is_waited_for_in_the_visit_that_did_not_make_another() -> None:
    """Else the stage would wait for nothing, for ever."""
    once = CreateInvoice(FEE, repeat=Repeat.UNLESS_OPEN)
    world, job = begun(Stage("Billing", [once], automove=True), Stage("Other"), DONE)
    job = world.engine.move(job, "Other")
    job = world.engine.move(job, "Billing")

    assert [item.name for item in job.open_items] == ["Fee"]
    job = world.engine.record(job.item("Fee"), InvoicePaid())

    assert job.stage == "other"
    assert len(world.invoices.created) == 1


# -- archived jobs in a stage that goes ----------------------------------------------------------


def test_archived_jobs_do_not_keep_a_stage() -> None:
    """They cannot be moved, and nothing is lost: restored, they say what to do."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)]), DONE)
    world.engine.archive(job)

    world.engine.save(world.engine.pipeline("tax").remove_stage("Work"))

    job = world.engine.restore(job)
    assert "no longer has this stage" in str(world.engine.explain(job))
    assert world.engine.move(job, "Done").stage == "done"


# -- what is none of what it must be -------------------------------------------------------------

CALLS: dict[str, Callable[[World], object]] = {
    "a job that is none": lambda w: w.engine.job([]),  # type: ignore[arg-type]
    "a history of none": lambda w: w.engine.history({}),  # type: ignore[arg-type]
    "an account that is none": lambda w: w.engine.account(5),  # type: ignore[arg-type]
    "a pipeline that is none": lambda w: w.engine.start([], "account-1"),  # type: ignore[arg-type]
    "an account to start for": lambda w: w.engine.start("tax", 5),  # type: ignore[arg-type]
    "accounts that are none": lambda w: w.engine.start_many("tax", 5),  # type: ignore[arg-type]
    "assignees that are none": lambda w: w.engine.start("tax", "account-1", assignees=5),  # type: ignore[arg-type]
    "nothing to skip": lambda w: w.engine.move("job-1", "Done", skip=None),  # type: ignore[arg-type]
    "a stage that is none": lambda w: w.engine.move("job-1", 5),  # type: ignore[arg-type]
    "an item that is none": lambda w: w.engine.record([], TaskCompleted()),  # type: ignore[arg-type]
    "a reference that is none": lambda w: w.engine.receive("x", TaskCompleted()),  # type: ignore[arg-type]
    "a package that is none": lambda w: w.engine.install(5),  # type: ignore[arg-type]
    "a switch that is merely truthy": lambda w: w.engine.tag("account-1", clear="no"),  # type: ignore[arg-type]
    "a replace that is merely truthy": lambda w: w.engine.save(PREPARE, replace="no"),  # type: ignore[call-overload]
    "a pipeline that is not there": lambda w: w.engine.jobs(pipeline="nope"),
    "an account of no jobs": lambda w: w.engine.jobs(account="nope"),
    "a handler that is none": lambda w: w.engine.on(JobMoved, None),  # type: ignore[arg-type]
    "ports that are none": lambda _: Engine(ports=5),  # type: ignore[arg-type]
    "a clock that is none": lambda _: Engine(clock=5),  # type: ignore[arg-type]
    "a tenant without a name": lambda _: Engine(tenant=""),
    "a port without its method": lambda w: Ports(email=w.tasks),  # type: ignore[arg-type]
    "a class for a port": lambda _: Ports(email=FakeEmail),  # type: ignore[arg-type]
    "a fraction of a cent": lambda _: PaymentReceived(Money("0.996", "USD")),
    "no pipeline in a package": lambda w: w.engine.install(Bundle(templates=[PREPARE])).pipeline,
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_none_of_what_it_must_be_is_refused(name: str) -> None:
    """With our own error, whatever Python itself would have said."""
    world, _ = begun(Stage("Work", [CreateTask(PREPARE)]), DONE)

    with pytest.raises(PipeflowError):
        CALLS[name](world)


def test_an_async_handler_is_refused() -> None:
    """Nobody would await it."""

    async def handler(_: JobMoved) -> None:
        """Do nothing, for nobody awaits it."""

    with pytest.raises(
        DefinitionError, match="is an async function, which this engine would never await"
    ):
        World().engine.on(JobMoved, handler)


class Asked(Authorizer):
    """Notes what it is asked about."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.about: list[tuple[str, str]] = []

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Allow it."""
        self.about.append((action, about))
        return True


def test_an_authorizer_is_asked_about_what_a_command_names() -> None:
    """A member who leaves, each account for itself; the engine's own commands name nothing."""
    asked = Asked()
    world = World(authorizer=asked)
    world.engine.save(Pipeline("Tax", [Stage("Work")]), Member("Mia"), Member("Tom"))

    world.engine.hand_over("mia", "tom", actor="boss")
    world.engine.start_many("tax", [world.account()], actor="boss")

    assert ("hand_over", "mia") in asked.about
    assert ("start", "account-1") in asked.about
    assert KeepReceipts(()).about == ""


class AsyncTasks(TasksPort):
    """A port as somebody writes it who takes this for an async engine."""

    async def create(self, task: Task, /) -> Receipt | None:  # type: ignore[override]
        """Do nothing, for nobody awaits it."""


def test_an_async_port_is_refused_before_anything_is_asked_of_it() -> None:
    """Its coroutines would be thrown away one by one, and each request with them."""
    ports = Ports(tasks=AsyncTasks())

    with pytest.raises(DefinitionError, match=r"\$\.ports\.tasks: has an async 'create'"):
        Engine(ports=ports)

    Engine(ports=ports, deliver=False)  # it asks no port, and whoever does may await it


LOOKUPS: dict[str, Callable[[World, str], object]] = {
    "a job": lambda w, id: w.engine.job(id),
    "an account": lambda w, id: w.engine.account(id),
    "a pipeline": lambda w, id: w.engine.pipeline(id),
    "an item": lambda w, id: w.engine.complete(f"{id}/1"),
    "a reference": lambda w, id: w.engine.receive(Ref("tasks", id), TaskCompleted()),
    "a reference of a port": lambda w, id: w.engine.receive(Ref(id, "t-1"), TaskCompleted()),
    "the item of a reference": lambda w, id: w.engine.item(Ref("tasks", id)),
    "a history": lambda w, id: w.engine.history(id),
    "jobs of an account": lambda w, id: w.engine.jobs(account=id),
}


@pytest.mark.parametrize("id", ["a\udc80", "\ud800", "a\0b"])
@pytest.mark.parametrize("name", LOOKUPS)
def test_an_id_that_no_store_can_keep_leads_nowhere(name: str, id: str) -> None:
    """A webhook may bring any text; what nothing can have is not found, in whatever store."""
    world = World()

    with pytest.raises(NotFoundError, match="which no database can keep"):
        LOOKUPS[name](world, id)


def test_a_reference_of_a_port_that_is_none_is_told_the_ports() -> None:
    """`task` for `tasks` would be sent again and again, and never be known."""
    world = World()

    with pytest.raises(NotFoundError, match="Did you mean 'tasks'"):
        world.engine.receive(Ref("task", "t-1"), TaskCompleted())
    with pytest.raises(NotFoundError, match=r"or none yet \(given: documents:d-1\)$"):
        world.engine.receive(Ref("documents", "d-1"), DocumentApproved())


def test_an_engine_that_lacks_a_port_says_once_that_another_must_be_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A pipeline that was saved by an engine with ports goes on, and its requests wait."""
    world, _ = begun(Stage("Work", [CreateTask(PREPARE)]), DONE)
    alone = Engine(store=world.engine.store, clock=world.clock)

    alone.start("tax", world.account())
    alone.start("tax", world.account())
    Engine(store=world.engine.store, clock=world.clock, deliver=False).start("tax", world.account())

    (told,) = (one.getMessage() for one in caplog.records)
    assert "'tasks' of tenant 'default' was asked of, and this engine has no such port" in told
    assert len(world.engine.pending()) == 3


def test_names_that_are_allowed_can_not_break_the_line() -> None:
    """A line feed in a stage's name stays inside the sentence."""
    pipeline = Pipeline("P", [Stage("x\u202ey\nz")])

    with pytest.raises(NotFoundError) as caught:
        pipeline.stage("q")

    assert str(caught.value).isprintable()


def test_an_item_may_be_let_go_of_by_its_name() -> None:
    """As `job.item` takes it."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)], automove=True), DONE)

    job = world.engine.unlink(job, "Prepare")

    assert attrs.evolve(job.items[0], ref=None).state is ItemState.RESOLVED


def test_a_save_under_a_used_command_id_is_refused_and_saves_nothing() -> None:
    """Another member under the same command id is a mistake, and no repeat."""
    world = World()
    world.engine.save(Member("Mia"), command_id="once")

    with pytest.raises(ConflictError, match="'once' was used before"):
        world.engine.save(Member("Bo"), command_id="once")

    assert "Bo" not in {member.name for member in world.engine.members()}
    assert world.engine.save(Member("Mia"), command_id="once").name == "Mia"


def test_a_command_id_of_a_start_of_many_starts_nothing_else() -> None:
    """Else the same account had two jobs and two invoices."""
    world = opened(BILLING, DONE)
    ada, bob = world.account("Ada"), world.account("Bob")
    world.engine.start_many("tax", [ada], command_id="season")
    world.engine.start("tax", bob, command_id="single")
    before = dump(world)

    for again in (
        lambda: world.engine.start("tax", ada, command_id="season"),
        lambda: world.engine.archive("job-1", command_id="season"),
        lambda: world.engine.start_many("tax", [ada, bob], command_id="season"),
        lambda: world.engine.start_many("tax", [ada], stage="Done", command_id="season"),
        lambda: world.engine.start_many("tax", [bob], command_id="single"),
    ):
        with pytest.raises(ConflictError, match="was used before, for 'start"):
            again()

    assert dump(world) == before
    assert len(world.invoices.created) == 2


def test_an_id_that_a_start_of_many_would_give_one_of_its_jobs_is_refused_if_it_is_taken() -> None:
    """A job that was started by itself is none of the many."""
    world = opened(BILLING, DONE)
    ada = world.account("Ada")
    world.engine.start("tax", ada, command_id="season#0")

    with pytest.raises(ConflictError, match="'season#0' was used before"):
        world.engine.start_many("tax", [ada], command_id="season")


def test_what_else_was_said_makes_another_command() -> None:
    """Another price, another stage, other assignees, other automations left out."""
    world = opened(BILLING, DONE)
    engine, ada = world.engine, world.account("Ada")
    engine.save(Member("Mia"))
    job = engine.start("tax", ada, assignees=[Role("preparer"), "mia"], command_id="start")
    engine.move(job, "Done", command_id="move")
    fee = attrs.evolve(FEE, name="Other fee", id="other")
    engine.save(fee, command_id="save")

    assert engine.start("tax", ada, assignees=["mia", Role("preparer")], command_id="start").id
    for other in (
        lambda: engine.start("tax", ada, stage="Done", command_id="start"),
        lambda: engine.move(job, "Done", skip=["create-invoice-fee"], command_id="move"),
        lambda: engine.save(attrs.evolve(fee, description="New"), command_id="save"),
    ):
        with pytest.raises(ConflictError, match="was used before, for"):
            other()

    assert engine.template("other") == fee


def test_an_error_that_can_not_be_told_is_a_failure_like_others() -> None:
    """What a port raises is its own affair, and harms nobody else (A-26)."""

    class MuteError(Exception):
        """It fails again when it is printed."""

        def __str__(self) -> str:
            """Fail."""
            raise RuntimeError

    world = opened(Stage("Work", [CreateInvoice(FEE), CreateTask(PREPARE)]), DONE)
    world.invoices.fail_next(MuteError())
    job = world.engine.start("tax", world.account())

    (failure,) = world.engine.failures()
    assert failure.error == "MuteError: it cannot be told as text"
    assert [task.name for task in world.tasks.created] == ["Prepare"]
    world.advance(minutes=1)
    assert now(world, job).item("Fee").ref is not None


def test_a_failure_is_told_by_an_error_or_a_text() -> None:
    """A class or nothing says nothing."""
    world = World(deliver=False)
    world.engine.save(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), DONE]), PREPARE)
    world.engine.start("tax", world.account())
    (request,) = world.engine.pending()
    wrong: Any
    for wrong in (None, ValueError):
        with pytest.raises(DefinitionError, match=r"\$\.error: must be an error or a text"):
            world.engine.failed(request.key, wrong)

    assert not world.engine.failures()


def test_a_rejection_without_words_is_told_by_its_name() -> None:
    """And not as '0 problems'."""
    world = opened(BILLING, DONE)
    world.invoices.fail_next(Rejected())
    world.engine.start("tax", world.account())

    (failure,) = world.engine.failures()
    assert failure.error == "Rejected"


def test_a_tagging_under_a_used_command_id_is_refused() -> None:
    """Other tags for the same account under the same command id are no repeat."""
    world = World()
    account = world.account("Ann")
    world.engine.tag(account, add=["vip"], command_id="once")

    with pytest.raises(ConflictError, match="'once' was used before"):
        world.engine.tag(account, add=["late"], command_id="once")

    again = world.engine.tag(account, add=["vip"], command_id="once")
    assert again.tags == frozenset({"vip"})
