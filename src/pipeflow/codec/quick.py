"""The quick reader: canonical text that this version wrote, read without asking why it is right.

A store reads a row for every command, and what it reads it wrote itself. So a text is first taken
at its word: every object has the keys of its class in order, every part is of a type that its
field can have. Where anything else stands, nothing is said here; the strict reader reads the text
anew, and tells what is wrong, or what an older version left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from json import JSONDecoder
from operator import itemgetter
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import attrs

from ..errors import DefinitionError
from ..model.accounts import TagChange
from ..model.events import Event, Line
from ..model.events.event import COMMON
from ..model.job_statuses import Status
from ..model.values import FieldValue, FrozenMap
from .json_text import LARGEST
from .kinds import FAMILIES, KINDS, PLAIN, RENAMED, TAG, family
from .problems import MisreadError
from .scalars import SCALARS, read_field
from .shares import SHARE, as_objects

__all__ = ["read_quickly"]

Reader = Callable[[Any], Any]
Told = Callable[[str, Any], Any]  # tells the value of a share, by its name and its type

KNOWN = 1000  # how many combinations of types a class remembers as right
# What a reader may raise where a text is not as it was taken to be.
ODD = (LookupError, TypeError, ValueError, RecursionError, MisreadError, DefinitionError)


class OddError(ValueError):
    """Raised where something stands that this reader does not take at its word."""


def read_quickly(text: str, kind: Any = None, told: Told | None = None) -> tuple[Any, ...]:
    """Return the value of a text that was written of one, alone in a tuple.

    Args:
        text: Canonical JSON; with marks for shares, where somebody tells what they stand for.
        kind: What it is, where its place says so; its tag does unless said.
        told: Tells what a share is, which was perhaps read before; a `LookupError` means that the
            strict reader has to look.

    Returns:
        The value; nothing, where the strict reader has to look.
    """
    if len(text) > LARGEST or "\\u" in text or not _is_whole(text):
        return ()
    decode = _decode
    if told is not None and "\x01" in text:
        text, decode = as_objects(text), JSONDecoder(object_pairs_hook=_hook(told)).decode
    try:
        data = decode(text)
        return (_tagged(data) if kind is None else _reader(kind)(data),)
    except ODD:
        return ()


class _Share:
    """A list that a text has in common with others; where no list can stand, it is odd."""

    __slots__ = ("_name", "_told")

    def __init__(self, name: str, told: Told) -> None:
        self._name, self._told = name, told

    def value(self, kind: Any) -> Any:
        """Return what it stands for."""
        return self._told(self._name, kind)


def _hook(told: Told) -> Callable[[list[tuple[str, Any]]], Any]:
    """Return what makes the objects of a text that has shares."""

    def made(pairs: list[tuple[str, Any]]) -> Any:
        if len(pairs) == 1 and pairs[0][0] == SHARE:
            return _Share(pairs[0][1], told)
        return _object(pairs)

    return made


def _is_whole(text: str) -> bool:
    """Tell whether a text holds no half of a pair of surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise OddError
    return made


_decode = JSONDecoder(object_pairs_hook=_object).decode


def _tagged(data: Any) -> Any:
    tag = data[TAG]
    if tag in _PLAIN:
        del data[TAG]
        return _reader(_PLAIN[tag])(data)
    return _reader(_KINDS[tag])(data)


_PLAIN = {tag: cls for cls, tag in PLAIN.items()}
_KINDS = {tag: cls for cls, tag in KINDS.items()}


# -- classes --------------------------------------------------------------------------------------


class _Shape:
    """How the object of a class looks: its keys in order, and what may stand under each."""

    def __init__(self, cls: type, kinds: Mapping[str, Any], make: Callable[..., Any]) -> None:
        """Get ready.

        Args:
            cls: The class; one that stands in unions has its tag among its keys.
            kinds: The types of its fields by their keys, in the order in which *make* takes them.
            make: Makes the value, or whatever stands for it.
        """
        tag = {TAG: str} if cls in KINDS else {}
        types = dict(sorted({**kinds, **tag}.items()))
        self._keys = [*types]
        self._allowed = [_data_types(kind) for kind in types.values()]
        self._known: set[tuple[type, ...]] = set()
        self._parts = itemgetter(*kinds) if len(kinds) > 1 else None
        self._kinds = kinds
        self._readers: list[tuple[int, Reader]] | None = None  # made when met: conditions nest
        self._make = make

    def read(self, data: Any) -> Any:
        """Return the value that an object stands for."""
        if [*data] != self._keys:
            raise OddError
        types = (*map(type, data.values()),)
        if types not in self._known:
            self._learn(types)
        if self._readers is None:
            found = enumerate(map(_reader, self._kinds.values()))
            self._readers = [(place, read) for place, read in found if read is not _as_it_is]
        parts = [*self._parts(data)] if self._parts is not None else [data[k] for k in self._kinds]
        for place, read in self._readers:
            part = parts[place]
            if part is not None:
                parts[place] = read(part)
        return self._make(*parts)

    def _learn(self, types: tuple[type, ...]) -> None:
        if any(one not in allowed for one, allowed in zip(types, self._allowed, strict=True)):
            raise OddError
        if len(self._known) < KNOWN:
            self._known.add(types)


def _as_it_is(data: Any) -> Any:
    return data


def _fields(cls: Any) -> dict[str, Any]:
    """Return the types of what a class is made of, by their keys in JSON."""
    hints, renamed = get_type_hints(cls), RENAMED.get(cls, {})
    given = [one for one in attrs.fields(cls) if one.init]
    return {renamed.get(one.name, one.name): hints[one.name] for one in given}


