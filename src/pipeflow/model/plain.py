"""What every value can do: print in one line, equal its like, be hashed."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, cast

import attrs

__all__ = ["Plain"]


class Plain:
    """Base of attrs values: `Name(field=value, ...)`, equal by class and content.

    What attrs would write for each class when it is imported. Written once for all of them, it
    takes a quarter off the time that `import pipeflow` costs a host.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Print in one line, without the fields that do not show."""
        cls = cast("Any", type(self))
        shown = (f"{f.name}={_told(getattr(self, f.name))}" for f in attrs.fields(cls) if f.repr)
        return f"{cls.__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        """Equal a value of the very same class whose fields are equal."""
        cls = type(self)
        if other.__class__ is not cls:
            return NotImplemented
        content = _CONTENTS.get(cls) or _content_of(cls)
        return bool(content(self) == content(other))

    def __hash__(self) -> int:
        """Hash by class and content."""
        cls = type(self)
        content = _CONTENTS.get(cls) or _content_of(cls)
        return hash((cls, content(self)))


def _told(value: object) -> str:
    """Print a value as `repr` does, but a set in order, so that every process prints the same."""
    if isinstance(value, frozenset) and value:
        return f"frozenset({{{', '.join(sorted(map(repr, value)))}}})"
    return repr(value)


# What a value of a class is compared by; a cache of what the classes themselves say.
_CONTENTS: dict[type, Callable[[Any], object]] = {}


def _content_of(cls: type) -> Callable[[Any], object]:
    """Return the function that reads the compared fields of a class in one go."""
    names = [field.name for field in attrs.fields(cast("Any", cls)) if field.eq]
    _CONTENTS[cls] = attrgetter(*names) if names else _nothing
    return _CONTENTS[cls]


def _nothing(_: object) -> tuple[()]:
    """Return the content of a value without fields."""
    return ()
