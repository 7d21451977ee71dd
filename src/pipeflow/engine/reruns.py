"""Reruns: a season's history put through an edited pipeline, on a branch of an emptied firm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ..insight.replays import Course, Replay, ReplayedJob
from ..insight.stays import stays_of
from ..model.events import (
    Event,
    ItemCompleted,
    ItemReopened,
    ItemResolved,
    RequestDelivered,
    TagsChanged,
    events_of,
)
from ..model.items import Item, ItemState
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.values import FrozenMap
from ..ports.rows import RowKey
from .retelling import Retelling
from .seasons import Past

if TYPE_CHECKING:
    from .engine import Branch, Engine
    from .records import Records
    from .who import Who

__all__ = ["replayed"]

COMPLETED, PENDING, RESOLVED = ItemState.COMPLETED, ItemState.PENDING, ItemState.RESOLVED


def _put_through(season: Retelling, branch: Branch, past: Past, until: datetime) -> None:
    """Put a season through an edited pipeline, which the branch has."""
    for one in past.order:
        branch._until(one.at)  # noqa: SLF001  (of the same room)
        if isinstance(one, TagsChanged):
            if one.account in past.accounts:
                branch.tag(one.account, one.added, one.removed, actor=one.actor)
        else:
            season.tell(one)
    branch._until(until)  # noqa: SLF001


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
    desk = engine._desk  # noqa: SLF001  (of the same room)
    records = desk.records
    lines = [*desk.seen(records.every("pipeline"), actor), edited]
    stages = FrozenMap({(line.id, one.id): one.name for line in lines for one in line.stages})
    branch.save(replaced(edited, revision=None), replace=True)
    called = engine._names((*past.jobs.values(),), actor)  # noqa: SLF001
    season = Retelling(branch, past, called, stages)
    _put_through(season, branch, past, until)
    owners = tuple(stored.value for stored in past.accounts.values())
    clients = {one.id: one.name for one in desk.seen(owners, actor)}
    asked: dict[str, list[tuple[str, str]]] = {}
    for request in branch.requests:
        asked.setdefault(request.job or "", []).append((request.port, request.key))
    after = branch._desk.looked()  # noqa: SLF001
    jobs = []
    for id, job in past.jobs.items():
        events = [*events_of(past.chapters[id])]
        jobs.append(
            ReplayedJob(
                id,
                job.name,
                clients.get(job.account, job.account),
                Course(stays_of(events), _states(events, job, until), tuple(_left(events))),
                _went(after, id, season.stand_in(id), asked),
            )
        )
    zone = records.settings().zone
    return Replay(
        edited.name, since, until, tuple(jobs), season.ended(zone), past.left_out, stages, zone
    )


def _went(
    records: Records, id: str, stand: str | None, asked: Mapping[str, list[tuple[str, str]]]
) -> Course:
    """Return how the job went that stands for one, told as if it were that one."""
    if stand is None:
        return Course((), FrozenMap(), ())
    row = RowKey("job", stand)
    items: tuple[Item, ...] = records.row(*row).value.items
    return Course(
        stays_of(events_of(records.chapters(row))),
        FrozenMap({f"{id}{one.id.removeprefix(stand)}": one.state for one in items}),
        tuple(
            (port, key.replace(f"/{stand}/", f"/{id}/", 1)) for port, key in asked.get(stand, ())
        ),
    )


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
