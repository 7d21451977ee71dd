"""Business hours: what waits for the sending window, and when that opens (R-37)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from ..errors import PipeflowError
from ..model.windows import SendingWindow
from ..ports.requests import (
    ClientRequest,
    Email,
    EmailKind,
    FolderTree,
    Invoice,
    Message,
    Notice,
    Organizer,
    Proposal,
    Request,
    Task,
)
from .calendar import at_clock, today
from .recurrences import IsOff

__all__ = ["leaving_at", "waits_for_window"]

MOST_SHUT = 400  # days in a row; a calendar without an opening in a year is a mistake

_KINDS: Mapping[type, str] = {
    Message: "message",
    Invoice: "invoice",
    Organizer: "organizer",
    Proposal: "proposal",
    Task: "task",
    FolderTree: "folder",
    ClientRequest: "client_request",
    Notice: "notice",
}


def waits_for_window(window: SendingWindow, request: Request) -> bool:
    """Tell whether a request leaves only inside the window; what takes back never waits."""
    if isinstance(request, Email):
        kind = "reminder" if request.kind is EmailKind.REMINDER else "email"
    else:
        kind = _KINDS.get(type(request), "")
    return kind in window.kinds


def leaving_at(window: SendingWindow, at: datetime, zone: tzinfo, is_off: IsOff) -> datetime:
    """Return the first instant inside the window that is not before *at*.

    Where the clocks skip an hour at which it opens or closes, it is the first moment behind it; of
    one that comes twice it is the first.

    Raises:
        PipeflowError: The calendar leaves no opening in a year, or failed.
    """
    first = today(at, zone)
    for number in range(MOST_SHUT):
        day = first + timedelta(days=number)
        if day.weekday() not in {one.number for one in window.days}:
            continue
        opens, closes = at_clock(day, window.opens, zone), at_clock(day, window.closes, zone)
        if at < closes and opens < closes and not is_off(day):
            return max(at, opens)
    raise PipeflowError(
        f"the sending window does not open within a year after {at}; mend Calendar.days_off"
    )
