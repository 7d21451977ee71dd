"""Rounds: what `tick` does: wake the reminders that are due, and have requests tried again."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from weakref import ref

import attrs

from ..errors import DefinitionError, LeaseLostError, PipeflowError, many
from ..model.checks import moment_problems
from ..model.instants import on_clock
from ..model.record import Plain, frozen
from ..model.settings import Settings
from ..ports.due import Claim, DueState, Over, ReminderTimer, Settle
from ..rules import next_attempt
from .commands import Wake
from .delivery import error_text
from .dispatcher import Dispatcher
from .host import Host
from .journey import Journey
from .log import log
from .records import Records
from .turn import Mark, Steps, Turn, present_turn

__all__ = ["Rounds", "Tick"]

AT_ONCE = 100  # due rows claimed in one go


@frozen
class Tick(Plain):
    """What a tick did: the keys of the reminders, and of the requests that it tried.

    `postponed` are reminders that could not be worked out and are tried again, or given up. What
    was called off before its turn came is not among them, and neither are withdrawn requests. It
    prints its time in `zone`, which is the firm's.
    """

    at: datetime
    reminders: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    postponed: tuple[str, ...] = ()
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    def __len__(self) -> int:
        """Count everything that was due."""
        return sum(map(len, (self.reminders, self.delivered, self.failed, self.postponed)))

    def __bool__(self) -> bool:
        """Tell whether anything was due."""
        return len(self) > 0

    def __str__(self) -> str:
        """Print in one line."""
        return (
            f"{on_clock(self.at, self.zone)}: {many(len(self.reminders), 'reminder')}, "
            f"{many(len(self.delivered), 'request')} delivered again, {len(self.failed)} failed"
            + f", {many(len(self.postponed), 'reminder')} put off"
            * bool(self.postponed)
        )


class Rounds:
    """Takes up what is due: reminders, and requests whose time has come again."""

    def __init__(
        self, host: Host, records: Records, journey: Journey, dispatcher: Dispatcher
    ) -> None:
        """Take what it claims from and hands on to."""
        self._host = host
        self._records = records
        self._journey = journey
        self._dispatcher = dispatcher

    def tick(self, now: datetime | None) -> Steps[Tick]:
        """Do everything that is due, in due order, and forget what was over long ago.

        Raises:
            DefinitionError: For a naive datetime, or one thousands of years away.
        """
        if now is not None and (problems := tuple(moment_problems(now, "$.now"))):
            raise DefinitionError(*problems)
        turn = present_turn()
        turn.begin(self._host, "tick")
        turn.settle()
        before, mine = turn.tick, Mark()
        try:
            if now is not None:
                turn.tick = (ref(mine), now.astimezone(UTC))
            return (yield from self._tick(turn))
        finally:
            turn.tick = before

    def _tick(self, turn: Turn) -> Steps[Tick]:
        host, settings = self._host, self._records.settings()
        now = host.now(turn)
        done: dict[str, list[str]] = {
            "reminders": [], "delivered": [], "failed": [], "postponed": [],
        }  # fmt: skip
        while claims := host.store.claim(
            host.owner, settings.lease, AT_ONCE, due=now, tenant=host.tenant, asks=host.asks
        ):
            for claim in claims:
                what = yield from self._take_up(turn, claim, settings)
                if what is not None:
                    done[what].append(claim.due.key)
        if not turn.busy:
            host.store.prune(host.tenant, now - settings.forget_after)
        reminders, delivered, failed, postponed = (tuple(keys) for keys in done.values())
        return Tick(now, reminders, delivered, failed, postponed, settings.zone)

    def _take_up(self, turn: Turn, claim: Claim, settings: Settings) -> Steps[str | None]:
        """Act on a due row; say what came of it, None where nobody wants it any more.

        Inside a port, a request is left to the outer call.
        """
        action = claim.due.action
        if isinstance(action, ReminderTimer):
            what = self._wake(turn, claim, action, settings)
            yield
            return what
        turn.sendings.append((self._host, (claim,)))
        self._dispatcher.work_off(turn)
        yield
        if self._dispatcher.leaves(turn):
            return None
        found = self._host.store.due(self._host.tenant, claim.due.key)
        if not isinstance(found, Over):
            return "failed"
        return "delivered" if found.state is DueState.DONE else None

    def _wake(
        self, turn: Turn, claim: Claim, timer: ReminderTimer, settings: Settings
    ) -> str | None:
        """Carry out what a timer wakes; one that cannot be worked out harms no other."""
        host, key = self._host, claim.due.key
        try:
            if not host.store.renew(host.tenant, key, claim.token, settings.lease):
                return self._lost(key)
            self._journey.carry_out(turn, Wake(claim, timer))
        except LeaseLostError:
            return self._lost(key)
        except Exception as error:  # noqa: BLE001  (one bad row stops no other reminder)
            log().exception("the reminder %s could not be worked out", key)
            self._postpone(claim, error, settings)
            return "postponed"
        self._dispatcher.work_off(turn)
        return "reminders"

    def _lost(self, key: str) -> str | None:
        """Say that a reminder is another worker's now, or that it was called off meanwhile."""
        if isinstance(self._host.store.due(self._host.tenant, key), Over):
            return None
        log().warning("%s was taken over by another worker", key)
        return "postponed"

    def _postpone(self, claim: Claim, error: Exception, settings: Settings) -> None:
        """Try a timer again later, or park it until a person decides."""
        host, key = self._host, claim.due.key
        now = host.now(present_turn())
        at = next_attempt(settings, key, claim.attempt, now)
        state = DueState.DEAD if at is None else DueState.WAIT
        try:
            settle = Settle(key, claim.token, state, at or now, error_text(error))
            host.store.settle(host.tenant, settle)
        except PipeflowError:
            log().exception("%s could not be put off; its lease will end", key)
