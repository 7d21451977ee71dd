"""Job conditions: questions asked of the job itself, as it stands at that moment (A-2).

Only where there is a job: what chooses accounts refuses them (`account_only_problems`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import DefinitionError, Problem, shown
from .accounts import Account, Member, Person, Role, person
from .checks import choice_problems, name_problems
from .conditions import quoted
from .logic import NOBODY, Asked, Condition
from .record import frozen
from .templates import Priority
from .text import text_problems
from .values import as_choice, items

if TYPE_CHECKING:
    from .pipelines import Pipeline

__all__ = [
    "Assigned",
    "OfJob",
    "OfNames",
    "OlderThan",
    "PipelineIs",
    "PriorityIs",
    "assigned",
    "none_named",
    "older_than",
    "pipeline_is",
    "priority_is",
]

MOST_DAYS = 36_525  # a hundred years


@frozen
class OfJob(Condition):
    """Base of those that ask about a job."""

    @property
    def about_job(self) -> bool:
        """Whether it asks about a job: it does."""
        return True

    def _job(self, job: Asked | None) -> Asked:
        """Return the job that is asked about.

        Raises:
            DefinitionError: There is none.
        """
        if job is None:
            what = "asks about a job, and here there is only an account"
            raise DefinitionError(Problem(what, "$", shown(self)))
        return job


@frozen
class OfNames(OfJob):
    """Base of those that ask for one of several names."""

    @property
    def joint(self) -> str:
        """The word between the names."""
        return "or" if len(self._names) > 1 else ""

    @property
    @abstractmethod
    def _names(self) -> tuple[Any, ...]:
        """The names."""


def none_named(given: object, what: str, where: str) -> Iterator[Problem]:
    """Yield the problem of a list that names nothing."""
    if given == ():
        yield Problem(f"must name at least one {what}, else it never holds", where)


# -- what the job is like -------------------------------------------------------------------------


def _priorities(given: Iterable[Priority | str]) -> tuple[Priority, ...]:
    several: tuple[Priority | str, ...] = items(given)
    if not isinstance(several, tuple):
        return several
    return tuple(as_choice(Priority, one) for one in several)


@frozen
class PriorityIs(OfNames):
    """The job has one of these priorities."""

    priorities: tuple[Priority, ...] = attrs.field(converter=_priorities)

    def _problems(self) -> Iterator[Problem]:
        if not isinstance(self.priorities, tuple):
            yield Problem("must be a list of priorities", "$.priorities", shown(self.priorities))
            return
        yield from none_named(self.priorities, "priority", "$.priorities")
        for number, one in enumerate(self.priorities):
            yield from choice_problems(Priority, one, f"$.priorities[{number}]")

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *job* as it is now."""
        return self._job(job).job.priority in self.priorities

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name the job's priority."""
        return f"{self.present(account, job)}, not {' or '.join(self.priorities)}"

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name the job's priority."""
        return f"job's priority is {self._job(job).job.priority}"

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"the priority is {' or '.join(self.priorities)}"

    @property
    def _names(self) -> tuple[Any, ...]:
        return self.priorities

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"priority_is({', '.join(repr(str(one)) for one in self.priorities)})"


def _pipelines(given: Iterable[Any]) -> tuple[str, ...]:
    from .pipelines import Pipeline  # which holds conditions

    several: tuple[Any, ...] = items(given)
    if not isinstance(several, tuple):
        return several
    return tuple(one.id if isinstance(one, Pipeline) else one for one in several)


@frozen
class PipelineIs(OfNames):
    """The job is in one of these pipelines."""

    pipelines: tuple[str, ...] = attrs.field(converter=_pipelines)

    def _problems(self) -> Iterator[Problem]:
        yield from name_problems(self.pipelines, "$.pipelines")
        yield from none_named(self.pipelines, "pipeline", "$.pipelines")

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *job* as it is now."""
        return self._job(job).job.pipeline in self.pipelines

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name the job's pipeline."""
        return f"{self.present(account, job)}, not {quoted(self.pipelines, 'or')}"

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name the job's pipeline."""
        return f"job is in the pipeline {self._job(job).job.pipeline!r}"

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"the pipeline is {quoted(self.pipelines, 'or')}"

    @property
    def _names(self) -> tuple[Any, ...]:
        return self.pipelines

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"pipeline_is({', '.join(map(repr, self.pipelines))})"


