"""Starting a job: what it is like, and its first stage (domain.md part 7)."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from ..errors import DefinitionError
from ..model.accounts import Account, Person
from ..model.dates import resolved
from ..model.events import JobStarted
from ..model.jobs import Job, JobStatus
from ..model.plain import Plain
from ..model.stages import Stage
from ..model.swift import swift
from ..model.templates import JobTemplate, Priority
from .draft import Draft
from .firing import fire
from .merge import Context, code_problems, render, render_line, single_line
from .moving import advance
from .state import Book, Decision, State
from .times import today

__all__ = ["JobSpec", "start"]

PLAIN = JobTemplate("plain")
_job = swift(Job)


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class JobSpec(Plain):
    """What a new job shall be like; None: as its template says, or by default."""

    id: str
    stage: Stage
    template: JobTemplate | None = None
    name: str | None = None
    assignees: frozenset[Person] | None = None
    priority: Priority | None = None
    start: date | None = None
    due: date | None = None


def start(
    tenant: str, account: Account, book: Book, spec: JobSpec, now: datetime, actor: str
) -> Decision:
    """Start a job in a stage and fire the automations of that stage alone (A-17).

    Args:
        tenant: Whose job it is; part of every key.
        account: The client.
        book: What the firm has laid down for the pipeline.
        spec: What the job shall be like.
        now: The instant.
        actor: Who starts it.

    Raises:
        DefinitionError: The name holds a merge field that is not known there.
    """
    job = _blank(account, book, spec, now)
    draft = Draft(State(tenant, job, account, book), now, actor)
    draft.events.append(
        JobStarted(now, job.id, actor, job.name, job.account, job.pipeline, spec.stage.id)
    )
    people = (spec.template or PLAIN).assignees if spec.assignees is None else spec.assignees
    if people:
        draft.assignees = draft.members(people, "assignees of the job")
    fire(draft, spec.stage, spec.stage.automations)
    advance(draft, entered=True)
    return draft.decide()


def _blank(account: Account, book: Book, spec: JobSpec, now: datetime) -> Job:
    """Make the job before anything happens to it."""
    template = spec.template or PLAIN
    begun = today(now, book.zone)
    due = spec.due or resolved(template.due, begun)
    context = Context(account, begun, due=due)
    if spec.name is not None:
        if problems := tuple(code_problems(spec.name, "$.name", job=True)):
            raise DefinitionError(*problems)
        name = render_line(spec.name, context)
    elif spec.template is not None:
        name = render_line(template.job_name or template.name, context)
    else:
        name = single_line(book.pipeline.name)
    return _job(
        spec.id,
        name or book.pipeline.name,
        account.id,
        book.pipeline.id,
        spec.stage.id,
        JobStatus.ACTIVE,
        1,
        now,
        now,
        (),
        frozenset(),
        spec.priority or template.priority,
        spec.start or resolved(template.start, begun),
        due,
        render(template.description, context),
        template.comments,
        template.time_budget,
        template.client_view,
    )
