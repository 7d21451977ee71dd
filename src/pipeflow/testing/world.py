"""A firm in memory: an engine with a clock that stands still, ids that count, and fakes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..adapters.memory import MemoryStore
from ..engine import Engine, Tick
from ..engine.passage import Passage, period, refuse_far
from ..model.accounts import Account, Contact
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.values import names
from ..ports import TIMER, Authorizer, Calendar, Email, Parked, Ports, RowKey, Store, Waker
from ..ports.keys import job_of
from ..rules import mail_key
from .clock import START, CountingIds, ManualClock
from .fakes import (
    FakeEmail,
    FakeFolders,
    FakeInvoices,
    FakeMessages,
    FakeNotices,
    FakeOrganizers,
    FakeProposals,
    FakeRequests,
    FakeTasks,
)
from .people import Client, Team

__all__ = ["World"]


class World:
    """Everything that a test or a notebook needs, predictable down to the last id.

    Args:
        start: The instant at which the clock begins.
        store: Where the engine keeps things; a memory store unless said.
        authorizer: Asked before each command of somebody.
        waker: Told when something will be due.
        calendar: Knows the firm's days off.
        deliver: False to play a host that delivers by itself. Requests are left to you then; but
            reminders over which `advance` passes leave as they fall due, as with such a host, but
            for those that wait for the sending window.
    """

    def __init__(
        self,
        start: datetime = START,
        *,
        store: Store | None = None,
        authorizer: Authorizer | None = None,
        waker: Waker | None = None,
        deliver: bool = True,
        calendar: Calendar | None = None,
    ) -> None:
        """Set the world up."""
        self._deliver = deliver
        self._reminded: dict[RowKey, None] = {}  # jobs of which somebody was to be reminded
        self.clock = ManualClock(start)
        self.ids = CountingIds()
        self.store = store if store is not None else MemoryStore()
        if hasattr(self.store, "clock"):
            self.store.clock = self.clock  # leases end when this clock says so
        self.email = FakeEmail()
        self.messages = FakeMessages()
        self.invoices = FakeInvoices()
        self.organizers = FakeOrganizers()
        self.proposals = FakeProposals()
        self.tasks = FakeTasks()
        self.folders = FakeFolders()
        self.requests = FakeRequests()
        self.notices = FakeNotices()
        self.engine = Engine(
            ports=Ports(
                email=self.email,
                messages=self.messages,
                invoices=self.invoices,
                organizers=self.organizers,
                proposals=self.proposals,
                tasks=self.tasks,
                folders=self.folders,
                requests=self.requests,
                notices=self.notices,
            ),
            store=self.store,
            clock=self.clock,
            ids=self.ids,
            authorizer=authorizer,
            waker=waker,
            deliver=deliver,
            calendar=calendar,
        )
        self.client = Client(self.engine)
        self.team = Team(self.engine)

    def account(self, name: str = "Ada Lovelace", *, tags: Iterable[str] = ()) -> Account:
        """Save an account with one contact, who takes mail and signs."""
        first = name.partition(" ")[0] if isinstance(name, str) else ""
        mailbox = "".join(c for c in first.lower() if c.isascii() and c.isalnum()) or "client"
        contact = Contact(name, email=f"{mailbox}@example.com")
        return self.engine.save(Account(name, contacts=[contact], tags=names(tags)))

    def job_at(
        self,
        pipeline: Pipeline | str,
        stage: Stage | str,
        *,
        tags: frozenset[str] | set[str] = frozenset(),
    ) -> Job:
        """Start a job of a saved pipeline in a stage, for an account of its own."""
        return self.engine.start(pipeline, self.account(tags=tags), stage=stage)

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> list[Tick]:
        """Let time pass through every instant at which something is due, in order.

        Where the host delivers by itself, reminders that fall due on the way leave by the fakes
        before the clock goes on; one that falls due at the end is left to you.

        Raises:
            DefinitionError: Time would go back, or beyond the calendar.
        """
        passes = period(days, hours, minutes)
        refuse_far(passes, self.clock.now())
        target = self.clock.now() + passes
        ticks: list[Tick] = []
        passage = Passage(self.clock.now, self.clock.set, target, self._next_due)
        tick: Tick | None = None
        while passage.goes_on(tick):
            tick = self.engine.tick()
            if tick:
                ticks.append(tick)
            jobs = map(job_of, tick.reminders)
            self._reminded |= {RowKey("job", job): None for job in jobs if job is not None}
            if not self._deliver and self.clock.now() < target:
                self._send_reminders()
        return ticks

    def _send_reminders(self) -> None:
        """Carry out what ticks made of timers, as a host that delivers by itself does.

        What could not be sent is tried again when time has passed.
        """
        jobs = [row.value for row in self.store.read("default", self._reminded).rows.values()]
        for item in (item for job in jobs for item in job.items):
            key = mail_key("default", item)
            row = self.store.due("default", key) if key is not None else None
            if (
                isinstance(row, Parked)
                and row.at <= self.clock.now()
                and isinstance(row.due.action, Email)
            ):
                try:
                    receipt = self.email.send(row.due.action)
                except Exception as error:  # noqa: BLE001  (as a port may raise whatever it likes)
                    self.engine.failed(row.due.key, error)
                else:
                    self.engine.delivered(row.due.key, receipt)

    def _next_due(self) -> datetime | None:
        """Return when `tick` has something to do; a host that delivers itself has the requests."""
        return self.store.next_due(tenant="default", asks=None if self._deliver else {TIMER})
