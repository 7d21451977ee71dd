"""Strides: how time passes on a branch, reminders of several instants in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import cast

from ..errors import MovedOnError
from ..ports.due import TIMER, Claim, ReminderTimer
from . import commands
from .branching import BranchHost
from .desk import Desk
from .passage import Passage
from .rounds import Tick, joined
from .turn import Steps, Turn, present_turn
from .unit import Unit

__all__ = ["Strides"]

MOST = 100  # reminders that are tried in one stride; fewer, where few were made in the last
TIMERS = frozenset({TIMER})


class Strides:
    """Lets time pass on a branch, through every instant at which something is due, in order.

    Where nothing but reminders of different clients is due for a while, one stride leads through
    all of it. Each is made and leaves at its own instant, as it would alone; they share commits.
    """

    def __init__(self, host: BranchHost, desk: Desk) -> None:
        """Take whose time passes, and who does what is due."""
        self._host = host
        self._desk = desk
        self._most = MOST

    def passing(self, passes: timedelta) -> Steps[list[Tick]]:
        """Let time pass, and return what was done at each instant at which there was something."""
        host, clock, ticks = self._host, self._host.clock, list[Tick]()

        def next_due() -> datetime | None:
            return host.store.next_due(tenant=host.tenant, asks=host.asks)

        until, did = clock.now() + passes, list[Tick]()
        passage = Passage(clock.now, clock.set, until, next_due)
        while passage.goes_on(did):
            did = yield from self._stride(until)
            if not did:
                tick = yield from self._desk.rounds.tick(None)
                did = [tick] * bool(tick)
            if ticks and did and ticks[-1].at == did[0].at:
                did[0] = joined(ticks.pop(), did[0])
            ticks += did
        return ticks

    def _stride(self, until: datetime) -> Steps[list[Tick]]:
        """Make the reminders of the next while; what is not plain is left to a tick."""
        host, desk, turn = self._host, self._desk, present_turn()
        settings, began = desk.records.settings(), host.clock.now()
        if host.listeners or desk.dispatcher.leaves(turn):
            return []
        end = min(until, began + commands.WakeAll.apart - timedelta.resolution)
        end = host.overlay.undisturbed(host.tenant, host.outlets, end)
        if end < began:
            return []
        claims = host.store.claim(
            host.owner, settings.lease, self._most, due=end, tenant=host.tenant, asks=TIMERS
        )
        made, unit = list[Claim](), None
        try:
            unit = self._make(turn, claims)
            made = claims[: len(unit.settles)] if unit is not None else made
        finally:  # also where it was interrupted: the next stride makes them
            host.overlay.release(host.tenant, claims[len(made) :])
        self._most = min(2 * max(len(made), 1), MOST)
        if unit is None:
            return []
        desk.dispatcher.work_off(turn)
        yield
        at = [max(claim.due.at, began) for claim in made]
        host.store.prune(host.tenant, at[-1] - settings.forget_after)
        asked = {*(unit.answer or ())}
        told = ((at, claim.due.key) for at, claim in zip(at, made, strict=True))
        several = groupby((one for one in told if one[1] in asked), key=lambda one: one[0])
        return [Tick(at, tuple(key for _, key in some), zone=settings.zone) for at, some in several]

    def _make(self, turn: Turn, claims: Sequence[Claim]) -> Unit | None:
        """Make the first of these reminders in one commit; return what came of it.

        Where that fails nothing is done: a tick makes each alone, and says what is wrong with it.
        """
        wakes = tuple(
            commands.Wake(claim, cast("ReminderTimer", claim.due.action))
            for claim in takewhile(_is_plain, claims)
        )
        if not wakes:
            return None
        try:
            return self._desk.journey.carry_out(turn, commands.WakeAll(wakes))
        except MovedOnError:
            raise
        except Exception:  # noqa: BLE001  (a tick tells it)
            return None


def _is_plain(claim: Claim) -> bool:
    """Tell whether a timer is that of a reminder, and goes off at the instant for which it was set.

    One that was put off goes off later, of which the claim tells nothing.
    """
    return isinstance(claim.due.action, ReminderTimer) and claim.attempt == 1
