"""Conditions: questions asked of an account before a stage or an automation applies.

They are data, composed with `&`, `|` and `~`, the same on stages and automations
(domain.md part 3). Here are the oldest of them; more ask about accounts in
`account_conditions.py`, and about jobs in `job_conditions.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from ..errors import Problem
from .accounts import Account, AccountType, account_type
from .checks import choice_problems, field_value_problems, name_problems
from .logic import (
    DEEPEST,
    NOBODY,
    AllOf,
    AnyOf,
    Asked,
    Condition,
    Not,
    account_only_problems,
    when_problems,
)
from .record import frozen
from .text import text_problems
from .values import FieldValue, field_value, spoken, texts

__all__ = [
    "DEEPEST",
    "AccountIs",
    "AllOf",
    "AnyOf",
    "Asked",
    "Condition",
    "FieldIs",
    "Not",
    "Tagged",
    "TaggedAny",
    "account_is",
    "account_only_problems",
    "field_is",
    "quoted",
    "shown_field",
    "tagged",
    "tagged_any",
    "tagged_none",
    "told",
    "unconditional",
    "when_problems",
]

TYPES = {
    AccountType.COMPANY: "a company",
    AccountType.INDIVIDUAL: "an individual",
    AccountType.OTHER: "of type 'other'",
}


def quoted(names: tuple[object, ...], joint: str) -> str:
    """Say several values, with a word between them: `'CA' or 'NY'`."""
    return f" {joint} ".join(map(told, names))


def told(value: object) -> str:
    """Say what a field or an answer holds; texts in quotes, dates and numbers plainly."""
    if isinstance(value, tuple):
        return " and ".join(map(repr, value)) or "empty"
    return repr(value) if isinstance(value, str) else str(value)


def shown_field(account: Account, name: str, but: str = "") -> str:
    """Say what a field of an account holds and, if it does, *but* what it should hold."""
    found = account.fields.get(name)
    return f"account's field {name!r} is {'not set' if found is None else told(found) + but}"


@frozen
class _OfTags(Condition):
    names: tuple[str, ...] = attrs.field(converter=texts)

    def _problems(self) -> Iterator[Problem]:
        yield from name_problems(self.names, "$.names")

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name those of the tags that the account has."""
        there = sorted(account.tags.intersection(self.names))
        return f"account has the tag{'s' * (len(there) > 1)} {', '.join(map(repr, there))}"

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"tagged {quoted(self.names, self._word)}"

    @property
    def joint(self) -> str:
        """The word between its tags."""
        return self._word if len(self.names) > 1 else ""

    @property
    def _word(self) -> str:
        return "and"

    @property
    def tags(self) -> frozenset[str]:
        """All account tags that it looks at."""
        return frozenset(self.names)


@frozen
class Tagged(_OfTags):
    """The account has all of these tags; where none is named, every account has (A-34)."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        return account.tags.issuperset(self.names)

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name the tags that the account lacks."""
        lacking = [repr(name) for name in self.names if name not in account.tags]
        return f"account lacks the tag{'s' * (len(lacking) > 1)} {', '.join(lacking)}"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"tagged({', '.join(map(repr, self.names))})"


@frozen
class TaggedAny(_OfTags):
    """The account has at least one of these tags."""

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        if self.names == ():
            yield Problem("must name at least one tag", "$.names")

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        return not account.tags.isdisjoint(self.names)

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name the tags of which the account has none."""
        return f"account has none of the tags {', '.join(map(repr, self.names))}"

    @property
    def _word(self) -> str:
        return "or"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"tagged_any({', '.join(map(repr, self.names))})"


@frozen
class AccountIs(Condition):
    """The account is of this type."""

    type: AccountType = attrs.field(converter=account_type)

    def _problems(self) -> Iterator[Problem]:
        yield from choice_problems(AccountType, self.type, "$.type")

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        return account.type is self.type

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name both types."""
        return f"account is of type {account.type}, not {self.type}"

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name its type."""
        return f"account is of type {account.type}"

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return TYPES[self.type]

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"account_is({str(self.type)!r})"


@frozen
class FieldIs(Condition):
    """A custom field of the account has this value; an account without the field has not.

    `True` is "Yes", and `False` "No"; one text is the same as a list of it alone.
    """

    name: str
    value: FieldValue = attrs.field(converter=field_value)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        yield from field_value_problems(self.value, "$.value")

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        return spoken(account.fields.get(self.name)) == spoken(self.value)

    @property
    def fields(self) -> frozenset[str]:
        """All custom fields of the account that it looks at."""
        return frozenset({self.name})

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name what the field holds instead."""
        return shown_field(account, self.name, f", not {told(self.value)}")

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name what the field holds."""
        return shown_field(account, self.name)

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"field {self.name!r} is {told(self.value)}"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"field_is({self.name!r}, {self.value!r})"


def tagged(*tags: str) -> Condition:
    """Build the condition that the account has all of *tags* (domain.md 3.1)."""
    return Tagged(tags)


def tagged_any(*tags: str) -> Condition:
    """Build the condition that the account has at least one of *tags*."""
    return TaggedAny(tags)


def tagged_none(*tags: str) -> Condition:
    """Build the condition that the account has none of *tags*: `~tagged_any(...)`."""
    return Not(TaggedAny(tags))


def account_is(type: AccountType | str) -> Condition:  # noqa: A002  (the field's own word)
    """Build the condition that the account is a company, an individual or other."""
    return AccountIs(type)


def field_is(name: str, value: FieldValue) -> Condition:
    """Build the condition that the account's custom field *name* has *value*."""
    return FieldIs(name, value)


def unconditional(when: Condition | None) -> Condition | None:
    """Convert a condition that asks for no tag at all to none (A-34)."""
    return None if isinstance(when, Tagged) and not when.names else when
