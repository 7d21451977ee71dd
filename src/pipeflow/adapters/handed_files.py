"""Files that a host hands over by its own references: each a name and its bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import iscoroutine, iscoroutinefunction
from typing import TypeAlias

from ..errors import PipeflowError, Problem, shown

__all__ = ["Files", "callable_problems", "handed"]

# The name and the bytes of the file that a reference means.
Files: TypeAlias = Callable[[str], tuple[str, bytes]]


def callable_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield the problem of what is neither None nor a plain function."""
    if given is None:
        return
    if not callable(given):
        yield Problem("must be a function, or None", where, shown(given))
    elif iscoroutinefunction(given):
        yield Problem("is async, and nobody awaits it here; give a plain one", where, shown(given))


def handed(files: Files, ref: str) -> tuple[str, bytes]:
    """Return the name and the bytes of a file.

    Raises:
        PipeflowError: The function answered something else. What it raises goes through.
    """
    answer: object = files(ref)
    if isinstance(answer, tuple) and len(answer) == 2:
        name, content = answer
        if isinstance(name, str) and name and isinstance(content, bytes | bytearray):
            return name, bytes(content)
    if iscoroutine(answer):
        answer.close()
    what = f"the file {shown(ref)} must come as its name and its bytes"
    raise PipeflowError(Problem(what, given=shown(answer), allowed=('("terms.pdf", b"...")',)))
