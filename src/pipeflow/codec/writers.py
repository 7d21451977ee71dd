"""Writing values as data: each kind with its tag, sets sorted, instants in UTC."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
from cattrs import Converter
from cattrs.fns import identity
from cattrs.gen import make_dict_unstructure_fn, override

from ..errors import DefinitionError, Problem, shown
from ..model.accounts import TagChange
from ..model.events import Event, Line
from ..model.events.event import COMMON
from ..model.job_statuses import Status
from ..model.reminders import Reminders
from ..model.values import FieldValue, FrozenMap
from .kinds import FAMILIES, KINDS, PLAIN, RENAMED, TAG, tag_of
from .scalars import WRITERS, write_field

__all__ = ["add_writers"]

Writer = Callable[[Any], Any]

KNOWN = (*FAMILIES, *KINDS, *PLAIN)
WHOLE = frozenset({Reminders})  # their rhythm is short, and unclear by halves


def add_writers(converter: Converter, *, portable: bool) -> None:
    """Teach *converter* to write every value.

    What is stored is written whole, so that a default that changes in a later version changes
    nothing that was saved before. What is portable is written for people: without what equals its
    default, without revisions, short fields before long lists.
    """

    def hook(predicate: Callable[[Any], bool], factory: Callable[[Any], Writer]) -> None:
        converter.register_unstructure_hook_factory(predicate, factory)

    def by_class(_: Any) -> Writer:
        return converter.unstructure

    for scalar, writer in WRITERS.items():
        converter.register_unstructure_hook(scalar, writer)
    hook(attrs.has, lambda cls: _class_writer(cls, converter, portable=portable))
    hook(lambda t: get_origin(t) is tuple, lambda t: _tuple_writer(t, converter))
    hook(lambda t: t == tuple[Status, ...], lambda _: _statuses_writer(converter))
    hook(lambda t: get_origin(t) is frozenset, lambda t: _set_writer(t, converter))
    hook(
        lambda t: get_origin(t) is FrozenMap,
        lambda t: _map_writer(t, converter, ordered=not portable),
    )
    hook(lambda t: t in FAMILIES or get_origin(t) in {Union, UnionType}, by_class)
    hook(_is_optional, lambda t: _optional_writer(t, converter))
    hook(lambda t: t == FieldValue, lambda _: write_field)
    hook(lambda t: t == Line, lambda _: _line_writer(converter))


def _class_writer(cls: Any, converter: Converter, *, portable: bool) -> Writer:
    """Return the writer of a class, and of it alone: nobody could read again what it inherits from.

    A package is a class that this room does not know, and is written here all the same.
    """
    if tag_of(cls) is None and (not portable or issubclass(cls, KNOWN)):
        raise _unkept(cls)
    overrides: dict[str, Any] = {
        name: override(rename=renamed) for name, renamed in RENAMED.get(cls, {}).items()
    }
    if portable:
        overrides["id"] = override(omit_if_default=False)
        overrides["revision"] = override(omit=True)
    brief = portable and cls not in WHOLE
    if portable and cls in WHOLE:
        overrides["then"] = override(omit_if_default=True)  # which few have
    body = make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=brief, **overrides)
    tag = {TAG: KINDS[cls]} if cls in KINDS else {}

    def write(value: Any) -> dict[str, Any]:
        if value.__class__ is not cls:
            raise _unkept(value.__class__)
        return {**tag, **body(value)}

    def write_for_people(value: Any) -> dict[str, Any]:
        return dict(sorted(write(value).items(), key=lambda pair: _long(pair[1])))

    return write_for_people if portable else write


def _unkept(cls: type) -> DefinitionError:
    return DefinitionError(Problem("is of a class that cannot be kept", "$", cls.__qualname__))


def _is_optional(kind: Any) -> bool:
    """Tell whether a type is one other type, or None."""
    return get_origin(kind) in {Union, UnionType} and _but_none(kind) is not None


def _but_none(kind: Any) -> Any:
    members = [one for one in get_args(kind) if one is not NoneType]
    return members[0] if len(members) == 1 else None


def _optional_writer(kind: Any, converter: Converter) -> Writer:
    write = converter.get_unstructure_hook(_but_none(kind))
    return write if write is identity else lambda value: None if value is None else write(value)


def _line_writer(converter: Converter) -> Writer:
    """Write the line of a chapter: the tag of its event, and what the chapter does not say.

    A line may end early, where its last fields are as their event's class has them by default;
    what is written is whole.
    """
    unsaid = (None,) * len(COMMON)

    @cache
    def fields(kind: type) -> tuple[list[str], list[tuple[str, Writer]]]:
        if kind not in FAMILIES[Event]:
            raise DefinitionError(Problem("is not an event that can be kept", "$", shown(kind)))
        hints = get_type_hints(kind)
        names = [one.name for one in attrs.fields(kind)[len(COMMON) :]]
        found = [(name, converter.get_unstructure_hook(hints[name])) for name in names]
        return names, [(name, body) for name, body in found if body is not identity]

    def write(line: Line) -> dict[str, Any]:
        kind, *parts = line
        names, bodies = fields(kind)
        if len(parts) < len(names):
            _, *parts = kind(*unsaid, *parts).line()
        written: dict[str, Any] = {TAG: KINDS[kind], **dict(zip(names, parts, strict=True))}
        for name, body in bodies:
            written[name] = body(written[name])
        return written

    return write


def _long(data: Any) -> bool:
    return isinstance(data, list) and any(isinstance(part, dict) for part in data)


def _tuple_writer(kind: Any, converter: Converter) -> Writer:
    args = get_args(kind)
    if args[-1] is Ellipsis:
        write = converter.get_unstructure_hook(args[0])
        return lambda value: [write(part) for part in value]
    writers = [converter.get_unstructure_hook(arg) for arg in args]
    return lambda value: [write(part) for write, part in zip(writers, value, strict=True)]


def _statuses_writer(converter: Converter) -> Writer:
    """Write a status as its name where that says all, as it was before statuses could say more."""
    write = converter.get_unstructure_hook(Status)
    return lambda value: [one.name if one.is_plain else write(one) for one in value]


def _set_writer(kind: Any, converter: Converter) -> Writer:
    write = converter.get_unstructure_hook(*get_args(kind))

    def order(part: Any) -> tuple[bool, str]:
        return isinstance(part, dict), str(part)

    return lambda value: sorted((write(part) for part in value), key=order)


def _map_writer(kind: Any, converter: Converter, *, ordered: bool) -> Writer:
    _, member = get_args(kind)
    write = converter.get_unstructure_hook(member)
    if ordered and member == TagChange | None:  # choices: a sorted object would lose their order
        return lambda value: [[key, write(part)] for key, part in value.items()]
    return lambda value: {key: write(part) for key, part in value.items()}
