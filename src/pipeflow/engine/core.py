"""The journey of a command: load, decide, commit, and then deliver and tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ..errors import (
    ConflictError,
    DuplicateCommandError,
    LimitError,
    NotAllowedError,
    PipeflowError,
    StoreError,
)
from ..model.accounts import Account, Member
from ..model.events import Event, RequestWithdrawn
from ..model.jobs import BlockedAutomation, Job
from ..model.swift import swift
from ..ports.store import Changes, Claim, Due, DueState, RowKey, Settle, Stored
from ..rules import SYSTEM, Decision, State
from .handles import check_command_id, who_acts
from .log import log
from .lookup import Lookup
from .turn import Turn
from .write import FIRM, NO_FIRM, Find, Rows, Target, Write, row_key

__all__ = ["TRIES", "Core", "used_before"]

TRIES = 50  # how often a command is decided anew when somebody else commits first

_state, _due, _claim, _changes = swift(State), swift(Due), swift(Claim), swift(Changes)
_key = tuple.__new__


class Core(Lookup):
    """The journey itself."""

    def _execute(
        self,
        targets: Sequence[Target],
        action: str,
        actor: str | Member | None,
        command_id: str | None = None,
        *,
        settles: tuple[Settle, ...] = (),
        cancels: tuple[str, ...] = (),
        rows: Rows | None = None,
        find: Find | None = None,
        said: str = "",
    ) -> list[Job]:
        """Carry a command out on its jobs, in one commit, and return them as they then stand."""
        turn = self._turns.mine
        who = self._enter(turn, action, actor, targets[0][0], command_id)
        try:
            write = Write(targets, command_id, settles, cancels, rows)
            write.find = find
            if command_id is not None:
                write.said = (action, targets[0][2] or targets[0][0], said)
            jobs = self._until_committed(self._attempt, turn, who, write)
        finally:
            turn.deciding = False
        if turn.active or not (turn.claims or turn.events):
            return jobs
        return self._afterwards(turn, jobs)

    def _enter(
        self,
        turn: Turn,
        action: str,
        actor: str | Member | None,
        about: str,
        command_id: str | None = None,
    ) -> str:
        """Begin to decide: alone in this thread, not too deep, and allowed to."""
        turn.begin(action)
        if turn.depth and turn.depth > self._firm().value.settings.deepest:
            raise LimitError(
                f"{action!r} stands {turn.depth} calls deep in ports and handlers that call the "
                "engine; something calls itself in a circle (Settings.deepest)"
            )
        if command_id is not None:
            check_command_id(command_id)
        who = SYSTEM if actor is None else who_acts(actor)
        turn.deciding = True
        if self._authorizer is not None and who != SYSTEM:
            allowed = False
            try:
                allowed = self._authorizer.can(who, action, about) is True
            finally:
                turn.deciding = allowed
            if not allowed:
                raise NotAllowedError(f"{who!r} may not {action} {about!r}")
        return who

    def _allowed(self, action: str, actor: str | Member | None, about: str) -> str:
        """Refuse what somebody may not do, before anything of several things is done."""
        turn = self._turns.mine
        who = self._enter(turn, action, actor, about)
        turn.deciding = False
        return who

    def _until_committed(
        self, attempt: Callable[[Turn, str, Write], list[Job]], turn: Turn, who: str, write: Write
    ) -> list[Job]:
        """Decide and commit, anew as long as somebody else commits first."""
        command_id = write.command_id
        for _ in range(TRIES):
            if command_id is not None:
                before = self._done_before(command_id, write.said)
                if before is not None:
                    return before
            try:
                return attempt(turn, who, write)
            except ConflictError:
                continue
            except DuplicateCommandError:
                continue  # it was carried out just now; the next look finds what it answered
        raise ConflictError(f"{TRIES} times somebody else committed first; try again later")

    def _done_before(self, command_id: str, said: tuple[str, ...]) -> list[Job] | None:
        """Return the jobs of the same command as they now stand, if it was carried out before.

        Raises:
            ConflictError: The id was given to another command before.
        """
        stored = self._store.command_result(self._tenant, command_id)
        if stored is None:
            return None
        known = stored.value
        match known:
            case (before, ids) if before == said and isinstance(ids, tuple):
                return [self._row("job", id).value for id in ids]
            case _:
                raise used_before(command_id, known)

    def _attempt(self, turn: Turn, who: str, write: Write) -> list[Job]:
        """Decide about each job in turn, an account as the one before left it, and commit."""
        tenant, load = self._tenant, self._store.load
        firm = load(tenant, FIRM) or NO_FIRM
        now = self._now()
        write.begin(firm[0])
        expect, puts, log, decisions = write.expect, write.puts, write.log, write.decisions
        accounts: dict[RowKey, Account] = {}  # each is read once, and goes on as it was left
        targets = [*write.targets]
        if write.find is not None:
            targets = [*write.find(expect)]
        for id, decide, item in targets:
            key = _key(RowKey, ("job", id))
            job: Job
            if key in puts:
                job = puts[key]
            else:
                expect[key], job = load(tenant, key) or self._row("job", id)
            account_key = _key(RowKey, ("account", job.account))
            account = accounts.get(account_key)
            if account is None:
                found = load(tenant, account_key) or self._row("account", job.account)
                expect[account_key], account = found
            if item and len(targets) == 1 and write.find is None:
                targets += [(other, decide, peer) for other, peer in self._peers(job, item, expect)]
            state = _state(tenant, job, account, self._book(job.pipeline, firm))
            decision = decide(state, item, now, who)
            decisions.append(decision)
            if decision.events:
                puts[key] = decision.job
                log[key] = (*log[key], *decision.events) if key in log else decision.events
                if decision.account is not None:
                    account = puts[account_key] = decision.account
                if decision.job.blocked is not job.blocked:
                    self._note_blocked(job.blocked, decision.job, write)
            accounts[account_key] = account
        if write.rows is not None:
            more, values = write.rows(decisions)
            for key, version in more.items():
                if expect.setdefault(key, version) != version:
                    raise ConflictError(f"{key.kind} {key.id!r} was saved while it was read twice")
            puts.update(values)
        if puts or write.settles or write.cancels or write.command_id is not None:
            self._commit(turn, now, write, firm)
        if len(decisions) == 1:
            return [decisions[0].job]
        return [puts.get(row_key("job", one.job.id), one.job) for one in decisions]

    def _peers(self, job: Job, item: str, expect: dict[RowKey, int]) -> Sequence[tuple[str, str]]:
        """Return the same thing as other jobs have it linked: pairs of job and item id (A-8)."""
        for one in job.items:
            if one.id == item:
                if one.ref is not None:
                    key = _key(RowKey, ("ref", f"{one.ref.port}:{one.ref.id}"))
                    row = self._store.load(self._tenant, key)
                    if row is not None:
                        expect[key] = row[0]  # else a job that is linked meanwhile would be missed
                        if len(row[1].items) > 1:
                            return [pair for pair in row[1].items if pair[1] and pair[1] != item]
                break
        return ()

    def _note_blocked(
        self, before: tuple[BlockedAutomation, ...], after: Job, write: Write
    ) -> None:
        """Keep a row for each automation that could not run, so that `failures` finds them."""
        for one in dict.fromkeys((*before, *after.blocked)):
            key = RowKey("blocked", one.key)
            stored = self._store.load(self._tenant, key)
            write.expect[key] = stored.version if stored is not None else 0
            write.puts[key] = after.id if one in after.blocked else ""

    def _commit(self, turn: Turn, now: datetime, write: Write, firm: Stored) -> None:
        """Write what was decided in one commit, and note what is to be delivered and told."""
        tenant, depth, decisions = self._tenant, turn.depth, write.decisions
        owner = until = None
        if self._delivers:
            owner, until = self._owner, now + firm[1].settings.lease
        dues: list[Due] = []
        cancels = write.cancels
        withdraws: tuple[str, ...] = ()
        for decision in decisions:
            job = decision.job.id
            for request in decision.requests:
                dues.append(_due(request.key, now, len(dues), request, job, depth, owner, until))
            for timer in decision.timers:
                dues.append(_due(timer.key, timer.at, len(dues), timer.action, job, depth))
            if decision.cancels:
                cancels += decision.cancels
            if decision.withdraws:
                withdraws += self._withdrawn(decision, now, write)
        known = write.command_id
        self._store.commit(
            _changes(
                tenant,
                write.expect,
                write.puts,
                tuple(dues),
                cancels,
                write.settles,
                write.log,
                (),
                known,
                None if known is None else (write.said, tuple(d.job.id for d in decisions)),
                withdraws,
                now,
            )
        )
        for due in dues:
            if due.until is not None:
                turn.claims.append(_claim(tenant, due, 1, 1, due.until))
        if self._handlers:
            turn.events.extend((event, depth) for log in write.log.values() for event in log)
        if self._waker is not None:
            self._wake([due.at for due in dues if due.owner is None])

    def _withdrawn(self, decision: Decision, now: datetime, write: Write) -> tuple[str, ...]:
        """Take back requests that nobody needs any more, and say so.

        One that a port has in its hands just now is left to it.
        """
        job = decision.job.id
        keys: list[str] = []
        for key in decision.withdraws:
            row = self._store.due(self._tenant, key)
            if row is None or row.state is DueState.LEASED:
                continue
            keys.append(key)
            event = RequestWithdrawn(now, job, SYSTEM, key)
            write.log[row_key("job", job)] = (*write.log[row_key("job", job)], event)
        return tuple(keys)

    def _wake(self, instants: list[datetime]) -> None:
        """Say when something will be due; a waker that fails harms nothing."""
        if self._waker is not None and instants:
            try:
                self._waker.wake(self._tenant, min(instants))
            except Exception:  # noqa: BLE001  (whatever it raises is its own affair)
                log().exception("the waker failed; what is due waits for the next tick")

    # -- afterwards ------------------------------------------------------------------------------

    def _afterwards(self, turn: Turn, jobs: list[Job]) -> list[Job]:
        """Deliver and tell what the command left to do; return the jobs as they then stand."""
        self._work_off(turn)
        load, tenant = self._store.load, self._tenant
        for place, job in enumerate(jobs):
            stored = load(tenant, _key(RowKey, ("job", job.id)))
            if stored is not None:
                jobs[place] = stored[1]
        return jobs

    def _work_off(self, turn: Turn) -> None:
        """Deliver first, then tell; whatever that brings about comes behind it.

        Inside a port or a handler it does nothing: the outermost call of the thread goes on.
        """
        if turn.active:
            return
        turn.active = True
        claims, events = turn.claims, turn.events
        try:
            while claims or events:
                if claims:
                    self._deliver(turn, claims.popleft())
                else:
                    event, depth = events.popleft()
                    turn.depth = depth + 1
                    self._tell(event)
        finally:
            turn.active, turn.depth = False, 0
            claims.clear()
            events.clear()

    def _tell(self, event: Event) -> None:
        """Call the handlers of an event; one that fails is logged and harms nobody."""
        for kind, handler in self._handlers:
            if isinstance(event, kind):
                try:
                    handler(event)
                except Exception:  # noqa: BLE001  (whatever it raises is its own affair)
                    log().exception("a handler of %s failed", type(event).__name__)

    def _deliver(self, turn: Turn, claim: Claim) -> None:
        """Take a claim to its port; `Delivery` says how."""
        raise NotImplementedError  # pragma: no cover - Delivery does


def used_before(command_id: str, known: object) -> PipeflowError:
    """Return the error of a command id that was given to another command."""
    match known:
        case ((action, about, *_), _):
            return ConflictError(
                f"command id {command_id!r} was used before, for {action!r} on {about!r}; give "
                "each command an id of its own"
            )
        case _:
            return StoreError(f"the store holds no readable result of command {command_id!r}")
