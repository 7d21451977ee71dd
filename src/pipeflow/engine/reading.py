"""The calls that only read: one thing of its kind, definitions, histories and explanations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, tzinfo
from functools import partial
from itertools import islice
from typing import Any, cast

from .. import rules
from ..errors import DefinitionError, PipeflowError, Problem, shown
from ..insight import Explanation, History
from ..model.accounts import Account, Member
from ..model.events import Chapter, Event, events_of
from ..model.items import Item, ItemKind, ItemState, Mark, Ref
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.schedules import Schedule
from ..model.settings import Settings
from ..model.templates import Template
from ..ports.due import Parked
from ..ports.rows import Query, RowKey, ThingRow
from .desk import Desk
from .filters import instant_of, most
from .handles import handle, item_handle, job_id, listed, reference
from .records import Records, ref_key
from .sending import leaves
from .turn import present_turn
from .who import Who

__all__ = ["Reading"]

CHAPTERS = 100  # of a feed that are looked at in one go
MOST_FAILURES = 1000  # that an explanation names


class Reading:
    """The calls that change nothing."""

    _desk: Desk

    def job(self, id: Job | str, *, actor: Who = None) -> Job:
        """Return a job as it now stands; where it is said who asks, if they may see it.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        found: Job = self._desk.looked().row("job", job_id(id)).value
        self._refuse_hidden(found, actor)
        return found

    def account(self, id: Account | str, *, actor: Who = None) -> Account:
        """Return an account as it now stands; where it is said who asks, if they may see it.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        found: Account = self._desk.looked().saved("account", handle(id, Account, "account"))
        self._refuse_hidden(found, actor)
        return found

    def _refuse_hidden(self, found: object, actor: Who) -> None:
        """Refuse what somebody may not see, where it is said who asks."""
        if actor is not None:
            self._desk.sight(actor).look(found)

    def pipeline(self, id: Pipeline | str, *, actor: Who = None) -> Pipeline:
        """Return a pipeline as it is saved; where it is said who asks, if they may see it.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        found: Pipeline = self._desk.looked().saved("pipeline", handle(id, Pipeline, "pipeline"))
        self._refuse_hidden(found, actor)
        return found

    def pipelines(self, *, actor: Who = None) -> tuple[Pipeline, ...]:
        """Return all pipelines, in the order of their ids; of an actor, those they may see."""
        return self._desk.seen(self._desk.looked().every("pipeline"), actor)

    def template(self, id: Template | str, *, actor: Who = None) -> Template:
        """Return a template as it is saved; where it is said who asks, if they may see it.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        found: Template = self._desk.looked().saved("template", handle(id, Template, "template"))
        self._refuse_hidden(found, actor)
        return found

    def member(self, id: Member | str, *, actor: Who = None) -> Member:
        """Return a member as saved; where it is said who asks, if they may see it.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        found: Member = self._desk.looked().saved("member", handle(id, Member, "member"))
        self._refuse_hidden(found, actor)
        return found

    def members(self, *, actor: Who = None) -> tuple[Member, ...]:
        """Return all members, in the order of their ids; of an actor, those they may see."""
        return self._desk.seen(self._desk.looked().every("member"), actor)

    def schedule(self, id: Schedule | str, *, actor: Who = None) -> Schedule:
        """Return a schedule as it is saved; where it is said who asks, if they may see it.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        found: Schedule = self._desk.looked().saved("schedule", handle(id, Schedule, "schedule"))
        self._refuse_hidden(found, actor)
        return found

    def schedules(self, *, actor: Who = None) -> tuple[Schedule, ...]:
        """Return all schedules, in the order of their ids; of an actor, those they may see."""
        return self._desk.seen(self._desk.looked().every("schedule"), actor)

    def settings(self, *, actor: Who = None) -> Settings:
        """Return the firm's settings; the defaults where none were saved.

        Raises:
            NotAllowedError: The authorizer said no to somebody who would "read" them.
        """
        stored = self._desk.looked().get(RowKey("settings", "settings"))
        found = Settings() if stored is None else replaced(stored.value, revision=stored.version)
        self._refuse_hidden(found, actor)
        return found

    def item(self, ref: Ref | Item | str, *, actor: Who = None) -> Item:
        """Return an item, by the host's reference or by its own id.

        Raises:
            NotFoundError: No item has that reference or id.
            DefinitionError: It is neither.
            NotAllowedError: The authorizer said no to somebody who would "read" its job.
        """
        if isinstance(ref, Ref):
            job, id = self._desk.looked().item_of(reference(ref))
        else:
            job, id = item_handle(ref, "$.ref")
        return self.job(job, actor=actor).item(id)

    def history(self, job: Job | Account | str, *, actor: Who = None) -> History:
        """Return everything that happened to a job, or to an account and its jobs; it prints.

        The oldest comes first. An id is taken for a job's, and for an account's where no job has
        it (R-30). Of an account, jobs that an actor may not see are left out.

        Raises:
            NotFoundError: There is neither, with the nearest ids of jobs that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        records = self._desk.looked()
        key = _whose(records, job)
        if actor is not None:
            (self.job if key.kind == "job" else self.account)(key.id, actor=actor)
        zone = records.settings().zone
        if key.kind == "job":
            return History(tuple(events_of(records.chapters(key))), zone=zone)
        found = records.found(Query("job", (("account", key.id),)))
        sees = None if actor is None else self._desk.sight(actor).sees
        jobs = {k: row.value.name for k, row in found if sees is None or sees(row.value)}
        told = records.store.histories(records.tenant, (key, *jobs))
        return History(tuple(events_of(told)), {key.id: name for key, name in jobs.items()}, zone)

    def feed(
        self,
        since: date | None = None,
        kinds: type[Event] | Iterable[type[Event]] | None = None,
        limit: int | None = 100,
        *,
        actor: Who = None,
    ) -> History:
        """Return what happened in the whole firm, the newest first; it prints (R-30).

        Args:
            since: Only what happened at this instant or later, or from this day on.
            kinds: Only events of this kind, or of one of several.
            limit: How many at most; None: all.
            actor: Who asks, where they are not to see what the authorizer says no to: events of
                jobs and of accounts go by these, all others by the right to "read" "", the firm.

        Raises:
            DefinitionError: Something given is not what it must be.
        """
        records, wanted = self._desk.looked(), _kinds(kinds)
        zone = records.settings().zone
        first = _first(since, zone)
        found = _newest(records, first, wanted)
        if actor is not None:
            found = filter(self._desk.sight(actor).sees_event, found)
        events = tuple(islice(found, most(limit)))
        keys = [RowKey("job", id) for id in {event.job for event in events if event.job}]
        rows = records.store.read(records.tenant, keys).rows
        return History(events, {key.id: stored.value.name for key, stored in rows.items()}, zone)

    def explain(self, job: Job | str, *, actor: Who = None) -> Explanation:
        """Answer "why does this job not move?": where it stands, and all that it waits for.

        Raises:
            NotFoundError: There is no such job.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        from ..insight.explain import explain  # loads on first use
        from .past import Past

        records, tenant, id = self._desk.looked(), self._desk.host.tenant, job_id(job)
        if actor is not None:
            self.job(id, actor=actor)
        now, state = self._desk.host.now(present_turn()), records.state(id)
        letters = (one for one in state.job.items if one.kind is ItemKind.PROPOSAL)
        if any(one.state is ItemState.PENDING or Mark.HELD in one.marks for one in letters):
            from .commands.letters import to_come  # loads on first use

            state = replaced(state, bills=to_come(self._desk.journey.unit(), state.job))
        if state.book.pipeline.is_timed or state.job.alarms:  # an edit may not be told to it yet
            state = replaced(state, job=rules.times_told(state, now).job)
        if actor is not None:
            state = self._desk.sight(actor).veiled(state)
        past = Past(records.store, tenant, RowKey("job", id))
        parked = records.store.parked(tenant, job=id, limit=MOST_FAILURES)
        wanted = (
            key
            for item in state.job.items
            if item.state is ItemState.PENDING or item.is_unanswered
            for key in (item.request, rules.mail_key(tenant, item))
        )
        found = {key: records.store.due(tenant, key) for key in wanted if key is not None}
        gated = partial(_gated, state.book.settings, self._desk.host.days_off())
        asked = {key: gated(row) for key, row in found.items() if isinstance(row, Parked)}
        sent: tuple[Parked, ...] = ()
        if state.book.settings.window is not None:
            sent = tuple(map(gated, _waiting(records, state, past)))
        named = self._desk.seen(tuple(_members(records, state, past)), actor)
        members = {one.id: one.name for one in named}
        leaving, owing = self._leaving(state, now), _owing(records, state.job)
        return explain(state, past, parked.rows, asked, now, sent, members, leaving, owing)

    def _leaving(self, state: rules.State, now: datetime) -> dict[str, datetime]:
        """Return when the next reminders of a job's items leave for which the window is shut.

        One whose time has come leaves at the next opening from *now* on. Where the calendar cannot
        tell, it is not said.
        """
        settings, is_off = state.book.settings, self._desk.host.days_off()
        if settings.window is None or "reminder" not in settings.window.kinds:
            return {}
        found: dict[str, datetime] = {}
        for item in state.job.items:
            if item.remind_at is not None:
                try:
                    due = max(item.remind_at, now)
                    found[item.id] = rules.leaving_at(settings.window, due, settings.zone, is_off)
                except PipeflowError:
                    break
        return found


def _gated(settings: Settings, is_off: rules.IsOff, row: Parked) -> Parked:
    """Return a request that waits with when it leaves: the window may be another one since."""
    at = leaves(settings, row.due.action, row.at, is_off) or row.at
    return row if at == row.at else replaced(row, at=at)


def _members(records: Records, state: rules.State, past: Iterable[Chapter]) -> Iterator[Member]:
    """Yield the members who are assigned to a job, or to what is open in it, who paused it, and
    those of whom conditions of its pipeline ask.
    """
    from ..insight.way_in import paused_in  # loads on first use

    job, line = state.job, state.book.pipeline
    ids = job.assignees.union(*(one.assignees for one in job.items))
    if job.paused is not None and (pause := paused_in(past)) is not None:
        ids |= {pause.actor}
    asked = [*(one.when for one in line.stages), *(one.when for _, one in line.automations())]
    people = ids.union(*(one.people for one in asked if one is not None))
    rows = records.read([RowKey("member", one) for one in people if isinstance(one, str)])
    yield from (stored.value for stored in rows.values())


def _waiting(records: Records, state: rules.State, past: Iterable[Chapter]) -> Iterator[Parked]:
    """Yield the rows of what has not been delivered, and is no open item, nor a reminder of one."""
    from ..insight.sendings import sent_keys  # loads on first use

    for item in state.job.items:
        if item.state is not ItemState.PENDING and not item.is_unanswered:
            for wanted in (item.request, rules.mail_key(state.tenant, item)):
                row = None if wanted is None else records.store.due(records.tenant, wanted)
                if isinstance(row, Parked):
                    yield row
    history = [*past][::-1]
    over = rules.ended(events_of(history))
    yield from (row for _, row in records.waiting(sent_keys(state, history, over), over))


def _owing(records: Records, job: Job) -> set[str]:
    """Return those of a job's letters, as they are quoted, that owe a bill by what is known now."""
    letters = [one for one in job.items if one.kind is ItemKind.PROPOSAL]
    named = [(ref_key(one.ref.port, one.ref.id), one.name) for one in letters if one.ref]
    rows = records.store.read(records.tenant, [key for key, _ in named]).rows if named else {}
    told = ((rows[key].value, name) for key, name in named if key in rows)
    return {repr(name) for row, name in told if isinstance(row, ThingRow) and _owes(row)}


