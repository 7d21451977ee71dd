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

    def board(self, line: Pipeline, most: int | None, now: datetime) -> Board:
        """Put the board of a pipeline together, with so many cards a stage."""
        look = self._counted if self._sight is None else self._seen
        totals, jobs = look(line, most)
        shown = [jobs.get(stage.id, []) for stage in line.stages[:MOST_STAGES]]
        names = self._names(job for some in shown for job in some)
        cards = {
            some[0].stage: tuple(self._card(job, names) for job in some) for some in shown if some
        }
        return board_of(line, totals, cards, now, self._asked.zone)

    def _counted(
        self, line: Pipeline, most: int | None
    ) -> tuple[Mapping[str, int], Mapping[str, list[Job]]]:
        """Let the store count, and read those jobs alone that are shown."""
        records = self._records
        totals = records.store.count(records.tenant, Query("job", self._asked.where), "stage")
        jobs = {}
        for stage in line.stages[:MOST_STAGES]:
            if totals.get(stage.id):
                page = records.store.find(records.tenant, self._query(stage.id), limit=most)
                jobs[stage.id] = [stored.value for _, stored in page.rows]
        return totals, jobs

    def _seen(
        self, line: Pipeline, most: int | None
    ) -> tuple[Mapping[str, int], Mapping[str, list[Job]]]:
        """Ask about each job, for a count would tell of those that somebody may not see."""
        totals, jobs = {}, {}
        for stage in line.stages:
            rows = (stored.value for _, stored in self._records.found(self._query(stage.id)))
            fitting = filter(self._asked.fits, rows)
            jobs[stage.id] = [*islice(fitting, most)]
            totals[stage.id] = len(jobs[stage.id]) + sum(1 for _ in fitting)
        return totals, jobs

    def _query(self, stage: str) -> Query:
        return Query("job", (*self._asked.where, ("stage", stage)), "since")

    def _card(self, job: Job, names: Mapping[RowKey, str]) -> Card:
        client = names.get(RowKey("account", job.account), job.account)
        members = {
            one: names[RowKey("member", one)]
            for one in job.assignees
            if RowKey("member", one) in names
        }
        late = is_under_way(job) and self._asked.is_overdue(job)
        return card_of(job, client, members, overdue=late)

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
