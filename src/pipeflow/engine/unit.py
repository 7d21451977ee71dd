"""A unit: what one attempt at a command has read and will write, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from .. import rules
from ..model.events import Chapter, Event, Line, RequestInHand, RequestWithdrawn, events_of
from ..model.items import Item
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.templates import InvoiceTemplate
from ..ports.cancellations import InvoiceCancellation
from ..ports.due import Claim, Due, DueState, Over, Parked, Settle
from ..ports.requests import Invoice, Request
from ..ports.rows import CarriedOut, Changes, Query, Requeue, RowKey, Stored, Withdrawal
from .host import Host
from .records import FIRM, Records, no_firm, row_key
from .sending import later, leaves

__all__ = ["ApartError", "Unit"]

_new = tuple.__new__  # makes a pair of version and value the quickest way
NOTHING: Mapping[Any, Any] = MappingProxyType({})
NOBODY: frozenset[str] = frozenset()


class ApartError(Exception):
    """Raised where receipts are to be kept each alone, since something follows from one of them.

    It is a thing that another job has already, of which nobody knows before it is looked up.
    """


class Unit:
    """What a command is about to write; all that decisions rest on is expected by its commit."""

    __slots__ = (
        "_keys", "_rows", "actor", "answer", "beside", "bills", "cancels", "cancels_of", "claims",
        "deletes", "depth", "dues", "durable", "erases", "expect", "firm", "first", "host", "jobs",
        "log", "named", "none", "now", "puts", "records", "redated", "relocked", "requeues",
        "retry_at", "settles", "threads", "timers", "tombs", "turned", "voided", "wanted",
        "withdraws",
    )  # fmt: skip

    def __init__(
        self,
        host: Host,
        records: Records,
        keys: tuple[RowKey, ...] | None,
        rows: dict[RowKey, Stored],
        now: datetime,
        actor: str,
        depth: int = 0,
    ) -> None:
        """Begin with what was read, and which keys were; every command expects the firm.

        Without keys the rows are as another unit left them; references it does not know are new.
        """
        self.host = host
        self.records = records  # where else things are looked up, without being expected
        self._keys = None if keys is None else frozenset(keys)
        self._rows = rows
        self.now = now
        self.actor = actor
        self.depth = depth
        self.firm = firm = rows.get(FIRM) or no_firm()
        self.expect: dict[RowKey, int] = {FIRM: firm[0]}
        self.puts: dict[RowKey, Any] = {}
        self.log: dict[RowKey, tuple[Chapter, ...]] = {}
        self.dues: tuple[Due, ...] = ()
        self.first = 0  # of them that what is decided just now asks for; others have numbers apart
        self.claims: tuple[Claim, ...] = ()  # of those that this engine holds from the commit on
        self.jobs: tuple[str, ...] = ()  # that the command is about, in order
        self.beside: tuple[str, ...] = ()  # that it reaches too, and that are not its answer
        self.timers: tuple[str, ...] = ()  # keys of those that it sets
        self.cancels: tuple[str, ...] = ()
        self.deletes: tuple[RowKey, ...] = ()
        self.requeues: tuple[Requeue, ...] = ()
        self.settles: tuple[Settle, ...] = ()
        self.withdraws: tuple[Withdrawal, ...] = ()
        self.wanted: tuple[str, ...] = ()  # of what was withdrawn and is not over yet
        self.none: tuple[Query, ...] = ()
        self.erases: tuple[RowKey, ...] = ()
        self.cancels_of: tuple[str, ...] = ()
        self.tombs: tuple[Over, ...] = ()
        self.durable = True
        self.redated: tuple[str, ...] = ()  # accounts whose fields changed
        self.relocked: tuple[tuple[str, str], ...] = ()  # documents others have, by job and item
        self.turned: tuple[str, ...] = ()  # jobs that get another status
        # By job and item: whether a bill is, or None where its port is not asked any more.
        self.voided: tuple[tuple[str, str, bool | None], ...] = ()
        self.bills: Mapping[str, InvoiceTemplate] | None = None  # what letters bring, once looked
        self.retry_at: datetime | None = None  # when what failed is tried again
        self.answer: Any = None  # what the command is answered with, where that is no job
        self.named: Mapping[str, str] = NOTHING  # ids of what the command named otherwise
        self.threads: Mapping[str, str] = NOTHING  # the latest of other jobs, by the job that asks

    # -- reading ---------------------------------------------------------------------------------

    @property
    def tenant(self) -> str:
        """Whose rows these are."""
        return self.host.tenant

    def get(self, key: RowKey) -> Stored | None:
        """Return a row, expected from here on, or None."""
        if (stored := self._rows.get(key) or self._looked_up(key)) is not None:
            self.expect[key] = stored[0]
        return stored

    def _looked_up(self, key: RowKey) -> Stored | None:
        """Look a row up, unless it was looked for already and is not there."""
        absent = key.kind == "ref" if self._keys is None else key in self._keys
        stored = None if absent else self.records.get(key)
        if stored is not None:
            self._rows[key] = stored
        return stored

    def at(self, key: RowKey) -> Any:
        """Return the value of a row that must be there, as this unit leaves it.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        if key in self.puts:
            return self.puts[key]
        stored = self._rows.get(key) or self._looked_up(key)
        if stored is None:
            raise self.records.missing(*key)
        self.expect[key] = stored[0]
        return stored[1]

    def many(self, keys: Iterable[RowKey]) -> dict[RowKey, Stored]:
        """Return those of the rows that are there, in one look; they are not expected yet."""
        found = self.records.store.read(self.tenant, keys).rows
        self._rows.update(found)
        return found

    def found(self, query: Query) -> list[Any]:
        """Return the values of the rows that a query means, expected from here on."""
        values = []
        for key, stored in self.records.at_once(query):
            self._rows[key] = stored
            self.expect[key] = stored[0]
            values.append(stored[1])
        return values

    def value(self, kind: str, id: str) -> Any:
        """Return the value of a row that must be there, as this unit leaves it.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        return self.at(row_key(kind, id))

    def book(self, pipeline: str) -> rules.Book:
        """Return what rules look things up in."""
        return self.records.book(pipeline, self.firm)

    def job(self, id: str) -> Job:
        """Return a job, as this unit leaves it."""
        found: Job = self.at(row_key("job", id))
        return found

    def state(self, job: Job | str, undelivered: frozenset[str] = NOBODY) -> rules.State:
        """Return a job with all that a decision about it needs, as this unit leaves it."""
        found = self.job(job) if isinstance(job, str) else job
        account, thread = self.at(row_key("account", found.account)), self.threads.get(found.id)
        book = self.records.book_for(found, found.pipeline, self.firm)
        tenant, updates, bills = self.host.tenant, self.host.updates, self.bills
        return rules.State(tenant, found, account, book, undelivered, thread, updates, bills)

    def history(self, key: RowKey) -> tuple[Chapter, ...]:
        """Return the chapters of a row's history, as they were when the command began."""
        return self.records.chapters(key)

    def due(self, key: str) -> Parked | None:
        """Return a due row that is not over, or None."""
        found = self.records.store.due(self.tenant, key)
        return found if isinstance(found, Parked) else None

    def stood(self, key: RowKey) -> Any:
        """Return what a row that is written here was before; None where it is new.

        What the commit expects of it stays as it is.
        """
        if not self.expect[key]:
            return None
        stored = self._rows.get(key) or self.records.get(key)
        return None if stored is None else stored[1]

    def item(self, job: str, id: str) -> Item:
        """Return an item of a job, as this unit leaves it."""
        return rules.item_of(self.job(job), id)

    # -- writing ---------------------------------------------------------------------------------

    def put(self, key: RowKey, value: Any, version: int = 0) -> None:
        """Write a row; one that was not read must not be there."""
        self.expect.setdefault(key, version)
        self.puts[key] = value

    def apply(self, decision: rules.Decision) -> None:
        """Write what was decided about a job, and note what it asks for."""
        job = decision.job
        self.jobs += (job.id,)
        if decision.voided:
            self.voided += tuple((job.id, *bill) for bill in decision.voided)
        if not decision.changed:
            return
        key = row_key("job", job.id)
        if (before := self._rows.get(key)) is not None and before[1].status != job.status:
            self.turned += (job.id,)
        self.put(key, job)
        self.tell(key, decision.chapters)
        if decision.account is not None:
            account = row_key("account", job.account)
            if self.at(account).fields is not decision.account.fields:
                self.redated += (job.account,)
            self.puts[account] = decision.account
        if decision.requests:
            self.ask(decision.requests, job.id)
        for timer in decision.timers:
            no, action = len(self.dues) - self.first, timer.action
            self.dues += (Due(timer.key, timer.at, no, action, job.id, self.depth),)
            self.timers += (timer.key,)
        if decision.cancels:
            self._cancel(decision.cancels)
        if decision.withdraws:
            self._withdraw(key, decision)
        if decision.wanted:
            self._want(decision.wanted)
        if decision.starts:
            from .offspring import start_jobs  # loads on first use

            start_jobs(self, decision)
        if decision.relocked:
            self.relocked += tuple((job.id, item) for item in decision.relocked)

    def tell(self, key: RowKey, chapters: tuple[Chapter, ...]) -> None:
        """Write chapters into the history of a row."""
        if chapters:
            self.log[key] = (*self.log[key], *chapters) if key in self.log else chapters

    def ask(self, requests: Iterable[Request], job: str) -> None:
        """Let requests be due now, or when the window opens (R-37); what is asked here is held."""
        host, settings = self.host, self.firm[1].settings
        now, depth, dues, claims = self.now, self.depth, [*self.dues], [*self.claims]
        owner, lease, is_off = host.owner, settings.lease, settings.window and host.days_off()
        for request in requests:
            at = now if is_off is None else leaves(settings, request, now, is_off)
            if at is now and request.port in host.outlets:
                number = len(dues) - self.first
                due = Due(request.key, now, number, request, job, depth, owner, lease)
                claims.append(Claim(host.tenant, due, 1, 1))
            else:
                due = later(request, at, now, len(dues) - self.first, job, depth)
                if request.port not in host.outlets:
                    host.lacks(request.port)
            dues.append(due)
        self.dues, self.claims = tuple(dues), tuple(claims)

    def keep_failure(self, claim: Claim, error: str, *, final: bool) -> datetime | None:
        """Keep a request for its next try, in the sending window, or park it where that is final.

        Returns:
            When it is tried again; None where it waits until a person decides.
        """
        due, settings, attempt = claim.due, self.firm.value.settings, claim.attempt
        at = None if final else rules.next_attempt(settings, due.key, attempt, self.now)
        if at is not None:
            at = leaves(settings, due.action, at, self.host.days_off()) or at
        state = DueState.DEAD if at is None else DueState.WAIT
        self.settles = (Settle(due.key, claim.token, state, at or self.now, error),)
        self.retry_at = at
        return at

    def _withdraw(self, key: RowKey, decision: rules.Decision) -> None:
        """Take back requests that nobody needs any more, and say so.

        One that is held is only marked, which is told: who holds it looks once more before the port
        is called, and then says so. A bill of which a call was never answered may be there. What
        another job asked for of the same thing is told there.
        """
        told, bills = dict[str, list[Line]](), list[tuple[str, Parked]]()
        job, asked_now = decision.job.id, {due.key: due for due in self.dues}
        before = {one.key for one in self.withdraws}  # by this command, for another item of a name
        for request in dict.fromkeys(decision.withdraws):
            if request in asked_now:
                self._forget(asked_now[request])
                told.setdefault(job, []).append((RequestWithdrawn, request))
                continue
            if request in before or (row := self.due(request)) is None or row.withdrawn:
                continue
            held, action = row.state is DueState.LEASED, row.due.action
            if isinstance(action, InvoiceCancellation):
                self.voided += ((action.job or "", action.item or "", None),)
            elif isinstance(action, Invoice) and not held:
                bills.append((action.item or "", row))
            self.withdraws += (Withdrawal(request, held),)
            line: Line = (RequestInHand if held else RequestWithdrawn, request)
            told.setdefault(row.due.job, []).append(line)
        past = [*events_of(self.history(key))] if bills else []
        unsure = [item for item, row in bills if rules.may_have_left(past, row)]
        for of, lines in told.items():
            self.tell(row_key("job", of), (Chapter(self.now, of, rules.SYSTEM, tuple(lines)),))
            if of not in self.jobs:
                self.jobs += (of,)  # whoever acts is asked about it
        for item in unsure:
            self.apply(rules.never_answered(self.state(job), item, self.now))

    def _want(self, keys: tuple[str, ...]) -> None:
        """Take the mark off requests that are needed after all; each keeps its key and its turn."""
        for request in dict.fromkeys(keys):
            if (row := self.due(request)) is not None and row.withdrawn:
                self.wanted += (request,)

    def _cancel(self, keys: tuple[str, ...]) -> None:
        """Let timers be over, those too that were to be set by this very commit."""
        if not {*self.timers}.isdisjoint(keys):
            self.dues = tuple(due for due in self.dues if due.key not in keys)
        self.cancels += keys

    def _forget(self, gone: Due) -> None:
        """Ask for something no longer that was to be asked for by this very commit."""
        self.dues = tuple(due for due in self.dues if due is not gone)
        self.claims = tuple(claim for claim in self.claims if claim.due is not gone)

    def call(self, pipeline: Pipeline, stage: Stage, given: str | None = None) -> None:
        """Note what a stage is called, and what was *given* for it, unless that means another."""
        if pipeline.stage(stage.name).id == stage.id:
            self.named = {**self.named, stage.name: stage.id}
        if given is not None and given != stage.id and given not in self.named:
            self.named = {**self.named, given: stage.id}

    # -- the end ---------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        rows = self.puts or self.log or self.dues or self.deletes or self.settles
        return not (rows or self.cancels or self.withdraws or self.requeues or self.tombs)

    def changes(self, command_id: str | None, result: CarriedOut | None) -> Changes:
        """Return all that is to be committed."""
        return Changes(
            self.host.tenant,
            self.expect,
            self.puts,
            self.dues,
            self.cancels,
            self.settles,
            self.log,
            self.deletes,
            command_id,
            result,
            self.withdraws,
            self.requeues,
            self.none,
            self.now,
            self.durable,
            self.erases,
            self.cancels_of,
            self.tombs,
            self.wanted,
        )

    def left(self) -> dict[RowKey, Stored]:
        """Return the rows that it wrote and expected, as its commit left them, and the firm."""
        expect, read, gone = self.expect, self._rows, self.deletes
        rows = {key: read[key] for key in expect if key in read and key not in gone}
        rows[FIRM] = self.firm
        for key, value in self.puts.items():
            rows[key] = _new(Stored, (expect[key] + 1, value))
        return rows

    def kept(self, key: RowKey) -> Any:
        """Return the value of a row as its commit left it; None where it was not there."""
        if key in self.puts:
            return self.puts[key]
        stored = self._rows.get(key)
        return None if stored is None or key in self.deletes else stored[1]

    def events(self) -> Iterable[Event]:
        """Return what is to be told to listeners."""
        return (event for chapters in self.log.values() for event in events_of(chapters))

    def waits(self) -> list[datetime]:
        """Return when something that nobody holds will be due."""
        found = [due.at for due in self.dues if due.lease is None]
        found += [again.at for again in self.requeues]
        return found if self.retry_at is None else [*found, self.retry_at]
