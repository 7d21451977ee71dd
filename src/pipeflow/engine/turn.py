"""The turn of one thread: what it is in the middle of, and what is left for it to do."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime

from ..errors import ReentrancyError
from ..model.events import Event
from ..ports.store import Claim

__all__ = ["Turn", "Turns"]


class Turn:
    """Where a thread stands inside an engine's calls.

    A command from inside a port or a handler is committed at once, and what follows from it is
    left to the outermost call, so that the stack does not grow and the order holds.
    """

    __slots__ = ("active", "at", "claims", "deciding", "depth", "events")

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self.deciding = False  # between load and commit, where no other command may come in
        self.active = False  # an outer call of this thread delivers and tells what there is
        self.depth = 0  # how deep calls of ports and handlers are nested around this command
        self.at: datetime | None = None  # the instant that a tick acts for, if it was given one
        self.claims: deque[Claim] = deque()
        self.events: deque[tuple[Event, int]] = deque()

    def begin(self, action: str) -> None:
        """Refuse what would write while another command is being decided in this thread."""
        if self.deciding:
            raise ReentrancyError(
                f"{action!r} was called while another command was being decided, from a Clock, "
                "Ids, Authorizer or Store; call the engine from ports and event handlers instead"
            )


class Turns(threading.local):
    """Each thread's own turn."""

    def __init__(self) -> None:
        """Make one when a thread first comes."""
        self.mine = Turn()
