"""Processes that share a firm's file, and processes that are killed: nothing is lost or torn."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import RowKey
from pipeflow.testing.contracts.making import A, log, stored

WRITER = """
    import sys
    from pipeflow.adapters.sqlite import SqliteStore
    from pipeflow.errors import ConflictError
    from pipeflow.model.accounts import Member
    from pipeflow.ports import Changes, RowKey
    from pipeflow.testing.contracts.making import A, chapter

    path, who, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    store = SqliteStore(path, multiprocess=sys.argv[4] == "several")
    mine, done = RowKey("member", who), 0
    while done < times:
        rows = store.read("one", (A, mine)).rows
        expect = {key: rows[key].version if key in rows else 0 for key in (A, mine)}
        values = {key: Member(f"{key.id} {version}") for key, version in expect.items()}
        try:
            store.commit(Changes("one", expect, values, log={A: (chapter(who),)}))
        except ConflictError:
            continue
        done += 1
        print(expect[mine] + 1, flush=True)
"""


def writer(path: Path, who: str, times: int, *, several: bool) -> subprocess.Popen[str]:
    """Start a process that counts a row that all share up, and one of its own with it."""
    told = [path, who, str(times), "several" if several else "alone"]
    return subprocess.Popen(
        [sys.executable, "-c", dedent(WRITER), *map(str, told)], stdout=subprocess.PIPE, text=True
    )


def test_processes_that_write_at_once_lose_no_update(tmp_path: Path) -> None:
    """Each commit that was acknowledged is there, in one order that all see."""
    path = tmp_path / "firm.db"
    SqliteStore(path, multiprocess=True).close()
    names = ["ada", "bob"]

    writers = [writer(path, who, 40, several=True) for who in names]
    for process in writers:
        process.communicate()

    assert [process.returncode for process in writers] == [0, 0]
    with SqliteStore(path, multiprocess=True) as store:
        found = store.read("one", [A, *(RowKey("member", who) for who in names)]).rows
        assert [row.version for row in found.values()] == [80, 40, 40]
        assert sorted(line[1] for one in log(store, A) for line in one.lines) == sorted(names * 40)
        assert store.check() == ()


@pytest.mark.parametrize("several", [False, True])
def test_a_process_that_is_killed_takes_nothing_with_it(tmp_path: Path, several: bool) -> None:
    """What it was told to be committed is there, and of the commit that it died in all or none."""
    path = tmp_path / "firm.db"
    told = 0
    for life in range(1, 4):
        with writer(path, "ada", 9_999, several=several) as process:
            assert process.stdout is not None
            for _ in range(life * 5):
                told = int(process.stdout.readline())
            process.kill()
            told = max([told, *map(int, process.stdout.read().split())])

        with closing(SqliteStore(path, multiprocess=several)) as store:
            shared, own = stored(store, A), stored(store, RowKey("member", "ada"))
            assert shared is not None
            assert own is not None
            assert shared.version == own.version == len(log(store, A))
            assert own.version in {told, told + 1}
            assert store.check() == ()
            told = own.version
