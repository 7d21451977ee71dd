"""The command line as a whole: its help, its version, and what is none of its commands."""

from importlib.metadata import version

import pytest

from pipeflow.__main__ import main


@pytest.mark.parametrize("given", [[], ["open"], ["export"]])
def test_a_command_that_is_none_is_told_how_it_goes(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The process ends with 2, as usual."""
    with pytest.raises(SystemExit) as ended:
        main(given)

    assert ended.value.code == 2
    assert "usage: pipeflow" in capsys.readouterr().err


COMMANDS = ["demo", "simulate", "show", "lint", "upgrade", "schema", "export", "import", "check"]


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
