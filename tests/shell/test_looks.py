"""Looks at a firm from the command line print what its engine says, and change nothing."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pipeflow import Account, CreateTask, Engine, Pipeline, Stage, TaskTemplate
from pipeflow.__main__ import main
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.testing import World

Captured = pytest.CaptureFixture[str]

CALL = TaskTemplate("Call the client")
TAX = Pipeline("Tax", [Stage("Call", automations=[CreateTask(CALL)]), Stage("Done")])
LOOKS = [
    ["work"],
    ["work", "--pipeline", "tax"],
    ["board", "tax"],
    ["explain", "job-1"],
    ["failures"],
    ["forecast", "--days", "7"],
]


@pytest.fixture
def firm(tmp_path: Path) -> str:
    """Make a file in which one client waits for the team."""
    path = tmp_path / "firm.db"
    with SqliteStore(path) as store:
        world = World(store=store)
        world.engine.save(TAX, CALL)
        world.engine.start(TAX, world.account("Åsa \x1b[31m"))
    return str(path)


def _asked(look: list[str], file: str) -> int:
    return main([look[0], file, *look[1:]])


def _said(look: list[str], file: str, capsys: Captured) -> str:
    assert _asked(look, file) == 0
    return capsys.readouterr().out


def test_a_look_prints_what_the_engine_says(firm: str, capsys: Captured) -> None:
    """Who must act, where the jobs stand, and why one does."""
    assert "task 'Call the client' of 'Tax'" in _said(["work"], firm, capsys)
    assert "1 job" in _said(["board", "tax"], firm, capsys)
    assert "task 'Call the client'" in _said(["explain", "job-1"], firm, capsys)
    assert "nothing has failed" in _said(["failures"], firm, capsys)
    assert "The next 7 days" in _said(["forecast", "--days", "7"], firm, capsys)


def test_work_is_narrowed_to_what_is_late(firm: str, capsys: Captured) -> None:
    """The task has no due date, so nobody is late with it."""
    assert _said(["work", "--overdue"], firm, capsys) == "nobody has to act\n"


@pytest.mark.parametrize("look", LOOKS, ids=" ".join)
def test_a_look_changes_nothing_and_commands_no_terminal(
    look: list[str], firm: str, capsys: Captured
) -> None:
    """Not a byte of the file, whatever a client is called."""
    before = Path(firm).read_bytes()

    assert "\x1b" not in _said(look, firm, capsys)

    assert Path(firm).read_bytes() == before


@pytest.mark.parametrize("look", LOOKS, ids=" ".join)
@pytest.mark.parametrize("shared", [False, True])
def test_a_look_goes_beside_a_process_that_writes(
    look: list[str], firm: str, *, shared: bool
) -> None:
    """The other one sees that nothing was committed, and writes on."""
    with (
        SqliteStore(firm, multiprocess=shared) as store,
        closing(sqlite3.connect(firm)) as watch,
    ):
        engine = Engine(store=store)
        engine.save(Account("Ada"))
        before = watch.execute("PRAGMA data_version").fetchone()
        line = [sys.executable, "-m", "pipeflow", look[0], firm, *look[1:]]

        ended = subprocess.run(line, capture_output=True, check=False)

        assert (ended.returncode, ended.stderr) == (0, b"")
        assert watch.execute("PRAGMA data_version").fetchone() == before
        engine.save(Account("Alan"))


@pytest.mark.parametrize(
    "look", [["board", "tux"], ["work", "--pipeline", "tux"], ["explain", "job-11"]], ids=" ".join
)
def test_what_is_not_there_is_told_with_the_nearest(
    look: list[str], firm: str, capsys: Captured
) -> None:
    """And with all that are there."""
    assert _asked(look, firm) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"pipeflow {look[0]}: ")
    assert "Did you mean 'tax'?" in told or "Did you mean 'job-1'?" in told
    assert "Allowed: " in told


def test_what_failed_ends_with_1(tmp_path: Path, capsys: Captured) -> None:
    """Each stands in a line, however many lines the port said."""
    path = tmp_path / "firm.db"
    with SqliteStore(path) as store:
        world = World(store=store)
        world.tasks.fail_next(RuntimeError("no\nroute"))
        world.engine.save(TAX, CALL)
        world.engine.start(TAX, world.account("Ada"))

    assert main(["failures", str(path)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert "route" in line


def test_one_of_several_firms_is_looked_at_by_name(tmp_path: Path, capsys: Captured) -> None:
    """Without one, all are named; and one without jobs has nothing open."""
    path = tmp_path / "firms.db"
    with SqliteStore(path) as store:
        for tenant in ("north", "south"):
            Engine(store=store, tenant=tenant).save(Account("Ada"))

    assert main(["work", str(path)]) == 1
    assert "north, south" in capsys.readouterr().err
    assert main(["work", str(path), "--tenant", "south"]) == 0
    assert capsys.readouterr().out == "nobody has to act\n"


@pytest.mark.parametrize("look", LOOKS, ids=" ".join)
def test_a_file_without_a_firm_is_told_to_whoever_looks(
    look: list[str], tmp_path: Path, capsys: Captured
) -> None:
    """There is nobody whose work it would be."""
    path = tmp_path / "none.db"
    SqliteStore(path).close()

    assert _asked(look, str(path)) == 1
    assert "holds no firm" in capsys.readouterr().err


def test_a_backup_is_a_whole_file_and_overwrites_none(firm: str, capsys: Captured) -> None:
    """What stood there before stays."""
    copy = f"{firm}.copy"

    assert main(["backup", firm, copy]) == 0
    assert main(["check", copy]) == 0
    kept = Path(copy).read_bytes()
    assert main(["backup", firm, copy]) == 1
    assert "already" in capsys.readouterr().err
    assert Path(copy).read_bytes() == kept


def test_a_job_is_meant_by_a_part_of_its_name_too(firm: str, capsys: Captured) -> None:
    """In any letter case, and the whole name first; of several each is told with its id."""
    assert "task 'Call the client'" in _said(["explain", "TAX"], firm, capsys)
    with SqliteStore(firm) as store:
        engine = Engine(store=store)
        (job,) = engine.jobs()
        second = engine.start(TAX, job.account, name="Tax of 2027")

    assert "Tax: stage 'Call'" in _said(["explain", "tax"], firm, capsys)
    assert _asked(["explain", "ax"], firm) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "several jobs are called so; say which by its id" in told
    assert f"{second.id} (Tax of 2027)" in told
    assert "Tax of 2027" in _said(["explain", "of 2027"], firm, capsys)


def test_a_blank_is_no_part_of_a_name(firm: str, capsys: Captured) -> None:
    """Every name has one."""
    assert _asked(["explain", " "], firm) == 1
    assert "several" not in capsys.readouterr().err
