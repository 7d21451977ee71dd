"""Delivery: the look before a port is called, and what its answer becomes; it calls none itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from inspect import iscoroutine
from typing import TypeAlias

from .. import rules
from ..errors import LeaseLostError, LimitError, MovedOnError, PipeflowError, shown
from ..model.money import Money
from ..model.record import replaced
from ..model.text import id_problems
from ..ports.cancellations import Cancellation
from ..ports.due import UNANSWERED, UNANSWERED_LAST, Claim, Parked
from ..ports.ports import Receipt, Rejected
from ..ports.requests import Request
from ..ports.rows import RowKey, Stored
from . import commands
from .host import Host
from .journey import Journey
from .log import log
from .records import Records
from .turn import DEPTH, Turn
from .unit import ApartError, Unit

__all__ = ["Answer", "Delivery", "checked_receipt", "error_text", "no_receipt"]

LONGEST_ERROR = 200
SHORT = 100  # characters of a reference with which nothing can be wrong but what it holds

# What came of asking a port: what it returned (whatever that is), or the exception it raised.
Answer: TypeAlias = object


class Delivery:
    """Takes claims to the door of a port and brings answers back.

    A loop in this thread, an async host and a branch call the same three: `keep_late` and `begin`,
    then the port itself, then `end`.
    """

    def __init__(self, host: Host, records: Records, journey: Journey) -> None:
        """Take what answers are kept with."""
        self._host = host
        self._records = records
        self._journey = journey

    def attend(self, turn: Turn, first: Claim) -> None:
        """Get ready for a sending, whose receipts are kept with others only if they are alike."""
        if turn.unkept and (
            turn.keeper is not self or turn.unkept[0][0].due.depth != first.due.depth
        ):
            turn.settle()
        turn.keeper = self

    def begin(self, turn: Turn, claim: Claim, lease: timedelta | None = None) -> Request | None:
        """Look once more whether a request is wanted, and count the call that is about to be made.

        Args:
            turn: The turn of this thread.
            claim: The request as it was handed out.
            lease: How long the call may take; as long as it was handed out for unless said.

        Returns:
            The request, or None where there is nothing to ask any more.
        """
        due = claim.due
        request = due.action
        if claim.attempt > 1 and claim.attempt > self._records.settings().attempts:
            self._give_up(turn, claim)
            return None
        host = self._host
        lease = lease or due.lease or self.lease()
        held = host.store.renew(host.tenant, due.key, claim.token, lease)
        if held and isinstance(request, Request):
            return request
        self._drop(turn, claim)
        return None

    def _give_up(self, turn: Turn, claim: Claim) -> None:
        """Park a request that was asked for often enough, with what came of its last call.

        Whoever made that never came back to say how it went, or fewer attempts are allowed since.
        One that was withdrawn is over.
        """
        found = self._host.store.due(self._host.tenant, claim.due.key)
        if isinstance(found, Parked) and found.withdrawn:
            self._kept(turn, claim, commands.Drop(claim))
            return
        told = found.error if isinstance(found, Parked) else ""
        error = UNANSWERED_LAST if told in {"", UNANSWERED} else told
        last = replaced(claim, attempt=claim.attempt - 1)
        self._keep_failure(turn, last, error, final=True)

    def _drop(self, turn: Turn, claim: Claim) -> None:
        """Let a withdrawn request be over; what somebody else took over is left to them."""
        found = self._host.store.due(self._host.tenant, claim.due.key)
        if getattr(found, "withdrawn", False):
            self._kept(turn, claim, commands.Drop(claim))
        else:
            self._lose(turn, claim)

    def _lose(self, turn: Turn, claim: Claim) -> None:
        """Note that a claim is another worker's now, or was called off."""
        turn.lost.add((self._host, claim.due.key, claim.token))

    def has_lost(self, turn: Turn, claim: Claim) -> bool:
        """Tell whether in this pass a claim was found to be another worker's, or called off."""
        return (self._host, claim.due.key, claim.token) in turn.lost

    def lease(self) -> timedelta:
        """Return how long a request is held by whoever delivers it."""
        return self._records.settings().lease

    def end(self, turn: Turn, claim: Claim, answer: Answer) -> None:
        """Keep what a port answered, or that it failed.

        What a port raises is its own affair and harms nobody else (A-26). Where an answer cannot
        be kept, the lease runs out and the request comes again, under its own key.
        """
        kept = no_receipt()
        if answer is not None:
            found = answer if isinstance(answer, BaseException) else checked_receipt(answer)
            if not isinstance(found, Receipt):
                self.keep(turn)
                self._keep_failure(turn, claim, found, final=isinstance(found, str | Rejected))
                return
            kept = found
        followed = _is_followed(claim, kept)
        if followed:  # which no store keeps with others
            self.keep(turn)
        if not turn.unkept:
            turn.since = turn.asked
        turn.unkept.append((claim, kept))
        if followed or claim.due.action.__class__ not in self._host.patient:
            self.keep(turn)

    def keep_late(self, turn: Turn, claim: Claim) -> None:
        """Keep receipts that must not wait for the answer to this request, if any must not.

        Their own calls count too: where less than half of the oldest lease is left, a port that
        takes half a lease would let it end.
        """
        host = self._host
        if not turn.unkept and claim.due.action.__class__ not in host.patient:
            return
        if host.plays:  # which takes no time, wherever a clock is set meanwhile
            return
        now = host.clock_time()
        if turn.unkept and self._is_late(turn, now):
            self.keep(turn)
        turn.asked = now

    def _is_late(self, turn: Turn, now: datetime) -> bool:
        """Tell whether more than half of the lease of the oldest receipt has gone by."""
        lease = turn.unkept[0][0].due.lease or self.lease()
        return (now - (turn.since or now)) * 2 > lease

    def keep(self, turn: Turn) -> None:
        """Keep the receipts of this pass, in one commit; alone, where one of them came too late."""
        if not turn.unkept:
            return
        answers = tuple(turn.unkept)
        turn.unkept.clear()
        turn.since = None
        known, alone = self._known(turn, answers), len(answers) == 1
        if not self._kept(turn, answers[0][0], commands.KeepReceipts(answers), known, alone=alone):
            for answer in answers:
                self._kept(turn, answer[0], commands.KeepReceipts((answer,)))

    def _kept(
        self,
        turn: Turn,
        claim: Claim,
        command: commands.Command,
        known: dict[RowKey, Stored] | None = None,
        *,
        alone: bool = True,
    ) -> bool:
        """Carry out what keeps an answer, as deep as what was asked; False: several together could
        not be kept.
        """
        depth = claim.due.depth
        token = None if DEPTH.get() == depth else DEPTH.set(depth)
        try:
            self._journey.carry_out(turn, command, None, None, known)
        except LimitError as error:
            if not alone or isinstance(command, commands.KeepFailure):
                return False
            self._keep_failure(turn, claim, error, final=False)
        except ApartError:
            return False
        except LeaseLostError:
            if not alone:
                return False
            self._lose(turn, claim)
            log().warning("%s was taken over by another worker", claim.due.key)
        except MovedOnError:
            raise
        except PipeflowError:
            log().exception("the answer to %s could not be kept yet", claim.due.key)
        finally:
            if token is not None:
                DEPTH.reset(token)
        return True

    def _known(
        self, turn: Turn, answers: tuple[tuple[Claim, Receipt], ...]
    ) -> dict[RowKey, Stored] | None:
        """Return the rows of this thread's last commit, of whose requests these may be receipts.

        Where something follows from a receipt, which then is the last of its pass, all is read
        anew.
        """
        last = turn.last
        if last is None or last.host is not self._host or _is_followed(*answers[-1]):
            return None
        if self._host.plays and not {claim.due.job for claim, _ in answers} <= {*last.jobs}:
            return None
        return last.left()

    def _keep_failure(
        self, turn: Turn, claim: Claim, error: BaseException | str, *, final: bool
    ) -> None:
        key = claim.due.key
        log().info("%s failed, attempt %d", key, claim.attempt)
        self._kept(turn, claim, commands.KeepFailure(claim, error_text(error), final))

    # -- for hosts that deliver by themselves ----------------------------------------------------

    def keep_receipt(self, turn: Turn, claim: Claim, receipt: Receipt) -> Unit:
        """Keep one receipt that a host brought; whatever fails is the host's to see."""
        return self._journey.carry_out(turn, commands.KeepReceipts(((claim, receipt),)))

    def keep_failure(self, turn: Turn, claim: Claim, error: BaseException | str) -> Unit:
        """Keep a failure that a host brought; whatever fails is the host's to see."""
        final = isinstance(error, Rejected)
        return self._journey.carry_out(turn, commands.KeepFailure(claim, error_text(error), final))


