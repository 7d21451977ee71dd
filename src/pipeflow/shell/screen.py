"""The screen: lines for people, whatever characters it has, and streams that may be closed."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from ..errors import StoreError

__all__ = ["hush", "say", "there", "write"]


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
    """Write a line, whatever characters the screen has; None: it was closed."""
    if screen is None:
        return
    encoding = screen.encoding or "utf-8"
    screen.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def hush() -> None:
    """Let nothing more go to the output, whose reader has gone or whose disk is full."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
