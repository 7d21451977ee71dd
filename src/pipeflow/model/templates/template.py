"""What all templates have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, cast

from ...errors import Problem, shown
from ..checks import texts_problems
from ..record import frozen
from ..reminders import Reminders
from ..text import text_problems
from ..values import Definition

__all__ = [
    "Template",
    "reminders_problems",
    "rhythm_problems",
    "template_id",
    "template_problems",
]


@frozen
class Template(Definition):
    """Base of the nine kinds; the id is unique in the firm, across kinds.

    Editing a template does not change what was made from it before (domain.md part 5).
    """

    kind: ClassVar[str] = "template"

    def _texts(self) -> tuple[str, ...]:
        """Name the fields that hold plain text."""
        return ()

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from texts_problems(self, self._texts())


def reminders_problems(given: object) -> Iterator[Problem]:
    """Yield what is wrong with the reminders of a template."""
    yield from rhythm_problems(given)
    if isinstance(given, Reminders) and given.then:
        what = "fires nothing in a template; say it where an automation has these reminders"
        yield Problem(what, "$.reminders.then")


def rhythm_problems(given: object) -> Iterator[Problem]:
    """Yield what is wrong with the reminders of an automation."""
    if given is not None and not isinstance(given, Reminders):
        yield Problem(
            "must be Reminders(...)", "$.reminders", shown(given), ("Reminders(every=3, times=2)",)
        )


def template_id(given: str | Template, kind: type[Template]) -> str:
    """Convert a template of the kind to its id; what is none passes to the checks."""
    return given.id if isinstance(given, kind) else cast("str", given)


def template_problems(given: object, kind: type[Template], where: str) -> Iterator[Problem]:
    """Yield what is wrong with the id of a template, such as a template of another kind."""
    if isinstance(given, str):
        yield from text_problems(given, where, empty=False)
    else:
        yield Problem(
            f"must be the id of a template, or one of type {kind.__name__}", where, shown(given)
        )
