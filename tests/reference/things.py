"""What the naive firm knows: jobs, the things linked to them, and what it asked of the ports."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from pipeflow import Fact, ItemKind, Money, slug

__all__ = [
    "CLIENTS", "Alarm", "Asked", "Client", "Job", "Letter", "Payment", "Refused", "Start", "State",
    "Thing", "call_off",
]  # fmt: skip

# What only clients, and nobody of the team, have to act on: they are reminded of these.
CLIENTS = frozenset(ItemKind) - {ItemKind.TASK, ItemKind.NOTE}
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Refused(Exception):  # noqa: N818  (a clerk says no; nothing broke)
    """The rules do not allow it."""


class State(StrEnum):
    """What somebody still has to do about a thing."""

    PENDING = "pending"
    COMPLETED = "completed"
    RESOLVED = "resolved"


class Letter(StrEnum):
    """What became of something that was asked of a port."""

    WAITS = "waits"
    HELD = "held"
    LEFT = "left"
    GIVEN_UP = "given up"
    WITHDRAWN = "withdrawn"


class Payment(NamedTuple):
    """Money that came, or is on its way."""

    amount: Money
    cleared: bool
    reference: str | None


@dataclass(eq=False)
class Asked:
    """Something that was asked of a port; `number` is which reminder it is, 0 for one by hand."""

    port: str
    what: str
    name: str
    job: str
    thing: Thing | None = None
    to: tuple[str, ...] = ()
    number: int | None = None
    due: datetime | None = None
    anew: datetime | None = None  # when an undo asked for it, where one did
    moved: bool = False  # it was the move itself that took it back
    called_off: bool = False  # nobody needs it any more, and yet somebody has it in hand
    named: str = ""  # what its port calls what it made
    until: datetime = NEVER  # while somebody has it in hand
    unanswered: bool = False  # whoever had it in hand never said what came of it
    out_with: set[Asked] | None = None  # what may be out of a move that is undone, itself too
    state: Letter = Letter.WAITS
    tries: int = 0
    failed: bool = False
    at: datetime | None = None
    key: str = ""
    mark: tuple[str, str, str] = ("", "", "")  # pipeline, stage, automation
    birth: bool = False

    @property
    def may_be_out(self) -> bool:
        """Whether a port may have done it by now."""
        return self.state in {Letter.LEFT, Letter.HELD} or self.unanswered

    def label(self) -> tuple[object, ...]:
        """Say what a port sees of it."""
        item = self.thing.id if self.thing is not None else None
        return (self.what, self.job, item, slug(self.name), self.to, self.number)


def call_off(ask: Asked) -> bool:
    """Take back what was asked for and has not left; tell whether it certainly never does."""
    if ask.state is Letter.HELD:
        ask.called_off = True
    if ask.called_off:
        return False  # until whoever has it in hand says so, or somebody else takes it up
    never = ask.state in {Letter.WAITS, Letter.GIVEN_UP}
    if never:
        ask.state = Letter.WITHDRAWN
    return never


@dataclass(eq=False)
class Thing:
    """A thing linked to a job."""

    id: str
    kind: ItemKind
    name: str
    origin: str
    visit: int
    scope: int = 0  # the setting of a status to which it belongs; 0 where it belongs to the stage
    asks: bool = True
    holds: bool = True  # whether its stage waits for it
    template_of: tuple[str, str, str] = ("", "", "")  # pipeline, stage, automation
    state: State = State.PENDING
    ask: Asked | None = None
    ref: str = ""
    reached: datetime | None = None  # when it was at the client's, or at the team's
    assignees: frozenset[str] = frozenset()
    # Who let go of it, and how.
    unlinked: bool = False
    done_since: bool = False  # it was done after the job had let go of it
    unmade: bool = False
    unwanted: bool = False  # its job left it behind before it was there
    gone: Asked | None = None  # that its port take it back, asked for last
    void: bool = False  # of a bill: it was cancelled, or its port was asked to take it back
    sure: bool = False  # it was the host that said so
    closed: bool = False  # of what asks nothing: nobody is to be reminded of it any more
    late_facts: list[Fact | None] = field(default_factory=list)  # told when it did not matter
    held: bool = False  # it was done while the job was paused
    owes: bool = False  # it was signed anew, and brings another bill once that of before is void
    # Reminders.
    every: int = 0
    times: int = 0
    sent: int = 0
    next: datetime | None = None
    quiet: bool = False
    unheard: bool = False
    mail: Asked | None = None
    then: tuple[Any, ...] = ()  # what fires when its reminders are used up
    changed: Asked | None = None
    # What is known of it.
    template: Any = None
    total: Money | None = None
    payments: list[Payment] = field(default_factory=list)
    cleared: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    refunded: dict[str, Money | None] = field(default_factory=dict)
    settled: bool = False
    since: dict[str, Money | None] = field(default_factory=dict)  # back then, of what went on
    added: list[Payment] = field(default_factory=list)  # without a reference, since it was open
    answers: dict[str, Any] = field(default_factory=dict)
    signers: tuple[str, ...] = ()
    all_sign: bool = True
    signed: list[str] = field(default_factory=list)
    refusals: list[str | None] = field(default_factory=list)
    disapproved: bool = False
    package: str | None = None
    client_tasks: tuple[str, ...] = ()
    ticked: list[str] = field(default_factory=list)
    replied: bool = False
    sent_in: bool = (
        False  # the client sent what was linked, and the firm has not said that it is done
    )

    @property
    def enough(self) -> int:
        """How many have to sign it."""
        return len(self.signers) if self.all_sign else 1

    @property
    def declined(self) -> bool:
        """Whether a client will not sign or approve it."""
        return bool(self.refusals)


@dataclass(eq=False)
class Alarm:
    """When a trigger is to fire; `at` is None where its time came and it could not fire."""

    trigger: str
    of: Any  # the visit, the date and whose, or the thing
    nominal: datetime
    at: datetime | None
    rested: bool = False  # whether its time came while its job was not Active
    delay: timedelta | None = None  # how late it was when a rest began, or is at `at` since

    @property
    def key(self) -> tuple[object, ...]:
        """Tell it from all others of the job."""
        return (self.trigger, self.of)

    @property
    def is_of_visit(self) -> bool:
        """Whether it is for one visit of a stage alone."""
        date_and = self.of[1] if isinstance(self.of, tuple) else None
        return isinstance(self.of, int) or isinstance(date_and, int)


@dataclass(eq=False)
class Job:
    """A job; `before` is how it was before its last move, `since` what happened to it afterwards.

    `sleeps`: automove waits for the next thing that happens. `moved` is when its last move was;
    `born` is what a job did that another one started, when it was, and `birth` while it is;
    `gone_on`: something has happened to it since.
    """

    id: str
    account: str
    pipeline: str
    stage: str = ""
    visit: int = 0
    highest: int = 0
    status: str = "Active"
    paused: bool = False
    setting: int = 0  # the number of its last status of the pipeline's own, which none else has
    entered: datetime = LONG_AGO
    made: datetime = LONG_AGO
    start: date | None = None
    due: date | None = None
    priority: str = "medium"
    shown: tuple[str, ...] | None = None  # what the client sees of it
    next_status: str = ""  # what its automations want, when all of them have had their turn
    next_place: tuple[str, str] | None = None
    alarms: list[Alarm] = field(default_factory=list)
    stood: list[Alarm] = field(default_factory=list)  # those of before this command
    rested: bool = False  # whether triggers did not fire before this command
    triggered: set[Any] = field(default_factory=set)  # the keys of those that fired
    homes: dict[Any, tuple[str, str, str]] = field(default_factory=dict)  # where these stood
    sleeps: bool = False
    things: list[Thing] = field(default_factory=list)
    assignees: set[str] = field(default_factory=set)
    fired: set[tuple[str, str, str]] = field(default_factory=set)
    before: Any = None
    since: bool = False
    trail: list[Any] = field(default_factory=list)  # what the present move did so far
    moved: datetime = LONG_AGO
    started: int = 0  # how many jobs its automations have started
    by: Job | None = None  # whose automation started it
    birth: list[Any] | None = None
    born: list[Any] | None = None
    gone_on: bool = False

    def here(self) -> list[Thing]:
        """Return the things of this visit."""
        return [one for one in self.things if one.visit == self.visit]

    def waited_for(self, scope: int = 0) -> list[Thing]:
        """Return what its stage goes by, or this setting of a status (2.6, A-7, R-36)."""
        found = [one for one in self.things if one.scope == scope and one.asks and one.holds]
        return found if scope else [one for one in found if one.visit == self.visit]


@dataclass(eq=False)
class Start:
    """A job that an automation of another one starts: its id, by which job, and where."""

    id: str
    by: Job
    pipeline: str
    stage: str | None
    mark: tuple[str, str, str] = ("", "", "")  # pipeline, stage, automation


@dataclass(eq=False)
class Client:
    """An account."""

    id: str
    tags: set[str] = field(default_factory=set)
    access: set[str] = field(default_factory=set)
    fields: dict[str, Any] = field(default_factory=dict)
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    contacts: list[tuple[str, str, bool]] = field(default_factory=list)  # id, address, notify
    answered: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def heard_at(self) -> tuple[str, ...]:
        """Return the addresses of those who take mail."""
        return tuple(address for _, address, notify in self.contacts if notify)
