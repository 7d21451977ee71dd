"""Senders: what becomes of requests in the step that decides them; ports are left to be awaited."""

from __future__ import annotations

from typing import ClassVar, TypeVar, cast

from ..engine.branching import BranchDispatcher
from ..engine.desk import Desk
from ..engine.dispatcher import Dispatcher
from ..engine.turn import Steps, Turn

__all__ = ["BranchLeavingDesk", "LeavingDesk"]

T = TypeVar("T")


class LeavingDispatcher(Dispatcher):
    """Leaves sendings and events in the turn."""

    def work_off(self, turn: Turn) -> None:
        """Send what needs no waiting, unless a call outside of this one does it in its turn."""
        if not self.leaves(turn):
            self.send(turn)

    def send(self, turn: Turn) -> None:
        """Do nothing: ports are awaited."""


class BranchSender(LeavingDispatcher, BranchDispatcher):
    """Sends within the step that decided, for nobody is asked; leaves events in the turn."""

    def leaves(self, turn: Turn) -> bool:
        """Tell whether an outer call goes on; a pass of the branch has nothing of anybody else."""
        return turn.busy

    def send(self, turn: Turn) -> None:
        """Let the requests leave, and all that follow from their receipts."""
        while turn.sendings or turn.unkept:
            if turn.sendings:
                _, claims = turn.sendings.popleft()
                self.deliver(turn, claims)
            else:
                turn.settle()


class LeavingDesk(Desk):
    """A desk that hands a command to the journey, and no further."""

    _Dispatcher: ClassVar[type[Dispatcher]] = LeavingDispatcher
    dispatcher: LeavingDispatcher

    def through(self, steps: Steps[T]) -> T:
        """Return the steps themselves: whoever called goes through them, and delivers between."""
        return cast("T", steps)


class BranchLeavingDesk(LeavingDesk):
    """A desk of a branch, whose requests leave at once."""

    _Dispatcher: ClassVar[type[Dispatcher]] = BranchSender
