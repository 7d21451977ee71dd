"""Files of every version that was released are opened, and tell what they told then."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeflow import Engine
from pipeflow.adapters import sqlite_schema
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.errors import StoreError
from pipeflow.ports import Query, Span, Stored
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts.making import NOW, TWO, A, keys, stored

GOLDEN = Path(__file__).parents[1] / "golden"
KEPT = sorted(GOLDEN.glob("file-*.sql"))


def laid_out(kept: Path, path: Path) -> Path:
    """Make a file of what was kept of one."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(kept.read_text(encoding="utf-8"))
    return path


def test_a_file_of_every_version_is_kept() -> None:
    """Whoever adds a version keeps a file of it."""
    assert [int(kept.stem.removeprefix("file-")) for kept in KEPT] == [
        *range(1, sqlite_schema.VERSION + 1)
    ]


def test_a_file_asks_no_more_of_sqlite_than_the_systems_have() -> None:
    """Before 3.35 whoever writes over a row has to say by what it is known, or nothing opens."""
    made = "\n".join(sqlite_schema._made().values())

    assert not re.search(r"ON CONFLICT\s+DO UPDATE", made)


def told_now(kept: Path) -> list[str]:
    """Return what a kept file told when it was written, as this version tells it."""
    memory = MemoryStore(clock=ManualClock(NOW))
    memory.restore(kept.with_suffix(".lines").read_text(encoding="utf-8").splitlines())
    return list(memory.export("one"))


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.stem)
def test_a_firm_of_an_older_version_moves_byte_for_byte(tmp_path: Path, kept: Path) -> None:
    """Its export is in the present form, whatever store the firm lives in."""
    path = laid_out(kept, tmp_path / "firm.db")

    with SqliteStore(path, clock=ManualClock(NOW)) as store:
        lines = list(store.export("one"))
        for other in (MemoryStore(), SqliteStore(tmp_path / "other.db")):
            other.restore(lines)
            assert list(other.export("one")) == lines
            other.close()


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.stem)
def test_a_kept_file_tells_what_it_told(tmp_path: Path, kept: Path) -> None:
    """It is brought up to this version, the same firm as it was, and goes on."""
    path = laid_out(kept, tmp_path / "firm.db")

    with SqliteStore(path, clock=ManualClock(NOW)) as store:
        assert list(store.export("one")) == told_now(kept)
        assert store.check() == ()
        assert stored(store, A) == Stored(2, TWO)
        assert keys(store.parked("one").rows) == ["dead", "retry"]
        under_way = store.find("one", Query("job", (("since", Span()),))).rows
        assert "j1" in [key.id for key, _ in under_way]


def test_a_kept_season_lists_its_jobs_as_one_that_begins_today(tmp_path: Path) -> None:
    """Version 5 did not know of completed and archived jobs when they came into their stage."""
    path = laid_out(GOLDEN / "season-5.sql", tmp_path / "firm.db")

    with SqliteStore(path, clock=ManualClock(NOW)) as store:
        engine = Engine(store=store)
        cards = engine.board("tax", per_stage=1).stages[1].cards

        assert [job.name for job in engine.jobs(order="since")] == ["Bob", "Cyd", "Dan", "Ada"]
        assert [job.name for job in engine.jobs(order="since", limit=2)] == ["Bob", "Cyd"]
        assert [card.job.name for card in cards] == ["Bob"]
        assert [job.name for job in engine.jobs(waiting_since=NOW)] == ["Dan"]
        assert store.check() == ()


def test_a_kept_season_knows_what_its_open_items_may_fire_once_more(tmp_path: Path) -> None:
    """Version 5 did not count what reminders had fired, though they may start anew."""
    path = laid_out(GOLDEN / "used-up-5.sql", tmp_path / "firm.db")

    with SqliteStore(path, clock=ManualClock(NOW)) as store:
        uses = Engine(store=store).uses("call")

        assert [str(use) for use in uses] == [
            "job 'Tax' (job-1) $.items['Organizer'].reminders.then[1].template"
        ]
        assert store.check() == ()


def test_a_row_that_can_not_be_read_does_not_keep_a_file_from_this_version(tmp_path: Path) -> None:
    """It stays as it is, and a check tells of it."""
    path = laid_out(KEPT[0], tmp_path / "firm.db")
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE pf_row SET data = '{' WHERE kind = 'account'")
        db.commit()

    with SqliteStore(path, clock=ManualClock(NOW)) as store:
        assert any("'account ada'" in fault for fault in store.check())
        assert len(store.find("one", Query("job", (("since", Span()),))).rows) == 1


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is there as a whole or not at all, and the older version still opens it."""
    path = laid_out(KEPT[0], tmp_path / "firm.db")
    step = ("ALTER TABLE pf_row ADD COLUMN more TEXT", "ALTER TABLE nowhere ADD COLUMN more TEXT")

    with monkeypatch.context() as newer:
        newer.setattr(sqlite_schema, "STEPS", (*sqlite_schema.STEPS, step))
        newer.setattr(sqlite_schema, "VERSION", sqlite_schema.VERSION + 1)
        with pytest.raises(StoreError, match="no such table: nowhere"):
            SqliteStore(path)

    SqliteStore(path).close()


def test_an_upgrade_is_taken_step_by_step_and_the_older_version_then_refuses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the steps make is what a new file is made of."""
    path = laid_out(KEPT[0], tmp_path / "firm.db")
    steps = (("ALTER TABLE pf_row ADD COLUMN more TEXT",), ("CREATE TABLE pf_more (id TEXT)",))

    with monkeypatch.context() as newer:
        newer.setattr(sqlite_schema, "STEPS", (*sqlite_schema.STEPS, *steps))
        newer.setattr(sqlite_schema, "VERSION", sqlite_schema.VERSION + 2)
        sqlite_schema._made.cache_clear()
        for opened in (path, tmp_path / "new.db"):
            SqliteStore(opened).close()
        with (
            closing(sqlite3.connect(path)) as old,
            closing(sqlite3.connect(tmp_path / "new.db")) as new,
        ):
            assert sqlite_schema._tables(old) == sqlite_schema._tables(new)
    sqlite_schema._made.cache_clear()

    with pytest.raises(StoreError, match="install the newer pipeflow"):
        SqliteStore(path)
