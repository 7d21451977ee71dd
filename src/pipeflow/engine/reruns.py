"""Reruns: a season's history put through an edited pipeline, on a branch of an emptied firm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ..adapters.memory import MemoryStore
from ..errors import PipeflowError
from ..insight.replays import Course, Lost, Replay, ReplayedJob
from ..insight.stays import stays_of
from ..model.events import (
    AutomationSkipped,
    Chapter,
    Event,
    FactRecorded,
    ItemCarried,
    ItemCompleted,
    ItemLinked,
    ItemReassigned,
    ItemReopened,
    ItemRescheduled,
    ItemResolved,
    ItemUnlinked,
    JobEdited,
    JobMoved,
    JobPaused,
    JobResumed,
    JobStarted,
    JobTransferred,
    MoveCause,
    MoveUndone,
    ReminderAsked,
    RequestDelivered,
    SkipCause,
    StatusChanged,
    TagsChanged,
    events_of,
)
from ..model.facts import Cancelled
from ..model.items import Item, ItemState
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.remains import Open
from ..model.values import FrozenMap
from ..ports.rows import Changes, Query, RowKey, Stored
from . import commands
from .records import FIRM

if TYPE_CHECKING:
    from .engine import Branch, Engine
    from .records import Records
    from .who import Who

__all__ = ["Past", "emptied", "rerun"]

DEFINED = ("settings", "pipeline", "template", "member")
COMPLETED, PENDING, RESOLVED = ItemState.COMPLETED, ItemState.PENDING, ItemState.RESOLVED
UNTOLD = (ItemLinked, ItemUnlinked, ItemReassigned, ItemRescheduled, JobEdited, JobTransferred)


class Past(NamedTuple):
    """What a season was made of.

    Args:
        jobs: Those that were started in the pipeline meanwhile, as they stand now.
        chapters: Their histories, by their ids.
        order: What happened, in the order of the commits: chapters of these jobs, and what others
            did to the tags of their accounts.
        accounts: Their accounts, with the tags that they had at the beginning.
        left_out: How many jobs of the pipeline are not among them.
    """

    jobs: dict[str, Job]
    chapters: dict[str, list[Chapter]]
    order: list[Chapter | TagsChanged]
    accounts: dict[str, Stored]
    left_out: int


def past_of(records: Records, jobs: Iterable[Job], since: datetime | None, until: datetime) -> Past:
    """Read what happened to the jobs of a pipeline in a span of time, from the firm's feed."""
    there = {job.id: job for job in jobs}
    owners = {job.account for job in there.values()}
    chapters: dict[str, list[Chapter]] = {id: [] for id in there}
    told: list[Chapter | TagsChanged] = []
    for chapter in _feed(records):
        if chapter.job in there:
            chapters[chapter.job].append(chapter)
            told.append(chapter)
        else:
            told += (one for one in _tags_of(chapter) if one.account in owners)
    begun = {id for id, job in there.items() if _is_begun(job, chapters[id], since, until)}
    kept = {id: there[id] for id in there if id in begun}
    first = next(
        (n for n, one in enumerate(told) if isinstance(one, Chapter) and one.job in begun), 0
    )
    order = [
        part
        for one in told[first:]
        for part in ([one] if one.job in begun or isinstance(one, TagsChanged) else _tags_of(one))
    ]
    tags = _rewound(records, {one.account for one in kept.values()}, order)
    return Past(
        kept,
        {id: [one for one in chapters[id] if one.at <= until] for id in kept},
        [one for one in order if one.at <= until],
        tags,
        len(there) - len(kept),
    )


def _feed(records: Records) -> Iterator[Chapter]:
    """Yield all that ever happened in the firm, in the order of the commits."""
    after = None
    while (page := records.store.feed(tenant=records.tenant, after=after)).rows:
        yield from (chapter for _, chapter in page.rows)
        after = page.next


def _tags_of(chapter: Chapter) -> list[TagsChanged]:
    return [one for one in chapter.events() if isinstance(one, TagsChanged)]


