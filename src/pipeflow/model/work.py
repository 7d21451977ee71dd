"""Work: what is open, and who must act on it: the team, or the client (R-23, R-29)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum

import attrs

from ..errors import one_line
from .instants import on_clock
from .items import Item, ItemKind, ItemState, LockState, Mark
from .jobs import OVER, BlockedAutomation, Job
from .record import Brief, Plain, frozen

__all__ = [
    "AUTOMATION",
    "KINDS",
    "Side",
    "Work",
    "heading",
    "headings",
    "is_idle",
    "is_under_way",
    "side_of",
    "usual_side",
    "work_of",
]

AUTOMATION = "automation"  # the kind of work that one is which could not run
KINDS = (*(kind.value for kind in ItemKind), AUTOMATION)

PENDING, MESSAGE = ItemState.PENDING, ItemKind.MESSAGE


class Side(StrEnum):
    """Who must act."""

    TEAM = "team"
    CLIENT = "client"


TEAM = Side.TEAM
# Who must act on an item of a kind, as long as nothing else is said of it; nobody on the others.
_SIDES: Mapping[ItemKind, Side] = {
    ItemKind.TASK: Side.TEAM,
    ItemKind.INVOICE: Side.CLIENT,
    ItemKind.ORGANIZER: Side.CLIENT,
    ItemKind.PROPOSAL: Side.CLIENT,
    ItemKind.MESSAGE: Side.CLIENT,
    ItemKind.APPROVAL: Side.CLIENT,
    ItemKind.SIGNATURE: Side.CLIENT,
    ItemKind.CLIENT_REQUEST: Side.CLIENT,
    ItemKind.LOCKED_DOCUMENT: Side.CLIENT,
}
_GIVEN_BACK = frozenset({Mark.DISAPPROVED, Mark.DECLINED, Mark.SUBMITTED})


@frozen
class Work(Brief, Plain):
    """Something open: an item, or an automation that could not run, with its job.

    `item` is None for an automation, `blocked` for an item. `assignees` are the members who must
    act: those of the item, or of the job where it has none of its own; empty where the client must,
    or nobody was named. `since` is when it came to be; of an automation that failed in an earlier
    visit, when the job was started. `client` is what the account is called, and `names` are those
    of the assignees; whom whoever asks may not see goes by the id. `unreached` is what waits for a
    client of whom nobody takes mail, so that no reminder goes and somebody has to call (R-7).
    """

    job: Job
    item: Item | None
    blocked: BlockedAutomation | None
    side: Side
    assignees: frozenset[str]
    due: date | None
    since: datetime
    client: str = attrs.field(default="", eq=False, repr=False)
    names: tuple[str, ...] = attrs.field(default=(), eq=False, repr=False)
    unreached: bool = attrs.field(default=False, eq=False, repr=False)

    @property
    def kind(self) -> str:
        """What it is: `"task"`, `"invoice"` and the like, or `"automation"`."""
        return self.item.kind.value if self.item is not None else AUTOMATION

    @property
    def name(self) -> str:
        """What it is called; the automation's id where one could not run."""
        if self.item is not None:
            return self.item.name
        return self.blocked.automation if self.blocked is not None else ""

    @property
    def account(self) -> str:
        """The id of the account that it is about."""
        return self.job.account

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        return {
            "Open": self._what,
            "Job": self.job.name,
            "Account": self.client or self.account,
            "Whose turn": self._turn,
            "Assignees": self._who,
            "Due": "" if self.due is None else str(self.due),
            "Since": on_clock(self.since),
        }

    def __str__(self) -> str:
        """Print in one line: what, of which job, for which client, who must act and until when."""
        until = f", due {self.due}" if self.due is not None else ""
        of = f"{self.job.name!r} ({one_line(self.client or self.account)})"
        return f"{self._what} of {of}: {one_line(self._who) or self._turn}{until}"

    @property
    def _turn(self) -> str:
        return f"{self.side}, whom no mail reaches" if self.unreached else self.side.value

    @property
    def _what(self) -> str:
        kind = AUTOMATION if self.item is None else self.item.kind.words
        return f"{kind} {self.name!r}"

    @property
    def _who(self) -> str:
        """Name the assignees; of several of one name it says how many they are."""
        told = Counter(self.names or sorted(self.assignees))
        return ", ".join(f"{one} ({number})" if number > 1 else one for one, number in told.items())


def is_under_way(job: Job) -> bool:
    """Tell whether anybody still works at a job: it is neither completed nor archived."""
    return job.status not in OVER


def is_idle(job: Job) -> bool:
    """Tell whether a job is under way, and nobody has to act on anything of it.

    It is moved by hand, or ended, unless the time moves it (domain.md 2.1, A-4); one that is paused
    waits for whoever paused it.
    """
    return is_under_way(job) and job.paused is None and next(work_of(job), None) is None


def side_of(item: Item) -> Side | None:
    """Return who must act on an item; None: nobody."""
    if item.state is not PENDING or (item.kind is MESSAGE and not item.asks):
        return None
    side = usual_side(item)
    ours = item.assignees or is_given_back(item) or item.is_stuck
    return TEAM if side is not None and ours else side


def is_given_back(item: Item) -> bool:
    """Tell whether what waits for the client is the team's just now: a client said no, to a
    document or to a letter (R-13), or has sent what the firm has yet to accept.
    """
    return not item.marks.isdisjoint(_GIVEN_BACK)


def usual_side(item: Item) -> Side | None:
    """Return who must act on an item, as long as nothing else is said of it; None: nobody."""
    if isinstance(item.progress, LockState):  # its invoices are the client's
        return None
    return _SIDES.get(item.kind)


def heading(kind: ItemKind, side: Side) -> str:
    """Return what an item is found under: its kind, and its side where it is not the usual one."""
    return kind if _SIDES.get(kind) is side else f"{side}:{kind}"


def headings(kind: str | None, side: Side | None) -> tuple[str, ...]:
    """Return all that work of a kind and of a side, or of any, is found under."""
    sides = [*Side] if side is None else [side]
    kinds = [one for one in _SIDES if kind in {None, one.value}]
    found = {heading(one, who) for one in kinds for who in sides}
    if kind in {None, AUTOMATION} and TEAM in sides:
        found.add(AUTOMATION)
    return tuple(sorted(found))


def work_of(job: Job) -> Iterator[Work]:
    """Yield what is open in a job, also from earlier visits: its items, then its automations.

    Nothing is open in a job that is completed or archived (A-22).
    """
    if not is_under_way(job):
        return
    for item in job.items:
        if (side := side_of(item)) is not None:
            team = (item.assignees or job.assignees) if side is Side.TEAM else frozenset[str]()
            yield Work(job, item, None, side, team, item.due, item.since)
    for one in job.blocked:
        since = job.entered if one.visit == job.visit else job.created
        yield Work(job, None, one, Side.TEAM, job.assignees, None, since)
