"""What a firm's file takes for a list depends on what it hands out, not on what it holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest

from pipeflow import (
    Account,
    Engine,
    Item,
    ItemKind,
    ItemState,
    Pipeline,
    Stage,
    UpdateAccountTags,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.engine import records
from pipeflow.ports import Changes, Query, RowKey, Span, terms_of
from pipeflow.ports.terms import column_terms, place_terms
from pipeflow.testing import ManualClock, World
from pipeflow.testing.contracts.making import AT_WORK, NOW, job, put
from tests.adapters.answered import DUE_CALLS, answer

# Where a job stands that came into the stage "hold" right now.
PLACE = next(term for field, term in terms_of(job("j", stage="hold")) if field == "place")
CALLS: dict[str, Callable[[SqliteStore], Any]] = {
    "jobs of a client": lambda store: store.find("one", Query("job", (("account", "bob"),))),
    "a client's jobs of a status": lambda store: store.find(
        "one", Query("job", (("status", "Active"), ("account", "bob")))
    ),
    "jobs of a few clients in a stage": lambda store: store.find(
        "one", Query("job", (("stage", AT_WORK), ("account", ("bob", "cy"))))
    ),
    "a first page": lambda store: store.find("one", Query("job"), limit=3),
    "what is under way among all that is done": lambda store: store.find(
        "one", Query("job", (("pipeline", "tax"), ("deadline", Span(high="2027-05")))), limit=None
    ),
    "open work of a kind among all other": lambda store: store.find(
        "one", Query("job", (("work", ("client:task", "task")),), "work_due")
    ),
    "first cards of a stage": lambda store: store.find(
        "one", Query("job", (("place", place_terms("tax", "hold")),), "place"), limit=3
    ),
    "more cards of a stage": lambda store: store.find(
        "one", Query("job", (("place", place_terms("tax", "hold")),), "place"),
        after=f"{PLACE}\0held-40", limit=3,
    ),
    "columns of a small board among large ones": lambda store: store.count(
        "one", Query("job", (("column", column_terms("small")),)), "column"
    ),
    "first open work": lambda store: store.find(
        "one", Query("job", (("work_due", Span()),), "work_due"), limit=3
    ),
    "ids": lambda store: store.ids("one", "job", limit=3),
}  # fmt: skip


def item(kind: ItemKind) -> Item:
    """Make an open item."""
    return Item("j/1", "j", kind, "Fee", None, ItemState.PENDING, None, 1, "work", "link", NOW)


def filled(path: Path, number: int) -> SqliteStore:
    """Make a file with so many jobs that are done, so many that wait for money, and one more."""
    store = SqliteStore(path, clock=ManualClock(NOW))
    due = date(2027, 4, 15)
    jobs = [job("own", "bob", due=due, items=(item(ItemKind.TASK),))]
    jobs += [job("s1", pipeline="small"), job("s2", pipeline="small", stage="hold")]
    for n in range(number):
        jobs.append(job(f"done-{n}", f"client-{n}", status="Archived", due=due))
        jobs.append(job(f"held-{n}", f"client-{n}", "hold", items=(item(ItemKind.INVOICE),)))
    rows = {RowKey("job", one.id): one for one in jobs}
    store.commit(Changes("one", dict.fromkeys(rows, 0), rows))
    return store


def steps(store: SqliteStore, call: Callable[[SqliteStore], Any]) -> int:
    """Count the steps of SQLite's machine that a call takes."""
    count = 0

    def one_more() -> int:
        nonlocal count
        count += 1
        return 0

    with store._file.connection() as db:  # the last one used comes first
        db.set_progress_handler(one_more, 1)
    call(store)
    with store._file.connection() as db:
        db.set_progress_handler(None, 1)
    return count


@pytest.mark.parametrize("name", CALLS)
def test_a_list_costs_by_what_it_hands_out(tmp_path: Path, name: str) -> None:
    """Twenty times as much in the file, and no more than a little more to do."""
    call = CALLS[name]
    with filled(tmp_path / "few.db", 50) as few, filled(tmp_path / "many.db", 1000) as many:
        small, great = steps(few, call), steps(many, call)

    assert 0 < great <= small * 1.2 + 10


def _saved(engine: Engine, line: Pipeline, _: SqliteStore) -> Pipeline:
    return engine.save(line)


def test_an_edit_costs_by_the_jobs_on_its_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fires but once is looked for in each of them; none is looked at once a page."""
    monkeypatch.setattr(records, "PIECE", 10)
    tags, taken = UpdateAccountTags(add={"late"}, repeat="once"), []
    for number in (50, 500):
        with SqliteStore(tmp_path / f"{number}.db", clock=ManualClock(NOW)) as store:
            engine = World(NOW, store=store).engine
            line = engine.save(Pipeline("Tax", [Stage("Work"), Stage("Done")]))
            engine.save(Account("Ada", id="ada"))
            put(store, *(job(f"j{n}") for n in range(number)), tenant="default")
            edited = attrs.evolve(line, stages=[Stage("Work", [tags]), Stage("Done")])
            taken.append(steps(store, partial(_saved, engine, edited)))

    few, many = taken
    assert 0 < many <= few * 10 * 1.2


@pytest.mark.parametrize("name", DUE_CALLS)
def test_a_question_about_what_is_due_costs_nothing_for_what_is_over(
    tmp_path: Path, name: str
) -> None:
    """A firm keeps what it has done for months, and asks each minute what is due."""
    taken = []
    for number in (20, 400):
        with SqliteStore(tmp_path / f"{number}.db", clock=ManualClock(NOW)) as store:
            answer(store, number)
            taken.append(steps(store, DUE_CALLS[name]))

    few, many = taken
    assert 0 < many <= few * 1.2 + 10
