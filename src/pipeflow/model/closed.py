"""Classes that are closed: nobody could read again a value of a class that pipeflow does not know.

What a host makes by inheriting from one of them may print and compare like it, but no store, no
package and no rule knows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Problem
from .classes import OURS

__all__ = ["class_problem"]

_KEPT: set[type] = set()  # a cache of what the classes themselves say


def class_problem(cls: type) -> Problem | None:
    """Return what is wrong with a class of values, and which ones are meant; None if nothing is."""
    if cls in _KEPT:
        return None
    base = next(filter(OURS.__contains__, cls.__mro__), None)
    kinds = [] if base is None else sorted({one.__name__ for one in _kinds(base)})
    if cls is not base:
        what = "must be a class of pipeflow's own, for a value of another one cannot be kept"
        return Problem(what, "$", cls.__qualname__, tuple(kinds))
    if cls.__name__ not in kinds:
        return Problem("must be one of the kinds, not their base", "$", cls.__name__, tuple(kinds))
    _KEPT.add(cls)
    return None


def _kinds(base: type) -> Iterator[type]:
    """Go through the classes of ours that nothing of ours inherits from, from a base on."""
    children: list[type] = [*filter(OURS.__contains__, base.__subclasses__())]
    if not children:
        yield base
    for one in children:
        yield from _kinds(one)
