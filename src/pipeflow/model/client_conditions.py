"""Client conditions: questions asked of what the client said in a job, by answer or signature.

It counts once it was handed in: answers of organizers that were submitted, the package of a
proposal that was signed as required. Where there are several the newest counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ..errors import Problem
from .accounts import Account
from .checks import name_problems
from .conditions import quoted, told
from .field_conditions import EMPTY, one_of, several_problems, values_given
from .items import Item, ItemState, Mark, Questionnaire, SigningState
from .job_conditions import OfJob, OfNames, none_named
from .logic import NOBODY, Asked, Condition
from .record import frozen
from .text import text_problems
from .values import FieldValue, spoken, texts

__all__ = ["AnswerIs", "Answered", "PackageIs", "answer_is", "answered", "package_is"]


def _done(job: Asked) -> Iterator[Item]:
    """Yield what was completed in this job and is still linked to it, the newest first."""
    for item in reversed(job.items):
        if item.state is ItemState.COMPLETED and Mark.UNLINKED not in item.marks:
            yield item


@frozen
class _OfAnswer(OfJob):
    question: str

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.question, "$.question", empty=False)

    def _answer(self, job: Asked | None) -> FieldValue | None:
        """Return the newest answer to the question in what was submitted, or None."""
        for item in _done(self._job(job)):
            if isinstance(item.progress, Questionnaire):
                found = item.progress.answers.get(self.question, "")
                if found not in EMPTY:
                    return found
        return None

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name the answer."""
        found = self._answer(job)
        if found is None:
            return f"{self.question!r} is not answered"
        return f"the answer to {self.question!r} is {told(spoken(found))}"


@frozen
class Answered(_OfAnswer):
    """An organizer of the job was submitted with an answer to this question."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *job* as it is now."""
        return self._answer(job) is not None

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Say that it is not answered."""
        return self.present(account, job)

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"{self.question!r} is answered"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"answered({self.question!r})"


@frozen
class AnswerIs(_OfAnswer):
    """An organizer of the job was submitted with one of these answers to this question.

    Where several choices were taken, any of them counts. `True` is "Yes", and `False` "No".
    """

    values: tuple[FieldValue, ...] = attrs.field(converter=values_given)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from several_problems(self.values, "$.values")

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *job* as it is now."""
        found = self._answer(job)
        return found is not None and one_of(found, self.values)

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name the answer."""
        not_these = "" if self._answer(job) is None else f", not {self._listed}"
        return f"{self.present(account, job)}{not_these}"

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"the answer to {self.question!r} is {self._listed}"

    @property
    def _listed(self) -> str:
        return quoted(tuple(map(spoken, self.values)), "or")

    @property
    def joint(self) -> str:
        """The word between its values."""
        return "or" if len(self.values) > 1 else ""

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"answer_is({', '.join(map(repr, (self.question, *self.values)))})"


@frozen
class PackageIs(OfNames):
    """A proposal of the job was signed as required, with one of these packages chosen."""

    packages: tuple[str, ...] = attrs.field(converter=texts)

    def _problems(self) -> Iterator[Problem]:
        yield from name_problems(self.packages, "$.packages")
        yield from none_named(self.packages, "package", "$.packages")

    def _chosen(self, job: Asked | None) -> str | None:
        """Return the package that was chosen last, or None."""
        for item in _done(self._job(job)):
            if isinstance(item.progress, SigningState) and item.progress.package is not None:
                return item.progress.package
        return None

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Answer for *job* as it is now."""
        return self._chosen(job) in self.packages

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Name the package."""
        but = "" if self._chosen(job) is None else f", not {quoted(self.packages, 'or')}"
        return f"{self.present(account, job)}{but}"

    def present(self, account: Account, job: Asked | None = None) -> str:
        """Name the package."""
        found = self._chosen(job)
        return "no package was chosen" if found is None else f"the chosen package is {found!r}"

    def said(self, names: Mapping[str, str] = NOBODY) -> str:
        """Say it in words that follow an "if"."""
        return f"the chosen package is {quoted(self.packages, 'or')}"

    @property
    def _names(self) -> tuple[Any, ...]:
        return self.packages

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"package_is({', '.join(map(repr, self.packages))})"


# -- how they are written -------------------------------------------------------------------------


def answered(question: str) -> Condition:
    """Build the condition that *question* was answered in an organizer of the job."""
    return Answered(question)


def answer_is(question: str, *values: FieldValue) -> Condition:
    """Build the condition that *question* was answered with one of *values*."""
    return AnswerIs(question, values)


def package_is(*packages: str) -> Condition:
    """Build the condition that one of *packages* was chosen in a proposal of the job."""
    return PackageIs(packages)
