"""A firm's file is copied while it is used, and its rows are found without a look at the others."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeflow import Account, Pipeline, Stage
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.adapters.sqlite_packing import unpacked
from pipeflow.errors import StoreError
from pipeflow.ports import TIMER, Changes, Query, RowKey, Span
from pipeflow.testing import ManualClock, World
from pipeflow.testing.contracts.commits import at_once
from pipeflow.testing.contracts.exports import fill
from pipeflow.testing.contracts.making import (
    AT_WORK,
    LEASE,
    NOW,
    A,
    chapter,
    claim,
    due,
    enqueue,
    log,
)
from tests.adapters.disks import without_a_call_for_links, without_links


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Open a firm's file that holds some of everything."""
    with SqliteStore(tmp_path / "firm.db", clock=ManualClock(NOW)) as store:
        fill(store)
        yield store


# -- copies --------------------------------------------------------------------------------------


def test_a_backup_is_the_firm_as_it_was(store: SqliteStore, tmp_path: Path) -> None:
    """One file, its owner's alone, that is opened like any other; later commits are not in it."""
    folder = tmp_path / "backups"
    folder.mkdir()
    lines = list(store.export("one"))

    store.backup(folder / "firm.db")
    enqueue(store, log={A: (chapter(),)})

    (copied,) = folder.iterdir()
    assert stat.S_IMODE(copied.stat().st_mode) == 0o600
    with SqliteStore(copied) as backup:
        assert list(backup.export("one")) == lines
        assert backup.check() == ()


@pytest.mark.parametrize("without", [without_links, without_a_call_for_links])
def test_a_backup_may_lie_where_there_are_no_links(
    store: SqliteStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    without: Callable[[pytest.MonkeyPatch], None],
) -> None:
    """On a stick, or in a browser."""
    without(monkeypatch)

    store.backup(tmp_path / "monday.db")

    with SqliteStore(tmp_path / "monday.db") as backup:
        assert list(backup.export("one")) == list(store.export("one"))


def test_a_backup_is_taken_while_others_write(store: SqliteStore, tmp_path: Path) -> None:
    """It holds whole commits, and keeps nobody waiting for its end."""
    copies = [tmp_path / f"copy-{n}.db" for n in range(5)]
    before = len(log(store, A))

    def write() -> None:
        for n in range(40):
            enqueue(store, log={A: (chapter(str(n)), chapter(str(n)))})

    def copy() -> None:
        for path in copies:
            store.backup(path)

    at_once(write, copy)

    for path in copies:
        with SqliteStore(path) as backup:
            assert (len(log(backup, A)) - before) % 2 == 0
            assert backup.check() == ()
    assert len(log(store, A)) == before + 80


def test_a_backup_writes_over_nothing(store: SqliteStore, tmp_path: Path) -> None:
    """Least of all over the file that it is of; what cannot be written is told."""
    (tmp_path / "letter.txt").write_text("Dear Ada")

    for path, sentence in (
        (tmp_path / "letter.txt", "there is something at .*letter.txt' already"),
        (tmp_path / "firm.db", "there is something at .*firm.db' already"),
        (tmp_path / "nowhere" / "copy.db", "cannot be written: No such file or directory"),
    ):
        with pytest.raises(StoreError, match=sentence):
            store.backup(path)

    assert (tmp_path / "letter.txt").read_text() == "Dear Ada"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.skipif(os.name == "nt", reason="the system sees to its folders itself")
