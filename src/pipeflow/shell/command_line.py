"""The command line as a whole: which commands there are, and how a process ends."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib.metadata import version

from ..errors import PipeflowError
from . import firm_files, packages, rehearsals
from .invocation import Run, epilog, parser
from .screen import hush, say

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, and return how the process shall end.

    Returns:
        0 where it is done; 1 where something is wrong, which stands on the error output.

    Raises:
        SystemExit: For a command line that is none (2), and for `--help` and `--version`.
    """
    line = _parser()
    given = line.parse_args(argv)
    if given.version:
        say(f"pipeflow {version('pipeflow')}", sys.stdout)
        return 0
    if given.command is None:
        line.print_help(sys.stderr)
        line.exit(2)
    run: Run = given.run
    try:
        return run(given)
    except PipeflowError as error:
        say(f"pipeflow {given.command}: {error}", sys.stderr)
        return 1
    except OSError as error:
        hush()
        if not isinstance(error, BrokenPipeError):  # then whoever read has seen enough
            say(f"pipeflow {given.command}: {error.strerror or error}", sys.stderr)
        return 1


def _parser() -> ArgumentParser:
    examples = ("pipeflow demo", "pipeflow show tax.json", "pipeflow check firm.db")
    line = parser(
        "Look after the files of firms, and their packages. "
        "`pipeflow COMMAND --help` says more of each.",
        epilog(examples),
    )
    line.add_argument("--version", action="store_true", help="say which version this is")
    commands = line.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for group in (rehearsals, packages, firm_files):
        group.add_commands(commands)
    return line
