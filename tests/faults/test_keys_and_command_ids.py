"""Keys and ids are data, no joined text; a command that comes again is known by what it said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from http.client import HTTPConnection
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    Account,
    ConflictError,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    DocumentSigned,
    Engine,
    InvoicePaid,
    ItemKind,
    Job,
    JobMoved,
    JobTemplate,
    Member,
    Money,
    NotFoundError,
    OrganizerSaved,
    OrganizerSubmitted,
    PaymentReceived,
    Pipeline,
    Priority,
    ProposalSigned,
    Ref,
    Rejected,
    Reminders,
    SendEmail,
    SendProposal,
    Settings,
    Stage,
    TaskCompleted,
    TaskReopened,
    TaskTemplate,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports.keys import LONGEST_PART, job_of, key_of, part_of
from pipeflow.testing import World
from tests.faults.offices import engine_on, lose_template
from tests.firms import (
    ADA,
    DONE,
    FEE,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    REVIEW,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
    usd,
)

# -- keys ----------------------------------------------------------------------------------------

NASTY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
SIMILAR = st.text(st.sampled_from("a/%~2F1é"), min_size=1, max_size=4)


@given(st.lists(NASTY, min_size=1, max_size=4))
def test_a_key_is_short_ascii_that_a_header_can_bear(parts: list[str]) -> None:
    """Whatever templates and stages are called; providers take 255 characters."""
    key = key_of(*parts)

    connection = HTTPConnection("example.com")
    connection.putrequest("POST", "/", skip_host=True)
    connection.putheader("Idempotency-Key", key)
    assert key.isascii()
    assert key.isprintable()
    assert not set(key) & set(" \t,;\"'\\")
    assert len(key) <= len(parts) * (LONGEST_PART + 1)


@given(st.lists(SIMILAR, min_size=1, max_size=3), st.lists(SIMILAR, min_size=1, max_size=3))
def test_equal_keys_have_equal_parts(one: list[str], other: list[str]) -> None:
    """Each part is escaped, so no two things share a key."""
    assert (key_of(*one) == key_of(*other)) == (one == other)


@given(NASTY, NASTY)
def test_long_parts_are_told_apart_too(one: str, other: str) -> None:
    """What is cut is told by a checksum of the whole."""
    long = "x" * 100

    assert (part_of(long + one) == part_of(long + other)) == (one == other)


@given(NASTY)
def test_the_job_of_a_key_is_told_or_it_is_said_that_it_can_not_be(job: str) -> None:
    """Never another job."""
    assert job_of(key_of("default", job, "1", "x")) in {job, None}


@pytest.mark.parametrize(
    "automations",
    [
        (SendEmail(WELCOME, id="x"), CreateTask(PREPARE, id="x/1")),
        (SendEmail(WELCOME, id="x"), CreateTask(PREPARE, id="x%2F1")),
        (SendProposal(PAID_LETTER, id="p"), CreateInvoice(FEE, id="p/acceptance")),
        (SendProposal(PAID_LETTER, id="p"), CreateTask(PREPARE, id="p/acceptance")),
        (CreateTask(PREPARE, id="a" * 80), CreateTask(REVIEW, id="a" * 81)),
        (CreateTask(PREPARE, id="Ж"), CreateTask(REVIEW, id="%D0%96")),
        (
            CreateInvoice(FEE, id="reminder", reminders=Reminders(every=1, times=2)),
            SendEmail(WELCOME, id="reminder/1"),
            SendEmail(WELCOME, id="by-hand"),
        ),
    ],
    ids=[
        "a slash",
        "an escape",
        "an acceptance",
        "a task and an acceptance",
        "long ones",
        "other scripts",
        "reminders",
    ],
)
def test_no_two_requests_of_a_job_share_a_key(automations: tuple[Any, ...]) -> None:
    """Whatever their automations are called: each thing is made, and keeps its reference."""
    world, job = begun(Stage("Work", automations), DONE)
    for item in now(world, job).items:
        if item.kind is ItemKind.PROPOSAL:
            world.engine.complete(item)
        if item.kind is ItemKind.INVOICE:
            world.engine.remind(item)
    world.advance(days=5)

    ports = (world.tasks, world.invoices, world.proposals, world.email)
    keys = [key for port in ports for key in port.attempts]
    assert len(keys) == len(set(keys))
    assert all(item.ref is not None for item in now(world, job).items)
    assert len({item.ref for item in now(world, job).items}) == len(now(world, job).items)


@pytest.mark.parametrize("name", ["Письмо клиенту", "x" * 1000, "税金", "a b\u2028c"])
def test_the_name_of_a_template_never_spoils_a_key(name: str) -> None:
    """What leaves is short ASCII."""
    task = TaskTemplate(name)
    world, _ = begun(Stage("Work", [CreateTask(task)]), DONE, more=[task])

    (key,) = world.tasks.attempts
    assert key.isascii()
    assert len(key) <= 255


def test_jobs_and_tenants_with_slashes_share_no_key() -> None:
    """The tenant "a" with the job "b/c" is not the tenant "a/b" with the job "c"."""
    assert key_of("a", "b/c", "1", "x") != key_of("a/b", "c", "1", "x")
    assert unquote(key_of("a", "b/c", "1", "x").split("/")[1]) == "b/c"


# -- command ids: every command of the public face -----------------------------------------------


class Said(NamedTuple):
    """A command as a host gives it with an id, and another one that says something else."""

    call: Callable[[Engine, Job, str], Any]
    other: Callable[[Engine, Job, str], Any]


COMMANDS: dict[str, Said] = {
    "start": Said(
        lambda e, job, id: e.start("tax", job.account, stage="Work", command_id=id),
        lambda e, job, id: e.start("tax", job.account, stage="Done", command_id=id),
    ),
    "start_many": Said(
        lambda e, job, id: e.start_many("tax", [job.account], stage="Work", command_id=id),
        lambda e, job, id: e.start_many("tax", [job.account], command_id=id),
    ),
    "move": Said(
        lambda e, job, id: e.move(job, "Work", command_id=id),
        lambda e, job, id: e.move(job, "Done", command_id=id),
    ),
    "transfer": Said(
        lambda e, job, id: e.transfer(job, "other", "Begin", command_id=id),
        lambda e, job, id: e.transfer(job, "other", "End", command_id=id),
    ),
    "record": Said(
        lambda e, job, id: e.record(job.item("Prepare"), TaskCompleted(), command_id=id),
        lambda e, job, id: e.record(job.item("Prepare"), TaskReopened(), command_id=id),
    ),
    "receive": Said(
        lambda e, job, id: e.receive(Ref("tasks", "task-1"), TaskCompleted(), command_id=id),
        lambda e, job, id: e.receive(Ref("tasks", "task-2"), TaskCompleted(), command_id=id),
    ),
    "complete": Said(
        lambda e, job, id: e.complete(job.item("Prepare"), command_id=id),
        lambda e, job, id: e.complete(job.item("Fee"), command_id=id),
    ),
    "link": Said(
        lambda e, job, id: e.link(job, "d-1", "approval", name="Draft", command_id=id),
        lambda e, job, id: e.link(job, "d-1", "signature", name="Draft", command_id=id),
    ),
    "unlink": Said(
        lambda e, job, id: e.unlink(job, job.item("Prepare"), command_id=id),
        lambda e, job, id: e.unlink(job, job.item("Fee"), command_id=id),
    ),
    "set_status": Said(
        lambda e, job, id: e.set_status(job, "On hold", command_id=id),
        lambda e, job, id: e.set_status(job, "Completed", command_id=id),
    ),
    "archive": Said(
        lambda e, job, id: e.archive(job, command_id=id),
        lambda e, job, id: e.restore(job, command_id=id),
    ),
    "restore": Said(
        lambda e, job, id: e.restore(job, command_id=id),
        lambda e, job, id: e.archive(job, command_id=id),
    ),
    "remind": Said(
        lambda e, job, id: e.remind(job.item("Fee"), command_id=id),
        lambda e, job, id: e.remind(job.item("Organizer"), command_id=id),
    ),
    "reevaluate": Said(
        lambda e, job, id: e.reevaluate(job, command_id=id),
        lambda e, job, id: e.move(job, "Work", command_id=id),
    ),
    "tag": Said(
        lambda e, job, id: e.tag(job.account, add={"a", "b"}, command_id=id),
        lambda e, job, id: e.tag(job.account, remove={"a", "b"}, command_id=id),
    ),
    "save": Said(
        lambda e, job, id: e.save(TaskTemplate("New", description="x"), command_id=id),
        lambda e, job, id: e.save(TaskTemplate("New", description="y"), command_id=id),
    ),
    "save an account": Said(
        lambda e, job, id: e.save(Account("New", contacts=[ADA]), command_id=id),
        lambda e, job, id: e.save(Account("New"), command_id=id),
    ),
    "retry": Said(
        lambda e, job, id: e.retry("default/job-1/1/create-task-review", command_id=id),
        lambda e, job, id: e.abandon("default/job-1/1/create-task-review", command_id=id),
    ),
    "abandon": Said(
        lambda e, job, id: e.abandon("default/job-1/1/create-task-review", command_id=id),
        lambda e, job, id: e.retry("default/job-1/1/create-task-review", command_id=id),
    ),
    "retry an automation": Said(
        lambda e, job, id: e.retry("default/job-1/1/send-email-welcome", command_id=id),
        lambda e, job, id: e.abandon("default/job-1/1/send-email-welcome", command_id=id),
    ),
    "abandon an automation": Said(
        lambda e, job, id: e.abandon("default/job-1/1/send-email-welcome", command_id=id),
        lambda e, job, id: e.retry("default/job-1/1/send-email-welcome", command_id=id),
    ),
}


def ready() -> tuple[World, Job]:
    """Start a job on which every command can act: one request was refused, one mail is gone."""
    world = opened(
        Stage(
            "Intake",
            [
                CreateTask(PREPARE),
                CreateInvoice(FEE),
                CreateOrganizer(ORGANIZER),
                CreateTask(REVIEW),
                SendEmail(WELCOME),
            ],
        ),
        Stage("Work", [CreateTask(PREPARE)]),
        DONE,
        more=[Pipeline("Other", [Stage("Begin"), Stage("End")])],
    )
    world.tasks.fail_when(lambda task: task.template == "review", Rejected("no"))
    lose_template(world, "welcome")
    job = world.engine.start("tax", world.engine.save(Account("Ada", contacts=[ADA])))
    world.tasks.recover()
    world.engine.save(WELCOME)
    return world, job


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_sent_again_acts_once(name: str) -> None:
    """The repeat changes nothing, and is answered like the first (R-33)."""
    world, job = ready()
    first = COMMANDS[name].call(world.engine, job, "c")
    before = dump(world)

    again = COMMANDS[name].call(world.engine, job, "c")

    assert again == first
    assert dump(world) == before


@pytest.mark.parametrize("name", COMMANDS)
def test_another_command_under_a_used_id_is_refused_with_a_sentence(name: str) -> None:
    """It is never dropped in silence, and changes nothing."""
    world, job = ready()
    COMMANDS[name].call(world.engine, job, "c")
    before = dump(world)

    with pytest.raises(ConflictError, match="command id 'c' was used before, for '") as caught:
        COMMANDS[name].other(world.engine, job, "c")

    assert "give each command an id of its own" in str(caught.value)
    assert dump(world) == before


KINDS = sorted({name.split(" ")[0] for name in COMMANDS})


@pytest.mark.parametrize(("one", "other"), [*pairwise(KINDS), (KINDS[-1], KINDS[0])])
def test_an_id_is_of_one_command_whatever_calls_are_made(one: str, other: str) -> None:
    """Also where the second is another call altogether."""
    world, job = ready()
    COMMANDS[one].call(world.engine, job, "c")
    if {one, other} <= {"archive", "restore", "set_status"}:
        pytest.skip("these are one call with different statuses, tried elsewhere")

    with pytest.raises(ConflictError, match="used before"):
        COMMANDS[other].call(world.engine, job, "c")


def _moved(world: World, job: Job) -> None:
    pipeline = world.engine.pipeline(now(world, job).pipeline)
    world.engine.move(job, pipeline.stages[-1])


def _transferred(world: World, job: Job) -> None:
    world.engine.transfer(job, "other", "End")


def _unlinked(world: World, job: Job) -> None:
    for item in now(world, job).items:
        world.engine.unlink(job, item)


def _archived(world: World, job: Job) -> None:
    world.engine.archive(job)


def _renamed(world: World, job: Job) -> None:
    stages = [Stage("Begin again", id="intake"), Stage("Toil", id="work"), Stage("Over", id="done")]
    other = Pipeline("Other", [Stage("Start", id="begin"), Stage("Stop", id="end")])
    world.engine.save(Pipeline("Tax", stages, statuses=["On hold"]), other, replace=True)


def _emptied(world: World, job: Job) -> None:
    for one in world.engine.jobs():
        world.engine.move(one, "Done") if one.pipeline == "tax" else None
    rest = Pipeline("Tax", [Stage("Else"), DONE], statuses=["On hold"])
    world.engine.save(rest, replace=True)


def _finished(world: World, job: Job) -> None:
    for item in now(world, job).items:
        if item.asks:
            world.engine.complete(item)


def _everything(world: World, job: Job) -> None:
    for change in (_finished, _unlinked, _moved, _transferred, _renamed, _archived):
        change(world, job)


CHANGES: dict[str, Callable[[World, Job], None]] = {
    "the job was moved": _moved,
    "the job was transferred": _transferred,
    "all was unlinked": _unlinked,
    "the job was archived": _archived,
    "the stages were renamed": _renamed,
    "the stages were taken away": _emptied,
    "all is done": _finished,
    "all of it happened": _everything,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_repeat_is_answered_before_anything_else_is_looked_at(name: str, change: str) -> None:
    """Whatever became of the job, its items and its pipeline since (R-33)."""
    world, job = ready()
    COMMANDS[name].call(world.engine, job, "c")
    if name == "archive" and change != "the stages were renamed":
        world.engine.restore(job)
    CHANGES[change](world, job)
    before = dump(world)

    answer = COMMANDS[name].call(world.engine, job, "c")

    assert dump(world) == before
    jobs = answer if isinstance(answer, list) else [answer]
    assert all(one == world.engine.job(one) for one in jobs if isinstance(one, Job))


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("wrong", ["", "a\0b", "\ud800", "x" * 256, 5, b"c"])
def test_ids_that_no_store_could_keep_are_refused_by_every_command(name: str, wrong: Any) -> None:
    """With a sentence, and nothing is done."""
    world, job = ready()
    before = dump(world)

    with pytest.raises(DefinitionError, match="command_id"):
        COMMANDS[name].call(world.engine, job, wrong)

    assert dump(world) == before


@pytest.mark.parametrize("name", COMMANDS)
def test_another_engine_on_the_store_knows_the_repeat(name: str) -> None:
    """A command may be sent again to another process."""
    world, job = ready()
    first = COMMANDS[name].call(world.engine, job, "c")
    before = dump(world)

    assert COMMANDS[name].call(engine_on(world), job, "c") == first
    assert dump(world) == before


def test_a_command_that_was_refused_used_up_no_id() -> None:
    """Nothing was carried out, so the id is free."""
    world, job = ready()
    with pytest.raises(NotFoundError):
        world.engine.move(job, "Nowhere", command_id="c")

    assert world.engine.move(job, "Work", command_id="c").stage == "work"


def test_two_tenants_may_use_the_same_id() -> None:
    """Ids are a tenant's own."""
    world = World()
    other = Engine(store=world.store, clock=world.clock, ids=world.ids, tenant="two")

    world.engine.save(Account("Ada"), command_id="c")
    other.save(Account("Bob"), command_id="c")

    assert [one.name for one in (*world.engine.accounts(), *other.accounts())] == ["Ada", "Bob"]


