"""What all values have in common: checked when made, immutable mappings, ids and revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from inspect import get_annotations
from operator import attrgetter, is_
from types import NoneType
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeAlias, TypeVar, Union, cast

import attrs

from ..errors import DefinitionError, Problem, shown
from .checks import choice_problems, repeated
from .closed import class_problem
from .record import LINE, Plain, brief, frozen
from .text import composed, id_problems, plain, slug, text_problems

__all__ = [
    "UNCHANGED",
    "Definition",
    "FieldValue",
    "FrozenMap",
    "Unchanged",
    "Value",
    "as_choice",
    "as_table",
    "choice",
    "composed_parts",
    "field_value",
    "frozen_fields",
    "gathered",
    "items",
    "names",
    "spoken",
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

    So is a value of a host's own class, which nobody could read again. Its texts are composed
    (R-16), but for those fields that hold a host's own references.
    """

    _to_the_letter: ClassVar[tuple[str, ...]] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse a wrong value with every problem; derive what follows from a right one."""
        texts = _TEXTS.get(self.__class__) or _learned(self.__class__)
        twins = () if texts is NO_TEXTS else _compose(self, texts)
        problems = (*twins, *self._problems())
        if problems:
            raise DefinitionError(*problems)
        self._derive()

    def _problems(self) -> Iterator[Problem]:
        """Yield what is wrong; subclasses add theirs."""
        return iter(())


class _Texts(NamedTuple):
    """Where the values of a class hold texts: by themselves, in tuples, sets and mappings, and
    such as are kept to the letter.
    """

    alone: tuple[str, ...]
    read: Callable[[Any], tuple[Any, ...]]
    several: tuple[str, ...]
    exact: tuple[str, ...] = ()


NO_TEXTS = _Texts((), lambda _: (), ())
_TEXTS: dict[type, _Texts] = {}  # a cache of what the classes themselves say
PLAIN = frozenset({str, NoneType})
_SEVERAL = ("[str", "[Person", "FieldValue")  # what stands in the annotations of such fields


def _learned(cls: type) -> _Texts:
    """Find out the same of a class of which the first value is being made, and refuse others."""
    if (problem := class_problem(cls)) is not None:
        raise DefinitionError(problem)
    return texts_of(cls)


def texts_of(cls: Any) -> _Texts:
    """Find out which fields of a class have texts to be composed, by their annotations.

    As they are written, that is: the codec has attrs put types in their place.
    """
    written: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        written |= get_annotations(base)
    hints = {f.name: str(written[f.name]) for f in attrs.fields(cls) if f.init}
    exact = tuple(name for name in cls._to_the_letter if hints.pop(name, None))
    alone = tuple(name for name, hint in hints.items() if hint in {"str", "str | None"})
    several = tuple(n for n, hint in hints.items() if any(part in hint for part in _SEVERAL))
    # Two names at least, for then a tuple is read.
    read = attrgetter(*alone, *alone[:1]) if alone else NO_TEXTS.read
    found = NO_TEXTS
    if alone or several or exact:
        found = _Texts(alone, read, several, exact)
    _TEXTS[cls] = found
    return found


def _compose(value: Any, texts: _Texts) -> Iterable[Problem]:
    """Compose the texts of a value that is just being made, and return what becomes one so.

    Nearly all texts are ASCII, and so composed: that is found out for all of them in one go.
    """
    alone, read, several, exact = texts
    problems: tuple[Problem, ...] = ()
    for name in () if _all_ascii(read(value)) else alone:
        old = getattr(value, name)
        if isinstance(old, str):
            object.__setattr__(value, name, composed(old))
    for name in exact:
        old = getattr(value, name)
        if isinstance(old, str):
            object.__setattr__(value, name, plain(old))
    for name in several:
        old = getattr(value, name)
        new = composed_parts(old)
        if new is not old:
            object.__setattr__(value, name, new)
            if new.__class__ is FrozenMap and len(new) < len(old):
                problems += tuple(_twin_problems(old, f"$.{name}"))
    return problems


def _all_ascii(texts: Iterable[Any]) -> bool:
    """Tell whether these are plain texts, or none, and nothing in them could be composed."""
    return PLAIN.issuperset(map(type, texts)) and "".join(filter(None, texts)).isascii()


def composed_parts(given: Any) -> Any:
    """Compose a text, or the texts in a tuple, set or mapping (R-16); the very same if all were."""
    kind = given.__class__
    if kind is tuple or kind is frozenset:
        if not given or _all_ascii(given):
            return given
        parts = [*map(composed_parts, given)]
        return given if all(map(is_, parts, given)) else kind(parts)
    if kind is FrozenMap:
        if not given or (_all_ascii(given) and _all_ascii(given.values())):
            return given
        names, parts = [*map(composed_parts, given)], [*map(composed_parts, given.values())]
        same = all(map(is_, names, given)) and all(map(is_, parts, given.values()))
        return given if same else FrozenMap(zip(names, parts, strict=True))
    return composed(given) if isinstance(given, str) else given


def _twin_problems(names: Iterable[Any], where: str) -> Iterator[Problem]:
    for twice in repeated(composed(name) for name in names if isinstance(name, str)):
        what = f"names {shown(twice)} twice, with its accents typed in two ways"
        yield Problem(f"{what}; leave one of them out", where)


def own_id(self: Any) -> str:
    """Make the id of the name; attrs hands over the half-made instance."""
    return slug(self.name) if isinstance(self.name, str) else ""


EMPTY = ((), frozenset[Any](), FrozenMap[Any, Any]())


def as_table(value: Value) -> str:
    """Write a value for a cell of a notebook: a row for each field that is not as by default.

    For definitions, whose `repr` is code, and may be long.
    """
    from ..show import Document, Table  # showing is rare

    rows = tuple(
        ("" if number else field.name.replace("_", " "), _one_line(one))
        for field in attrs.fields(type(value))
        if field.repr and (given := getattr(value, field.name)) not in (field.default, *EMPTY)
        for number, one in enumerate(_entries(given))
    )
    return Document((Table(("Field", "Given"), rows, caption=type(value).__name__),)).html()


def _entries(given: Any) -> Iterable[Any]:
    match given:
        case tuple():
            return given
        case frozenset():
            return sorted(given, key=_one_line)
        case FrozenMap():
            return (f"{name}: {one}" for name, one in given.items())
        case _:
            return (given,)


def _one_line(given: Any) -> str:
    match given:
        case object(label=str() as told) | object(name=str() as told):
            return brief(told, LINE)
        case _:
            return brief(str(given), LINE)


@frozen
class Definition(Value):
    """Base of what a firm saves under an id: members, templates, pipelines.

    `id` is made of the name unless one is given. `revision` counts the saves of a thing that a
    store holds (None: never saved); it is outside `==` and `hash`, and edits keep it.
    """

    name: str
    id: str = attrs.field(default=attrs.Factory(own_id, takes_self=True), kw_only=True)
    revision: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)

    _repr_html_ = as_table

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        if isinstance(self.name, str) or self.id:
            yield from id_problems(self.id, "$.id")


def as_choice(enum: type[E], given: E | str) -> E:
    """Convert the value of a member to the member; `choice_problems` names what is none."""
    try:
        return enum(given) if isinstance(given, str) else given
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
    """Convert to a set what can be one; checks name what cannot."""
    several = items(given)
    try:
        return frozenset(several)
    except TypeError:
        return cast("frozenset[T]", several)


def items(given: Iterable[T] | None) -> tuple[T, ...]:
    """Convert lists to tuples; a lone text, and what cannot be gone through, passes to checks."""
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


def spoken(value: FieldValue | None) -> FieldValue | None:
    """Return a value as clients say it: yes and no are words, and one of several is itself.

    What is the same so is one and the same answer, whether a form or a program gave it.
    """
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def field_value(given: Any) -> FieldValue:
    """Convert the value of a custom field: a list to a tuple, a set to a sorted one."""
    if isinstance(given, list):
        return tuple(given)
    if isinstance(given, set | frozenset):
        return tuple(sorted(given, key=str))
    return cast("FieldValue", given)