def _class_reader(cls: Any) -> Reader:
    given = [one for one in attrs.fields(cls) if one.init]
    make = cls
    if any(one.kw_only for one in given):
        names = [one.alias for one in given]

        def make(*parts: Any) -> Any:
            return cls(**dict(zip(names, parts, strict=True)))

    return _Shape(cls, _fields(cls), make).read


def _line_reader(cls: Any) -> Reader:
    """Read an event without what its chapter says, as a line of the chapter."""
    kinds = {key: kind for key, kind in _fields(cls).items() if key not in COMMON}
    return _Shape(cls, kinds, lambda *parts: (cls, *parts)).read


# -- types ----------------------------------------------------------------------------------------


@cache
def _data_types(kind: Any) -> frozenset[type]:
    """Return the types of data that may stand where a type is asked for."""
    if kind == FieldValue:
        return frozenset({str, int, bool, list, dict})
    if get_origin(kind) in {Union, UnionType}:
        return frozenset().union(*map(_data_types, get_args(kind)))
    if kind in {bool, int, NoneType}:
        return frozenset({kind})
    if get_origin(kind) in {tuple, frozenset} and kind != Line:
        return frozenset({list, _Share})
    if get_origin(kind) is FrozenMap:
        ordered = get_args(kind)[1] == TagChange | None  # choices, whose order matters
        return frozenset({dict, list} if ordered else {dict})
    if kind is Status:
        return frozenset({str, dict})
    return frozenset({dict if kind == Line or attrs.has(kind) or kind in FAMILIES else str})


@cache
def _reader(kind: Any) -> Reader:
    """Return the reader of a type; None never comes to it."""
    if kind in {str, bool}:
        return _as_it_is
    if kind == FieldValue:
        return cast("Reader", read_field)
    if kind == Line:
        return _by_tag({tag: cls for cls, tag in FAMILIES[Event].items()}, _line_reader)
    if get_origin(kind) in {Union, UnionType}:
        return _union_reader(kind)
    if get_origin(kind) is tuple:
        return _tuple_reader(kind)
    if get_origin(kind) is frozenset:
        return _set_reader(kind)
    if get_origin(kind) is FrozenMap:
        return _map_reader(kind)
    if kind in FAMILIES:
        return _by_tag({tag: cls for cls, tag in FAMILIES[kind].items()}, _class_reader)
    if kind is Status:
        whole = _class_reader(kind)
        return lambda data: whole(data) if type(data) is dict else Status(data)
    if attrs.has(kind):
        return _by_tag({KINDS[kind]: kind}, _class_reader) if kind in KINDS else _class_reader(kind)
    if issubclass(kind, StrEnum):
        return {member.value: member for member in kind}.__getitem__
    scalar = SCALARS[kind]
    return lambda data: scalar(data, kind)


def _by_tag(kinds: Mapping[str, Any], body: Callable[[Any], Reader]) -> Reader:
    """Make the reader of a family, whose tag says which of its kinds the data is."""
    readers = {tag: _Late(body, cls) for tag, cls in kinds.items()}
    return lambda data: readers[data[TAG]].read(data)


class _Late:
    """A reader that is made when it is first needed: most kinds of a family are never met."""

    __slots__ = ("_body", "_cls", "read")

    def __init__(self, body: Callable[[Any], Reader], cls: Any) -> None:
        self._body, self._cls = body, cls
        self.read: Reader = self._first

    def _first(self, data: Any) -> Any:
        self.read = self._body(self._cls)
        return self.read(data)


def _union_reader(union: Any) -> Reader:
    """Make the reader of alternatives: objects are told apart by tags, all else is of one type."""
    members = [one for one in get_args(union) if one is not NoneType]
    kinds = {tag: cls for one in members for cls, tag in family(one).items()}
    others = [one for one in members if not family(one)]
    other = _reader(others[0]) if others else _as_it_is
    if not kinds:
        return other
    tagged = _by_tag(kinds, _class_reader)
    return lambda data: tagged(data) if type(data) is dict else other(data)


def _each(kind: Any) -> Callable[[Any], Any]:
    """Return what reads each part of a list, one after another."""
    read, allowed = _reader(kind), _data_types(kind)

    def unless_none(part: Any) -> Any:
        return None if part is None else read(part)

    def parts(data: Any) -> Any:
        if not allowed.issuperset(map(type, data)):
            raise OddError
        if read is _as_it_is:
            return data
        return map(read, data) if NoneType not in allowed else map(unless_none, data)

    return parts


def _tuple_reader(kind: Any) -> Reader:
    args = get_args(kind)
    if args[-1] is Ellipsis:
        parts = _each(args[0])
        return lambda data: data.value(kind) if type(data) is _Share else (*parts(data),)
    each = [_each(one) for one in args]

    def read(data: Any) -> Any:
        return tuple(next(iter(one([part]))) for one, part in zip(each, data, strict=True))

    return read


def _set_reader(kind: Any) -> Reader:
    parts = _each(*get_args(kind))
    return lambda data: frozenset(parts(data))


def _map_reader(kind: Any) -> Reader:
    _, member = get_args(kind)
    parts = _each(member)

    def read(data: Any) -> Any:
        if type(data) is list:  # choices, whose order matters
            data = _object(data)
        if not all(type(key) is str for key in data):
            raise OddError
        return FrozenMap(zip(data, parts(data.values()), strict=True))

    return read