# -- what is the same, however it is said --------------------------------------------------------


class Same(NamedTuple):
    """Two ways to say one thing."""

    one: Callable[[Engine, Job, str], Any]
    other: Callable[[Engine, Job, str], Any]


EARLY = {"Anything else?": "no", "How many children?": 2, "Which incomes?": ["Wages", "Rent"]}
LATE = dict(reversed(list(EARLY.items())))

ALIKE: dict[str, Same] = {
    "a stage by name or id": Same(
        lambda e, job, id: e.move(job, "Work", command_id=id),
        lambda e, job, id: e.move(job.id, "work", command_id=id),
    ),
    "a stage by id or name": Same(
        lambda e, job, id: e.move(job, "work", command_id=id),
        lambda e, job, id: e.move(job.id, "Work", command_id=id),
    ),
    "a stage or its id": Same(
        lambda e, job, id: e.move(job, e.pipeline("tax").stage("work"), command_id=id),
        lambda e, job, id: e.move(job, "work", command_id=id),
    ),
    "what is left out in another order": Same(
        lambda e, job, id: e.move(
            job, "two", skip=["create-task-prepare", "create-task-review"], command_id=id
        ),
        lambda e, job, id: e.move(
            job, "two", skip=(CreateTask(REVIEW), CreateTask(PREPARE)), command_id=id
        ),
    ),
    "the stage of a start by name or id": Same(
        lambda e, job, id: e.start("tax", job.account, stage="Work", command_id=id),
        lambda e, job, id: e.start(
            e.pipeline("tax"), e.account(job.account), stage="work", command_id=id
        ),
    ),
    "assignees in another order": Same(
        lambda e, job, id: e.start("tax", job.account, assignees=["mia", "tom"], command_id=id),
        lambda e, job, id: e.start(
            "tax", job.account, assignees={e.member("tom"), "mia"}, command_id=id
        ),
    ),
    "a priority by its word or itself": Same(
        lambda e, job, id: e.start("tax", job.account, priority="high", command_id=id),
        lambda e, job, id: e.start("tax", job.account, priority=Priority.HIGH, command_id=id),
    ),
    "the stage of many by name or id": Same(
        lambda e, job, id: e.start_many("tax", [job.account], stage="Work", command_id=id),
        lambda e, job, id: e.start_many("tax", (job.account,), stage="work", command_id=id),
    ),
    "the stage of a transfer by name or id": Same(
        lambda e, job, id: e.transfer(job, "other", "End", command_id=id),
        lambda e, job, id: e.transfer(job, e.pipeline("other"), "end", command_id=id),
    ),
    "a draft in another order": Same(
        lambda e, job, id: e.record(job.item("Organizer"), OrganizerSaved(EARLY), command_id=id),
        lambda e, job, id: e.record(job.item("Organizer"), OrganizerSaved(LATE), command_id=id),
    ),
    "answers in another order": Same(
        lambda e, job, id: e.record(
            job.item("Organizer"), OrganizerSubmitted(EARLY), command_id=id
        ),
        lambda e, job, id: e.record(
            job.item("Organizer").id, OrganizerSubmitted(LATE), command_id=id
        ),
    ),
    "answers of a webhook in another order": Same(
        lambda e, job, id: e.receive(
            Ref("organizers", "organizer-1"), OrganizerSubmitted(EARLY), command_id=id
        ),
        lambda e, job, id: e.receive(
            Ref("organizers", "organizer-1"), OrganizerSubmitted(LATE), command_id=id
        ),
    ),
    "money with or without cents": Same(
        lambda e, job, id: e.record(
            job.item("Fee"), PaymentReceived(Money("40", "USD")), command_id=id
        ),
        lambda e, job, id: e.record(
            job.item("Fee"), PaymentReceived(Money("40.00", "USD"), cleared=True), command_id=id
        ),
    ),
    "a linked thing by its reference or its id": Same(
        lambda e, job, id: e.link(job, "d-1", "approval", command_id=id),
        lambda e, job, id: e.link(
            job, Ref("documents", "d-1"), ItemKind.APPROVAL, name="d-1", command_id=id
        ),
    ),
    "an item or its id": Same(
        lambda e, job, id: e.unlink(job, job.item("Fee"), command_id=id),
        lambda e, job, id: e.unlink(job.id, job.item("Fee").id, command_id=id),
    ),
    "a status in other letters": Same(
        lambda e, job, id: e.set_status(job, "On hold", command_id=id),
        lambda e, job, id: e.set_status(job, "on HOLD", command_id=id),
    ),
    "an archive by its own call or by status": Same(
        lambda e, job, id: e.archive(job, command_id=id),
        lambda e, job, id: e.set_status(job, "archived", command_id=id),
    ),
    "tags in another order": Same(
        lambda e, job, id: e.tag(job.account, add=["b", "a"], remove={"c"}, command_id=id),
        lambda e, job, id: e.tag(
            e.account(job.account), {"a", "b"}, ["c"], clear=False, command_id=id
        ),
    ),
    "a definition as it was made or as it was saved": Same(
        lambda e, job, id: e.save(TaskTemplate("New", tags={"b", "a"}), command_id=id),
        lambda e, job, id: e.save(TaskTemplate("New", tags=["a", "b"]), command_id=id),
    ),
}


