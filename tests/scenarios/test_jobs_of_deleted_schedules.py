"""Jobs of schedules that are deleted, and schedules that come again: no id is used twice (R-38)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    CreateInvoice,
    InvoiceTemplate,
    JobScheduled,
    LineItem,
    Money,
    Monthly,
    Pipeline,
    Schedule,
    Settings,
    Stage,
    StartJob,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Store
from pipeflow.testing import World

FEE = InvoiceTemplate("Fee", lines=[LineItem("Payroll", Money("100", "USD"))])
RUN = Stage("Run", automations=[CreateInvoice(FEE)], automove=True)
PAY, OTHER = Pipeline("Pay", stages=[RUN, Stage("Done")]), Pipeline("Other", stages=[Stage("Run")])
KEPT = timedelta(days=30)
STORES = pytest.mark.parametrize("kept", ["memory", "file"])


def at(month: int, day: int) -> datetime:
    """Noon of a day of 2027, when somebody ticks."""
    return datetime(2027, month, day, 12, tzinfo=UTC)


def firm(store: Store | None = None, **others: Any) -> World:
    """A firm whose clients Ada and Bert have a job and a bill on the 10th of each month."""
    world = World(at(1, 1), store=store)
    world.engine.save(Settings(forget_after=KEPT), FEE, PAY, OTHER)
    for name in ("ada", "bert"):
        world.engine.save(Account(name, id=name, tags=["payroll"]))
    world.engine.save(plan(**others))
    return world


def plan(**others: Any) -> Schedule:
    """The schedule, as it is saved the first time."""
    said = {"accounts": tagged("payroll"), "every": Monthly(10), "start": date(2027, 1, 1)}
    return Schedule("Pay", pipeline=others.pop("pipeline", PAY), **{**said, **others})


def store_of(kept: str, path: Path) -> Store | None:
    """Where the firm is kept."""
    return SqliteStore(path / "firm.db") if kept == "file" else None


def remove(world: World, *jobs: str) -> None:
    """Archive jobs and delete them."""
    for job in jobs:
        world.engine.archive(job)
        world.engine.delete(world.engine.job(job))


def ids(world: World) -> list[str]:
    """The ids of all jobs."""
    return [job.id for job in world.engine.jobs()]


def once(world: World, act: Callable[[], object]) -> None:
    """Let somebody act when the next job of a schedule is made, while the worker makes others."""

    def clerk(_: object) -> None:
        stop()
        act()

    stop = world.engine.on(JobScheduled, clerk)


def edit(world: World, **said: Any) -> None:
    """Save the schedule as it is by now, with something else."""
    world.engine.save(evolve(world.engine.schedule("pay"), **said))


# -- another schedule of the same id ---------------------------------------------------------------


@STORES
@pytest.mark.parametrize("later", [2, 60])
def test_a_job_that_was_deleted_with_its_schedule_comes_under_another_id(
    kept: str, later: int, tmp_path: Path
) -> None:
    """Its bill is asked for, whether the old keys are still remembered or not."""
    world = firm(store_of(kept, tmp_path), end=date(2027, 1, 31))
    world.advance(days=12)
    world.engine.delete(world.engine.schedule("pay"))
    remove(world, *ids(world))
    world.advance(days=later)
    world.engine.tick()

    world.engine.save(plan(end=date(2027, 1, 31)))
    made = world.engine.tick().created

    assert made == ("pay.ada.2027-01-10-2", "pay.bert.2027-01-10-2")
    assert len({*world.invoices.attempts}) == len(world.invoices.created) == 4
    assert all(item.ref is not None for job in world.engine.jobs() for item in job.items)
    assert not world.engine.failures()


@STORES
def test_each_time_that_a_job_comes_again_its_id_has_the_next_number(
    kept: str, tmp_path: Path
) -> None:
    """Ids stay in the order of periods; that of a period that nobody had yet has no number."""
    world = firm(store_of(kept, tmp_path), accounts=["ada"])
    for _ in range(2):
        world.advance(days=12)
        world.engine.delete(world.engine.schedule("pay"))
        remove(world, *ids(world))
        world.engine.save(plan(accounts=["ada"]))
    world.advance(days=50)

    assert ids(world) == ["pay.ada.2027-01-10-3", "pay.ada.2027-02-10", "pay.ada.2027-03-10"]


def test_a_job_that_comes_again_has_the_id_of_no_job_that_the_first_one_started() -> None:
    """Two of them, which stay when the one that started them goes."""
    world = firm(end=date(2027, 1, 31), accounts=["ada"])
    starts = [StartJob("other", name="One"), StartJob("other", name="Two")]
    world.engine.save(evolve(world.engine.pipeline("pay"), stages=[Stage("Run", starts)]))
    world.advance(days=12)
    world.engine.delete(world.engine.schedule("pay"))
    remove(world, "pay.ada.2027-01-10")

    world.engine.save(plan(end=date(2027, 1, 31), accounts=["ada"]))
    world.engine.tick()

    first, again = "pay.ada.2027-01-10", "pay.ada.2027-01-10-2"
    assert ids(world) == [again, f"{again}.1", f"{again}.2", f"{first}.1", f"{first}.2"]


def test_a_job_that_stands_is_not_made_again_by_another_schedule_of_the_id() -> None:
    """Ada's was deleted, and Bert's was not."""
    world = firm()
    world.advance(days=12)
    world.engine.delete(world.engine.schedule("pay"))
    remove(world, "pay.ada.2027-01-10")

    world.engine.save(plan())

    assert world.engine.tick().created == ("pay.ada.2027-01-10-2",)
    assert ids(world) == ["pay.ada.2027-01-10-2", "pay.bert.2027-01-10"]


@pytest.mark.parametrize("ticked", [True, False])
def test_a_job_that_is_deleted_while_its_schedule_stands_does_not_come_again(ticked: bool) -> None:
    """Another schedule of the id was saved by then, whether or not somebody has ticked since."""
    world = firm()
    world.advance(days=12)
    world.engine.delete(world.engine.schedule("pay"))
    world.engine.save(plan())
    if ticked:
        world.engine.tick()

    remove(world, "pay.ada.2027-01-10")

    assert not world.engine.tick()
    assert ids(world) == ["pay.bert.2027-01-10"]


@pytest.mark.parametrize("waits", [0, 30])
def test_a_job_that_was_not_made_before_its_schedule_was_deleted_is_made_by_the_next(
    waits: int,
) -> None:
    """Bert's was due when the schedule was deleted, and so it is by the next one."""
    world = firm()
    once(world, lambda: world.engine.delete(world.engine.schedule("pay")))
    world.advance(days=12)
    world.clock.advance(days=waits)
    world.engine.tick()
    assert ids(world) == ["pay.ada.2027-01-10"]

    world.engine.save(plan(end=date(2027, 1, 31)))
    world.engine.tick()

    assert ids(world) == ["pay.ada.2027-01-10", "pay.bert.2027-01-10"]


