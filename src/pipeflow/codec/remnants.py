"""Remnants: what is made of data that is wrong in part, so that all else in it is still checked.

A remnant never leaves this room. It is a value that its own rules refuse, or in which something
stands for a part that could not be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, get_origin

import attrs

from ..errors import DefinitionError, Problem
from ..model.text import UNNAMED
from ..model.values import FrozenMap, composed_parts
from .kinds import FAMILIES
from .problems import NOTHING

__all__ = ["follows", "half_made", "likely_kind", "stand_in"]

# What the checks of a value may raise where a part of it is a remnant.
ODD = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
STAND_INS: Mapping[Any, Any] = {str: "", tuple: (), frozenset: frozenset(), FrozenMap: FrozenMap()}


def stand_in(kind: Any) -> Any:
    """Return what stands for a part that could not be read: as little as there is of its type."""
    return STAND_INS.get(get_origin(kind) or kind)


def half_made(cls: Any, given: Mapping[str, Any]) -> tuple[tuple[Problem, ...], Any]:
    """Return what is wrong with a value of these parts, and the value although it is wrong.

    attrs sets all fields before they are checked, so that what is refused is still there.
    """
    problems: tuple[Problem, ...] = ()
    made = cls.__new__(cls)
    try:
        cls.__init__(made, **{name: composed_parts(part) for name, part in given.items()})
    except DefinitionError as error:
        problems = error.problems
    except ODD:
        problems = tuple(_as_far(cls._problems(made)))  # only those of `Value` check anything
    with suppress(*ODD):
        cls._derive(made)
    whole = all(hasattr(made, field.name) for field in attrs.fields(cls) if field.init)
    return problems, made if whole else NOTHING


def _as_far(problems: Iterator[Problem]) -> Iterator[Problem]:
    """Go on until a check meets a remnant that it did not expect."""
    with suppress(*ODD):
        yield from problems


def likely_kind(nearest: str, classes: Mapping[str, type]) -> type:
    """Return the class that data of no known kind is read as: the nearest, the only one, the base.

    Where they have none in common it is read as nothing.

    Args:
        nearest: The tag that was probably meant, if there is one.
        classes: Those that it may be, by their tags.
    """
    if nearest in classes:
        return classes[nearest]
    one, *others = classes.values()
    return next((base for base in FAMILIES if issubclass(one, base)), object) if others else one


def follows(problem: Problem, earlier: Iterable[str]) -> bool:
    """Tell whether a problem may only be there because a part could not be read.

    Args:
        problem: What a value says that has remnants in it.
        earlier: The places of what is wrong with its parts.
    """
    where, several = problem.where, tuple(earlier)
    if f"{STAND_INS[str]!r} twice" in problem.what:
        return True
    if where.endswith(".id") and repr(UNNAMED) in problem.what:  # made of a name that stands in
        return any(one.endswith(".name") for one in several)
    return any(_holds(where, one) or _holds(one, where) for one in several)


def _holds(outer: str, inner: str) -> bool:
    """Tell whether a place is within another, or the same."""
    return inner.startswith(outer) and inner[len(outer) : len(outer) + 1] in {"", ".", "["}
