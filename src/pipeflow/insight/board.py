"""A board: the jobs of a pipeline as cards, in columns that are its stages (domain.md 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

import attrs

from ..errors import many
from ..model.jobs import Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.record import Plain, brief, frozen
from ..model.work import Side, Work, work_of
from ..rules.calendar import today
from ..show.shown import Shown
from .open_items import open_now

if TYPE_CHECKING:
    from ..show import Document, Lane

__all__ = ["MOST_STAGES", "Board", "BoardStage", "Card", "board_of", "card_of"]

# Signs that go before a word, for no sign and no colour says by itself what it means.
OVERDUE, PAUSED, OWN_STATUS, LOST = "▲", "‖", "◆", "∅"
MOST_STAGES = 12  # that a board shows; one that is wider is no help
NO_STAGE = "No stage"  # the column of jobs whose stage is gone
OVER: Mapping[str, str] = {JobStatus.COMPLETED: "✓", JobStatus.ARCHIVED: "✗"}


@frozen
class Card(Plain):
    """A job on a board.

    Args:
        job: The job.
        client: What its account is called.
        assignees: What the members are called to whom it is assigned, in order.
        overdue: Whether it is past its due date, or longer in its stage than that allows.
        waits: What it waits for in its stage, or in a status that ends by itself, and who must
            act.
        lost: Whether its pipeline no longer has the stage in which it stands, so that it has to be
            moved by hand.
    """

    job: Job
    client: str
    assignees: tuple[str, ...] = ()
    overdue: bool = False
    waits: tuple[Work, ...] = ()
    lost: bool = False

    @property
    def waiting(self) -> str:
        """Whom and what it waits for, in a few words: `client: invoice 'Fee', and 2 more`.

        Empty where it waits for nobody.
        """
        if not self.waits:
            return ""
        first, more = self.waits[0], len(self.waits) - 1
        told = f"{first.side}: {first.kind.replace('_', ' ')} {first.name!r}"
        return f"{told}, and {more} more" if more else told

    def lines(self, pipeline: str, zone: tzinfo) -> Iterator[str]:
        """Yield what a card says, line by line.

        The client comes first, and the job's name says nothing more where it is the pipeline's.
        """
        job = self.job
        if self.client not in job.name:
            yield self.client
        if job.name != pipeline:
            yield job.name
        yield from self._state()
        if self.waiting:
            yield f"… waits for {self.waiting}"
        if self.assignees:
            yield f"assigned to {', '.join(self.assignees)}"
        yield f"since {today(job.entered, zone)}"

    def _state(self) -> Iterator[str]:
        """Yield what is to be noticed of the job, a sign and a word each."""
        job = self.job
        if self.lost:
            yield f"{LOST} stage {job.stage!r} is gone"
        if self.overdue:
            yield f"{OVERDUE} overdue"
        if job.due is not None:
            yield f"due {job.due}"
        if job.paused is not None:
            yield f"{PAUSED} paused{f': {job.paused}' if job.paused else ''}"
        if job.status != JobStatus.ACTIVE:
            yield f"{OVER.get(job.status, OWN_STATUS)} {job.status}"


@frozen
class BoardStage(Plain):
    """A column of a board.

    Args:
        stage: The stage's id; empty for the jobs whose stage the pipeline no longer has.
        name: What it is called.
        total: How many jobs are in it.
        cards: Those that were looked at, which may be fewer: the longest in the stage first.
    """

    stage: str
    name: str
    total: int
    cards: tuple[Card, ...] = ()

    @property
    def more(self) -> int:
        """How many jobs are in it that have no card here."""
        return self.total - len(self.cards)


@frozen
class Board(Shown, Plain):
    """The jobs of a pipeline, stage by stage; it prints, and shows itself in a notebook.

    Args:
        pipeline: The pipeline's id.
        name: What it is called.
        stages: All of them, in their order; only the first twelve have cards, and are shown. A
            column for jobs whose stage is gone comes first, where there are such.
        now: When it was looked at.
    """

    pipeline: str
    name: str
    stages: tuple[BoardStage, ...]
    now: datetime
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    @property
    def total(self) -> int:
        """How many jobs are on it."""
        return sum(one.total for one in self.stages)

    def __repr__(self) -> str:
        """Print in one line: of which pipeline, and how many jobs are in it."""
        return f"<Board of {brief(self.name)!r}: {many(self.total, 'job')}>"

    def document(self) -> Document:
        """Build what is shown: the stages side by side, and how much there is in all."""
        from ..show import Document, Heading, Lanes, Paragraph  # showing is rare

        lost = tuple(one for one in self.stages if not one.stage)
        stages = tuple(one for one in self.stages if one.stage)
        shown, left = (*lost, *stages[:MOST_STAGES]), stages[MOST_STAGES:]
        lanes = Lanes(tuple(self._lane(one) for one in shown))
        nowhere = sum(one.total for one in lost)
        told = [f"{many(self.total - nowhere, 'job')} in {many(len(stages), 'stage')}"]
        if lost:
            told.append(f"{many(nowhere, 'job')} in none, to be moved by hand")
        if left:
            names = ", ".join(f"{one.name!r} ({one.total})" for one in left)
            told.append(f"… {many(len(left), 'more stage')}: {names}")
        heading = Heading(f"Board of {self.name!r}, {today(self.now, self.zone)}")
        return Document((heading, lanes, Paragraph(". ".join(told))), lanes)

    def _lane(self, one: BoardStage) -> Lane:
        from ..show import Lane

        cards = tuple(tuple(card.lines(self.name, self.zone)) for card in one.cards)
        more = f"… {one.more} more" if one.more else ""
        return Lane(one.name, many(one.total, "job"), cards, more)


def card_of(
    job: Job,
    pipeline: Pipeline,
    client: str,
    members: Mapping[str, str],
    *,
    overdue: bool = False,
    lost: bool = False,
) -> Card:
    """Make the card of a job.

    Args:
        job: The job.
        pipeline: Its pipeline, as it is now.
        client: What its account is called.
        members: What members are called, by their ids, as far as that is known.
        overdue: Whether it is late.
        lost: Whether its stage is gone.
    """
    held_by = {item.id for item in open_now(job, pipeline)}
    waits = tuple(one for one in work_of(job) if one.item is None or one.item.id in held_by)
    names = tuple(sorted(members.get(one, one) for one in job.assignees))
    # What the client has to do is what a firm looks for first.
    ordered = sorted(waits, key=lambda one: one.side is not Side.CLIENT)
    return Card(job, client, names, overdue, tuple(ordered), lost)


def board_of(
    pipeline: Pipeline,
    totals: Mapping[str, int],
    cards: Mapping[str, tuple[Card, ...]],
    now: datetime,
    zone: tzinfo = UTC,
) -> Board:
    """Put a board together.

    Args:
        pipeline: The pipeline, as it is now.
        totals: How many jobs there are, by stage; by "" those whose stage is gone.
        cards: The cards of each stage, as far as they were looked at.
        now: When that was.
        zone: Whose days it tells.
    """
    columns = [(one.id, one.name) for one in pipeline.stages]
    if totals.get(""):
        columns.insert(0, ("", NO_STAGE))
    stages = tuple(
        BoardStage(id, name, totals.get(id, 0), cards.get(id, ())) for id, name in columns
    )
    return Board(pipeline.id, pipeline.name, stages, now, zone)