def _owes(letter: ThingRow) -> bool:
    return letter.acceptance is not None and letter.acceptance.owed


def _whose(records: Records, given: Job | Account | str) -> RowKey:
    """Return the row whose history is meant.

    Raises:
        NotFoundError: There is neither a job nor an account.
    """
    if isinstance(given, Account):
        records.row("account", given.id)
        return RowKey("account", given.id)
    id = job_id(given)
    keys = [RowKey("job", id), RowKey("account", id)]
    rows = records.store.read(records.tenant, keys[:1] if isinstance(given, Job) else keys).rows
    for key in keys:
        if key in rows:
            return key
    raise records.missing("job", id)


def _newest(
    records: Records, first: datetime | None, kinds: tuple[type[Event], ...]
) -> Iterator[Event]:
    """Yield the events of a firm, the newest first.

    Instants of several processes are not quite in the order of their commits; so the search ends
    where a whole page is older.
    """
    after = None
    while True:
        page = records.store.feed(tenant=records.tenant, after=after, newest=True, limit=CHAPTERS)
        new = [one for _, one in page.rows if first is None or one.at >= first]
        for chapter in new:
            for event in reversed([*chapter.events()]):
                if isinstance(event, kinds):
                    yield event
        if not new:
            return
        after = page.next


def _kinds(given: object) -> tuple[type[Event], ...]:
    """Return the kinds of events that are meant.

    Raises:
        DefinitionError: One of them is none.
    """
    if given is None:
        return (Event,)
    several = [given] if isinstance(given, type | str) else listed(cast("Any", given), "$.kinds")
    found: list[type[Event]] = []
    for one in several:
        if not (isinstance(one, type) and issubclass(one, Event)):
            allowed = ("JobMoved", "ReminderSent", "Event")
            what = "must be kinds of events"
            raise DefinitionError(Problem(what, "$.kinds", shown(one), allowed))
        found.append(one)
    return tuple(found)


def _first(since: date | None, zone: tzinfo) -> datetime | None:
    return None if since is None else instant_of(since, "$.since", zone, time.min)
