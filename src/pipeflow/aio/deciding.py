"""Deciding: the engine as it is, less what it does after a commit, which is left to be awaited."""

from __future__ import annotations

from typing import ClassVar, cast

from ..engine import Branch, Engine
from ..engine.desk import Desk
from ..engine.turn import present_turn
from .senders import BranchLeavingDesk, LeavingDesk

__all__ = ["Deciding", "DecidingBranch"]


class Deciding(Engine):
    """An engine that commits and reads; requests and events stay in its turn."""

    _Desk: ClassVar[type[Desk]] = LeavingDesk
    _awaits: ClassVar[bool] = True

    def what_if(self) -> DecidingBranch:
        """Return a branch that leaves its requests in its turn too."""
        present_turn().settle()
        return DecidingBranch(self._desk.host)

    @property
    def desk(self) -> LeavingDesk:
        """Everybody who works in it."""
        return cast("LeavingDesk", self._desk)


class DecidingBranch(Deciding, Branch):
    """A branch whose calls are awaited."""

    _Desk: ClassVar[type[Desk]] = BranchLeavingDesk
