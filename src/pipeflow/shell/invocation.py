"""Invocations: how each command is called, what it says of itself, and what runs it."""

from __future__ import annotations

import sys
from argparse import (
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
    _SubParsersAction,
)
from collections.abc import Callable, Iterable
from textwrap import fill
from typing import Any, TypeAlias

__all__ = ["EXIT_CODES", "Commands", "Run", "command", "epilog", "parser", "whole"]

Commands: TypeAlias = "_SubParsersAction[ArgumentParser]"
Run: TypeAlias = Callable[[Namespace], int]

WIDTH = 78
EXIT_CODES = """\
exit codes:
  0  it is done
  1  something was found, or went wrong; the error output says what
  2  it was called wrongly
  130  it was interrupted"""

# From Python 3.14 on help is coloured unless one says otherwise.
PLAIN: dict[str, Any] = {"color": False} if sys.version_info >= (3, 14) else {}


def parser(what: str, end: str) -> ArgumentParser:
    """Return the parser of the whole command line."""
    return ArgumentParser(
        prog="pipeflow",
        description=fill(what, WIDTH),
        epilog=end,
        formatter_class=RawDescriptionHelpFormatter,
        **PLAIN,
    )


def epilog(examples: Iterable[str]) -> str:
    """Return what stands at the end of a help: examples, and what the exit codes mean."""
    return "\n".join(["examples:", *(f"  {one}" for one in examples), "", EXIT_CODES])


def command(
    commands: Commands, name: str, run: Run, what: str, *examples: str, more: str = ""
) -> ArgumentParser:
    """Add a command.

    Args:
        commands: All of them.
        name: What it is called.
        run: What does it, and returns how the process shall end.
        what: What it does, in a line.
        *examples: How it is called.
        more: What else its own help says of it.
    """
    one = commands.add_parser(
        name,
        help=what,
        description=fill(f"{what[0].upper()}{what[1:]}.{more and f' {more}'}", WIDTH),
        epilog=epilog(examples),
        formatter_class=RawDescriptionHelpFormatter,
        **PLAIN,
    )
    one.set_defaults(run=run)
    return one


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number, and says what is allowed where it is none."""

    def read_number(text: str) -> int:
        wrong = f"must be a whole number from {least} to {most:,}, not {text[:40]!r}"
        try:
            number = int(text)
        except ValueError:
            raise ArgumentTypeError(wrong) from None
        if not least <= number <= most:
            raise ArgumentTypeError(wrong)
        return number

    return read_number
