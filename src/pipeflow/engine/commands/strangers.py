"""Strangers: people whom a command names and who are not there, or not active."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ... import rules
from ...errors import NotFoundError, PipeflowError
from ...model.accounts import Person, Role
from ..unit import Unit

__all__ = ["strangers"]

NOBODY: frozenset[str] = frozenset()


def strangers(
    unit: Unit, people: Iterable[Person], where: str, known: frozenset[str] = NOBODY
) -> Iterator[PipeflowError]:
    """Yield the members that there are not, with the nearest ones, and those who are not active
    and not *known* here; roles are nobody by name.
    """
    yield from rules.inactive_errors(people, unit.firm.value, where, known)
    for one in sorted(people, key=str):
        if not isinstance(one, Role):
            try:
                unit.value("member", one)
            except NotFoundError as error:
                yield NotFoundError(*(problem._replace(where=where) for problem in error.problems))
