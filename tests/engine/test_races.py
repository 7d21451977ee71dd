"""Races that threads cannot be made to run: somebody else commits between reading and writing."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from pipeflow import (
    Bundle,
    ConflictError,
    CreateInvoice,
    CreateTask,
    Job,
    JobMoved,
    Pipeline,
    Receipt,
    Ref,
    Reminders,
    Stage,
    TaskCompleted,
    TaskTemplate,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.errors import DuplicateCommandError, LeaseLostError, UnavailableError
from pipeflow.ports import Changes
from pipeflow.testing import World
from tests.firms import DONE, FEE, PREPARE, begun, dump, events, now, opened


class Contended(MemoryStore):
    """A store in which, as often as it is told, something happens just before a commit."""

    def __init__(self) -> None:
        """Begin calm."""
        super().__init__()
        self.before: list[Callable[[], object]] = []

    def commit(self, changes: Changes, /) -> bool:
        """Let it happen, then commit."""
        if self.before:
            self.before.pop(0)()
        return super().commit(changes)


def raises(error: BaseException) -> Callable[[], object]:
    """Make a happening out of an error."""

    def happen() -> object:
        raise error

    return happen


def contended(stages: list[Stage], **keywords: Any) -> tuple[World, Contended, Job]:
    """Start a job in a store that is calm so far."""
    store = Contended()
    world = opened(*stages, store=store, **keywords)
    return world, store, world.engine.start("tax", world.account())


WORK = [Stage("Intake", [CreateTask(PREPARE)]), Stage("Work", [CreateTask(PREPARE)]), DONE]


def test_a_command_is_decided_anew_when_somebody_was_faster() -> None:
    """On what there is then: nothing of the other command is lost."""
    world, store, job = contended(WORK)
    other = World(store=store)
    store.before = [lambda: other.engine.link(job, "x", "note", name="Theirs")]

    after = world.engine.link(job, "y", "note", name="Mine")

    assert [item.name for item in after.items] == ["Prepare", "Theirs", "Mine"]


def test_a_move_that_somebody_made_meanwhile_is_not_made_again() -> None:
    """To the stage where it is by now, it does nothing."""
    world, store, job = contended(WORK)
    other = World(store=store)
    store.before = [lambda: other.engine.move(job, "Work")]

    after = world.engine.move(job, "Work")

    assert after.visit == 2
    assert [item.name for item in after.items] == ["Prepare", "Prepare"]


@pytest.mark.parametrize(
    "call",
    [
        lambda e, job: e.move(job, "Work"),
        lambda e, job: e.start("tax", job.account),
        lambda e, job: e.tag(job.account, add={"a"}),
        lambda e, job: e.save(TaskTemplate("New")),
        lambda e, job: e.install(Bundle(pipelines=[Pipeline("P", [DONE])])),
    ],
    ids=["move", "start", "tag", "save", "install"],
)
def test_whoever_is_always_too_late_is_told_so(call: Callable[[Any, Job], object]) -> None:
    """After many tries, with nothing stored."""
    world, store, job = contended(WORK)
    before = dump(world)
    store.before = [raises(ConflictError("too late"))] * 500

    with pytest.raises(ConflictError, match="500 times somebody else committed first"):
        call(world.engine, job)

    assert store.before == []
    assert dump(world) == before
    call(world.engine, job)


def test_a_save_that_somebody_else_made_meanwhile_is_refused() -> None:
    """What was read is not what is there any more."""
    world, store, _ = contended(WORK)
    other = World(store=store)
    mine = world.engine.pipeline("tax")
    store.before = [lambda: other.engine.save(mine.add_stage(Stage("Theirs")))]

    with pytest.raises(ConflictError, match="revision 2, yours is 1"):
        world.engine.save(mine.add_stage(Stage("Mine")))

    assert [stage.name for stage in world.engine.pipeline("tax").stages][-1] == "Theirs"


def test_a_command_that_arrives_while_it_is_carried_out_acts_once() -> None:
    """The other sender committed first: the repeat answers with its job."""
    world, store, job = contended(WORK)
    other = World(store=store)
    store.before = [lambda: other.engine.move(job, "Work", command_id="m-1")]

    after = world.engine.move(job, "Work", command_id="m-1")

    assert after.visit == 2
    assert len(events(world, job, JobMoved)) == 1
    with pytest.raises(DuplicateCommandError):
        store.commit(Changes("default", {}, command_id="m-1"))


def test_a_receipt_is_kept_anew_when_somebody_was_faster() -> None:
    """The reference and the other command are both there."""
    store = Contended()
    world = opened(*WORK, store=store)
    other = World(store=store)
    account = world.account()
    store.before = [lambda: None, lambda: other.engine.link("job-1", "x", "note", name="Theirs")]

    job = world.engine.start("tax", account)

    assert now(world, job).item("Prepare").ref == Ref("tasks", "task-1")
    assert now(world, job).item("Theirs").name == "Theirs"


@pytest.mark.parametrize("error", [UnavailableError("no answer"), ConflictError("late")])
@pytest.mark.parametrize("fails", [False, True])
def test_an_answer_that_can_not_be_kept_comes_again(
    error: Exception, fails: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """The lease runs out, and the request is made again under its own key."""
    store = Contended()
    world = opened(*WORK, store=store)
    account = world.account()
    if fails:
        world.tasks.fail_next(OSError("down"))
    store.before = [lambda: None, *[raises(error)] * 500]

    with caplog.at_level(logging.ERROR, logger="pipeflow"):
        job = world.engine.start("tax", account)
    store.before = []
    world.advance(minutes=9)

    assert "could not be kept yet" in caplog.text
    assert len(world.tasks.attempts) >= 2
    assert set(world.tasks.attempts) == {"default/job-1/1/create-task-prepare"}
    assert len(world.tasks.created) == 1
    assert now(world, job).item("Prepare").ref == Ref("tasks", "task-1")


@pytest.mark.parametrize("fails", [False, True])
def test_an_answer_that_comes_after_the_lease_is_dropped(
    fails: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Another worker holds the row by then."""
    store = Contended()
    world = opened(*WORK, store=store)
    account = world.account()
    if fails:
        world.tasks.fail_next(OSError("down"))
    store.before = [lambda: None, raises(LeaseLostError("taken over"))]

    with caplog.at_level(logging.WARNING, logger="pipeflow"):
        job = world.engine.start("tax", account)

    assert "was taken over by another worker" in caplog.text
    assert now(world, job).item("Prepare").ref is None
    assert world.engine.failures() == ()


