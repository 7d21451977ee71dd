"""The screen: lines for people, whatever characters it has, and streams that may be closed."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

from ..errors import StoreError
from ..show.characters import JOINERS

__all__ = ["flushed", "hush", "say", "there", "write"]

PLAIN = JOINERS | {"\n"}  # what prints though it is not called printable


def there(stream: TextIO | None, what: str) -> TextIO:
    """Return a stream that whoever began this command has not closed.

    Raises:
        StoreError: They have.
    """
    if stream is None:
        raise StoreError(f"the {what} is closed")
    return stream


def write(text: str) -> None:
    """Write a line to the output.

    Raises:
        StoreError: It is closed.
    """
    say(text, there(sys.stdout, "output"))


def say(text: str, screen: TextIO | None) -> None:
    """Write a line, whatever characters the screen has; None: it was closed.

    What would command a terminal, or turn the order round, is written as its number: also what the
    files are called of which a line speaks.
    """
    if screen is None:
        return
    encoding = screen.encoding or "utf-8"
    plain = "".join(one if one.isprintable() or one in PLAIN else ascii(one)[1:-1] for one in text)
    screen.write(plain.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def flushed() -> None:
    """Write what the output still holds back, as long as it can be told that this failed."""
    if sys.stdout is not None:
        sys.stdout.flush()


def hush() -> None:
    """Let nothing more go to the output, whose reader has gone or whose disk is full."""
    with suppress(AttributeError, ValueError):  # it is closed, or none of a process
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
