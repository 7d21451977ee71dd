"""A plan: what an edit of a pipeline does to the firm, told before anything is saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from ..errors import many
from ..show.shown import Shown
from .pipelines import Pipeline
from .record import Plain, brief, frozen
from .values import FrozenMap

if TYPE_CHECKING:
    from ..show import Block, Document

__all__ = [
    "Coming",
    "Edit",
    "EditKind",
    "JobEffect",
    "Plan",
    "StageEdit",
    "StatusEdit",
    "total",
]

MOST_NAMED = 5  # jobs that a line names
MOST_LINES = 12  # jobs that have a line each
NONE: FrozenMap[str, int] = FrozenMap()
COLUMNS = ("Port", "Before", "After", "Change")
UNNAMED: FrozenMap[str, str] = FrozenMap()


class EditKind(StrEnum):
    """What becomes of a stage, a status, or the pipeline itself."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    PLACE = "place"
    CONDITION = "condition"
    AUTOMOVE = "automove"
    AUTOMATIONS = "automations"
    QUIET = "quiet"
    OTHER = "other"


@frozen
class Edit(Plain):
    """One thing that an edit changes, in words."""

    kind: EditKind
    text: str


@frozen
class StageEdit(Plain):
    """What an edit does to a stage.

    Args:
        stage: Its id.
        name: What the firm called it, or calls it where it is new.
        edits: What changes.
        jobs: The jobs that stand in it, archived ones aside.
        to: Where these go, where it is removed: the id of another stage.
        suggested: Whether nobody said so, and the plan proposes it.
    """

    stage: str
    name: str
    edits: tuple[Edit, ...]
    jobs: tuple[str, ...] = ()
    to: str | None = None
    suggested: bool = False

    def has(self, kind: EditKind) -> bool:
        """Tell whether something of a kind changes."""
        return any(edit.kind is kind for edit in self.edits)


@frozen
class StatusEdit(Plain):
    """What an edit does to a status of the pipeline's own, and the jobs that have it.

    `to` is the status that these get, where it is removed and somebody said so.
    """

    status: str
    edits: tuple[Edit, ...]
    jobs: tuple[str, ...] = ()
    to: str | None = None

    @property
    def is_removed(self) -> bool:
        """Whether the status is taken away."""
        return any(edit.kind is EditKind.REMOVED for edit in self.edits)


@frozen
class JobEffect(Plain):
    """What an edit does to one open job.

    Args:
        job: Its id.
        name: What it is called.
        stage: The id of the stage in which it stands.
        to: The id of the stage to which it goes, where that one is removed.
        gains: The automations that it will meet and would not have met: `bill/create-invoice-fee`.
        loses: Those that it would have met.
        timers: How many of its reminders and triggers in time are set anew, begin or end.
        before: How many requests it would bring until it is done, by ports.
        after: How many it will bring.
    """

    job: str
    name: str
    stage: str
    to: str | None = None
    gains: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()
    timers: int = 0
    before: FrozenMap[str, int] = NONE
    after: FrozenMap[str, int] = NONE

    @property
    def is_none(self) -> bool:
        """Whether the job goes on as it would have gone on."""
        other = self.gains or self.loses or self.timers or self.to
        return not other and self.before == self.after


@frozen
class Coming(Plain):
    """What the next days bring by themselves to the jobs of a pipeline, if nobody does anything.

    That are reminders, and what triggers in time fire; jobs that schedules make are among them.

    Args:
        days: How many days.
        before: How many requests they bring as it is, by ports.
        after: How many they will bring.
        fired: How often triggers fire as it is.
        will_fire: How often they will.
    """

    days: int
    before: FrozenMap[str, int] = NONE
    after: FrozenMap[str, int] = NONE
    fired: int = 0
    will_fire: int = 0