def _is_begun(job: Job, chapters: list[Chapter], since: datetime | None, until: datetime) -> bool:
    """Tell whether a job was started in its pipeline, and in a span of time."""
    if not chapters or chapters[0].at > until or (since is not None and chapters[0].at < since):
        return False
    first = next(iter(chapters[0].events()), None)
    return isinstance(first, JobStarted) and first.pipeline == job.pipeline


def _rewound(
    records: Records, accounts: set[str], order: list[Chapter | TagsChanged]
) -> dict[str, Stored]:
    """Return accounts with the tags that they had before all this happened."""
    then = {id: records.row("account", id).value for id in sorted(accounts)}
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


def rerun(branch: Branch, edited: Pipeline, past: Past, until: datetime) -> tuple[Lost, ...]:
    """Put a season through an edited pipeline; return what found nothing to go to."""
    branch.save(replaced(edited, revision=None), replace=True)
    season = _Season(branch, past)
    for one in past.order:
        branch._until(one.at)  # noqa: SLF001  (of the same room)
        if isinstance(one, TagsChanged):
            if one.account in past.accounts:
                branch.tag(one.account, one.added, one.removed, actor=one.actor)
        else:
            season.tell(one)
    branch._until(until)  # noqa: SLF001
    return tuple(season.lost)


class _Season:
    """Tells the chapters of a season to a branch."""

    def __init__(self, branch: Branch, past: Past) -> None:
        self._branch = branch
        self._past = past
        self.lost: list[Lost] = []

    def tell(self, chapter: Chapter) -> None:
        """Do what people did, and leave to the pipeline what it did itself."""
        events = [*chapter.events()]
        for place, event in enumerate(events):
            try:
                self._do(event, events, first=place == 0)
            except PipeflowError as error:
                self._lose(event, str(error).partition("\n")[0])

    def _lose(self, event: Event, why: str) -> None:
        name = self._past.jobs[event.job].name
        self.lost.append(Lost(event.at, event.job, name, event.sentence(), why))

    def _do(self, event: Event, chapter: list[Event], *, first: bool) -> None:
        branch = self._branch
        match event:
            case JobStarted():
                self._start(event, chapter)
            case FactRecorded() | ItemCompleted() | ItemReopened():
                self._to_item(event, event.fact)
            case ItemResolved() if first:
                self._to_item(event, Cancelled(event.reason))
            case JobMoved(cause=MoveCause.BY_HAND):
                self._move(event, chapter)
            case MoveUndone():
                branch.undo(event.job, actor=event.actor)
            case StatusChanged() if first:
                branch.set_status(event.job, event.status, actor=event.actor)
            case JobPaused():
                branch.pause(event.job, event.reason, actor=event.actor)
            case JobResumed():
                branch.resume(event.job, reminders=event.reminders, actor=event.actor)
            case ReminderAsked():
                item = self._item(event.job, event.item)
                if item is None:
                    self._lose(event, "there is no such item")
                else:
                    branch.remind(item, actor=event.actor)
            case _ if isinstance(event, UNTOLD) and not getattr(event, "cause", ""):
                self._lose(event, "it is not put through")
            case _:
                pass

    def _start(self, event: JobStarted, chapter: list[Event]) -> None:
        job = self._past.jobs[event.job]
        self._branch._desk.job(  # noqa: SLF001  (of the same room)
            commands.Start(
                event.pipeline,
                event.account,
                event.name,
                event.stage,
                assignees=job.assignees,
                priority=job.priority,
                start=job.start,
                due=job.due,
                skip=_deselected(chapter),
                drawn=[event.job],
            ),
            event.actor,
        )

    def _move(self, event: JobMoved, chapter: list[Event]) -> None:
        branch = self._branch
        job = branch.job(event.job)
        pipeline = branch.pipeline(job.pipeline)
        if job.stage == event.stage:
            self._lose(event, "it is there already")
            return
        was, will, now = map(pipeline.find, (event.source, event.stage, job.stage))
        if None not in (was, will, now) and was < will < now:  # type: ignore[operator]
            self._lose(event, "it has gone further already")
            return
        skip = _deselected(chapter)
        branch.move(job, event.stage, skip=skip, open=_remains(chapter), actor=event.actor)

    def _to_item(self, event: Any, fact: Any) -> None:
        """Record a fact about the item that stands for the one that it was about."""
        item = self._item(event.job, event.item)
        if item is None:
            self._lose(event, "there is no such item")
        elif fact is None:
            self._branch.complete(item, actor=event.actor)
        else:
            self._branch.record(item, fact, actor=event.actor)

    def _item(self, job: str, id: str) -> Item | None:
        """Return the item that stands for one: the same template's, the same time that it came."""
        known = self._past.jobs[job].items
        wanted = next(_likeness(one) for one in known if one.id == id)
        place = [one.id for one in known if _likeness(one) == wanted].index(id)
        found = [one for one in self._branch.job(job).items if _likeness(one) == wanted]
        return found[place] if place < len(found) else None


