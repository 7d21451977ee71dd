"""Task templates: work for the team."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

import attrs

from ...errors import Problem
from ..accounts import Person, people, people_problems
from ..checks import choice_problems, name_problems
from ..dates import When, when_problems
from ..record import frozen
from ..values import as_choice, names, texts
from .template import Template

__all__ = ["Priority", "TaskTemplate", "priority"]


class Priority(StrEnum):
    """How urgent a task or a job is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


def priority(given: Priority | str) -> Priority:
    """Convert `"high"` to its priority."""
    return as_choice(Priority, given)


@frozen
class TaskTemplate(Template):
    """A task: `TaskTemplate("Prepare return", assignees=[Role("preparer")], due=After(days=5))`.

    Args:
        name: What is to be done, with merge fields, which are filled in when the task is made.
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
    priority: Priority = attrs.field(default=Priority.MEDIUM, converter=priority, kw_only=True)
    tags: frozenset[str] = attrs.field(default=frozenset(), converter=names, kw_only=True)
    start: When = attrs.field(default=None, kw_only=True)
    due: When = attrs.field(default=None, kw_only=True)
    subtasks: tuple[str, ...] = attrs.field(default=(), converter=texts, kw_only=True)

    def _texts(self) -> tuple[str, ...]:
        return ("description",)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from people_problems(self.assignees, "$.assignees")
        yield from name_problems(self.tags, "$.tags")
        yield from name_problems(self.subtasks, "$.subtasks")
        yield from choice_problems(Priority, self.priority, "$.priority")
        yield from when_problems(self.start, self.due)