@frozen
class Plan(Shown, Plain):
    """What saving an edited pipeline does to the firm; `engine.apply(plan)` saves it.

    It prints on one page, and is a value that can be kept and sent like others.

    Args:
        pipeline: As it would be saved.
        edition: The revision of the pipeline that is saved now; None: there is none.
        edits: What changes of the pipeline as a whole.
        stages: What changes of each stage.
        statuses: What changes of each status.
        jobs: What becomes of each open job that does not go on as before.
        tried: How many open jobs were tried.
        before: How many requests all of these would bring until they are done, by ports.
        after: How many they will bring.
        coming: What the next days bring by themselves, where that was asked.
        names: What the firm calls the stages and automations of `jobs`, by the ids that stand
            there: `{"bill": "Bill", "bill/create-invoice-fee": "create invoice 'Fee' in 'Bill'"}`.
        lost: The open jobs that could not be tried, since an earlier edit took their stage away
            while they were archived; they are moved by hand.
    """

    pipeline: Pipeline
    edition: int | None = None
    edits: tuple[Edit, ...] = ()
    stages: tuple[StageEdit, ...] = ()
    statuses: tuple[StatusEdit, ...] = ()
    jobs: tuple[JobEffect, ...] = ()
    tried: int = 0
    before: FrozenMap[str, int] = NONE
    after: FrozenMap[str, int] = NONE
    coming: Coming | None = None
    names: FrozenMap[str, str] = UNNAMED
    lost: tuple[str, ...] = ()

    @property
    def destinations(self) -> Mapping[str, str]:
        """Where the jobs of removed stages go, as somebody said: ids by ids."""
        return {
            one.stage: one.to for one in self.stages if one.to is not None and not one.suggested
        }

    @property
    def standing(self) -> Mapping[str, frozenset[str]]:
        """The jobs that stand in stages which are removed, by the ids of these."""
        return {one.stage: frozenset(one.jobs) for one in self.stages if one.has(EditKind.REMOVED)}

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.edits or self.stages or self.statuses)

    def __repr__(self) -> str:
        """Print in one line."""
        jobs = many(len(self.jobs), "job")
        return f"<Plan for pipeline {brief(self.pipeline.name)!r}, {jobs} affected>"

    def document(self) -> Document:
        """Build what is shown, on one page."""
        from ..show import Document  # printing is rare

        return Document(tuple(self._blocks()))

    def _blocks(self) -> Iterator[Block]:
        from ..show import Bullets, Heading, Paragraph

        of = "new" if self.edition is None else f"revision {self.edition}"
        yield Heading(f"Plan for pipeline {self.pipeline.name!r} ({of})")
        if self.is_empty:
            yield Paragraph("Nothing changes.")
            return
        yield Bullets(tuple(self._changes()))
        moved = [one for one in self.jobs if one.gains or one.loses]
        if moved:
            yield Paragraph(f"{_jobs(len(moved))} will meet other automations:")
            yield Bullets(tuple(_cut(map(self._met, moved), len(moved))))
        timed = [one for one in self.jobs if one.timers]
        if timed:
            count = sum(one.timers for one in timed)
            verb = "changes" if count == 1 else "change"
            names = _named([one.name for one in timed])
            yield Paragraph(f"{many(count, 'timer')} of {many(len(timed), 'job')} {verb}: {names}")
        yield from self._requests()
        yield from self._passing()

    def _changes(self) -> Iterator[str]:
        yield from (edit.text for edit in self.edits)
        names = {one.id: one.name for one in self.pipeline.stages}
        for stage in self.stages:
            told = ", ".join(edit.text for edit in stage.edits)
            line = f"stage {stage.name!r} {told}"
            if stage.to is not None:
                said = " unless you say otherwise" if stage.suggested else ""
                where = names.get(stage.to, stage.to)
                line += f"; {many(len(stage.jobs), 'job')} there, to go to {where!r}{said}"
            elif stage.jobs:
                line += f"; {many(len(stage.jobs), 'job')} there"
            yield line
        for status in self.statuses:
            told = ", ".join(edit.text for edit in status.edits)
            there = f"; {many(len(status.jobs), 'job')} in it" if status.jobs else ""
            first = ""
            if there and status.is_removed:
                first = ", of which somebody has to say what they get"
                if status.to is not None:
                    first = f", to get {status.to!r}"
            yield f"status {status.status!r} {told}{there}{first}"

    def _met(self, job: JobEffect) -> str:
        signs = [("+", one) for one in job.gains] + [("-", one) for one in job.loses]
        told = ", ".join(f"{sign} {self.names.get(one, one)}" for sign, one in signs)
        return f"{job.name!r} in {self.names.get(job.stage, job.stage)!r}: {told}"

    def _requests(self) -> Iterator[Block]:
        from ..show import Paragraph, Table

        if self.lost:
            verb = "stands" if len(self.lost) == 1 else "stand"
            where = "in no stage of it: not tried, to be moved by hand."
            yield Paragraph(f"{_jobs(len(self.lost))} {verb} {where}")
        if not self.tried:
            if not self.lost:
                yield Paragraph("No job is open in it.")
            return
        tried = f"{_jobs(self.tried)} tried, each until its last stage"
        if self.before == self.after:
            yield Paragraph(f"{tried}: as many requests as before.")
            return
        yield Paragraph(f"{tried}; requests that they bring:")
        yield Table(COLUMNS, tuple(_compared(self.before, self.after)))

    def _passing(self) -> Iterator[Block]:
        from ..show import Paragraph, Table

        one = self.coming
        if one is None:
            return
        span, verb = (f"{one.days} days", "bring") if one.days > 1 else ("day", "brings")
        if (one.before, one.fired) == (one.after, one.will_fire):
            yield Paragraph(f"The next {span} {verb} as much as before, if nobody does anything.")
            return
        yield Paragraph(f"The next {span}, if nobody does anything, {verb}:")
        triggers = _compared({"(triggers)": one.fired}, {"(triggers)": one.will_fire})
        yield Table(COLUMNS, (*triggers, *_compared(one.before, one.after)))


def _compared(
    before: Mapping[str, int], after: Mapping[str, int]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row for each thing that is counted."""
    for name in sorted({*before, *after}):
        was, will = before.get(name, 0), after.get(name, 0)
        yield name, str(was), str(will), f"{will - was:+}" if will != was else ""


def _jobs(number: int) -> str:
    return many(number, "open job")


def _cut(lines: Iterable[str], number: int) -> Iterator[str]:
    """Yield the first lines, and how many there are beside."""
    for place, line in enumerate(lines):
        if place == MOST_LINES:
            yield f"and {number - MOST_LINES} more"
            return
        yield line


def _named(names: list[str]) -> str:
    told = [repr(name) for name in names[:MOST_NAMED]]
    more = [f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    return ", ".join([*told, *more])


def total(counts: Iterable[Mapping[str, int]]) -> FrozenMap[str, int]:
    """Add counts up."""
    found: Counter[str] = Counter()
    for one in counts:
        found.update(one)
    return FrozenMap(dict(sorted(found.items())))
