"""Rounds: what `tick` does: wake what is due, reminders and triggers, and try requests again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from weakref import ref

import attrs

from .. import rules
from ..errors import DefinitionError, LeaseLostError, MovedOnError, PipeflowError, many
from ..model.checks import moment_problems
from ..model.events import TriggerFired
from ..model.instants import on_clock
from ..model.record import Brief, Plain, frozen, replaced
from ..model.settings import Settings
from ..ports.due import (
    EARLY,
    Claim,
    DueState,
    EditTimer,
    Over,
    PeriodTimer,
    ReminderTimer,
    ScheduleTimer,
    Settle,
    TriggerTimer,
)
from ..ports.requests import Request
from . import commands
from .delivery import error_text
from .dispatcher import Dispatcher
from .host import Host
from .journey import Journey
from .log import log
from .records import Records
from .sending import Gate, gate_of
from .turn import Mark, Steps, Turn, present_turn
from .unit import Unit

__all__ = ["Rounds", "Tick", "joined"]

AT_ONCE = 100  # due rows claimed in one go
SOON = timedelta(minutes=1)  # when a tick that failed is to be made again
DONE = "done"
DID = ("reminders", "delivered", "failed", "postponed", "fired", "created")  # what a tick tells of

# As what `Tick` counts each kind of timer that went off; what a schedule hands out is none of it.
COUNTED = {ReminderTimer: "reminders", TriggerTimer: "fired", PeriodTimer: "created"}

# Timers that belong to no job, which nobody could retry or abandon: they are tried for ever.
FOR_EVER = (ScheduleTimer, PeriodTimer, EditTimer)


@frozen
class Tick(Brief, Plain):
    """What a tick did: the keys of the reminders and triggers, and of the requests that it tried.

    `reminders` were asked for; each leaves in the same tick, or waits for the sending window, its
    port or whoever delivers. `delivered` and `failed` are requests that had waited, for the window
    or for another try. `fired` are triggers that fired; one that was passed over, or waits until
    its job is Active again, is not among them. `created` are the ids of the jobs that schedules
    made (R-38), and `postponed` what could not be worked out and is tried again, or given up, what
    waits because the calendar failed, and what another worker took over and has in hand. What was
    called off before its turn came is not among them, and neither are withdrawn requests, and what
    another worker has done. It prints its time in `zone`, which is the firm's.
    """

    at: datetime
    reminders: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    postponed: tuple[str, ...] = ()
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)
    fired: tuple[str, ...] = ()
    created: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count everything that was due."""
        requests, woken = (self.delivered, self.failed), (self.reminders, self.fired, self.created)
        return sum(map(len, (*requests, *woken, self.postponed)))

    def __bool__(self) -> bool:
        """Tell whether anything was due."""
        return len(self) > 0

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        several = {
            "Reminders asked for": self.reminders,
            "Delivered": self.delivered,
            "Failed": self.failed,
            "Triggers fired": self.fired,
            "Jobs created": self.created,
            "Put off": self.postponed,
        }
        return {"Tick": on_clock(self.at, self.zone)} | {
            what: ", ".join(some) for what, some in several.items()
        }

    def __str__(self) -> str:
        """Print in one line."""
        return (
            f"{on_clock(self.at, self.zone)}: {many(len(self.reminders), 'reminder')} asked for, "
            f"{many(len(self.delivered), 'waiting request')} delivered, {len(self.failed)} failed"
            + f", {many(len(self.fired), 'trigger')} fired" * bool(self.fired)
            + f", {many(len(self.created), 'job')} created" * bool(self.created)
            + f", {len(self.postponed)} put off" * bool(self.postponed)
        )


