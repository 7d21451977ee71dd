"""The command line as a whole: which commands there are, and how a process ends."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version

from ..errors import PipeflowError
from . import firm_files, looks, packages, rehearsals
from .invocation import Run, epilog, parser
from .screen import flushed, hush, say

__all__ = ["main"]

INTERRUPTED = 130  # how shells tell of Ctrl-C


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, and return how the process shall end.

    Returns:
        0 where it is done; 1 where something is wrong, which stands on the error output; 130 where
        it was interrupted.

    Raises:
        SystemExit: For a command line that is none (2), and for `--help` and `--version`.
    """
    given = Namespace(command=None)
    try:
        try:
            return _done(_parser(), argv, given)
        finally:
            flushed()  # what is still to be written may fail, too
    except PipeflowError as error:
        return _ended(given, str(error))
    except OSError as error:
        hush()
        if isinstance(error, BrokenPipeError):  # whoever read has seen enough
            return 1
        return _ended(given, error.strerror or str(error))
    except KeyboardInterrupt:
        hush()
        return _ended(given, "interrupted", INTERRUPTED)


def _done(line: ArgumentParser, argv: Sequence[str] | None, given: Namespace) -> int:
    """Do what a command line asks for; *given* takes what it says."""
    line.parse_args(argv, given)
    if given.version:
        say(f"pipeflow {version('pipeflow')}", sys.stdout)
        return 0
    if given.command is None:
        line.print_help(sys.stderr)
        line.exit(2)
    run: Run = given.run
    return run(given)


def _ended(given: Namespace, why: str, code: int = 1) -> int:
    """Say why a command ended, where anybody listens, and return the exit code."""
    name = "pipeflow" if given.command is None else f"pipeflow {given.command}"
    with suppress(OSError):
        say(f"{name}: {why}", sys.stderr)
    return code


def _parser() -> ArgumentParser:
    examples = ("pipeflow demo", "pipeflow show tax.json", "pipeflow check firm.db")
    line = parser(
        "Look after the files of firms, and their packages. "
        "`pipeflow COMMAND --help` says more of each.",
        epilog(examples),
    )
    line.add_argument("--version", action="store_true", help="say which version this is")
    commands = line.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for group in (rehearsals, packages, firm_files, looks):
        group.add_commands(commands)
    return line
