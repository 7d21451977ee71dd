"""Task templates: work for the team."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import ClassVar

import attrs

from ...errors import Problem, shown
from ..accounts import Person, people, people_problems
from ..dates import When, when
from ..values import choice, items, name_problems, names
from .base import Template

__all__ = ["Priority", "TaskTemplate"]


class Priority(StrEnum):
    """How urgent a task or a job is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


@attrs.frozen
class TaskTemplate(Template):
    """A task: `TaskTemplate("Prepare return", assignees=[Role("preparer")], due=After(days=5))`.

    Args:
        name: What is to be done.
        description: More words, with merge fields.
        assignees: Members, their ids, or roles that the account's `roles` fill when it is made.
        priority: Low, medium, high or urgent.
        tags: Labels of the task (account tags are another thing).
        start: A date, or `After(...)` counted from the day the task is made (A-43).
        due: The same.
        subtasks: A checklist; it never holds the task or the stage up (domain.md 2.3).
    """

    kind: ClassVar[str] = "task"

    description: str = attrs.field(default="", kw_only=True)
    assignees: frozenset[Person] = attrs.field(default=frozenset(), converter=people, kw_only=True)
    priority: Priority = attrs.field(
        default=Priority.MEDIUM, converter=choice(Priority), kw_only=True
    )
    tags: frozenset[str] = attrs.field(default=frozenset(), converter=names, kw_only=True)
    start: When = attrs.field(default=None, converter=when, kw_only=True)
    due: When = attrs.field(default=None, converter=when, kw_only=True)
    subtasks: tuple[str, ...] = attrs.field(default=(), converter=items, kw_only=True)

    def _texts(self) -> tuple[str, ...]:
        return ("description",)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from people_problems(self.assignees, "$.assignees")
        yield from name_problems(self.tags, "$.tags")
        yield from name_problems(self.subtasks, "$.subtasks")
        yield from order_problems(self.start, self.due)


def order_problems(start: When, due: When) -> Iterator[Problem]:
    """Yield the problem of a due date that stands before the start."""
    if isinstance(start, date) and isinstance(due, date) and due < start:
        yield Problem(f"is before the start {start}", "$.due", shown(due))
