"""Wishes: what a host asks an edit to change, before it is known to be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from .. import rules
from ..errors import Problem, shown
from ..model.accounts import people, people_problems
from ..model.checks import choice_problems, period_problems
from ..model.templates import ClientView, Priority
from ..model.text import plain, text_problems
from ..model.values import UNCHANGED, as_choice, composed_parts

__all__ = ["Wishes"]


class Wishes(NamedTuple):
    """What is asked for, field by field, as it was given; whatever that is."""

    name: Any
    assignees: Any
    priority: Any
    start: Any
    due: Any
    description: Any
    comments: Any
    client_view: Any
    time_budget: Any

    def sorted_out(self) -> tuple[rules.Edits, tuple[Problem, ...]]:
        """Return what is right of it, and all that is wrong, whatever job it is asked of."""
        right: dict[str, Any] = {}
        wrong: list[Problem] = []
        for field, given in zip(self._fields, self, strict=True):
            if given is not UNCHANGED:
                convert, look = _FIELDS[field]
                value = convert(given)
                if problems := tuple(look(value, f"$.{field}")):
                    wrong += problems
                else:
                    right[field] = value
        return rules.Edits(**right), tuple(wrong)


def _as_it_is(given: Any) -> Any:
    return given


def _as_text(given: Any) -> Any:
    return plain(given) if isinstance(given, str) else given


def _members(given: Any) -> Any:
    return composed_parts(people(given))


def _name_problems(given: object, where: str) -> Iterator[Problem]:
    yield from text_problems(given, where, empty=False)


def _priority(given: Any) -> Any:
    return as_choice(Priority, given)


def _priority_problems(given: object, where: str) -> Iterator[Problem]:
    yield from choice_problems(Priority, given, where)


def _day_problems(given: object, where: str) -> Iterator[Problem]:
    if given is not None and type(given) is not date:
        yield Problem("must be a date or None", where, shown(given), ("date(2027, 4, 15)",))


def _view_problems(given: object, where: str) -> Iterator[Problem]:
    if given is not None and not isinstance(given, ClientView):
        yield Problem("must be a ClientView or None", where, shown(given))


def _budget_problems(given: object, where: str) -> Iterator[Problem]:
    if given is not None:
        yield from period_problems(given, where)


Converter = Callable[[Any], Any]
Look = Callable[[Any, str], Iterator[Problem]]

# Each field: what its value is made of, and what may be wrong with that.
_FIELDS: dict[str, tuple[Converter, Look]] = {
    "name": (_as_text, _name_problems),
    "assignees": (_members, people_problems),
    "priority": (_priority, _priority_problems),
    "start": (_as_it_is, _day_problems),
    "due": (_as_it_is, _day_problems),
    "description": (_as_text, text_problems),
    "comments": (_as_text, text_problems),
    "client_view": (_as_it_is, _view_problems),
    "time_budget": (_as_it_is, _budget_problems),
}
