"""Questions at hand, and a file of before."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from pipeflow import CreateTask, Question, Reminders
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.adapters.sqlite_packing import packed
from pipeflow.adapters.sqlite_values import Texts
from pipeflow.model.record import replaced
from pipeflow.ports import Query
from tests.adapters.test_sqlite_shares import asking, put


def test_questions_are_packed_and_looked_up_once() -> None:
    """Whoever wrote or read them has them at hand."""
    shares: dict[str, str] = {}
    asked: list[str] = []
    writer, reader = Texts(), Texts()
    kept = [writer.encode(asking(id), shares) for id in ("j1", "j2")]
    assert len(writer.new(shares)) == 1
    writer.know(shares)
    assert writer.new(shares) == []

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("CREATE TABLE pf_value (hash, data)")
        rows = [(name, packed(text)) for name, text in shares.items()]
        db.executemany("INSERT INTO pf_value VALUES (?, ?)", rows)
        db.set_trace_callback(asked.append)
        assert [reader.value(one, db).id for one in kept] == ["j1", "j2"]

    assert (len(asked), reader.new(shares)) == (1, [])


def test_a_job_of_an_older_file_is_found_by_what_it_fires(tmp_path: Path) -> None:
    """Version 4 did not look for it."""
    path = tmp_path / "firm.db"
    rhythm = Reminders(every=1, times=1, then=[CreateTask("call", id="x")])
    fires = asking("j1", (Question("Who?"),))
    fires = replaced(fires, items=(replaced(fires.items[0], reminders=rhythm),))
    with SqliteStore(path) as store:
        put(store, fires)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        ((terms,),) = db.execute("SELECT terms FROM pf_row")
        before = {field: held for field, held in json.loads(terms).items() if field != "then"}
        assert before != json.loads(terms)
        db.execute("UPDATE pf_row SET terms = ?", (json.dumps(before),))
        db.execute("DELETE FROM pf_term WHERE field = 'then'")
        db.execute("DROP TABLE pf_value")
        db.execute("DROP TABLE pf_count")
        for trigger in ("pf_term_came", "pf_term_went"):
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute("PRAGMA user_version = 4")

    with SqliteStore(path) as store:
        found = store.find("one", Query("job", (("then", "yes"),))).rows
        assert [key.id for key, _ in found] == ["j1"]
