"""The opening of a job: what it is like, and its first stage (domain.md part 7)."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from ..errors import DefinitionError
from ..model.accounts import Account, Person
from ..model.dates import resolved
from ..model.events import JobScheduled, JobStarted
from ..model.jobs import Job, JobStatus
from ..model.record import Plain, record, replaced
from ..model.stages import Stage
from ..model.templates import ClientView, JobTemplate, Priority
from ..model.templates.job import jobs_name
from .automove import advance
from .calendar import today
from .decision import Book, Decision, JobStart, State
from .draft import Draft
from .job_changes import view_texts
from .merge_fields import Context, code_problems, render, render_line, single_line
from .turns import fire, refuse_strangers

__all__ = ["JobSpec", "start", "start_follow_up"]

NOTHING: frozenset[str] = frozenset()


@record
class JobSpec(Plain):
    """What a new job shall be like; None: as its template says, or by default.

    `skip` are automations of the stage that shall not fire; none does, and no automove follows,
    where it does not `fires` (R-25); `starter` is the job whose automation starts it. `schedule`
    and `period` are what a recurring job is made by, and the unshifted date of its period (R-38).
    """

    id: str
    stage: Stage
    template: JobTemplate | None = None
    name: str | None = None
    assignees: frozenset[Person] | None = None
    priority: Priority | None = None
    start: date | None = None
    due: date | None = None
    skip: frozenset[str] = NOTHING
    fires: bool = True
    starter: str = ""
    schedule: str | None = None
    period: date | None = None


def start(
    tenant: str,
    account: Account,
    book: Book,
    spec: JobSpec,
    now: datetime,
    actor: str,
    *,
    thread: str | None = None,
) -> Decision:
    """Start a job in a stage and fire the automations of that stage alone (A-17).

    Args:
        tenant: Whose job it is; part of every key.
        account: The client.
        book: What the firm has laid down for the pipeline.
        spec: What the job shall be like.
        now: The instant.
        actor: Who starts it.
        thread: Where the latest open thread of the account is; see `State`.

    Raises:
        DefinitionError: The name holds a merge field that is not known there.
        NotFoundError: An automation is left out that the stage does not have.
    """
    refuse_strangers(spec.stage, spec.skip)
    empty: dict[str, None] = {}
    job = _blank(account, book, spec, now, empty)
    draft = Draft(State(tenant, job, account, book, thread=thread), now, actor)
    draft.begins = True
    where = (job.account, job.pipeline, spec.stage.id)
    draft.tell(JobStarted, job.name, *where, spec.starter, spec.fires)
    if job.start is not None and job.due is not None and job.start > job.due:
        draft.warn(f"the job starts on {job.start}, and is due on {job.due}")
    if spec.schedule is not None:
        draft.tell(JobScheduled, spec.schedule, spec.period, job.due)
    if empty:
        draft.empty = empty
        draft.tell_empty("name and description of the job")
    if job.client_view is not None:
        _fill_view(draft, job.client_view)
    people = (spec.template or _plain()).assignees if spec.assignees is None else spec.assignees
    if people:
        draft.assignees = draft.members(people, "assignees of the job")
    fire(draft, spec.stage, spec.skip if spec.fires else None)
    advance(draft, entered=True, moves=spec.fires)
    return draft.decide()


def start_follow_up(
    tenant: str, account: Account, begun: JobStart, now: datetime, thread: str | None = None
) -> Decision:
    """Start a job that an automation of another one asked for, in the account as that left it."""
    book = begun.book
    template = book.templates.get(book.pipeline.job_template or "")
    spec = JobSpec(
        begun.id,
        begun.stage,
        template if isinstance(template, JobTemplate) else None,
        begun.name or None,
        starter=begun.starter,
    )
    return start(tenant, account, book, spec, now, begun.actor, thread=thread)


def _fill_view(draft: Draft, view: ClientView) -> None:
    """Let the client see what the job's template says, as it is for this client."""
    written = {"name": view.name, "status": view.status, "description": view.description}
    filled = ClientView(**view_texts(draft, written))
    draft.job = replaced(draft.job, client_view=filled)
    if draft.empty:
        draft.tell_empty("what the client sees of the job")


def _start_of(spec: JobSpec, template: JobTemplate, begun: date, due: date | None) -> date | None:
    """Return when a job starts: by its template no later than on a due date that was given."""
    if spec.start is not None:
        return spec.start
    start = resolved(template.start, begun)
    later = start is not None and spec.due is not None and start > spec.due
    return due if later else start


@cache
def _plain() -> JobTemplate:
    """Return the template of a job that has none; made on first use."""
    return JobTemplate("plain")


def _blank(
    account: Account, book: Book, spec: JobSpec, now: datetime, empty: dict[str, None]
) -> Job:
    """Make the job before anything happens to it; *empty* takes up merge fields without a value."""
    template = spec.template or _plain()
    begun = today(now, book.zone)
    due = spec.due or resolved(template.due, begun)
    own = book.settings.language_for("")  # jobs are the team's
    context = Context(account, begun, due=due, language=own, period=spec.period)
    if spec.name is not None:
        recurring = spec.period is not None
        if problems := tuple(code_problems(spec.name, "$.name", job=True, period=recurring)):
            raise DefinitionError(*problems)
        name = render_line(spec.name, context, empty=empty)
    elif spec.template is not None:
        name = render_line(jobs_name(template), context, empty=empty)
    else:
        name = single_line(book.pipeline.name)
    return Job(
        id=spec.id,
        name=name or book.pipeline.name,
        account=account.id,
        pipeline=book.pipeline.id,
        stage=spec.stage.id,
        status=JobStatus.ACTIVE,
        visit=1,
        entered=now,
        created=now,
        priority=spec.priority or template.priority,
        start=_start_of(spec, template, begun, due),
        due=due,
        description=render(template.description, context, empty=empty),
        comments=template.comments,
        time_budget=template.time_budget,
        client_view=template.client_view,
        starter=spec.starter,
        edition=book.pipeline.revision or 0,
    )
