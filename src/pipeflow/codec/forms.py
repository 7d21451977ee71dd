"""Forms: how a part of a value is spelled in a text, and one generated function a class.

A class has the same fields for ever, so that all that is to be asked about them is asked once: what
remains is one expression that reads the fields and puts their texts between the keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from json import encoder
from types import NoneType, UnionType
from typing import Any, NamedTuple, NoReturn, Union, cast, get_args, get_origin

from ..model.checks import LARGEST_INT
from .kinds import TAG
from .scalars import WRITERS, write_instant

__all__ = ["OddError", "Part", "Writer", "form", "is_spelled", "odd", "quote", "spelled"]

Writer = Callable[..., str]

SCALARS = frozenset({str, bool, int, *WRITERS})
quote: Callable[[str], str] = encoder.encode_basestring


class OddError(ValueError):
    """Raised where something stands that the quick writer does not know."""


def odd(_: object) -> NoReturn:
    """Leave it to the strict writer."""
    raise OddError


def instant(at: datetime) -> str:
    """Return the text of an instant; elsewhere than in UTC those of two hours are equal."""
    return _in_utc(at) if at.tzinfo is UTC else quote(write_instant(at))


@lru_cache(maxsize=4096)
def _in_utc(at: datetime) -> str:
    """Return the text of an instant; those of a job stand in it again and again."""
    return quote(write_instant(at))


class Part(NamedTuple):
    """A part of something: its key in the text, the expression that reads it, and its type."""

    key: str
    given: str
    kind: Any


def form(
    takes: str, parts: Iterable[Part], tag: str | None, writer: Callable[[Any], Writer]
) -> Writer:
    """Generate the function that writes the parts of something as an object.

    Args:
        takes: The parameters of the function.
        parts: What it writes.
        tag: What the object is, unless its place says so.
        writer: Makes the writers of types that no expression spells.
    """
    names = _names()
    told = {part.key: f"{{{_spelling(part.kind, part.given, names, writer)}}}" for part in parts}
    if tag is not None:
        told[TAG] = quote(tag)
    body = ",".join(f"{quote(key)}:{told[key]}" for key in sorted(told))
    return _made(f"lambda {takes}: f'''{{{{{body}}}}}'''", names)


def is_spelled(kind: Any) -> bool:
    """Tell whether an expression spells a type: a scalar, or another type or nothing."""
    by_name = isinstance(kind, type) and issubclass(kind, StrEnum)
    return by_name or kind in SCALARS or get_origin(kind) in {Union, UnionType}


def spelled(kind: Any, writer: Callable[[Any], Writer]) -> Writer:
    """Generate the function that writes a value of a type that an expression spells."""
    if kind is str:
        return quote
    names = _names()
    return _made(f"lambda value: f'''{{{_spelling(kind, 'value', names, writer)}}}'''", names)


def _names() -> dict[str, Any]:
    """Return what generated functions speak of."""
    return {
        "quote": quote,
        "instant": instant,
        "odd": odd,
        "NULL": "null",
        "TRUE": "true",
        "FALSE": "false",
        "EMPTY": "[]",
        "LARGEST": LARGEST_INT,
    }


def _made(source: str, names: dict[str, Any]) -> Writer:
    """Return the function that a source says; only names of fields and of this room stand in it."""
    return cast("Writer", eval(source, names))  # noqa: S307


def _spelling(kind: Any, given: str, names: dict[str, Any], writer: Callable[[Any], Writer]) -> str:
    """Return the expression that spells a part, for braces in a text.

    What no expression spells is written by a function, which is called by a name of its own.
    """

    def called(function: Callable[..., Any]) -> str:
        name = f"part{len(names)}"
        names[name] = function
        return name

    if get_origin(kind) in {Union, UnionType}:
        members = [one for one in get_args(kind) if one is not NoneType]
        if len(members) == 1:
            body = _spelling(members[0], "v", names, writer)
            return f"(NULL if (v := {given}) is None else {body})"
    if get_origin(kind) in {tuple, frozenset}:
        return f"(EMPTY if not (v := {given}) else {called(writer(kind))}(v))"
    if kind is str:
        return f"quote({given})"
    if kind is bool:
        return f"(TRUE if (v := {given}) is True else FALSE if v is False else odd(v))"
    if kind is int:
        fits = f"(v := {given}).__class__ is int and -LARGEST <= v <= LARGEST"
        return f"(v if {fits} else odd(v))"
    if kind is datetime:
        return f"instant({given})"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        members_text: Mapping[Any, str] = {member: quote(member.value) for member in kind}
        return f"{called(members_text)}[{given}]"  # type: ignore[arg-type]
    if kind in WRITERS:
        return f"quote({called(WRITERS[kind])}({given}))"
    return f"{called(writer(kind))}({given})"
