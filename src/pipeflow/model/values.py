"""What all values have in common: checked when made, immutable mappings, ids and revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeAlias, TypeVar, Union, cast

import attrs

from ..errors import DefinitionError, Problem, shown
from .text import slug, text_problems

__all__ = ["Definition", "FieldValue", "FrozenMap", "Value", "choice", "names", "replaced"]

K = TypeVar("K")
V = TypeVar("V", covariant=True)
T = TypeVar("T")
E = TypeVar("E", bound=Enum)

# What a custom field or an answer can hold; money and measures are Decimal, never float.
FieldValue: TypeAlias = Union[str, int, bool, Decimal, date, tuple[str, ...]]
LARGEST_INT = 2**53  # beyond it JSON readers in other languages round


class FrozenMap(Mapping[K, V], Generic[K, V]):
    """A mapping that never changes and can be hashed; it equals any mapping of the same content."""

    __slots__ = ("_content", "_hash")

    _content: dict[K, V]

    def __init__(self, content: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> None:
        """Copy *content*, keeping its order."""
        object.__setattr__(self, "_content", dict(content))

    def __getitem__(self, key: K) -> V:
        """Return what *key* leads to."""
        return self._content[key]

    def __iter__(self) -> Iterator[K]:
        """Go through the keys in the order given."""
        return iter(self._content)

    def __len__(self) -> int:
        """Count the entries."""
        return len(self._content)

    def __hash__(self) -> int:
        """Hash by content, whatever the order."""
        return hash(frozenset(self._content.items()))

    def __repr__(self) -> str:
        """Look like the dict it was made of."""
        return repr(self._content)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: frozen is frozen."""
        raise attrs.exceptions.FrozenInstanceError

    def __reduce__(self) -> tuple[type[FrozenMap[K, V]], tuple[dict[K, V]]]:
        """Pickle and copy as the content."""
        return FrozenMap, (self._content,)


@attrs.frozen
class Value:
    """Base of what hosts define: it is checked when it is made, and refused with all its problems."""

    def __attrs_post_init__(self) -> None:
        """Refuse a value that is wrong, naming every problem."""
        problems = tuple(self._problems())
        if problems:
            raise DefinitionError(*problems)

    def _problems(self) -> Iterator[Problem]:
        """Yield what is wrong; subclasses add theirs."""
        return iter(())


def _own_id(self: Any) -> str:  # noqa: ANN401  (attrs hands over the half-made instance)
    return slug(self.name) if isinstance(self.name, str) else ""


@attrs.frozen
class Definition(Value):
    """Base of what a firm saves under an id: members, templates, pipelines.

    `id` is made of the name unless one is given. `revision` counts the saves of a thing that a
    store holds (None: never saved); it is outside `==` and `hash`, and edits keep it.
    """

    name: str
    id: str = attrs.field(default=attrs.Factory(_own_id, takes_self=True), kw_only=True)
    revision: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        if isinstance(self.name, str):
            yield from text_problems(self.id, "$.id", empty=False)


def replaced(value: T, /, **changes: object) -> T:
    """Copy a value with some fields changed, without checking it again.

    For the rules, whose changes are right by construction; hosts use `attrs.evolve`, which checks.
    """
    cls = type(value)
    slots = _SLOTS.get(cls)
    if slots is None:
        names_of = [field.name for field in attrs.fields(cast("Any", cls))]
        slots = _SLOTS[cls] = [(n, getattr(cls, n).__get__, getattr(cls, n).__set__) for n in names_of]
    copy = object.__new__(cls)
    for name, read, write in slots:
        write(copy, changes[name] if name in changes else read(value))
    return copy


# The slot descriptors of each class, found once; a cache of what the classes themselves say.
_SLOTS: dict[type, list[tuple[str, Callable[..., Any], Callable[..., Any]]]] = {}


def choice(enum: type[E]) -> Callable[[E | str], E]:
    """Make a converter that takes a member of *enum* or its value, and teaches the others."""

    def convert(given: E | str) -> E:
        try:
            return enum(given)
        except ValueError:
            allowed = tuple(str(member.value) for member in enum)
            raise DefinitionError(
                Problem(f"is no {enum.__name__}", "$", shown(given), allowed)
            ) from None

    return convert


def names(given: Iterable[str] | str) -> frozenset[str]:
    """Convert tags and the like to a set; a lone text is one name, not its letters."""
    if isinstance(given, str):
        return frozenset({given})
    try:
        return frozenset(given)
    except TypeError:
        raise DefinitionError(Problem("must be texts", "$", shown(given))) from None


def name_problems(given: Iterable[object], where: str) -> Iterator[Problem]:
    """Yield what is wrong with a set of names."""
    for name in given:
        yield from text_problems(name, where, empty=False)


def frozen_fields(given: Mapping[str, Any] | None) -> FrozenMap[str, FieldValue]:
    """Convert custom fields or answers; lists become tuples."""
    try:
        pairs = dict(given or {}).items()
    except (TypeError, ValueError):
        raise DefinitionError(Problem("must be a mapping", "$", shown(given))) from None
    return FrozenMap({k: tuple(v) if isinstance(v, list | set) else v for k, v in pairs})


def field_problems(fields: Mapping[str, object], where: str) -> Iterator[Problem]:
    """Yield what is wrong with custom fields or answers."""
    for name, value in fields.items():
        yield from text_problems(name, where, empty=False)
        place = f"{where}[{shown(name)}]"
        if isinstance(value, str):
            yield from text_problems(value, place)
        elif isinstance(value, tuple):
            yield from name_problems(value, place)
        elif isinstance(value, float):
            yield Problem("is a float, which rounds; write Decimal('...')", place, shown(value))
        elif isinstance(value, datetime) or not isinstance(value, int | Decimal | date):
            allowed = ("text", "int", "bool", "Decimal", "date", "several texts")
            yield Problem("can not be kept in a field", place, shown(value), allowed)
        elif isinstance(value, Decimal) and not value.is_finite():
            yield Problem("must be a finite number", place, shown(value))
        elif isinstance(value, int) and abs(value) > LARGEST_INT:
            yield Problem("is too large a whole number; write it as text", place, shown(value))


def items(given: Iterable[V] | None) -> tuple[V, ...]:
    """Convert lists to tuples, refusing a lone text and what cannot be gone through."""
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise DefinitionError(Problem("must be a list", "$", shown(given)))
    return tuple(cast("Iterable[V]", given))