def test_a_reminder_that_another_worker_sent_is_not_sent_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its timer is settled in the commit of the reminder itself."""
    store = Contended()
    world = opened(
        Stage("Bill", [CreateInvoice(FEE, reminders=Reminders(every=1))]), DONE, store=store
    )
    world.engine.start("tax", world.account())
    store.before = [raises(LeaseLostError("taken over"))]

    with caplog.at_level(logging.WARNING, logger="pipeflow"):
        world.advance(days=1)

    assert "was taken over by another worker" in caplog.text
    assert world.email.sent == []


def test_two_items_may_bear_one_reference() -> None:
    """A host that keeps one task for both is told of both by it."""
    world = opened(Stage("Intake", [CreateTask(PREPARE), CreateTask(PREPARE)], automove=True), DONE)
    world.tasks.take = lambda request: Receipt("same")  # type: ignore[method-assign]

    job = world.engine.start("tax", world.account())
    (moved,) = world.engine.receive(Ref("tasks", "same"), TaskCompleted())

    assert [item.ref for item in now(world, job).items] == [Ref("tasks", "same")] * 2
    assert moved.stage == "done"


def test_a_template_that_is_saved_while_a_job_starts_is_seen_or_not_but_never_half() -> None:
    """A start is decided on one state of the firm's definitions."""
    world, store, job = contended(WORK)
    other = World(store=store)
    store.before = [
        lambda: other.engine.save(TaskTemplate("Prepare", description="New"), replace=True)
    ]

    world.engine.move(job, "Work")

    assert [task.description for task in world.tasks.created] == ["", "New"]


def test_what_is_due_of_hundreds_is_all_done_by_one_tick() -> None:
    """However many are claimed at once."""
    world, job = begun(Stage("Bill", [CreateInvoice(FEE, reminders=Reminders(every=1))]), DONE)
    for _ in range(120):
        world.engine.start("tax", job.account)
    world.clock.advance(days=1)

    ticked = world.engine.tick()

    assert len(ticked.reminders) == 121
    assert len(world.email.sent) == 121
