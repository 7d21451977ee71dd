"""The client: an account, the people behind it, and the team members who serve it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias, Union, cast

import attrs

from ..errors import Problem, many, shown
from .checks import (
    alike,
    choice_problems,
    each_is,
    field_problems,
    flags_problems,
    language_problems,
    name_problems,
    of_kind,
    repeated,
    texts_problems,
)
from .money import Money
from .record import Brief, frozen
from .text import composed, id_problems, spelt, text_problems
from .values import (
    Definition,
    FieldValue,
    FrozenMap,
    Value,
    as_choice,
    frozen_fields,
    gathered,
    items,
    names,
)

__all__ = [
    "Account",
    "AccountType",
    "Contact",
    "Member",
    "Person",
    "Role",
    "TagChange",
    "account_type",
    "member_id",
    "people",
    "people_problems",
    "person",
    "tag_change_problems",
]


class AccountType(StrEnum):
    """What kind of client an account is (domain.md part 9)."""

    COMPANY = "company"
    INDIVIDUAL = "individual"
    OTHER = "other"


@frozen
class Member(Definition):
    """A user of the firm: `Member("Mia Berg", email="mia@firm.example")`.

    With `default_access` the member has access to every account whose access is reset
    (domain.md 1.3). One who is not `active` keeps what it has, and is given nothing new (R-28).
    """

    email: str | None = None
    default_access: bool = attrs.field(default=False, kw_only=True)
    active: bool = attrs.field(default=True, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from email_problems(self.email, "$.email")
        yield from flags_problems(self, ("default_access", "active"))


def member_id(given: str | Member | None) -> str | None:
    """Convert a member to its id."""
    return given.id if isinstance(given, Member) else given


@frozen
class Role(Value):
    """A part that members play for an account, such as preparer: `Role("preparer")`.

    Who plays it is said by each account's `roles`, and looked up when a task is created.
    """

    name: str

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)


# Who is meant: a member's id, or a role to be looked up in the account.
Person: TypeAlias = Union[str, Role]


def person(given: str | Member | Role) -> Person:
    """Convert a member to its id, and let ids and roles pass."""
    if isinstance(given, str):
        return composed(given)
    return given.id if isinstance(given, Member) else given


def people(given: Iterable[str | Member | Role] | str | Member | Role) -> frozenset[Person]:
    """Convert members, ids and roles to a set; one alone needs no brackets."""
    if isinstance(given, str | Member | Role):
        return frozenset({person(given)})
    several = items(given)
    return gathered(map(person, several) if isinstance(several, tuple) else several)


def people_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a set of people."""
    if isinstance(given, tuple | frozenset):
        given = tuple(one for one in given if not isinstance(one, Role))
        for one in given:
            yield from text_problems(one, where, empty=False)
    else:
        yield Problem("must be a list of members' ids and roles", where, shown(given))


def people_change_problems(add: object, remove: object) -> Iterator[Problem]:
    """Yield what is wrong with a change of people: who is nobody, who both comes and goes."""
    yield from people_problems(add, "$.add")
    yield from people_problems(remove, "$.remove")
    yield from _both_problems(add, remove)


def _both_problems(add: object, remove: object) -> Iterator[Problem]:
    if isinstance(add, frozenset) and isinstance(remove, frozenset):
        for both in sorted(add & remove, key=str):
            yield Problem(f"{both!r} is both added and removed; choose one", "$.add", shown(both))


