"""The draft of a decision: a job and its account while rules change them, one after another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from ..model.accounts import Account, Person, Role
from ..model.events import Event, RemindersStopped, TagsChanged, Warned
from ..model.items import Item
from ..model.jobs import BlockedAutomation, Job
from ..model.reminders import Reminders
from ..model.swift import changing, replaced, swift
from ..ports.requests import Request
from ..ports.store import ReminderTimer
from .merge import Context, render, single_line
from .state import Book, Decision, State, Timer
from .times import after, today

__all__ = ["SYSTEM", "Draft"]

SYSTEM = "system"


_closed, _decision = swift(Job), swift(Decision)
_retagged = changing(Account, "tags")


class Draft:
    """What a decision has come to so far. It lives inside one call and is never handed out."""

    __slots__ = (
        "_state",
        "_today",
        "account",
        "actor",
        "armed",
        "assignees",
        "blocked",
        "book",
        "cancels",
        "entered",
        "events",
        "fired",
        "items",
        "job",
        "made",
        "now",
        "requests",
        "stage",
        "tenant",
        "timers",
        "visit",
        "withdraws",
    )

    def __init__(self, state: State, now: datetime, actor: str) -> None:
        """Begin with the job as it stands."""
        job = state.job
        self._state = state
        self._today: date | None = None
        self.tenant = state.tenant
        self.job = job
        self.book: Book = state.book
        self.account: Account = state.account
        self.now = now
        self.actor = actor
        self.items: list[Item] = [*job.items]
        self.stage = job.stage
        self.visit = job.visit
        self.entered = job.entered
        self.made = job.made
        self.armed = job.armed
        self.blocked: tuple[BlockedAutomation, ...] = job.blocked
        self.fired: frozenset[str] = job.fired
        self.assignees: frozenset[str] = job.assignees
        self.events: list[Event] = []
        self.requests: list[Request] = []
        self.timers: list[Timer] = []
        self.cancels: list[str] = []
        self.withdraws: list[str] = []

    @property
    def today(self) -> date:
        """The firm's date."""
        if self._today is None:
            self._today = today(self.now, self.book.zone)
        return self._today

    def key(self, automation: str) -> str:
        """Return the idempotency key of what an automation asks for in this visit."""
        return f"{self.tenant}/{self.job.id}/{self.visit}/{automation}"

    def text(self, text: str) -> str:
        """Fill in the merge fields of a text; most have none."""
        return render(text, self.context()) if "[" in text else text

    def line(self, text: str) -> str:
        """Fill in the merge fields of a subject or name, as one inert line."""
        return single_line(render(text, self.context()) if "[" in text else text)

    def context(self) -> Context:
        """Return what merge fields of this job draw from."""
        return Context(self.account, self.today, due=self.job.due)

    def set_tags(self, tags: frozenset[str], cause: str) -> None:
        """Give the account these tags, and say so if anything changed."""
        account = self.account
        before = account.tags
        if tags != before:
            self.account = _retagged(account, tags)
            added, removed = tags - before, before - tags
            self.events.append(
                TagsChanged(self.now, self.job.id, self.actor, account.id, added, removed, cause)
            )

    def members(self, people: Iterable[Person], cause: str) -> frozenset[str]:
        """Resolve roles by the account; one that nobody fills is warned of (A-28)."""
        found: set[str] = set()
        for person in sorted(people, key=str):
            if isinstance(person, Role):
                filling = self.account.filling(person)
                if not filling:
                    self.warn(
                        f"{cause}: nobody fills the role {person.name!r} for {self.account.name!r}"
                    )
                found.update(filling)
            else:
                found.add(person)
        return frozenset(found)

    def recipients(self, cause: str) -> tuple[str, ...]:
        """Return the addresses of those to be told; nobody is worth a warning (A-25)."""
        to = self.account.addresses
        if not to:
            self.warn(f"{cause}: no recipients, no contact of {self.account.name!r} takes mail")
        return to

    def warn(self, text: str) -> None:
        """Write down something that somebody should look at."""
        self.events.append(Warned(self.now, self.job.id, self.actor, text))

    def arm(self, item: Item, reminders: Reminders | None) -> Item:
        """Set the next reminder of an item that has one to come."""
        if reminders is None or item.reminded >= reminders.times:
            return item
        self.armed += 1
        number = item.reminded + 1
        key = f"{self.tenant}/{item.id}/reminder/{number}/{self.armed}"
        at = after(self.now, reminders.every, self.book.zone)
        self.timers.append(Timer(key, at, ReminderTimer(self.job.id, item.id, number)))
        return replaced(item, reminders=reminders, remind_at=at, timer=key)

    def disarm(self, item: Item, reason: str = "") -> Item:
        """Take back the next reminder of an item; with a reason, say so."""
        if item.timer is None:
            return item
        self.cancels.append(item.timer)
        self.timers = [timer for timer in self.timers if timer.key != item.timer]
        if reason:
            self.events.append(
                RemindersStopped(self.now, self.job.id, self.actor, item.id, item.name, reason)
            )
        return replaced(item, timer=None, remind_at=None)

    def hush(self, item: Item) -> None:
        """Take back reminders of an item that could not leave yet; late, they would be wrong."""
        for number in range(1, item.reminded + 1):
            self.withdraws.append(self.reminder_key(item, number))

    def reminder_key(self, item: Item, number: int) -> str:
        """Return the idempotency key of an item's reminder of that number."""
        return f"{self.tenant}/{item.id}/reminder/{number}/email"

    def decide(self) -> Decision:
        """Close the draft: what changed, and all that follows from it."""
        if not self.events:
            return _decision(self._state.job, None, ())
        job = self.job
        closed = _closed(
            job.id,
            job.name,
            job.account,
            job.pipeline,
            self.stage,
            job.status,
            self.visit,
            self.entered,
            job.created,
            tuple(self.items),
            self.assignees,
            job.priority,
            job.start,
            job.due,
            job.description,
            job.comments,
            job.time_budget,
            job.client_view,
            self.fired,
            self.blocked,
            self.made,
            self.armed,
        )
        return _decision(
            closed,
            None if self.account is self._state.account else self.account,
            tuple(self.events),
            tuple(self.requests),
            tuple(self.timers),
            tuple(self.cancels),
            tuple(self.withdraws),
        )
