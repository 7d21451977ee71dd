"""Parts: what a definition is made of, wherever in it conditions and automations may stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import is_
from typing import Any, TypeVar

import attrs

from ..errors import Problem
from .closed import class_problem
from .logic import AllOf, AnyOf, Condition, Not
from .record import replaced

__all__ = ["changed", "parts_of", "questions_in", "strange_problems"]

T = TypeVar("T")


def parts_of(value: Any, where: str = "$") -> Iterator[tuple[Any, str]]:
    """Yield a value and all that it is made of, each with its place."""
    left = [(value, where)]  # the next one stands last
    while left:
        one, place = left.pop()
        names = _names_of(one.__class__)
        inner: list[tuple[Any, str]]
        if isinstance(one, tuple):
            inner = [(part, f"{place}[{number}]") for number, part in enumerate(one)]
        elif not names and isinstance(one, Mapping):
            inner = [(part, f"{place}[{key!r}]") for key, part in one.items()]
        else:
            yield one, place
            inner = [
                (part, f"{place}.{name}")
                for name in names or ()
                if _names_of((part := getattr(one, name)).__class__) is not None
            ]
        left += [pair for pair in reversed(inner) if _names_of(pair[0].__class__) is not None]


_NAMES: dict[type, tuple[str, ...] | None] = {}  # a cache of what the classes themselves say


def _names_of(kind: type) -> tuple[str, ...] | None:
    """Return the names of the fields of a class, but for what follows from others.

    Lists and mappings have none, for their parts have no names; None for all else, which has no
    parts: most of what there is.
    """
    if kind not in _NAMES:
        if attrs.has(kind):
            _NAMES[kind] = tuple(field.name for field in attrs.fields(kind) if field.init)
        else:
            _NAMES[kind] = () if issubclass(kind, tuple | Mapping) else None
    return _NAMES[kind]


def questions_in(value: Any, where: str = "$") -> Iterator[tuple[Condition, str]]:
    """Yield the plain questions of all conditions in a definition, each with its place."""
    for one, place in parts_of(value, where):
        if isinstance(one, Condition) and not isinstance(one, AllOf | AnyOf | Not):
            yield one, place


def strange_problems(value: Any) -> Iterator[Problem]:
    """Yield which parts of a definition are of a class that is not pipeflow's own.

    Their constructors refuse that already, but for a class that put something in their place.
    """
    for one, place in parts_of(value):
        if (problem := class_problem(one.__class__)) is not None:
            yield problem.at(place)


def changed(value: T, change: Callable[[Any], Any]) -> T:
    """Copy a definition with those of its parts changed for which *change* returns another.

    Args:
        value: What is copied; where nothing changes, it is returned itself.
        change: Is given each part that is a value; what it puts in the place is right by
            construction, and is not looked into.
    """
    return _changed(value, change)  # type: ignore[no-any-return]


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple):
        parts = [_changed(one, change) for one in value]
        return value if all(map(is_, parts, value)) else tuple(parts)
    names = _names_of(value.__class__)
    if names is None or isinstance(value, Mapping):
        return value
    new = change(value)
    if new is not value:
        return new
    after = {name: _changed(getattr(value, name), change) for name in names}
    other = {name: one for name, one in after.items() if one is not getattr(value, name)}
    return replaced(value, **other) if other else value
