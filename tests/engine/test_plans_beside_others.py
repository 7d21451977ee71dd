"""Plans, replays and installs beside others, who act between whatever two looks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from pipeflow import (
    Bundle,
    ConflictError,
    EmailTemplate,
    Engine,
    NotFoundError,
    Pipeline,
    SendEmail,
    Stage,
)
from pipeflow.adapters.memory import MemoryStore
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
