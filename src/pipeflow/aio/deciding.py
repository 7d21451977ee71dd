"""Deciding: the engine as it is, less what it does after a commit, which is left to be awaited."""

from __future__ import annotations

from typing import ClassVar, TypeVar, cast

from ..engine import Branch, Engine
from ..engine.desk import Desk
from ..engine.dispatcher import Dispatcher
from ..engine.turn import Steps, Turn, present_turn

__all__ = ["Deciding", "DecidingBranch"]

T = TypeVar("T")


class LeavingDispatcher(Dispatcher):
    """Leaves sendings and events in the turn."""

    def work_off(self, turn: Turn) -> None:
        """Do nothing."""


class LeavingDesk(Desk):
    """A desk that hands a command to the journey, and no further."""

    _Dispatcher = LeavingDispatcher

    def through(self, steps: Steps[T]) -> T:
        """Return the steps themselves: whoever called goes through them, and delivers between."""
        return cast("T", steps)


class Deciding(Engine):
    """An engine that commits and reads; requests and events stay in its turn."""

    _Desk: ClassVar[type[Desk]] = LeavingDesk
    _awaits: ClassVar[bool] = True

    def what_if(self) -> DecidingBranch:
        """Return a branch that leaves its requests in its turn too."""
        present_turn().settle()
        return DecidingBranch(self._desk.host)

    @property
    def desk(self) -> Desk:
        """Everybody who works in it."""
        return self._desk


class DecidingBranch(Deciding, Branch):
    """A branch whose calls are awaited."""
