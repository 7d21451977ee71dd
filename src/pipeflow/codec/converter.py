"""The two converters, and what the rest of the house calls: values to data and back.

Of cattrs this room takes what it does best: a `Converter` that finds the hook of any type, makes
it when it is first asked for and keeps it, and the functions that it generates to write a class.
The readers of classes, unions and containers are our own hooks. Those of cattrs convert what they
can ("5" is 5 to them), and make a value only where all its parts could be read; ours convert
nothing, give every problem its path and its nearest name, and go on with the rest of a value that
is wrong in part, so that its own checks are told in the same error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast, overload

import attrs
from cattrs import Converter

from ..errors import DefinitionError, Problem, shown, unknown
from .json_text import DEEPEST, check, parse, sized, write
from .kinds import KINDS, PLAIN, TAG, tag_of
from .problems import MisreadError, child, refused, told
from .quick import read_quickly
from .readers import add_readers
from .scalars import SCALARS, write_instant
from .shorthand import write_quickly, write_sharing
from .writers import add_writers

__all__ = ["dump", "dump_all", "dump_part", "dump_sharing", "from_data", "load", "to_data"]

T = TypeVar("T")
CLASSES: Mapping[str, type] = {tag: cls for cls, tag in (*KINDS.items(), *PLAIN.items())}


@cache
def _converter(*, portable: bool) -> Converter:
    """Make a converter; all hooks in one place and one order (trap T4)."""
    converter = Converter()
    add_readers(converter, portable=portable)
    add_writers(converter, portable=portable)
    return converter


def to_data(value: object, *, portable: bool = False) -> Any:
    """Return a value as plain JSON data: objects, lists, texts, whole numbers, true, false, null.

    Args:
        value: Any value of the model or of the ports.
        portable: As in a package: without revisions and without what equals its default.

    Raises:
        DefinitionError: For a value that canonical JSON cannot hold.
    """
    return _converter(portable=portable).unstructure(value)


def from_data(data: Any, kind: type[T], *, portable: bool = False) -> T:
    """Return the value that plain JSON data stands for.

    Args:
        data: What `to_data` returned, or a parser did; fields with a default may be left out.
        kind: The class of the value, or the base of its kinds: `Automation`, `Template`.
        portable: As in a package, where nothing has a revision.

    Raises:
        DefinitionError: With every problem, each with its path (`$.stages[1].name`), what was
            given, what is allowed and the nearest known name.
    """
    try:
        return cast("T", _converter(portable=portable).get_structure_hook(kind)(data, kind))
    except MisreadError as error:
        raise told(error.problems) from None
    except RecursionError:
        raise DefinitionError(Problem(f"is nested deeper than {DEEPEST} levels", "$")) from None


def dump(value: object) -> str:
    """Return a value as canonical JSON, with a tag that says what it is.

    The same value is the same text in every process: keys are sorted, sets too. Besides values,
    None, texts, whole numbers, and tuples of all these can be dumped: what a command answers.

    Raises:
        DefinitionError: For a value that canonical JSON cannot hold, with every place.
    """
    return sized(write_quickly(value) or write_strictly(value))


def dump_part(value: object) -> str:
    """Return a value as canonical JSON, without a tag where its place says what it is.

    Raises:
        DefinitionError: For a value that canonical JSON cannot hold, with every place.
    """
    return sized(write_quickly(value, tagged=False) or write(to_data(value)))


def dump_sharing(value: object, shares: dict[str, str]) -> str:
    """Return a value as `dump` does, with marks for lists that it has in common with others.

    Args:
        value: As for `dump`.
        shares: Takes up what the marks stand for, by the names in them (see `whole`).

    Raises:
        DefinitionError: For a value that canonical JSON cannot hold, with every place.
    """
    own: dict[str, str] = {}
    text = sized(write_sharing(value, own) or write_strictly(value), *own.values())
    shares.update(own)
    return text


def write_strictly(value: object) -> str:
    """Return the text of a value, as `dump` does, but by way of data that is looked over."""
    return write(_tagged(value))


def _tagged(value: object) -> Any:
    if attrs.has(type(value)):
        tag = tag_of(type(value))
        if tag is None:
            raise DefinitionError(Problem("is not a value that can be kept", "$", shown(value)))
        return {TAG: tag, **to_data(value)}
    if isinstance(value, tuple | list):
        return [_tagged(part) for part in value]
    if value is None or isinstance(value, str | int):
        return value
    raise DefinitionError(Problem("is not a value that can be kept", "$", shown(value)))


@overload
def load(text: str | bytes, kind: type[T]) -> T: ...
@overload
def load(text: str | bytes) -> Any: ...
def load(text: str | bytes, kind: type[Any] = object) -> Any:
    """Return the value of a text that `dump` wrote.

    Args:
        text: Canonical JSON.
        kind: What it must be: a class, or the base of its kinds; anything, unless said.

    Raises:
        DefinitionError: For a text that is not JSON or passes the limits, or data that is wrong.
    """
    if isinstance(text, str):
        for value in read_quickly(text):
            if isinstance(value, kind):
                return value
    return read_strictly(text, kind)


def read_strictly(text: str | bytes, kind: type[Any] = object) -> Any:
    """Return the value of a text, as `load` does, but without taking anything at its word."""
    try:
        return _untagged(parse(text), kind)
    except MisreadError as error:
        raise told(error.problems) from None


def _untagged(data: Any, kind: type[Any]) -> Any:
    if kind is not object and kind not in PLAIN:
        return from_data(data, kind)
    if type(data) is dict:
        tags = tuple(CLASSES) if kind is object else (PLAIN[kind],)
        if TAG not in data:
            raise MisreadError(Problem("is missing", child(TAG), allowed=tags))
        tag = data[TAG]
        if type(tag) is not str or tag not in tags:
            raise MisreadError(unknown(TAG, tag, tags, where=child(TAG)))
        if CLASSES[tag] in PLAIN:
            data = {key: part for key, part in data.items() if key != TAG}
        return from_data(data, CLASSES[tag])
    if kind is not object:
        raise refused("must be an object, {...}", data)
    if type(data) is list:
        return tuple(_untagged(part, object) for part in data)
    return None if data is None else SCALARS.get(type(data), _no_value)(data, None)


def _no_value(data: Any, _: Any) -> Any:
    raise refused("is not a value", data)


def dump_all(store: Mapping[str, Any]) -> str:
    """Return a whole store as one text, to compare two moments byte for byte.

    Args:
        store: What `MemoryStore.dump()` returned.
    """
    data = _laid_open(store)
    check(data)
    return write(data)


def _laid_open(value: object) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _laid_open(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_laid_open(part) for part in value]
    return write_instant(value) if isinstance(value, datetime) else _tagged(value)


def _key(key: object) -> str:
    return key if isinstance(key, str) else "/".join(map(str, cast("tuple[object, ...]", key)))
