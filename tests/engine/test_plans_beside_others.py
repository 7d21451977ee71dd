"""Plans, replays and installs beside others, who act between whatever two looks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from pipeflow import (
    Account,
    Bundle,
    ConflictError,
    CreateOrganizer,
    EmailTemplate,
    Engine,
    Member,
    NotFoundError,
    OrganizerTemplate,
    Pipeline,
    Question,
    Reminders,
    SendEmail,
    Stage,
    StartJob,
    TimeInStage,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.model.record import replaced
from pipeflow.testing import World

TAX = Pipeline(
    "Tax",
    stages=[Stage("Collect"), Stage("Review"), Stage("Bill"), Stage("Done")],
    statuses=["On hold"],
)


class Looked(MemoryStore):
    """Lets something happen right before one of its looks."""

    meanwhile: Callable[[], object] | None = None
    left = 0

    def _look(self) -> None:
        self.left -= 1
        if self.left == 0 and self.meanwhile is not None:
            with suppress(NotFoundError):  # where what goes is gone
                self.meanwhile()

    def read(self, *given: Any, **named: Any) -> Any:
        """Read rows."""
        self._look()
        return super().read(*given, **named)

    def find(self, *given: Any, **named: Any) -> Any:
        """Find rows."""
        self._look()
        return super().find(*given, **named)

    def count(self, *given: Any, **named: Any) -> Any:
        """Count rows."""
        self._look()
        return super().count(*given, **named)

    def history(self, *given: Any, **named: Any) -> Any:
        """Return the chapters of a row."""
        self._look()
        return super().history(*given, **named)


@pytest.mark.parametrize("number", range(1, 25))
@pytest.mark.parametrize("what", ["stage", "status"])
def test_a_18_a_job_that_comes_between_two_looks_is_told_as_one_that_came(
    what: str, number: int
) -> None:
    """Nobody is told to move jobs first who has said where they go; and none is stranded."""
    store = Looked()
    world = World(store=store)
    tax = world.engine.save(TAX)
    there, other = world.job_at(TAX, "Review"), world.job_at(TAX, "Bill")
    world.engine.set_status(there, "On hold")
    edited = tax.remove_stage("Review") if what == "stage" else tax.change("Bill", name="Pay")
    if what == "status":
        edited = Pipeline("Tax", edited.stages, revision=tax.revision)
    plan = world.engine.plan(edited, stages={"Review": "Bill"} if what == "stage" else {})
    beside = Engine(store=store, clock=world.clock)
    comes = {
        "stage": lambda: beside.move(other, "Review"),
        "status": lambda: beside.set_status(other, "On hold"),
    }
    store.meanwhile, store.left = comes[what], number

    with suppress(ConflictError):
        world.engine.apply(plan, statuses={"On hold": "Active"} if what == "status" else {})

    saved = world.engine.pipeline("tax")
    assert {job.stage for job in world.engine.jobs()} <= {stage.id for stage in saved.stages}
    assert {job.status for job in world.engine.jobs()} <= {"Active", *map(str, saved.statuses)}
    assert saved.revision == (1 if came(world) else 2)


def came(world: World) -> bool:
    """Tell whether the other job came into what should have gone."""
    other = world.engine.job("job-2")
    return other.stage == "review" or other.status == "On hold"


@pytest.mark.parametrize("number", range(1, 15))
def test_a_18_an_account_that_goes_with_its_jobs_between_two_looks_is_told(number: int) -> None:
    """Its job left what is taken away; nobody is told of an account that is not there."""
    store = Looked()
    world = World(store=store)
    tax = world.engine.save(TAX)
    there = world.job_at(TAX, "Review")
    world.engine.archive(there)
    beside = Engine(store=store, clock=world.clock)
    world.engine.restore(there)
    plan = world.engine.plan(tax.remove_stage("Review"), stages={"Review": "Bill"})

    def goes() -> None:
        beside.archive(there)
        beside.delete(beside.account(there.account))

    store.meanwhile, store.left = goes, number

    with suppress(ConflictError):
        world.engine.apply(plan)

    assert world.engine.accounts() == () or store.left > 0


@pytest.mark.parametrize("number", range(1, 10))
@pytest.mark.parametrize("subject", ["Hello", "Hi"])
def test_a_20_two_packages_that_are_installed_at_once_are_two(subject: str, number: int) -> None:
    """Of the same content or not: each has ids of its own, whoever comes between two looks."""

    def package(subject: str) -> Bundle:
        line = Pipeline("Tax", [Stage("Ask", [SendEmail("hello")]), Stage("Done")])
        return Bundle.of(line, EmailTemplate("Hello", subject=subject))

    store = Looked()
    world = World(store=store)
    others = World(store=store)
    world.engine.install(package("Hello"))
    store.meanwhile, store.left = lambda: others.engine.install(package(subject)), number

    world.engine.install(package("Hello"))

    installed = 3 if store.left <= 0 else 2
    store.meanwhile = None
    assert [one.id for one in world.engine.pipelines()] == ["tax", "tax-2", "tax-3"][:installed]
    assert len(world.engine.templates()) == installed


@pytest.mark.parametrize("number", range(1, 30))
@pytest.mark.parametrize("ask", ["plan", "forecast", "replay"])
def test_an_account_that_goes_with_its_jobs_is_not_missed(ask: str, number: int) -> None:
    """It is deleted while somebody asks; nobody is told to restore a backup."""
    store = Looked()
    world = World(store=store)
    tax = world.engine.save(TAX)
    gone, _ = world.job_at(TAX, "Review"), world.job_at(TAX, "Bill")
    beside = Engine(store=store, clock=world.clock)
    asks: dict[str, Callable[[], Any]] = {
        "plan": lambda: world.engine.plan(tax.change("Bill", name="Pay")).tried,
        "forecast": lambda: len(world.engine.forecast(3)) + 2,
        "replay": lambda: len(world.engine.replay(tax).jobs),
    }

    def goes() -> None:
        beside.archive(gone)
        beside.delete(beside.account(gone.account))

    store.meanwhile, store.left = goes, number

    assert asks[ask]() in {1, 2}


LATE = EmailTemplate("Late", subject="Still there")
LETTER = OrganizerTemplate("Letter", questions=[Question("Any income?")])
DAILY = Pipeline(
    "Daily",
    [Stage("Ask", [CreateOrganizer(LETTER, reminders=Reminders())]), Stage("Wait"), Stage("Done")],
)
DOES: dict[str, Callable[[Engine], object]] = {
    "save of an account": lambda engine: engine.save(
        replaced(engine.account("ada"), active=False, tags={"vip"})
    ),
    "save of a pipeline": lambda engine: engine.save(
        engine.pipeline("daily").change("Ask", triggers=[TimeInStage(3, [SendEmail(LATE)])])
    ),
    "hand-over": lambda engine: engine.hand_over("mia", "bo"),
}


def busy() -> tuple[World, Looked, Engine]:
    """Return a firm in which two clients' jobs wait, and somebody who works beside."""
    store = Looked()
    world = World(store=store)
    engine = world.engine
    engine.save(Member("Mia"), Member("Bo"), LATE, LETTER, DAILY)
    for name in ("ada", "bob"):
        engine.save(Account(name.title(), id=name, roles={"lead": ["mia"]}))
        engine.start(DAILY, name, assignees=["mia"])
        engine.start(DAILY, name, assignees=["mia"])
    return world, store, Engine(store=store, clock=world.clock)


