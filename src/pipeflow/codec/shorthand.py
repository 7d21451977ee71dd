"""The quick writer: a value as canonical text, without data in between.

It writes what the strict writer does, to the last byte, and nothing else: what it does not know,
or what no store could keep, it leaves to that one. Values do not change, so that the texts of the
latest parts of lists are kept at hand: of a job whose one item changed, one item is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from ..errors import DefinitionError
from ..model.accounts import TagChange
from ..model.events import Event, Line
from ..model.events.event import COMMON
from ..model.job_statuses import Status
from ..model.templates import Question
from ..model.values import FieldValue, FrozenMap
from .forms import OddError, Part, Writer, form, is_spelled, odd, quote, spelled
from .json_text import is_plain
from .kinds import FAMILIES, KINDS, RENAMED, tag_of
from .latest import LatestTexts
from .scalars import WRITERS
from .shares import Shares, names_in, whole

__all__ = ["write_quickly", "write_sharing"]

STATUSES = tuple[Status, ...]  # each may be a name alone
QUESTIONS = tuple[Question, ...]  # of which many jobs have the same
# What a writer may raise where something is not as its class says.
ODD = (LookupError, TypeError, ValueError, AttributeError, RecursionError, DefinitionError)


def write_quickly(value: Any, *, tagged: bool = True) -> str | None:
    """Return a value as canonical text; None: the strict writer has to look.

    Args:
        value: A value of the model or of the ports.
        tagged: Whether a tag says what it is, where its place does not.
    """
    apart = _apart(value, tagged=tagged)
    return None if apart is None else whole(apart[0], apart[1].__getitem__)


def write_sharing(value: Any, shares: dict[str, str]) -> str | None:
    """Return the tagged text of a value with marks for its shares; None as above.

    Args:
        value: A value of the model or of the ports.
        shares: Takes up what the marks stand for, by name.
    """
    apart = _apart(value, tagged=True)
    if apart is None:
        return None
    text, told = apart
    shares.update(told)
    return text


def _apart(value: Any, *, tagged: bool) -> tuple[str, dict[str, str]] | None:
    """Return the text of a value, and what the marks in it stand for, by name.

    A mark may outlive what it stands for: a job tells its questions anew, and all else is left to
    the strict writer.
    """
    known = _shares()
    try:
        text = _class_writer(value.__class__, tagged)(value)
        if not is_plain(text):
            return None
        names = names_in(text)
        if any(not known.has(name) for name in names):
            for part in (value, *(one.progress for one in getattr(value, "items", ()))):
                known.mark(getattr(part, "questions", ()))
        return text, {name: known.text(name) for name in names}
    except ODD:
        return None


@cache
def _shares() -> Shares:
    """Return the latest lists of questions."""
    return Shares(_list_writer(Question))


# -- classes --------------------------------------------------------------------------------------


@cache
def _class_writer(cls: Any, tagged: bool = False) -> Writer:
    """Return the writer of a class; one that stands in unions is tagged wherever it stands."""
    if tag_of(cls) is None:
        raise OddError
    renamed, hints = RENAMED.get(cls, {}), get_type_hints(cls)
    names = [one.name for one in attrs.fields(cls) if one.init]
    parts = [Part(renamed.get(name, name), f"value.{name}", hints[name]) for name in names]
    tag = tag_of(cls) if tagged or cls in KINDS else None
    return form("value", parts, tag, _writer)


@cache
def _line_writer(cls: Any) -> Writer:
    """Return the writer of the lines of an event, which may end early, at fields left as ever."""
    if cls not in FAMILIES[Event]:
        raise OddError
    hints, own = get_type_hints(cls), attrs.fields(cls)[len(COMMON) :]
    parts = [Part(one.name, f"part_{one.name}", hints[one.name]) for one in own]
    body = form(", ".join(("_", *(part.given for part in parts))), parts, KINDS[cls], _writer)
    rest = tuple(one.default for one in own)
    return lambda line: body(*line, *rest[len(line) - 1 :])


# -- types ----------------------------------------------------------------------------------------


@cache
def _writer(kind: Any) -> Writer:
    """Return the writer of a type; what this room writes in a way of its own is odd."""
    if kind == FieldValue:
        return _write_field
    if kind == QUESTIONS:
        return _shares().mark
    if get_origin(kind) in {Union, UnionType} and len(_members(kind)) > 1:
        kinds = _members(kind)
        return _by_class({one: each for each in kinds for one in FAMILIES.get(each, (each,))})
    if get_origin(kind) is tuple and kind != STATUSES:
        parts = get_args(kind)
        return _list_writer(parts[0]) if parts[-1] is Ellipsis else _row_writer(parts)
    if get_origin(kind) is frozenset:
        each = _writer(*get_args(kind))
        return lambda value: f"[{','.join(map(each, sorted(value)))}]"
    if get_origin(kind) is FrozenMap:
        return _map_writer(get_args(kind)[1])
    if kind in FAMILIES:
        return _by_class(dict.fromkeys(FAMILIES[kind]))
    if isinstance(kind, type) and attrs.has(kind):
        return _class_writer(kind)
    return spelled(kind, _writer) if is_spelled(kind) else odd


def _members(union: Any) -> list[Any]:
    return [kind for kind in get_args(union) if kind is not NoneType]


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
        each = LatestTexts(each).text
    return lambda value: f"[{','.join(map(each, value))}]"


def _row_writer(kinds: Iterable[Any]) -> Writer:
    """Return the writer of a tuple of so many parts, each of a type of its own."""
    writers = [*map(_writer, kinds)]

    def write(value: Any) -> str:
        parts = [each(part) for each, part in zip(writers, value, strict=True)]
        return f"[{','.join(parts)}]"

    return write


def _map_writer(kind: Any) -> Writer:
    each = _writer(kind)
    if kind == TagChange | None:  # choices, whose order matters
        return lambda value: f"[{','.join([f'[{quote(k)},{each(v)}]' for k, v in value.items()])}]"
    return lambda value: f"{{{','.join([f'{quote(k)}:{each(value[k])}' for k in sorted(value)])}}}"


def _write_field(value: Any) -> str:
    write = FIELDS.get(value.__class__, odd)
    return write(value)


FIELDS: Mapping[Any, Writer] = {
    **{kind: _writer(kind) for kind in (str, bool, int)},
    tuple: _list_writer(str),
    Decimal: lambda value: f'{{"decimal":{quote(WRITERS[Decimal](value))}}}',
    date: lambda value: f'{{"date":{quote(WRITERS[date](value))}}}',
}
