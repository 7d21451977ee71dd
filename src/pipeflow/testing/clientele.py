"""The clientele: accounts as a firm might have them, and the members who serve them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ..engine import Installed
from ..model.account_conditions import BalanceAbove, BalanceBelow
from ..model.accounts import Account, AccountType, Contact, Member
from ..model.conditions import FieldIs
from ..model.field_conditions import FieldAbove, FieldAfter, FieldBefore, FieldBelow, FieldIn
from ..model.money import Money
from ..model.parts import questions_in
from ..model.text import slug
from ..model.triggers import AroundDate
from ..model.values import FieldValue
from .dice import Dice

__all__ = ["accounts_of", "members_of"]

FIRST = (
    "Ada", "Alan", "Amara", "Anders", "Asha", "Barbara", "Benoît", "Carmen", "Charles", "Chen",
    "Daniela", "Dmitri", "Edsger", "Elena", "Emmy", "Fatima", "Frances", "Grace", "Hamid", "Hedy",
    "Ingrid", "Jamal", "Joan", "Katherine", "Kenji", "Leila", "Linus", "Mary", "Mateo", "Mei",
    "Niklaus", "Noor", "Olu", "Priya", "Radia", "Rósa", "Sofia", "Tomás", "Wanda", "Yusuf",
)  # fmt: skip
LAST = (
    "Abara", "Babbage", "Bergström", "Castillo", "Clarke", "Costa", "Dijkstra", "Dubois", "Farouk",
    "Fischer", "Goldberg", "Haddad", "Hopper", "Ivanova", "Jansen", "Johnson", "Kaya", "Kowalski",
    "Lamarr", "Lindgren", "Lovelace", "Maki", "Mbeki", "Moreau", "Nakamura", "Noether", "O'Brien",
    "Okafor", "Patel", "Perlman", "Quispe", "Rossi", "Santos", "Sato", "Silva", "Turing", "Vargas",
    "Weber", "Wing", "Zhang",
)  # fmt: skip
TRADES = (
    "Bakery", "Books", "Builders", "Clinic", "Consulting", "Farms", "Films", "Foods", "Gardens",
    "Hardware", "Homes", "Imports", "Labs", "Logistics", "Music", "Studio", "Textiles", "Travel",
)  # fmt: skip
COMPANIES = 0.35  # the part of all accounts that are companies
CARRIED = 0.25  # the chance that an account has a tag which the package speaks of
KNOWN = 0.85  # that a custom field of it is filled in
COUPLES = 0.2  # that two people stand behind an account
SERVED = 150  # accounts whom one member can serve in a role
MOST = 8  # members in a role


def members_of(roles: Sequence[str], accounts: int, dice: Dice) -> dict[str, tuple[Member, ...]]:
    """Make the members who play each role: more of them where there are many accounts."""
    wanted = min(MOST, 1 + accounts // SERVED)
    return {role: tuple(_members(role, wanted, dice)) for role in roles}


def _members(role: str, wanted: int, dice: Dice) -> Iterator[Member]:
    for number in range(1, wanted + 1):
        name = f"{dice.pick(FIRST)} {dice.pick(LAST)}"
        id = f"{slug(role) or 'member'}-{number}"
        yield Member(name, email=f"{id}@firm.example", id=id)


def accounts_of(
    installed: Installed,
    members: Mapping[str, Sequence[Member]],
    number: int,
    today: date,
    dice: Dice,
) -> Iterator[Account]:
    """Yield accounts that have what a package asks for: tags, custom fields, roles and balances.

    Args:
        installed: The package.
        members: Who may play each role.
        number: How many accounts.
        today: Around which dates lie.
        dice: What is drawn with.
    """
    tags, fields = sorted(installed.tags), sorted(installed.fields)
    likely = _Likely(installed, today)
    for place in range(1, number + 1):
        name, kind, contacts = _client(place, dice)
        yield Account(
            name,
            contacts=contacts,
            tags=frozenset(dice.some(tags, CARRIED)),
            fields={one: likely.field(one, dice) for one in dice.some(fields, KNOWN)},
            roles={role: dice.pick(several) for role, several in members.items()},
            type=kind,
            balance=likely.balance(dice),
            id=f"account-{place}",
        )


def _client(place: int, dice: Dice) -> tuple[str, AccountType, list[Contact]]:
    """Draw who a client is, and the people behind it."""
    first, last = dice.pick(FIRST), dice.pick(LAST)
    couple, company = dice.falls(COUPLES), dice.falls(COMPANIES)
    names = [(first, last), (dice.pick(FIRST), last)] if couple else [(first, last)]
    contacts = [
        Contact(
            f"{one} {family}",
            email=f"{slug(one)}.{slug(family)}.{place}{'b' * at}@example.com",
            first_name=one,
            last_name=family,
            id=f"contact-{place}{'b' * at}",
        )
        for at, (one, family) in enumerate(names)
    ]
    if company:
        return f"{last} {dice.pick(TRADES)} LLC", AccountType.COMPANY, contacts
    name = f"{first} & {names[1][0]} {last}" if couple else f"{first} {last}"
    return name, AccountType.INDIVIDUAL, contacts


class _Likely:
    """What stands in custom fields and balances, so that conditions about them go either way."""

    def __init__(self, installed: Installed, today: date) -> None:
        """Look at what the conditions and triggers of a package compare."""
        self._today = today
        self._offered: dict[str, list[FieldValue]] = {}
        self._numbers: dict[str, Decimal] = {}
        self._days: set[str] = set()
        self._amounts: list[Money] = []
        for pipeline in installed.pipelines:
            for one, _ in questions_in(pipeline):
                self._learn(one)
            for trigger in (*pipeline.triggers, *(t for s in pipeline.stages for t in s.triggers)):
                if isinstance(trigger, AroundDate) and trigger.field is not None:
                    self._days.add(trigger.field)

    def _learn(self, one: Any) -> None:
        match one:
            case FieldIs():
                self._offered.setdefault(one.name, []).append(one.value)
            case FieldIn():
                self._offered.setdefault(one.name, []).extend(one.values)
            case FieldBelow() | FieldAbove():
                self._numbers[one.name] = one.value
            case FieldBefore() | FieldAfter():
                self._days.add(one.name)
            case BalanceBelow() | BalanceAbove():
                self._amounts.append(one.amount)
            case _:
                pass  # it is about nothing that an account begins with

    def field(self, name: str, dice: Dice) -> FieldValue:
        """Draw what a custom field holds."""
        if name in self._days:
            return self._today + timedelta(days=dice.whole(-60, 120))
        if name in self._numbers:
            return self._numbers[name] + dice.whole(-2, 2)
        if name in self._offered:
            return dice.pick([*self._offered[name], "Other"])
        return f"No. {dice.whole(1000, 9999)}"

    def balance(self, dice: Dice) -> Money | None:
        """Draw what an account owes, where anything asks for that."""
        if not self._amounts:
            return None
        near = dice.pick(self._amounts)
        return Money(near.amount * dice.whole(0, 3), near.currency)
