"""Deciding: the engine as it is, less what it does after a commit, which is left to be awaited."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from ..engine import Engine
from ..engine.desk import Desk
from ..engine.dispatcher import Dispatcher
from ..engine.host import Host
from ..engine.rounds import Rounds
from ..engine.turn import Steps, Turn

__all__ = ["Deciding"]

T = TypeVar("T")


class Deciding(Engine):
    """An engine that commits and reads; requests and events stay in its turn."""

    def __init__(self, **given: Any) -> None:
        """Begin with what the host gives, as `Engine` does."""
        super().__init__(**given)
        self._desk = LeavingDesk(self._desk.host)

    @property
    def desk(self) -> Desk:
        """Everybody who works in it."""
        return self._desk


class LeavingDesk(Desk):
    """A desk that hands a command to the journey, and no further."""

    def __init__(self, host: Host) -> None:
        """Build everybody, with a dispatcher that calls nobody."""
        super().__init__(host)
        self.dispatcher = LeavingDispatcher(host, self.delivery)
        self.rounds = Rounds(host, self.records, self.journey, self.dispatcher)

    def through(self, steps: Steps[T]) -> T:
        """Return the steps themselves: whoever called goes through them, and delivers between."""
        return cast("T", steps)


class LeavingDispatcher(Dispatcher):
    """Leaves sendings and events in the turn."""

    def work_off(self, turn: Turn) -> None:
        """Do nothing."""
