"""Account conditions: more questions asked of an account, its roles and its open balance.

A role that nobody fills is filled by none of those who are named; a balance that the host does not
tell, or tells in another currency, is neither below nor above anything.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ..errors import Problem, shown
from .accounts import Account, Member, Person, Role
from .checks import name_problems
from .conditions import quoted
from .logic import NOBODY, Asked, Condition
from .money import Money
from .record import frozen
from .text import text_problems
from .values import items

__all__ = [
    "BalanceAbove",
    "BalanceBelow",
    "RoleFilled",
    "RoleIs",
    "balance_above",
    "balance_below",
    "role_filled",
    "role_is",
]


# -- roles ----------------------------------------------------------------------------------------


def _role(given: str | Role) -> str:
    return given.name if isinstance(given, Role) else given


def _member_ids(given: Any) -> tuple[str, ...]:
    several: tuple[Any, ...] = items(given)
    if not isinstance(several, tuple):
        return several
    return tuple(one.id if isinstance(one, Member) else one for one in several)


@frozen
class _OfRole(Condition):
    role: str = attrs.field(converter=_role)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.role, "$.role", empty=False)

    def _filled(self, account: Account, but: str = "") -> str:
        """Say who fills the role, and *but* who should, if anybody does."""
        filling = account.filling(self.role)
        if not filling:
            return f"nobody fills the role {self.role!r}"
        return f"the role {self.role!r} is filled by {quoted(filling, 'and')}{but}"

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Say that nobody does."""
        return self._filled(account)

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Say who fills it."""
        return self._filled(account)


@frozen
class RoleFilled(_OfRole):
    """Somebody fills this role for the account."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        return bool(account.filling(self.role))

    @property
    def people(self) -> frozenset[Person]:
        """The role."""
        return frozenset({Role(self.role)})

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"somebody is the {self.role}"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"role_filled({self.role!r})"


@frozen
class RoleIs(_OfRole):
    """One of these members fills this role for the account, alone or with others."""

    members: tuple[str, ...] = attrs.field(converter=_member_ids)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from name_problems(self.members, "$.members")
        if self.members == ():
            what = "must name at least one member; whether anybody fills a role asks role_filled"
            yield Problem(what, "$.members")

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        return any(one in self.members for one in account.filling(self.role))

    @property
    def people(self) -> frozenset[Person]:
        """The role and the members."""
        return frozenset({Role(self.role), *self.members})

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Say who fills it instead."""
        return self._filled(account, f", not by {quoted(self.members, 'or')}")

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"the {self.role} is {' or '.join(names.get(one, one) for one in self.members)}"

    @property
    def joint(self) -> str:
        """The word between its members."""
        return "or" if len(self.members) > 1 else ""

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"role_is({', '.join(map(repr, (self.role, *self.members)))})"


# -- the open balance -----------------------------------------------------------------------------


@frozen
class _OfBalance(Condition):
    amount: Money

    def _problems(self) -> Iterator[Problem]:
        if not isinstance(self.amount, Money):
            yield Problem("must be money", "$.amount", shown(self.amount), ("Money('100', 'USD')",))

    @property
    @abstractmethod
    def _words(self) -> tuple[str, str]:
        """The word of the comparison, and what it is called."""

    def _balance(self, account: Account) -> Money | None:
        """Return the balance, or None where it cannot be compared."""
        found = account.balance
        return found if found is not None and found.currency == self.amount.currency else None

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name the balance."""
        if account.balance is None:
            return "account's open balance is not known"
        if self._balance(account) is None:
            return f"account's open balance is {account.balance}, not in {self.amount.currency}"
        return f"account's open balance is {account.balance}, not {self._words[0]} {self.amount}"

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name the balance."""
        return f"account's open balance is {account.balance}, {self._words[0]} {self.amount}"

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"the open balance is {self._words[0]} {self.amount}"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"{self._words[1]}({self.amount!r})"


@frozen
class BalanceBelow(_OfBalance):
    """The account owes less than this, as the host tells it; only in the same currency."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        found = self._balance(account)
        return found is not None and found < self.amount

    @property
    def _words(self) -> tuple[str, str]:
        return "below", "balance_below"


@frozen
class BalanceAbove(_OfBalance):
    """The account owes more than this, as the host tells it; only in the same currency."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account* as it is now."""
        found = self._balance(account)
        return found is not None and found > self.amount

    @property
    def _words(self) -> tuple[str, str]:
        return "above", "balance_above"


# -- how they are written -------------------------------------------------------------------------


def role_filled(role: str | Role) -> Condition:
    """Build the condition that somebody fills *role* for the account."""
    return RoleFilled(role)


def role_is(role: str | Role, *members: str | Member) -> Condition:
    """Build the condition that one of *members* fills *role* for the account."""
    return RoleIs(role, members)


def balance_below(amount: Money) -> Condition:
    """Build the condition that the account owes less than *amount* (`Account.balance`)."""
    return BalanceBelow(amount)


def balance_above(amount: Money) -> Condition:
    """Build the condition that the account owes more than *amount* (`Account.balance`)."""
    return BalanceAbove(amount)
