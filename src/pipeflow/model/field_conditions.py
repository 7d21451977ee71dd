"""Field conditions: more questions asked of the custom fields of an account.

A field that an account does not have is neither below nor above anything, neither before nor
after, and none of what is named. Nor is one that holds another kind of thing, such as a text where
a number is asked for.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs

from ..errors import Problem, shown
from .accounts import Account
from .checks import field_value_problems
from .conditions import quoted, shown_field
from .logic import NOBODY, Asked, Condition
from .money import decimal_of, decimal_problems
from .record import frozen
from .text import text_problems
from .values import FieldValue, items, spoken

__all__ = [
    "FieldAbove",
    "FieldAfter",
    "FieldBefore",
    "FieldBelow",
    "FieldIn",
    "FieldSet",
    "field_above",
    "field_after",
    "field_before",
    "field_below",
    "field_in",
    "field_set",
    "one_of",
    "several_problems",
    "values_given",
]

EMPTY = ("", ())  # what a field holds that was emptied


# -- values: what a field or an answer is compared with ---------------------------------------


def one_of(found: FieldValue | None, values: tuple[FieldValue, ...]) -> bool:
    """Tell whether a value is one of several; several texts are where any of them is.

    Yes and no are words, and no numbers: True is "Yes", and not 1.
    """
    each = found if isinstance(found, tuple) else (found,)
    known = [*map(spoken, values)]
    return any(spoken(one) in known for one in each)


def several_problems(values: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the values of which something may be one."""
    if not isinstance(values, tuple):
        yield Problem("must be a list of values", where, shown(values))
        return
    if not values:
        yield Problem("must name at least one value, else it never holds", where)
    for number, value in enumerate(values):
        place = f"{where}[{number}]"
        if isinstance(value, tuple | list | set | frozenset):
            yield Problem("must be one value; name each by itself", place, shown(value))
        else:
            yield from field_value_problems(value, place)


def values_given(given: Any) -> tuple[FieldValue, ...]:
    """Convert several values to a tuple."""
    return items(given)


# -- fields ---------------------------------------------------------------------------------------


@frozen
class _OfField(Condition):
    name: str

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)

    @property
    def fields(self) -> frozenset[str]:
        """All custom fields of the account that it looks at."""
        return frozenset({self.name})


@frozen
class FieldSet(_OfField):
    """A custom field of the account holds anything at all.

    No and 0 are something; an empty text and an empty list are not.
    """

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        return account.fields.get(self.name, "") not in EMPTY

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Say that it is not."""
        return f"account's field {self.name!r} is not set"

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name what the field holds."""
        return shown_field(account, self.name)

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"field {self.name!r} is set"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"field_set({self.name!r})"


@frozen
class FieldIn(_OfField):
    """A custom field of the account has one of these values.

    A field of several texts has where any of its texts is one of them.
    """

    values: tuple[FieldValue, ...] = attrs.field(converter=values_given)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from several_problems(self.values, "$.values")

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        return one_of(account.fields.get(self.name), self.values)

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name what the field holds instead."""
        return shown_field(account, self.name, f", not {quoted(self.values, 'or')}")

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name what the field holds."""
        return shown_field(account, self.name)

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"field {self.name!r} is {quoted(self.values, 'or')}"

    @property
    def joint(self) -> str:
        """The word between its values."""
        return "or" if len(self.values) > 1 else ""

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"field_in({', '.join(map(repr, (self.name, *self.values)))})"


@frozen
class _Compared(_OfField):
    """A field that holds what can be compared, and stands on the right side of what is named."""

    @abstractmethod
    def _found(self, account: Account) -> Any:
        """Return what the field holds, or None where that cannot be compared."""

    @property
    @abstractmethod
    def _words(self) -> tuple[str, object, str, str]:
        """The word of the comparison, with what, of what kind both are, and what it is called."""

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name what the field holds instead."""
        word, value, kind, _ = self._words
        strange = self._found(account) is None
        but = f", which is no {kind}" if strange else f", not {word} {value}"
        return shown_field(account, self.name, but)

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name what the field holds."""
        word, value, _, _ = self._words
        return shown_field(account, self.name, f", {word} {value}")

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        word, value, _, _ = self._words
        return f"field {self.name!r} is {word} {value}"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        _, value, _, called = self._words
        return f"{called}({self.name!r}, {_written(value)})"


def _written(value: object) -> str:
    """Print a value as it is written in code; a whole number without more ado."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return repr(int(value))
    return repr(value)


@frozen
class _OfNumber(_Compared):
    value: Decimal = attrs.field(converter=decimal_of)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from decimal_problems(self.value, "$.value")

    def _found(self, account: Account) -> int | Decimal | None:
        found = account.fields.get(self.name)
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            return None
        return found


@frozen
class FieldBelow(_OfNumber):
    """A custom field of the account holds a number that is smaller than this one."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        found = self._found(account)
        return found is not None and found < self.value

    @property
    def _words(self) -> tuple[str, object, str, str]:
        return "below", self.value, "number", "field_below"


@frozen
class FieldAbove(_OfNumber):
    """A custom field of the account holds a number that is greater than this one."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        found = self._found(account)
        return found is not None and found > self.value

    @property
    def _words(self) -> tuple[str, object, str, str]:
        return "above", self.value, "number", "field_above"


@frozen
class _OfDate(_Compared):
    day: date

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        if isinstance(self.day, datetime) or not isinstance(self.day, date):
            yield Problem("must be a date", "$.day", shown(self.day), ("date(2027, 4, 15)",))

    def _found(self, account: Account) -> date | None:
        found = account.fields.get(self.name)
        return found if isinstance(found, date) else None


@frozen
class FieldBefore(_OfDate):
    """A custom field of the account holds a date that lies before this day."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        found = self._found(account)
        return found is not None and found < self.day

    @property
    def _words(self) -> tuple[str, object, str, str]:
        return "before", self.day, "date", "field_before"


@frozen
class FieldAfter(_OfDate):
    """A custom field of the account holds a date that lies after this day."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        found = self._found(account)
        return found is not None and found > self.day

    @property
    def _words(self) -> tuple[str, object, str, str]:
        return "after", self.day, "date", "field_after"


# -- how they are written -------------------------------------------------------------------------


def field_set(name: str) -> Condition:
    """Build the condition that the account's custom field *name* holds anything at all."""
    return FieldSet(name)


def field_in(name: str, *values: FieldValue) -> Condition:
    """Build the condition that the account's custom field *name* has one of *values*."""
    return FieldIn(name, values)


def field_below(name: str, value: int | Decimal) -> Condition:
    """Build the condition that the account's custom field *name* is a number below *value*."""
    return FieldBelow(name, value)


def field_above(name: str, value: int | Decimal) -> Condition:
    """Build the condition that the account's custom field *name* is a number above *value*."""
    return FieldAbove(name, value)


def field_before(name: str, day: date) -> Condition:
    """Build the condition that the account's custom field *name* is a date before *day*."""
    return FieldBefore(name, day)


def field_after(name: str, day: date) -> Condition:
    """Build the condition that the account's custom field *name* is a date after *day*."""
    return FieldAfter(name, day)
