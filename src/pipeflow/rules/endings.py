"""Endings: how requests ended, which history tells for good, while a store forgets their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..model.events import Event, RequestAbandoned, RequestDelivered, RequestWithdrawn
from ..ports.due import DueState

__all__ = ["ended"]

STATES: Mapping[type[Event], DueState] = MappingProxyType(
    {
        RequestDelivered: DueState.DONE,
        RequestWithdrawn: DueState.CANCELLED,
        RequestAbandoned: DueState.CANCELLED,
    }
)


def ended(history: Iterable[Event]) -> dict[str, DueState]:
    """Return how the requests of a history ended, by their keys.

    What became of one first counts: a thing that came to be late was withdrawn all the same.
    """
    found: dict[str, DueState] = {}
    for event in history:
        if isinstance(event, RequestDelivered | RequestWithdrawn | RequestAbandoned):
            found.setdefault(event.key, STATES[type(event)])
    return found
