"""Shapes: what values look like in JSON, as a JSON Schema says it (draft 2020-12).

It follows the readers, type by type, and says of each class and field what its docstring says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from ..model.accounts import TagChange
from ..model.job_statuses import Status
from ..model.values import FieldValue, FrozenMap
from .kinds import FAMILIES, KINDS, RENAMED, TAG
from .scalars import FORMS

__all__ = ["Shapes"]

Shape: TypeAlias = dict[str, Any]

PLAIN_TYPES: dict[Any, Shape] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    NoneType: {"type": "null"},
}
# References to rules and pages, which only those who read the source know.
CITED = re.compile(r"\s\((?:[AR]-\d+|domain\.md[^,)]*)(?:, (?:[AR]-\d+|domain\.md[^,)]*))*\)")
ARGUMENT = re.compile(r"^    (\w+): (.*(?:\n     .*)*)", re.MULTILINE)


class Shapes:
    """The shapes of classes as a package has them, each told once and referred to by its name."""

    def __init__(self) -> None:
        """Begin with none."""
        self._told: dict[str, Shape] = {}

    @property
    def definitions(self) -> dict[str, Shape]:
        """All shapes to which others refer, by the names of their classes."""
        return dict(sorted(self._told.items()))

    def fields(self, cls: Any) -> tuple[dict[str, Shape], list[str]]:
        """Return the shapes of a class's fields by their keys, and the keys that must be there."""
        hints, renamed, told = get_type_hints(cls), RENAMED.get(cls, {}), _arguments(cls)
        properties: dict[str, Shape] = {}
        required: list[str] = []
        for field in attrs.fields(cls):
            if not field.init or field.name == "revision":
                continue
            key = renamed.get(field.name, field.name)
            shape = self._shape(hints[field.name])
            if field.name in told:
                shape = {"description": told[field.name], **shape}
            properties[key] = shape | _usual(field.default)
            if field.default is attrs.NOTHING:
                required.append(key)
        return properties, required

    def _shape(self, kind: Any) -> Shape:
        """Return the shape of a type."""
        if kind in PLAIN_TYPES:
            return dict(PLAIN_TYPES[kind])
        if kind in FORMS:
            return _form(kind)
        if kind == FieldValue:
            return self._refer("FieldValue", _field_value)
        if get_origin(kind) in {Union, UnionType}:
            return _any_of(self._shape(one) for one in get_args(kind))
        if kind in FAMILIES:
            return self._refer(kind.__name__, lambda: self._family(kind))
        if kind is Status:
            return _any_of(({"type": "string"}, self._refer_to_class(kind)))
        if attrs.has(kind):
            return self._refer_to_class(kind)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return self._refer(kind.__name__, lambda: _choice(kind))
        return self._container(kind)

    def _container(self, kind: Any) -> Shape:
        args = get_args(kind)
        if get_origin(kind) is FrozenMap:
            held = {"type": "object", "additionalProperties": self._shape(args[1])}
            return _any_of((held, self._pairs(args[1]))) if args[1] == TagChange | None else held
        if get_origin(kind) is frozenset or (get_origin(kind) is tuple and args[-1] is Ellipsis):
            return {"type": "array", "items": self._shape(args[0])}
        raise TypeError(f"no shape is known of {kind}")

    def _pairs(self, kind: Any) -> Shape:
        """Return the shape of choices in a list: answers alone, or in pairs as stores keep them."""
        pair = {
            "type": "array",
            "prefixItems": [{"type": "string"}, self._shape(kind)],
            "minItems": 2,
            "maxItems": 2,
        }
        return {"type": "array", "items": _any_of((dict(PLAIN_TYPES[str]), pair))}

    def _refer_to_class(self, cls: Any) -> Shape:
        return self._refer(cls.__name__, lambda: self._class(cls))

    def _refer(self, name: str, make: Any) -> Shape:
        """Refer to a shape by its name, and tell it if nobody has; they may hold one another."""
        if name not in self._told:
            self._told[name] = {}
            self._told[name] = make()
        return {"$ref": f"#/$defs/{name}"}

    def _family(self, base: Any) -> Shape:
        shape = _any_of(self._refer_to_class(cls) for cls in FAMILIES[base])
        return {**_described(base), **shape}

    def _class(self, cls: Any) -> Shape:
        properties, required = self.fields(cls)
        if cls in KINDS:
            properties, required = {TAG: {"const": KINDS[cls]}, **properties}, [TAG, *required]
        return {
            **_described(cls),
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }


def _form(kind: Any) -> Shape:
    """Return the shape of a plain value that is written as text."""
    form, example = FORMS[kind]
    plain = re.sub(r"\?P<\w+>", "", form.pattern).replace(r"\Z", "$").replace(r"\d", "[0-9]")
    return {"type": "string", "pattern": f"^(?:{plain})$", "examples": [example]}


def _field_value() -> Shape:
    """Return the shape of a custom field, or of an answer."""
    several = {"type": "array", "items": {"type": "string"}}
    tagged = (
        {
            "type": "object",
            "properties": {key: _form(kind)},
            "required": [key],
            "additionalProperties": False,
        }
        for key, kind in (("decimal", Decimal), ("date", date))
    )
    told = "What a custom field or an answer holds."
    return {
        "description": told,
        **_any_of((*(dict(PLAIN_TYPES[one]) for one in (str, int, bool)), several, *tagged)),
    }


def _choice(kind: type[StrEnum]) -> Shape:
    return {**_described(kind), "enum": [member.value for member in kind]}


def _any_of(shapes: Any) -> Shape:
    """Return the shape of alternatives; those of alternatives are laid open."""
    open_ones: list[Shape] = []
    for one in shapes:
        open_ones += one["anyOf"] if set(one) == {"anyOf"} else [one]
    return open_ones[0] if len(open_ones) == 1 else {"anyOf": open_ones}


def _usual(default: Any) -> Shape:
    """Return what an editor may show as what is meant where a key is left out."""
    if isinstance(default, StrEnum):
        return {"default": default.value}
    return {"default": default} if type(default) in {bool, int} else {}


# -- what docstrings say --------------------------------------------------------------------------


def _described(cls: type) -> Shape:
    """Return the first paragraph of a class's docstring, as its description."""
    first, _, _ = cleandoc(cls.__doc__ or "").partition("\n\n")
    return {"description": _plain(first)} if first else {}


def _arguments(cls: type) -> dict[str, str]:
    """Return what the docstrings of a class and its bases say of its fields."""
    return {name: said for base in reversed(cls.__mro__) for name, said in _told_of(base)}


def _told_of(cls: type) -> Iterator[tuple[str, str]]:
    _, _, rest = cleandoc(cls.__dict__.get("__doc__") or "").partition("Args:\n")
    section, _, _ = rest.partition("\n\n")
    for found in ARGUMENT.finditer(section):
        yield found[1], _plain(found[2])


def _plain(text: str) -> str:
    """Return a text on one line, without what only those know who read the source."""
    return CITED.sub("", " ".join(text.split()))
