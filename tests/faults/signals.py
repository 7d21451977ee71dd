"""A signal that arrives at a line of the engine: Ctrl-C, or a worker's soft time limit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from threading import Thread
from types import FrameType
from typing import Any, TypeVar

__all__ = ["interrupted_at", "moments"]

T = TypeVar("T")
U = TypeVar("U")


def interrupted_at(line: int, part: str, act: Callable[[], object]) -> bool:
    """Act, and raise `KeyboardInterrupt` at that line among those run in a part of the package.

    Returns:
        Whether the signal arrived: False where fewer lines were run.
    """
    left = line

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal left
        if part not in frame.f_code.co_filename.replace("\\", "/"):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def moments(
    part: str,
    prepare: Callable[[], tuple[T, Callable[[], object]]],
    look: Callable[[T], U],
    *,
    step: int = 1,
) -> Iterator[tuple[int, U | BaseException]]:
    """Interrupt an act at one line after another, each time in a world and a thread of its own.

    Args:
        part: A part of the path of the files whose lines are meant, such as `/pipeflow/adapters/`.
        prepare: Makes a world, and what is done in it.
        look: Looks at the world as the signal left it, in the same thread.
        step: Of so many lines, one.

    Yields:
        The line, and what was seen, or what was raised instead.
    """
    for line in count(1, step):
        found: list[U | BaseException] = []

        def live(line: int = line, found: list[U | BaseException] = found) -> None:
            try:
                world, act = prepare()
                if interrupted_at(line, part, act):
                    found.append(look(world))
            except Exception as error:  # noqa: BLE001  (it is what was seen)
                found.append(error)

        thread = Thread(target=live)
        thread.start()
        thread.join()
        if not found:
            return
        yield line, found[0]
