"""Progress: how far a long command has come, shown on a terminal and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import IO, TextIO, TypeVar

__all__ = ["counted", "shown", "size_of"]

T = TypeVar("T")

WIDTH = 30  # characters of the bar
PATIENCE = 1.0  # seconds before it is shown
PACE = 0.1  # seconds between two looks of it


def shown(
    lines: Iterable[str],
    what: str,
    screen: TextIO | None,
    size: int | None = None,
    clock: Callable[[], float] = monotonic,
) -> Iterator[str]:
    """Yield lines, and show on a terminal how far they are, if that takes more than a second.

    Args:
        lines: The lines.
        what: What is done with them.
        screen: Where to show it.
        size: How many bytes they have together, if that is known.
        clock: Tells seconds.
    """
    return counted(lines, what, "lines", screen, size, lambda line: len(line.encode()) + 1, clock)


def counted(
    parts: Iterable[T],
    what: str,
    called: str,
    screen: TextIO | None,
    size: int | None = None,
    weight: Callable[[T], int] = lambda _: 1,
    clock: Callable[[], float] = monotonic,
) -> Iterator[T]:
    """Yield the parts of some work, and show on a terminal how far it is after a second.

    Args:
        parts: The parts; one is done when the next one is asked for.
        what: What is done.
        called: What the parts are called.
        screen: Where to show it; None: it was closed.
        size: What all parts weigh together, if that is known.
        weight: What a part weighs.
        clock: Tells seconds.
    """
    if screen is None or not screen.isatty():
        yield from parts
        return
    due, number, done, drawn = clock() + PATIENCE, 0, 0, False
    for number, part in enumerate(parts, start=1):
        yield part
        done += weight(part)
        now = clock()
        if now >= due:
            due, drawn = now + PACE, True
            screen.write(f"\r{what} {_bar(done, size)} {number:,} {called}")
            screen.flush()
    if drawn:
        screen.write(f"\r\x1b[K{what}: {number:,} {called}\n")


def size_of(file: IO[bytes]) -> int | None:
    """Return how many bytes there are to come; None where nobody knows, as in a pipe."""
    try:
        return os.fstat(file.fileno()).st_size or None
    except OSError:
        return None


def _bar(done: int, size: int | None) -> str:
    if size is None:
        return "..."
    part = min(done / size, 1)
    full = int(part * WIDTH)
    return f"[{'#' * full}{'.' * (WIDTH - full)}] {part:4.0%}"
