"""Due rows: requests and timers that wait for their instant, and what becomes of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias, Union

from ..model.record import Plain, record
from .requests import Request

__all__ = [
    "EARLY",
    "NOT_TAKEN_UP",
    "TIMER",
    "UNANSWERED",
    "UNANSWERED_LAST",
    "UNSURE",
    "Action",
    "Claim",
    "Due",
    "DueState",
    "EditTimer",
    "Over",
    "Parked",
    "PeriodTimer",
    "ReminderTimer",
    "ScheduleTimer",
    "Settle",
    "Standing",
    "TriggerTimer",
    "asked",
]

TIMER = ""  # what a timer asks, in place of the name of a port
# The error of a row whose holder began a call and never came back; the same in every store.
UNANSWERED = "no answer before the lease ran out"
# That of one which nobody tries any more, for the last attempt that it had went the same way.
UNANSWERED_LAST = "its last attempt ended without an answer"
# That of a request which waits though nothing failed, since the sending window is shut.
EARLY = "waits for the sending window"
# So that of one begins which waits since the calendar failed, whose error stands behind it.
UNSURE = "nobody can tell whether the sending window is open"


@record
class ReminderTimer(Plain):
    """The next reminder of an item, counting from 1."""

    job: str
    item: str
    number: int


@record
class TriggerTimer(Plain):
    """When a trigger is to fire: by its id, for what it is about (see `Alarm`)."""

    job: str
    trigger: str
    of: str


@record
class ScheduleTimer(Plain):
    """The next period of a schedule, or the next piece of one for very many accounts (R-38)."""

    schedule: str


@record
class PeriodTimer(Plain):
    """One job of a schedule that is to be made: for an account, and a period by its date (R-38).

    `due` is the shifted date, which is the job's due; `life` that of the schedule which asked.
    """

    schedule: str
    account: str
    period: date
    due: date
    life: int = 0


@record
class EditTimer(Plain):
    """The next piece of a pipeline's open jobs whose triggers get other times by an edit (R-35).

    `edit` tells the edit from others, `piece` the pieces of one; `after` is where to go on among
    the jobs.
    """

    pipeline: str
    edit: int
    piece: int
    after: str


# What a due row does when its time comes: ask a port, or what its kind of timer wakes.
Action: TypeAlias = Union[
    Request, ReminderTimer, TriggerTimer, ScheduleTimer, PeriodTimer, EditTimer
]


def asked(action: Action) -> str:
    """Return the name of the port that a due row asks; `TIMER` where it asks none."""
    return action.port if isinstance(action, Request) else TIMER


class DueState(StrEnum):
    """The life of a due row: `wait`, `leased` and `dead` may still act, the others are over."""

    WAIT = "wait"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


NOT_TAKEN_UP = frozenset({DueState.WAIT, DueState.DEAD})  # nobody holds it, and it is not over


@record
class Due(Plain):
    """A row that waits to be acted on at an instant.

    Args:
        key: The idempotency key, unique for ever.
        at: When, by the engine's clock; it stays, whenever the row is tried again (`Parked.at`).
        no: Its place among the rows of one instant; those of one commit stand in their order.
        action: A request or a timer.
        job: The job that it belongs to; "" for what belongs to none, as the timer of a schedule.
        depth: How deep the command that made it was nested in calls of ports and handlers.
        owner: Who already holds it when it is committed (None: nobody); its token is then 1.
        lease: For how long.
    """

    key: str
    at: datetime
    no: int
    action: Action
    job: str
    depth: int = 0
    owner: str | None = None
    lease: timedelta | None = None


@record
class Claim(Plain):
    """A due row that was handed to an owner for a while.

    `token` fences off everybody who held it before; `attempt` is the number that a call made now
    has, for calls are counted (`Store.renew`) and not hand-outs; `withdrawn` says that nobody needs
    it any more, so that all that is left to do is to say so.
    """

    tenant: str
    due: Due
    token: int
    attempt: int
    withdrawn: bool = False


@record
class Settle(Plain):
    """What became of a claimed row: done, cancelled, to be tried again at `at`, or dead."""

    key: str
    token: int
    state: DueState
    at: datetime | None = None
    error: str = ""


@record
class Parked(Plain):
    """A due row that is not over, with what became of it so far.

    `at` is when it is due now, and `attempt` counts the calls that were made of it; `withdrawn`
    says that nobody needs it any more, and that it ends when whoever holds it lets go.
    """

    due: Due
    state: DueState
    attempt: int
    at: datetime
    error: str
    withdrawn: bool = False
    token: int = 0


@record
class Over(Plain):
    """A due row that is over, done or cancelled; what it asked for is not kept."""

    key: str
    job: str
    state: DueState


class Standing(NamedTuple):
    """All that a store knows of a due row that is not over, for a branch that goes on with it.

    Args:
        due: What was asked for.
        at: When it is due.
        state: Whether it waits, is held or is dead.
        token: Of whoever took it last.
        called: The last token under which a call was counted.
        attempt: The calls that were counted.
        error: What came of the last one.
        withdrawn: Whether nobody needs it any more.
        tried: Whether `parked` tells it.
        left: How much of its lease is left, less than nothing where it ran out; None where its
            holder said what became of it, or nobody ever took it.
    """

    due: Due
    at: datetime
    state: DueState
    token: int
    called: int
    attempt: int
    error: str
    withdrawn: bool
    tried: bool
    left: timedelta | None
