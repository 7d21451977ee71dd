"""The calls of workers, async hosts and whoever mends: `tick`, `pending`, `failures`, `retry`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar

import attrs

from ..errors import DefinitionError, NotFoundError, Problem, many, shown
from ..model.checks import period_problems
from ..model.events import Event
from ..model.instants import on_clock
from ..model.jobs import Job
from ..model.record import Brief, Plain, frozen
from ..ports.due import EARLY, UNANSWERED, Claim, DueState, Over, Parked
from ..ports.keys import account_of
from ..ports.ports import Receipt, Rejected
from ..ports.requests import Request
from . import commands
from .delivery import checked_receipt, no_receipt
from .desk import Desk
from .handles import callable_checked, text
from .records import row_key
from .rounds import Tick
from .sending import gate_of
from .turn import present_turn
from .who import Who

__all__ = ["Failure", "Operating"]

E = TypeVar("E", bound=Event)

AT_ONCE = 1000  # requests handed out in one go


@frozen
class Failure(Brief, Plain):
    """A request that was tried and not delivered, or an automation that could not run.

    `job` is "" where a request belongs to none: the folders of a new account. `request` is None for
    an automation; `retry_at` is None where only a person decides. It prints that time in `zone`,
    which is the firm's.
    """

    key: str
    job: str
    error: str
    attempts: int
    retry_at: datetime | None = None
    request: Request | None = None
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    @property
    def given_up(self) -> bool:
        """Whether it is not tried any more by itself."""
        return self.retry_at is None

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        at = self.retry_at
        return {
            "Failure": self.key,
            "Job": self.job,
            "Error": self.error,
            "Attempts": str(self.attempts),
            "Next try": "given up" if at is None else on_clock(at, self.zone, seconds=True),
        }

    def __str__(self) -> str:
        """Print in one line."""
        at = self.retry_at
        then = f"next try {on_clock(at, self.zone, seconds=True)}" if at else "given up"
        return f"{self.key}: {self.error} ({many(self.attempts, 'attempt')}, {then})"


class Operating:
    """The calls that see to it that everything leaves."""

    _desk: Desk

    # -- what is due -----------------------------------------------------------------------------

    def tick(self, now: datetime | None = None) -> Tick:
        """Do everything that is due, in due order: reminders, and retries of requests.

        An item's missed reminders go out once, late; the next is a whole interval later (A-35).

        Args:
            now: Act as if it were this instant (aware); the clock's unless said.

        Raises:
            DefinitionError: For a naive datetime, or one thousands of years away.
        """
        return self._desk.through(self._desk.rounds.tick(now))

    # -- what failed -----------------------------------------------------------------------------

    def failures(self, *, actor: Who = None) -> tuple[Failure, ...]:
        """Return every request that was tried and not delivered, waiting or given up.

        Those too that wait for the sending window while nobody can tell when that opens, since the
        calendar failed (R-39). Automations that could not run stand behind them. Where it is said
        who asks, those of jobs and accounts that they may not see are left out.
        """
        if actor is None:
            return tuple(self._failures())
        sight = self._desk.sight(actor)
        return tuple(
            one for one in self._failures() if sight.sees_of(one.job, account_of(one.key) or "")
        )

    def _failures(self) -> Iterator[Failure]:
        from .commands.mending import BLOCKED  # loads on first use

        records, tenant = self._desk.looked(), self._desk.host.tenant
        after, zone = None, records.settings().zone
        while True:
            page = records.store.parked(tenant, after=after)
            yield from (
                _failure(one, zone) for one in page.rows if one.attempt or one.error != EARLY
            )
            after = page.next
            if after is None:
                break
        for _, stored in records.found(BLOCKED):
            for one in stored.value.blocked:
                yield Failure(one.key, stored.value.id, one.reason, 1, zone=zone)

    def retry(self, key: str, *, actor: Who = None, command_id: str | None = None) -> Job | None:
        """Try a failed request, or a failed automation, again now, under the same key.

        Returns:
            The job, as it was left where it was deleted meanwhile; None for the folders of a new
            account, which belong to none.

        Raises:
            NotFoundError: Nothing of that key ever failed.
            NotAllowedError: It was delivered, or is being delivered just now.
            PipeflowError: It waits for the sending window, and the calendar failed.
        """
        desk, turn = self._desk, present_turn()
        command = commands.Retry(text(key, "$.key"))
        unit, last = desk.journey.carry_out(turn, command, actor, command_id), None
        # A timer is the next tick's, and so is what waits for the window.
        early = any(again.at > unit.now for again in unit.requeues)
        try:
            if desk.host.delivers and isinstance(unit.answer, Request) and not early:
                desk.dispatcher.take_up(turn, key)
        finally:
            last = desk.dispatcher.work_off(turn)
        return desk.standing(unit, last) if unit.jobs else None

    def abandon(self, key: str, *, actor: Who = None, command_id: str | None = None) -> Job | None:
        """Give a failed request up for good; its item is no longer waited for.

        Returns:
            The job, as it was left where it was deleted meanwhile; None for the folders of a new
            account, which belong to none.

        Raises:
            NotFoundError: Nothing of that key ever failed.
            NotAllowedError: It was delivered.
        """
        command = commands.Abandon(text(key, "$.key"))
        unit, last = self._desk.carried(command, actor, command_id)
        return self._desk.standing(unit, last) if unit.jobs else None

    # -- hosts that deliver by themselves --------------------------------------------------------

    def pending(
        self, limit: int | None = None, lease: timedelta | None = None
    ) -> tuple[Request, ...]:
        """Hand out the requests that are due, in order, to a host that delivers them itself.

        With `Engine(deliver=False)`: carry each one out, then call `delivered` or `failed`. A
        request is handed out once; it comes again if nothing was said of it when its lease ends.

        Args:
            limit: How many at most; all unless said.
            lease: How long the host may take; `Settings.lease` unless said.

        Raises:
            DefinitionError: The limit or the lease is none.
        """
        desk = self._desk
        host, turn = desk.host, present_turn()
        turn.begin(host, "pending")
        if problems := tuple(_hand_out_problems(limit, lease)):
            raise DefinitionError(*problems)
        settings = desk.records.settings()
        held = lease if lease is not None else settings.lease
        gate = gate_of(host, settings)
        found: list[Request] = []
        begun_at, again = host.now(turn), timedelta()
        while limit is None or len(found) < limit:
            most = AT_ONCE if limit is None else min(AT_ONCE, limit - len(found))
            claims = host.claim(held, most, due=host.now(turn), asks=host.known_outlets)
            begun = (
                desk.delivery.begin(turn, claim, held)
                for claim in claims
                if gate is None or not gate.keeps(claim, host.now(turn))
            )
            found += [request for request in begun if request is not None]
            if len(claims) < most:
                again = held
                break
        host.wake_next(begun_at, host.known_outlets, again)
        desk.dispatcher.work_off(turn)
        return tuple(found)

    def delivered(self, key: str, receipt: Receipt | None = None) -> Job | None:
        """Say that a pending request was carried out; saying it twice changes nothing.

        Where it was withdrawn meanwhile, the host's reference is kept for the item all the same,
        unless the job has let go of the item; and what its port has taken back is waited for no
        more (R-3).

        Returns:
            The job; None where it was deleted meanwhile: then nothing is kept. None too for the
            folders of a new account, which belong to no job.

        Raises:
            NotFoundError: There never was a request of that key.
            DefinitionError: The receipt is none.
        """
        kept = no_receipt() if receipt is None else checked_receipt(receipt)
        if not isinstance(kept, Receipt):
            allowed = ("Receipt('t-42')", "None")
            raise DefinitionError(Problem(kept, "$.receipt", allowed=allowed))
        desk, row = self._desk, self._row("delivered", key)
        if isinstance(row, Over):
            if row.state is DueState.CANCELLED:
                desk.carry_out(commands.KeepLate(row.job, key, kept), None)
            return self._left(row.job)
        claim = Claim(desk.host.tenant, row.due, row.token, max(row.attempt, 1))
        turn = present_turn()
        desk.delivery.keep_receipt(turn, claim, kept)
        desk.dispatcher.work_off(turn)
        return self._left(row.due.job)

    def failed(self, key: str, error: BaseException | str) -> Job | None:
        """Say that a pending request could not be carried out; it comes again later.

        With `Rejected` as the error it is given up at once. Saying it twice counts once, until the
        next attempt is due; whoever says it after that says that another call failed.

        Returns:
            The job; None where it was deleted meanwhile, or where there is none.

        Raises:
            NotFoundError: There never was a request of that key.
            DefinitionError: The error is none.
        """
        if not isinstance(error, BaseException | str):
            raise DefinitionError(Problem("must be an error or a text", "$.error", shown(error)))
        desk, row = self._desk, self._row("failed", key)
        if isinstance(row, Over):
            return self._left(row.job)
        turn = present_turn()
        if not (row.state is DueState.DEAD or self._is_repeat(row, error)):
            for claim in self._in_hand(row):
                desk.delivery.keep_failure(turn, claim, error)
            desk.dispatcher.work_off(turn)
        return self._left(row.due.job)

    def _left(self, id: str) -> Job | None:
        """Return a job, or None where it was deleted."""
        stored = self._desk.looked().get(row_key("job", id))
        found: Job | None = None if stored is None else stored.value
        return found

    def _row(self, action: str, key: str) -> Parked | Over:
        """Return the due row of a request.

        Raises:
            NotFoundError: There never was a request of that key.
        """
        desk = self._desk
        present_turn().begin(desk.host, action)
        found = desk.looked().store.due(desk.host.tenant, text(key, "$.key"))
        if found is None or (
            isinstance(found, Parked) and not isinstance(found.due.action, Request)
        ):
            raise NotFoundError(Problem(f"no request has the key {key!r}"))
        return found

    def _is_repeat(self, row: Parked, error: BaseException | str) -> bool:
        """Tell whether a failure was told before: the request waits for its next attempt."""
        waits = row.state is DueState.WAIT and row.attempt > 0 and row.error != UNANSWERED
        now = self._desk.host.now(present_turn())
        return waits and row.at > now and not isinstance(error, Rejected)

    def _in_hand(self, row: Parked) -> list[Claim]:
        """Return a request as its host has it; one that it was not handed counts as a call too.

        Where the lease ended and nobody took it over since, it is the call that was counted then.
        """
        desk = self._desk
        host, lease = desk.host, desk.records.settings().lease
        unanswered = row.attempt > 0 and row.error in {"", UNANSWERED}
        if row.withdrawn or row.state is DueState.LEASED or unanswered:
            return [Claim(host.tenant, row.due, row.token, max(row.attempt, 1))]
        claims = host.claim(lease, 1, due=host.now(present_turn()), keys=[row.due.key])
        return [
            claim
            for claim in claims
            if host.store.renew(host.tenant, claim.due.key, claim.token, lease)
        ]

    # -- being told ------------------------------------------------------------------------------

    def on(self, kind: type[E], handler: Callable[[E], object]) -> Callable[[], None]:
        """Call *handler* with each event of a kind, after its commit, in order.

        A handler that raises is logged and harms nothing. It may call the engine.

        Returns:
            A function without arguments that ends it.
        """
        if not (isinstance(kind, type) and issubclass(kind, Event)):
            raise DefinitionError(
                Problem("must be a kind of event", "$.kind", shown(kind), ("JobMoved", "Event"))
            )
        callable_checked(handler, "$.handler")
        host = self._desk.host
        entry = (kind, handler)
        host.listeners = (*host.listeners, entry)

        def end() -> None:
            host.listeners = tuple(one for one in host.listeners if one is not entry)

        return end


def _hand_out_problems(limit: object, lease: object) -> Iterator[Problem]:
    """Yield what is wrong with how many requests are asked for, and for how long."""
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        yield Problem("must be a whole number from 1", "$.limit", shown(limit), ("None",))
    if lease is not None:
        yield from period_problems(lease, "$.lease")


def _failure(one: Parked, zone: tzinfo) -> Failure:
    retry_at = one.at if one.state is not DueState.DEAD else None
    request = one.due.action if isinstance(one.due.action, Request) else None
    return Failure(one.due.key, one.due.job, one.error, one.attempt, retry_at, request, zone)
