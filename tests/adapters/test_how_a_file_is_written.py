"""How a firm's file is written: what waits for the disk, under which lock, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeflow import CreateOrganizer, Pipeline, Reminders, Stage
from pipeflow.adapters import sqlite_values
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.adapters.sqlite_file import File
from pipeflow.errors import ConflictError, StoreError
from pipeflow.ports import Changes, RowKey
from pipeflow.testing import ManualClock, World
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
