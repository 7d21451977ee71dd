"""The dispatcher: asks ports for what commands left to do, in order, and then tells listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from ..ports.due import Claim, Parked
from .delivery import Delivery
from .host import Host
from .turn import DEPTH, Mark, Turn

if TYPE_CHECKING:
    from .unit import Unit

__all__ = ["Dispatcher"]


class Dispatcher:
    """Calls ports and listeners, outside of every lock and transaction."""

    def __init__(self, host: Host, delivery: Delivery) -> None:
        """Take the host's ports, and what comes before and after a call of them."""
        self._host = host
        self._delivery = delivery

    def work_off(self, turn: Turn) -> Unit | None:
        """Deliver first, then tell; whatever that brings about comes behind it.

        Inside a port or a listener it does nothing: the outermost call of this thread goes on.

        Returns:
            The last commit of all that was done; None where that is not over.
        """
        if not (turn.sendings or turn.events):
            last, turn.last = turn.last, None
            return last
        turn.dispatchers[self._host] = self
        if self.leaves(turn):
            return None
        mine = Mark()
        turn.worker = ref(mine)
        turn.lost.clear()
        try:
            while True:
                if turn.sendings:
                    host, claims = turn.sendings.popleft()
                    if host in turn.dispatchers:  # else an interrupt left it to its lease
                        turn.dispatchers[host].deliver(turn, claims)
                elif turn.unkept:
                    turn.settle()
                elif turn.events:
                    host, event, depth = turn.events.popleft()
                    token = DEPTH.set(depth + 1)
                    try:
                        host.tell(event)
                    finally:
                        DEPTH.reset(token)
                else:
                    return turn.last
        finally:
            turn.worker = None
            turn.sendings.clear()
            turn.events.clear()
            turn.settle()  # also where a port ended everything: what was done was done
            turn.last = None
            turn.dispatchers.clear()

    def leaves(self, turn: Turn) -> bool:
        """Tell whether what there is to do is left to an outer call."""
        return turn.busy

    def has_lost(self, turn: Turn, claim: Claim) -> bool:
        """Tell whether what was to be delivered in this pass is another worker's now."""
        return self._delivery.has_lost(turn, claim)

    def deliver(self, turn: Turn, claims: tuple[Claim, ...]) -> None:
        """Ask the ports of each request of a sending, unless nobody needs it any more.

        They are all as deep, since one command asked for them, or there is but one.
        """
        calls, delivery = self._host.calls, self._delivery
        delivery.attend(turn, claims[0])
        before = DEPTH.get()
        answer: object
        try:
            DEPTH.set(claims[0].due.depth + 1)
            for claim in claims:
                delivery.keep_late(turn, claim)
                request = delivery.begin(turn, claim)
                if request is None:
                    continue
                try:
                    answer = calls[request.__class__](request)
                except Exception as error:  # noqa: BLE001  (whatever a port raises means: not now)
                    answer = error
                delivery.end(turn, claim, answer)
        finally:
            DEPTH.set(before)

    def take_up(self, turn: Turn, key: str) -> None:
        """Have a request that was set to now leave with what this pass delivers.

        What another worker has asked for since waits for its own time.
        """
        host = self._host
        now, found = host.now(turn), host.store.due(host.tenant, key)
        if not isinstance(found, Parked) or found.attempt or found.at > now:
            return
        claims = host.claim(self._delivery.lease(), 1, due=now, keys=[key], asks=host.outlets)
        # Who was still quicker has counted a call; that row waits for the end of this lease.
        if fresh := tuple(claim for claim in claims if claim.attempt == 1):
            turn.sendings.append((host, fresh))
