"""Automations that change the job itself, which needs no port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import attrs

from ..errors import Problem
from .automations import Automation
from .checks import choice_problems, texts_problems
from .dates import When, when_problems
from .record import frozen
from .templates import Priority
from .values import as_choice

__all__ = ["UpdateJob"]


def _priority(given: Priority | str | None) -> Priority | None:
    return None if given is None else as_choice(Priority, given)


@frozen
class UpdateJob(Automation):
    """Change the job, as an edit does (R-22): `UpdateJob(priority="urgent", due=After(days=5))`.

    What is not given stays as it is. Dates that do not fit together are warned of, and left out.

    Args:
        priority: Low, medium, high or urgent.
        start: A date, or `After(...)` counted from the day on which it fires.
        due: The same.
        name: With merge fields.
        description: The same.
        comments: For the team.
    """

    kind: ClassVar[str] = "update_job"

    priority: Priority | None = attrs.field(default=None, converter=_priority, kw_only=True)
    start: When = attrs.field(default=None, kw_only=True)
    due: When = attrs.field(default=None, kw_only=True)
    name: str = attrs.field(default="", kw_only=True)
    description: str = attrs.field(default="", kw_only=True)
    comments: str = attrs.field(default="", kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        if self.priority is not None:
            yield from choice_problems(Priority, self.priority, "$.priority")
        yield from when_problems(self.start, self.due)
        yield from texts_problems(self, ("name", "description", "comments"))
