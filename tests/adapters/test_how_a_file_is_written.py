"""How a firm's file is written: what waits for the disk, under which lock, and what is refused."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from pipeflow import CreateOrganizer, Pipeline, Reminders, Stage
from pipeflow.adapters import sqlite_file, sqlite_values
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.adapters.sqlite_file import File
from pipeflow.errors import ConflictError, StoreError, UnavailableError
from pipeflow.ports import Changes, RowKey
from pipeflow.testing import ManualClock, World
from pipeflow.testing.contracts.making import A, chapter, enqueue
from tests.firms import ORGANIZER, TEMPLATES

ONE, TWO = RowKey("job", "job-1"), RowKey("job", "job-2")
CHASED = CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=2))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Make one in a new file."""
    with SqliteStore(tmp_path / "firm.db") as store:
        yield store


def test_what_may_go_with_a_power_cut_is_not_waited_for(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leases, and receipts, which come again under their keys."""
    waited: list[bool] = []
    plain = File._synchronize

    def noted(self: File, db: Any, *, durable: bool) -> None:
        waited.append(durable)
        plain(self, db, durable=durable)

    monkeypatch.setattr(File, "_synchronize", noted)
    world = World(store=store)
    world.engine.save(*TEMPLATES, Pipeline("Tax", [Stage("Collect", [CHASED]), Stage("Done")]))
    account = world.account()
    waited.clear()
    world.engine.start("tax", account)
    assert waited == [True, False, False]  # the job, a look before the call, and the receipt

    world.clock.advance(days=4)
    waited.clear()
    (claim,) = store.claim("me", timedelta(minutes=1), 9, due=world.clock.now())
    assert store.renew("default", claim.due.key, claim.token, timedelta(minutes=1))
    world.clock.advance(days=1)
    store.parked("default")  # which writes down that the lease has ended
    assert waited == [False, False, False]


@pytest.mark.skipif(
    sqlite3.sqlite_version_info >= sqlite_file.SAFE, reason="all files have a log here"
)
@pytest.mark.parametrize(("level", "waits"), [("full", 3), ("normal", 1)], ids=["full", "normal"])
def test_without_a_log_a_commit_waits_for_its_folder_too(
    tmp_path: Path, level: Literal["full", "normal"], waits: int
) -> None:
    """From which it takes its journal: that would come back with the power, and undo it.

    Also where a file is shared, and somebody opens it who forgets to say so.
    """
    for multiprocess in (True, False):
        path = tmp_path / "firm.db"
        with SqliteStore(path, synchronous=level, multiprocess=multiprocess) as store:
            for durable in (True, False):
                enqueue(store, log={A: (chapter(),)}, durable=durable)
                (db,) = store._file._free
                assert db.execute("PRAGMA synchronous").fetchone() == (waits,)


def test_a_commit_reads_the_clock_when_it_has_the_lock(tmp_path: Path) -> None:
    """Leases do not run while it waits for others."""
    held: list[bool] = []

    class Noting(ManualClock):
        """A clock that notes whether the file is being written."""

        def now(self) -> datetime:
            held.append(own._file._turn.lock.locked())
            return super().now()

    with SqliteStore(tmp_path / "firm.db", clock=Noting()) as own:
        held.clear()
        own.commit(Changes("one", {ONE: 0}, {ONE: "a value"}))

    assert held == [True]


def test_what_is_deleted_is_expected_too(store: SqliteStore) -> None:
    """And only what is not expected is named."""
    with pytest.raises(StoreError) as caught:
        store.commit(Changes("one", {ONE: 0}, {ONE: "a value"}, deletes=(TWO,)))

    assert str(caught.value).startswith("job 'job-2': written")


def test_a_failure_that_somebody_keeps_stops_no_later_write(store: SqliteStore) -> None:
    """Its traceback holds on to all that the call had."""
    with pytest.raises(ConflictError) as kept:
        store.commit(Changes("one", {ONE: 7}, {ONE: "a value"}))

    assert store.commit(Changes("one", {ONE: 0}, {ONE: "a value"}))
    assert kept.value.__traceback__ is not None


def test_terms_at_hand_are_limited() -> None:
    """However many texts of terms there are."""
    for number in range(2 * sqlite_values.MANY):
        sqlite_values.pairs_of(f'{{"a":["{number}"]}}')

    assert len(sqlite_values._TERMS) <= sqlite_values.MANY


class Disk:
    """What of a firm's files a power cut leaves: what was there when somebody waited for the disk.

    Of SQLite that is the end of each commit that must last; pipeflow says itself when it waits.
    """

    def __init__(self, path: Path, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Begin with nothing on it."""
        self.path, self.room = path, room
        room.mkdir()
        plain, write = os.fsync, File.write

        def waited(place: int) -> None:
            plain(place)
            self.take()

        def wrote(self_: File, work: Any, *, durable: bool = True) -> Any:
            done = write(self_, work, durable=durable)
            if self_.synchronous == "full" and (durable or self_.journal != "wal"):
                self.take()
            return done

        monkeypatch.setattr(os, "fsync", waited)
        monkeypatch.setattr(File, "write", wrote)
        self._undo = monkeypatch.undo

    def take(self) -> None:
        """Have on it what is there now."""
        for one in self.path.parent.glob(f"{self.path.name}*"):
            shutil.copy(one, self.room / one.name)

    def cut(self) -> Path:
        """Return what is left when the power comes back."""
        self._undo()
        return self.room / self.path.name


@pytest.mark.parametrize("multiprocess", [False, True], ids=["alone", "shared"])
@pytest.mark.parametrize("level", ["full", "normal"])
def test_whoever_follows_the_feed_is_told_what_comes_after_a_power_cut(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    level: Literal["full", "normal"],
    multiprocess: bool,
) -> None:
    """It takes receipts that were not on the disk yet, and others would get their numbers."""
    disk = Disk(tmp_path / "firm.db", tmp_path / "disk", monkeypatch)
    disk.take()
    with SqliteStore(disk.path, synchronous=level, multiprocess=multiprocess) as store:
        enqueue(store, log={A: (chapter("first"),)})
        enqueue(store, log={A: (chapter("a receipt"),)}, durable=False)
        page = store.feed()
        left = disk.cut()
    with SqliteStore(left, synchronous=level, multiprocess=multiprocess) as store:
        enqueue(store, log={A: (chapter("afterwards"),)})
        told = [line[1] for _, one in store.feed(after=page.next).rows for line in one.lines]

    assert len(page.rows) == 2
    assert told == ["afterwards"]


def test_whoever_follows_the_feed_for_long_leaves_no_file_open(tmp_path: Path) -> None:
    """The log and the folder are brought to the disk each time that somebody asks."""
    with SqliteStore(tmp_path / "firm.db", synchronous="normal") as store:
        enqueue(store, log={A: (chapter(),)})
        store.feed()
        before = _first_free()
        for _ in range(3):
            store.feed()
        assert _first_free() == before


def _first_free() -> int:
    """Return the number that the next file gets that is opened."""
    place = os.open(os.devnull, os.O_RDONLY)
    os.close(place)
    return place


def test_what_the_disk_does_not_take_is_told_to_nobody_who_goes_on_from_there(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He asks again; whoever looks at the newest waits for no disk."""

    def broken(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    enqueue(store, log={A: (chapter(),)})
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(UnavailableError, match="cannot be brought to the disk just now"):
        store.feed()
    assert len(store.feed(newest=True).rows) == 1
    assert store.feed(after="1").rows == ()
    monkeypatch.undo()
    assert len(store.feed().rows) == 1
