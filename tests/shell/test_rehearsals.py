"""Rehearsals: the demo and the simulation, as they are called."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from pipeflow.__main__ import main
from pipeflow.shell import progress
from tests.pipelines.seasons import LIBRARY

PAYROLL = str(LIBRARY / "payroll.json")


def test_the_demo_is_told_from_wherever_one_stands(tmp_path: Path) -> None:
    """It reads no file of the tree, and writes plain text."""
    command = [sys.executable, "-m", "pipeflow", "demo"]
    done = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path)

    assert done.stderr == b""
    assert b"\x1b" not in done.stdout
    assert b"Why does the job of Charles not move?" in done.stdout
    assert not [*tmp_path.iterdir()]


def test_the_demo_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    """With the pages to read on."""
    assert main(["demo"]) == 0
    assert "docs/concepts.md" in capsys.readouterr().out.splitlines()[-1]


def test_a_simulation_prints_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The figures, the metrics, what the ports were asked for, and who waits."""
    assert main(["simulate", PAYROLL, "--accounts", "4", "--days", "30", "--seed", "3"]) == 0

    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.startswith("Payroll: 4 accounts, 30 days, seed 3\n")
    for part in ("4 jobs started", "Median", "What the ports were asked for", "Who must act"):
        assert part in told.out


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        (["--accounts", "0"], "--accounts: must be a whole number from 1 to 20,000, not '0'"),
        (["--accounts", "1000000"], "--accounts: must be a whole number from 1 to 20,000"),
        (["--days", "-1"], "--days: must be a whole number from 0 to 3,660, not '-1'"),
        (["--seed", "luck"], "--seed: must be a whole number from 0 to "),
    ],
)
def test_numbers_that_are_none_are_told_with_what_is_allowed(
    given: list[str], allowed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command was called wrongly."""
    with pytest.raises(SystemExit) as ended:
        main(["simulate", PAYROLL, *given])

    assert ended.value.code == 2
    assert allowed in capsys.readouterr().err


def test_a_package_that_cannot_be_read_is_not_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A word instead of a traceback."""
    assert main(["simulate", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"pipeflow simulate: {tmp_path}: is a folder; give the package's file\n"
    )


class Terminal(io.StringIO):
    """A screen."""

    def isatty(self) -> bool:
        """Say that somebody looks at it."""
        return True


def test_on_a_terminal_the_days_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it takes more than a second, and on the error output, so that a file stays clean."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "PATIENCE", -1.0)

    assert main(["simulate", PAYROLL, "--accounts", "1", "--days", "3"]) == 0
    assert screen.getvalue().endswith("simulating: 3 days\n")
