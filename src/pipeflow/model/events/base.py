"""What all events have in common."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..plain import Plain

__all__ = ["Event", "change"]


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Event(Plain):
    """Base of all events: when it happened, to which job, by whom."""

    at: datetime
    job: str
    actor: str

    def __str__(self) -> str:
        """Print as a line of a history."""
        by = "" if self.actor == "system" else f" [{self.actor}]"
        return f"{self.at:%Y-%m-%d %H:%M} {self.sentence()}{by}"

    def sentence(self) -> str:
        """Say what happened."""
        return type(self).__name__


def change(added: frozenset[str], removed: frozenset[str]) -> str:
    """Say what came and went: `+vip -old`."""
    parts = [f"+{name}" for name in sorted(added)] + [f"-{name}" for name in sorted(removed)]
    return " ".join(parts) or "unchanged"
