"""The draft of a decision: a job and its account while rules change them, one after another."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from ..errors import LimitError
from ..model.accounts import Account, Contact, Person, Role
from ..model.events import Chapter, Line, RemindersStopped, TagsChanged, Warned
from ..model.items import Item, Mark, Signatory
from ..model.jobs import Alarm, BlockedAutomation, Job
from ..model.record import replaced
from ..model.reminders import Reminders
from ..model.text import single_line
from ..ports.due import ReminderTimer
from ..ports.keys import key_of, part_of
from ..ports.requests import Request
from .alarms import settle_alarms
from .calendar import after_at_hour, today
from .decision import Book, Decision, Destination, JobStart, State, Timer
from .departed import part_with_gone
from .merge_fields import Context, render
from .rhythms import UNDER_WAY, begun, mail_of, still_reminded

__all__ = ["Draft"]

ALIKE = 4096  # lines of histories that a book keeps for all its jobs


class Draft:
    """What a decision has come to so far. It lives inside one call and is never handed out.

    Rules set what they change of the job right here: where it stands, its items, its assignees.
    `present` is the number of items that were made before the visit in which the job now is;
    `carried` the places of earlier ones that hold this visit all the same.
    """

    __slots__ = (
        "_actor", "_chapters", "_prefix", "_today", "account", "alarms", "armed", "aside",
        "assignees", "begins", "blocked", "book", "cancels", "carried", "changed", "edition",
        "empty", "entered", "fired", "items", "job", "lines", "new_fields", "next_place",
        "next_status", "now", "present", "relocked", "requests", "run", "scope", "stage", "starts",
        "state", "timers", "unhurried", "visit", "voided", "wanted", "withdraws",
    )  # fmt: skip

    def __init__(self, state: State, now: datetime, actor: str) -> None:
        """Begin with the job as it stands."""
        self.state = state
        self._actor = actor
        self._chapters: list[Chapter] = []
        self.lines: list[Line] = []
        self.job = job = state.job
        self.book: Book = state.book
        self.account: Account = state.account
        self.now = now
        self.items: list[Item] = [*job.items]
        self.stage = job.stage
        self.visit = job.visit
        self.entered = job.entered
        self.present = job.present
        self.carried: tuple[int, ...] = job.carried
        self.armed = job.armed
        self.blocked: tuple[BlockedAutomation, ...] = job.blocked
        self.fired: frozenset[str] = job.fired
        self.assignees: frozenset[str] = job.assignees
        self.alarms: tuple[Alarm, ...] = job.alarms
        self.edition = job.edition
        self.requests: list[Request] = []
        self.timers: tuple[Timer, ...] = ()
        self.cancels: tuple[str, ...] = ()
        self.withdraws: tuple[str, ...] = ()
        self.wanted: tuple[str, ...] = ()
        self.relocked: tuple[str, ...] = ()  # documents of other jobs too, locked or free from here
        self.voided: tuple[tuple[str, bool | None], ...] = ()  # bills: whether each is void now
        self.starts: tuple[JobStart, ...] = ()
        self.changed = False
        self.empty: dict[str, None] | None = None  # merge fields of what is made without a value
        # What the job gets, and where it goes, when all automations of this entry have run.
        self.next_status: str | None = None
        self.next_place: Destination | None = None
        # Whether what is past when it is set here waits until the day starts next.
        self.unhurried = False
        self.begins = False  # whether the job begins here, so that nothing was ever to fire in it
        self.new_fields = False  # whether its account got other fields in the same commit
        self.run = 0  # the number of what fires just now, unless that is the entry of a stage
        self.scope = 0  # the same, where that is the setting of a status
        self.aside = False  # whether what is made just now holds nothing
        self._today: date | None = None
        self._prefix = ""

    def before(self) -> Draft:
        """Return the draft as it was when it began."""
        return Draft(self.state, self.now, self._actor)

    # -- telling ---------------------------------------------------------------------------------

    def tell(self, *line: Any) -> None:
        """Write down that something happened, now, to this job, by whoever acts.

        Args:
            line: The class of the event, then its own fields in their order.
        """
        self.lines.append(line)

    def tell_alike(self, *line: Any) -> None:
        """Write down what many jobs say word for word alike: it is kept once for all of them."""
        known = self.book.lines
        self.lines.append(
            known.setdefault(line, line) if len(known) < ALIKE else known.get(line, line)
        )

    def warn(self, text: str) -> None:
        """Write down something that somebody should look at."""
        self.lines.append((Warned, text))

    def act_as(self, actor: str) -> None:
        """Let somebody else act from here on."""
        if actor != self._actor:
            self._end_chapter()
            self._actor = actor

    def _end_chapter(self) -> None:
        if self.lines:
            self._chapters.append(Chapter(self.now, self.job.id, self._actor, tuple(self.lines)))
            self.lines = []

    # -- keys and texts --------------------------------------------------------------------------

    @property
    def actor(self) -> str:
        """Who acts just now."""
        return self._actor

    @property
    def status(self) -> str:
        """The job's status."""
        return self.job.status

    @property
    def paused(self) -> str | None:
        """Why the job is paused; None where it is not."""
        return self.job.paused

    @property
    def today(self) -> date:
        """The firm's date."""
        if self._today is None:
            self._today = today(self.now, self.book.zone)
        return self._today

    @property
    def age(self) -> int:
        """How many days ago the job was started, on the firm's calendar."""
        return (self.today - today(self.job.created, self.book.zone)).days

    def key(self, part: str) -> str:
        """Return the key of what an automation asks for in this visit, by its part of the key."""
        prefix = self._prefix
        if not prefix:
            job = self.job
            prefix = self._prefix = f"{part_of(self.state.tenant)}/{part_of(job.id)}"
        if self.run:
            return f"{prefix}/{self.visit}.{self.run}/{part}"
        return f"{prefix}/{self.visit}/{part}"

    def item_key(self, item: Item, *parts: str) -> str:
        """Return the key of something that is about an item."""
        number = item.id.rpartition("/")[2]
        return key_of(self.state.tenant, self.job.id, number, *parts)

    def text(
        self,
        text: str,
        contact: Contact | None = None,
        *,
        html: bool = False,
        team: bool = False,
        due: date | None = None,
    ) -> str:
        """Fill in the merge fields of a text for the client, or for the team; most have none.

        Args:
            text: The text.
            contact: Whose codes are known there.
            html: Whether values are escaped.
            team: Whether the team reads it.
            due: When the job is due from now on, where that is about to change.
        """
        if "[" not in text:
            return text
        if self.empty is None:
            self.empty = {}
        context = self.context(contact, team=team)
        if due is not None:
            context = context._replace(due=due)
        return render(text, context, html=html, empty=self.empty)

    def line(self, text: str, contact: Contact | None = None, *, team: bool = False) -> str:
        """Fill in the merge fields of a subject or name, as one inert line."""
        return single_line(self.text(text, contact, team=team))

    def context(self, contact: Contact | None = None, *, team: bool = False) -> Context:
        """Return what merge fields of this job, or of a contact of its account, draw from.

        What the team reads is in the firm's own language, all else in the client's (R-20).
        """
        settings, account = self.book.firm.settings, self.account
        language = None
        if settings.languages:
            language = settings.language_for("" if team else account.language)
        return Context(account, self.today, contact, self.job.due, language=language)

    def tell_empty(self, cause: str, whose: str = "") -> None:
        """Say, once, which merge fields of what was just made had no value (R-18)."""
        if self.empty:
            of = f" of {whose!r}" if whose else ""
            self.warn(f"{cause}: nothing to fill in for {' and '.join(self.empty)}{of}")
        self.empty = None

    # -- people and tags -------------------------------------------------------------------------

    def set_tags(self, tags: frozenset[str], cause: str) -> None:
        """Give the account these tags, and say so if anything changed."""
        before = self.account.tags
        if tags != before:
            self.account = replaced(self.account, tags=tags)
            self.tell(TagsChanged, self.account.id, tags - before, before - tags, cause)

    def named(self, people: Iterable[Person], cause: str) -> frozenset[str]:
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

    def members(
        self, people: Iterable[Person], cause: str, known: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        """Resolve roles; whoever is not active is left out, unless known, and warned of (R-28)."""
        return self.active(self.named(people, cause), cause, known)

    def active(
        self, members: frozenset[str], cause: str, known: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        """Leave out whoever is not active, or was deleted, unless known, and warn of it (R-28)."""
        out = (members & self.book.firm.out) - known
        for one in sorted(out):
            self.warn(f"{cause}: {one!r} is not active, and was left out")
        return members - out

    def recipients(self, cause: str) -> tuple[str, ...]:
        """Return the addresses of those to be told; nobody is worth a warning (A-25)."""
        to = self.account.addresses
        if not to:
            why = "no contact of {!r} takes mail" if self.account.active else "{!r} is not active"
            self.warn(f"{cause}: no recipients, {why.format(self.account.name)}")
        return to

    def warn_unsigned(self, signatories: Collection[Signatory], cause: str) -> None:
        """Warn of something to sign that nobody can sign (R-14)."""
        if not signatories:
            why = f"no contact of {self.account.name!r} is a signatory"
            self.warn(f"{cause}: nobody can sign, {why}")

    # -- reminders -------------------------------------------------------------------------------

    def arm(
        self,
        item: Item,
        reminders: Reminders | None,
        since: datetime | None = None,
        *,
        at: datetime | None = None,
    ) -> Item:
        """Set the next reminder of an item that has one to come, an interval from now, at its hour.

        Until the client has the thing, or while nobody is to be reminded of it, none is set; nor is
        one of what was declined, which begins anew when it is reopened (R-13).

        Args:
            item: The item.
            reminders: How often.
            since: From when the interval counts, instead of from now.
            at: When it is due, instead of an interval later.
        """
        if reminders is None or item.reminded >= reminders.times:
            return item
        first = begun(item)
        if first is None or Mark.DECLINED in item.marks or not still_reminded(self, item):
            return item
        if item.timer is not None:
            item = self.disarm(item)
        self.armed += 1
        number = item.reminded + 1
        key = self.item_key(item, "reminder", str(number), str(self.armed))
        if at is None:
            at = after_at_hour(since or self.now, reminders.every, first, self.book.zone)
        self.timers += (Timer(key, at, ReminderTimer(self.job.id, item.id, number)),)
        return replaced(item, reminders=reminders, remind_at=at, timer=key)

    def disarm(self, item: Item, reason: str = "") -> Item:
        """Take back the next reminder of an item; with a reason, say so."""
        if item.timer is None:
            return item
        self.cancels += (item.timer,)
        self.timers = tuple(timer for timer in self.timers if timer.key != item.timer)
        if reason:
            self.tell(RemindersStopped, item.id, item.name, reason, item.remind_at)
        return replaced(item, timer=None, remind_at=None)

    def hush(self, item: Item) -> Item:
        """Take back the reminder of an item that could not leave yet; late, it would be wrong."""
        mail = mail_of(item)
        if not mail:
            return item
        self.withdraws += (self.item_key(item, *mail),)
        return replaced(item, marks=item.marks - UNDER_WAY)

    # -- the end ---------------------------------------------------------------------------------

    def decide(self) -> Decision:
        """Close the draft: what changed, and all that follows from it.

        Raises:
            LimitError: It would ask more of the ports than one command may.
        """
        job = self.job
        if self.book.firm.gone:
            part_with_gone(self)
        if self.alarms or self.book.pipeline.is_timed:
            settle_alarms(self)
        if not (self.lines or self._chapters or self.changed):
            return Decision(False, self.state.job, voided=self.voided)
        self._end_chapter()
        most = self.book.firm.settings.most_requests
        if len(self.requests) > most:
            raise LimitError(
                f"job {job.name!r} would ask for {len(self.requests)} things in one command, and "
                f"{most} are allowed; nothing was stored (Settings.most_requests)"
            )
        return Decision(
            True,
            self._closed(),
            None if self.account is self.state.account else self.account,
            tuple(self._chapters),
            tuple(self.requests),
            self.timers,
            self.cancels,
            self.withdraws,
            self.starts,
            relocked=self.relocked,
            wanted=self.wanted,
            voided=self.voided,
        )

    def _closed(self) -> Job:
        """Return the job as it now stands; by position, which takes a fifth of the time."""
        job = self.job
        return Job(
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
            self.armed,
            self.present,
            self.carried,
            job.highest,
            job.paused,
            job.scope,
            self.alarms,
            job.follow_ups,
            job.starter,
            self.edition,
        )
