"""Differences: what a branch would change in its firm, per account and job; values that print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from ..errors import many
from ..model.events import FieldChange
from ..model.events.event import change
from ..model.items import ItemState
from ..model.record import Plain, frozen
from ..model.values import FrozenMap
from ..show.shown import Shown

if TYPE_CHECKING:
    from ..show import Block, Document

__all__ = [
    "AccountDiff",
    "DefinitionDiff",
    "Diff",
    "Fate",
    "ItemDiff",
    "JobDiff",
    "SetChange",
    "cut",
]

DONE = ItemState.COMPLETED
MOST_ROWS = 100  # of a table, which says how many there are beside
VERBS = {
    ItemState.PENDING: "reopened",
    ItemState.COMPLETED: "completed",
    ItemState.RESOLVED: "resolved",
}


class Fate(StrEnum):
    """What would become of a thing."""

    NEW = "new"
    CHANGED = "changed"
    DELETED = "deleted"


@frozen
class SetChange(Plain):
    """What would come and go of tags, access or assignees."""

    field: str
    added: frozenset[str]
    removed: frozenset[str]

    def __str__(self) -> str:
        """Say what comes and goes: `tags +vip -old`."""
        return f"{self.field} {change(self.added, self.removed)}"


@frozen
class ItemDiff(Plain):
    """What would become of an item; `before` is None where it would be made.

    `reminders` would leave by themselves; `changes` are of who must act on it, and until when.
    `otherwise` says what else: that it would be `"unlinked"`, or made and `"resolved"`; or
    `"changed"` where more would be known of it, such as that a part is paid, or that the client
    declined it.
    """

    id: str
    name: str
    before: ItemState | None
    after: ItemState
    changes: tuple[FieldChange | SetChange, ...] = ()
    reminders: int = 0
    otherwise: str = ""

    def lines(self) -> Iterator[str]:
        """Say what would become of it."""
        if self.before is None:
            yield f"made {self.name!r}"
        if self.otherwise:
            yield f"{self.otherwise} {self.name!r}"
        elif self.after is not self.before and (self.before is not None or self.after is DONE):
            yield f"{VERBS[self.after]} {self.name!r}"
        yield from (f"{self.name!r}: {one}" for one in self.changes)
        if self.reminders:
            yield f"reminded of {self.name!r}" + f" {self.reminders} times" * (self.reminders > 1)


@frozen
class JobDiff(Plain):
    """What would become of a job.

    Args:
        job: Its id.
        name: What it is called.
        account: Whose it is, by the account's id.
        client: What the account is called.
        fate: Whether it is new, changed or deleted.
        source: The stage in which it is, by its name; "" where the job would be new.
        stage: The stage in which it would be; "" where it would be deleted.
        entered: Whether it would have entered a stage, be it the same one again.
        changes: What else would be another: its status, fields, assignees.
        items: What would be made, completed, and so on.
        requests: How many requests would leave for it, by port.
    """

    job: str
    name: str
    account: str
    client: str
    fate: Fate
    source: str = ""
    stage: str = ""
    entered: bool = False
    changes: tuple[FieldChange | SetChange, ...] = ()
    items: tuple[ItemDiff, ...] = ()
    requests: FrozenMap[str, int] = FrozenMap()

    @property
    def elsewhere(self) -> bool:
        """Whether it would be in another stage, which may be called alike in another pipeline."""
        return self.source != self.stage or any(one.field == "pipeline" for one in self.changes)

    def lines(self) -> tuple[str, ...]:
        """Say what would become of it."""
        return tuple(self._lines()) or ("its timers alone",)

    def _lines(self) -> Iterator[str]:
        if self.fate is Fate.DELETED:
            yield f"deleted; it is in {self.source!r}"
            return
        if self.fate is Fate.NEW:
            yield f"started; it would be in {self.stage!r}"
        elif self.elsewhere:
            yield f"moved from {self.source!r} to {self.stage!r}"
        elif self.entered:
            yield f"came into {self.stage!r} again"
        yield from map(str, self.changes)
        for item in self.items:
            yield from item.lines()
        yield from (f"{many(count, 'request')} to {port}" for port, count in self.requests.items())

    def __str__(self) -> str:
        """Say in one line what would become of it."""
        return f"{self.name!r} of {self.client!r}: {'; '.join(self.lines())}"


@frozen
class AccountDiff(Plain):
    """What would become of an account: its tags, access, fields and what else is said of it."""

    account: str
    name: str
    fate: Fate
    changes: tuple[FieldChange | SetChange, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Say what would become of it."""
        if self.fate is not Fate.CHANGED:
            return (self.fate.value,)
        return tuple(map(str, self.changes)) or ("nothing that shows",)

    def __str__(self) -> str:
        """Say in one line what would become of it."""
        return f"{self.name!r}: {'; '.join(self.lines())}"