def alike() -> tuple[World, Job]:
    """Start a job on which all these can be said."""
    return begun(
        Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE), CreateOrganizer(ORGANIZER)]),
        Stage("Work"),
        Stage("Two", [CreateTask(PREPARE), CreateTask(REVIEW)]),
        DONE,
        more=[
            Pipeline("Other", [Stage("Begin"), Stage("End")]),
            Member("Mia", id="mia"),
            Member("Tom", id="tom"),
        ],
    )


@pytest.mark.parametrize("case", ALIKE)
@pytest.mark.parametrize("turned", [False, True], ids=["this way", "the other way"])
def test_the_same_is_known_however_it_is_said(case: str, *, turned: bool) -> None:
    """What counts is what was said, as data (R-33)."""
    first, second = ALIKE[case][::-1] if turned else ALIKE[case]
    world, job = alike()
    first(world.engine, job, "c")
    before = dump(world)

    second(world.engine, job, "c")

    assert dump(world) == before


def test_a_contact_or_its_id_is_the_same_signatory() -> None:
    """Facts name people by id."""
    world, job = begun(Stage("Work", [SendProposal(PAID_LETTER)]), DONE)
    ada = world.engine.account(job.account).contacts[0]
    item = job.item("Paid letter")
    world.engine.record(item, ProposalSigned(ada), command_id="c")
    before = dump(world)

    world.engine.record(item, ProposalSigned(ada.id), command_id="c")

    assert dump(world) == before


