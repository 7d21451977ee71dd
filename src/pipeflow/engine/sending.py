"""Sending: which requests wait for the firm's window, before they are held or handed out (R-37)."""

from __future__ import annotations

from datetime import datetime

from .. import rules
from ..errors import PipeflowError
from ..model.settings import Settings
from ..model.windows import SendingWindow
from ..ports.due import (
    EARLY,
    UNANSWERED,
    UNSURE,
    Action,
    Claim,
    Due,
    DueState,
    Parked,
    Settle,
)
from ..ports.requests import Request
from .host import Host
from .log import log

__all__ = ["Gate", "gate_of", "later", "leaves", "leaves_at"]

PLACES = 1000  # of the rows of one millisecond, by which they come in the order of their commits


def leaves_at(settings: Settings, action: Action, at: datetime, is_off: rules.IsOff) -> datetime:
    """Return when what is due at an instant may leave.

    Raises:
        PipeflowError: The calendar failed, or leaves no opening.
    """
    window = settings.window
    if window is None or not isinstance(action, Request):
        return at
    if not rules.waits_for_window(window, action):
        return at
    return rules.leaving_at(window, at, settings.zone, is_off)


def leaves(
    settings: Settings, action: Action, at: datetime, is_off: rules.IsOff
) -> datetime | None:
    """Return when what is due at an instant may leave; None where the calendar cannot tell.

    It is then due at once, and whoever takes it up tells that (see `Gate`).
    """
    try:
        return leaves_at(settings, action, at, is_off)
    except PipeflowError:
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


class Gate:
    """The sending window, as what is taken up in one go meets it.

    A calendar that failed is logged once and not asked again: all that asks for it waits.
    """

    def __init__(self, host: Host, settings: Settings, window: SendingWindow) -> None:
        """Take whose window it is."""
        self._host = host
        self._settings = settings
        self._window = window
        self._is_off = host.days_off()
        self._unsure = ""

    def keeps(self, claim: Claim, now: datetime) -> str:
        """Let a request that was handed out wait for the window, if it is shut.

        It was due when the window was open, and not taken up then; or the window is another one
        since; or nobody could tell.

        Returns:
            Why it waits: `EARLY`, or `UNSURE` with the calendar's error; "" where it may leave.
        """
        host, settings, action = self._host, self._settings, claim.due.action
        if not isinstance(action, Request) or not rules.waits_for_window(self._window, action):
            return ""
        why, wait = self._unsure, now + settings.longest_backoff
        if not why:
            try:
                wait, why = rules.leaving_at(self._window, now, settings.zone, self._is_off), EARLY
            except PipeflowError as error:
                log().exception(UNSURE)
                why = self._unsure = f"{UNSURE}: {rules.single_line(str(error))}"
        if wait == now:
            return ""
        key = claim.due.key
        found = host.store.due(host.tenant, key)
        unanswered = isinstance(found, Parked) and found.error == UNANSWERED
        told = UNANSWERED if unanswered else why  # which nobody forgets while it waits
        host.store.settle(host.tenant, Settle(key, claim.token, DueState.WAIT, wait, told))
        return why


def gate_of(host: Host, settings: Settings) -> Gate | None:
    """Return the firm's window, as what is taken up in one go meets it; None: it has none."""
    return None if settings.window is None else Gate(host, settings, settings.window)
