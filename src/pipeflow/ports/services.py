"""The ports given to the engine itself: clock, ids, authorizer, calendar, and the waker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from ..model.accounts import Account, Person
from ..model.automations import Automation
from ..model.items import ItemKind
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import Plain, frozen
from ..model.stages import Stage

__all__ = ["Authorizer", "Calendar", "Clock", "Ids", "Intent", "Waker"]


class Clock(ABC):
    """Tells the time."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the present instant: aware, in UTC."""


class Ids(ABC):
    """Makes ids."""

    @abstractmethod
    def new(self, kind: str, /) -> str:
        """Return an id that was never returned before.

        *kind* is "job", "account" or "contact", or "engine" for the one that claims due rows.
        """


@frozen(kw_only=True)
class Intent(Plain):
    """What somebody wants to do, with all that a policy may go by; nothing of it is done yet.

    `about` is the id of what it is about, as `Authorizer.can` gets it; `job`, `account`, `pipeline`
    and `stage` are those that it is about, as they stand, None where there is none yet or no single
    one; where a job would go, the pipeline and the stage that it would enter. `fires` are the
    automations that would fire, each if its condition holds at its turn, and those to which they
    lead, each once; an invoice that a proposal brings is a `CreateInvoice`. Of a save they are
    those that come anew or are changed, for they fire in whoever's name later. What the system does
    later is not among them: automove after another command, triggers and ticks. `grants` are
    members and roles to whom these give access to accounts, or jobs. `things` are what is to be
    saved, the definitions that are read or deleted, or both members where one hands over.
    `item_kind` is the kind of the one item that it is about, or that is to be linked; a command is
    asked about once more for each other kind of which it cancels items.
    """

    actor: str
    action: str
    about: str
    job: Job | None = None
    account: Account | None = None
    pipeline: Pipeline | None = None
    stage: Stage | None = None
    fires: tuple[Automation, ...] = ()
    grants: frozenset[Person] = frozenset()
    things: tuple[Any, ...] = ()
    item_kind: ItemKind | None = None

    @property
    def kinds(self) -> frozenset[type[Automation]]:
        """The kinds of the automations that would fire: `UpdateAccountTags in intent.kinds`."""
        return frozenset(map(type, self.fires))


class Authorizer(ABC):
    """Says who may do what. The system (automove, `tick`) is never asked (A-52)."""

    @abstractmethod
    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Tell whether *actor* may do *action* (a call of the engine, such as "move") to *about*.

        Must not call the engine: the decision that asks is not made yet.
        """

    def may(self, intent: Intent, /) -> bool:
        """Tell whether somebody may do what they intend; override it to go by more than `can` gets.

        Whoever overrides it is asked this alone; unless it is, `can` is asked. Automations that are
        saved fire in the name of whoever moves a job later, so let nobody save what they might not
        do: `intent.kinds` and `intent.grants` say what that is. It must not call the engine.
        """
        return self.can(intent.actor, intent.action, intent.about)


class Calendar(ABC):
    """Knows the firm's days off, beside weekends (R-39).

    It is asked anew for each decision that needs it, a year or so at a time, so that it should be
    quick. Must not call the engine.
    """

    @abstractmethod
    def days_off(self, first: date, last: date, /) -> Iterable[date]:
        """Return the days off from *first* to *last*, both included; others do no harm."""


class Waker(ABC):
    """Wakes a worker when something will be due.

    A host that calls `tick` once when it starts, and again at each instant that it is told, leaves
    nothing undone; late or twice does no harm. Each command tells the earliest instant of what it
    leaves to wait, and when its lease ends where it calls ports. Each tick tells when the next of
    all that is left is due, ends of leases among them, so that what was told before a process died
    is told anew. An instant that has gone by means at once.
    """

    @abstractmethod
    def wake(self, tenant: str, at: datetime, /) -> None:
        """See that `tick` is called for *tenant* at the instant *at*, or soon after."""