@pytest.mark.parametrize("number", range(2, 20))
@pytest.mark.parametrize("does", [*DOES])
@pytest.mark.parametrize("what", ["job", "account"])
def test_what_is_deleted_between_two_looks_of_a_command_is_not_missed(
    what: str, does: str, number: int
) -> None:
    """It reached a job that it was not about: all is decided anew, without that."""
    world, store, beside = busy()
    goes = ["job-1"] if what == "job" else ["job-3", "job-4"]

    def deleted() -> None:
        for job in goes:
            beside.archive(job)
        beside.delete("bob" if what == "account" else beside.job("job-1"))

    store.meanwhile, store.left = deleted, number

    DOES[does](world.engine)

    assert len(world.engine.jobs()) == 4 - len(goes) * (store.left <= 0)


@pytest.mark.parametrize("number", range(2, 20))
@pytest.mark.parametrize("what", ["mia", "daily", "late"])
def test_what_is_deleted_while_uses_are_told_is_not_among_them(what: str, number: int) -> None:
    """Also where it is said who asks, so that each of them is looked at."""
    world, store, beside = busy()
    store.left = number

    def deleted() -> None:
        beside.archive("job-1")
        beside.delete(beside.job("job-1"))

    store.meanwhile = deleted

    found = world.engine.uses(what, actor="bo")

    if store.left <= 0:
        assert "job-1" not in {one.id for one in world.engine.uses(what, actor="bo")}
    assert {one.id for one in found} >= ({"job-2"} if what != "late" else set())


def test_a_job_that_is_deleted_while_it_is_traced_is_not_found() -> None:
    """Nobody is told to name a command from 1 to 0; of a job without a history there is none."""
    world, store, beside = busy()

    def deleted() -> None:
        beside.archive("job-1")
        beside.delete(beside.job("job-1"))

    store.meanwhile, store.left = deleted, 2

    with pytest.raises(NotFoundError, match="there is no job 'job-1'"):
        world.engine.trace("job-1")


def chained() -> tuple[Engine, str, str, Callable[[str, int], None]]:
    """Return a firm in which a move started a job, both, and how one is deleted at some look."""
    world, store, beside = busy()
    engine = world.engine
    engine.save(Pipeline("Chain", [Stage("Rest"), Stage("Go", [StartJob("daily")])]))
    job = engine.start("chain", "ada")
    engine.move(job, "go")
    (started,) = (one.id for one in engine.jobs() if one.id.startswith(f"{job.id}."))

    def delete_at(gone: str, look: int) -> None:
        def deleted() -> None:
            beside.archive(gone)
            beside.delete(beside.job(gone))

        store.meanwhile, store.left = deleted, look

    return engine, job.id, started, delete_at


@pytest.mark.parametrize("number", range(1, 20))
def test_what_a_move_started_and_is_deleted_while_it_is_taken_back_is_left(number: int) -> None:
    """Between the look for the job and that for its history, too."""
    engine, moved, started, delete_at = chained()
    delete_at(started, number)

    assert engine.undo(moved).job.stage == "rest"


@pytest.mark.parametrize("repeats", [False, True])
def test_a_job_that_is_deleted_while_its_move_is_taken_back_is_not_there(*, repeats: bool) -> None:
    """So it is told, and not that it has not moved; also where the undo was carried out before."""
    engine, moved, _, delete_at = chained()
    if repeats:
        engine.undo(moved, command_id="back")
    delete_at(moved, 2)

    with pytest.raises(NotFoundError, match=f"there is no job '{moved}'"):
        engine.undo(moved, command_id="back")


def test_what_is_never_there_is_missed_as_before() -> None:
    """It is looked for twice, and the error tells it once."""
    world, _, _ = busy()

    with pytest.raises(NotFoundError, match="there is no member 'max'") as caught:
        world.engine.hand_over("max", "bo")

    assert caught.value.__context__ is None
