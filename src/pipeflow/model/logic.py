"""Logic: what every condition can do, and how `&`, `|` and `~` make one of several.

Conditions are data. Each answers `holds`, and `missing` says why not. Most ask about the account
alone; those that ask about a job are given it as it stands at that very moment (A-2).
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn, Protocol

import attrs

from ..errors import DefinitionError, Problem, shown
from .accounts import Account, Person
from .checks import each_is
from .record import frozen
from .values import Value, items

if TYPE_CHECKING:
    from .items import Item
    from .jobs import Job

__all__ = [
    "DEEPEST",
    "NOBODY",
    "AllOf",
    "AnyOf",
    "Asked",
    "Condition",
    "Not",
    "account_only_problems",
    "when_problems",
]

EXAMPLES = ("tagged('vip')", "account_is('company')", "field_is('state', 'CA')")
DEEPEST = 12  # conditions inside conditions: as many as a package in JSON, 32 levels deep, can hold
NOBODY: Mapping[str, str] = {}  # the names of no members at all


class Asked(Protocol):
    """A job as conditions ask about it; the rules hand one in while they decide.

    `job` says what it is like; its items and assignees are those of this moment, which may be more
    than were saved. `age` is how many days ago it was started, on the firm's calendar.
    """

    @property
    @abstractmethod
    def job(self) -> Job:
        """What it is like."""

    @property
    @abstractmethod
    def items(self) -> Sequence[Item]:
        """All things ever linked to it, in the order in which they came."""

    @property
    @abstractmethod
    def assignees(self) -> frozenset[str]:
        """The members who are assigned."""

    @property
    @abstractmethod
    def age(self) -> int:
        """How many days ago it was started."""


@frozen
class Condition(Value, metaclass=ABCMeta):
    """Base of all conditions."""

    @abstractmethod
    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *account*, and for *job* where there is one, as they are now.

        Raises:
            DefinitionError: It asks about a job, and there is none.
        """

    @abstractmethod
    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Say why it does not hold."""

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Say what holds, where it should not."""
        return f"{self!r} holds"

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if", members by their *names*."""
        return repr(self)

    def leaves(self) -> Iterator[Condition]:
        """Yield the plain questions that it is made of; of a plain question, itself."""
        yield self

    @property
    def joint(self) -> str:
        """The word by which it joins several things when it is said; "" where it names one."""
        return ""

    @property
    def tags(self) -> frozenset[str]:
        """All account tags that it looks at."""
        return frozenset()

    @property
    def fields(self) -> frozenset[str]:
        """All custom fields of the account that it looks at."""
        return frozenset()

    @property
    def people(self) -> frozenset[Person]:
        """All members and roles that it names."""
        return frozenset()

    @property
    def about_job(self) -> bool:
        """Whether it asks about a job, so that an account alone cannot answer."""
        return False

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
class _Joined(Condition):
    """What is made of other conditions names what they name."""

    @abstractmethod
    def leaves(self) -> Iterator[Condition]:
        """Yield the plain questions that it is made of."""

    @property
    def tags(self) -> frozenset[str]:
        """All account tags that it looks at."""
        return frozenset[str]().union(*(one.tags for one in self.leaves()))

    @property
    def fields(self) -> frozenset[str]:
        """All custom fields of the account that it looks at."""
        return frozenset[str]().union(*(one.fields for one in self.leaves()))

    @property
    def people(self) -> frozenset[Person]:
        """All members and roles that it names."""
        return frozenset[Person]().union(*(one.people for one in self.leaves()))

    @property
    def about_job(self) -> bool:
        """Whether it asks about a job, so that an account alone cannot answer."""
        return any(one.about_job for one in self.leaves())


def _conditions(given: Iterable[Condition]) -> tuple[Condition, ...]:
    return items(given)


