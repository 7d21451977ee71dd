"""Parts: what a definition is made of, wherever in it conditions and automations may stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import attrs

from .logic import AllOf, AnyOf, Condition, Not
from .record import replaced

__all__ = ["changed", "parts_of", "questions_in"]

T = TypeVar("T")


def parts_of(value: Any, where: str = "$") -> Iterator[tuple[Any, str]]:
    """Yield a value and all that it is made of, each with its place."""
    if isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from parts_of(one, f"{where}[{number}]")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from parts_of(one, f"{where}[{key!r}]")
    elif attrs.has(type(value)):
        yield value, where
        for field in attrs.fields(type(value)):
            yield from parts_of(getattr(value, field.name), f"{where}.{field.name}")


def questions_in(value: Any, where: str = "$") -> Iterator[tuple[Condition, str]]:
    """Yield the plain questions of all conditions in a definition, each with its place."""
    for one, place in parts_of(value, where):
        if isinstance(one, Condition) and not isinstance(one, AllOf | AnyOf | Not):
            yield one, place


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
        return value if all(map(_same, parts, value)) else tuple(parts)
    if not attrs.has(type(value)):
        return value
    new = change(value)
    if new is not value:
        return new
    fields = [field.name for field in attrs.fields(type(value)) if field.init]
    after = {name: _changed(getattr(value, name), change) for name in fields}
    other = {name: one for name, one in after.items() if one is not getattr(value, name)}
    return replaced(value, **other) if other else value


def _same(one: object, other: object) -> bool:
    return one is other
