"""Cards: reads what a board shows, and no more than that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice

from ..insight.board import MOST_STAGES, Board, Card, board_of, card_of
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.work import is_under_way
from ..ports.rows import Query, RowKey
from ..ports.terms import column_terms, place_terms, stage_of, stage_term
from .filters import Filters
from .records import Records
from .sight import Sight, names_seen

__all__ = ["Cards"]


class Cards:
    """Reads the cards of jobs that fit what is asked, as far as somebody may see them."""

    def __init__(self, records: Records, asked: Filters, sight: Sight | None) -> None:
        """Take what is asked for, and the sight of whoever asks."""
        self._records = records
        self._asked = asked
        self._sight = sight
        if sight is not None:
            asked.seen(sight.sees)

    def board(self, line: Pipeline, field: str, most: int | None, now: datetime) -> Board:
        """Put the board of a pipeline together, with so many cards a stage.

        Args:
            line: The pipeline.
            field: By which its jobs stand in columns.
            most: How many cards a stage has at most.
            now: When this is.
        """
        records = self._records
        query = Query("job", (*self._asked.where, (field, column_terms(line.id))))
        found = records.store.count(records.tenant, query, field)
        counts = {stage_of(term): count for term, count in found.items()}
        columns = _columns(line, counts)
        counted = {
            column: sum(counts.get(stage, 0) for stage in stages)
            for column, stages in columns.items()
        }
        queries = {
            column: self._query(field, line.id, stages) for column, stages in columns.items()
        }
        look = self._counted if self._sight is None else self._seen
        totals, jobs = look(queries, counted, most)
        names = self._names(job for some in jobs.values() for job in some)
        cards = {
            column: tuple(self._card(job, line, names, lost=not column) for job in some)
            for column, some in jobs.items()
        }
        return board_of(line, totals, cards, now, self._asked.zone)

    def _counted(
        self, queries: Mapping[str, Query], totals: Mapping[str, int], most: int | None
    ) -> tuple[Mapping[str, int], Mapping[str, list[Job]]]:
        """Read those jobs alone that are shown, for the store has counted.

        A job may come or go between the two, so what was read corrects what was counted.
        """
        jobs, counted = {}, {**totals}
        for column in _shown(queries):
            if totals[column]:
                page = self._records.store.find(self._records.tenant, queries[column], limit=most)
                jobs[column] = [stored.value for _, stored in page.rows]
                seen, more = len(page.rows), page.next is not None
                counted[column] = max(totals[column], seen + 1) if more else seen
        return counted, jobs

    def _seen(
        self, queries: Mapping[str, Query], _: Mapping[str, int], most: int | None
    ) -> tuple[Mapping[str, int], Mapping[str, list[Job]]]:
        """Ask about each job, for a count would tell of those that somebody may not see."""
        totals, jobs = {}, {}
        for column, query in queries.items():
            rows = (stored.value for _, stored in self._records.found(query))
            fitting = filter(self._asked.fits, rows)
            jobs[column] = [*islice(fitting, most)]
            totals[column] = len(jobs[column]) + sum(1 for _ in fitting)
        return totals, {column: jobs[column] for column in _shown(queries)}

    def _query(self, field: str, line: str, stages: tuple[str, ...]) -> Query:
        """Ask for the jobs of a column, the longest there first."""
        if field == "column" and len(stages) == 1:
            place = place_terms(line, *stages)
            return Query("job", (*self._asked.where, ("place", place)), "place")
        wanted = tuple(stage_term(line, stage) for stage in stages)
        return Query("job", (*self._asked.where, (field, wanted)), "entered")

    def _card(self, job: Job, line: Pipeline, names: Mapping[RowKey, str], *, lost: bool) -> Card:
        client = names.get(RowKey("account", job.account), job.account)
        members = {
            one: names[RowKey("member", one)]
            for one in job.assignees
            if RowKey("member", one) in names
        }
        late = is_under_way(job) and self._asked.is_overdue(job)
        return card_of(job, line, client, members, overdue=late, lost=lost)

    def _names(self, jobs: Iterable[Job]) -> Mapping[RowKey, str]:
        """Return what accounts and members are called, in one look."""
        keys = dict.fromkeys(
            key
            for job in jobs
            for key in (
                RowKey("account", job.account),
                *(RowKey("member", one) for one in sorted(job.assignees)),
            )
        )
        return names_seen(self._records, [*keys], self._sight)


def _columns(line: Pipeline, counts: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the columns of a board, each with the stages whose jobs stand in it.

    What stands in a stage that the pipeline no longer has stands together, in a column called "".
    """
    columns = {stage.id: (stage.id,) for stage in line.stages}
    gone = tuple(sorted(stage for stage in counts if stage not in columns))
    return {"": gone, **columns} if gone else columns


def _shown(columns: Mapping[str, object]) -> Iterable[str]:
    """Return the columns that have cards: the first stages, and what is in none."""
    return islice(columns, MOST_STAGES + ("" in columns))
