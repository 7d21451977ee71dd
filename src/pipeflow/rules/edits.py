"""Edits: what people change of a running job, and of who must act on an item, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import attrs

from ..errors import DefinitionError, NotAllowedError, PipeflowError, Problem, shown, together
from ..model.accounts import Person
from ..model.events import ItemReassigned, ItemRescheduled
from ..model.items import ItemState
from ..model.record import Plain, record, replaced
from ..model.templates import ClientView, Priority
from ..model.values import UNCHANGED, Unchanged
from .calendar import today
from .decision import Decision, State
from .draft import Draft
from .effects import place_of
from .job_changes import change_job
from .merge_fields import Context, code_problems, render, render_line
from .rest import refuse_archived
from .task_changes import put_changed

__all__ = ["Edits", "edit", "edit_errors", "reassign", "reschedule"]


@record
class Edits(Plain):
    """What an edit says of a job, field by field; what it leaves unchanged is not said."""

    name: str | Unchanged = UNCHANGED
    assignees: frozenset[Person] | Unchanged = UNCHANGED
    priority: Priority | Unchanged = UNCHANGED
    start: date | Unchanged | None = UNCHANGED
    due: date | Unchanged | None = UNCHANGED
    description: str | Unchanged = UNCHANGED
    comments: str | Unchanged = UNCHANGED
    client_view: ClientView | Unchanged | None = UNCHANGED
    time_budget: timedelta | Unchanged | None = UNCHANGED


def edit(state: State, edits: Edits, now: datetime, actor: str) -> Decision:
    """Change a job as an edit says, with one line that names each change (R-22).

    Merge fields of name and description are filled in as when a job starts, the name's as one line.
    What the client sees is taken as it is: it may hold what was filled in before.

    Raises:
        NotAllowedError: The job is archived.
        DefinitionError: A text has a merge field that is not known there, or the dates do not fit.
    """
    if errors := tuple(edit_errors(state, edits, now)):
        raise together(errors)
    draft, job = Draft(state, now, actor), state.job
    wanted = {field: new for field, new in _given(edits) if new is not UNCHANGED}
    empty: dict[str, None] = {}
    wanted |= _rendered(state, edits, now, empty)
    if edits.assignees is not UNCHANGED:
        wanted["assignees"] = draft.members(edits.assignees, "assignees of the job", job.assignees)
    change_job(draft, wanted)
    if empty:
        draft.empty = empty
        draft.tell_empty("name and description of the job")
    draft.assignees = draft.job.assignees
    return draft.decide()


def edit_errors(state: State, edits: Edits, now: datetime) -> Iterator[PipeflowError]:
    """Yield why a job cannot be edited so: every reason, as an error of its kind."""
    try:
        refuse_archived(state.job, "edited")
    except NotAllowedError as error:
        yield error
    problems: list[Problem] = []
    for field, text in _rendered(state, edits, now, {}).items():
        written, where = getattr(edits, field), f"$.{field}"
        strange = tuple(code_problems(written, where, job=True))
        problems += strange
        if field == "name" and not text and not strange:
            problems.append(Problem("must not be empty", where, shown(written)))
    start, due = _or(edits.start, state.job.start), _or(edits.due, state.job.due)
    if start is not None and due is not None and due < start:
        if edits.due is not UNCHANGED:
            problems.append(Problem(f"is before the start {start}", "$.due", str(due)))
        elif edits.start is not UNCHANGED:
            problems.append(Problem(f"is after the due date {due}", "$.start", str(start)))
    if problems:
        yield DefinitionError(*problems)


def _given(edits: Edits) -> Iterator[tuple[str, object]]:
    """Yield each field and what the edit says of it."""
    return ((field.name, getattr(edits, field.name)) for field in attrs.fields(Edits))


def _or(given: date | Unchanged | None, before: date | None) -> date | None:
    return before if given is UNCHANGED else given


def _rendered(state: State, edits: Edits, now: datetime, empty: dict[str, None]) -> dict[str, str]:
    """Return those texts that are given and take merge fields, with these filled in.

    *empty* takes up merge fields without a value.
    """
    day, due = today(now, state.book.zone), _or(edits.due, state.job.due)
    own = state.book.settings.language_for("")  # jobs are the team's
    context = Context(state.account, day, due=due, language=own)
    texts: dict[str, str] = {}
    if edits.name is not UNCHANGED:
        texts["name"] = render_line(edits.name, context, empty=empty)
    if edits.description is not UNCHANGED:
        texts["description"] = render(edits.description, context, empty=empty)
    return texts


def reassign(
    state: State,
    item: str,
    to: frozenset[Person],
    now: datetime,
    actor: str,
) -> Decision:
    """Let others act on an item: members; nobody of the firm, which for a client's is the client.

    Raises:
        NotFoundError: The job has no such item.
        NotAllowedError: The job is archived, or nobody has to act on the item.
    """
    draft, place = _opened(state, item, "reassigned", now, actor)
    found = draft.items[place]
    before = found.assignees
    after = draft.members(to, f"assignees of {found.name!r}", before)
    if after != before:
        put_changed(draft, place, replaced(found, assignees=after))
        draft.tell(ItemReassigned, found.id, found.name, after - before, before - after)
    return draft.decide()


def reschedule(
    state: State,
    item: str,
    due: date | None,
    now: datetime,
    actor: str,
) -> Decision:
    """Let an item be due on another day, or on none.

    Raises:
        NotFoundError: The job has no such item.
        NotAllowedError: The job is archived, or nobody has to act on the item.
    """
    draft, place = _opened(state, item, "rescheduled", now, actor)
    found = draft.items[place]
    if due != found.due:
        put_changed(draft, place, replaced(found, due=due))
        draft.tell(ItemRescheduled, found.id, found.name, found.due, due)
    return draft.decide()


def _opened(state: State, item: str, done: str, now: datetime, actor: str) -> tuple[Draft, int]:
    """Return the draft and the place of an item on which somebody has to act."""
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    found = draft.items[place]
    refuse_archived(state.job, "worked on")
    if found.state is not ItemState.PENDING:
        raise NotAllowedError(
            f"{found.name!r} is {found.state} and cannot be {done}: nobody has to act on it"
        )
    return draft, place
