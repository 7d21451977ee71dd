"""Seasons: what happened to the jobs of a pipeline in a span of time, and the firm without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ..adapters.memory import MemoryStore
from ..model.events import Chapter, JobStarted, MoveUndone, TagsChanged
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.values import FrozenMap
from ..ports.rows import Changes, Query, RowKey, Stored
from ..rules.undo import JOBS
from .records import FIRM

if TYPE_CHECKING:
    from .records import Records

__all__ = ["Past", "emptied", "past_of"]

DEFINED = ("settings", "pipeline", "template", "member")


class Past(NamedTuple):
    """What a season was made of.

    Args:
        jobs: Those that were started in the pipeline meanwhile, as they stand now.
        chapters: Their histories, by their ids.
        order: What happened, in the order of the commits: chapters of these jobs, and what others
            did to the tags of their accounts.
        accounts: Their accounts, with the tags that they had at the beginning.
        left_out: How many jobs of the pipeline are not among them.
        first: The stage in which jobs of the pipeline begin unless said.
        taken_back: Which jobs an undo of their starters took back, and when.
    """

    jobs: dict[str, Job]
    chapters: dict[str, list[Chapter]]
    order: list[Chapter | TagsChanged]
    accounts: dict[str, Stored]
    left_out: int
    first: str
    taken_back: frozenset[tuple[str, datetime]]


def past_of(
    records: Records,
    pipeline: Pipeline,
    jobs: Iterable[Job],
    since: datetime | None,
    until: datetime,
) -> Past:
    """Read what happened to the jobs of a pipeline in a span of time, from the firm's feed."""
    there = {job.id: job for job in jobs}
    owners = {job.account for job in there.values()}
    chapters: dict[str, list[Chapter]] = {id: [] for id in there}
    told: list[Chapter | TagsChanged] = []
    taken_back: list[tuple[str, datetime]] = []
    for chapter in _feed(records):
        taken_back += _taken_back(chapter)
        if chapter.job in there:
            chapters[chapter.job].append(chapter)
            told.append(chapter)
        else:
            told += (one for one in _tags_of(chapter) if one.account in owners)
    begun = {id for id, job in there.items() if _is_begun(job, chapters[id], since, until)}
    left_out = len(there) - len(begun)
    then = _accounts(records, {there[id].account for id in begun})
    begun = {id for id in begun if there[id].account in then}  # else it was deleted meanwhile
    kept = {id: there[id] for id in there if id in begun}
    first = next(
        (n for n, one in enumerate(told) if isinstance(one, Chapter) and one.job in begun), 0
    )
    order = [
        part
        for one in told[first:]
        for part in ([one] if one.job in begun or isinstance(one, TagsChanged) else _tags_of(one))
    ]
    tags = _rewound(then, order)
    return Past(
        kept,
        {id: [one for one in chapters[id] if one.at <= until] for id in kept},
        [one for one in order if one.at <= until],
        tags,
        left_out,
        pipeline.stages[0].id,
        frozenset(taken_back),
    )


def _feed(records: Records) -> Iterator[Chapter]:
    """Yield all that ever happened in the firm, in the order of the commits."""
    after = None
    while (page := records.store.feed(tenant=records.tenant, after=after)).rows:
        yield from (chapter for _, chapter in page.rows)
        after = page.next


def _tags_of(chapter: Chapter) -> list[TagsChanged]:
    return [one for one in chapter.events() if isinstance(one, TagsChanged)]


def _taken_back(chapter: Chapter) -> Iterator[tuple[str, datetime]]:
    """Yield the jobs that an undo took back, since its move had started them."""
    for one in chapter.events():
        for trace in one.cancelled if isinstance(one, MoveUndone) else ():
            if trace.port == JOBS and trace.ref is not None:
                yield trace.ref.id, one.at


def _is_begun(job: Job, chapters: list[Chapter], since: datetime | None, until: datetime) -> bool:
    """Tell whether a job was started in its pipeline, and in a span of time."""
    if not chapters or chapters[0].at > until or (since is not None and chapters[0].at < since):
        return False
    first = next(iter(chapters[0].events()), None)
    return isinstance(first, JobStarted) and first.pipeline == job.pipeline


def _accounts(records: Records, ids: set[str]) -> dict[str, Any]:
    rows = records.read([RowKey("account", id) for id in sorted(ids)])
    return {key.id: stored.value for key, stored in rows.items()}


def _rewound(now: dict[str, Any], order: list[Chapter | TagsChanged]) -> dict[str, Stored]:
    """Return accounts with the tags that they had before all this happened."""
    then = dict(now)
    for one in reversed(order):
        for event in reversed([one] if isinstance(one, TagsChanged) else _tags_of(one)):
            if event.account in then:
                account = then[event.account]
                tags = (account.tags - event.added) | event.removed
                then[event.account] = replaced(account, tags=tags)
    return {id: Stored(1, replaced(one, answered=FrozenMap())) for id, one in then.items()}


def emptied(records: Records, past: Past) -> MemoryStore:
    """Return a store with the firm's definitions and the accounts of a season, and no job."""
    store, tenant = MemoryStore(), records.tenant
    rows: dict[RowKey, Any] = {FIRM: records.firm().value}
    for kind in DEFINED:
        rows |= {key: stored.value for key, stored in records.found(Query(kind))}
    rows |= {RowKey("account", id): stored.value for id, stored in past.accounts.items()}
    store.commit(Changes(tenant, dict.fromkeys(rows, 0), rows))
    return store