def test_a_stage_whose_name_is_another_ones_id_is_not_taken_for_it() -> None:
    """A stage is looked up by id first; so the second move says something else."""
    world, job = begun(Stage("Intake"), Stage("Review", id="check"), Stage("check", id="x"), DONE)
    world.engine.move(job, "x", command_id="c")

    with pytest.raises(ConflictError, match="used before"):
        world.engine.move(job, "check", command_id="c")


def test_reminders_of_two_items_are_two_commands() -> None:
    """The second is never dropped in silence."""
    world, job = ready()
    world.engine.remind(job.item("Fee"), command_id="c")

    with pytest.raises(ConflictError, match="used before, for 'remind' on 'job-1/2'"):
        world.engine.remind(job.item("Organizer"), command_id="c")

    assert len(world.email.sent) == 1


def test_a_webhook_is_answered_again_after_the_thing_was_let_go_of() -> None:
    """`receive`, `unlink`, and the repeat of the webhook."""
    world, job = ready()
    ref = Ref("tasks", "task-1")
    world.engine.receive(ref, TaskCompleted(), command_id="c")
    world.engine.unlink(job, job.item("Prepare"))

    assert [one.id for one in world.engine.receive(ref, TaskCompleted(), command_id="c")] == [
        "job-1"
    ]
    late = world.engine.receive(ref, TaskCompleted(), command_id="d")  # it is known still
    assert [one.id for one in late] == ["job-1"]