@frozen
class OlderThan(OfJob):
    """The job was started more than so many days ago, counted on the firm's calendar."""

    days: int

    def _problems(self) -> Iterator[Problem]:
        whole = isinstance(self.days, int) and not isinstance(self.days, bool)
        if not whole or not 0 <= self.days <= MOST_DAYS:
            what = f"must be a whole number of days from 0 to {MOST_DAYS}"
            yield Problem(what, "$.days", shown(self.days))

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *job* as it is now."""
        return self._job(job).age > self.days

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Tell the job's age."""
        return f"{self._age(job)}, not older than {self.days}"

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Tell the job's age."""
        return f"{self._age(job)}, older than {self.days}"

    def _age(self, job: Asked | None) -> str:
        age = self._job(job).age
        return f"job is {age} day{'s' * (age != 1)} old"

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"the job is older than {self.days} day{'s' * (self.days != 1)}"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"older_than({self.days!r})"


def _people(given: Iterable[Any]) -> tuple[Person, ...]:
    several: tuple[Any, ...] = items(given)
    return tuple(map(person, several)) if isinstance(several, tuple) else several


@frozen
class Assigned(OfNames):
    """The job is assigned to one of these, alone or with others.

    A role stands for those who fill it for the account.
    """

    who: tuple[Person, ...] = attrs.field(converter=_people)

    def _problems(self) -> Iterator[Problem]:
        if not isinstance(self.who, tuple):
            yield Problem("must be a list of members' ids and roles", "$.who", shown(self.who))
            return
        yield from none_named(self.who, "member or role", "$.who")
        for number, one in enumerate(self.who):
            if not isinstance(one, Role):
                yield from text_problems(one, f"$.who[{number}]", empty=False)

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *job* as it is now."""
        return not self._job(job).assignees.isdisjoint(self._meant(account))

    def _meant(self, account: Account) -> Iterator[str]:
        """Yield the members who are meant."""
        for one in self.who:
            if isinstance(one, Role):
                yield from account.filling(one)
            else:
                yield one

    @property
    def people(self) -> frozenset[Person]:
        """All members and roles that it names."""
        return frozenset(self.who)

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Say to whom the job is assigned instead."""
        named = " or ".join(
            f"the {one.name}" if isinstance(one, Role) else repr(one) for one in self.who
        )
        return f"{self.present(account, job)}, not to {named}"

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Say to whom the job is assigned."""
        found = sorted(self._job(job).assignees)
        return f"job is assigned to {' and '.join(map(repr, found)) or 'nobody'}"

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        named = (
            f"the {one.name}" if isinstance(one, Role) else names.get(one, one) for one in self.who
        )
        return f"assigned to {' or '.join(named)}"

    @property
    def _names(self) -> tuple[Any, ...]:
        return self.who

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"assigned({', '.join(map(repr, self.who))})"


# -- how they are written -------------------------------------------------------------------------


def priority_is(*priorities: Priority | str) -> Condition:
    """Build the condition that the job has one of *priorities*."""
    return PriorityIs(priorities)


def pipeline_is(*pipelines: Pipeline | str) -> Condition:
    """Build the condition that the job is in one of *pipelines*, themselves or their ids."""
    return PipelineIs(pipelines)


def older_than(days: int) -> Condition:
    """Build the condition that the job was started more than *days* days ago."""
    return OlderThan(days)


def assigned(*who: str | Member | Role) -> Condition:
    """Build the condition that the job is assigned to one of *who*: members, ids, roles."""
    return Assigned(who)
