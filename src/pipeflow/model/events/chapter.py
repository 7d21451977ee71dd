"""A chapter of a history: what one commit wrote, kept small; events are made when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeAlias

from ..record import Plain, record
from .event import Event

__all__ = ["Chapter", "Line", "chapters_of", "events_of"]

# What an event says beside its chapter: its class, then its own fields in their order.
Line: TypeAlias = tuple[Any, ...]


@record
class Chapter(Plain):
    """What happened in one commit, by one actor: an instant, and a line an event.

    `job` is the id of the job that it is about, "" where it is about none.
    """

    at: datetime
    job: str
    actor: str
    lines: tuple[Line, ...]

    def events(self) -> Iterator[Event]:
        """Make the events that the lines stand for."""
        at, job, actor = self.at, self.job, self.actor
        for kind, *fields in self.lines:
            yield kind(at, job, actor, *fields)


def events_of(chapters: Iterable[Chapter]) -> Iterator[Event]:
    """Make the events of several chapters, in their order."""
    for chapter in chapters:
        yield from chapter.events()


def chapters_of(events: Iterable[Event]) -> tuple[Chapter, ...]:
    """Keep events as chapters: what follows one another with the same instant, job and actor."""
    found: list[Chapter] = []
    lines: list[Line] = []
    head: tuple[datetime, str, str] | None = None
    for event in events:
        if (event.at, event.job, event.actor) != head:
            if head is not None:
                found.append(Chapter(*head, tuple(lines)))
            head, lines = (event.at, event.job, event.actor), []
        lines.append(event.line())
    if head is not None:
        found.append(Chapter(*head, tuple(lines)))
    return tuple(found)