def test_what_a_deleted_schedule_had_asked_for_is_not_made_for_another_one_of_the_id() -> None:
    """It begins in February, in another pipeline, and for Bert alone."""
    world = firm()

    def again() -> None:
        world.engine.delete(world.engine.schedule("pay"))
        world.engine.save(plan(pipeline=OTHER, accounts=["bert"], start=date(2027, 2, 1)))

    once(world, again)
    world.advance(days=12)
    assert ids(world) == ["pay.ada.2027-01-10"]
    assert not world.engine.failures()
    world.advance(days=30)

    assert [(job.id, job.pipeline) for job in world.engine.jobs()] == [
        ("pay.ada.2027-01-10", "pay"),
        ("pay.bert.2027-02-10", "other"),
    ]


# -- the same schedule -----------------------------------------------------------------------------


@STORES
@pytest.mark.parametrize("waits", [1, 60])
def test_a_job_of_a_period_half_made_that_is_deleted_in_a_pause_does_not_come_again(
    kept: str, waits: int, tmp_path: Path
) -> None:
    """Bert's comes when the schedule goes on; Ada's was made once."""
    world = firm(store_of(kept, tmp_path))
    once(world, lambda: edit(world, active=False))
    world.advance(days=10)
    remove(world, "pay.ada.2027-01-10")
    world.clock.advance(days=waits)
    world.engine.tick()

    edit(world, active=True)
    made = world.engine.tick().created

    assert made == ("pay.bert.2027-01-10",)
    assert len(world.invoices.attempts) == 2


def test_a_job_that_is_deleted_while_it_is_asked_for_again_does_not_come_again() -> None:
    """Its row waits already when it goes: the jobs of the period are gone through anew."""
    world = firm()
    once(world, lambda: edit(world, active=False))
    world.advance(days=10)
    world.engine.save(Account("Aaron", id="aaron", tags=["payroll"]))
    edit(world, active=True)
    once(world, lambda: remove(world, "pay.ada.2027-01-10"))

    made = world.engine.tick().created

    assert made == ("pay.aaron.2027-01-10", "pay.bert.2027-01-10")
    assert ids(world) == [*made]
    assert not world.engine.tick()


# -- accounts --------------------------------------------------------------------------------------


def test_an_account_that_comes_back_under_its_id_gets_no_job_of_the_past_twice() -> None:
    """Its jobs went with it; another schedule of the id makes them under other ids."""
    world = firm()
    world.advance(days=12)
    world.engine.archive("pay.ada.2027-01-10")
    world.engine.delete("ada")
    world.engine.save(Account("ada", id="ada", tags=["payroll"]))
    edit(world, every=Monthly(10, every=1))
    assert not world.engine.tick()
    world.advance(days=30)
    assert ids(world)[0] == "pay.ada.2027-02-10"

    world.engine.delete(world.engine.schedule("pay"))
    world.engine.save(plan())

    assert world.engine.tick().created == ("pay.ada.2027-01-10-2",)


def test_what_is_left_of_a_deleted_job_says_nothing_of_the_client() -> None:
    """Only ids and numbers, and it moves with the firm."""
    world = firm()
    world.advance(days=12)
    remove(world, "pay.ada.2027-01-10")

    lines = [one for one in world.store.export("default") if "spent_id" in one]
    other = MemoryStore()
    other.restore(world.store.export("default"))

    assert len(lines) == 1
    assert [*other.export("default")] == [*world.store.export("default")]