def _is_followed(claim: Claim, receipt: Receipt) -> bool:
    """Tell whether anything follows from a receipt, such as the completion of its item."""
    action = claim.due.action
    if receipt.completed or isinstance(action, Cancellation):
        return True
    return (
        receipt.total is not None
        and isinstance(action, Request)
        and rules.own_total(action, receipt) is not None
    )


def error_text(error: BaseException | str) -> str:
    """Tell an error in one short line, as it is kept and shown."""
    if isinstance(error, str):
        text = error
    else:
        try:
            told = str(error)
        except Exception:  # noqa: BLE001  (what cannot be told is no reason to fail in its turn)
            told = "it cannot be told as text"
        text = f"{type(error).__name__}: {told}" if told else type(error).__name__
    plain = text.encode("utf-8", "replace").decode()
    return rules.single_line(plain)[:LONGEST_ERROR]


@cache
def no_receipt() -> Receipt:
    """Return what is kept where a port answered nothing; made on first use."""
    return Receipt()


def checked_receipt(answer: object) -> Receipt | str:
    """Return what a port answered, or what is wrong with it."""
    if not isinstance(answer, Receipt):
        if iscoroutine(answer):
            answer.close()
            return (
                "the port is async, and nobody awaits it here; use pipeflow.aio.AsyncEngine, or "
                "hand the request to your event loop from a plain method"
            )
        return f"the port answered {shown(answer)}; it must return a Receipt, or None"
    if not isinstance(answer.completed, bool):
        return f"the receipt's completed is {shown(answer.completed)}, neither True nor False"
    total: object = answer.total
    if total is not None and not isinstance(total, Money):
        return f"the receipt's total is {shown(total)}; it must be Money, or None"
    if isinstance(total, Money) and total != max(total, Money(0, total.currency)).rounded():
        return f"the receipt's total is {total!r}, and no bill comes to that"
    ref: object = answer.ref
    if ref is None or (isinstance(ref, str) and 0 < len(ref) <= SHORT and ref.isprintable()):
        return answer
    problems = id_problems(ref, "the receipt's ref")
    return next((str(problem) for problem in problems), answer)
