"""Terms: by what a row is found, the same in every store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from ..model.accounts import Account
from ..model.items import ItemKind, ItemState
from ..model.jobs import Job, JobStatus
from ..model.work import AUTOMATION, Side, heading, is_under_way, side_of
from .rows import Query, Span, Wanted

__all__ = [
    "FIELDS", "UNDATED", "column_terms", "fits", "has_term", "instant_term", "is_told_by_terms",
    "latest_first", "place_terms", "span_in_order", "stage_of", "stage_term", "standing",
    "terms_of",
]  # fmt: skip

PENDING, TEAM, MESSAGE = ItemState.PENDING, Side.TEAM, ItemKind.MESSAGE
BASE = 11 * 10**11  # so that instants of all years have as many digits
BEHIND = 3 * 10**12  # from which instants are taken off where the latest is to come first
UNDATED = "~"  # the term of open work without a date; it comes behind all dates


def instant_term(at: datetime) -> str:
    """Return an instant as a term, to the second; terms of earlier instants come first.

    Whoever writes a job waits for it, and a date in words takes four times as long.
    """
    return str(int(at.timestamp() + BASE))


def latest_first(at: datetime) -> str:
    """Return an instant as a term, to the second; terms of later instants come first."""
    return str(BEHIND - int(at.timestamp() + BASE))


def stage_term(pipeline: str, stage: str) -> str:
    """Return a stage of a pipeline as a term: other pipelines may have a stage of that id, too."""
    return f"{_ahead(pipeline)}{stage}"


def column_terms(pipeline: str) -> Span:
    """Return the terms of all stages of a pipeline."""
    return _behind(_ahead(pipeline))


def place_terms(pipeline: str, stage: str, latest: datetime | None = None) -> Span:
    """Return the terms of the places in a stage; of those that were taken until an instant."""
    low = _ahead(stage_term(pipeline, stage))
    return _behind(low) if latest is None else Span(low, f"{low}{instant_term(latest)}")


def standing(pipeline: str, stages: Iterable[str]) -> Query:
    """Return what asks for the jobs that stand in stages of a pipeline, archived ones aside."""
    return Query("job", (("column", tuple(stage_term(pipeline, stage) for stage in stages)),))


def stage_of(term: str) -> str:
    """Return the id of the stage of which this is the term."""
    length, _, told = term.partition(":")
    return told[int(length) + 1 :]


def _ahead(id: str) -> str:
    """Return an id as what something else may follow: no other id begins like that."""
    return f"{len(id)}:{id}/"


def _behind(ahead: str) -> Span:
    """Return all terms that begin like this; a nought comes next behind a slash."""
    return Span(ahead, f"{ahead[:-1]}0")


def _job_terms(job: Job) -> Iterator[tuple[str, str]]:
    stage, entered = stage_term(job.pipeline, job.stage), instant_term(job.entered)
    yield "account", job.account
    yield "pipeline", job.pipeline
    yield "stage", stage
    yield "status", job.status
    yield "priority", job.priority
    yield "entered", entered
    if job.status != JobStatus.ARCHIVED:
        yield "column", stage
        yield "place", f"{_ahead(stage)}{entered}"
    for member in job.assignees:
        yield "assignee", member
    if job.due is not None:
        yield "due", job.due.isoformat()
    if job.start is not None:
        yield "start", job.start.isoformat()
    thread, fires = None, False
    for item in job.items:
        if item.assignees and item.state is PENDING:
            for member in item.assignees - job.assignees:
                yield "worker", member
        if item.kind is MESSAGE and item.is_open_thread:
            thread = item
        if item.reminders is not None and item.reminders.then:
            fires = fires or item.still_fires is not None
    if thread is not None:
        yield "thread", latest_first(thread.created)
    if fires:
        yield "then", "yes"
    if job.blocked:
        yield "blocked", "yes"
    if is_under_way(job):
        yield "since", entered
        if job.due is not None:
            yield "deadline", job.due.isoformat()
        yield from _work_terms(job)


def _work_terms(job: Job) -> Iterator[tuple[str, str]]:
    """Yield the terms of what is open in a job: what it is, which members must act, until when."""
    if job.blocked:
        yield "work", AUTOMATION
        yield "work_due", UNDATED
        for member in job.assignees:
            yield "work_member", member
    for item in job.items:
        if (side := side_of(item)) is not None:
            yield "work", heading(item.kind, side)
            yield "work_due", UNDATED if item.due is None else item.due.isoformat()
            if side is TEAM:
                for member in item.assignees or job.assignees:
                    yield "work_member", member


def _account_terms(account: Account) -> Iterator[tuple[str, str]]:
    yield "name", account.name.casefold()
    for tag in account.tags:
        yield "tag", tag
    for member in account.access:
        yield "member", member
    for filling in account.roles.values():
        for member in filling:
            yield "member", member


_TERMS: dict[type, Callable[[Any], Iterator[tuple[str, str]]]] = {
    Job: _job_terms,
    Account: _account_terms,
}

# The fields by which rows of each kind can be asked for. Jobs have those from `since` on only
# while they are neither completed nor archived, so that what is asked of the work that there is
# costs nothing for the work that there was. `entered` says what `since` does, of every job.
# `column` is the stage of a job that is on the board, which archived ones are not, and `place`
# where it stands among the cards there: those of a stage in the order in which they came.
FIELDS = {
    "job": (
        "account", "pipeline", "stage", "status", "priority", "entered", "assignee", "due", "start",
        "blocked", "worker", "thread", "then", "column", "place", "since", "deadline", "work",
        "work_member", "work_due",
    ),
    "account": ("name", "tag", "member"),
}  # fmt: skip
# Those of which a row may have several terms.
SEVERAL = frozenset({"assignee", "worker", "work", "work_member", "work_due", "tag", "member"})


def terms_of(value: Any) -> frozenset[tuple[str, str]]:
    """Return the terms of a row's value: pairs of a field and what it holds there."""
    found = _TERMS.get(type(value))
    return frozenset(found(value)) if found is not None else frozenset()


def span_in_order(query: Query, field: str, wanted: Wanted) -> Span | None:
    """Return in which span of a field's terms all rows stand that fit it, if the query's order is
    by that field; None: it is not, or they do not.

    A row that has several terms stands where its first one does, which may lie before the span.
    """
    if field != query.order or isinstance(wanted, tuple):
        return None
    span = Span(wanted, wanted) if isinstance(wanted, str) else wanted
    return span if span.low is None or field not in SEVERAL else None


def is_told_by_terms(query: Query, by: str) -> bool:
    """Tell whether the terms of a field say how many rows of each are meant: no row is needed."""
    fields = [field for field, _ in query.where]
    return not fields or (fields == [by] and by not in SEVERAL)


def fits(value: Any, query: Query) -> bool:
    """Tell whether a row of this value is one of those that a query means, if it is of its kind."""
    terms = terms_of(value)
    return all(has_term(terms, *pair) for pair in query.where)


def has_term(terms: AbstractSet[tuple[str, str]], field: str, wanted: Wanted) -> bool:
    """Tell whether a row of these terms fits what one field must be."""
    if isinstance(wanted, str):
        return (field, wanted) in terms
    if isinstance(wanted, tuple):
        return any((field, one) in terms for one in wanted)
    return any(name == field and wanted.holds(term) for name, term in terms)