@frozen
class _OfConditions(_Joined):
    of: tuple[Condition, ...] = attrs.field(converter=_conditions)

    def _problems(self) -> Iterator[Problem]:
        others = tuple(each_is(Condition, self.of, "$.of"))
        yield from others
        if self.of == ():
            yield Problem("must hold at least one condition", "$.of")
        if not others and any(part.depth >= DEEPEST for part in self.of):
            yield Problem(f"is nested deeper than {DEEPEST} levels", "$.of")

    def leaves(self) -> Iterator[Condition]:
        """Yield the plain questions that it is made of."""
        for part in self.of:
            yield from part.leaves()

    @property
    def depth(self) -> int:
        """How deep it is nested."""
        return 1 + max(part.depth for part in self.of)


@frozen
class AllOf(_OfConditions):
    """Every one of these holds."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for them as they are now."""
        return all(part.holds(account, job) for part in self.of)

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Say which ones do not hold."""
        lacking = (part for part in self.of if not part.holds(account, job))
        return " and ".join(part.missing(account, job) for part in lacking)

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Say that each holds."""
        return " and ".join(part.present(account, job) for part in self.of)

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say each."""
        return " and ".join(_within(one, names, "or") for one in self.of)

    @property
    def joint(self) -> str:
        """The word by which it joins several things."""
        inner = self.of[0].joint
        return "and" if len(self.of) > 1 or inner == "and" else ""

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return " & ".join(f"({p!r})" if isinstance(p, AnyOf) else repr(p) for p in self.of)


@frozen
class AnyOf(_OfConditions):
    """At least one of these holds."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for them as they are now."""
        return any(part.holds(account, job) for part in self.of)

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Say of each why it does not hold."""
        return " and ".join(part.missing(account, job) for part in self.of)

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Say which ones hold."""
        holding = (part for part in self.of if part.holds(account, job))
        return " and ".join(part.present(account, job) for part in holding)

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say each."""
        return " or ".join(_within(one, names, "and") for one in self.of)

    @property
    def joint(self) -> str:
        """The word by which it joins several things."""
        inner = self.of[0].joint
        return "or" if len(self.of) > 1 or inner == "or" else ""

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return " | ".join(f"({p!r})" if isinstance(p, AllOf) else repr(p) for p in self.of)


@frozen
class Not(_Joined):
    """The opposite of a condition."""

    of: Condition

    def _problems(self) -> Iterator[Problem]:
        if not isinstance(self.of, Condition):
            yield Problem("must be a condition", "$.of", shown(self.of), EXAMPLES)
        elif self.depth > DEEPEST:
            yield Problem(f"is nested deeper than {DEEPEST} levels", "$.of")

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for them as they are now."""
        return not self.of.holds(account, job)

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Say what holds though it should not."""
        return self.of.present(account, job)

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Say what does not hold, as it should not."""
        return self.of.missing(account, job)

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it with a "not" before it."""
        return f"not {_within(self.of, names, 'and', 'or')}"

    def leaves(self) -> Iterator[Condition]:
        """Yield the plain questions that it is made of."""
        return self.of.leaves()

    @property
    def depth(self) -> int:
        """How deep it is nested."""
        return 1 + self.of.depth

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"~({self.of!r})" if isinstance(self.of, AllOf | AnyOf) else f"~{self.of!r}"


def _within(one: Condition, names: Mapping[str, str], *joints: str) -> str:
    """Say a part of a condition, in brackets where one of these words joins it in itself."""
    said = one.said(names)
    return f"({said})" if one.joint in joints else said


# -- where conditions stand -----------------------------------------------------------------------


def when_problems(when: object, where: str = "$.when") -> Iterator[Problem]:
    """Yield what is wrong with the condition of a stage or an automation."""
    if when is not None and not isinstance(when, Condition):
        yield Problem("must be a condition", where, shown(when), EXAMPLES)


def account_only_problems(when: object, where: str = "$.when") -> Iterator[Problem]:
    """Yield what is wrong with a condition that an account alone has to answer.

    Where accounts are chosen and there is no job yet, a question about a job has no answer.
    """
    yield from when_problems(when, where)
    if isinstance(when, Condition):
        for one in when.leaves():
            if one.about_job:
                what = "asks about a job, and here there is only an account"
                yield Problem(what, where, shown(one), EXAMPLES)