@frozen
class DefinitionDiff(Plain):
    """What would become of a definition: a pipeline, template, member, schedule or the settings."""

    kind: str
    id: str
    name: str
    fate: Fate

    def __str__(self) -> str:
        """Say in one line what would become of it."""
        return f"{self.kind} {self.name!r}: {self.fate}"


@frozen
class Diff(Shown, Plain):
    """What a branch would change in its firm; it prints, and is false where that is nothing.

    `requests` says how many would leave, by port, also for what is no job.
    """

    jobs: tuple[JobDiff, ...] = ()
    accounts: tuple[AccountDiff, ...] = ()
    definitions: tuple[DefinitionDiff, ...] = ()
    requests: FrozenMap[str, int] = FrozenMap()

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.jobs or self.accounts or self.definitions or self.requests)

    @property
    def moved(self) -> tuple[JobDiff, ...]:
        """The jobs that would be in another stage."""
        return tuple(one for one in self.jobs if one.fate is Fate.CHANGED and one.elsewhere)

    def of(self, fate: Fate | str) -> tuple[JobDiff, ...]:
        """Return the jobs that would be `"new"`, `"changed"` or `"deleted"`."""
        return tuple(one for one in self.jobs if one.fate == fate)

    def __repr__(self) -> str:
        """Print in one line: how much a branch would change."""
        counts = ((self.jobs, "job"), (self.accounts, "account"), (self.definitions, "definition"))
        return f"<Diff of {', '.join(many(len(several), what) for several, what in counts)}>"

    def document(self) -> Document:
        """Build what is shown: what there is in all, and a table for jobs, accounts and so on."""
        from ..show import Document, Heading, Paragraph  # showing is rare

        heading = Heading("What the branch would change")
        if not self:
            return Document((heading, Paragraph("Nothing: the firm would be as it is.")))
        several = (
            (len(self.jobs), "job"),
            (len(self.accounts), "account"),
            (len(self.definitions), "definition"),
            (sum(self.requests.values()), "request"),
        )
        counted = ", ".join(many(number, noun) for number, noun in several if number)
        return Document((heading, Paragraph(counted), *self._tables()))

    def _tables(self) -> Iterator[Block]:
        from ..show import Table  # showing is rare

        if self.jobs:
            told = (((one.client, one.name), one.lines()) for one in self.jobs)
            rows = cut(told, len(self.jobs))
            yield Table(("Account", "Job", "What would happen"), rows, "Jobs")
        if self.accounts:
            several = (((one.name,), one.lines()) for one in self.accounts)
            rows = cut(several, len(self.accounts))
            yield Table(("Account", "What would change"), rows, "Accounts")
        if self.definitions:
            found = (((one.kind, one.name), [one.fate.value]) for one in self.definitions)
            rows = cut(found, len(self.definitions))
            yield Table(("What", "Name", "Would be"), rows, "Definitions")
        if self.requests:
            rows = tuple((port, str(count)) for port, count in self.requests.items())
            yield Table(("Port", "Requests"), rows, "Would leave")


def cut(
    things: Iterable[tuple[tuple[str, ...], Iterable[str]]], number: int
) -> tuple[tuple[str, ...], ...]:
    """Return rows for things, one for each line that is said of it, as many as people read.

    Args:
        things: How each is called, and what is said of it.
        number: How many there are.
    """
    rows: list[tuple[str, ...]] = []
    for place, (called, lines) in enumerate(things):
        if len(rows) >= MOST_ROWS:
            rows.append((f"… {number - place} more", *[""] * len(called)))
            break
        told = [*lines]
        rows += [(*(called if not n else [""] * len(called)), line) for n, line in enumerate(told)]
    return tuple(rows)
