"""What all events have in common."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

import attrs

from ...errors import one_line
from ..instants import on_clock
from ..record import Brief, Plain, record

__all__ = ["COMMON", "Event", "change"]

COMMON = ("at", "job", "actor")  # the fields that all events have, and a chapter has for them


@record
class Event(Brief, Plain):
    """Base of all events: when it happened, to which job, by whom."""

    at: datetime
    job: str
    actor: str

    def __str__(self) -> str:
        """Print as a line of a history, with its time in UTC; a `History` knows the firm's zone."""
        return self.printed()

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is; a `History` knows the firm's zone."""
        what = one_line(self.sentence())
        return {"When": on_clock(self.at), "What": what, "By": self.actor, "Job": self.job}

    def printed(self, zone: tzinfo = UTC) -> str:
        """Return the line of a history, with its times as people in a zone read them (R-21)."""
        by = "" if self.actor == "system" else f" [{self.actor}]"
        return one_line(f"{on_clock(self.at, zone)} {self.sentence_in(zone)}{by}")

    def sentence_in(self, zone: tzinfo) -> str:
        """Say what happened, to people in a zone."""
        return self.sentence()

    def sentence(self) -> str:
        """Say what happened."""
        return type(self).__name__

    def line(self) -> tuple[Any, ...]:
        """Return the event without what its chapter says: its class, then its own fields."""
        cls: Any = type(self)
        return (cls, *(getattr(self, field.name) for field in attrs.fields(cls)[len(COMMON) :]))


def change(added: frozenset[str], removed: frozenset[str]) -> str:
    """Say what came and went: `+vip -old`."""
    parts = [f"+{name}" for name in sorted(added)] + [f"-{name}" for name in sorted(removed)]
    return " ".join(parts) or "unchanged"
