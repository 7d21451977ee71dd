"""What all values have in common: checked when made, immutable mappings, ids and revisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, Final, Generic, TypeAlias, TypeVar, Union, cast

import attrs

from ..errors import DefinitionError, Problem, shown
from .checks import choice_problems, repeated
from .record import Plain, frozen
from .text import composed, slug, text_problems

__all__ = [
    "UNCHANGED",
    "Definition",
    "FieldValue",
    "FrozenMap",
    "Unchanged",
    "Value",
    "as_choice",
    "choice",
    "composed_parts",
    "field_value",
    "frozen_fields",
    "gathered",
    "items",
    "names",
    "texts",
]

K = TypeVar("K")
V = TypeVar("V", covariant=True)
T = TypeVar("T")
E = TypeVar("E", bound=Enum)

# What a custom field or an answer can hold; money and measures are Decimal, never float.
FieldValue: TypeAlias = Union[str, int, bool, Decimal, date, tuple[str, ...]]


class Unchanged(Enum):
    """What an edit says of a field that stays as it is; None takes away what the field holds."""

    UNCHANGED = "unchanged"

    def __repr__(self) -> str:
        """Look like the name by which it is given."""
        return self.name


UNCHANGED: Final = Unchanged.UNCHANGED


class FrozenMap(Mapping[K, V], Generic[K, V]):
    """A mapping that never changes and can be hashed; it equals any mapping of the same content."""

    __slots__ = ("_content",)

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


@frozen
class Value(Plain):
    """Base of what hosts define: checked when it is made, and refused with all its problems.

    Its texts are composed (R-16), but for those fields that hold a host's own references.
    """

    _to_the_letter: ClassVar[tuple[str, ...]] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse a wrong value with every problem; derive what follows from a right one."""
        problems = (*_compose(self), *self._problems())
        if problems:
            raise DefinitionError(*problems)
        self._derive()

    def _problems(self) -> Iterator[Problem]:
        """Yield what is wrong; subclasses add theirs."""
        return iter(())


_FIELDS: dict[type, tuple[str, ...]] = {}  # a cache of what the classes themselves say


def _compose(value: Any) -> Iterator[Problem]:
    """Compose the texts of a value that is just being made, and yield names that become one."""
    cls = value.__class__
    fields = _FIELDS.get(cls)
    if fields is None:
        given = (field.name for field in attrs.fields(cls) if field.init)
        fields = _FIELDS[cls] = tuple(name for name in given if name not in cls._to_the_letter)
    for name in fields:
        old = getattr(value, name)
        if old.__class__ is str and old.isascii():
            continue
        new = composed_parts(old)
        if new is not old:
            object.__setattr__(value, name, new)
        if isinstance(new, FrozenMap) and len(new) < len(old):
            for twice in repeated(composed(name) for name in old if isinstance(name, str)):
                what = f"names {shown(twice)} twice, with its accents typed in two ways"
                yield Problem(f"{what}; leave one of them out", f"$.{name}")


def composed_parts(given: Any) -> Any:
    """Compose a text, or the texts in a tuple, set or mapping (R-16); the very same if all were."""
    if isinstance(given, str):
        return composed(given)
    if isinstance(given, tuple | frozenset):
        parts = [*map(composed_parts, given)]
        same = all(new is old for new, old in zip(parts, given, strict=True))
        return given if same else (tuple if isinstance(given, tuple) else frozenset)(parts)
    if isinstance(given, FrozenMap):
        pairs = [(composed_parts(key), composed_parts(part)) for key, part in given.items()]
        olds = given.items()
        same = all(n[0] is o[0] and n[1] is o[1] for n, o in zip(pairs, olds, strict=True))
        return given if same else FrozenMap(pairs)
    return given


def own_id(self: Any) -> str:
    """Make the id of the name; attrs hands over the half-made instance."""
    return slug(self.name) if isinstance(self.name, str) else ""


@frozen
class Definition(Value):
    """Base of what a firm saves under an id: members, templates, pipelines.

    `id` is made of the name unless one is given. `revision` counts the saves of a thing that a
    store holds (None: never saved); it is outside `==` and `hash`, and edits keep it.
    """

    name: str
    id: str = attrs.field(default=attrs.Factory(own_id, takes_self=True), kw_only=True)
    revision: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        if isinstance(self.name, str) or self.id:
            yield from text_problems(self.id, "$.id", empty=False)


def as_choice(enum: type[E], given: E | str) -> E:
    """Convert the value of a member to the member; `choice_problems` names what is none."""
    try:
        return enum(given)
    except ValueError:
        return cast("E", given)


def choice(enum: type[E], given: E | str, where: str = "$") -> E:
    """Return the member of *enum* that was given, or whose value was, and refuse all else."""
    member = as_choice(enum, given)
    if problems := tuple(choice_problems(enum, member, where)):
        raise DefinitionError(*problems)
    return member


def names(given: Iterable[str] | str) -> frozenset[str]:
    """Convert tags and the like to a set; a lone text is one name, not its letters."""
    return gathered((given,) if isinstance(given, str) else given)


def gathered(given: Iterable[T]) -> frozenset[T]:
    """Convert to a set what can be one; checks name what can not."""
    several = items(given)
    try:
        return frozenset(several)
    except TypeError:
        return cast("frozenset[T]", several)


def items(given: Iterable[T] | None) -> tuple[T, ...]:
    """Convert lists to tuples; a lone text, and what can not be gone through, passes to checks."""
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        return cast("tuple[T, ...]", given)
    return tuple(given)


def texts(given: Iterable[str]) -> tuple[str, ...]:
    """Convert a list of texts to a tuple."""
    return items(given)


def frozen_fields(given: Mapping[str, Any] | None) -> FrozenMap[str, FieldValue]:
    """Convert custom fields or answers; several texts become a tuple."""
    if given is None:
        return FrozenMap()
    if not isinstance(given, Mapping):
        return cast("FrozenMap[str, FieldValue]", given)
    return FrozenMap({name: field_value(value) for name, value in given.items()})


def field_value(given: Any) -> FieldValue:
    """Convert the value of a custom field: a list to a tuple, a set to a sorted one."""
    if isinstance(given, list):
        return tuple(given)
    if isinstance(given, set | frozenset):
        return tuple(sorted(given, key=str))
    return cast("FieldValue", given)
