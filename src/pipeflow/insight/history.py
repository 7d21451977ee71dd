"""A history, of a job, an account or the whole firm: a sequence of events that prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, TypeVar, overload

from ..errors import DefinitionError, Problem, many, one_line, shown
from ..model.events import Event
from ..model.instants import on_clock
from ..show.shown import Shown

if TYPE_CHECKING:
    from ..show import Document

__all__ = ["History"]

E = TypeVar("E", bound=Event)


class History(Shown, Sequence[Event]):
    """All events of a job or an account, oldest first, or of a firm, newest first.

    Where events of several jobs stand together, each is printed with the name of its job. Times are
    printed in the firm's zone (R-21).
    """

    __slots__ = ("_events", "_jobs", "_zone")

    def __init__(
        self, events: Sequence[Event], jobs: Mapping[str, str] | None = None, zone: tzinfo = UTC
    ) -> None:
        """Take the events in their order, the names of jobs by their ids, and the readers' zone."""
        self._events = tuple(events)
        self._jobs: Mapping[str, str] = jobs or {}
        self._zone = zone

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> History: ...
    def __getitem__(self, place: int | slice) -> Event | History:
        """Return one event, or a part of the history."""
        found = self._events[place]
        return History(found, self._jobs, self._zone) if isinstance(found, tuple) else found

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
        """Return the events of one kind: `history.of(AutomationSkipped)`.

        Raises:
            DefinitionError: It is no class of events.
        """
        given: object = kind
        if not (isinstance(given, type) and issubclass(given, Event)):
            what, allowed = "must be a class of events", ("AutomationSkipped", "...")
            raise DefinitionError(Problem(what, "$.kind", shown(kind), allowed))
        return tuple(event for event in self._events if isinstance(event, kind))

    def __str__(self) -> str:
        """Print a line an event."""
        return "\n".join(map(self._line, self._events))

    def document(self) -> Document:
        """Build what is shown: a table with a row an event, and its job where there are several."""
        from ..show import Document, Heading, Table  # showing is rare

        rows = tuple(
            (
                on_clock(one.at, self._zone),
                one_line(one.sentence_in(self._zone)),
                one.actor,
                self._jobs.get(one.job, ""),
            )
            for one in self._events
        )
        heading = Heading(f"History: {many(len(rows), 'event')}")
        return Document((heading, Table(("When", "What", "By", "Job"), rows)))

    def _line(self, event: Event) -> str:
        name, line = self._jobs.get(event.job), event.printed(self._zone)
        return f"{line} ({name})" if name is not None else line

    def __rich_repr__(self) -> Iterator[Event]:
        """Let rich print one event below the other, where it prints values."""
        return iter(self)

    def __repr__(self) -> str:
        """Say how many there are."""
        return f"<History of {len(self._events)} events>"
