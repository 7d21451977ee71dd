"""Leads: where jobs are led by automations that fire for everybody, and through which statuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from ..model.automations import Automation, Repeat
from ..model.job_automations import SetStatus, StartJob, TransferJob
from ..model.job_statuses import Status
from ..model.jobs import OVER, JobStatus
from ..model.pipelines import Pipeline
from ..model.text import spelt

__all__ = ["ACTIVE", "Lead", "Place", "Way", "is_sure", "last_statuses", "leads_of"]

ACTIVE = spelt(JobStatus.ACTIVE)
OVER_NAMES = frozenset(map(spelt, OVER))
MOST_TURNS = 2000  # of statuses, as conditions may have it; what has more is not thought through


class Place(NamedTuple):
    """Where a job comes: a pipeline, a stage of it, and the status that it has when it comes."""

    pipeline: str
    stage: str
    status: str = ACTIVE


class Way(NamedTuple):
    """To which place an automation leads; its path is that in the pipeline which is left."""

    path: str
    to: Place


Lead = tuple[Way, ...]  # ways of which every job that comes to a place is led one


class _Turn(NamedTuple):
    """The status of a job, which it gets next, and what transfers it then."""

    status: str
    next: str | None
    transfer: tuple[str, TransferJob] | None


def leads_of(place: Place, known: Mapping[str, Pipeline]) -> Iterator[Lead]:
    """Yield what surely comes of it that a job comes to a place: other jobs, and a transfer.

    Statuses are set first, and their automations fire; then the job is transferred. What is over is
    not (A-22).
    """
    pipeline = known[place.pipeline]
    number = pipeline.place(place.stage)
    own = {spelt(one.name): (n, one) for n, one in enumerate(pipeline.statuses)}
    here = f"$.stages[{number}]", pipeline.stages[number].automations
    ends = _ends(here, place, own)
    if not ends:
        return  # its statuses set one another without end
    for path, several in (here, *_passed(here[1], place.status, own)):
        for count, one in enumerate(several):
            if isinstance(one, StartJob) and one.when is None:
                target = _target(one, known)
                if target is not None:
                    yield (Way(f"{path}.automations[{count}]", target),)
    ways = [_way(end, place, known) for end in ends]
    if all(ways):
        yield tuple(dict.fromkeys(way for way in ways if way is not None))


_List = tuple[str, Sequence[Automation]]  # automations that fire one after another, and whose
_Own = Mapping[str, tuple[int, Status]]


def _ends(here: _List, place: Place, own: _Own) -> list[_Turn]:
    """Return how a job may stand when it has come to a place, and all its statuses are set.

    Nothing is said where that is too much to be thought through, or never ends.
    """
    open_ = [_Turn(place.status, *one) for one in _outcomes(*here)]
    seen, ends = set(open_), []
    while open_:
        turn = open_.pop()
        if turn.next is None or turn.next == turn.status:
            ends.append(turn)
            continue
        for status, transfer in _outcomes(*_of_status(turn.next, own)):
            after = _Turn(turn.next, status, transfer or turn.transfer)
            if after not in seen:
                seen.add(after)
                open_.append(after)
        if len(seen) > MOST_TURNS:
            return []
    return ends


def _passed(several: Sequence[Automation], status: str, own: _Own) -> Iterator[_List]:
    """Yield the lists of the statuses that every job goes through."""
    seen = {status}
    while True:
        found = [*last_statuses(several)]
        if len(found) != 1 or found[0] in {None, *seen}:
            return
        status = str(found[0])
        seen.add(status)
        path, several = _of_status(status, own)
        yield path, several


def _of_status(name: str, own: _Own) -> _List:
    """Return what fires when a status is set."""
    if name not in own:
        return "", ()
    number, status = own[name]
    return f"$.statuses[{number}]", status.automations


def _outcomes(
    path: str, several: Sequence[Automation]
) -> Iterator[tuple[str | None, tuple[str, TransferJob] | None]]:
    """Yield which status, and which transfer, a list may leave a job with."""
    yield from product(last_statuses(several), _last_transfers(path, several))


def last_statuses(several: Sequence[Automation]) -> Iterator[str | None]:
    """Yield the statuses that a list may leave a job with; the last one that fires counts.

    None is among them where perhaps none is set.
    """
    for one in reversed(several):
        if isinstance(one, SetStatus):
            yield spelt(one.status)
            if is_sure(one):
                return
    yield None


def _last_transfers(
    path: str, several: Sequence[Automation]
) -> Iterator[tuple[str, TransferJob] | None]:
    """Yield the transfers that a list may leave a job with, each with its path."""
    for number in reversed(range(len(several))):
        one = several[number]
        if isinstance(one, TransferJob):
            yield f"{path}.automations[{number}]", one
            if is_sure(one):
                return
    yield None


def is_sure(one: Automation) -> bool:
    """Tell whether an automation fires for everybody who comes, each time."""
    return one.when is None and one.repeat is Repeat.ALWAYS


def _way(end: _Turn, place: Place, known: Mapping[str, Pipeline]) -> Way | None:
    """Return where a job is transferred that stands so; None: it stays."""
    if end.transfer is None or end.status in OVER_NAMES:
        return None
    path, one = end.transfer
    to = _target(one, known)
    if to is None or (to.pipeline, to.stage) == (place.pipeline, place.stage):
        return None
    stays = to.pipeline == place.pipeline
    return Way(path, to._replace(status=end.status) if stays else to)


def _target(one: StartJob | TransferJob, known: Mapping[str, Pipeline]) -> Place | None:
    """Return where an automation leads, if that is there."""
    target = known.get(one.pipeline)
    if target is None or (one.stage is not None and target.find(one.stage) is None):
        return None
    return Place(target.id, one.stage or target.stages[0].id)
