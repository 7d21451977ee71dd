"""Conditions: questions asked of an account before a stage or an automation applies.

They are data, composed with `&`, `|` and `~`, the same on stages and automations
(domain.md part 3). Each answers `holds(account)`, and `missing(account)` says why not.
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Iterable, Iterator
from typing import NoReturn

import attrs

from ..errors import DefinitionError, Problem, shown
from .accounts import Account, AccountType, account_type
from .checks import choice_problems, each_is, field_value_problems, name_problems
from .record import frozen
from .text import text_problems
from .values import FieldValue, Value, field_value, items, texts

__all__ = [
    "AccountIs",
    "AllOf",
    "AnyOf",
    "Condition",
    "FieldIs",
    "Not",
    "Tagged",
    "TaggedAny",
    "account_is",
    "field_is",
    "tagged",
    "tagged_any",
    "unconditional",
    "when_problems",
]

EXAMPLES = ("tagged('vip')", "account_is('company')", "field_is('state', 'CA')")
DEEPEST = 12  # conditions inside conditions: as many as a package in JSON, 32 levels deep, can hold


@frozen
class Condition(Value, metaclass=ABCMeta):
    """Base of all conditions."""

    @abstractmethod
    def holds(self, account: Account) -> bool:
        """Answer for *account* as it is now."""

    @abstractmethod
    def missing(self, account: Account) -> str:
        """Say why it does not hold for *account*."""

    @property
    def tags(self) -> frozenset[str]:
        """All account tags that it looks at."""
        return frozenset()

    @property
    def fields(self) -> frozenset[str]:
        """All custom fields of the account that it looks at."""
        return frozenset()

    @property
    def depth(self) -> int:
        """How deep it is nested: a plain question is 1."""
        return 1

    def __and__(self, other: Condition) -> Condition:
        """Both must hold."""
        return AllOf((*_parts(self, AllOf), *_parts(other, AllOf)))

    def __or__(self, other: Condition) -> Condition:
        """One of them must hold."""
        return AnyOf((*_parts(self, AnyOf), *_parts(other, AnyOf)))

    def __invert__(self) -> Condition:
        """Make the opposite."""
        return self.of if isinstance(self, Not) else Not(self)

    def __bool__(self) -> NoReturn:
        """Refuse `and`, `or` and `not`, which would drop one side without a word."""
        raise DefinitionError("conditions are combined with & | ~, not with and, or, not")


def _parts(condition: Condition, kind: type[AllOf | AnyOf]) -> tuple[Condition, ...]:
    if not isinstance(condition, Condition):
        raise DefinitionError(Problem("must be a condition", "$", shown(condition), EXAMPLES))
    return condition.of if isinstance(condition, kind) else (condition,)


@frozen
class _OfTags(Condition):
    names: tuple[str, ...] = attrs.field(converter=texts)

    def _problems(self) -> Iterator[Problem]:
        yield from name_problems(self.names, "$.names")

    @property
    def tags(self) -> frozenset[str]:
        """All account tags that it looks at."""
        return frozenset(self.names)


@frozen
class Tagged(_OfTags):
    """The account has all of these tags; where none is named, every account has (A-34)."""

    def holds(self, account: Account) -> bool:
        """Answer for *account* as it is now."""
        return account.tags.issuperset(self.names)

    def missing(self, account: Account) -> str:
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
            yield Problem("must name at least one tag, else it never holds", "$.names")

    def holds(self, account: Account) -> bool:
        """Answer for *account* as it is now."""
        return not account.tags.isdisjoint(self.names)

    def missing(self, account: Account) -> str:
        """Name the tags of which the account has none."""
        return f"account has none of the tags {', '.join(map(repr, self.names))}"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"tagged_any({', '.join(map(repr, self.names))})"


@frozen
class AccountIs(Condition):
    """The account is of this type."""

    type: AccountType = attrs.field(converter=account_type)

    def _problems(self) -> Iterator[Problem]:
        yield from choice_problems(AccountType, self.type, "$.type")

    def holds(self, account: Account) -> bool:
        """Answer for *account* as it is now."""
        return account.type is self.type

    def missing(self, account: Account) -> str:
        """Name both types."""
        return f"account is of type {account.type}, not {self.type}"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"account_is({str(self.type)!r})"


@frozen
class FieldIs(Condition):
    """A custom field of the account has this value; an account without the field has not."""

    name: str
    value: FieldValue = attrs.field(converter=field_value)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        yield from field_value_problems(self.value, "$.value")

    def holds(self, account: Account) -> bool:
        """Answer for *account* as it is now."""
        found = account.fields.get(self.name)
        return found == self.value and isinstance(found, bool) is isinstance(self.value, bool)

    @property
    def fields(self) -> frozenset[str]:
        """All custom fields of the account that it looks at."""
        return frozenset({self.name})

    def missing(self, account: Account) -> str:
        """Name what the field holds instead."""
        found = account.fields.get(self.name)
        return f"account's field {self.name!r} is {found!r}, not {self.value!r}"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"field_is({self.name!r}, {self.value!r})"


def _conditions(given: Iterable[Condition]) -> tuple[Condition, ...]:
    return items(given)


@frozen
class _OfConditions(Condition):
    of: tuple[Condition, ...] = attrs.field(converter=_conditions)

    def _problems(self) -> Iterator[Problem]:
        others = tuple(each_is(Condition, self.of, "$.of"))
        yield from others
        if self.of == ():
            yield Problem("must hold at least one condition", "$.of")
        if not others and any(part.depth >= DEEPEST for part in self.of):
            yield Problem(f"is nested deeper than {DEEPEST} levels", "$.of")

    @property
    def tags(self) -> frozenset[str]:
        """All account tags that it looks at."""
        return frozenset[str]().union(*(part.tags for part in self.of))

    @property
    def fields(self) -> frozenset[str]:
        """All custom fields of the account that it looks at."""
        return frozenset[str]().union(*(part.fields for part in self.of))

    @property
    def depth(self) -> int:
        """How deep it is nested."""
        return 1 + max(part.depth for part in self.of)


@frozen
class AllOf(_OfConditions):
    """Every one of these holds."""

    def holds(self, account: Account) -> bool:
        """Answer for *account* as it is now."""
        return all(part.holds(account) for part in self.of)

    def missing(self, account: Account) -> str:
        """Say which ones do not hold."""
        return " and ".join(part.missing(account) for part in self.of if not part.holds(account))

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return " & ".join(f"({p!r})" if isinstance(p, AnyOf) else repr(p) for p in self.of)


@frozen
class AnyOf(_OfConditions):
    """At least one of these holds."""

    def holds(self, account: Account) -> bool:
        """Answer for *account* as it is now."""
        return any(part.holds(account) for part in self.of)

    def missing(self, account: Account) -> str:
        """Say of each why it does not hold."""
        return " and ".join(part.missing(account) for part in self.of)

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return " | ".join(f"({p!r})" if isinstance(p, AllOf) else repr(p) for p in self.of)


@frozen
class Not(Condition):
    """The opposite of a condition."""

    of: Condition

    def _problems(self) -> Iterator[Problem]:
        if not isinstance(self.of, Condition):
            yield Problem("must be a condition", "$.of", shown(self.of), EXAMPLES)
        elif self.depth > DEEPEST:
            yield Problem(f"is nested deeper than {DEEPEST} levels", "$.of")

    def holds(self, account: Account) -> bool:
        """Answer for *account* as it is now."""
        return not self.of.holds(account)

    def missing(self, account: Account) -> str:
        """Say what holds though it should not."""
        present = sorted(self.of.tags & account.tags)
        if isinstance(self.of, Tagged | TaggedAny):
            return f"account has the tag{'s' * (len(present) > 1)} {', '.join(map(repr, present))}"
        return f"{self.of!r} holds"

    @property
    def tags(self) -> frozenset[str]:
        """All account tags that it looks at."""
        return self.of.tags

    @property
    def fields(self) -> frozenset[str]:
        """All custom fields of the account that it looks at."""
        return self.of.fields

    @property
    def depth(self) -> int:
        """How deep it is nested."""
        return 1 + self.of.depth

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"~({self.of!r})" if isinstance(self.of, AllOf | AnyOf) else f"~{self.of!r}"


def tagged(*tags: str) -> Condition:
    """Build the condition that the account has all of *tags* (domain.md 3.1)."""
    return Tagged(tags)


def tagged_any(*tags: str) -> Condition:
    """Build the condition that the account has at least one of *tags*."""
    return TaggedAny(tags)


def account_is(type: AccountType | str) -> Condition:  # noqa: A002  (the field's own word)
    """Build the condition that the account is a company, an individual or other."""
    return AccountIs(type)


def field_is(name: str, value: FieldValue) -> Condition:
    """Build the condition that the account's custom field *name* has *value*."""
    return FieldIs(name, value)


def unconditional(when: Condition | None) -> Condition | None:
    """Convert a condition that asks for no tag at all to none (A-34)."""
    return None if isinstance(when, Tagged) and not when.names else when


def when_problems(when: object) -> Iterator[Problem]:
    """Yield what is wrong with the condition of a stage or an automation."""
    if when is not None and not isinstance(when, Condition):
        yield Problem("must be a condition", "$.when", shown(when), EXAMPLES)
