"""What may be wrong with a field; converters let pass what they cannot convert, this names it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from ..errors import Problem, shown, unknown
from .text import spelt, text_problems

__all__ = [
    "alike",
    "choice_problems",
    "each_is",
    "exact_problems",
    "field_problems",
    "field_value_problems",
    "flags_problems",
    "language_problems",
    "moment_problems",
    "name_problems",
    "of_kind",
    "period_problems",
    "range_problems",
    "repeated",
    "texts_problems",
]

T = TypeVar("T")

LARGEST_INT = 2**53  # beyond it JSON readers in other languages round
LARGEST = Decimal(10) ** 15  # of amounts and other exact numbers
LONGEST_PERIOD = timedelta(days=36_525)  # a hundred years
# Between them any such period may be added or taken away, on any calendar.
EARLIEST, LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
MOST_DIGITS = 60  # of an exact number; what is longer is no measure of anything
_LANGUAGE = r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"


def texts_problems(value: object, fields: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with the named fields of a value that hold text, or none."""
    for field in fields:
        yield from text_problems(getattr(value, field), f"$.{field}")


def language_problems(tag: object, where: str, *, empty: bool = True) -> Iterator[Problem]:
    """Yield what is wrong with the code of a language."""
    if tag == "" and empty:
        return
    if not isinstance(tag, str) or not re.fullmatch(_LANGUAGE, tag):
        yield Problem("must be the code of a language", where, shown(tag), ("en", "de", "pt-BR"))


def flags_problems(value: object, fields: Iterable[str]) -> Iterator[Problem]:
    """Yield the named fields of a value that are neither True nor False."""
    for field in fields:
        given = getattr(value, field)
        if not isinstance(given, bool):
            yield Problem("must be True or False", f"$.{field}", shown(given))


def choice_problems(enum: type[Enum], given: object, where: str) -> Iterator[Problem]:
    """Yield the problem of a value that is no member of *enum*, with those that are."""
    if not isinstance(given, enum):
        words = "".join(f" {c.lower()}" if c.isupper() else c for c in enum.__name__).strip()
        yield unknown(words, given, [str(member.value) for member in enum], where=where)


def name_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with several names: tags, members, paths."""
    if not isinstance(given, tuple | frozenset):
        yield Problem("must be a list of texts", where, shown(given))
        return
    for number, name in enumerate(given):
        place = f"{where}[{number}]" if isinstance(given, tuple) else where
        yield from text_problems(name, place, empty=False)


def each_is(kind: type, given: object, where: str) -> Iterator[Problem]:
    """Yield the entries of a list that are not of the kind that it holds."""
    if not isinstance(given, tuple):
        yield Problem(f"must be a list, each entry {_a(kind)}", where, shown(given))
        return
    for number, one in enumerate(given):
        if not isinstance(one, kind):
            yield Problem(f"must be {_a(kind)}", f"{where}[{number}]", shown(one))


def _a(kind: type) -> str:
    return f"a{'n' * (kind.__name__[0] in 'AEIOU')} {kind.__name__}"


def of_kind(kind: type[T], given: object) -> tuple[T, ...]:
    """Return those entries that are of the kind: the ones that further checks can look into."""
    return tuple(one for one in given if isinstance(one, kind)) if isinstance(given, tuple) else ()


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that come more than once, sorted."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def alike(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of names that people could not tell apart, as each first comes up again."""
    first: dict[str, str] = {}
    for name in names:
        known = first.setdefault(spelt(name), name)
        if known != name:
            yield known, name


def period_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield the problem of what is no time span, or none longer than nothing, or endless."""
    if not isinstance(given, timedelta) or given <= timedelta():
        yield Problem("must be a positive timedelta", where, shown(given))
    elif given > LONGEST_PERIOD:
        what = f"must be at most {LONGEST_PERIOD.days} days, which is a hundred years"
        yield Problem(what, where, shown(given))


def moment_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield the problem of what is no instant, or one so far away that it cannot be reckoned with.

    What is no instant includes a datetime whose zone does not say how far it is from UTC.
    """
    if not isinstance(given, datetime) or given.utcoffset() is None:
        what = "must be an aware datetime, such as datetime(2027, 1, 1, tzinfo=timezone.utc)"
        yield Problem(what, where, shown(given))
    elif not EARLIEST <= given < LATEST:
        what = f"must lie between the years {EARLIEST.year} and {LATEST.year}"
        yield Problem(what, where, shown(given))


def range_problems(number: Decimal, where: str) -> Iterator[Problem]:
    """Yield the problem of a number that is none, or larger than any that is reckoned with."""
    if not number.is_finite() or number.copy_abs() > LARGEST:
        yield Problem(f"must be between -{LARGEST} and {LARGEST}", where, shown(number))


def exact_problems(number: Decimal, where: str) -> Iterator[Problem]:
    """Yield the problem of a number that is too large, or has more digits than are ever kept.

    A zero has digits too: `Decimal("0E+5000")` says that it has thousands of them.
    """
    problems = tuple(range_problems(number, where))
    yield from problems
    if not problems:
        _, digits, exponent = number.as_tuple()
        if len(digits) > MOST_DIGITS or abs(int(exponent)) > MOST_DIGITS:
            what = f"must have at most {MOST_DIGITS} digits; round it first"
            yield Problem(what, where, shown(number))


def field_problems(fields: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with custom fields or answers."""
    if not isinstance(fields, Mapping):
        yield Problem("must be a mapping of names to values", where, shown(fields))
        return
    for name, value in fields.items():
        yield from text_problems(name, where, empty=False)
        yield from field_value_problems(value, f"{where}[{shown(name)}]")


def field_value_problems(value: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the value of a custom field or an answer."""
    match value:
        case str():
            yield from text_problems(value, where)
        case tuple():
            yield from name_problems(value, where)
        case float():
            yield Problem("is a float, which rounds; write Decimal('...')", where, shown(value))
        case Decimal():
            yield from exact_problems(value, where)
        case int():
            if abs(value) > LARGEST_INT:
                yield Problem("is too large a whole number; write it as text", where, shown(value))
        case _:
            if isinstance(value, datetime) or not isinstance(value, date):
                allowed = ("text", "int", "bool", "Decimal", "date", "several texts")
                yield Problem("cannot be kept in a field", where, shown(value), allowed)
