"""The sending window: when what is asked of ports may leave (R-37)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipeflow import SendingWindow
from tests.reference.things import Asked

__all__ = ["Window"]

# How a window calls what waits for it, by what is asked for; what takes back never waits.
SORTS = {
    "Message": "message", "Invoice": "invoice", "Organizer": "organizer", "Proposal": "proposal",
    "Task": "task", "FolderTree": "folder", "ClientRequest": "client_request", "Notice": "notice",
}  # fmt: skip


@dataclass(eq=False)
class Window:
    """On which days, counted from Monday, between which hours, and what waits for it."""

    days: frozenset[int]
    opens: time
    closes: time
    kinds: frozenset[str]

    def said(self) -> SendingWindow:
        """Say it as a firm's settings do."""
        names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        days = ", ".join(names[one] for one in sorted(self.days))
        return SendingWindow(days, opens=self.opens, closes=self.closes, kinds=self.kinds)

    def opening(self, ask: Asked, at: datetime, zone: str) -> datetime:
        """Return when something may leave that is to leave at an instant."""
        sort = SORTS.get(ask.what, "")
        if ask.what == "Email":
            sort = "email" if ask.number is None else "reminder"
        while sort in self.kinds and not self._is_open(at, zone):
            here = at.astimezone(ZoneInfo(zone))
            day = here.date() + timedelta(days=here.time() >= self.opens)
            at = datetime.combine(day, self.opens, ZoneInfo(zone)).astimezone(at.tzinfo)
        return at

    def _is_open(self, at: datetime, zone: str) -> bool:
        here = at.astimezone(ZoneInfo(zone))
        return here.weekday() in self.days and self.opens <= here.time() < self.closes
