"""Source text: values as the Python that makes them, laid out as formatters lay it out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple, TypeAlias, Union

import attrs

__all__ = ["Group", "Part", "Writer", "laid_out", "quoted"]

WIDTH = 88
STEP = 4

Part: TypeAlias = Union[str, "Group"]


class Group(NamedTuple):
    """Parts in brackets, each with what stands before it: `name=`, `"key": `, or nothing."""

    opens: str
    parts: tuple[tuple[str, Part], ...]
    closes: str
    lone: bool = False  # whether one part needs a comma behind it, as in a tuple


def laid_out(part: Part, indent: int = 0, before: int = 0, after: int = 0) -> str:
    """Write a part in one line where it fits, else each of its parts in a line of its own.

    Args:
        part: What is written.
        indent: How deep its lines stand.
        before: How much stands before it in its first line.
        after: How much stands behind it in its last one.
    """
    flat = _flat(part)
    if isinstance(part, str) or not part.parts or before + len(flat) + after <= WIDTH:
        return flat
    inner = indent + STEP
    lines = [
        f"{' ' * inner}{name}{laid_out(one, inner, inner + len(name), 1)},"
        for name, one in part.parts
    ]
    return "\n".join([part.opens, *lines, " " * indent + part.closes])


def _flat(part: Part) -> str:
    if isinstance(part, str):
        return part
    inner = ", ".join(f"{name}{_flat(one)}" for name, one in part.parts)
    comma = "," * (part.lone and len(part.parts) == 1)
    return f"{part.opens}{inner}{comma}{part.closes}"


def quoted(text: str) -> str:
    """Write a text as a literal, in double quotes where it needs no escape for them."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in text else plain


class Writer:
    """Writes values, and remembers which names they need from where."""

    def __init__(self) -> None:
        """Begin without any."""
        self.imports: dict[str, set[str]] = {}

    def part(self, value: Any) -> Part:
        """Return what makes a value.

        Raises:
            TypeError: It is nothing that can be written.
        """
        found = self._plain(value)
        if found is not None:
            return found
        if isinstance(value, Mapping):
            return Group(
                "{", tuple((f"{self._key(k)}: ", self.part(v)) for k, v in value.items()), "}"
            )
        if isinstance(value, list):
            return Group("[", self._each(value), "]")
        if isinstance(value, tuple) and type(value) is tuple:
            return Group("(", self._each(value), ")", lone=True)
        if isinstance(value, AbstractSet):
            several = sorted(value, key=repr)
            return Group("frozenset({", self._each(several), "})") if several else "frozenset()"
        if attrs.has(type(value)):
            return self._made(value)
        raise TypeError(f"{type(value).__name__} cannot be written as source")

    def call(self, opens: str, given: Iterable[Part], named: Mapping[str, Part]) -> Group:
        """Return a call of something, `branch.move`, with what it is given."""
        parts = (*(("", one) for one in given), *((f"{k}=", v) for k, v in named.items()))
        return Group(f"{opens}(", parts, ")")

    def _key(self, key: Any) -> str:
        return _flat(self.part(key))

    def _each(self, several: Iterable[Any]) -> tuple[tuple[str, Part], ...]:
        return tuple(("", self.part(one)) for one in several)

    def _plain(self, value: Any) -> str | None:
        if isinstance(value, Enum):
            return f"{self._named(type(value))}.{value.name}"
        if value is None or isinstance(value, bool | int | float):
            return repr(value)
        if isinstance(value, str):
            return quoted(value)
        if isinstance(value, Decimal):
            self._need("decimal", "Decimal")
            return f'Decimal("{value}")'
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(UTC)
            self._need("datetime", "UTC")
        if isinstance(value, date | time | timedelta):
            self._need("datetime", type(value).__name__)
            return repr(value).removeprefix("datetime.").replace("datetime.timezone.utc", "UTC")
        return None

    def _made(self, value: Any) -> Group:
        cls = type(value)
        parts = tuple(
            (f"{field.alias}=", self.part(getattr(value, field.name)))
            for field in attrs.fields(cls)
            if field.init and not _is_default(field, value)
        )
        return Group(f"{self._named(cls)}(", parts, ")")

    def _named(self, cls: type) -> str:
        public = getattr(sys.modules["pipeflow"], cls.__name__, None) is cls
        self._need("pipeflow" if public else cls.__module__, cls.__qualname__)
        return cls.__qualname__

    def _need(self, module: str, name: str) -> None:
        self.imports.setdefault(module, set()).add(name)


def _is_default(field: attrs.Attribute[Any], value: Any) -> bool:
    default: Any = field.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        default = default.factory(value) if default.takes_self else default.factory()
    return default is not attrs.NOTHING and bool(default == getattr(value, field.name))
