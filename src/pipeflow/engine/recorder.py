"""The recorder: stands in for all ports of a branch, and keeps what they would have been asked."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from ..model.items import ItemKind
from ..ports.cancellations import CANCELLATIONS
from ..ports.ports import OUTLETS, Receipt
from ..ports.requests import Request, Task, TaskChange

__all__ = ["Recorder"]


class Recorder:
    """Takes every request that the parent's ports would take, and answers that it is done.

    Its receipts have the key of a request for a reference, so that what is asked for can be taken
    back; nothing is completed at birth.
    """

    def __init__(
        self, names: AbstractSet[str], cancels: AbstractSet[ItemKind], *, updates: bool
    ) -> None:
        """Stand in for ports of these names that can take these things back."""
        self.names = frozenset(names)
        self.cancels = frozenset(cancels)
        self.updates = updates
        self.requests: list[Request] = []

    def calls(self) -> dict[type[Request], Callable[..., Receipt | None]]:
        """Return, for each kind of request that can be delivered, what takes it."""
        found: dict[type[Request], Callable[..., Receipt | None]] = {}
        for one in OUTLETS:
            if one.name in self.names:
                found[one.takes] = self._take
                if one.makes is not None:
                    found[CANCELLATIONS[one.makes]] = self._take
                if one.takes is Task:
                    found[TaskChange] = self._take
        return found

    def _take(self, request: Request, /) -> Receipt:
        self.requests.append(request)
        return Receipt(request.key)
