"""The command line as a whole: its help, its version, and what is none of its commands."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import IO, NoReturn

import pytest

from pipeflow.__main__ import main

PACKAGE = str(Path(__file__).parents[2] / "examples/packages/individual-tax.json")


def ran(given: list[str], stdout: int | IO[str]) -> "subprocess.CompletedProcess[str]":
    """Run the command as a process whose output is held back, as it is without a terminal."""
    line = [sys.executable, "-m", "pipeflow", *given]
    held = {name: one for name, one in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        line, stdout=stdout, stderr=subprocess.PIPE, text=True, env=held, check=False
    )


@pytest.mark.parametrize("given", [[], ["open"], ["export"]])
def test_a_command_that_is_none_is_told_how_it_goes(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The process ends with 2, as usual."""
    with pytest.raises(SystemExit) as ended:
        main(given)

    assert ended.value.code == 2
    assert "usage: pipeflow" in capsys.readouterr().err


PACKAGES = ["demo", "simulate", "show", "lint", "upgrade", "schema"]
FIRMS = ["export", "import", "check", "backup", "work", "board", "explain", "failures", "forecast"]
COMMANDS = PACKAGES + FIRMS


def test_the_help_names_every_command_and_what_exit_codes_mean(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever types the name alone gets the same, on the error output."""
    for given in (["--help"], []):
        with pytest.raises(SystemExit):
            main(given)
    told = capsys.readouterr()

    assert told.out == told.err
    assert all(f"\n    {name} " in told.out for name in COMMANDS)
    assert "2  it was called wrongly" in told.out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It fits a terminal, has no colour, and says how the command ends."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    told = capsys.readouterr().out

    assert ended.value.code == 0
    assert f"\n  pipeflow {command} " in f"{told.replace(chr(10) + chr(10), chr(10))} "
    assert "exit codes:" in told
    assert "\x1b" not in told
    assert max(map(len, told.splitlines())) <= 80


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """That of the distribution which is installed."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pipeflow {version('pipeflow')}\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")
@pytest.mark.parametrize("given", [["--version"], ["--help"], ["schema"], ["lint", PACKAGE]])
def test_an_output_that_is_full_fails_though_it_is_held_back(given: list[str]) -> None:
    """Nothing is lost without a word, nor told by a traceback."""
    with Path("/dev/full").open("w") as full:
        ended = ran(given, stdout=full)

    assert ended.returncode == 1
    assert "No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "ignored" not in ended.stderr


@pytest.mark.parametrize("given", [["--version"], ["--help"], ["show", PACKAGE], ["demo"]])
def test_a_reader_that_has_gone_is_no_fault(given: list[str]) -> None:
    """As behind `| head`, nothing is said of it."""
    reads, writes = os.pipe()
    os.close(reads)
    try:
        ended = ran(given, stdout=writes)
    finally:
        os.close(writes)

    assert (ended.returncode, ended.stderr) == (1, "")


def test_a_command_that_is_interrupted_ends_as_shells_have_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It says so in a line."""

    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeflow.shell.packages.read", interrupted)
    monkeypatch.setattr("pipeflow.shell.command_line.hush", lambda: None)

    assert main(["show", PACKAGE]) == 130
    assert capfd.readouterr().err == "pipeflow show: interrupted\n"


def test_a_disk_that_fails_under_a_closed_output_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing to let go of."""

    def failing(*_: object) -> NoReturn:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("pipeflow.shell.packages.read", failing)
    monkeypatch.setattr("sys.stdout", None)

    assert main(["upgrade", PACKAGE]) == 1
    assert capsys.readouterr().err == "pipeflow upgrade: Input/output error\n"


def test_a_files_name_commands_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What does not print stands there as its number."""
    path = tmp_path / "a\x1b[31m\u202eb.json"
    path.write_bytes(Path(PACKAGE).read_bytes())

    assert main(["upgrade", str(path)]) == 0
    assert main(["lint", str(path) + "x"]) == 1
    told = capsys.readouterr().out
    assert told.count("a\\x1b[31m\\u202eb.json") == 2
    assert "\x1b" not in told
