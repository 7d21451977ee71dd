"""The calls that show: values that print, made of what the firm has saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, time
from typing import TYPE_CHECKING

from ..errors import DefinitionError, Problem, shown
from ..model.accounts import Account, Member
from ..model.events import Event, events_of
from ..model.job_statuses import Status
from ..model.jobs import Job
from ..model.overview import Overview
from ..model.pipelines import Pipeline
from ..model.templates import Priority
from ..ports.rows import Query, RowKey
from .desk import Desk
from .filters import Filters, instant_of, most
from .handles import handle, job_id
from .records import Records
from .turn import present_turn
from .who import Who

if TYPE_CHECKING:
    from ..insight import Board, Metrics, Timeline
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
        it has to ask about each.

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
        line: Pipeline = records.saved("pipeline", handle(pipeline, Pipeline, "pipeline"))
        sight = None if actor is None else self._desk.sight(actor)
        if sight is not None:
            sight.look(line)
        asked = Filters(records, now)
        asked.pipeline(line)
        asked.account(account)
        asked.member(assignee, "assignee")
        asked.priority(priority)
        asked.tag(tag)
        asked.status(status)
        if status is None:
            asked.on_board()
        most(per_stage, "$.per_stage")
        return Cards(records, asked, sight).board(line, per_stage, now)

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
