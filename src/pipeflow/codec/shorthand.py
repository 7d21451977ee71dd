"""The quick writer: a value as canonical text, without data in between.

It writes what the strict writer does, to the last byte, and nothing else: what it does not know,
or what no store could keep, it leaves to that one. Values do not change, so that the texts of the
latest parts of lists are kept at hand: of a job whose one item changed, one item is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from json import encoder
from operator import attrgetter, call, itemgetter
from types import NoneType, UnionType
from typing import Any, NoReturn, Union, cast, get_args, get_origin, get_type_hints

import attrs

from ..errors import DefinitionError
from ..model.accounts import TagChange
from ..model.checks import LARGEST_INT
from ..model.events import Event, Line
from ..model.events.event import COMMON
from ..model.job_statuses import Status
from ..model.values import FieldValue, FrozenMap
from .json_text import is_plain
from .kinds import FAMILIES, KINDS, PLAIN, RENAMED, TAG
from .scalars import WRITERS

__all__ = ["Latest", "write_quickly"]

Reader = Callable[[Any], tuple[Any, ...]]
Writer = Callable[[Any], str]

STATUSES = tuple[Status, ...]  # each may be a name alone
ROOM = 4_000_000  # characters of each half of the texts that are kept at hand
# What a writer may raise where something is not as its class says.
ODD = (LookupError, TypeError, ValueError, AttributeError, RecursionError, DefinitionError)
quote = cast("Writer", encoder.encode_basestring)
apply: Any = call  # a loop in Python takes longer


class OddError(ValueError):
    """Raised where something stands that this writer does not know."""


def write_quickly(value: Any, *, tagged: bool = True) -> str | None:
    """Return a value as canonical text; None: the strict writer has to look.

    Args:
        value: A value of the model or of the ports.
        tagged: Whether a tag says what it is, where its place does not.
    """
    try:
        text = _class_writer(value.__class__, tagged=tagged)(value)
    except ODD:
        return None
    return text if is_plain(text) else None


# -- classes --------------------------------------------------------------------------------------


@cache
def _class_writer(cls: Any, *, tagged: bool = False) -> Writer:
    """Return the writer of a class; one that stands in unions is tagged wherever it stands."""
    fields, renamed, hints = attrs.fields(cls), RENAMED.get(cls, {}), get_type_hints(cls)
    names = {renamed.get(one.name, one.name): one.name for one in fields if one.init}
    ordered = [names[key] for key in sorted(names)]
    tag = KINDS[cls] if cls in KINDS else PLAIN[cls] if tagged else None
    return _object_writer(names, tag, _reader(attrgetter, ordered), [hints[n] for n in ordered])


@cache
def _line_writer(cls: Any) -> Writer:
    """Return the writer of the lines of an event, which may end early, at fields left as ever."""
    if cls not in FAMILIES[Event]:
        raise OddError
    hints, own = get_type_hints(cls), attrs.fields(cls)[len(COMMON) :]
    names, rest = sorted(one.name for one in own), tuple(one.default for one in own)
    places = [1 + [one.name for one in own].index(name) for name in names]
    kinds = [hints[name] for name in names]
    body = _object_writer(names, KINDS[cls], _reader(itemgetter, places), kinds)
    return lambda line: body(line + rest[len(line) - 1 :])


def _reader(getter: Callable[..., Any], parts: Sequence[Any]) -> Reader:
    """Return what takes several parts of something, always as a tuple."""
    if len(parts) > 1:
        return cast("Reader", getter(*parts))
    return lambda value: tuple(getter(part)(value) for part in parts)


def _object_writer(
    keys: Iterable[str], tag: str | None, read: Reader, kinds: Sequence[Any]
) -> Writer:
    """Return what writes the parts of something as an object, with a tag in its place or without.

    Args:
        keys: Under which they stand.
        tag: What the object is, unless its place says so.
        read: Takes the parts, in the order of their keys.
        kinds: Their types.
    """
    told = dict.fromkeys(keys, "%s") | ({} if tag is None else {TAG: quote(tag)})
    form = f"{{{','.join(f'{quote(key)}:{told[key]}' for key in sorted(told))}}}"
    writers: list[Writer] = []

    def write(value: Any) -> str:
        if len(writers) < len(kinds):  # made when met: conditions nest
            writers[:] = map(_writer, kinds)
        return form % (*map(apply, writers, read(value)),)

    return write


# -- types ----------------------------------------------------------------------------------------


def _writer(kind: Any) -> Writer:
    """Return the writer of a type; what this room writes in a way of its own is odd."""
    if kind == FieldValue:
        return _write_field
    if get_origin(kind) in {Union, UnionType}:
        return _one_of(get_args(kind))
    if get_origin(kind) is tuple and get_args(kind)[-1] is Ellipsis and kind != STATUSES:
        return _list_writer(get_args(kind)[0])
    if get_origin(kind) is frozenset:
        each = _writer(*get_args(kind))
        return lambda value: f"[{','.join(map(each, sorted(value)))}]" if value else "[]"
    if get_origin(kind) is FrozenMap:
        return _map_writer(get_args(kind)[1])
    if kind in FAMILIES:
        return _by_class(dict.fromkeys(FAMILIES[kind]))
    if isinstance(kind, type) and attrs.has(kind):
        return _class_writer(kind)
    return _scalar_writer(kind)


def _scalar_writer(kind: Any) -> Writer:
    if kind in SCALARS:
        return SCALARS[kind]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {member: quote(member.value) for member in kind}.__getitem__
    if kind in WRITERS:
        write = WRITERS[kind]
        return lambda value: quote(write(value))
    return _odd


def _one_of(kinds: Iterable[Any]) -> Writer:
    """Return the writer of alternatives: nothing, or what its class says."""
    members = [kind for kind in kinds if kind is not NoneType]
    if len(members) > 1:
        return _by_class({one: kind for kind in members for one in FAMILIES.get(kind, (kind,))})
    body = _writer(members[0])
    if body is quote:
        return _text_or_none
    return lambda value: "null" if value is None else body(value)


def _by_class(kinds: Mapping[Any, Any]) -> Writer:
    """Return the writer of one of these classes, or of nothing."""
    known: dict[Any, Writer] = {NoneType: lambda _: "null"}

    def write(value: Any) -> str:
        cls = value.__class__
        if cls not in known:  # made when met: most kinds of a family never are
            if cls not in kinds:
                raise OddError
            known[cls] = _writer(cls)
        return known[cls](value)

    return write


def _list_writer(kind: Any) -> Writer:
    if kind == Line:
        return lambda value: f"[{','.join([_line_writer(line[0])(line) for line in value])}]"
    each = _writer(kind)
    if isinstance(kind, type) and attrs.has(kind):
        each = Latest(each).text
    return lambda value: f"[{','.join(map(each, value))}]" if value else "[]"


def _map_writer(kind: Any) -> Writer:
    each = _writer(kind)
    if kind == TagChange | None:  # choices, whose order matters
        return lambda value: f"[{','.join([f'[{quote(k)},{each(v)}]' for k, v in value.items()])}]"
    return lambda value: f"{{{','.join([f'{quote(k)}:{each(value[k])}' for k in sorted(value)])}}}"


class Latest:
    """The texts of the latest values, each written once as long as it is at hand."""

    __slots__ = ("_new", "_old", "_taken", "_write")

    def __init__(self, write: Writer) -> None:
        """Begin with none; values do not change, so each is told by what it is."""
        self._write = write
        self._new: dict[int, tuple[Any, str]] = {}
        self._old: dict[int, tuple[Any, str]] = {}
        self._taken = 0

    def text(self, value: Any) -> str:
        """Return the text of a value; the older half goes when the newer one is full."""
        place = id(value)
        found = self._new.get(place)
        if found is None or found[0] is not value:
            found = self._old.get(place)
            if found is None or found[0] is not value:
                found = (value, self._write(value))
            if self._taken > ROOM:
                self._old, self._new, self._taken = self._new, {}, 0
            self._new[place] = found
            self._taken += len(found[1])
        return found[1]


def _odd(_: Any) -> NoReturn:
    raise OddError


def _write_field(value: Any) -> str:
    write = FIELDS.get(value.__class__, _odd)
    return write(value)


def _text_or_none(value: Any) -> str:
    return "null" if value is None else quote(value)


def _truth(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    raise OddError


def _whole(value: Any) -> str:
    if value.__class__ is int and -LARGEST_INT <= value <= LARGEST_INT:
        return repr(value)
    raise OddError


SCALARS: Mapping[Any, Writer] = {str: quote, bool: _truth, int: _whole}
FIELDS: Mapping[Any, Writer] = {
    **SCALARS,
    tuple: _list_writer(str),
    Decimal: lambda value: f'{{"decimal":{quote(WRITERS[Decimal](value))}}}',
    date: lambda value: f'{{"date":{quote(WRITERS[date](value))}}}',
}