def joined(one: Tick, other: Tick) -> Tick:
    """Return what two ticks did at one instant, one after the other."""
    return replaced(one, **{what: getattr(one, what) + getattr(other, what) for what in DID})


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
        except PipeflowError:
            self._host.wake_at_end_of(SOON)
            raise
        finally:
            turn.tick = before

    def _tick(self, turn: Turn) -> Steps[Tick]:
        host, settings = self._host, self._records.settings()
        now, gate = host.now(turn), gate_of(host, settings)
        done: dict[str, list[str]] = {what: [] for what in DID}
        due = now
        while claims := host.claim(settings.lease, AT_ONCE, due=due, asks=host.asks):
            for claim in claims:
                what = yield from self._take_up(turn, claim, settings, gate)
                if what is not None:
                    done[what].append(claim.due.job if what == "created" else claim.due.key)
            due = min(due, host.now(turn))  # a clock that went back puts off what comes again
        if not turn.busy:
            host.store.prune(host.tenant, now - settings.forget_after)
        host.wake_next(due, host.asks, settings.lease)
        told = {what: tuple(keys) for what, keys in done.items()}
        return Tick(now, zone=settings.zone, **told)

    def _take_up(
        self, turn: Turn, claim: Claim, settings: Settings, gate: Gate | None
    ) -> Steps[str | None]:
        """Act on a due row; say what came of it, None where nobody wants it any more."""
        action = claim.due.action
        if isinstance(action, Request):
            return (yield from self._ask(turn, claim, gate))
        woken = self._wake(turn, claim, settings)
        self._dispatcher.work_off(turn)
        yield
        return COUNTED.get(type(action)) if woken == DONE else woken

    def _ask(self, turn: Turn, claim: Claim, gate: Gate | None) -> Steps[str | None]:
        """Try a request; inside a port it is left to the outer call."""
        if gate is not None and (why := gate.keeps(claim, self._host.now(turn))):
            yield
            return None if why == EARLY else "postponed"
        turn.sendings.append((self._host, (claim,)))
        self._dispatcher.work_off(turn)
        yield
        if self._dispatcher.leaves(turn):
            return None
        found = self._host.store.due(self._host.tenant, claim.due.key)
        lost = self._dispatcher.has_lost(turn, claim)
        if not isinstance(found, Over):
            return "postponed" if lost else "failed"
        return "delivered" if found.state is DueState.DONE and not lost else None

    def _wake(self, turn: Turn, claim: Claim, settings: Settings) -> str | None:
        """Carry out what a timer wakes; one that cannot be worked out harms no other."""
        host, key = self._host, claim.due.key
        command = _woken(claim, claim.due.action)
        try:
            if not host.store.renew(host.tenant, key, claim.token, settings.lease):
                return self._lost(key)
            unit = self._journey.carry_out(turn, command)
        except LeaseLostError:
            return self._lost(key)
        except MovedOnError:
            raise
        except Exception as error:  # noqa: BLE001  (one bad row stops no other)
            tell = log().debug if host.plays else log().error  # a branch tells it in its ticks
            tell("what %s wakes could not be worked out", key, exc_info=True)
            self._postpone(claim, error, settings)
            return "postponed"
        if isinstance(command, commands.Ring):
            return DONE if _has_fired(unit, command.timer.trigger) else None
        woken = unit.answer if isinstance(command, commands.Wake) else unit.jobs
        return DONE if woken else None

    def _lost(self, key: str) -> str | None:
        """Say that a timer is another worker's now, or that it was called off meanwhile."""
        if isinstance(self._host.store.due(self._host.tenant, key), Over):
            return None
        log().warning("%s was taken over by another worker", key)
        return "postponed"

    def _postpone(self, claim: Claim, error: Exception, settings: Settings) -> None:
        """Try a timer again later, or park it until a person decides; those of no job go on."""
        host, key = self._host, claim.due.key
        now = host.now(present_turn())
        at = rules.next_attempt(settings, key, claim.attempt, now)
        if at is None and isinstance(claim.due.action, FOR_EVER):
            at = now + settings.longest_backoff
        state = DueState.DEAD if at is None else DueState.WAIT
        try:
            settle = Settle(key, claim.token, state, at or now, error_text(error))
            host.store.settle(host.tenant, settle)
        except PipeflowError:
            log().exception("%s could not be put off; its lease will end", key)


def _has_fired(unit: Unit, trigger: str) -> bool:
    """Tell whether a trigger fired, and was not passed over or put off."""
    told = (line for chapters in unit.log.values() for one in chapters for line in one.lines)
    return any(line[0] is TriggerFired and line[2] == trigger for line in told)


def _woken(claim: Claim, timer: object) -> commands.Command:
    """Return the command that a timer wakes."""
    kinds: dict[type, Callable[..., commands.Command]] = {
        ReminderTimer: commands.Wake,
        TriggerTimer: commands.Ring,
        ScheduleTimer: commands.Unfold,
        PeriodTimer: commands.MakeRecurring,
        EditTimer: commands.TellEdit,
    }
    return kinds[type(timer)](claim, timer)