def test_a_renamed_stage_is_still_the_one_that_was_said() -> None:
    """By its old name, which the pipeline does not know any more."""
    world, job = ready()
    for id, name in (("c", "Work"), ("d", "work")):
        world.engine.move(job, name, command_id=id)
    _renamed(world, job)

    for name in ("Work", "work"):
        assert world.engine.move(job, name, command_id="c").id == job.id
        assert world.engine.move(job, name, command_id="d").id == job.id


def test_a_renamed_stage_is_still_the_one_to_which_many_were_moved() -> None:
    """Of a single job too."""
    world, job = ready()
    world.engine.move_many([job], "Work", command_id="c")
    _renamed(world, job)

    (again,) = world.engine.move_many([job], "Work", command_id="c")

    assert again.ok


# -- starts of many ------------------------------------------------------------------------------


def test_a_start_of_many_that_was_interrupted_starts_those_that_are_missing() -> None:
    """And no job twice."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    accounts = [world.account(name) for name in ("Ada", "Bob", "Eve")]
    world.tasks.fail_when(lambda task: task.account == accounts[1].id, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        world.engine.start_many("tax", accounts, command_id="c")
    world.tasks.recover()

    jobs = world.engine.start_many("tax", accounts, command_id="c")

    assert [job.account for job in jobs] == [one.id for one in accounts]
    assert len(world.engine.jobs()) == 3


@pytest.mark.parametrize("id", [None, "c"])
def test_many_that_are_refused_do_not_use_up_their_id(id: str | None) -> None:
    """What would be refused of the last is refused before the first one starts (A-44)."""
    world = opened(Stage("Work"), DONE)
    accounts = [world.account(name) for name in ("Ada", "Bob")]
    before = dump(world)

    with pytest.raises(DefinitionError, match="NOPE"):
        world.engine.start_many("tax", accounts, name="[NOPE]", command_id=id)
    unchanged = dump(world)
    jobs = world.engine.start_many("tax", accounts, name="Return", command_id=id)

    assert unchanged == before
    assert [job.name for job in jobs] == ["Return", "Return"]


def test_the_id_of_many_is_no_id_of_one() -> None:
    """Neither the whole, nor the number of one of them."""
    world = opened(Stage("Work"), DONE)
    account = world.account()
    world.engine.start_many("tax", [account], command_id="c")

    for id in ("c", "c#0"):
        with pytest.raises(ConflictError, match="used before"):
            world.engine.start("tax", account, command_id=id)

    assert len(world.engine.jobs()) == 1


def test_other_accounts_under_the_id_of_many_are_refused() -> None:
    """Before the first of them is started."""
    world = opened(Stage("Work"), DONE)
    ada, bob = world.account("Ada"), world.account("Bob")
    world.engine.start_many("tax", [ada], command_id="c")

    with pytest.raises(ConflictError, match="used before, for 'start_many'"):
        world.engine.start_many("tax", [ada, bob], command_id="c")

    assert len(world.engine.jobs()) == 1


def test_a_repeat_of_many_is_answered_though_the_pipeline_in_hand_is_old() -> None:
    """The host still holds the pipeline as it was."""
    world = opened(Stage("Work"), DONE)
    held, account = world.engine.pipeline("tax"), world.account()
    first = world.engine.start_many(held, [account], command_id="c")
    world.engine.start(held, account, command_id="s")
    world.engine.save(Pipeline("Tax", [Stage("Work"), Stage("More"), DONE]), replace=True)

    assert world.engine.start_many(held, [account], command_id="c") == first
    assert world.engine.start(held, account, command_id="s").pipeline == "tax"
    assert len(world.engine.jobs()) == 2


# -- what is said is data ------------------------------------------------------------------------


def test_a_repeat_is_known_after_an_export() -> None:
    """What was said is kept as text, and travels with the firm."""
    world, job = ready()
    world.engine.move(job, "Work", command_id="c")
    other = MemoryStore(clock=world.clock)
    other.restore(world.store.export("default"))
    engine = Engine(store=other, clock=world.clock)

    assert engine.move(job, "work", command_id="c").visit == 2
    with pytest.raises(ConflictError, match="used before"):
        engine.move(job, "Done", command_id="c")


@pytest.mark.parametrize(
    ("thing", "other"),
    [
        (Settings(lease=timedelta(seconds=30)), Settings(lease=timedelta(seconds=31))),
        (
            Pipeline("Bills", [Stage("Work", time_limit=timedelta(days=3)), DONE]),
            Pipeline("Bills", [Stage("Work", time_limit=timedelta(days=3, microseconds=1)), DONE]),
        ),
        (
            JobTemplate("Bill", time_budget=timedelta(hours=2)),
            JobTemplate("Bill", time_budget=timedelta(hours=3)),
        ),
        (
            Account("Bob", fields={"rate": Decimal("0.12345678901234567890123456789")}),
            Account("Bob", fields={"rate": Decimal("0.12345678901234567890123456780")}),
        ),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_is_saved_twice_under_one_id_is_compared_to_the_last_digit(
    thing: Any, other: Any
) -> None:
    """Spans of time and exact numbers are said too; the same is answered, another is refused."""
    world = opened(Stage("Work"), DONE)
    saved = world.engine.save(thing, replace=True, command_id="c")

    assert world.engine.save(thing, replace=True, command_id="c") == saved
    with pytest.raises(ConflictError, match="used before"):
        world.engine.save(other, replace=True, command_id="c")


def test_a_repeat_that_comes_from_within_circles_is_answered_too() -> None:
    """Depth is looked at after the repeat."""
    world, job = begun(Stage("Work"), Stage("Two"), DONE, settings=Settings(deepest=1))
    world.engine.move(job, "Two", command_id="c")
    answers: list[Job] = []
    world.engine.on(
        JobMoved, lambda event: answers.append(world.engine.move(job, "Two", command_id="c"))
    )

    world.engine.move(job, "Done")

    assert [one.stage for one in answers] == ["done"]
    assert len(events(world, job, JobMoved)) == 2


def test_other_people_in_a_fact_make_it_another_command() -> None:
    """A signature of Bob is none of Ada."""
    bob = Contact("Bob", email="bob@example.com", signatory=True)
    world, job = begun(Stage("Work"), DONE, contacts=[ADA, bob])
    world.engine.link(job, "d-1", "signature", name="Draft", signers=["Ada", "Bob"])
    item = now(world, job).item("Draft")
    world.engine.record(item, DocumentSigned("Ada"), command_id="c")

    with pytest.raises(ConflictError, match="used before"):
        world.engine.record(item, DocumentSigned("Bob"), command_id="c")


def test_a_repeat_by_another_person_is_the_same_command() -> None:
    """Who sends it is not what is said; history keeps who did it first."""
    world, job = ready()
    world.engine.record(job.item("Fee"), InvoicePaid(), actor="mia", command_id="c")
    before = dump(world)

    world.engine.record(job.item("Fee"), InvoicePaid(), actor="tom", command_id="c")

    assert dump(world) == before


def test_part_payments_are_commands_of_their_own() -> None:
    """Equal ones count twice under two ids, and once under one."""
    world, job = ready()
    item = job.item("Fee")
    for id in ("a", "b", "b"):
        world.engine.record(item, PaymentReceived(usd("10")), command_id=id)

    progress: Any = now(world, job).item("Fee").progress
    assert progress.paid() == usd("20")
