"""Job templates: what a new job is like."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

import attrs

from ...errors import Problem, shown
from ..accounts import Person, people, people_problems
from ..checks import choice_problems, period_problems, texts_problems
from ..dates import When, when_problems
from ..record import frozen
from ..text import single_line
from ..values import Value
from .task import Priority, priority
from .template import Template

__all__ = ["ClientView", "JobTemplate", "jobs_name", "naming_field"]


@frozen
class ClientView(Value):
    """What the client's portal shows of a job."""

    name: str = ""
    status: str = ""
    description: str = ""

    def _problems(self) -> Iterator[Problem]:
        yield from texts_problems(self, ("name", "status", "description"))


def naming_field(template: JobTemplate) -> str:
    """Return the field that says what jobs of a template are called: its name if nothing else."""
    return "job_name" if single_line(template.job_name) else "name"


def jobs_name(template: JobTemplate) -> str:
    """Return what jobs of a template are called, with merge fields."""
    name: str = getattr(template, naming_field(template))
    return name


@frozen
class JobTemplate(Template):
    """What jobs start with: `JobTemplate("1040", job_name="1040 for [ACCOUNT_NAME]")`.

    Args:
        name: The template's name.
        job_name: The job's name, with merge fields; the template's name if empty.
        description: With merge fields.
        assignees: Members, their ids, or roles.
        priority: Low, medium, high or urgent.
        start: A date, or `After(...)` counted from the day the job is made.
        due: The same.
        time_budget: How long the work may take.
        comments: For the team.
        client_view: What the client's portal shows, with merge fields in the client's language;
            None: nothing.
    """

    kind: ClassVar[str] = "job"

    job_name: str = attrs.field(default="", kw_only=True)
    description: str = attrs.field(default="", kw_only=True)
    assignees: frozenset[Person] = attrs.field(default=frozenset(), converter=people, kw_only=True)
    priority: Priority = attrs.field(default=Priority.MEDIUM, converter=priority, kw_only=True)
    start: When = attrs.field(default=None, kw_only=True)
    due: When = attrs.field(default=None, kw_only=True)
    time_budget: timedelta | None = attrs.field(default=None, kw_only=True)
    comments: str = attrs.field(default="", kw_only=True)
    client_view: ClientView | None = attrs.field(default=None, kw_only=True)

    def _texts(self) -> tuple[str, ...]:
        return ("job_name", "description", "comments")

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from people_problems(self.assignees, "$.assignees")
        yield from choice_problems(Priority, self.priority, "$.priority")
        yield from when_problems(self.start, self.due)
        if self.time_budget is not None:
            yield from period_problems(self.time_budget, "$.time_budget")
        if self.client_view is not None and not isinstance(self.client_view, ClientView):
            yield Problem("must be a ClientView", "$.client_view", shown(self.client_view))
