"""Sending: which requests wait for the firm's window, before they are held or handed out (R-37)."""

from __future__ import annotations

from datetime import datetime

from .. import rules
from ..errors import PipeflowError
from ..model.settings import Settings
from ..ports.due import EARLY, Action, Claim, Due, DueState, Settle
from ..ports.requests import Request
from .host import Host
from .log import log

__all__ = ["later", "leaves", "put_off"]

PLACES = 1000  # of the rows of one millisecond, by which they come in the order of their commits


def leaves(
    settings: Settings, action: Action, at: datetime, is_off: rules.IsOff
) -> datetime | None:
    """Return when what is due at an instant may leave; None where the calendar cannot tell."""
    window = settings.window
    if window is None or not isinstance(action, Request):
        return at
    if not rules.waits_for_window(window, action):
        return at
    try:
        return rules.leaving_at(window, at, settings.zone, is_off)
    except PipeflowError:
        log().exception("nobody can tell whether the sending window is open")
        return None


def later(
    request: Request, at: datetime | None, now: datetime, no: int, job: str, depth: int
) -> Due:
    """Return the row of a request that nobody here holds: it is due when it may leave.

    All that waits for one opening leaves in the order in which it was asked for.
    """
    if at is None or at <= now:
        return Due(request.key, now, no, request, job, depth)
    place = int(now.timestamp() * 1000) * PLACES + no
    return Due(request.key, at, place, request, job, depth)


def put_off(host: Host, claim: Claim, settings: Settings, now: datetime) -> bool:
    """Let a request that was handed out wait for the window, if it is shut; say whether it was.

    It was due when the window was open, and not taken up then; or the window is another one since.
    """
    at = leaves(settings, claim.due.action, now, host.days_off())
    if at == now:
        return False
    wait = now + settings.longest_backoff if at is None else at
    host.store.settle(host.tenant, Settle(claim.due.key, claim.token, DueState.WAIT, wait, EARLY))
    host.wake([wait])
    return True
