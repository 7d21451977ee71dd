"""Looking over the shoulder of the memory store, or of the fakes, line by line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pipeflow.adapters.memory
import pipeflow.testing.fakes

__all__ = ["FAKES", "interrupted", "lines"]

ROOM = str(Path(pipeflow.adapters.memory.__file__).parent / "memory")
FAKES = str(Path(pipeflow.testing.fakes.__file__))


def _watched(work: Callable[[], object], at_line: Callable[[], None], room: str) -> None:
    def trace(frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(room):
            return None
        if event == "line":
            at_line()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)


def lines(work: Callable[[], object]) -> int:
    """Count the lines of the store that some work takes."""
    count = 0

    def at_line() -> None:
        nonlocal count
        count += 1

    _watched(work, at_line, ROOM)
    return count


def interrupted(work: Callable[[], object], line: int, room: str = ROOM) -> bool:
    """Do something, with an interrupt at the n-th line of a room; False: it ended before."""
    count = 0

    def at_line() -> None:
        nonlocal count
        count += 1
        if count == line:
            raise KeyboardInterrupt

    try:
        _watched(work, at_line, room)
    except KeyboardInterrupt:
        return True
    return False
