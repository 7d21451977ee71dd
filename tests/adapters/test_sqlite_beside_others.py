"""A firm's file that others read or write at the same time: nobody waits who need not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeflow import (
    Account,
    CreateOrganizer,
    Engine,
    OrganizerTemplate,
    Pipeline,
    Question,
    Stage,
    StoreError,
)
from pipeflow.adapters import sqlite_care, sqlite_shares
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.adapters.sqlite_file import File
from pipeflow.errors import UnavailableError
from pipeflow.ports import Query, RowKey
from pipeflow.testing import World
from pipeflow.testing.contracts.making import A, B, chapter, enqueue

ASK = OrganizerTemplate("Ask", questions=[Question(f"Any income of kind {n}?") for n in range(9)])
LEASE = timedelta(minutes=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of a firm with a job that asks questions, in a request that failed."""
    path = tmp_path / "firm.db"
    with SqliteStore(path, multiprocess=True) as store:
        world = World(store=store, deliver=False)
        world.engine.save(ASK, Pipeline("P", stages=[Stage("A", [CreateOrganizer(ASK)])]))
        for name in ("Ada", "Bob"):
            world.engine.start("p", world.account(name))
        first, _ = world.engine.pending()
        world.engine.failed(first.key, "busy")
    return path


def hasty(path: Path) -> SqliteStore:
    """Return a store on a shared file that waits for nobody."""
    return SqliteStore(path, multiprocess=True, patience=timedelta())


LOOKS: dict[str, Callable[[SqliteStore], Any]] = {
    "read": lambda store: store.read("default", [RowKey("job", "job-1")], accounts=True),
    "find": lambda store: store.find("default", Query("job")),
    "history": lambda store: store.history("default", RowKey("job", "job-1")),
    "feed": lambda store: store.feed(),
    "claim": lambda store: store.claim("me", LEASE, 9, due=store.clock.now() + 9 * LEASE),
    "parked": lambda store: store.parked("default"),
    "unsettled": lambda store: store.unsettled("default"),
    "waiting": lambda store: store.waiting("default", None, 9),
    "export": lambda store: [*store.export("default")],
    "check": lambda store: store.check(),
}


class Uses:
    """Counts how many connections somebody uses at a time."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Count from here on."""
        self.most = self._now = 0
        taken, written = File.connection, File.write

        @contextmanager
        def connection(file: File, *, at_once: bool = False) -> Iterator[Any]:
            with self, taken(file, at_once=at_once) as db:
                yield db

        def write(file: File, work: Callable[[Any], Any], *, durable: bool = True) -> Any:
            with self:
                return written(file, work, durable=durable)

        patch.setattr(File, "connection", connection)
        patch.setattr(File, "write", write)

    def __enter__(self) -> None:
        """Take one more."""
        self._now += 1
        self.most = max(self.most, self._now)

    def __exit__(self, *error: object) -> None:
        """Give it back."""
        self._now -= 1


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_whoever_looks_needs_one_connection_at_a_time(
    path: Path, look: Callable[[SqliteStore], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a second one it might wait for itself, or for who waits for it."""
    store, uses = hasty(path), Uses(monkeypatch)

    assert look(store) is not None

    assert uses.most == 1


def test_a_firm_leaves_a_shared_file_while_others_write_it(path: Path) -> None:
    """It leaves as it was at one instant."""
    store, other = hasty(path), Engine(store=hasty(path), deliver=False)
    before = [*store.export("default")]
    lines = store.export("default")
    taken = [next(lines)]

    other.save(Account("Eve", id="eve"))

    assert [*taken, *lines] == before
    assert [*store.export("default")] != before


def test_what_is_told_of_two_rows_is_told_of_both_or_of_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes of both while their histories are read."""
    with SqliteStore(tmp_path / "firm.db") as store, SqliteStore(tmp_path / "firm.db") as other:
        looked, taken = list[str](), File.connection

        def meanwhile(statement: str) -> None:
            looked.extend(["pf_event"] * ("FROM pf_event" in statement))
            if len(looked) == 2:
                looked.append("written")
                enqueue(other, log={A: (chapter("1"),), B: (chapter("1"),)})

        @contextmanager
        def watched(file: File, *, at_once: bool = False) -> Iterator[Any]:
            with taken(file, at_once=at_once) as db:
                db.set_trace_callback(meanwhile)
                yield db
                db.set_trace_callback(None)

        monkeypatch.setattr(File, "connection", watched)
        told = store.histories("one", (A, B))

        assert looked == ["pf_event", "pf_event", "written"]
        assert told == ()
        assert store.histories("one", (A, B)) == (chapter("1"), chapter("1"))


def test_a_shared_file_is_looked_over_while_others_write_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits until all of it was read."""
    other = Engine(store=hasty(path), deliver=False)
    altered = sqlite_shares.altered

    def meanwhile(db: Any) -> Iterator[str]:
        other.save(Account("Eve", id="eve"))
        return altered(db)

    monkeypatch.setattr(sqlite_care, "altered", meanwhile)

    assert hasty(path).check() == ()
    assert other.account("eve").name == "Eve"


@pytest.mark.parametrize("shared", [False, True])
def test_a_backup_is_shared_where_the_file_was(tmp_path: Path, *, shared: bool) -> None:
    """What only one process ever used keeps the quicker journal, and is one file all the same."""
    original, copy = tmp_path / "firm.db", tmp_path / "monday.db"
    with SqliteStore(original, multiprocess=shared) as store:
        Engine(store=store).save(Account("Ada", id="ada"))
        store.backup(copy)
        kept = repr(store).replace("firm.db", "monday.db")
    assert sorted(one.name for one in tmp_path.glob("monday*")) == ["monday.db"]

    with SqliteStore(copy) as back:
        assert repr(back) == kept
        assert back.ids("default", "account") == ("ada",)


def test_a_backup_that_finds_no_room_tells_of_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not of the firm's own file; nothing is left of it."""
    real = sqlite3.connect

    def cramped(*given: Any, **more: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = real(*given, **more)
        if str(given[0]).endswith(".part"):
            db.execute("PRAGMA max_page_count = 2")
        return db

    with SqliteStore(tmp_path / "firm.db") as store:
        Engine(store=store).save(*(Account(f"Account {n}") for n in range(50)))
        monkeypatch.setattr(sqlite3, "connect", cramped)

        with pytest.raises(UnavailableError, match=r"monday\.db' cannot grow"):
            store.backup(tmp_path / "monday.db")

        assert [*tmp_path.glob("monday*")] == []
        Engine(store=store).save(Account("Bob"))


def test_a_backup_of_a_damaged_file_tells_of_the_file(tmp_path: Path) -> None:
    """It is that which is to be restored."""
    path = tmp_path / "firm.db"
    with SqliteStore(path) as store:
        Engine(store=store).save(*(Account(f"Account {n}") for n in range(500)))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    with pytest.raises(StoreError, match=r"firm\.db'"):
        SqliteStore(path).backup(tmp_path / "monday.db")
