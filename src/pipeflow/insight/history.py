"""The history of a job: a sequence of events that prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from typing import TypeVar, overload

from ..model.events import Event

__all__ = ["History"]

E = TypeVar("E", bound=Event)


class History(Sequence[Event]):
    """All events of a job, oldest first; printed with their times in the firm's zone (R-21)."""

    __slots__ = ("_events", "_zone")

    def __init__(self, events: Sequence[Event], zone: tzinfo = UTC) -> None:
        """Take the events in their order, and the zone of those who read them."""
        self._events = tuple(events)
        self._zone = zone

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> History: ...
    def __getitem__(self, place: int | slice) -> Event | History:
        """Return one event, or a part of the history."""
        found = self._events[place]
        return History(found, self._zone) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        """Count the events."""
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        """Go through the events."""
        return iter(self._events)

    def __eq__(self, other: object) -> bool:
        """Equal a history, list or tuple of the same events."""
        return isinstance(other, History | tuple | list) and self._events == tuple(other)

    def __hash__(self) -> int:
        """Hash by content."""
        return hash(self._events)

    def of(self, kind: type[E]) -> tuple[E, ...]:
        """Return the events of one kind: `history.of(AutomationSkipped)`."""
        return tuple(event for event in self._events if isinstance(event, kind))

    def __str__(self) -> str:
        """Print a line an event."""
        return "\n".join(event.printed(self._zone) for event in self._events)

    def __repr__(self) -> str:
        """Say how many there are."""
        return f"<History of {len(self._events)} events>"
