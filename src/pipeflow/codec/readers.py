"""Reading data into values: strict, and with every problem at its path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from inspect import isabstract
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
from cattrs import Converter

from ..errors import DefinitionError, Problem, unknown
from ..model.accounts import TagChange
from ..model.events import Event, Line
from ..model.events.event import COMMON
from ..model.job_statuses import Status
from ..model.values import FieldValue, FrozenMap, Value
from .kinds import FAMILIES, RENAMED, TAG, family
from .problems import NOTHING, SOUGHT, MisreadError, child, refused
from .remnants import follows, half_made, likely_kind, stand_in
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


def _keys(cls: Any) -> set[str]:
    renamed = RENAMED.get(cls, {})
    return {renamed.get(field.name, field.name) for field in attrs.fields(cls) if field.init}


def _class_reader(cls: type, converter: Converter, *, portable: bool) -> Reader:
    fields = dict(_fields(cls, converter, portable=portable))
    return _object_reader(fields, partial(_made, cls), partial(half_made, cls))


def _line_reader(cls: Any, converter: Converter) -> Reader:
    """Read an event without what its chapter says, as a line of the chapter."""
    fields = {key: one for key, one in _fields(cls, converter, portable=False) if key not in COMMON}
    unsaid = dict.fromkeys(COMMON)
    return _object_reader(
        fields, lambda given: cls(**unsaid, **given).line(), lambda _: ((), NOTHING)
    )


def _object_reader(
    fields: Mapping[str, _Field],
    make: Callable[[dict[str, Any]], Any],
    half_make: Callable[[dict[str, Any]], tuple[tuple[Problem, ...], Any]],
) -> Reader:
    """Read the fields of an object by their keys, and make of them what they stand for.

    Where some are wrong, it is half made, so that the rest is checked as well.
    """

    def read(data: Any, _: Any) -> Any:
        problems: list[Problem] = []
        is_object = type(data) is dict
        if not is_object:
            problems += refused("must be an object, {...}", data).problems
        given: dict[str, Any] = {}
        content: dict[str, Any] = data if is_object else {}
        for key, field in fields.items():
            if key in content:
                try:
                    given[field.name] = field.read(content[key], field.type)
                    continue
                except MisreadError as error:
                    problems += (problem.at(child(key)) for problem in error.problems)
                    if error.rest is not NOTHING:
                        given[field.name] = error.rest
                        continue
            elif field.required and is_object:
                problems.append(Problem("is missing", child(key)))
            if field.required:
                given[field.name] = stand_in(field.type)
        problems += (unknown("key", k, fields, where=child(k)) for k in content if k not in fields)
        if not problems:
            return make(given)
        earlier = [problem.where for problem in problems]
        more, rest = half_make(given)
        raise MisreadError(*problems, *(p for p in more if not follows(p, earlier)), rest=rest)

    return read


def _made(cls: type[T], given: Mapping[str, Any]) -> T:
    """Make the value; its constructor speaks of paths that begin with itself."""
    try:
        return cls(**given)
    except DefinitionError as error:
        _, rest = half_made(cls, given)
        raise MisreadError(*error.problems, rest=rest) from None


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
    bodies: dict[type, Reader] = {}  # built when met, for conditions hold conditions

    def read_as(cls: type, data: Mapping[str, Any]) -> Any:
        if cls not in bodies:
            bodies[cls] = body(cls)
        return bodies[cls]({key: part for key, part in data.items() if key != TAG}, None)

    def misread(problem: Problem, data: Any) -> MisreadError:
        """Read data of no known kind as the kind that it may be, as far as it is like that."""
        cls = likely_kind(problem.nearest, classes)
        if not issubclass(cls, Value) or isabstract(cls):
            return MisreadError(problem)
        keys = _keys(cls)
        try:
            rest = read_as(cls, {key: part for key, part in data.items() if key in keys})
        except MisreadError as error:
            unsaid = {"$", *(child(key) for key in keys if key not in data)}
            told = (p for p in error.problems if p.where not in unsaid)
            return MisreadError(problem, *told, rest=error.rest)
        return MisreadError(problem, rest=rest)

    def read(data: Any, _: Any) -> Any:
        if type(data) is not dict:
            (problem,) = refused(f'must be an object with a "{TAG}"', data, classes).problems
            raise misread(problem, {})
        if TAG not in data:
            raise misread(Problem("is missing", child(TAG), allowed=tuple(classes)), data)
        tag = data[TAG]
        if type(tag) is not str:
            (problem,) = refused("must be text", tag, classes).problems
            raise misread(problem.at(child(TAG)), data)
        if tag not in classes:
            raise misread(unknown(TAG, tag, classes, where=child(TAG)), data)
        return read_as(classes[tag], data)

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
    """Read every part, and tell the problems of all of them; the rest is what could be read."""
    problems: list[Problem] = []
    parts: list[Any] = []
    for place, reader, kind, data in pairs:
        try:
            parts.append(reader(data, kind))
        except MisreadError as error:
            problems += (problem.at(place) for problem in error.problems)
            parts.append(error.rest)
            if len(problems) > SOUGHT:
                break
    if problems:
        raise MisreadError(*problems, rest=parts)
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
        places = (0 if several else number for number in range(len(given)))
        parts = (
            (f"$[{number}]", readers[place], args[place], one)
            for number, (place, one) in enumerate(zip(places, given, strict=True))
        )
        try:
            return tuple(_each(parts))
        except MisreadError as error:
            spare = stand_in(args[0])  # in its place, for places are told by their numbers
            rest = tuple(spare if part is NOTHING else part for part in error.rest)
            raise MisreadError(*error.problems, rest=rest) from None

    return read


def _set_reader(kind: Any, converter: Converter) -> Reader:
    (member,) = get_args(kind)
    reader = converter.get_structure_hook(member)

    def read(data: Any, _: Any) -> Any:
        given = enumerate(_list(data))
        try:
            return frozenset(_each((f"$[{number}]", reader, member, one) for number, one in given))
        except MisreadError as error:
            rest = frozenset(part for part in error.rest if part is not NOTHING)
            raise MisreadError(*error.problems, rest=rest) from None

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
            pairs = zip(data, error.rest, strict=False)
            rest = FrozenMap((key, part) for key, part in pairs if part is not NOTHING)
            raise MisreadError(*error.problems, rest=rest) from None
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
