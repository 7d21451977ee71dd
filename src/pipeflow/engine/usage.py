"""Usage: what uses a thing of the firm, looked up by what the store finds it by (R-28)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .. import rules
from ..errors import DefinitionError, NotFoundError, a, unknown
from ..model.items import Mark
from ..model.jobs import Job, JobStatus
from ..model.text import composed
from ..model.uses import Use
from ..ports.rows import Query, RowKey
from .records import Records, item_ids_of, ref_key, row_key

__all__ = [
    "KINDS",
    "SPENT",
    "bringing",
    "definitions",
    "id_meant",
    "kind_of_id",
    "left_with",
    "naming",
    "open_work",
    "scheduled",
    "shared",
    "uses_of",
]

KINDS = ("account", "job", "template", "pipeline", "member", "schedule")  # of what can leave
SPENT = JobStatus.ARCHIVED
# What finds the jobs with items that fire something when their reminders are used up.
BRINGING = Query("job", (("then", "yes"),))


def kind_of_id(records: Records, tenant: str, id: str) -> str:
    """Return of which kind the thing is that has an id.

    Raises:
        NotFoundError: There is none.
        DefinitionError: Things of several kinds have it.
    """
    found = [key.kind for key in records.store.read(tenant, [row_key(k, id) for k in KINDS]).rows]
    if not found:
        known = sorted({one for kind in KINDS for one in records.store.ids(tenant, kind)})
        kinds = f"{', '.join(KINDS[:-1])} or {KINDS[-1]}"
        raise NotFoundError(unknown(kinds, id, known, where=f"tenant {tenant!r}"))
    if len(found) > 1:
        told = " and ".join(map(a, sorted(found)))
        raise DefinitionError(f"{id!r} is the id of {told}; give the thing itself")
    return found[0]


def id_meant(records: Records, tenant: str, id: str) -> str:
    """Return the id that somebody means who says no kind, however it is typed (R-16).

    The ids of accounts and jobs are a host's own, so that what has the very id comes first.
    """
    whole = composed(id)
    if whole == id or records.store.read(tenant, [row_key(kind, id) for kind in KINDS]).rows:
        return id
    keys = [row_key(kind, whole) for kind in KINDS if kind not in {"account", "job"}]
    return whole if records.store.read(tenant, keys).rows else id


def uses_of(records: Records, tenant: str, kind: str, id: str) -> Iterator[Use]:
    """Yield every use of a thing that is there."""
    match kind:
        case "account":
            jobs = jobs_of(records, "account", id)
            yield from (_use(job, "$.account") for job in jobs if job.status != SPENT)
            yield from shared(records, tenant, jobs)
            yield from scheduled(records, kind, id)
        case "job":
            yield from shared(records, tenant, [records.row("job", id).value])
        case "pipeline":
            yield from (_use(job, "$.pipeline") for job in jobs_of(records, "pipeline", id))
            others = (each for each in definitions(records) if each[0] != kind or each[1].id != id)
            yield from rules.uses_in(others, kind, id)
            yield from rules.uses_in(_work(records, kind, id), kind, id)
        case "schedule":  # nothing names one
            return
        case "template":
            yield from rules.uses_in(definitions(records), kind, id)
            yield from rules.uses_in(_work(records, kind, id), kind, id)
        case _:
            yield from rules.uses_in(definitions(records), kind, id)
            accounts = ((key.kind, one.value) for key, one in records.found(Query("account")))
            yield from rules.uses_in(accounts, kind, id)
            yield from rules.uses_in(_work(records, kind, id), kind, id)


def definitions(records: Records) -> Iterator[tuple[str, Any]]:
    """Yield every template, pipeline and schedule, and the settings, each with its kind."""
    for kind in ("template", "pipeline", "schedule", "settings"):
        for one in records.every(kind):
            yield kind, one


def left_with(records: Records, member: str) -> Iterator[Use]:
    """Yield what names a member who handed over, since it is for somebody to edit.

    That is definitions, and conditions of what open items may fire yet.
    """
    yield from rules.uses_in(definitions(records), "member", member)
    yield from rules.uses_in(_work(records, "member", member), "member", member, asked=True)


def scheduled(records: Records, kind: str, id: str) -> Iterator[Use]:
    """Yield the schedules that name something (R-38)."""
    schedules = (("schedule", one) for one in records.every("schedule"))
    return rules.uses_in(schedules, kind, id)


def _work(records: Records, kind: str, id: str) -> Iterator[tuple[str, Any]]:
    """Yield the jobs whose work names something, each with its kind."""
    return (("job", job) for _, job in naming(records, kind, id))


def naming(records: Records, kind: str, id: str) -> list[tuple[RowKey, Job]]:
    """Return the jobs whose open work names a member, a template or a pipeline, in order.

    That is who has to act, and what is fired yet when reminders are used up; archived jobs aside.
    """
    queries = open_work(records, id) if kind == "member" else ()
    rows = {row[0]: row[1].value for query in queries for row in records.at_once(query)}
    rows.update(bringing(records))
    found = ((key, rows[key]) for key in sorted(rows))
    return [(k, job) for k, job in found if job.status != SPENT and rules.names(job, kind, id)]


def bringing(records: Records) -> Iterator[tuple[RowKey, Job]]:
    """Yield the jobs with open items that fire something when their reminders are used up."""
    return ((key, stored.value) for key, stored in records.at_once(BRINGING))


def jobs_of(records: Records, field: str, id: str) -> list[Job]:
    """Return the jobs of an account or pipeline, archived ones too."""
    return [stored.value for _, stored in records.at_once(Query("job", ((field, id),)))]


def open_work(records: Records, member: str) -> tuple[Query, ...]:
    """Return what finds the jobs in which a member has to act, each once, archived ones aside."""
    known = [one.name for pipeline in records.every("pipeline") for one in pipeline.statuses]
    statuses = tuple(dict.fromkeys((JobStatus.ACTIVE.value, JobStatus.COMPLETED.value, *known)))
    return tuple(
        Query("job", ((field, member), ("status", statuses))) for field in ("assignee", "worker")
    )


def shared(records: Records, tenant: str, jobs: Iterable[Job]) -> Iterator[Use]:
    """Yield where jobs of other accounts have the same things as these jobs have.

    What a job has let go of is not its own any more.
    """
    things = [
        (job, item.ref)
        for job in jobs
        for item in job.items
        if item.ref is not None and item.marks & {Mark.SHARED, Mark.UNLINKED} == {Mark.SHARED}
    ]
    refs = {ref_key(ref.port, ref.id): job for job, ref in things}
    for key, stored in records.store.read(tenant, refs).rows.items():
        others = [item_ids_of(one) for one in stored.value.items]
        rows = records.store.read(tenant, [RowKey("job", job) for job, id in others if id]).rows
        for other in (row.value for row in rows.values()):
            if other.account != refs[key].account:
                yield from _things(other, key)


def _things(job: Job, key: RowKey) -> Iterator[Use]:
    """Yield where a job has the thing of a reference, unless it has let go of it."""
    for item in job.items:
        ref = item.ref
        if ref is None or Mark.UNLINKED in item.marks or ref_key(ref.port, ref.id) != key:
            continue
        yield _use(job, f"$.items[{item.name!r}].ref")


def _use(job: Job, where: str) -> Use:
    return Use("job", job.id, job.name, where)
