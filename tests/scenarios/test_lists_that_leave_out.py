"""Lists from which something is left out: hidden jobs, stages that are gone, and long pages."""

from __future__ import annotations

import pytest

from pipeflow import (
    Account,
    CreateTask,
    Engine,
    JobMoved,
    NotFoundError,
    Pipeline,
    Stage,
    TaskTemplate,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Authorizer, Page, Query
from pipeflow.testing import World


class Hides(Authorizer):
    """Shows eve nothing of what is hidden."""

    def __init__(self) -> None:
        """Begin with nothing hidden."""
        self.hidden: set[str] = set()

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Tell whether somebody may."""
        return actor != "eve" or about not in self.hidden


class Counting(MemoryStore):
    """A store that counts how often it is looked through."""

    looks = 0

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Find, and count that."""
        self.looks += 1
        return super().find(tenant, query, after=after, limit=limit)


TAX = Pipeline("Tax", [Stage("In"), Stage("Mid"), Stage("Out")])


def office() -> tuple[Engine, Hides, Counting, Account]:
    """Open a firm with a policy."""
    policy, store = Hides(), Counting()
    engine = World(authorizer=policy, store=store).engine
    engine.save(TAX, Pipeline("Merger", [Stage("Secret"), Stage("Deep")]))
    return engine, policy, store, engine.save(Account("Ann", id="ann"))


def test_the_history_of_an_account_leaves_out_the_jobs_that_somebody_may_not_see() -> None:
    """Neither what they are called nor what happened to them is told (domain.md 8)."""
    engine, policy, _, account = office()
    engine.start("tax", account, name="Open")
    hidden = engine.start("merger", account, name="Takeover of Acme")
    engine.move(hidden, "Deep")
    policy.hidden |= {"merger", hidden.id}

    told = str(engine.history(account, actor="eve"))

    assert "Acme" not in told
    assert "merger" not in told
    assert "Open" in told
    assert not any(isinstance(one, JobMoved) for one in engine.history(account, actor="eve"))
    assert "Acme" in str(engine.history(account, actor="mia"))


def test_a_page_does_not_say_that_more_follows_where_all_of_that_is_hidden() -> None:
    """And goes on where something is seen."""
    engine, policy, _, account = office()
    jobs = [engine.start("tax", account, name=f"J{number}") for number in range(6)]
    policy.hidden |= {jobs[0].id, jobs[2].id, jobs[4].id, jobs[5].id}

    first = engine.jobs(actor="eve", limit=1)
    second = engine.jobs(actor="eve", limit=1, after=first.next)

    assert [job.id for job in (*first, *second)] == [jobs[1].id, jobs[3].id]
    assert first.next is not None
    assert second.next is None
    for order in ("id", "due", "since"):
        whole = engine.jobs(actor="eve", order=order)
        page = engine.jobs(actor="eve", order=order, limit=2)
        assert [*page] == [*whole]
        assert page.next is None


def test_few_looks_find_one_job_among_many_that_are_hidden() -> None:
    """However few of them a page shows (R-29)."""
    engine, policy, store, account = office()
    jobs = [engine.start("tax", account) for _ in range(1200)]
    policy.hidden |= {job.id for job in jobs[:-1]}
    store.looks = 0

    (found,) = engine.jobs(actor="eve", order="due", limit=1)

    assert found.id == jobs[-1].id
    assert store.looks < 20


def test_few_looks_find_a_page_of_undated_work_far_behind() -> None:
    """All of it has one date: none (R-29)."""
    _, store = World(), Counting()
    engine = World(store=store).engine
    task = TaskTemplate("Call")
    engine.save(task, Pipeline("P", [Stage("A", [CreateTask(task)]), Stage("B")]))
    account = engine.save(Account("Ann", id="ann"))
    for _ in range(600):
        engine.start("p", account)
    place, pages = engine.work(limit=100).next, 1
    while pages < 5:
        place, pages = engine.work(limit=100, after=place).next, pages + 1
    store.looks = 0

    last = engine.work(limit=10, after=place)

    assert len(last) == 10
    assert store.looks < 12


def test_archived_jobs_are_listed_by_a_stage_that_their_pipeline_has_no_more() -> None:
    """With the pipeline and without it; a stage that never was is refused."""
    engine, _, _, account = office()
    job = engine.archive(engine.start("tax", account, stage="Mid"))
    engine.save(engine.pipeline("tax").remove_stage("Mid"))

    assert [one.id for one in engine.jobs(stage="mid", status="Archived")] == [job.id]
    found = engine.jobs(pipeline="tax", stage="mid", status="Archived")
    assert [one.id for one in found] == [job.id]
    with pytest.raises(NotFoundError, match="there is no stage 'Md'"):
        engine.jobs(pipeline="tax", stage="Md")
    with pytest.raises(NotFoundError, match="there is no stage 'mid'"):
        engine.jobs(pipeline="merger", stage="mid")
