"""The log that hosts read: trouble with ports, handlers and wakers, under the name `pipeflow`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

__all__ = ["log"]


def log() -> Logger:
    """Return the logger; values go to it as arguments, and never a payload or an address.

    Where the host handles no log of ours, Python would print what is grave; a handler that does
    nothing keeps it from that.
    """
    import logging

    found = logging.getLogger("pipeflow")
    if not found.handlers:
        found.addHandler(logging.NullHandler())
    return found
