"""What every value can do: print in one line, equal its like, be hashed, be copied with changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, ClassVar, TypeVar, cast

import attrs

from .classes import frozen, record

__all__ = ["Plain", "frozen", "record", "replaced"]

T = TypeVar("T")


class Plain:
    """Base of attrs values: `Name(field=value, ...)`, equal by class and content.

    What attrs would write for each class anew; written once for all of them.
    """

    __slots__ = ()

    # The fields from which others follow, where those are few; None: it may be any of them.
    _derived_from: ClassVar[frozenset[str] | None] = None

    def __repr__(self) -> str:
        """Print in one line, without the fields that do not show."""
        cls = cast("Any", type(self))
        shown = (f"{f.name}={_told(getattr(self, f.name))}" for f in attrs.fields(cls) if f.repr)
        return f"{cls.__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        """Equal a value of the very same class whose fields are equal."""
        if other.__class__ is not self.__class__:
            return NotImplemented
        content = _layout(self.__class__).compared
        return bool(content(self) == content(other))

    def __hash__(self) -> int:
        """Hash by class and content."""
        cls = self.__class__
        return hash((cls, _layout(cls).compared(self)))

    def _derive(self) -> None:
        """Note what follows from the fields; for classes with fields that no constructor takes."""


def replaced(value: T, /, **changes: object) -> T:
    """Copy a value with some fields changed, without checking it again; what is derived follows.

    For the rules and the engine, whose changes are right by construction; hosts use
    `attrs.evolve`, which checks.

    Raises:
        KeyError: For a field that the class does not have, or derives itself.
    """
    cls = value.__class__
    layout = _LAYOUTS.get(cls) or _layout(cls)
    copied, writers = layout.copied, layout.writers
    copy: T = copied(value)
    for name, new in changes.items():
        write = writers[name]
        write(copy, new)
    derive, sources = layout.derive, layout.sources
    if derive is not None and (sources is None or not sources.isdisjoint(changes)):
        derive(copy)
    return copy


class _Layout:
    """How the values of one class are copied and compared."""

    __slots__ = ("compared", "copied", "derive", "sources", "writers")

    def __init__(self, cls: Any) -> None:
        fields = attrs.fields(cls)
        sources: frozenset[str] | None = cls._derived_from
        slots = [field.name for field in fields if field.init or sources is not None]
        self.compared = _reader([field.name for field in fields if field.eq])
        self.sources = sources
        writers = {name: getattr(cls, name).__set__ for name in slots}
        self.copied = _copier(cls, writers)
        self.writers = {field.name: writers[field.name] for field in fields if field.init}
        derive: Callable[[Any], None] = cls._derive
        self.derive = None if derive is Plain.__dict__["_derive"] else derive


def _copier(cls: Any, writers: Mapping[str, Callable[..., None]]) -> Callable[[Any], Any]:
    """Write a function that copies a value slot by slot, as attrs writes its constructors.

    A loop takes three times as long. Where a class is frozen, only its slots themselves let
    somebody write.
    """
    is_open = cls.__setattr__ is object.__setattr__
    line = "copy.{0} = value.{0}" if is_open else "write_{0}(copy, value.{0})"
    lines = ["copy = new(cls)", *(line.format(name) for name in writers), "return copy"]
    known: dict[str, Any] = {
        "new": cls.__new__,
        "cls": cls,
        **{f"write_{n}": w for n, w in writers.items()},
    }
    exec("def copied(value):\n    " + "\n    ".join(lines), known)  # noqa: S102  (our own names)
    copied: Callable[[Any], Any] = known["copied"]
    return copied


def _reader(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return a function that reads these fields in one go."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


_LAYOUTS: dict[type, _Layout] = {}  # a cache of what the classes themselves say


def _layout(cls: type) -> _Layout:
    found = _LAYOUTS.get(cls)
    if found is None:
        found = _LAYOUTS[cls] = _Layout(cls)
    return found


def _told(value: object) -> str:
    """Print a value as `repr` does, but a set in order, so that every process prints the same."""
    if isinstance(value, frozenset) and value:
        return f"frozenset({{{', '.join(sorted(map(repr, value)))}}})"
    return repr(value)
