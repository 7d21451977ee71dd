"""Delivering: claimed requests to their ports, and what the ports answer back into the jobs."""

from __future__ import annotations

from datetime import datetime
from inspect import iscoroutine
from typing import Any

from .. import rules
from ..errors import ConflictError, LeaseLostError, LimitError, NotFoundError, StoreError, shown
from ..model.events import Event, RequestDelivered, RequestFailed, RequestGivenUp
from ..model.items import ItemKind, Ref
from ..model.swift import swift
from ..model.text import text_problems
from ..ports.ports import Receipt, Rejected
from ..ports.requests import Request
from ..ports.store import Changes, Claim, Due, DueState, RefRow, ReminderTimer, RowKey, Settle
from ..rules import SYSTEM, Decision, State
from .core import TRIES, Core
from .log import log
from .turn import Turn

__all__ = ["NOTHING", "Delivery", "checked_receipt", "port_of", "ref_key", "request_of"]

LONGEST_ERROR = 200
NOTHING = Receipt()
DONE = DueState.DONE

_settle, _changes, _delivered = swift(Settle), swift(Changes), swift(RequestDelivered)
_key = tuple.__new__


def ref_key(ref: Ref) -> RowKey:
    """Return the key of the row that says which items a host's reference names."""
    return RowKey("ref", f"{ref.port}:{ref.id}")


PORT_OF = {
    ItemKind.TASK: "tasks",
    ItemKind.INVOICE: "invoices",
    ItemKind.ORGANIZER: "organizers",
    ItemKind.PROPOSAL: "proposals",
    ItemKind.MESSAGE: "messages",
    ItemKind.CLIENT_REQUEST: "requests",
}  # what is not listed is a document


def port_of(kind: ItemKind) -> str:
    """Return the port under which things of a kind have their ids."""
    return PORT_OF.get(kind, "documents")


def error_text(error: BaseException | str) -> str:
    """Tell an error in one short line, as it is kept and shown."""
    if isinstance(error, str):
        text = error
    else:
        try:
            told = str(error)
        except Exception:  # noqa: BLE001  (what can not be told is no reason to fail in its turn)
            told = "it can not be told as text"
        text = f"{type(error).__name__}: {told}" if told else type(error).__name__
    plain = text.encode("utf-8", "replace").decode()
    return rules.single_line(plain)[:LONGEST_ERROR]


