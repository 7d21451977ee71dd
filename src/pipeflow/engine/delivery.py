"""Delivering: claimed requests to their ports, and what the ports answer back into the jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from .. import rules
from ..errors import ConflictError, LeaseLostError, StoreError
from ..model.events import Event, RequestDelivered, RequestFailed, RequestGivenUp
from ..model.items import Ref
from ..model.jobs import Job
from ..model.swift import swift
from ..ports.ports import Receipt, Rejected
from ..ports.requests import Request
from ..ports.store import Changes, Claim, DueState, RefRow, ReminderTimer, RowKey, Settle
from ..rules import SYSTEM, Decision
from .core import TRIES, Core, logger, row_key
from .turn import Turn

__all__ = ["Answer", "Delivery", "ref_key"]

LONGEST_ERROR = 200
SLOW = timedelta(seconds=1)  # answers are committed together unless they took longer than this

_settle, _changes, _delivered = swift(Settle), swift(Changes), swift(RequestDelivered)
DONE = DueState.DONE


def ref_key(ref: Ref) -> RowKey:
    """Return the key of the row that says which items a host's reference names."""
    return RowKey("ref", f"{ref.port}:{ref.id}")


def error_text(error: BaseException | str) -> str:
    """Tell an error in one short line, as it is kept and shown."""
    text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    plain = text.encode("utf-8", "replace").decode()
    return rules.single_line(plain)[:LONGEST_ERROR]


class Answer(NamedTuple):
    """What a port said to a request: a receipt, or an error that may be final."""

    claim: Claim
    request: Request
    receipt: Receipt
    error: BaseException | str | None = None
    final: bool = False


NOTHING = Receipt()


