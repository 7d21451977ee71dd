"""The recorder: stands in for all ports of a branch, and keeps what they would have been asked."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime

from ..model.items import ItemKind
from ..ports.ports import Receipt
from ..ports.requests import Email, Request

__all__ = ["Recorder"]

Call = Callable[..., Receipt | None]


class Recorder:
    """Takes every request that the parent's ports would take, and answers that it is done.

    Its receipts have the key of a request for a reference, so that what is asked for can be taken
    back; an e-mail cannot, and has none. Nothing is completed at birth.
    """

    def __init__(
        self,
        names: AbstractSet[str],
        cancels: AbstractSet[ItemKind],
        *,
        updates: bool,
        updates_organizers: bool,
        now: Callable[[], datetime],
    ) -> None:
        """Stand in for ports of these names that can take these things back."""
        self.names = frozenset(names)
        self.cancels = frozenset(cancels)
        self.updates = updates
        self.updates_organizers = updates_organizers
        self.requests: list[Request] = []
        self.instants: list[datetime] = []  # at which each of them was asked
        self._now = now

    def calls(self) -> dict[type[Request], Call]:
        """Return what takes each kind of request; none comes that no port here takes."""
        return _Every(self._take)

    def _take(self, request: Request, /) -> Receipt | None:
        self.requests.append(request)
        self.instants.append(self._now())
        return None if isinstance(request, Email) else Receipt(request.key)


class _Every(dict[type[Request], Call]):
    """One call for whatever is asked."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __missing__(self, kind: type[Request]) -> Call:
        return self._call
