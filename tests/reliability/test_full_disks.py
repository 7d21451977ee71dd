"""A disk that is full, wherever it may be: each commit is there as a whole or not at all."""

from __future__ import annotations

import sqlite3
import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.errors import UnavailableError
from pipeflow.ports import Clock, Store
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts.making import NOW
from tests.proving import Proved
from tests.reliability.crashing import Season
from tests.reliability.dying import InFile
from tests.reliability.proofs import full_disk
from tests.reliability.watching import Act, Watched, statements

PAGE = 512  # bytes of the smallest page
JOURNALS = pytest.mark.parametrize("several", [False, True], ids=["one process", "several"])


class Disk:
    """One with room for so many pages of a firm's file."""

    def __init__(self) -> None:
        """Begin with room for everything."""
        self.room, self.pages = 1_000_000, 0

    def watch(self, db: sqlite3.Connection, sql: str, act: Act) -> sqlite3.Cursor:
        """Let nobody write more than there is room for; pages are small, so that they are many."""
        if sql == "PRAGMA trusted_schema = OFF":  # the first word of each connection
            sqlite3.Connection.execute(db, f"PRAGMA page_size = {PAGE}")
        if sql == "BEGIN IMMEDIATE":
            pragma = partial(sqlite3.Connection.execute, db)
            (self.pages,) = pragma("PRAGMA page_count").fetchone()
            pragma(f"PRAGMA max_page_count = {max(self.room, self.pages)}")
        cursor: sqlite3.Cursor = act()
        return cursor


class Recorded(Watched):
    """Notes the calls that write: when they were made, and what was said."""

    def __init__(self, inner: Store, clock: Clock) -> None:
        """Begin with none."""
        super().__init__(inner)
        self.clock = clock
        self.calls: list[tuple[datetime, str, partial[Any]]] = []

    def around(self, name: str, call: partial[Any]) -> Any:
        """Note a call."""
        if name in {"commit", "claim", "renew", "settle", "prune"}:
            self.calls.append((self.clock.now(), name, call))
        return call()


class Recording(InFile):
    """A file of which is noted what was written into it."""

    def opened(self, clock: Clock) -> Store:
        """Begin to note."""
        self.notes = Recorded(super().opened(clock), clock)
        return self.notes


@JOURNALS
def test_a_disk_that_is_full_at_any_page_leaves_no_half_of_a_call(
    several: bool, tmp_path: Path, proved: Proved
) -> None:
    """All calls of a season, each with no room, then with room for a page, for two, and so on.

    It fails with a clear error and changes nothing, or it answers as if there always had been room.
    """
    season = Season(1, keep=Recording)
    season.live()
    keep = season.keep
    assert isinstance(keep, Recording)
    disk, clock, told = Disk(), ManualClock(NOW), list[str]()

    with (
        statements(disk.watch),
        SqliteStore(tmp_path / "firm.db", multiprocess=several, clock=clock) as store,
    ):
        store._file.synchronous = "off"  # nobody cuts the power here
        disk.room = 0  # none but what is taken
        for now, name, call in keep.notes.calls:
            clock.set(now)
            before = [*store.export("default")]
            while True:
                try:
                    getattr(store, name)(*call.args, **call.keywords)
                    break
                except UnavailableError as error:
                    told.append(str(error))
                assert [*store.export("default")] == before
                disk.room = max(disk.room, disk.pages) + 1
        assert store.check() == ()
        assert [*store.export("default")] == [*keep.notes.inner.export("default")]
    assert len(told) > 80
    assert all("the disk is full; make room and try again" in sentence for sentence in told)
    what = "several processes" if several else "one process"
    proved(
        f"a disk that is full at each page, {what}",
        calls=len(keep.notes.calls),
        full=len(told),
        halves=0,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no file can be kept from growing there")
@JOURNALS
def test_a_disk_that_is_full_at_any_byte_leaves_no_half_of_a_commit(
    several: bool, proved: Proved
) -> None:
    """In the file, its log or its journal, also in the middle of a page.

    When there is room again everything goes on; what was refused is carried out then.
    """
    full = full_disk(SqliteStore, several=several)

    assert full > 30
    proved(f"a disk that is full within {'a journal' if several else 'a log'}", full=full, halves=0)
