"""Endings: how requests ended, which history tells for good, while a store forgets their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..model.events import (
    Event,
    RequestAbandoned,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestRetried,
    RequestWithdrawn,
)
from ..ports.due import UNANSWERED, UNANSWERED_LAST, DueState, Parked

__all__ = ["ended", "is_unanswered", "may_have_left"]

STATES: Mapping[type[Event], DueState] = MappingProxyType(
    {
        RequestDelivered: DueState.DONE,
        RequestWithdrawn: DueState.CANCELLED,
        RequestAbandoned: DueState.CANCELLED,
    }
)

NO_ANSWER = frozenset({UNANSWERED, UNANSWERED_LAST})


def ended(history: Iterable[Event]) -> dict[str, DueState]:
    """Return how the requests of a history ended, by their keys.

    What became of one first counts: a thing that came to be late was withdrawn all the same.
    """
    found: dict[str, DueState] = {}
    for event in history:
        if isinstance(event, RequestDelivered | RequestWithdrawn | RequestAbandoned):
            found.setdefault(event.key, STATES[type(event)])
    return found


def is_unanswered(history: Iterable[Event], key: str, calls: int) -> bool:
    """Tell whether a call of a request was never answered, whatever came of later ones.

    Calls are counted, from one again where somebody retries by hand, and each that failed is told.
    """
    failed, told = set[int](), 0
    for event in history:
        if isinstance(event, RequestFailed | RequestGivenUp) and event.key == key:
            told = max(told, event.attempt)
            failed |= {event.attempt} if event.error not in NO_ANSWER else set()
        elif isinstance(event, RequestRetried) and event.key == key:
            if len(failed) < told:
                return True
            failed, told = set(), 0
    return len(failed) < max(calls, told)


def may_have_left(history: Iterable[Event], row: Parked) -> bool:
    """Tell whether a port may have done what a row asks: somebody holds it, or a worker died."""
    held = row.state is DueState.LEASED
    return held or is_unanswered(history, row.due.key, row.attempt)
