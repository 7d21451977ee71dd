"""Reading data into values: strict, and with every problem at its path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
from cattrs import Converter

from ..errors import DefinitionError, Problem, unknown
from ..model.accounts import TagChange
from ..model.events import Event, Line
from ..model.events.event import COMMON
from ..model.job_statuses import Status
from ..model.values import FieldValue, FrozenMap
from .kinds import FAMILIES, RENAMED, TAG, family
from .problems import NOTHING, SOUGHT, MisreadError, child, refused
from .scalars import SCALARS, read_field, read_text

__all__ = ["add_readers"]

Reader = Callable[[Any, Any], Any]
T = TypeVar("T")


def add_readers(converter: Converter, *, portable: bool) -> None:
    """Teach *converter* to read every value; a portable one knows no revisions.

    cattrs asks the hook that was registered last first, so the order here goes from the general
    to the particular.
    """

    def hook(predicate: Callable[[Any], bool], factory: Callable[[Any], Reader]) -> None:
        converter.register_structure_hook_factory(predicate, factory)

    def body(cls: type) -> Reader:
        return _class_reader(cls, converter, portable=portable)

    def line(cls: type) -> Reader:
        return _line_reader(cls, converter)

    for scalar, reader in SCALARS.items():
        converter.register_structure_hook(scalar, reader)
    hook(attrs.has, body)
    hook(lambda t: t is Status, lambda _: _status_reader(body(Status)))
    hook(lambda t: get_origin(t) is tuple, lambda t: _tuple_reader(t, converter))
    hook(lambda t: get_origin(t) is frozenset, lambda t: _set_reader(t, converter))
    hook(lambda t: get_origin(t) is FrozenMap, lambda t: _map_reader(t, converter))
    hook(lambda t: bool(family(t)), lambda t: _kind_reader(family(t), body))
    hook(lambda t: get_origin(t) in {Union, UnionType}, lambda t: _union_reader(t, converter, body))
    hook(lambda t: t == FieldValue, lambda _: read_field)
    hook(lambda t: t == Line, lambda _: _kind_reader(FAMILIES[Event], line))


# -- classes ------------------------------------------------------------------------------------


class _Field(NamedTuple):
    name: str
    required: bool
    read: Reader
    type: Any


def _fields(cls: type, converter: Converter, *, portable: bool) -> Iterator[tuple[str, _Field]]:
    hints = get_type_hints(cls)
    renamed = RENAMED.get(cls, {})
    for field in attrs.fields(cls):
        if not field.init or (portable and field.name == "revision"):
            continue
        kind = hints[field.name]
        reader = converter.get_structure_hook(kind)
        key = renamed.get(field.name, field.name)
        yield key, _Field(field.name, field.default is attrs.NOTHING, reader, kind)


def _class_reader(cls: type, converter: Converter, *, portable: bool) -> Reader:
    fields = dict(_fields(cls, converter, portable=portable))
    return _object_reader(fields, partial(_made, cls))


def _line_reader(cls: Any, converter: Converter) -> Reader:
    """Read an event without what its chapter says, as a line of the chapter."""
    fields = {key: one for key, one in _fields(cls, converter, portable=False) if key not in COMMON}
    unsaid = dict.fromkeys(COMMON)
    return _object_reader(fields, lambda given: cls(**unsaid, **given).line())


def _object_reader(fields: Mapping[str, _Field], make: Callable[[dict[str, Any]], Any]) -> Reader:
    """Read the fields of an object by their keys, and make of them what they stand for."""

    def read(data: Any, _: Any) -> Any:
        if type(data) is not dict:
            raise refused("must be an object, {...}", data)
        problems: list[Problem] = []
        given: dict[str, Any] = {}
        lacking = False
        for key, field in fields.items():
            if key not in data:
                if field.required:
                    problems.append(Problem("is missing", child(key)))
                    lacking = True
                continue
            try:
                given[field.name] = field.read(data[key], field.type)
            except MisreadError as error:
                problems += (problem.at(child(key)) for problem in error.problems)
                if error.rest is not NOTHING:
                    given[field.name] = error.rest
                lacking = lacking or (error.rest is NOTHING and field.required)
        problems += (unknown("key", k, fields, where=child(k)) for k in data if k not in fields)
        if not problems:
            return make(given)
        if lacking:
            raise MisreadError(*problems)
        try:
            rest = make(given)
        except MisreadError as error:
            problems += (p for p in error.problems if not any(_follows(p, q) for q in problems))
            raise MisreadError(*problems) from None
        raise MisreadError(*problems, rest=rest)

    return read


def _made(cls: type[T], given: Mapping[str, Any]) -> T:
    """Make the value; its constructor speaks of paths that begin with itself."""
    try:
        return cls(**given)
    except DefinitionError as error:
        raise MisreadError(*error.problems) from None


def _follows(problem: Problem, earlier: Problem) -> bool:
    """Tell whether a problem may only be there because a part could not be read."""
    one, other = problem.where, earlier.where
    return one.startswith(other) or other.startswith(one)


def _status_reader(body: Reader) -> Reader:
    """Read a status, which is written as its name where that says all."""

    def read(data: Any, kind: Any) -> Any:
        if type(data) is dict:
            return body(data, kind)
        return _made(Status, {"name": read_text(data)})

    return read


# -- unions ---------------------------------------------------------------------------------------


def _kind_reader(kinds: Mapping[type, str], body: Callable[[type], Reader]) -> Reader:
    """Make the reader of a family: the tag says which of its kinds the data is (trap T1, T2)."""
    classes = {tag: cls for cls, tag in kinds.items()}
    bodies: dict[str, Reader] = {}  # built when met, for conditions hold conditions

    def read(data: Any, _: Any) -> Any:
        if type(data) is not dict:
            raise refused(f'must be an object with a "{TAG}"', data, classes)
        if TAG not in data:
            raise MisreadError(Problem("is missing", child(TAG), allowed=tuple(classes)))
        tag = data[TAG]
        if type(tag) is not str:
            wrong = refused("must be text", tag, classes)
            raise MisreadError(*(problem.at(child(TAG)) for problem in wrong.problems))
        if tag not in classes:
            raise MisreadError(unknown(TAG, tag, classes, where=child(TAG)))
        if tag not in bodies:
            bodies[tag] = body(classes[tag])
        return bodies[tag]({key: part for key, part in data.items() if key != TAG}, None)

    return read


def _union_reader(union: Any, converter: Converter, body: Callable[[type], Reader]) -> Reader:
    """Make the reader of alternatives, of which the shape of the data chooses one."""
    members = get_args(union)
    optional = NoneType in members
    scalars = [m for m in members if m is not NoneType and not family(m) and not attrs.has(m)]
    plain = [m for m in members if attrs.has(m) and not family(m)]
    kinds = {cls: tag for member in members for cls, tag in family(member).items()}
    if len(scalars) + len(plain) + bool(kinds) != 1 + bool(scalars and kinds):
        raise TypeError(f"the codec cannot tell the members of {union} apart")
    tagged = _kind_reader(kinds, body)
    untagged = (scalars or plain or [str])[0]  # str: all members have tags, and it is not asked
    other = converter.get_structure_hook(untagged)

    def read(data: Any, _: Any) -> Any:
        if data is None and optional:
            return None
        if kinds and (type(data) is dict or not scalars):
            return tagged(data, None)
        return other(data, untagged)

    return read


# -- containers ---------------------------------------------------------------------------------


def _each(pairs: Iterator[tuple[str, Reader, Any, Any]]) -> list[Any]:
    """Read every part, and tell the problems of all of them."""
    problems: list[Problem] = []
    parts: list[Any] = []
    for place, reader, kind, data in pairs:
        try:
            parts.append(reader(data, kind))
        except MisreadError as error:
            problems += (problem.at(place) for problem in error.problems)
            parts.append(error.rest)
            if len(problems) > SOUGHT:
                raise MisreadError(*problems) from None
    if problems:
        whole = not any(part is NOTHING for part in parts)
        raise MisreadError(*problems, rest=tuple(parts) if whole else NOTHING)
    return parts


def _list(data: Any) -> list[Any]:
    if type(data) is not list:
        raise refused("must be a list, [...]", data)
    return data


def _tuple_reader(kind: Any, converter: Converter) -> Reader:
    args = get_args(kind)
    readers = [converter.get_structure_hook(arg) for arg in args if arg is not Ellipsis]
    several = args[-1] is Ellipsis

    def read(data: Any, _: Any) -> Any:
        given = _list(data)
        if not several and len(given) != len(readers):
            raise refused(f"must be a list of {len(readers)}", data)
        return tuple(
            _each(
                (
                    f"$[{number}]",
                    readers[0 if several else number],
                    args[0 if several else number],
                    one,
                )
                for number, one in enumerate(given)
            )
        )

    return read


def _set_reader(kind: Any, converter: Converter) -> Reader:
    (member,) = get_args(kind)
    reader = converter.get_structure_hook(member)

    def read(data: Any, _: Any) -> Any:
        given = enumerate(_list(data))
        return frozenset(_each((f"$[{number}]", reader, member, one) for number, one in given))

    return read


def _map_reader(kind: Any, converter: Converter) -> Reader:
    _, member = get_args(kind)
    reader = converter.get_structure_hook(member)

    def read(data: Any, _: Any) -> Any:
        if type(data) is list and member == TagChange | None:
            data = _from_pairs(data)
        if type(data) is not dict:
            raise refused("must be an object, {...}", data)
        for key in data:
            read_text(key)
        try:
            parts = _each((child(key), reader, member, one) for key, one in data.items())
        except MisreadError as error:
            raise MisreadError(*error.problems) from None
        return FrozenMap(zip(data, parts, strict=True))

    return read


def _from_pairs(data: list[Any]) -> Any:
    """Turn choices, whose order matters and which a sorted object would lose, into an object.

    An answer that stands alone changes no tags: not every notation has a null.
    """
    pairs: list[Any] = [[one, None] if type(one) is str else one for one in data]
    for number, pair in enumerate(pairs):
        if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
            wrong = refused("must be an answer, or a pair of one and its change of tags", pair)
            raise MisreadError(*(problem.at(f"$[{number}]") for problem in wrong.problems))
    found = dict(pairs)
    if len(found) != len(data):
        raise refused("offers an answer twice", data)
    return found
