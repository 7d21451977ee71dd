"""The journey of a command: load, decide, commit, and then deliver and tell."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

from ..errors import (
    ConflictError,
    DuplicateCommandError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    PipeflowError,
    ReentrancyError,
    shown,
    unknown,
)
from ..model.accounts import Account, Member
from ..model.events import Event
from ..model.jobs import BlockedAutomation, Job
from ..model.pipelines import Pipeline
from ..model.settings import Firm
from ..model.templates import ProposalTemplate, Template
from ..ports.host import Authorizer, Clock, Ids, Waker
from ..ports.ports import Ports
from ..ports.store import Changes, Claim, Due, RowKey, Settle, Store, Stored
from ..rules import SYSTEM, Book, Decision, State
from .turn import Turn

__all__ = ["FIRM", "Core", "Decide", "Rows"]

logger = logging.getLogger("pipeflow")

FIRM = RowKey("firm", "")
TRIES = 50  # how often a command is decided anew when somebody else commits first

Decide: TypeAlias = Callable[[State, datetime, str], Decision]
# Rows that a command writes beside its jobs: what it read of them, and what they become.
Rows: TypeAlias = Callable[[Sequence[Decision]], tuple[Mapping[RowKey, int], Mapping[RowKey, Any]]]


class Core:
    """What all calls of the engine stand on. It holds handlers, and caches of what is stored."""

    def __init__(
        self,
        *,
        ports: Ports,
        store: Store,
        clock: Clock,
        ids: Ids,
        authorizer: Authorizer | None,
        waker: Waker | None,
        tenant: str,
        deliver: bool,
    ) -> None:
        """Keep what the host gave."""
        self._ports = ports
        self._calls = ports.calls()
        self._store = store
        self._clock = clock
        self._ids = ids
        self._authorizer = authorizer
        self._waker = waker
        self._tenant = tenant
        self._delivers = deliver
        self._owner = ids.new("engine")
        self._turn = Turn()
        self._handlers: tuple[tuple[type[Event], Callable[[Any], object]], ...] = ()
        self._books: dict[str, tuple[int, Book]] = {}

    # -- reading ---------------------------------------------------------------------------------

    def _now(self) -> datetime:
        at = self._turn.at
        if at is not None:
            return at
        now = self._clock.now()
        if now.tzinfo is not timezone.utc:
            if now.tzinfo is None:
                raise PipeflowError("the clock told a naive datetime; it must be aware, in UTC")
            now = now.astimezone(timezone.utc)
        return now

    def _row(self, kind: str, id: str) -> Stored:
        """Return a row that must be there.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        stored = self._store.load(self._tenant, RowKey(kind, id))
        if stored is None:
            page = self._store.scan(self._tenant, kind, limit=1000)
            known = [key.id for key, _ in page.rows]
            raise NotFoundError(unknown(kind, id, known, where=f"tenant {self._tenant!r}"))
        return stored

    def _firm(self) -> Stored:
        return self._store.load(self._tenant, FIRM) or Stored(0, Firm())

    def _book(self, pipeline: str, firm: Stored) -> Book:
        """Return what rules look things up in; remembered until any definition is saved."""
        known = self._books.get(pipeline)
        if known is not None and known[0] == firm.version:
            return known[1]
        found: Pipeline = self._row("pipeline", pipeline).value
        templates = self._load_templates(found.template_ids)
        accepted = [
            one.invoice_on_acceptance
            for one in templates.values()
            if isinstance(one, ProposalTemplate) and one.invoice_on_acceptance
        ]
        templates |= self._load_templates(accepted)
        book = Book(found, templates, firm.value, firm.value.settings.zone)
        self._books[pipeline] = (firm.version, book)
        return book

    def _load_templates(self, ids: Iterable[str]) -> dict[str, Template]:
        rows = self._store.load_many(self._tenant, [RowKey("template", id) for id in ids])
        return {key.id: stored.value for key, stored in rows.items()}

    def _state(self, job: str) -> State:
        """Return a job with all that a decision about it, or an explanation, needs."""
        found: Job = self._row("job", job).value
        account: Account = self._row("account", found.account).value
        return State(self._tenant, found, account, self._book(found.pipeline, self._firm()))

    # -- the command -----------------------------------------------------------------------------

    def _execute(
        self,
        targets: Sequence[tuple[str, Decide]],
        action: str,
        actor: str | Member | None,
        command_id: str | None = None,
        *,
        settles: tuple[Settle, ...] = (),
        cancels: tuple[str, ...] = (),
        rows: Rows | None = None,
    ) -> list[Job]:
        """Carry a command out on its jobs, in one commit, and return them as they then stand."""
        turn = self._turn
        who = self._enter(turn, action, actor, targets[0][0], command_id)
        try:
            jobs = self._repeat(turn, who, targets, command_id, settles, cancels, rows)
        finally:
            turn.deciding = False
        return self._after(turn, jobs)

    def _enter(
        self, turn: Turn, action: str, actor: str | Member | None, about: str, command_id: str | None
    ) -> str:
        """Begin to decide: alone in this thread, not too deep, and allowed to."""
        if turn.deciding:
            raise ReentrancyError(
                f"{action!r} was called while another command was being decided, from a Clock, Ids, "
                "Authorizer or Store; call the engine from ports and event handlers instead"
            )
        if turn.depth and turn.depth > self._firm().value.settings.deepest:
            raise LimitError(
                f"{action!r} stands {turn.depth} calls deep in ports and handlers that call the "
                "engine; something calls itself in a circle (Settings.deepest)"
            )
        if command_id is not None and (not isinstance(command_id, str) or not 0 < len(command_id) < 256):
            raise PipeflowError(f"command_id must be a text of 1 to 255 characters, not {shown(command_id)}")
        who = actor.id if isinstance(actor, Member) else actor or SYSTEM
        turn.deciding = True
        if self._authorizer is not None and who != SYSTEM:
            try:
                allowed = self._authorizer.can(who, action, about)
            except BaseException:
                turn.deciding = False
                raise
            if not allowed:
                turn.deciding = False
                raise NotAllowedError(f"{who!r} may not {action} {about!r}")
        return who

    def _repeat(
        self,
        turn: Turn,
        who: str,
        targets: Sequence[tuple[str, Decide]],
        command_id: str | None,
        settles: tuple[Settle, ...],
        cancels: tuple[str, ...],
        rows: Rows | None,
    ) -> list[Job]:
        """Decide and commit, anew as long as somebody else commits first."""

        def attempt() -> list[Job]:
            return self._attempt(turn, who, targets, command_id, settles, cancels, rows)

        return self._until_committed(attempt, command_id)

    def _until_committed(
        self, attempt: Callable[[], list[Job]], command_id: str | None
    ) -> list[Job]:
        for _ in range(TRIES):
            if command_id is not None:
                known = self._store.command_result(self._tenant, command_id)
                if known is not None:
                    return self._as_they_stand(known.value)
            try:
                return attempt()
            except ConflictError:
                continue
            except DuplicateCommandError as known_now:
                return self._as_they_stand(known_now.result)
        raise ConflictError(f"{TRIES} times somebody else committed first; try again later")

    def _as_they_stand(self, ids: object) -> list[Job]:
        return [self._row("job", id).value for id in ids] if isinstance(ids, tuple) else []

    def _attempt(
        self,
        turn: Turn,
        who: str,
        targets: Sequence[tuple[str, Decide]],
        command_id: str | None,
        settles: tuple[Settle, ...],
        cancels: tuple[str, ...],
        rows: Rows | None,
    ) -> list[Job]:
        now = self._now()
        tenant, load = self._tenant, self._store.load
        firm = self._firm()
        expect: dict[RowKey, int] = {FIRM: firm.version}
        accounts: dict[RowKey, Account] = {}
        puts: dict[RowKey, Any] = {}
        log: dict[RowKey, tuple[Event, ...]] = {}
        decisions: list[Decision] = []
        for id, decide in targets:
            key = RowKey("job", id)
            stored = load(tenant, key) or self._row("job", id)
            job: Job = stored.value
            account_key = RowKey("account", job.account)
            account = accounts.get(account_key)
            if account is None:
                found = load(tenant, account_key) or self._row("account", job.account)
                account, expect[account_key] = found.value, found.version
            expect[key] = stored.version
            state = State(tenant, job, account, self._book(job.pipeline, firm))
            decision = decide(state, now, who)
            decisions.append(decision)
            accounts[account_key] = account
            if decision.events:
                puts[key] = decision.job
                log[key] = decision.events
                if decision.account is not None:
                    accounts[account_key] = puts[account_key] = decision.account
                if decision.job.blocked is not job.blocked:
                    self._note_blocked(job.blocked, decision.job, expect, puts)
        if rows is not None:
            more, values = rows(decisions)
            expect.update(more)
            puts.update(values)
        lease = firm.value.settings.lease
        self._commit(
            turn, now, lease, decisions, expect, puts, log, command_id, settles, cancels
        )
        return [decision.job for decision in decisions]

    def _note_blocked(
        self,
        before: tuple[BlockedAutomation, ...],
        after: Job,
        expect: dict[RowKey, int],
        puts: dict[RowKey, Any],
    ) -> None:
        """Keep a row for each automation that could not run, so that `failures` finds them."""
        for one in dict.fromkeys((*before, *after.blocked)):
            key = RowKey("blocked", one.key)
            stored = self._store.load(self._tenant, key)
            expect[key] = stored.version if stored is not None else 0
            puts[key] = after.id if one in after.blocked else ""

    def _commit(
        self,
        turn: Turn,
        now: datetime,
        lease: timedelta,
        decisions: Sequence[Decision],
        expect: dict[RowKey, int],
        puts: dict[RowKey, Any],
        log: dict[RowKey, tuple[Event, ...]],
        command_id: str | None,
        settles: tuple[Settle, ...],
        cancels: tuple[str, ...],
    ) -> None:
        """Write what was decided in one commit, and note what is to be delivered and told."""
        if not (puts or settles or cancels or command_id is not None):
            return
        owner = until = None
        if self._delivers:
            owner = self._owner
            until = now + lease
        dues: list[Due] = []
        held: list[Claim] = []
        depth = turn.depth
        for decision in decisions:
            job = decision.job.id
            for request in decision.requests:
                due = Due(request.key, now, len(dues), request, job, depth, owner, until)
                dues.append(due)
                held.append(Claim(self._tenant, due, 1, 1))
            for timer in decision.timers:
                dues.append(Due(timer.key, timer.at, len(dues), timer.action, job, depth))
            if decision.cancels:
                cancels += decision.cancels
        self._store.commit(
            Changes(
                self._tenant,
                expect,
                puts,
                tuple(dues),
                cancels,
                settles,
                log,
                (),
                command_id,
                tuple(decision.job.id for decision in decisions) if command_id else None,
            )
        )
        if owner is not None:
            turn.claims.extend(held)
        if self._handlers:
            turn.events.extend((event, depth) for events in log.values() for event in events)
        if self._waker is not None:
            self._wake([due.at for due in dues if due.owner is None])

    def _wake(self, instants: list[datetime]) -> None:
        if self._waker is not None and instants:
            try:
                self._waker.wake(self._tenant, min(instants))
            except Exception:
                logger.exception("the waker failed; what is due waits for the next tick")

    # -- afterwards ------------------------------------------------------------------------------

    def _after(self, turn: Turn, jobs: list[Job]) -> list[Job]:
        """Deliver and tell what the command left to do, unless an outer call of this thread does."""
        if turn.active or not (turn.claims or turn.events):
            return jobs
        self._work_off(turn)
        load, tenant = self._store.load, self._tenant
        fresh = [load(tenant, RowKey("job", job.id)) for job in jobs]
        return [one.value if one is not None else job for one, job in zip(fresh, jobs, strict=True)]

    def _work_off(self, turn: Turn) -> None:
        """Deliver first, then tell; whatever that brings about comes behind it."""
        turn.active = True
        try:
            while turn.claims or turn.events:
                while turn.claims:
                    self._deliver(turn, turn.claims.popleft())
                if turn.events:
                    event, depth = turn.events.popleft()
                    turn.depth = depth + 1
                    self._tell(event)
        finally:
            turn.active, turn.depth = False, 0
            turn.claims.clear()
            turn.events.clear()

    def _tell(self, event: Event) -> None:
        for kind, handler in self._handlers:
            if isinstance(event, kind):
                try:
                    handler(event)
                except Exception:
                    logger.exception("a handler of %s failed", type(event).__name__)

    def _deliver(self, turn: Turn, claim: Claim) -> None:
        """Ask a port; `Delivery` says how."""
        raise NotImplementedError  # pragma: no cover - Delivery does
