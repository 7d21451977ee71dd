"""The calls that show: values that print, made of what the firm has saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from typing import TYPE_CHECKING

from ..errors import DefinitionError, Problem, shown
from ..model.events import Event, events_of
from ..model.jobs import Job
from ..model.overview import Overview
from ..model.pipelines import Pipeline
from ..ports.rows import Query, RowKey
from .desk import Desk
from .filters import instant_of
from .handles import handle, job_id
from .records import Records
from .turn import present_turn
from .who import Who

if TYPE_CHECKING:
    from ..insight import Metrics, Timeline
    from ..insight.firm_names import FirmNames

__all__ = ["Viewing"]


class Viewing:
    """The calls whose answers are for people."""

    _desk: Desk

    def overview(self, pipeline: Pipeline | str, *, actor: Who = None) -> Overview:
        """Show a pipeline as it is saved, stage by stage, as a board shows it; it prints.

        Templates and members are called by their names. For a pipeline that is not saved there is
        `pipeline.overview(engine.templates(), engine.members())`. Where it is said who asks, those
        that they may not see are called by their ids.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        desk, records = self._desk, self._desk.looked()
        found: Pipeline = records.saved("pipeline", handle(pipeline, Pipeline, "pipeline"))
        if actor is not None:
            desk.sight(actor).look(found)
        templates, members = records.every("template"), records.every("member")
        return found.overview(desk.seen(templates, actor), desk.seen(members, actor))

    def timeline(self, job: Job | str, *, actor: Who = None) -> Timeline:
        """Show how long a job was in each stage, and everything that happened to it; it prints.

        Args:
            job: The job or its id.
            actor: Who asks; without it nobody is asked about.

        Raises:
            NotFoundError: There is no such job.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        from ..insight.history import History
        from ..insight.timeline import timeline_of  # loads on first use

        records = self._desk.looked()
        found: Job = records.row("job", job_id(job)).value
        if actor is not None:
            self._desk.sight(actor).look(found)
        zone, now = records.settings().zone, self._desk.host.now(present_turn())
        history = History(_events(records, found), zone=zone)
        return timeline_of(found, history, now, self._names(found, actor), zone)

    def _names(self, job: Job, actor: Who) -> FirmNames:
        """Return what the firm calls its things, and the jobs that a job speaks of.

        Where it is said who asks, what they may not see goes by its id.
        """
        from ..insight.firm_names import FirmNames  # loads on first use

        desk, records = self._desk, self._desk.records
        keys = [RowKey("job", id) for id in (*job.follow_ups, job.starter) if id]
        rows = records.store.read(records.tenant, keys).rows if keys else {}
        others = desk.seen(tuple(stored.value for stored in rows.values()), actor)
        return FirmNames(
            desk.seen(records.every("pipeline"), actor),
            desk.seen(records.every("template"), actor),
            desk.seen(records.every("member"), actor),
            {one.id: one.name for one in (job, *others, *job.items)},
        )

    def metrics(
        self,
        pipeline: Pipeline | str,
        since: date | None = None,
        until: date | None = None,
        *,
        actor: Who = None,
    ) -> Metrics:
        """Reckon how the jobs of a pipeline went in a span of time; it prints.

        They are those that are in the pipeline now, of whatever status. It reads the history of
        each of them, which takes about a second for ten thousand jobs.

        Args:
            pipeline: The pipeline or its id.
            since: From this instant, or this day, on; since there are jobs unless said.
            until: Until this instant, or the end of this day; now unless said, and at most.
            actor: Who asks; jobs that they may not see are left out.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" the pipeline.
            DefinitionError: A time that is none, or a span that ends before it begins.
        """
        from ..insight.metrics import metrics_of  # loads on first use

        records = self._desk.looked()
        line: Pipeline = records.saved("pipeline", handle(pipeline, Pipeline, "pipeline"))
        if actor is not None:
            self._desk.sight(actor).look(line)
        zone, now = records.settings().zone, self._desk.host.now(present_turn())
        first = None if since is None else instant_of(since, "$.since", zone, time.min)
        last = now if until is None else min(now, instant_of(until, "$.until", zone))
        rows = tuple(
            stored.value for _, stored in records.found(Query("job", (("pipeline", line.id),)))
        )
        jobs: tuple[Job, ...] = self._desk.seen(rows, actor)
        if first is None:
            first = min((one.created for one in jobs), default=last)
        if first > last:
            where, given = ("$.since", since) if until is None else ("$.until", until)
            what = "lies after now" if until is None else "lies before the beginning"
            raise DefinitionError(Problem(what, where, shown(given)))
        return metrics_of(line, _told(records, jobs), first, last, zone)


def _told(records: Records, jobs: tuple[Job, ...]) -> Iterator[tuple[Job, tuple[Event, ...]]]:
    return ((one, _events(records, one)) for one in jobs)


def _events(records: Records, job: Job) -> tuple[Event, ...]:
    return tuple(events_of(records.chapters(RowKey("job", job.id))))