class Delivery(Core):
    """Hands requests to ports, outside of every lock and transaction."""

    def _deliver(self, turn: Turn, claim: Claim) -> None:
        """Ask a port, and commit its receipt before anything else leaves.

        What a port raises is its own affair and harms nobody else (A-26). Where an answer can not
        be kept, the lease runs out and the request comes again, under its own key.
        """
        due = claim.due
        request = due.action
        if isinstance(request, ReminderTimer):
            self._remind(claim, request)
            return
        if not self._still_held(claim):
            return
        if claim.attempt > 1 and claim.attempt > self._firm().value.settings.attempts:
            # It was handed out that often, and whoever took it never came back to say how it went.
            self._keep_failure(turn, claim, "its last attempt ended without an answer", final=True)
            return
        call = self._calls.get(type(request))
        if call is None:
            self._keep_failure(turn, claim, f"this engine has no port {request.port!r}", final=True)
            return
        before, turn.depth = turn.depth, due.depth + 1
        try:
            receipt = call(request)
        except Exception as error:  # noqa: BLE001  (whatever a port raises means: not now)
            turn.depth = due.depth
            self._keep_failure(turn, claim, error, final=isinstance(error, Rejected))
        else:
            turn.depth = due.depth
            self._keep_receipt(turn, claim, receipt)
        finally:
            turn.depth = before

    def _still_held(self, claim: Claim) -> bool:
        """Hold on to a claim whose lease ran out while the ports before it took their time."""
        now = self._now()
        if now < claim.until:
            return True
        lease = self._firm().value.settings.lease
        return self._store.renew(self._tenant, claim.due.key, claim.token, now + lease)

    def _remind(self, claim: Claim, timer: ReminderTimer) -> None:
        """Send the reminder whose time has come; its timer is settled in the same commit."""
        key = claim.due.key

        def decide(state: State, _: str, now: datetime, who: str) -> Decision:
            return rules.remind(
                state, timer, key, now, who, delivered=self._left(state, timer.item)
            )

        done = Settle(key, claim.token, DONE)
        try:
            self._execute([(timer.job, decide, "")], "remind", SYSTEM, settles=(done,))
        except LeaseLostError:
            log().warning("%s was taken over by another worker", key)

    def _left(self, state: State, item: str) -> bool:
        """Tell whether the request that creates an item has left: else nobody is reminded of it."""
        request = next((one.request for one in state.job.items if one.id == item), None)
        if request is None:
            return True
        return self._store.due_state(self._tenant, request) in {None, DONE, DueState.CANCELLED}

    # -- keeping what a port answered ------------------------------------------------------------

    def _keep_receipt(self, turn: Turn, claim: Claim, receipt: object) -> None:
        """Commit a receipt; a thing that is done at birth completes its item."""
        kept = NOTHING if receipt is None else checked_receipt(receipt)
        if not isinstance(kept, Receipt):
            self._keep_failure(turn, claim, kept, final=True)
            return
        try:
            if kept.completed:
                self._complete(claim, kept)
            else:
                self._keep(turn, claim, kept.ref)
        except LimitError as error:
            self._keep_failure(turn, claim, error, final=False)
        except LeaseLostError:
            log().warning("%s was taken over by another worker", claim.due.key)
        except (StoreError, ConflictError):
            log().exception("the receipt of %s could not be kept yet", claim.due.key)

    def _keep(self, turn: Turn, claim: Claim, ref: str | None) -> None:
        """Settle the row, write the event, and give the item the host's reference."""
        tenant, due = self._tenant, claim.due
        request = request_of(due)
        job_key = _key(RowKey, ("job", due.job))
        settles = (_settle(due.key, claim.token, DONE),)
        for _ in range(TRIES):
            expect: dict[RowKey, int] = {}
            puts: dict[RowKey, Any] = {}
            if ref is not None:
                if request.item is not None:
                    load = self._store.load
                    version, job = load(tenant, job_key) or self._row("job", due.job)
                    expect[job_key] = version
                    puts[job_key] = rules.referenced(job, request, ref)
                self._name_made(request, ref, expect, puts)
            event = _delivered(self._now(), due.job, SYSTEM, due.key, request.port, ref)
            logs = {job_key: (event,)}
            try:
                self._store.commit(_changes(tenant, expect, puts, (), (), settles, logs))
            except ConflictError:
                continue
            if self._handlers:
                turn.events.append((event, turn.depth))
            return
        raise ConflictError(f"{TRIES} times somebody else committed first")

    def _name_made(
        self, request: Request, ref: str, expect: dict[RowKey, int], puts: dict[RowKey, Any]
    ) -> None:
        """Let the host's reference name the item that the request made, or the job of an e-mail."""
        pair = (request.job or "", rules.made_item(request))
        self._name(pair, Ref(request.port, ref), expect, puts)

    def _name(
        self, pair: tuple[str, str], ref: Ref, expect: dict[RowKey, int], puts: dict[RowKey, Any]
    ) -> None:
        """Let a reference name one more job and item, unless it does already."""
        key = ref_key(ref)
        known = self._store.load(self._tenant, key)
        if known is None:
            expect[key] = 0
            puts[key] = RefRow((pair,))
        elif pair not in known.value.items:
            expect[key] = known.version
            puts[key] = RefRow((*known.value.items, pair))

    def _complete(self, claim: Claim, receipt: Receipt) -> None:
        """Complete an item that is done at birth, which may move the job on."""
        request = request_of(claim.due)

        def decide(state: State, _: str, now: datetime, who: str) -> Decision:
            return rules.delivered(state, request, receipt, now, who)

        def rows(_: object) -> tuple[dict[RowKey, int], dict[RowKey, Any]]:
            expect: dict[RowKey, int] = {}
            puts: dict[RowKey, Any] = {}
            if receipt.ref is not None:
                self._name_made(request, receipt.ref, expect, puts)
            return expect, puts

        done = Settle(request.key, claim.token, DONE)
        target = (claim.due.job, decide, "")
        self._execute([target], "deliver", SYSTEM, settles=(done,), rows=rows)

    def _keep_late(self, job: str, key: str, ref: str) -> None:
        """Keep the reference of a thing that came to be although its request was withdrawn.

        An async host may have asked for it just before; its webhooks find the item all the same.
        """
        items = self._row("job", job).value.items
        item = next((one for one in items if one.request == key), None)
        if item is None:
            return  # an e-mail makes none
        named = Ref(port_of(item.kind), ref)

        def decide(state: State, _: str, now: datetime, who: str) -> Decision:
            return rules.delivered_late(state, item.id, named, now, who)

        def rows(_: object) -> tuple[dict[RowKey, int], dict[RowKey, Any]]:
            expect: dict[RowKey, int] = {}
            puts: dict[RowKey, Any] = {}
            self._name((job, item.id), named, expect, puts)
            return expect, puts

        self._execute([(job, decide, "")], "deliver", SYSTEM, rows=rows)

    def _keep_failure(
        self, turn: Turn, claim: Claim, error: BaseException | str, *, final: bool
    ) -> None:
        """Keep the request for its retry, or park it until a person decides."""
        due = claim.due
        key, job, attempt, port = due.key, due.job, claim.attempt, request_of(due).port
        now, text = self._now(), error_text(error)
        log().info("port %r failed on %s, attempt %d", port, key, attempt)
        settings = self._firm().value.settings
        at = None if final else rules.next_attempt(settings, key, attempt, now)
        event: Event
        if at is None:
            event = RequestGivenUp(now, job, SYSTEM, key, port, text, attempt)
            settle = Settle(key, claim.token, DueState.DEAD, now, text)
        else:
            event = RequestFailed(now, job, SYSTEM, key, port, text, attempt, at)
            settle = Settle(key, claim.token, DueState.WAIT, at, text)
        logs = {RowKey("job", job): (event,)}
        try:
            self._store.commit(Changes(self._tenant, {}, settles=(settle,), log=logs))
        except LeaseLostError:
            log().warning("%s was taken over by another worker", key)
        except (StoreError, ConflictError):
            log().exception("the failure of %s could not be kept yet", key)
        else:
            if self._handlers:
                turn.events.append((event, turn.depth))
            if at is not None:
                self._wake([at])


def request_of(due: Due) -> Request:
    """Return the request of a due row.

    Raises:
        NotFoundError: It is a timer.
    """
    if isinstance(due.action, Request):
        return due.action
    raise NotFoundError(f"{due.key!r} is a reminder to come, and no request")


def checked_receipt(answer: object) -> Receipt | str:
    """Return what a port answered, or what is wrong with it."""
    if not isinstance(answer, Receipt):
        if iscoroutine(answer):
            answer.close()
            return (
                "the port is async, and nobody awaits it here; use Engine(deliver=False), or hand "
                "the request to your event loop from a plain method"
            )
        return f"the port answered {shown(answer)}; it must return a Receipt, or None"
    if not isinstance(answer.completed, bool):
        return f"the receipt's completed is {shown(answer.completed)}, neither True nor False"
    ref: object = answer.ref
    if ref is None or (isinstance(ref, str) and ref and ref.isprintable()):
        return answer
    problems = text_problems(ref, "the receipt's ref", empty=False)
    return next((str(problem) for problem in problems), answer)
