"""What every value can do: print in one line, equal its like, be hashed, be copied with changes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from itertools import repeat
from operator import attrgetter, call
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

from ..errors import one_line
from ..show.shown import Shown
from .classes import frozen, record

if TYPE_CHECKING:
    from ..show import Block, Document

__all__ = ["LINE", "Brief", "Plain", "brief", "frozen", "record", "replaced"]

NEWLINE = "\n"
LINE, NAME = 160, 60  # characters of what a value prints as, in one line, and of a name in it

T = TypeVar("T")


class Plain:
    """Base of attrs values: `Name(field=value, ...)`, equal by class and content.

    What attrs would write for each class anew; written once for all of them.
    """

    __slots__ = ()

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


class Brief(Shown):
    """Base of values that print in one line, and show themselves as a small table.

    A class of them says how it prints, `__str__`, of which `repr` is the first line.
    """

    __slots__ = ()

    @abstractmethod
    def cells(self) -> Mapping[str, str]:
        """Return what is shown of it, by what it is; the first is what it is called."""

    def __repr__(self) -> str:
        """Print in one line: `<Job 'Tax' (job-1) in 'intake' of 'tax', Active>`."""
        return f"<{type(self).__name__} {brief(str(self).partition(NEWLINE)[0], LINE)}>"

    def document(self) -> Document:
        """Build what is shown: a row for each thing that there is to say."""
        from ..show import Document  # showing is rare

        return Document(self._blocks())

    def _blocks(self) -> tuple[Block, ...]:
        from ..show import Table

        head, *rest = self.cells().items()
        rows = tuple((what, told) for what, told in rest if told)
        return (Table(head, rows, caption=type(self).__name__),)


def brief(text: str, most: int = NAME) -> str:
    """Return the beginning of a text, in one line, for a `repr`."""
    told = one_line(text)
    return told if len(told) <= most else f"{told[:most]}…"


def replaced(value: T, /, **changes: object) -> T:
    """Copy a value with some fields changed, without checking it again; what is derived follows.

    For the rules and the engine, whose changes are right by construction; hosts use
    `attrs.evolve`, which checks.

    Raises:
        KeyError: For a field that the class does not have, or derives itself.
    """
    cls = value.__class__
    layout = _LAYOUTS.get(cls) or _layout(cls)
    content = [*layout.read(value)]
    places = layout.places
    for name, new in changes.items():
        content[places[name]] = new
    copy: T = layout.make(*content)
    return copy


class _Layout:
    """How the values of one class are read, made and compared."""

    __slots__ = ("compared", "make", "places", "read")

    def __init__(self, cls: Any) -> None:
        fields = attrs.fields(cls)
        given = [field for field in fields if field.init]
        names = [field.name for field in given]
        # A constructor that takes every field as it is and does no more is the quickest way.
        plain = len(given) == len(fields) and not any(f.kw_only or f.converter for f in given)
        self.compared = _reader([field.name for field in fields if field.eq])
        self.read = _reader(names)
        self.places: Mapping[str, int] = {name: place for place, name in enumerate(names)}
        self.make: Callable[..., Any] = (
            cls if plain and not hasattr(cls, "__attrs_post_init__") else _maker(cls, names)
        )


def _maker(cls: Any, names: list[str]) -> Callable[..., Any]:
    """Return a function that makes a value slot by slot, past its checks, and then derives."""
    new, derive = cls.__new__, cls._derive
    writers = [getattr(cls, name).__set__ for name in names]
    write: Any = call  # a loop in Python takes longer

    def make(*content: object) -> Any:
        made = new(cls)
        tuple(map(write, writers, repeat(made), content))  # each slot its part
        derive(made)
        return made

    return make


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
