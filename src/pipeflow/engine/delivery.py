"""Delivering: a claimed request to its port, and what the port answers back into the job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .. import rules
from ..errors import ConflictError, LeaseLostError, StoreError
from ..model.events import Event, RequestDelivered, RequestFailed, RequestGivenUp
from ..model.items import Ref
from ..ports.ports import Receipt, Rejected
from ..ports.requests import Email, EmailKind, Request
from ..ports.store import Changes, Claim, DueState, RefRow, ReminderTimer, RowKey, Settle
from ..rules import SYSTEM, Decision
from .core import TRIES, Core, logger
from .turn import Turn

__all__ = ["Delivery", "error_text", "ref_key"]

LONGEST_ERROR = 200


def ref_key(ref: Ref) -> RowKey:
    """Return the key of the row that says which items a host's reference names."""
    return RowKey("ref", f"{ref.port}:{ref.id}")


def error_text(error: BaseException | str) -> str:
    """Tell an error in one short line, as it is kept and shown."""
    text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    plain = text.encode("utf-8", "replace").decode()
    return rules.single_line(plain)[:LONGEST_ERROR]


class Delivery(Core):
    """Hands requests to ports, outside of every lock and transaction."""

    def _deliver(self, turn: Turn, claim: Claim) -> None:
        """Ask the port; keep its answer, or its failure. A port never harms anybody else (A-26)."""
        action = claim.due.action
        if isinstance(action, ReminderTimer):
            self._remind(claim, action)
            return
        turn.depth = claim.due.depth + 1
        try:
            call = self._calls.get(type(action))
            if call is None:
                raise Rejected(f"this engine has no port {action.port!r}")  # noqa: TRY301
            receipt = call(action)
        except Rejected as error:
            self._keep(self._fail, turn, claim, error, final=True)
        except Exception as error:  # noqa: BLE001  (whatever a port raises means: not now)
            self._keep(self._fail, turn, claim, error, final=False)
        else:
            self._keep(self._receive, turn, claim, receipt)
        finally:
            turn.depth = 0

    def _keep(self, write: Any, turn: Turn, claim: Claim, *args: object, **more: object) -> None:
        """Commit what became of a request; where that fails, its lease runs out and it comes again."""
        try:
            write(turn, claim, *args, **more)
        except LeaseLostError:
            logger.warning("%s was taken over by another worker", claim.due.key)
        except (StoreError, ConflictError):
            logger.exception("%s was delivered, and its receipt is not kept yet", claim.due.key)

    def _remind(self, claim: Claim, timer: ReminderTimer) -> None:
        """Send the reminder whose time has come; its timer is settled in the same commit."""
        key = claim.due.key
        done = Settle(key, claim.token, DueState.DONE)
        self._execute(
            [(timer.job, lambda state, now, who: rules.remind(state, timer, key, now, who))],
            "remind",
            SYSTEM,
            settles=(done,),
        )

    # -- the answer ------------------------------------------------------------------------------

    def _receive(self, turn: Turn, claim: Claim, receipt: Receipt | None) -> None:
        request = claim.due.action
        assert isinstance(request, Request)  # noqa: S101  (timers went their own way)
        done = Settle(claim.due.key, claim.token, DueState.DONE)
        if not isinstance(receipt, Receipt):
            if receipt is not None:
                logger.warning("the port %r answered %r, no Receipt", request.port, type(receipt))
            receipt = Receipt()
        if receipt.completed and request.item is not None:
            self._complete(request, receipt, done)
        elif receipt.ref is not None:
            self._reference(turn, request, receipt.ref, done)
        else:
            event = RequestDelivered(
                self._now(), claim.due.job, SYSTEM, request.key, request.port
            )
            self._log(turn, claim.due.job, event, done)

    def _log(self, turn: Turn, job: str, event: Event, settle: Settle) -> None:
        """Settle a row and write an event, without touching the job."""
        self._store.commit(
            Changes(self._tenant, {}, settles=(settle,), log={RowKey("job", job): (event,)})
        )
        if self._handlers:
            turn.events.append((event, turn.depth))

    def _reference(self, turn: Turn, request: Request, ref: str, done: Settle) -> None:
        """Keep the host's reference, so that facts told by it find the item."""
        tenant, load = self._tenant, self._store.load
        job_key = RowKey("job", request.job or "")
        row_key = RowKey("ref", f"{request.port}:{ref}")
        for _ in range(TRIES):
            stored = load(tenant, job_key)
            if stored is None:
                raise StoreError(f"job {request.job!r} is gone")
            known = load(tenant, row_key)
            job, event = rules.referenced(stored.value, request, ref, self._now(), SYSTEM)
            row = self._named(known.value if known is not None else None, request)
            try:
                self._store.commit(
                    Changes(
                        tenant,
                        {job_key: stored.version, row_key: known.version if known is not None else 0},
                        {job_key: job, row_key: row},
                        settles=(done,),
                        log={job_key: (event,)},
                    )
                )
            except ConflictError:
                continue
            if self._handlers:
                turn.events.append((event, turn.depth))
            return
        raise ConflictError(f"{TRIES} times somebody else committed first")

    def _named(self, known: RefRow | None, request: Request) -> RefRow:
        """Add the request's item to those that its reference names; reminders name only the job."""
        reminder = isinstance(request, Email) and request.kind is EmailKind.REMINDER
        pair = (request.job or "", "" if reminder or request.item is None else request.item)
        if known is None:
            return RefRow((pair,))
        return known if pair in known.items else RefRow((*known.items, pair))

    def _complete(self, request: Request, receipt: Receipt, done: Settle) -> None:
        """Complete an item that is done at birth, which may move the job on."""

        def decide(state: rules.State, now: datetime, who: str) -> Decision:
            return rules.delivered(state, request, receipt, now, who)

        def rows(_: object) -> tuple[dict[RowKey, int], dict[RowKey, RefRow]]:
            if receipt.ref is None:
                return {}, {}
            key = ref_key(Ref(request.port, receipt.ref))
            known = self._store.load(self._tenant, key)
            row = self._named(known.value if known is not None else None, request)
            return {key: known.version if known is not None else 0}, {key: row}

        self._execute(
            [(request.job or "", decide)], "deliver", SYSTEM, settles=(done,), rows=rows
        )

    # -- the failure -----------------------------------------------------------------------------

    def _fail(self, turn: Turn, claim: Claim, error: BaseException | str, *, final: bool) -> None:
        """Keep the request for its retry, or park it until a person decides."""
        request = claim.due.action
        assert isinstance(request, Request)  # noqa: S101  (timers went their own way)
        now, attempt, key = self._now(), claim.attempt, claim.due.key
        at = None
        if not final:
            at = rules.next_attempt(self._firm().value.settings, key, attempt, now)
        text = error_text(error)
        event: Event
        if at is None:
            event = RequestGivenUp(now, claim.due.job, SYSTEM, key, request.port, text, attempt)
            settle = Settle(key, claim.token, DueState.DEAD, now, text)
        else:
            event = RequestFailed(now, claim.due.job, SYSTEM, key, request.port, text, attempt, at)
            settle = Settle(key, claim.token, DueState.WAIT, at, text)
        logger.info("port %r failed on %s: %s", request.port, key, type(error).__name__)
        self._log(turn, claim.due.job, event, settle)
        if at is not None:
            self._wake([at])