class Delivery(Core):
    """Hands requests to ports, outside of every lock and transaction."""

    def _deliver(self, turn: Turn) -> None:
        """Take the claims of this turn to their ports, one after another, and keep the answers.

        Quick answers are committed together; none waits longer than a moment for its commit, so
        that a crash repeats as little as can be, and that under its own key.
        """
        answers: list[Answer] = []
        begun = None
        while turn.claims:
            claim = turn.claims.popleft()
            action = claim.due.action
            if isinstance(action, ReminderTimer):
                self._remind(claim, action)
                continue
            answers.append(self._ask(turn, claim, action))
            if turn.claims:
                now = self._now()
                begun = begun or now
                if now - begun > SLOW:
                    self._keep(turn, answers)
                    answers, begun = [], None
        self._keep(turn, answers)

    def _ask(self, turn: Turn, claim: Claim, request: Request) -> Answer:
        """Ask the port. What it raises is its own affair and harms nobody else (A-26)."""
        call = self._calls.get(type(request))
        if call is None:
            error = f"this engine has no port {request.port!r}"
            return Answer(claim, request, NOTHING, error, final=True)
        turn.depth = claim.due.depth + 1
        try:
            receipt = call(request)
        except Rejected as error:
            return Answer(claim, request, NOTHING, error, final=True)
        except Exception as error:  # noqa: BLE001  (whatever a port raises means: not now)
            return Answer(claim, request, NOTHING, error)
        finally:
            turn.depth = 0
        return Answer(claim, request, self._receipt(request, receipt))

    def _receipt(self, request: Request, answer: object) -> Receipt:
        if isinstance(answer, Receipt):
            return answer
        if answer is not None:
            kind = type(answer).__name__
            logger.warning("port %r answered with %s, which is no Receipt", request.port, kind)
        return NOTHING

    def _remind(self, claim: Claim, timer: ReminderTimer) -> None:
        """Send the reminder whose time has come; its timer is settled in the same commit."""
        key = claim.due.key

        def decide(state: rules.State, now: datetime, who: str) -> Decision:
            return rules.remind(state, timer, key, now, who)

        done = Settle(key, claim.token, DONE)
        try:
            self._execute([(timer.job, decide)], "remind", SYSTEM, settles=(done,))
        except LeaseLostError:
            logger.warning("%s was taken over by another worker", key)

    # -- keeping the answers ---------------------------------------------------------------------

    def _keep(self, turn: Turn, answers: Sequence[Answer]) -> None:
        """Commit answers; where that fails, the leases run out and the requests come again."""
        plain = [one for one in answers if not one.receipt.completed]
        try:
            if plain:
                self._keep_together(turn, plain)
        except LeaseLostError:
            for one in plain:
                self._keep_alone(turn, one)
        except (StoreError, ConflictError):
            logger.exception("%d answers of ports could not be kept yet", len(plain))
        for one in answers:
            if one.receipt.completed:
                self._keep_alone(turn, one)

    def _keep_alone(self, turn: Turn, answer: Answer) -> None:
        key = answer.claim.due.key
        try:
            if answer.receipt.completed:
                self._complete(answer)
            else:
                self._keep_together(turn, [answer])
        except LeaseLostError:
            logger.warning("%s was taken over by another worker", key)
        except (StoreError, ConflictError):
            logger.exception("the answer to %s could not be kept yet", key)

    def _keep_together(self, turn: Turn, answers: Sequence[Answer]) -> None:
        """Settle the rows, write the events, and give each item the host's reference."""
        for _ in range(TRIES):
            changes = self._changes_of(answers)
            try:
                self._store.commit(changes)
            except ConflictError:
                continue
            if self._handlers:
                told = [event for events in changes.log.values() for event in events]
                turn.events.extend((event, turn.depth) for event in told)
            return
        raise ConflictError(f"{TRIES} times somebody else committed first")

    def _changes_of(self, answers: Sequence[Answer]) -> Changes:
        now, tenant, load = self._now(), self._tenant, self._store.load
        expect: dict[RowKey, int] = {}
        puts: dict[RowKey, Job | RefRow] = {}
        log: dict[RowKey, tuple[Event, ...]] = {}
        settles: list[Settle] = []
        for answer in answers:
            claim, request, ref = answer.claim, answer.request, answer.receipt.ref
            key = row_key("job", claim.due.job)
            if answer.error is not None:
                settle, event = self._failed_event(answer, now)
                settles.append(settle)
                log[key] = (*log.get(key, ()), event)
                continue
            settles.append(_settle(request.key, claim.token, DONE))
            event = _delivered(now, claim.due.job, SYSTEM, request.key, request.port, ref)
            log[key] = (*log.get(key, ()), event)
            if ref is None:
                continue
            if request.item is not None:
                job = puts.get(key)
                if job is None:
                    expect[key], job = load(tenant, key) or self._row("job", claim.due.job)
                puts[key] = rules.referenced(job, request, ref)
            self._name(request, ref, expect, puts)
        return _changes(tenant, expect, puts, (), (), tuple(settles), log)

    def _name(self, request: Request, ref: str, expect: dict[RowKey, int], puts: dict[RowKey, Job | RefRow]) -> None:
        """Let the host's reference name the item that the request made, or the job of an e-mail."""
        key = row_key("ref", f"{request.port}:{ref}")
        pair = (request.job or "", rules.made_item(request))
        stored = self._store.load(self._tenant, key)
        known: RefRow | Job | None = puts.get(key)
        if known is None:
            expect[key], known = stored if stored is not None else (0, None)
        if not isinstance(known, RefRow):
            puts[key] = RefRow((pair,))
        elif pair not in known.items:
            puts[key] = RefRow((*known.items, pair))

    def _complete(self, answer: Answer) -> None:
        """Complete an item that is done at birth, which may move the job on."""
        request, receipt = answer.request, answer.receipt

        def decide(state: rules.State, now: datetime, who: str) -> Decision:
            return rules.delivered(state, request, receipt, now, who)

        def rows(_: object) -> tuple[dict[RowKey, int], dict[RowKey, Job | RefRow]]:
            expect: dict[RowKey, int] = {}
            puts: dict[RowKey, Job | RefRow] = {}
            if receipt.ref is not None:
                self._name(request, receipt.ref, expect, puts)
            return expect, puts

        done = Settle(request.key, answer.claim.token, DONE)
        target = answer.claim.due.job
        self._execute([(target, decide)], "deliver", SYSTEM, settles=(done,), rows=rows)

    def _failed_event(self, answer: Answer, now: datetime) -> tuple[Settle, Event]:
        """Keep the request for its retry, or park it until a person decides."""
        claim, request = answer.claim, answer.request
        key, job, attempt = request.key, claim.due.job, claim.attempt
        text = error_text(answer.error or "")
        logger.info("port %r failed on %s, attempt %d", request.port, key, attempt)
        at = None
        if not answer.final:
            at = rules.next_attempt(self._firm().value.settings, key, attempt, now)
        if at is None:
            given_up = RequestGivenUp(now, job, SYSTEM, key, request.port, text, attempt)
            return Settle(key, claim.token, DueState.DEAD, now, text), given_up
        self._wake([at])
        failed = RequestFailed(now, job, SYSTEM, key, request.port, text, attempt, at)
        return Settle(key, claim.token, DueState.WAIT, at, text), failed
