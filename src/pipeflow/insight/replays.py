"""Replays: a season's jobs as they went, beside how they would have gone; values that print."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

import attrs

from ..errors import many
from ..model.instants import on_clock
from ..model.items import ItemState
from ..model.record import Plain, brief, frozen
from ..model.values import FrozenMap
from ..show.shown import Shown
from .stays import Stay
from .timeline import long

if TYPE_CHECKING:
    from ..show import Block, Document

__all__ = ["Course", "Lost", "Replay", "ReplayedJob"]

MOST_ROWS = 50  # of a table, which says how many there are beside
NONE: FrozenMap[tuple[str, str], str] = FrozenMap()
# In the key of what a trigger fired, behind the visit; in that of a reminder by hand.
COUNTED = re.compile(r"(/\d+)\.\d+(?=/)|(/by-hand)/\d+(?=/)")
UNTOLD = (
    "Accounts, templates, settings and what is said of jobs are as now; tags as then.",
    "Whatever fell due went at its instant; what was late, or failed, in the season is not.",
    "What a client would have done about a thing that there was not is nobody's guess.",
)


class Course(NamedTuple):
    """How a job went.

    Args:
        stays: Its stays in stages, in their order.
        items: The states of its items, by their ids.
        requests: The keys of the requests that left for it, in order, each with its port.
    """

    stays: tuple[Stay, ...]
    items: Mapping[str, ItemState]
    requests: tuple[tuple[str, str], ...]

    @property
    def path(self) -> tuple[str, ...]:
        """The stages, by their ids, in the order in which they were entered."""
        return tuple(one.stage for one in self.stays)


@frozen
class ReplayedJob(Plain):
    """A job as it went, and as it would have gone."""

    job: str
    name: str
    client: str
    before: Course
    after: Course

    @property
    def differs(self) -> bool:
        """Whether anything would have been another: stages, their times, items or requests."""
        return self._told(self.before) != self._told(self.after)

    @staticmethod
    def _told(course: Course) -> tuple[object, ...]:
        stays = tuple((one.stage, one.came, one.left) for one in course.stays)
        asked = Counter((port, _alike(key)) for port, key in course.requests)
        return stays, dict(course.items), asked


@frozen
class Lost(Plain):
    """Something of the season that could not be put through the edited pipeline, and why."""

    at: datetime
    job: str
    name: str
    what: str
    why: str

    def __str__(self) -> str:
        """Say in one line what it was."""
        return f"{self.name!r}: {self.what} ({self.why})"


@frozen
class Replay(Shown, Plain):
    """A season of a pipeline as it was, beside how it would have been with the edited one.

    Args:
        pipeline: What the edited pipeline is called.
        since: When the first of its jobs began.
        until: Where the season ends.
        jobs: The jobs that were started in the pipeline meanwhile.
        lost: What found nothing to go to or could not be put through, in order of time.
        left_out: How many jobs were left out, since they began before, or elsewhere.
        names: What stages are called, by pipeline and id.
    """

    pipeline: str
    since: datetime
    until: datetime
    jobs: tuple[ReplayedJob, ...] = ()
    lost: tuple[Lost, ...] = ()
    left_out: int = 0
    names: Mapping[tuple[str, str], str] = NONE
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    @property
    def differing(self) -> tuple[ReplayedJob, ...]:
        """The jobs that would have gone otherwise."""
        return tuple(one for one in self.jobs if one.differs)

    @property
    def before(self) -> Mapping[str, int]:
        """How many requests left, by port."""
        return _ports(one.before for one in self.jobs)

    @property
    def after(self) -> Mapping[str, int]:
        """How many would have left, by port."""
        return _ports(one.after for one in self.jobs)

    def __repr__(self) -> str:
        """Print in one line: of which pipeline, and how many jobs went through it."""
        return f"<Replay of {brief(self.pipeline)!r}: {many(len(self.jobs), 'job')}>"

    def document(self) -> Document:
        """Build what is shown: requests and times before and after, and jobs that differ."""
        from ..show import Bullets, Document, Heading, Paragraph  # showing is rare

        begins, ends = (on_clock(one, self.zone) for one in (self.since, self.until))
        told = [many(len(self.jobs), "job"), f"{len(self.differing)} would have gone otherwise"]
        told += [f"{many(len(self.lost), 'thing')} found no place"] * bool(self.lost)
        told += [f"{many(self.left_out, 'job')} left out"] * bool(self.left_out)
        return Document(
            (
                Heading(f"The season of {self.pipeline!r} once more"),
                Paragraph(f"From {begins} to {ends}: {', '.join(told)}."),
                *self._tables(),
                Paragraph("What history does not tell:"),
                Bullets(UNTOLD),
            )
        )

    def _tables(self) -> Iterator[Block]:
        from ..show import Table  # showing is rare

        before, after = self.before, self.after
        rows = [
            (port, str(was), str(will), f"{will - was:+}" if will != was else "")
            for port in sorted({*before, *after})
            for was, will in [(before.get(port, 0), after.get(port, 0))]
        ]
        if rows:
            yield Table(("Port", "Before", "After", "Change"), tuple(rows), "Requests")
        times = [_times((one.before for one in self.jobs), self.until)]
        times += [_times((one.after for one in self.jobs), self.until)]
        stages = tuple(
            (self.names.get(stage, stage[1]), *(cell for one in times for cell in one[stage]))
            for stage in {**times[0], **times[1]}
        )
        columns = ("Stage", "Visits before", "On average", "Visits after", "On average")
        if stages:
            yield Table(columns, stages, "Time in stages")
        if self.differing:
            told = [
                (one.client, one.name, self._path(one.before), self._path(one.after))
                for one in self.differing
            ]
            yield Table(("Client", "Job", "Before", "After"), _cut(told), "Went otherwise")
        if self.lost:
            lost = [(on_clock(one.at, self.zone), one.name, one.what, one.why) for one in self.lost]
            yield Table(("When", "Job", "What", "Why"), _cut(lost), "Found no place")

    def _path(self, course: Course) -> str:
        names = (self.names.get((one.pipeline, one.stage), one.stage) for one in course.stays)
        return f"{', '.join(names)}; {many(len(course.requests), 'request')}"


def _alike(key: str) -> str:
    """Return a key without what only counts: how many timers and firings the job had before."""
    return COUNTED.sub(r"\1\2", key)


def _ports(courses: Iterable[Course]) -> Mapping[str, int]:
    counts = Counter(port for one in courses for port, _ in one.requests)
    return FrozenMap(dict(sorted(counts.items())))


def _times(
    courses: Iterable[Course], until: datetime
) -> defaultdict[tuple[str, str], tuple[str, str]]:
    """Return how often each stage was visited, and how long on average."""
    lengths: dict[tuple[str, str], list[timedelta]] = {}
    for stay in (stay for one in courses for stay in one.stays):
        lengths.setdefault((stay.pipeline, stay.stage), []).append(stay.lasts(until))
    found = {
        stage: (str(len(several)), long(sum(several, timedelta()) / len(several)))
        for stage, several in lengths.items()
    }
    return defaultdict(lambda: ("0", ""), found)


def _cut(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return as many rows as people read, and one that says how many there are beside."""
    more = len(rows) - MOST_ROWS
    beside = [(f"… {more} more", *[""] * (len(rows[0]) - 1))] if more > 0 else []
    return (*rows[:MOST_ROWS], *beside)