def test_a_backup_is_there_after_a_power_cut(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is on the disk too, which says that it is there."""
    kept: list[tuple[str, set[str]]] = []
    monkeypatch.setattr(os, "fsync", lambda place: kept.append(_seen(place, tmp_path / "backups")))
    (tmp_path / "backups").mkdir()

    store.backup(tmp_path / "backups" / "monday.db")

    assert kept[-1][0] == "the folder"
    assert "monday.db" in kept[-1][1]


def _seen(place: int, folder: Path) -> tuple[str, set[str]]:
    """Return what waits for the disk, and which files are there by then."""
    same = os.path.samestat(os.fstat(place), folder.stat())
    return "the folder" if same else "something else", {one.name for one in folder.iterdir()}


def test_a_backup_that_was_killed_stops_no_later_one(store: SqliteStore, tmp_path: Path) -> None:
    """What it left behind is in nobody's way, such as that of last Monday."""
    (tmp_path / "monday.db.part").write_bytes(b"half of a firm")
    (tmp_path / ".0123456789abcdef.part").write_bytes(b"half of a firm")

    store.backup(tmp_path / "monday.db")

    with SqliteStore(tmp_path / "monday.db") as copy:
        assert copy.check() == ()


def test_a_backup_may_have_the_longest_name_that_a_disk_takes(
    store: SqliteStore, tmp_path: Path
) -> None:
    """What is made beside it first has a shorter one."""
    path = tmp_path / f"{'x' * 252}.db"

    store.backup(path)

    with SqliteStore(tmp_path / "firm.db") as other:
        assert other.check() == ()
    assert path.stat().st_size > 0


def test_a_backup_that_fails_leaves_nothing_behind(store: SqliteStore, tmp_path: Path) -> None:
    """A half of a firm would be taken for a whole one."""
    store._file._free[0].set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
    with pytest.raises(StoreError):
        store.check()
    store._file._free[0].set_authorizer(None)
    (tmp_path / "firm.db").rename(tmp_path / "away.db")

    with pytest.raises(StoreError, match="is gone"):
        store.backup(tmp_path / "copy.db")

    assert not list(tmp_path.glob("copy*"))


# -- a firm that is found again ------------------------------------------------------------------


def test_a_world_goes_on_in_a_file(tmp_path: Path) -> None:
    """Its clock is the store's too, so that leases end when it says so."""
    with SqliteStore(tmp_path / "firm.db") as store:
        world = World(store=store)
        world.engine.save(Pipeline("Tax", [Stage("Work"), Stage("Done")]))
        job = world.job_at("tax", "Work")

        assert store.clock is world.clock
    with SqliteStore(tmp_path / "firm.db") as store:
        again = World(store=store)
        assert again.engine.job(job.id) == job
        assert again.engine.move(job, "Done").stage == "done"


# -- what is looked at -----------------------------------------------------------------------------

LOOKS: dict[str, Callable[[SqliteStore], Any]] = {
    "read": lambda store: store.read("one", (RowKey("job", "j1"),), accounts=True, command_id="c"),
    "find all": lambda store: store.find("one", Query("job")),
    "find by a term": lambda store: store.find(
        "one", Query("job", (("stage", AT_WORK), ("account", "ada")))
    ),
    "find by a span": lambda store: store.find("one", Query("job", (("due", Span("2027")),))),
    "count": lambda store: store.count("one", Query("job"), "stage"),
    "ids": lambda store: store.ids("one", "job"),
    "history": lambda store: store.history("one", A),
    "feed": lambda store: store.feed(tenant="one", newest=True),
    "claim": lambda store: claim(store, asks={TIMER, "email"}),
    "claim of everybody": lambda store: store.claim("me", LEASE, 9, due=NOW),
    "claim of each": lambda store: store.claim("me", LEASE, 9, due=NOW, each=1),
    "claim by key": lambda store: claim(store, keys=["retry"]),
    "renew": lambda store: store.renew("one", "k", 1, LEASE),
    "due": lambda store: store.due("one", "k"),
    "next due": lambda store: store.next_due(tenant="one", asks={TIMER}),
    "next due of everybody": lambda store: store.next_due(),
    "parked": lambda store: store.parked("one"),
    "parked of a job": lambda store: store.parked("one", job="job-1"),
    "prune": lambda store: store.prune("one", NOW),
    "tenants": lambda store: list(store.tenants()),
    "commit": lambda store: store.commit(Changes("one", {A: 2}, cancels=("retry",))),
}

# By the names that statements give them; the first row in the order of an index may be wanted.
TABLES = {"pf_row", "pf_term", "pf_gone", "pf_event", "pf_due", "pf_command", "r", "t"}


@pytest.mark.parametrize("name", LOOKS)
def test_no_call_looks_at_a_whole_table(store: SqliteStore, tmp_path: Path, name: str) -> None:
    """Each statement has an index that leads it to its rows, and that brings them in order."""
    statements: list[str] = []
    (db,) = store._file._free
    db.set_trace_callback(statements.append)

    LOOKS[name](store)

    db.set_trace_callback(None)
    with closing(sqlite3.connect(tmp_path / "firm.db")) as plain:
        for statement in statements:
            if statement.startswith(("BEGIN", "COMMIT", "PRAGMA", "--")):
                continue
            plan = [row[3].split() for row in plain.execute(f"EXPLAIN QUERY PLAN {statement}")]
            scanned = {step[1] for step in plan if step[0] == "SCAN"} & TABLES
            assert not scanned or statement.endswith("LIMIT 1"), (statement, plan)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE pf_row SET version = 'abc' WHERE kind = 'job'", "row 'job .*was altered"),
        ("UPDATE pf_row SET terms = '{' WHERE kind = 'job'", "row 'job .*was altered"),
        ("UPDATE pf_due SET state = 'huh'", "due row .*was altered"),
        ("UPDATE pf_due SET at = 'x'", "due row .*was altered"),
        ("UPDATE pf_command SET at = 'x'", "command 'c' .*was altered"),
        ("UPDATE pf_row SET data = x'0107' WHERE kind = 'job'", "row 'job .*cannot be unpacked"),
        ("UPDATE pf_row SET data = '7' WHERE kind = 'job'", "row 'job .*holds something else"),
        (
            'UPDATE pf_row SET data = replace(unpacked(data), \'"id":"job-1"\', \'"id":"job-2"\')',
            "row 'job job-1' .*holds something else",
        ),
        (
            "UPDATE pf_row SET data = '\"x\"' WHERE kind = 'pipeline'",
            "row 'pipeline tax' .*holds something else: str, and not Pipeline",
        ),
        ("UPDATE pf_row SET tenant = x'01' WHERE kind = 'job'", "row 'job .*was altered"),
        ("UPDATE pf_row SET terms = '{\"a\":\"b\"}' WHERE kind = 'job'", "row 'job .*was altered"),
        ("UPDATE pf_row SET terms = '\"a\"' WHERE kind = 'job'", "row 'job .*was altered"),
        (
            """UPDATE pf_row SET terms = '{}' WHERE kind = 'job';
            DELETE FROM pf_term WHERE kind = 'job'""",
            "row 'job job-1' .*is not found by what it is",
        ),
        (
            "INSERT INTO pf_gone SELECT tenant, kind, id, 'x' FROM pf_row WHERE kind = 'job'",
            "deleted row 'job job-1' .*was altered",
        ),
        ("UPDATE pf_event SET seq = -1 WHERE seq = 1", "chapter -1 .*was altered"),
        ("UPDATE pf_due SET until = 'x'", "due row .*was altered"),
        ("UPDATE pf_due SET state = 'done'", "due row .*was altered"),
        ("UPDATE pf_due SET data = NULL", "due row .*was altered"),
        ("UPDATE pf_due SET first = 1 << 62", "due row .*was altered"),
        ("UPDATE pf_due SET asks = 'x'", "due row .*was altered"),
        ("UPDATE pf_due SET data = 'x'", "due row .*cannot be read"),
        (
            "UPDATE pf_due SET data = (SELECT data FROM pf_row WHERE kind = 'account')",
            "due row .*was altered",
        ),
        ("UPDATE pf_row SET version = 1 << 54 WHERE kind = 'job'", "row 'job .*was altered"),
        ("UPDATE pf_row SET version = 0 WHERE kind = 'job'", "row 'job .*was altered"),
        (
            "INSERT INTO pf_gone SELECT tenant, kind, id, 1 << 54 FROM pf_row WHERE kind = 'job'",
            "deleted row 'job job-1' .*was altered",
        ),
        ("UPDATE pf_due SET token = 1 << 54", "due row .*was altered"),
        ("UPDATE pf_due SET depth = -1", "due row .*was altered"),
        ("UPDATE pf_due SET tried = 2", "due row .*was altered"),
        ("UPDATE pf_due SET withdrawn = 2", "due row .*was altered"),
        ("UPDATE pf_due SET state = 'leased'", "due row .*was altered"),
        ("UPDATE pf_due SET state = 'dead'", "due row .*was altered"),
        ("UPDATE pf_due SET until = 0", "due row .*was altered"),
        (
            "UPDATE pf_due SET state = 'done', ended = 0, data = NULL, tried = 1",
            "due row .*was altered",
        ),
        (
            "UPDATE pf_due SET state = 'done', ended = 0, data = NULL, until = 0, owner = 'x'",
            "due row .*was altered",
        ),
        ("UPDATE pf_command SET at = 1 << 62", "command 'c' .*was altered"),
        ("UPDATE pf_command SET result = 'x'", "command 'c' .*cannot be read"),
        ("UPDATE pf_count SET number = 'x'", "number of jobs in '3:tax/[ab]' .*was altered"),
        ("UPDATE pf_due SET error = CAST(x'ff' AS TEXT)", "due row .*was altered"),
        ("UPDATE pf_event SET kind = CAST(x'ff' AS TEXT)", "chapter 1 .*was altered"),
        (
            "UPDATE pf_row SET id = CAST(x'6aff' AS TEXT) WHERE kind = 'job'",
            r"row 'job j\\\\xff' .*was altered",
        ),
        ("UPDATE pf_row SET data = CAST(x'ff' AS TEXT)", "row 'pipeline tax' .*was altered"),
        ("UPDATE pf_term SET id = CAST(x'ff' AS TEXT)", r"what is told of '.* .*was altered"),
        ("UPDATE pf_term SET field = field || char(0)", "what is told of 'account .*was altered"),
        (
            "UPDATE pf_count SET value = CAST(x'ff' AS TEXT) WHERE number",
            r"jobs in '\\\\xff' .*was altered",
        ),
        (
            "DELETE FROM pf_row WHERE kind = 'account'",
            "row 'job job-1' .*is of account 'account-1', which is not there",
        ),
    ],
)
def test_what_was_altered_by_hand_is_found(tmp_path: Path, statement: str, sentence: str) -> None:
    """A look over a file tells of all that a store would never have written."""
    path = tmp_path / "altered.db"
    with SqliteStore(path) as store:
        world = World(store=store)
        world.engine.save(Pipeline("Tax", [Stage("A"), Stage("B")]))
        job = world.job_at("tax", "a")
        world.engine.move(job, "B", command_id="c")
        enqueue(store, due("k"))
        assert store.check() == ()

    with closing(sqlite3.connect(path)) as db, db:
        db.create_function("unpacked", 1, unpacked)
        db.executescript(statement)

    with SqliteStore(path) as store:
        (found, *_) = store.check()
        assert re.search(sentence, found)


def test_a_row_is_told_by_one_name_whatever_its_id_is_like(tmp_path: Path) -> None:
    """So that nobody takes one fault for two."""
    path = tmp_path / "altered.db"
    with SqliteStore(path) as store:
        World(store=store).engine.save(Account("Ada", id="o'neil"))
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript("""UPDATE pf_row SET terms = '{"tag":["vip"]}'; DELETE FROM pf_term""")

    with SqliteStore(path) as store:
        (found,) = store.check()

    assert found == """row "account o'neil" of 'default' is not found by what it is"""
