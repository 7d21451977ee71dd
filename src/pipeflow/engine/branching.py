"""Branching: the host of a branch, which touches nothing of its parent's."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from threading import RLock
from typing import TYPE_CHECKING, cast

from ..ports.due import Claim
from ..ports.services import Ids
from ..ports.store import Branchable, Store
from .call_notes import CallNote
from .desk import Desk
from .dispatcher import Dispatcher
from .host import Host
from .passage import BranchClock
from .recorder import Recorder
from .turn import Turn, present_turn
from .unit import Unit

if TYPE_CHECKING:
    from .days_off import DaysOff

__all__ = ["BranchDesk", "BranchDispatcher", "BranchHost", "copied"]


class BranchIds(Ids):
    """Ids that count, and that the firm itself never makes: `job-if-1`, `job-if-2`.

    A branch of a branch says "if" once more.
    """

    def __init__(self, mark: str) -> None:
        """Begin every kind at 1."""
        self.mark = mark
        self.drawn: Counter[str] = Counter()

    def new(self, kind: str, /) -> str:
        """Return the next id of a kind."""
        self.drawn[kind] += 1
        return f"{kind}-{self.mark}-{self.drawn[kind]}"


class BranchHost(Host):
    """A host that reads through to another one, and writes nowhere but to itself.

    It has no listeners and no waker. Who may do what is asked as in the parent.
    """

    def __init__(
        self, parent: Host, store: Store | None = None, began: datetime | None = None
    ) -> None:
        """Branch off at the parent's present instant.

        Over a *store* of its own, such as a copy, it does not see what the firm does from then on.
        One that *began* at an instant is a season of the past: what people did then was allowed, so
        that nobody is asked once more.
        """
        from ..adapters.overlay import LastingOverlay, OverlayStore  # loads on first use

        self.began = parent.now(present_turn()) if began is None else began
        self.clock = BranchClock(self.began)
        self.named: set[date] = set()  # days off, as the calendar has told the branch
        self.notes: list[CallNote] = []  # of the calls that were made of it
        self.making = RLock()  # calls: one after another, as they are told again
        self.caller: int | None = None  # which thread that is
        self.recorder = Recorder(
            parent.known_outlets,
            parent.cancels,
            updates=parent.updates,
            updates_organizers=parent.updates_organizers,
            now=self.clock.now,
        )
        self.mark: str = f"{parent.mark}-if" if isinstance(parent, BranchHost) else "if"
        self.counted = BranchIds(self.mark)
        below = _branchable(parent.store if store is None else store, parent.tenant)
        self.overlay = (OverlayStore if below.volatile else LastingOverlay)(below, clock=self.clock)
        super().__init__(
            ports=self.recorder,
            store=self.overlay,
            clock=self.clock,
            ids=self.counted,
            authorizer=parent.authorizer if began is None else None,
            waker=None,
            tenant=parent.tenant,
            deliver=True,
            calendar=parent.calendar,
        )

    def days_off(self) -> DaysOff:
        """Return what tells days off, for one decision, and notes them."""
        from .days_off import DaysOff  # loads on first use

        return DaysOff(self.calendar, self.named)

    def now(self, turn: Turn) -> datetime:
        """Return the instant at which the branch stands, whatever is going on in its parent."""
        return self.clock.now()


class BranchTurn(Turn):
    """The turn of a branch that is asked something from inside a port or a listener elsewhere."""

    __slots__ = ("host",)

    def __init__(self, host: Host) -> None:
        """Begin with nothing to do."""
        super().__init__()
        self.host = host


class BranchDispatcher(Dispatcher):
    """Leaves nothing to the outer calls of others: whoever asks a branch wants to see at once."""

    def deliver(self, turn: Turn, claims: tuple[Claim, ...]) -> None:
        """Ask for each when it is due, up to which time passes: a stride asks for some later."""
        clock = cast("BranchHost", self._host).clock
        for at, some in groupby(claims, key=lambda claim: claim.due.at):
            clock.set(max(clock.now(), at))
            super().deliver(turn, tuple(some))

    def leaves(self, turn: Turn) -> bool:
        """Tell whether an outer call of this very branch goes on."""
        return turn.busy and isinstance(turn, BranchTurn) and turn.host is self._host

    def work_off(self, turn: Turn) -> Unit | None:
        """Deliver and tell what is the branch's own; what is not is left where it is."""
        if isinstance(turn, BranchTurn) and turn.host is self._host:
            return super().work_off(turn)
        own = BranchTurn(self._host)
        for mine, theirs in ((own.sendings, turn.sendings), (own.events, turn.events)):
            found = [one for one in theirs if one[0] is self._host]
            left = [one for one in theirs if one[0] is not self._host]
            mine.extend(found)  # type: ignore[arg-type]
            theirs.clear()
            theirs.extend(left)  # type: ignore[arg-type]
        own.last = turn.last
        turn.last = None
        with own.here():
            return super().work_off(own)


class BranchDesk(Desk):
    """A desk that delivers what is its own."""

    _Dispatcher = BranchDispatcher


def _branchable(store: Store, tenant: str) -> Branchable:
    """Return a store over which a branch can be laid: itself, or a copy of the firm."""
    return store if isinstance(store, Branchable) else copied(store, tenant)


def copied(store: Store, tenant: str) -> Branchable:
    """Return a copy of a firm, which stands still; what somebody has in hand is in hand there.

    An export tells nothing of that, and so does a store that knows nothing of branches.
    """
    from ..adapters.memory import MemoryStore

    standing = store.unsettled(tenant) if isinstance(store, Branchable) else []
    copy = MemoryStore(clock=BranchClock(datetime.min.replace(tzinfo=UTC)))  # it stands still, too
    copy.restore(store.export(tenant))
    for one in standing:
        if one.left is not None and one.left > timedelta():
            copy.claim("somebody", one.left, 1, due=one.at, tenant=tenant, keys=[one.due.key])
    return copy
