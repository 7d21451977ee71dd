"""Taking up what is due, and mending what failed: tick, retries, and delivery by async hosts."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from .. import rules
from ..errors import DefinitionError, NotAllowedError, NotFoundError, Problem, many, shown
from ..model.jobs import Job
from ..model.plain import Plain
from ..ports.ports import Receipt, Rejected
from ..ports.requests import Request
from ..ports.store import Claim, DueState, Parked, ReminderTimer, RowKey, Settle
from ..rules import Decision
from .delivery import NOTHING, checked_receipt, request_of
from .reading import Reading
from .saving import Who

__all__ = ["Failure", "Mending", "Tick"]

AT_ONCE = 100  # due rows claimed in one go


@attrs.frozen(eq=False, repr=False)
class Failure(Plain):
    """A request that was tried and not delivered, or an automation that could not run.

    `request` is None for an automation; `retry_at` is None where only a person decides.
    """

    key: str
    job: str
    error: str
    attempts: int
    retry_at: datetime | None = None
    request: Request | None = None

    @property
    def given_up(self) -> bool:
        """Whether it is not tried any more by itself."""
        return self.retry_at is None

    def __str__(self) -> str:
        """Print in one line."""
        then = f"next try {self.retry_at:%Y-%m-%d %H:%M:%S}" if self.retry_at else "given up"
        return f"{self.key}: {self.error} ({many(self.attempts, 'attempt')}, {then})"


@attrs.frozen(eq=False, repr=False)
class Tick(Plain):
    """What a tick did: the keys of the reminders, and of the requests that it tried."""

    at: datetime
    reminders: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count everything that was due."""
        return len(self.reminders) + len(self.delivered) + len(self.failed)

    def __bool__(self) -> bool:
        """Tell whether anything was due."""
        return len(self) > 0

    def __str__(self) -> str:
        """Print in one line."""
        return (
            f"{self.at:%Y-%m-%d %H:%M}: {many(len(self.reminders), 'reminder')}, "
            f"{many(len(self.delivered), 'request')} delivered again, {len(self.failed)} failed"
        )


