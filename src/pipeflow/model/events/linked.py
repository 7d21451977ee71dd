"""Events of the things linked to a job."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from ..facts import Fact, Reopened
from ..instants import on_clock
from ..money import Money
from ..record import record
from ..reminders import Reminders
from ..templates import Signatures
from .event import Event
from .sent import said_of

__all__ = [
    "FactRecorded",
    "ItemCarried",
    "ItemCompleted",
    "ItemLinked",
    "ItemReopened",
    "ItemResolved",
    "ItemUnlinked",
    "ReminderAsked",
    "ReminderSent",
    "RemindersSet",
    "RemindersStopped",
]


@record
class ItemLinked(Event):
    """A thing made elsewhere was linked to the job, with what was said of it then.

    What was known of it counts, where that is something else; an older version did not tell.
    """

    item: str
    name: str
    total: Money | None = None
    client_tasks: tuple[str, ...] = ()
    signatures: Signatures = Signatures.ALL
    signers: tuple[str, ...] = ()
    in_order: bool = False

    def sentence(self) -> str:
        """Say what happened."""
        return f"linked {self.name!r}"


@record
class ItemUnlinked(Event):
    """The job let go of a thing; nothing was deleted."""

    item: str
    name: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"unlinked {self.name!r}"


@record
class ItemCarried(Event):
    """An open item of an earlier visit, which `visit` numbers, came along and holds this one.

    `scope` is what it belonged to: the setting of a status, by its number, or its stage, which is
    0; None: an older version did not tell.
    """

    item: str
    name: str
    visit: int
    scope: int | None = None

    def sentence(self) -> str:
        """Say what happened."""
        return f"{self.name!r} of visit {self.visit} is still open, and comes along"


@record
class FactRecorded(Event):
    """Something happened to an item without completing it.

    Of an e-mail that bounced `item` is empty, `key` is that of its request, `to` are its addresses,
    and `name` what the client was reminded of by it, if it was a reminder.
    """

    item: str
    name: str
    fact: Fact
    note: str = ""
    key: str = ""
    to: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what happened."""
        note = f": {self.note}" if self.note else ""
        return f"{_words(self.fact)}, {self._what}{note}"

    @property
    def _what(self) -> str:
        """Say to what it happened; to which of several e-mails, and for whom that was."""
        if not self.key:
            return repr(self.name)
        mail = said_of(self.key, self.job)
        about = mail if mail.startswith("'") else f"{mail} of {self.name!r}"
        return f"{about} to {', '.join(self.to)}" if self.to else about


@record
class ItemCompleted(Event):
    """An item was done; `fact` is what did it, None where it was done at birth.

    It was `by_receipt` where a port told what its own bill comes to, which was paid by then.
    """

    item: str
    name: str
    fact: Fact | None = None
    by_receipt: bool = False

    def sentence(self) -> str:
        """Say what happened."""
        why = f" ({_whole(self.fact)})" if self.fact is not None else " (at birth)"
        return f"completed {self.name!r}{why}"


@record
class ItemReopened(Event):
    """A completed, cancelled or declined item waits for somebody again; the job stays (A-11).

    It was `by_receipt` where a port told that its own bill comes to more than was paid.
    """

    item: str
    name: str
    fact: Fact
    by_receipt: bool = False

    def sentence(self) -> str:
        """Say what happened."""
        if isinstance(self.fact, Reopened):
            return f"reopened {self.name!r}" + (f": {self.fact.reason}" if self.fact.reason else "")
        return f"reopened {self.name!r} ({_whole(self.fact)})"


@record
class ItemResolved(Event):
    """An item is no longer waited for, though nobody completed it (A-10).

    `due` is when the next reminder of it was, if one was set, or else what follows the last. It was
    `by_receipt` where a port told what its own bill comes to, and that left nothing to pay.
    """

    item: str
    name: str
    reason: str
    due: datetime | None = None
    by_receipt: bool = False

    def sentence(self) -> str:
        """Say what happened."""
        return f"no longer waits for {self.name!r}: {self.reason}"


@record
class ReminderAsked(Event):
    """Somebody asked for a reminder by hand; `ReminderSent` follows when it has left."""

    item: str
    name: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"asked for a reminder of {self.name!r}"


@record
class ReminderSent(Event):
    """The client was reminded of an item: the mail has left (R-5); `number` 0 for one by hand."""

    item: str
    name: str
    number: int
    to: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what happened."""
        which = f"reminder {self.number}" if self.number else "a reminder by hand"
        to = f" to {', '.join(self.to)}" if self.to else ""  # of what was told late nobody knows
        return f"sent {which} of {self.name!r}{to}"


@record
class RemindersSet(Event):
    """Reminders of an item were set, or go on; `due` is when the next one is (None: they wait).

    They go on *again* where something else lets them, which history tells too; those that were sent
    before are part of the number then.
    """

    item: str
    name: str
    reminders: Reminders
    due: datetime | None = None
    again: bool = False

    def sentence(self) -> str:
        """Say what happened, with the time of the next one in UTC."""
        return self.sentence_in(UTC)

    def sentence_in(self, zone: tzinfo) -> str:
        """Say what happened, to people in a zone (R-21)."""
        then = f"next {on_clock(self.due, zone)}" if self.due is not None else "not yet"
        rhythm = f"again, {self.reminders} in all" if self.again else f"{self.reminders}"
        return f"reminds of {self.name!r} {rhythm}; {then}"


@record
class RemindersStopped(Event):
    """No more reminders of an item will go out, unless they are set again or go on.

    `due` is when the next one was, if one was set.
    """

    item: str
    name: str
    reason: str
    due: datetime | None = None

    def sentence(self) -> str:
        """Say what happened."""
        return f"stopped reminding of {self.name!r}: {self.reason}"


def _words(fact: Fact) -> str:
    """Turn `TaskCompleted` into `task completed`."""
    name = type(fact).__name__
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def _whole(fact: Fact) -> str:
    """Turn a fact into words, and say of money how much it is."""
    amount = getattr(fact, "amount", None)
    return _words(fact) if amount is None else f"{_words(fact)}, {amount}"