def email_problems(address: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with an address: exactly one, and nothing that breaks a mail header."""
    if address is None:
        return
    yield from text_problems(address, where, empty=False)
    if isinstance(address, str) and address:
        local, at, domain = address.rpartition("@")
        strange = "=?" in address or any(c.isspace() or c in ',;<>()[]"\\:' for c in address)
        if not (at and local and domain) or "@" in local or strange or not address.isprintable():
            yield Problem("must be one e-mail address", where, shown(address))


_CONTACT_TEXTS = (
    "first_name", "middle_name", "last_name", "phone", "company", "street", "city", "state",
    "zip_code", "country",
)  # fmt: skip


@frozen
class Contact(Value):
    """A person of an account: `Contact("Ada", email="ada@example.com")`.

    The flags hold for this account: `notify` (mail goes to it), `login` (portal access),
    `email_sync`, and `signatory` (signs proposals). The id is made when the account is saved,
    unless one is given, and then kept to the letter.
    """

    _to_the_letter: ClassVar[tuple[str, ...]] = ("id",)

    name: str
    email: str | None = None
    notify: bool = True
    signatory: bool = True
    login: bool = attrs.field(default=False, kw_only=True)
    email_sync: bool = attrs.field(default=False, kw_only=True)
    first_name: str = attrs.field(default="", kw_only=True)
    middle_name: str = attrs.field(default="", kw_only=True)
    last_name: str = attrs.field(default="", kw_only=True)
    phone: str = attrs.field(default="", kw_only=True)
    company: str = attrs.field(default="", kw_only=True)
    street: str = attrs.field(default="", kw_only=True)
    city: str = attrs.field(default="", kw_only=True)
    state: str = attrs.field(default="", kw_only=True)
    zip_code: str = attrs.field(default="", kw_only=True)
    country: str = attrs.field(default="", kw_only=True)
    fields: FrozenMap[str, FieldValue] = attrs.field(
        default=FrozenMap[str, FieldValue](), converter=frozen_fields, kw_only=True
    )
    id: str = attrs.field(default="", kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        yield from email_problems(self.email, "$.email")
        yield from flags_problems(self, ("notify", "login", "email_sync", "signatory"))
        yield from texts_problems(self, _CONTACT_TEXTS)
        yield from id_problems(self.id, "$.id", empty=True)
        yield from field_problems(self.fields, "$.fields")


# Who fills a role, as hosts may write it: one member or several, themselves or their ids.
Fillers: TypeAlias = Union[str, Member, Iterable[Union[str, Member]]]


def _contacts(given: Iterable[Contact]) -> tuple[Contact, ...]:
    return items(given)


def account_type(given: AccountType | str) -> AccountType:
    """Convert `"company"` to its type."""
    return as_choice(AccountType, given)


def _roles(given: Mapping[Any, Fillers]) -> FrozenMap[str, tuple[str, ...]]:
    if not isinstance(given, Mapping):
        return cast("FrozenMap[str, tuple[str, ...]]", given)
    return FrozenMap(
        (role.name if isinstance(role, Role) else role, _member_ids(who))
        for role, who in given.items()
    )


def _answered(given: Mapping[str, Iterable[str]]) -> FrozenMap[str, tuple[str, ...]]:
    if not isinstance(given, Mapping):
        return cast("FrozenMap[str, tuple[str, ...]]", given)
    return FrozenMap({tag: items(ids) for tag, ids in given.items()})


def _member_ids(given: Fillers) -> tuple[str, ...]:
    several = items((given,) if isinstance(given, str | Member) else given)
    if not isinstance(several, tuple):
        return several
    return tuple(one.id if isinstance(one, Member) else one for one in several)


def _access(given: Fillers) -> frozenset[str]:
    return gathered(_member_ids(given))


@frozen
class Account(Brief, Value):
    """A client of the firm, the one who is billed.

    Args:
        name: What the client is called.
        contacts: The people behind it.
        tags: Account tags; conditions look at them.
        access: The members (or their ids) who may see it.
        fields: Custom fields by name.
        roles: Who fills which role here: `{"preparer": "mia-berg"}`, one member or several.
        type: Company, individual or other.
        active: An archived account gets no mail.
        id: Made when saved, unless given, and then kept to the letter.
        language: The code of the language in which it is written to, such as `"de"`; the firm's
            own unless said.
        balance: What it owes, as the host last told it; pipeflow never reckons it. Conditions look
            at it.

    `answered` is kept by the engine: the tags that answers of organizers and packages of proposals
    set and nobody else since, each with the items that did (R-40).
    """

    _to_the_letter: ClassVar[tuple[str, ...]] = ("id",)

    name: str
    contacts: tuple[Contact, ...] = attrs.field(default=(), converter=_contacts)
    tags: frozenset[str] = attrs.field(default=frozenset(), converter=names)
    access: frozenset[str] = attrs.field(default=frozenset(), converter=_access)
    fields: FrozenMap[str, FieldValue] = attrs.field(
        default=FrozenMap[str, FieldValue](), converter=frozen_fields
    )
    roles: FrozenMap[str, tuple[str, ...]] = attrs.field(
        default=FrozenMap[str, tuple[str, ...]](), converter=_roles
    )
    type: AccountType = attrs.field(default=AccountType.OTHER, converter=account_type, kw_only=True)
    active: bool = attrs.field(default=True, kw_only=True)
    id: str = attrs.field(default="", kw_only=True)
    revision: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)
    answered: FrozenMap[str, tuple[str, ...]] = attrs.field(
        default=FrozenMap[str, tuple[str, ...]](), converter=_answered, kw_only=True, eq=False,
        repr=False,
    )  # fmt: skip
    language: str = attrs.field(default="", kw_only=True)
    balance: Money | None = attrs.field(default=None, kw_only=True)

    def __str__(self) -> str:
        """Print in one line: `'Ada Lovelace' (account-1), individual, 1 contact, tagged 'vip'`."""
        id = f" ({self.id})" if self.id else ""
        tags = f", tagged {', '.join(map(repr, sorted(self.tags)))}" if self.tags else ""
        away = ", archived" * (not self.active)
        people = many(len(self.contacts), "contact")
        return f"{self.name!r}{id}, {self.type}, {people}{tags}{away}"

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        roles = (f"{role}: {', '.join(who)}" for role, who in self.roles.items())
        return {
            "Account": self.name,
            "Id": self.id,
            "Type": str(self.type),
            "Contacts": ", ".join(one.name for one in self.contacts),
            "Tags": ", ".join(sorted(self.tags)),
            "Access": ", ".join(sorted(self.access)),
            "Roles": "; ".join(roles),
            "Fields": "; ".join(f"{name}: {value}" for name, value in self.fields.items()),
            "Balance": "" if self.balance is None else str(self.balance),
            "Archived": "yes" * (not self.active),
        }

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        yield from id_problems(self.id, "$.id", empty=True)
        yield from name_problems(self.tags, "$.tags")
        yield from name_problems(self.access, "$.access")
        yield from field_problems(self.fields, "$.fields")
        yield from choice_problems(AccountType, self.type, "$.type")
        yield from flags_problems(self, ("active",))
        yield from language_problems(self.language, "$.language")
        if self.balance is not None and not isinstance(self.balance, Money):
            allowed = ("Money('100.00', 'USD')", "None, where it is not known")
            yield Problem("must be money", "$.balance", shown(self.balance), allowed)
        yield from _roles_problems(self.roles, "$.roles")
        yield from _lists_problems(self.answered, "tags to ids of items", "$.answered")
        yield from each_is(Contact, self.contacts, "$.contacts")
        for twice in repeated(c.id for c in of_kind(Contact, self.contacts) if c.id):
            yield Problem(f"two contacts have the id {twice!r}", "$.contacts")

    @property
    def recipients(self) -> tuple[Contact, ...]:
        """The contacts to whom mail goes: those with `notify` and an address (A-25)."""
        return tuple(c for c in self.contacts if c.notify and c.email) if self.active else ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses to which mail goes, each once, whatever its letter case (R-16)."""
        if not self.active:
            return ()
        found = [c.email for c in self.contacts if c.notify and c.email]
        if len(found) < 2:
            return tuple(found)
        first: dict[str, str] = {}
        for address in found:
            first.setdefault(address.lower(), address)
        return tuple(first.values())

    @property
    def signatories(self) -> tuple[Contact, ...]:
        """The contacts who sign."""
        return tuple(contact for contact in self.contacts if contact.signatory)

    def filling(self, role: Role | str) -> tuple[str, ...]:
        """Return the ids of the members who fill *role* here; none where nobody does (A-28)."""
        called = role.name if isinstance(role, Role) else role
        if called in self.roles:
            return self.roles[called]
        wanted = spelt(called)
        return next((who for name, who in self.roles.items() if spelt(name) == wanted), ())


def _lists_problems(given: object, what: str, where: str) -> Iterator[Problem]:
    if not isinstance(given, Mapping):
        yield Problem(f"must be a mapping of {what}", where, shown(given))
        return
    for name, several in given.items():
        yield from text_problems(name, where, empty=False)
        yield from name_problems(several, f"{where}[{shown(name)}]")


def _roles_problems(roles: object, where: str) -> Iterator[Problem]:
    yield from _lists_problems(roles, "roles to members", where)
    for one, other in alike(of_kind(str, tuple(roles))) if isinstance(roles, Mapping) else ():
        what = "are one role, for capitals, accents and signs do not count"
        yield Problem(f"{other!r} and {one!r} {what}; name the members together", where)


def tag_change_problems(add: object, remove: object) -> Iterator[Problem]:
    """Yield what is wrong with a change of tags: bad names, one that is both added and removed."""
    yield from name_problems(add, "$.add")
    yield from name_problems(remove, "$.remove")
    yield from _both_problems(add, remove)


@frozen
class TagChange(Value):
    """Tags that come and go: `TagChange(add={"schedule-c"})` on an answer of an organizer.

    Removing comes first, then adding (A-13); the same tag in both is refused (A-14).
    """

    add: frozenset[str] = attrs.field(default=frozenset(), converter=names)
    remove: frozenset[str] = attrs.field(default=frozenset(), converter=names)

    def _problems(self) -> Iterator[Problem]:
        yield from tag_change_problems(self.add, self.remove)

    def apply(self, tags: frozenset[str]) -> frozenset[str]:
        """Return *tags* as they are afterwards."""
        return (tags - self.remove) | self.add
