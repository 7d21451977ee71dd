"""Rows are found, put in order and counted as somebody would who looks at every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import Job
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.overlay import OverlayStore
from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Query, Span, Store, terms_of
from pipeflow.ports.terms import column_terms, place_terms
from pipeflow.testing.contracts.making import job, paged, put

Kind: TypeAlias = Callable[[list[Job]], AbstractContextManager[Store]]

MEMBERS = ("mia", "tom", "zoe")
STAGES, PIPELINES = ("work", "done", "7:work/0"), ("tax", "tax/7:work", "5:tax")
DAYS = tuple(date(2027, 1, day) for day in (1, 2, 3))
FIELDS_OF_JOBS = (
    "account", "stage", "status", "entered", "assignee", "due", "worker", "column", "place",
    "since",
)  # fmt: skip


@st.composite
def jobs(draw: st.DrawFn) -> list[Job]:
    """Draw the jobs of a small firm."""
    several = draw(st.integers(0, 7))
    return [
        job(
            f"j{number}", draw(st.sampled_from(["ada", "bob"])), draw(st.sampled_from(STAGES)),
            pipeline=draw(st.sampled_from(PIPELINES)),
            status=draw(st.sampled_from(["Active", "Completed", "Archived"])),
            due=draw(st.none() | st.sampled_from(DAYS)),
            assignees=frozenset(draw(st.sets(st.sampled_from(MEMBERS)))),
        )
        for number in range(several)
    ]  # fmt: skip


@st.composite
def queries(draw: st.DrawFn, known: list[tuple[str, str]]) -> Query:
    """Draw what is asked for, mostly by terms that are there."""
    pairs: list[tuple[str, Any]] = []
    for field in draw(st.lists(st.sampled_from(FIELDS_OF_JOBS), max_size=3)):
        terms = sorted({term for name, term in known if name == field}) or ["nothing"]
        one = st.sampled_from(terms)
        bound = st.none() | one
        wanted = one | st.builds(Span, bound, bound) | st.lists(one, max_size=3).map(tuple)
        if field in {"column", "place"}:
            wanted |= st.sampled_from(PIPELINES).map(column_terms)
        if field == "place":
            wanted |= st.builds(place_terms, st.sampled_from(PIPELINES), st.sampled_from(STAGES))
        pairs.append((field, draw(wanted)))
    orders = ["", *FIELDS_OF_JOBS, *(field for field, _ in pairs)]
    return Query("job", tuple(pairs), draw(st.sampled_from(orders)))


def terms(jobs: list[Job]) -> list[tuple[str, str]]:
    """Return the terms of each of some jobs."""
    return [pair for one in jobs for pair in terms_of(one)]


def meant(one: Job, query: Query) -> bool:
    """Tell whether a query means a job."""

    def holds(field: str, wanted: Any) -> bool:
        terms = [term for name, term in terms_of(one) if name == field]
        if isinstance(wanted, Span):
            return any((wanted.low or "") <= term <= (wanted.high or "~~") for term in terms)
        return any(term in ((wanted,) if isinstance(wanted, str) else wanted) for term in terms)

    return all(holds(*pair) for pair in query.where)


def place(one: Job, query: Query) -> tuple[str, str]:
    """Return where a job stands in an order: without a term of its field it comes last."""
    terms = [term for field, term in terms_of(one) if field == query.order]
    return min(terms, default="~~~") if query.order else "", one.id


def earlier(jobs: list[Job]) -> list[Job]:
    """Return some of the jobs as they were."""
    return [attrs.evolve(one, stage="done", status="Active", due=None) for one in jobs[::2]]


@contextmanager
def in_memory(_: list[Job]) -> Iterator[Store]:
    """Keep a firm in memory."""
    yield MemoryStore()


@contextmanager
def in_a_branch(jobs: list[Job]) -> Iterator[Store]:
    """Lay a branch over a firm where the first jobs are there, and stand where they go from."""
    parent = MemoryStore()
    put(parent, *earlier(jobs))
    yield OverlayStore(parent)


@contextmanager
def in_a_file(_: list[Job]) -> Iterator[Store]:
    """Keep a firm in a file."""
    with (
        TemporaryDirectory() as folder,
        SqliteStore(Path(folder) / "firm.db", synchronous="normal") as store,
    ):
        yield store


@contextmanager
def in_a_database(_: list[Job]) -> Iterator[Store]:
    """Keep a firm in a database of a host."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/host.db"
        SqlStore.create(url)
        with closing(SqlStore(url)) as store:
            yield store


KINDS: tuple[Kind, ...] = (in_memory, in_a_branch, in_a_file, in_a_database)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=25)
@given(data=st.data(), jobs=jobs())
def test_a_query_means_the_rows_that_fit_it_in_its_order(
    kind: Kind, data: st.DataObject, jobs: list[Job]
) -> None:
    """Page by page, whichever field the store begins with; and as many as it counts."""
    with kind(jobs) as store:
        put(store, *earlier(jobs))
        put(store, *jobs)
        for query in data.draw(st.lists(queries(terms(jobs)), min_size=8, max_size=8)):
            fitting = [one for one in jobs if meant(one, query)]
            limit, by = data.draw(st.integers(1, 8)), data.draw(st.sampled_from(FIELDS_OF_JOBS))

            found = paged(partial(store.find, "one", query), limit)

            in_order = sorted(fitting, key=lambda one: place(one, query))
            assert [stored.value for _, stored in found] == in_order
            counted = Counter(term for field, term in terms(fitting) if field == by)
            assert store.count("one", query, by) == counted
