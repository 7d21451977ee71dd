"""What a decision is made of, and what it says: `State` in, `Decision` out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

import attrs

from ..model.accounts import Account
from ..model.events import Event
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.plain import Plain
from ..model.settings import Firm, Settings
from ..model.templates import Template
from ..ports.requests import Request
from ..ports.store import ReminderTimer

__all__ = ["Book", "Decision", "State", "Timer"]


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Book(Plain):
    """What the firm has laid down for the jobs of one pipeline; rules look things up in it."""

    pipeline: Pipeline
    templates: Mapping[str, Template]
    firm: Firm
    zone: tzinfo

    @property
    def settings(self) -> Settings:
        """How the firm works."""
        return self.firm.settings


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class State(Plain):
    """Where a job stands, with all that a decision about it needs."""

    tenant: str
    job: Job
    account: Account
    book: Book


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Timer(Plain):
    """A reminder to be set: its key, its instant and what it is about."""

    key: str
    at: datetime
    action: ReminderTimer


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class Decision(Plain):
    """What a command comes to: the job, the account if it changed, events, requests, timers.

    Without an event nothing changed, and there is nothing to commit. `cancels` are due rows that
    are no longer wanted; `withdraws` requests that are not, unless a port has them just now.
    """

    job: Job
    account: Account | None
    events: tuple[Event, ...]
    requests: tuple[Request, ...] = ()
    timers: tuple[Timer, ...] = ()
    cancels: tuple[str, ...] = ()
    withdraws: tuple[str, ...] = ()