def _likeness(item: Item) -> tuple[object, ...]:
    return item.kind, item.template or item.name


def _remains(chapter: list[Event]) -> Open:
    """Return what was to become of what was open; what an automation found open comes along too."""
    if any(isinstance(one, ItemResolved) for one in chapter):
        return Open.CANCEL
    for one, behind in zip(chapter, (*chapter[1:], None), strict=True):
        found = isinstance(behind, AutomationSkipped) and behind.cause is SkipCause.REPEAT
        if isinstance(one, ItemCarried) and not found:
            return Open.CARRY
    return Open.STAY


def _deselected(chapter: list[Event]) -> frozenset[str]:
    """Return the automations that somebody left out."""
    return frozenset(
        one.automation
        for one in chapter
        if isinstance(one, AutomationSkipped) and one.cause is SkipCause.BY_HAND
    )


# -- before and after ----------------------------------------------------------------------------


def replayed(
    engine: Engine,
    branch: Branch,
    edited: Pipeline,
    past: Past,
    span: tuple[datetime, datetime],
    actor: Who,
) -> Replay:
    """Put a season through an edited pipeline, and compare."""
    since, until = span
    lost = rerun(branch, edited, past, until)
    desk = engine._desk  # noqa: SLF001  (of the same room)
    records = desk.records
    owners = tuple(stored.value for stored in past.accounts.values())
    clients = {one.id: one.name for one in desk.seen(owners, actor)}
    asked: dict[str, list[tuple[str, str]]] = {}
    for request in branch.requests:
        asked.setdefault(request.job or "", []).append((request.port, request.key))
    after = branch._desk.looked()  # noqa: SLF001
    jobs = []
    for id, job in past.jobs.items():
        events = [*events_of(past.chapters[id])]
        row = after.get(RowKey("job", id))
        went = [*events_of(after.chapters(RowKey("job", id)))]
        jobs.append(
            ReplayedJob(
                id,
                job.name,
                clients.get(job.account, job.account),
                Course(stays_of(events), _states(events, job, until), tuple(_left(events))),
                Course(
                    stays_of(went),
                    FrozenMap({} if row is None else {i.id: i.state for i in row.value.items}),
                    tuple(asked.get(id, ())),
                ),
            )
        )
    lines = [*desk.seen(records.every("pipeline"), actor), edited]
    names = FrozenMap({(line.id, one.id): one.name for line in lines for one in line.stages})
    zone = records.settings().zone
    return Replay(edited.name, since, until, tuple(jobs), lost, past.left_out, names, zone)


def _left(events: Iterable[Event]) -> Iterator[tuple[str, str]]:
    return ((one.port, one.key) for one in events if isinstance(one, RequestDelivered))


def _states(events: Iterable[Event], job: Job, until: datetime) -> FrozenMap[str, ItemState]:
    """Return the states of a job's items, as its history up to an instant leaves them."""
    ends = {ItemCompleted: COMPLETED, ItemReopened: PENDING, ItemResolved: RESOLVED}
    states: dict[str, ItemState] = {}
    for event in events:
        if isinstance(event, ItemCompleted | ItemReopened | ItemResolved):
            states[event.item] = ends[type(event)]

    def state(one: Item) -> ItemState:
        """Return the state of an item; what asks nothing rests, also where it was reopened."""
        found = states.get(one.id, PENDING)
        return found if one.asks or found is not PENDING else RESOLVED

    return FrozenMap({one.id: state(one) for one in job.items if one.created <= until})