class Mending(Reading):
    """The calls for workers, for async hosts, and for the person who mends."""

    # -- what is due -----------------------------------------------------------------------------

    def tick(self, now: datetime | None = None) -> Tick:
        """Do everything that is due, in due order: reminders, and retries of requests.

        An item's missed reminders go out once, late; the next is a whole interval later (A-35).

        Args:
            now: Act as if it were this instant (aware); the clock's unless said.

        Raises:
            DefinitionError: For a naive datetime.
        """
        if now is not None and (not isinstance(now, datetime) or now.tzinfo is None):
            what = "must be an aware datetime, such as datetime(2027, 1, 1, tzinfo=timezone.utc)"
            raise DefinitionError(Problem(what, "$.now", shown(now)))
        turn = self._turns.mine
        turn.begin("tick")
        before, turn.at = turn.at, now.astimezone(UTC) if now is not None else turn.at
        try:
            return self._tick(self._now())
        finally:
            turn.at = before

    def _tick(self, now: datetime) -> Tick:
        lease = self._firm().value.settings.lease
        done: dict[str, list[str]] = {"reminders": [], "delivered": [], "failed": []}
        while claims := self._store.claim(
            now,
            self._owner,
            lease,
            AT_ONCE,
            tenant=self._tenant,
            timers_only=not self._delivers,
        ):
            for claim in claims:
                done[self._take_up(claim)].append(claim.due.key)
        return Tick(now, *(tuple(keys) for keys in done.values()))

    def _take_up(self, claim: Claim) -> str:
        """Act on one due row; say what it was."""
        turn = self._turns.mine
        if turn.active:
            self._deliver(turn, claim)
        else:
            turn.claims.append(claim)
            self._work_off(turn)
        if isinstance(claim.due.action, ReminderTimer):
            return "reminders"
        state = self._store.due_state(self._tenant, claim.due.key)
        return "delivered" if state is DueState.DONE else "failed"

    # -- what failed -----------------------------------------------------------------------------

    def failures(self) -> tuple[Failure, ...]:
        """Return every request that was tried and not delivered, waiting or given up.

        Automations that could not run stand behind them.
        """
        parked = [_failure(one) for one in self._store.parked(self._tenant)]
        rows = self._store.scan(self._tenant, "blocked", limit=None).rows
        blocked = [
            Failure(one.key, job.id, one.reason, 1)
            for key, stored in rows
            if stored.value
            for job in (self.job(stored.value),)
            for one in job.blocked
            if one.key == key.id
        ]
        return (*parked, *blocked)

    def retry(self, key: str, *, actor: Who = None, command_id: str | None = None) -> Job:
        """Try a failed request, or a failed automation, again now, under the same key.

        Raises:
            NotFoundError: Nothing of that key ever failed.
            NotAllowedError: It was delivered, or is being delivered just now.
        """
        if (done := self._mended_before("retry", key, command_id)) is not None:
            return done
        if (job := self._blocked_job(key)) is not None:

            def again(state: rules.State, _: str, now: datetime, who: str) -> Decision:
                return rules.retry_blocked(state, key, now, who)

            return self._execute([(job, again, "")], "retry", actor, command_id, said=key)[0]
        due = self._waiting_row(key).due

        def note(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            return rules.retried(state, key, now, who)

        who = self._allowed("retry", actor, due.job)
        if not self._store.requeue(self._tenant, key, self._now()):
            raise NotAllowedError(f"{key!r} is being delivered just now")
        self._execute([(due.job, note, "")], "retry", who, command_id, said=key)
        if self._delivers:
            self._deliver_key(key)
        return self.job(due.job)

    def _mended_before(self, action: str, key: str, command_id: str | None) -> Job | None:
        """Return the job of a mending that the same command id carried out before."""
        if command_id is None or self._store.command_result(self._tenant, command_id) is None:
            return None
        done = self._done_before(command_id, (action, self._job_of(key), key))
        return done[0] if done else None

    def _deliver_key(self, key: str) -> None:
        turn = self._turns.mine
        turn.claims.extend(self._claimed(key))
        self._work_off(turn)

    def _claimed(self, key: str) -> list[Claim]:
        lease = self._firm().value.settings.lease
        return self._store.claim(
            self._now(), self._owner, lease, 1, tenant=self._tenant, keys=[key]
        )

    def abandon(self, key: str, *, actor: Who = None, command_id: str | None = None) -> Job:
        """Give a failed request up for good; its item is no longer waited for.

        Raises:
            NotFoundError: Nothing of that key ever failed.
            NotAllowedError: It was delivered.
        """
        if (done := self._mended_before("abandon", key, command_id)) is not None:
            return done
        if (job := self._blocked_job(key)) is not None:

            def without(state: rules.State, _: str, now: datetime, who: str) -> Decision:
                return rules.abandon_blocked(state, key, now, who)

            return self._execute([(job, without, "")], "abandon", actor, command_id, said=key)[0]
        due = self._waiting_row(key).due
        request = request_of(due)

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            return rules.abandon(state, request, now, who)

        who = self._allowed("abandon", actor, due.job)
        claims = self._claimed(key)
        if not claims:
            raise NotAllowedError(f"{key!r} is being delivered just now")
        given_up = Settle(key, claims[0].token, DueState.CANCELLED)
        target = (due.job, decide, "")
        return self._execute([target], "abandon", who, command_id, settles=(given_up,), said=key)[0]

    def _blocked_job(self, key: str) -> str | None:
        """Return the job of an automation that could not run, if the key is one's."""
        stored = self._store.load(self._tenant, RowKey("blocked", key))
        return (stored.value or None) if stored is not None else None

    def _waiting_row(self, key: str) -> Parked:
        """Return the due row of a request that is not over.

        Raises:
            NotFoundError: There never was a request of that key.
            NotAllowedError: It is over.
        """
        found = self._store.due(self._tenant, key)
        if found is not None and isinstance(found.due.action, Request):
            return found
        state = self._store.due_state(self._tenant, key)
        if state is None or found is not None:
            known = [one.key for one in self.failures()]
            raise NotFoundError(Problem(f"no request has the key {key!r}", allowed=tuple(known)))
        over = "was delivered" if state is DueState.DONE else "was cancelled or abandoned"
        raise NotAllowedError(f"{key!r} {over}; there is nothing to mend")

    # -- hosts that deliver by themselves --------------------------------------------------------

    def pending(self) -> tuple[Request, ...]:
        """Return the requests that are due, in order, for a host that delivers them itself.

        With `Engine(deliver=False)`: carry each one out, then call `delivered` or `failed`.
        """
        waiting = self._store.waiting(self._tenant, self._now())
        return tuple(due.action for due in waiting if isinstance(due.action, Request))

    def delivered(self, key: str, receipt: Receipt | None = None) -> Job:
        """Say that a pending request was carried out; saying it twice changes nothing.

        Where it was withdrawn meanwhile, the host's reference is kept for the item all the same.

        Raises:
            NotFoundError: There never was a request of that key.
            DefinitionError: The receipt is none.
        """
        kept = NOTHING if receipt is None else checked_receipt(receipt)
        if not isinstance(kept, Receipt):
            allowed = ("Receipt('t-42')", "None")
            raise DefinitionError(Problem(kept, "$.receipt", allowed=allowed))
        job = self._job_of(key)
        if kept.ref and self._store.due_state(self._tenant, key) is DueState.CANCELLED:
            self._keep_late(job, key, kept.ref)
            return self.job(job)
        turn = self._turns.mine
        turn.begin("delivered")
        for claim in self._claimed(key):
            self._keep_receipt(turn, claim, kept)
        self._work_off(turn)
        return self.job(job)

    def failed(self, key: str, error: BaseException | str) -> Job:
        """Say that a pending request could not be carried out; it comes again later.

        With `Rejected` as the error it is given up at once.

        Raises:
            NotFoundError: There never was a request of that key.
            DefinitionError: The error is none.
        """
        if not isinstance(error, BaseException | str):
            raise DefinitionError(Problem("must be an error or a text", "$.error", shown(error)))
        job = self._job_of(key)
        turn = self._turns.mine
        turn.begin("failed")
        dead = self._store.due_state(self._tenant, key) is DueState.DEAD
        for claim in () if dead else self._claimed(key):
            self._keep_failure(turn, claim, error, final=isinstance(error, Rejected))
        self._work_off(turn)
        return self.job(job)

    def _job_of(self, key: str) -> str:
        """Return the job that a request belongs to, also where it is over."""
        found = self._store.due(self._tenant, key)
        if found is not None:
            request_of(found.due)
            return found.due.job
        if self._store.due_state(self._tenant, key) is None:
            raise NotFoundError(Problem(f"no request has the key {key!r}"))
        parts = key.removeprefix(f"{self._tenant}/").split("/")
        ids = ("/".join(parts[:count]) for count in range(1, len(parts)))
        return next(id for id in ids if self._store.load(self._tenant, RowKey("job", id)))


def _failure(one: Parked) -> Failure:
    retry_at = one.at if one.state is not DueState.DEAD else None
    request = request_of(one.due)
    return Failure(one.due.key, one.due.job, one.error, one.attempt, retry_at, request)
