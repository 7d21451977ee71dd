"""What a file keeps of values: written once, packed where it stays, and known by what it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeflow import Account
from pipeflow.adapters import sqlite_values
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.adapters.sqlite_packing import SHORT
from pipeflow.adapters.sqlite_values import SEVERAL, Texts
from pipeflow.codec import dump, dump_sharing
from pipeflow.model.record import replaced
from pipeflow.ports import Changes
from pipeflow.testing.contracts.making import due, job, put


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the values that are written as texts from now on."""
    values: list[Any] = []

    def noted(value: Any, shares: dict[str, str]) -> str:
        values.append(value)
        return dump_sharing(value, shares)

    monkeypatch.setattr(sqlite_values, "dump_sharing", noted)
    return values


def test_a_row_that_was_just_written_is_not_written_again(written: list[Any]) -> None:
    """A receipt changes the version of its job, and often nothing of the job itself."""
    texts, one = Texts(), job("j1")

    assert texts.row(one, {}) == texts.row(one, {})
    assert written == [one]


def test_a_row_is_known_by_what_it_is_and_not_by_what_it_equals(written: list[Any]) -> None:
    """Another value is written anew, wherever it lies."""
    texts, one = Texts(), job("j1")
    terms, kept = texts.row(one, {})

    assert texts.row(replaced(one), {}) == (terms, kept)
    assert texts.row(replaced(one, stage="done"), {}) != (terms, kept)
    assert len(written) == 3


def test_only_the_latest_rows_are_known(written: list[Any]) -> None:
    """However many are written, no more than some are held."""
    texts, jobs = Texts(), [job(f"j{number}") for number in range(SEVERAL + 1)]

    for one in (*jobs, jobs[-1], jobs[0]):
        texts.row(one, {})

    assert written == [*jobs, jobs[0]]


def test_what_stays_is_packed_and_what_is_over_soon_is_not(tmp_path: Path) -> None:
    """A request that is held by whoever asks for it lasts for a moment."""
    path = tmp_path / "firm.db"
    with SqliteStore(path) as store:
        put(store, job("j1"), Account("Ada", id="ada"))
        rows = (due("waits"), replaced(due("held"), owner="me", lease=timedelta(minutes=1)))
        store.commit(Changes("one", {}, dues=rows))

        with closing(sqlite3.connect(path)) as db:
            dues = dict(db.execute("SELECT key, typeof(data) FROM pf_due"))
            kinds = [
                kind for (kind,) in db.execute("SELECT typeof(data) FROM pf_row WHERE kind = 'job'")
            ]
        assert (dues, kinds) == ({"waits": "blob", "held": "text"}, ["blob"])
        assert len(dump(due("waits").action)) > SHORT
        (claim,) = store.claim("you", timedelta(minutes=1), 9, due=rows[0].at)
        assert claim.due.action == rows[0].action
        assert store.check() == ()
