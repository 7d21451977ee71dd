"""The host, as the engine has it: its ports, clock and listeners, and who may do what just now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any, cast
from weakref import ref

from .. import rules
from ..errors import DefinitionError, NotAllowedError, PipeflowError, a, shown
from ..model.accounts import Member
from ..model.events import Event
from ..model.text import plain, text_problems
from ..ports.cancellations import CANCELLATIONS
from ..ports.due import TIMER, Claim
from ..ports.ports import NAMES, OUTLETS, Ports
from ..ports.services import Authorizer, Calendar, Clock, Ids, Intent, Waker
from ..ports.store import Store
from .log import log
from .recorder import Recorder
from .turn import Mark, Turn, present_turn

if TYPE_CHECKING:
    from .days_off import DaysOff

__all__ = ["Host", "name_of"]

UNAWAITED = (
    "it returned a coroutine, which nobody awaits here; use pipeflow.aio.AsyncEngine, or start a "
    "task from a plain function"
)


class Host:
    """What the host gave, and its rights, clock and listeners."""

    def __init__(
        self,
        *,
        ports: Ports | Recorder,
        store: Store,
        clock: Clock,
        ids: Ids,
        authorizer: Authorizer | None,
        waker: Waker | None,
        tenant: str,
        deliver: bool,
        calendar: Calendar | None = None,
    ) -> None:
        """Keep what was given."""
        self.store = store
        self.tenant = tenant
        self.delivers = deliver
        self.calls = ports.calls()
        self.plays = isinstance(ports, Recorder)  # whether all ports are played, as on a branch
        # What due rows may ask that this engine takes up: others are left to whoever can.
        self.outlets = ports.names if deliver else frozenset[str]()
        self.known_outlets = ports.names if deliver else NAMES
        # What can be taken back once it is there; a host that delivers by itself is asked for all.
        self.cancels = ports.cancels if deliver else frozenset(CANCELLATIONS)
        self.updates = ports.updates if deliver else True
        self.updates_organizers = ports.updates_organizers if deliver else True
        self.asks = self.outlets | {TIMER}
        # What may be asked twice under one key: receipts of it may wait for the end of the pass.
        self.patient = frozenset(
            one.takes for one in OUTLETS if store.volatile or _honours_keys(ports, one.name)
        )
        self._lacking: set[str] = set()  # ports that were asked of and are not there
        self.listeners: tuple[tuple[type[Event], Callable[[Any], object]], ...] = ()
        self._clock = clock
        self.calendar = calendar
        self.ids = ids
        self.authorizer = authorizer
        self.has_authorizer = authorizer is not None
        # Whether it goes by more than the names of things, which are looked up first.
        self.weighs = authorizer is not None and type(authorizer).may is not Authorizer.may
        # Inside a transaction of the host nobody is woken, for he would find nothing yet.
        self._waker = waker if store.final else None
        self.has_waker = self._waker is not None
        self.owner = self.new_id("engine")

    # -- time and ids ----------------------------------------------------------------------------

    def now(self, turn: Turn) -> datetime:
        """Return the present instant, in UTC; inside a tick, the one that it acts for."""
        if turn.tick is not None and (at := turn.at) is not None:
            return at
        return self.clock_time()

    def clock_time(self) -> datetime:
        """Return what the clock tells, in UTC, whatever instant a tick acts for."""
        now = self._clock.now()
        return now if getattr(now, "tzinfo", None) is UTC else _in_utc(now)

    def days_off(self) -> DaysOff:
        """Return what tells days off, for one decision."""
        from .days_off import DaysOff  # loads on first use

        return DaysOff(self.calendar)

    def new_id(self, kind: str) -> str:
        """Return a new id of a kind.

        Raises:
            DefinitionError: The host's `Ids` returned what no store can keep.
        """
        id = self.ids.new(kind)
        if problems := tuple(text_problems(id, f"the new id of {a(kind)}", empty=False)):
            raise DefinitionError(*problems)
        return id

    # -- rights ----------------------------------------------------------------------------------

    def enter(self, turn: Turn, mine: Mark, action: str, actor: str | Member | None) -> str:
        """Begin to decide, alone in this thread; say who acts.

        Whoever enters calls `Turn.end` with the same mark, however it ends.

        Raises:
            ReentrancyError: Another command is being decided in this thread.
        """
        if turn.deciding:
            turn.begin(self, action)
        if turn.unkept:
            turn.settle()
        who = rules.SYSTEM if actor is None else name_of(actor)
        turn.deciding[self] = ref(mine)
        return who

    def ask(self, intent: Intent) -> None:
        """Refuse what somebody may not do.

        Raises:
            NotAllowedError: The authorizer said no.
        """
        if self.authorizer is not None and self.authorizer.may(intent) is not True:
            raise NotAllowedError(f"{intent.actor!r} may not {intent.action} {intent.about!r}")

    # -- others ----------------------------------------------------------------------------------

    def claim(
        self,
        lease: timedelta,
        limit: int,
        *,
        due: datetime,
        asks: AbstractSet[str] | None = None,
        keys: Iterable[str] | None = None,
    ) -> list[Claim]:
        """Have the store hand out what is due, and say when that lease ends, should we die."""
        claims = self.store.claim(
            self.owner, lease, limit, due=due, tenant=self.tenant, asks=asks, keys=keys
        )
        if claims:
            self.wake_at_end_of(lease)
        return claims

    def wake(self, instants: Iterable[datetime]) -> None:
        """Say when something will be due; a waker that fails harms nothing."""
        if self._waker is None or (at := min(instants, default=None)) is None:
            return
        ring, ringing = (self, at), present_turn().ringing
        if ring in ringing:  # a waker that ticks whenever it is told would be told without end
            return
        ringing.add(ring)
        try:
            self._waker.wake(self.tenant, at)
        except Exception:  # noqa: BLE001  (whatever it raises is its own affair)
            log().exception("the waker failed; what is due waits for the next tick")
        finally:
            ringing.discard(ring)

    def wake_at_end_of(self, lease: timedelta) -> None:
        """Say when a lease that begins now will have ended, by the clock of the engine."""
        if self.has_waker:
            self.wake([self.clock_time() + lease])

    def wake_next(self, after: datetime, asks: AbstractSet[str], lease: timedelta) -> None:
        """Say when the next of what still waits or is held is due, where all until then was done.

        What would be due by then is held by a store whose clock is behind: it is asked again when
        a lease has gone by, and not at once and without end.
        """
        if not self.has_waker:
            return
        at = self.store.next_due(tenant=self.tenant, asks=asks)
        if at is not None:
            self.wake([at if at > after else after + lease])

    def lacks(self, port: str) -> None:
        """Log, once a port, that nobody here is there to be asked, so that another engine must."""
        if self.delivers and port not in self._lacking:
            self._lacking.add(port)
            log().warning(
                "%r of tenant %r was asked of, and this engine has no such port: what is asked "
                "waits for an engine on this store that has it (Ports(%s=...), or deliver=False)",
                port,
                self.tenant,
                port,
            )

    def tell(self, event: Event) -> None:
        """Call the listeners of an event; one that fails is logged and harms nobody."""
        for kind, handler in self.listeners:
            if isinstance(event, kind):
                try:
                    told = handler(event)
                    if iscoroutine(told):
                        told.close()
                        log().error("a handler of %s failed: %s", type(event).__name__, UNAWAITED)
                except Exception:  # noqa: BLE001  (whatever it raises is its own affair)
                    log().exception("a handler of %s failed", type(event).__name__)


def _in_utc(now: object) -> datetime:
    if not isinstance(now, datetime):
        raise PipeflowError(f"the clock told {shown(now)}; it must be a datetime, aware, in UTC")
    if now.utcoffset() is None:
        raise PipeflowError("the clock told a naive datetime; it must be aware, in UTC")
    return now.astimezone(UTC)


def _honours_keys(ports: Ports | Recorder, name: str) -> bool:
    if isinstance(ports, Recorder):
        return True  # nothing is sent, and nothing is sent twice
    return getattr(getattr(ports, name), "honours_keys", False) is True


def name_of(actor: object) -> str:
    """Return the name under which somebody acts.

    Raises:
        DefinitionError: It is no name.
    """
    who = actor.id if isinstance(actor, Member) else actor
    if problems := tuple(text_problems(who, "$.actor", empty=False)):
        raise DefinitionError(*problems)
    return plain(cast("str", who))
