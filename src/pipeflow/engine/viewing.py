"""The calls that show: values that print, made of what the firm has saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from .. import rules
from ..model.accounts import Account, Member
from ..model.events import Event, events_of
from ..model.job_statuses import Status
from ..model.jobs import Job
from ..model.overview import Overview
from ..model.pipelines import Pipeline
from ..model.schedules import Schedule
from ..model.templates import Priority
from ..ports.rows import Query, RowKey
from .desk import Desk
from .filters import Filters, most, span_of
from .handles import handle, job_id
from .records import Records, item_ids_of
from .turn import present_turn
from .who import Who

if TYPE_CHECKING:
    from ..insight import Agenda, Board, EventLog, Metrics, Timeline, Trail, deeds
    from ..insight.firm_names import FirmNames

__all__ = ["Viewing"]

NAMED = ("template", "member", "pipeline")  # the kinds of what an overview calls by its name


class Viewing:
    """The calls whose answers are for people."""

    _desk: Desk

    def overview(self, pipeline: Pipeline | str, *, actor: Who = None) -> Overview:
        """Show a pipeline as it is saved, stage by stage, as a board shows it; it prints.

        Templates, members and pipelines are called by their names. For one that is not saved there
        is `pipeline.overview(engine.templates(), engine.members(), engine.pipelines())`. Where it
        is said who asks, those that they may not see are called by their ids.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        desk, records = self._desk, self._desk.looked()
        found = self._line(records, pipeline, actor)
        kinds = (desk.seen(records.every(kind), actor) for kind in NAMED)
        return found.overview(*kinds)

    def board(
        self,
        pipeline: Pipeline | str,
        *,
        status: str | Status | Iterable[str | Status] | None = None,
        account: Account | str | None = None,
        assignee: Member | str | None = None,
        priority: Priority | str | Iterable[Priority | str] | None = None,
        tag: str | None = None,
        per_stage: int | None = 10,
        actor: Who = None,
    ) -> Board:
        """Show the jobs of a pipeline as cards in its stages, the longest there first; it prints.

        It counts all of them and reads those alone that it shows, unless it is said who asks: then
        it has to ask about each. Jobs whose stage is gone stand in a column before the stages.

        Args:
            pipeline: The pipeline or its id.
            status: Only jobs of this status, or of one of several; all but archived ones unless
                said.
            account: Only jobs of this account.
            assignee: Only jobs that this member is assigned to.
            priority: Only jobs of this priority, or of one of several.
            tag: Only jobs of accounts that have this tag.
            per_stage: How many cards a stage has at most; None for all. Stages behind the twelfth
                have none.
            actor: Who asks; jobs that they may not see are left out, and members and accounts that
                they may not see are called by their ids.

        Raises:
            NotFoundError: A name leads nowhere; with the nearest that there is.
            NotAllowedError: The authorizer said no to somebody who would "read" the pipeline.
            DefinitionError: Something given is not what it must be.
        """
        from .cards import Cards  # loads on first use

        records, now = self._desk.looked(), self._desk.host.now(present_turn())
        line = self._line(records, pipeline, actor)
        sight = None if actor is None else self._desk.sight(actor)
        asked = Filters(records, now)
        field = asked.board(line, status)
        asked.account(account)
        asked.member(assignee, "assignee")
        asked.priority(priority)
        asked.tag(tag)
        per_stage = most(per_stage, "$.per_stage")
        return Cards(records, asked, sight).board(line, field, per_stage, now)

    def agenda(
        self, schedule: Schedule | str, *, limit: int | None = 5, actor: Who = None
    ) -> Agenda:
        """Show what a schedule makes next, and what it owes while it pauses; it prints.

        Args:
            schedule: The schedule or its id.
            limit: How many periods are told at most that follow those which are made at once;
                None for a thousand.
            actor: Who asks; without it nobody is asked about.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
            DefinitionError: The limit is no number of periods.
            PipeflowError: The calendar cannot tell days off just now.
        """
        from .periods_ahead import agenda_of  # loads on first use

        records = self._desk.looked()
        found: Schedule = records.saved("schedule", handle(schedule, Schedule, "schedule"))
        if actor is not None:
            self._desk.sight(actor).look(found)
        seen = self._desk.seen((records.saved("pipeline", found.pipeline),), actor)
        called = seen[0].name if seen else found.pipeline
        unit, zone = self._desk.journey.unit(), records.settings().zone
        return agenda_of(unit, found, called, zone, most(limit, none="for a thousand"))

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
        found = self._visible(records, job, actor)
        zone, now = records.settings().zone, self._desk.host.now(present_turn())
        history = History(_events(records, found), zone=zone)
        return timeline_of(found, history, now, self._names((found,), actor), zone)

    def trace(
        self, job: Job | str, command: int | Event | None = None, *, actor: Who = None
    ) -> Trail:
        """Show one command of a job and all that followed from it, by the firm's names; it prints.

        Automations that ran, were skipped or failed, what became of the requests that they made,
        moves, the next stage's automations, and what came of it in other jobs: those that it
        started, and those that share a thing that it was about.

        Args:
            job: The job or its id.
            command: Which command: its number, from 1, or from the end as -1 and -2; an event of
                the job's history that is part of it, or followed from it; the last one unless said.
            actor: Who asks; jobs that they may not see are left out.

        Raises:
            NotFoundError: There is no such job, or it has no such command.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
            DefinitionError: The command is neither a number nor an event.
        """
        from ..insight import deeds, tracing  # loads on first use
        from ..insight.trail import Trail

        records = self._desk.looked()
        found = self._visible(records, job, actor)
        known = _known(records, found)
        if not known.deeds:
            records.row("job", found.id)  # it may have gone since, with its history
        jobs, host = {found.id: known}, self._desk.host
        zone, now = records.settings().zone, host.now(present_turn())
        deed = tracing.chosen(host.tenant, known, command)
        self._gather(jobs, known, deed, actor)
        names = self._names([one.job for one in jobs.values()], actor)
        first = tracing.Tracing(host.tenant, jobs, names, now, zone)
        first.follow(found.id, deed)  # only then it is known which requests it led to
        past = (one.event for it in jobs.values() for deed in it.deeds for one in deed)
        waiting = dict(records.waiting(first.wanted, rules.ended(past)))
        whole = tracing.Tracing(host.tenant, jobs, names, now, zone, waiting)
        number = deeds.number_of(known, deed)
        return Trail(found.id, found.name, number, whole.follow(found.id, deed), zone)

    def _gather(
        self, jobs: dict[str, deeds.Known], known: deeds.Known, deed: deeds.Deed, actor: Who
    ) -> None:
        """Add the jobs that a deed led to, and those that share a thing with it."""
        from ..insight.tracing import led_to, shared_by

        records = self._desk.records
        sharing = (
            item_ids_of(item)[0] for ref in shared_by(known, deed) for item in records.named(ref)
        )
        for ids, starts in ((sharing, False), (led_to(known, deed), True)):
            new = [RowKey("job", id) for id in dict.fromkeys(ids) if id not in jobs]
            rows = tuple(row.value for row in records.read(new).values())
            for one in self._desk.seen(rows, actor):
                jobs[one.id] = other = _known(records, one)
                if starts:
                    self._gather(jobs, other, other.deeds[0], actor)

    def _names(self, jobs: Sequence[Job], actor: Who) -> FirmNames:
        """Return what the firm calls its things, and the jobs that some jobs speak of.

        Where it is said who asks, what they may not see goes by its id.
        """
        from ..insight.firm_names import FirmNames  # loads on first use

        desk, records = self._desk, self._desk.records
        ids = {id for job in jobs for id in (*job.follow_ups, job.starter) if id}
        rows = records.read([RowKey("job", id) for id in ids]).values()
        others = desk.seen(tuple(stored.value for stored in rows), actor)
        return FirmNames(
            desk.seen(records.every("pipeline"), actor),
            desk.seen(records.every("template"), actor),
            desk.seen(records.every("member"), actor),
            {one.id: one.name for one in (*others, *jobs, *(i for job in jobs for i in job.items))},
            desk.seen(records.every("schedule"), actor),
        )

    def metrics(
        self,
        pipeline: Pipeline | str,
        since: date | None = None,
        until: date | None = None,
        *,
        actor: Who = None,
    ) -> Metrics:
        """Reckon how the jobs of a pipeline went in a span of time; it prints, and draws.

        They are those that are in the pipeline now, of whatever status. It reads the history of
        each of them: for ten thousand jobs it takes some seconds in memory, and half a minute in a
        file.

        Args:
            pipeline: The pipeline or its id.
            since: From this instant, or this day, on; since there are jobs unless said.
            until: Up to this instant, or to the end of this day; now unless said, and at most.
            actor: Who asks; jobs that they may not see are left out.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" the pipeline.
            DefinitionError: A time that is none, or a span that ends before it begins.
        """
        from ..insight.metrics import metrics_of  # loads on first use

        records, now = self._desk.looked(), self._desk.host.now(present_turn())
        line = self._line(records, pipeline, actor)
        zone = records.settings().zone
        first, last = span_of(since, until, zone, now)
        rows = tuple(stored.value for _, stored in records.found(_jobs_of(line)))
        jobs: tuple[Job, ...] = self._desk.seen(rows, actor)
        if first is None:
            first = min((last, *(one.created for one in jobs)))
        return metrics_of(line, _told(records, jobs), first, last, now, zone)

    def event_log(
        self,
        pipeline: Pipeline | str | None = None,
        since: date | None = None,
        until: date | None = None,
        *,
        actor: Who = None,
    ) -> EventLog:
        """Return the histories of jobs as an event log, which process-mining tools read; it prints.

        A job is a case. `save("log.xes")` and `save("log.csv")` write it, and read one job after
        another as they do.

        Args:
            pipeline: Only of jobs that are in this pipeline, or its id; of all unless said. What
                such a job did in another pipeline before is part of its case.
            since: Only what happened from this instant, or this day, on.
            until: Only what happened up to this instant, or to the end of this day.
            actor: Who asks; jobs that they may not see are left out, and what else they may not see
                goes by its id.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" the pipeline.
            DefinitionError: A time that is none, or a span that ends before it begins.
        """
        from ..insight.event_log import event_log_of  # loads on first use

        records, now = self._desk.looked(), self._desk.host.now(present_turn())
        wanted = None if pipeline is None else self._line(records, pipeline, actor)
        span = span_of(since, until, records.settings().zone, now)
        rows = tuple(stored.value for _, stored in records.found(_jobs_of(wanted)))
        jobs: tuple[Job, ...] = self._desk.seen(rows, actor)
        known = [one for kind in ("pipeline", "template") for one in records.every(kind)]
        owners = [RowKey("account", id) for id in sorted({one.account for one in jobs})]
        known += (stored.value for stored in records.read(owners).values())
        seen = self._desk.seen(tuple(known), actor)
        name = "all pipelines" if wanted is None else wanted.name
        return event_log_of(_told(records, jobs), seen, span, now, name)

    def _visible(self, records: Records, job: Job | str, actor: Who) -> Job:
        """Return a job, if whoever asks may see it."""
        found: Job = records.row("job", job_id(job)).value
        if actor is not None:
            self._desk.sight(actor).look(found)
        return found

    def _line(self, records: Records, pipeline: Pipeline | str, actor: Who) -> Pipeline:
        """Return a pipeline that is saved, if whoever asks may see it."""
        line: Pipeline = records.saved("pipeline", handle(pipeline, Pipeline, "pipeline"))
        if actor is not None:
            self._desk.sight(actor).look(line)
        return line


def _jobs_of(line: Pipeline | None) -> Query:
    return Query("job", () if line is None else (("pipeline", line.id),))


def _known(records: Records, job: Job) -> deeds.Known:
    from ..insight.deeds import Known, deeds_of

    return Known(job, deeds_of(job, records.chapters(RowKey("job", job.id))))


def _told(records: Records, jobs: tuple[Job, ...]) -> Iterator[tuple[Job, tuple[Event, ...]]]:
    return ((one, _events(records, one)) for one in jobs)


def _events(records: Records, job: Job) -> tuple[Event, ...]:
    return tuple(events_of(records.chapters(RowKey("job", job.id))))
