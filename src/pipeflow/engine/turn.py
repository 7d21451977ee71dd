"""The turn of a thread: what it is deciding just now, and what is left to its outermost call."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from threading import get_ident
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from weakref import ref

from ..errors import ReentrancyError
from ..model.events import Event
from ..ports.due import Claim
from ..ports.ports import Receipt

if TYPE_CHECKING:
    from .delivery import Delivery
    from .dispatcher import Dispatcher
    from .host import Host
    from .unit import Unit

__all__ = ["DEPTH", "Mark", "Steps", "Turn", "present_turn"]

T = TypeVar("T")

# A call that leaves something to be delivered more than once: it pauses wherever that is.
Steps: TypeAlias = Generator[None, None, T]

# How deep calls of ports and handlers are nested around a command; it travels with the context, so
# that neither a fresh engine nor a task that a port starts begins anew.
DEPTH: ContextVar[int] = ContextVar("pipeflow depth", default=0)


class Mark:
    """Says that a call is between reading and commit."""

    __slots__ = ("__weakref__",)


class Turn:
    """Where a thread stands inside the calls of its engines.

    A command from inside a port or a handler is committed at once, and what follows from it is
    left to the outermost call, so that the stack does not grow and the order holds.
    """

    __slots__ = (
        "asked", "deciding", "dispatchers", "events", "keeper", "last", "lost", "ringing",
        "sendings", "since", "thread", "tick", "unkept", "worker",
    )  # fmt: skip

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self.thread = get_ident()
        # The engines between reading and commit, where no other command of theirs may come in. Each
        # mark lives as long as the call that set it, so that no interrupt can leave one behind.
        self.deciding: dict[Host, ref[Mark]] = {}
        # The outer call of this thread that delivers and tells what there is.
        self.worker: ref[Mark] | None = None
        # The tick that was given an instant to act for, and that instant.
        self.tick: tuple[ref[Mark], datetime] | None = None
        # The last commit of this thread, which knows the rows as it left them.
        self.last: Unit | None = None
        # What ports are still to be asked, a sending for all that one commit asks of them.
        self.sendings: deque[tuple[Host, tuple[Claim, ...]]] = deque()
        self.events: deque[tuple[Host, Event, int]] = deque()
        self.dispatchers: dict[Host, Dispatcher] = {}
        # What ports answered in this pass and is not kept yet, when the first and the last of them
        # were asked, and who keeps it.
        self.unkept: list[tuple[Claim, Receipt]] = []
        self.since: datetime | None = None
        self.asked: datetime | None = None
        self.keeper: Delivery | None = None
        # What another worker took over in this pass, by the token that was no longer current.
        self.lost: set[tuple[Host, str, int]] = set()
        # What a waker is being told just now.
        self.ringing: set[tuple[Host, datetime]] = set()

    @property
    def busy(self) -> bool:
        """Whether an outer call of this thread delivers and tells what there is."""
        return self.worker is not None and self.worker() is not None

    @property
    def at(self) -> datetime | None:
        """The instant that a tick acts for, if it was given one."""
        tick = self.tick
        return tick[1] if tick is not None and tick[0]() is not None else None

    def begin(self, host: Host, action: str) -> None:
        """Refuse what would write while another command is being decided in this thread."""
        mark = self.deciding.get(host)
        if mark is not None and mark() is not None:
            raise ReentrancyError(
                f"{action!r} was called while another command was being decided, from a Clock, "
                "Ids, Authorizer or Store; call the engine from ports and event handlers instead"
            )

    def end(self, host: Host, mine: Mark) -> None:
        """Let other commands in again, if this call's own was the one that kept them out."""
        mark = self.deciding.get(host)
        if mark is not None and mark() is mine:
            del self.deciding[host]

    @contextmanager
    def here(self) -> Iterator[None]:
        """Be the present turn of this thread: for what one caller does in several of them."""
        self.thread = get_ident()
        token = _TURN.set(self)
        try:
            yield
        finally:
            _TURN.reset(token)

    def settle(self) -> None:
        """Keep what ports answered before anything else is decided, read or sent."""
        if self.unkept and self.keeper is not None:
            self.keeper.keep(self)


_TURN: ContextVar[Turn | None] = ContextVar("pipeflow turn", default=None)


def present_turn() -> Turn:
    """Return the turn of this context; each thread has its own."""
    turn = _TURN.get()
    if turn is None or turn.thread != get_ident():
        turn = Turn()
        _TURN.set(turn)
    return turn
