"""A plan counts what comes: of jobs that pass through, and not of those that end or are lost."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from pipeflow import (
    After,
    Daily,
    Pipeline,
    Plan,
    Schedule,
    SendEmail,
    SetStatus,
    Stage,
    StartJob,
    TimeInStage,
    TransferJob,
)
from pipeflow.codec import dump, load
from pipeflow.model.plans import Coming
from pipeflow.model.values import FrozenMap
from pipeflow.testing import World
from tests.firms import TEMPLATES, WELCOME, in_memory_and_in_a_file

TAX = Pipeline(
    "Tax",
    [Stage("Collect"), Stage("Bill", [SendEmail(WELCOME)]), Stage("Done", [SendEmail(WELCOME)])],
    statuses=["Lost"],
)
BOOKS = Pipeline("Books", [Stage("Keep", [SendEmail(WELCOME)]), Stage("Closed")])


def begun(world: World) -> World:
    """Save what the firm works with."""
    world.engine.save(*TEMPLATES, TAX, BOOKS)
    return world


world = in_memory_and_in_a_file(begun)


def saved(world: World) -> Pipeline:
    """Return the pipeline as it is saved."""
    return world.engine.pipeline("tax")


def wakes(days: int, *fires: SendEmail | TransferJob | StartJob) -> list[TimeInStage]:
    """Fire so many days after a job came."""
    return [TimeInStage(After(days=days), fires)]


def tomorrow(world: World, pipeline: str, until: int = 1) -> None:
    """Let a schedule make a job on each of the next days."""
    first = world.clock.now().date() + timedelta(days=1)
    end = first + timedelta(days=until - 1)
    accounts = [world.account()]
    world.engine.save(
        Schedule("New", pipeline=pipeline, accounts=accounts, every=Daily(), start=first, end=end)
    )


def came(plan: Plan) -> Coming:
    """Return what the next days bring."""
    assert plan.coming is not None
    return plan.coming


# -- jobs that pass through -----------------------------------------------------------------------


def test_a_job_that_comes_and_goes_within_the_days_is_counted(world: World) -> None:
    """A schedule makes it, and a trigger takes it to another pipeline, where it writes."""
    away = wakes(1, SendEmail(WELCOME), TransferJob("books"))
    world.engine.save(saved(world).change("Collect", triggers=away))
    tomorrow(world, "tax")

    plan = world.engine.plan(saved(world).change("Done", name="Finished"), days=5)

    two = FrozenMap({"email": 2})
    assert plan.coming == Coming(5, two, two, 1, 1)


def test_a_job_that_goes_as_it_comes_is_counted(world: World) -> None:
    """The entry of its first stage takes it elsewhere, in the commit that makes it."""
    tomorrow(world, "tax")

    plan = world.engine.plan(saved(world).add("Collect", TransferJob("books")), days=5)

    assert plan.coming == Coming(5, FrozenMap(), FrozenMap({"email": 1}))


def test_a_job_that_comes_from_elsewhere_and_goes_on_is_counted(world: World) -> None:
    """It is in neither on the first day nor on the last."""
    other = Pipeline("Other", [Stage("In", triggers=wakes(1, TransferJob("tax"))), Stage("Out")])
    world.engine.save(other, saved(world).change("Collect", triggers=wakes(1, SendEmail(WELCOME))))
    world.engine.start("other", world.account())
    later = wakes(2, TransferJob("books"))

    plan = world.engine.plan(
        saved(world).change("Collect", triggers=[*saved(world).stages[0].triggers, *later]), days=6
    )

    assert plan.coming == Coming(
        6, FrozenMap({"email": 1}), FrozenMap({"email": 2}), fired=2, will_fire=3
    )


def test_jobs_of_other_pipelines_are_not_counted(world: World) -> None:
    """What they ask for is those pipelines' affair."""
    tomorrow(world, "books", until=3)

    plan = world.engine.plan(saved(world).add("Collect", SendEmail(WELCOME)), days=5)

    assert plan.coming == Coming(5)


# -- jobs that end --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Archived", "Completed"])
def test_a_job_that_the_edit_ends_brings_nothing_any_more(world: World, status: str) -> None:
    """What it would have brought is no longer to come."""
    job = world.engine.set_status(world.job_at("tax", "Collect"), "Lost")

    plan = world.engine.plan(attrs.evolve(saved(world), statuses=[]), statuses={"Lost": status})

    assert (dict(plan.before), dict(plan.after)) == ({"email": 2}, {})
    assert [one.loses for one in plan.jobs] == [
        ("bill/send-email-welcome", "done/send-email-welcome")
    ]
    world.engine.apply(plan)
    assert world.engine.job(job).status == status


def test_a_job_that_an_automation_ends_brings_nothing_behind(world: World) -> None:
    """Nobody opens again what is completed."""
    world.job_at("tax", "Collect")

    plan = world.engine.plan(saved(world).add("Bill", SetStatus("Completed")))

    assert (dict(plan.before), dict(plan.after)) == ({"email": 2}, {"email": 1})


def test_a_job_that_the_edit_makes_active_goes_on(world: World) -> None:
    """As it would have gone on when somebody had set that by hand."""
    world.engine.set_status(world.job_at("tax", "Collect"), "Lost")

    plan = world.engine.plan(attrs.evolve(saved(world), statuses=[]), statuses={"Lost": "active"})

    assert (plan.tried, dict(plan.before), dict(plan.after)) == (1, {"email": 2}, {"email": 2})


# -- jobs that are lost ---------------------------------------------------------------------------


def lose(world: World) -> str:
    """Restore a job whose stage was taken away while it was archived."""
    job = world.engine.archive(world.job_at("tax", "Bill"))
    world.engine.save(saved(world).remove_stage("Bill"))
    return world.engine.restore(job).id


def test_a_job_without_a_stage_is_not_called_tried(world: World) -> None:
    """It goes nowhere before somebody moves it, and the plan says so."""
    lost = lose(world)
    edited = saved(world).add("Done", SendEmail(WELCOME))

    alone = world.engine.plan(edited)
    world.job_at("tax", "Collect")
    beside = world.engine.plan(edited)

    told = "1 open job stands in no stage of it: not tried, to be moved by hand."
    assert (alone.lost, alone.tried, beside.lost, beside.tried) == ((lost,), 0, (lost,), 1)
    assert str(alone).splitlines()[-1] == told
    assert told in str(beside).splitlines()
    assert "1 open job tried, each until its last stage; requests that they bring:" in str(beside)
    assert load(dump(beside), Plan) == beside
    world.job_at("tax", "Done")
    assert world.engine.plan(edited.remove_stage("Done")).lost == (lost,)  # that one is moved


def test_an_edit_that_brings_the_stage_back_finds_its_jobs(world: World) -> None:
    """They are tried from there on."""
    job = lose(world)
    back = saved(world).add_stage(Stage("Bill", [SendEmail(WELCOME)]), at=1)

    plan = world.engine.plan(back)

    assert (plan.lost, plan.tried) == ((), 1)
    assert (dict(plan.before), dict(plan.after)) == ({}, {"email": 1})
    world.engine.apply(plan)
    assert world.engine.explain(job).next == "done"
