"""What all templates have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, TypeVar

import attrs

from ...errors import DefinitionError, Problem, shown
from ..reminders import Reminders
from ..text import text_problems
from ..values import Definition

__all__ = ["Template", "reminders_problems", "template_id", "texts_problems"]

T = TypeVar("T")


@attrs.frozen
class Template(Definition):
    """Base of the eight kinds; the id is unique in the firm, across kinds.

    Editing a template does not change what was made from it before (domain.md part 5).
    """

    kind: ClassVar[str] = "template"

    def _texts(self) -> tuple[str, ...]:
        """Name the fields that hold plain text."""
        return ()

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from texts_problems(self, self._texts())


def texts_problems(value: object, fields: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with the named text fields of a value."""
    for field in fields:
        yield from text_problems(getattr(value, field), f"$.{field}")


def reminders_problems(given: object) -> Iterator[Problem]:
    """Yield what is wrong with the reminders of a template or automation."""
    if given is not None and not isinstance(given, Reminders):
        yield Problem("must be Reminders(...)", "$.reminders", shown(given), ("Reminders(every=3, times=2)",))


def each_is(kind: type, given: Iterable[object], where: str) -> Iterator[Problem]:
    """Yield the entries of a list that are not of the kind that it holds."""
    for number, one in enumerate(given):
        if not isinstance(one, kind):
            yield Problem(f"must be a {kind.__name__}", f"{where}[{number}]", shown(one))


def template_id(given: str | Template | None, kind: type[Template]) -> str:
    """Convert a template to its id, refusing one of another kind."""
    if isinstance(given, str):
        return given
    if isinstance(given, kind):
        return given.id
    raise DefinitionError(
        Problem(f"needs a {kind.__name__} or its id", "$.template", shown(given), (kind.__name__,))
    )
