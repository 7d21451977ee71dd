"""What a decision is made of, and what it says: `State` in, `Decision` out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import attrs

from ..model.accounts import Account
from ..model.events import Chapter, Event, Line, events_of
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import Plain, frozen, record
from ..model.settings import Firm, Settings
from ..model.stages import Stage
from ..model.templates import InvoiceTemplate, Template
from ..model.values import FrozenMap
from ..ports.due import DueState, ReminderTimer, TriggerTimer
from ..ports.requests import Request

if TYPE_CHECKING:
    from ..model.automations import Automation
    from ..model.items import Ref
    from .steps import Step

__all__ = [
    "SYSTEM",
    "Book",
    "Decision",
    "Destination",
    "JobStart",
    "State",
    "ThreadWanted",
    "Timer",
]

SYSTEM = "system"  # who acts where nobody does: automove, and what is due


@frozen
class Book(Plain):
    """What the firm has laid down for the jobs of one pipeline; rules look things up in it.

    `plans` holds the stages' automations as they were made ready to fire, each stage once; `lines`
    those lines of histories that many jobs share, since they name none of a job's own things;
    `others` the books of the pipelines to which its automations lead, and those to which theirs do.
    """

    pipeline: Pipeline
    templates: Mapping[str, Template]
    firm: Firm
    zone: tzinfo
    plans: dict[str, tuple[Step, ...]] = attrs.field(factory=dict, eq=False, repr=False)
    lines: dict[Line, Line] = attrs.field(factory=dict, eq=False, repr=False)
    others: Mapping[str, Book] = attrs.field(factory=dict, eq=False, repr=False)

    @property
    def settings(self) -> Settings:
        """How the firm works."""
        return self.firm.settings

    def automation(self, stage: str, automation: str) -> Automation | None:
        """Return an automation of the pipeline as it now is, by its ids; None if it is gone."""
        return self.pipeline.automation(stage, automation)


@record
class State(Plain):
    """Where a job stands, with all that a decision about it needs.

    `undelivered` are the keys of requests of this job that have not left yet, where that was asked;
    reminders that were given up for good are not among them. `thread` is the id of the item with
    the latest open thread among the account's other jobs, "" where there is none; None: nobody has
    looked, for few decisions ask. Where the port of tasks `updates` them, it is told of changes.
    `bills` are those that the acceptance of letters brings now, by the ids of these; None: nobody
    has looked whether one of before stands, and each letter brings its own. `had` are the items
    that others have too, each with the ids of these, where that was asked; `asked_back` those of
    which others are asked back under the same name, each with how far that has come, by its key.
    """

    tenant: str
    job: Job
    account: Account
    book: Book
    undelivered: frozenset[str] = frozenset()
    thread: str | None = None
    updates: bool = False
    bills: Mapping[str, InvoiceTemplate] | None = None
    had: Mapping[str, frozenset[str]] = FrozenMap()
    asked_back: Mapping[str, Mapping[str, DueState]] = FrozenMap()


class ThreadWanted(Exception):  # noqa: N818  (it is no error: whoever decides looks, and again)
    """Raised where a decision rests on the threads of other jobs, and nobody has looked (A-48).

    It is never seen outside: whoever looks things up for rules does so, and decides again.
    """

    def __init__(self, account: str, job: str, closed: frozenset[Ref] = frozenset()) -> None:
        """Say of which account, which job asks, and which threads it has just heard are closed."""
        super().__init__(account, job)
        self.account = account
        self.job = job
        self.closed = closed


@record
class Timer(Plain):
    """A reminder or a trigger to be set: its key, its instant and what it is about."""

    key: str
    at: datetime
    action: ReminderTimer | TriggerTimer


@record
class JobStart(Plain):
    """A follow-up job that an automation starts: its id, where, its name, and who acts."""

    id: str
    book: Book
    stage: Stage
    name: str
    starter: str
    actor: str


@record
class Destination(Plain):
    """Where an automation of a visit lets a job go: pipeline and stage, and the automation's id."""

    book: Book
    stage: Stage
    visit: int
    cause: str


@record
class Decision(Plain):
    """What a command comes to: the job, the account if it changed, what to tell, what to ask.

    Where nothing `changed` there is nothing to commit. `cancels` are due rows that are no longer
    wanted; `withdraws` requests that are not, unless a port has them just now; `wanted` those that
    are after all, where they were withdrawn and are not over yet. `names` says what
    the reference of each receipt names: an item, `<job id>/` for an e-mail, "" where there is none;
    `rhythms` are the keys of requests whose delivery makes reminders begin, count or go on;
    `starts` are jobs to be started when all of this is done, in the same commit; `relocked` are
    documents that other jobs have too, and that were locked or set free by what their invoices are;
    `voided` are bills that are void from here on, or stand again; None: as is known of them.
    """

    changed: bool
    job: Job
    account: Account | None = None
    chapters: tuple[Chapter, ...] = ()
    requests: tuple[Request, ...] = ()
    timers: tuple[Timer, ...] = ()
    cancels: tuple[str, ...] = ()
    withdraws: tuple[str, ...] = ()
    starts: tuple[JobStart, ...] = ()
    names: tuple[str, ...] = ()
    rhythms: tuple[str, ...] = ()
    relocked: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    voided: tuple[tuple[str, bool | None], ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        """What is told, as events."""
        return tuple(events_of(self.chapters))
