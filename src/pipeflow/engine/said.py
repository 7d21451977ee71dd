"""What was said: how a command went beside what it is about, as its events tell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import dropwhile, islice
from typing import Any, TypeAlias

from ..model.events import (
    AccessChanged,
    AssigneesChanged,
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    Event,
    FactRecorded,
    FollowUpStarted,
    ItemCarried,
    ItemCompleted,
    ItemReopened,
    ItemResolved,
    ItemUnlinked,
    JobWaits,
    ReminderSent,
    RemindersSet,
    RemindersStopped,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestInHand,
    RequestRetried,
    RequestWithdrawn,
    SkipCause,
    TagsChanged,
    TriggerFired,
    TriggerPassed,
    WaitReason,
    Warned,
)
from ..model.facts import Fact, OrganizerSealed, OrganizerUnsealed, ThreadArchived, ThreadReopened
from ..model.items import Item, ItemKind, Mark
from ..model.remains import Open
from ..model.stages import Stage
from ..rules.item import LEFT
from ..rules.rhythms import SWITCHED_OFF
from ..rules.turns import SILENTLY

__all__ = [
    "FACTS", "Deed", "deeds_in", "is_loud", "left_out", "likeness", "origin", "own_event",
    "put_away", "remains_of",
]  # fmt: skip

Deed: TypeAlias = list[Event]  # what one command brought about, in one chapter

FACTS = (FactRecorded, ItemCompleted, ItemReopened)
# What may stand before a command's own event, since it was changed on the way.
BESIDE = (AccessChanged, AssigneesChanged, TagsChanged, Warned)
# What ports answer and what falls due, with all that follows: a branch sees to that itself.
BY_ITSELF = (
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    ReminderSent,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestInHand,
    RequestRetried,
    RequestWithdrawn,
    TriggerFired,
    TriggerPassed,
)
TAKEN_OUT = (OrganizerUnsealed, ThreadReopened)
PUTS_AWAY: dict[ItemKind, type[ThreadArchived | OrganizerSealed]] = {
    ItemKind.MESSAGE: ThreadArchived,
    ItemKind.ORGANIZER: OrganizerSealed,
}


def deeds_in(events: Iterable[Event]) -> Iterator[Deed]:
    """Yield what stands together in a chapter: a decision ends with what the job waits for."""
    deed: Deed = []
    for one in events:
        deed.append(one)
        if isinstance(one, JobWaits):
            yield deed
            deed = []
    if deed:
        yield deed


def own_event(deed: Deed) -> Event | None:
    """Return the event that a command tells of itself; None: nobody gave one."""
    own = next((one for one in deed if not _is_beside(one)), None)
    if isinstance(own, ItemResolved):  # which is told before it is said that the job let go of it
        own = next((one for one in deed if isinstance(one, ItemUnlinked)), own)
    return None if isinstance(own, BY_ITSELF) else own


def _is_beside(event: Event) -> bool:
    """Tell whether an event stands beside others, of which it follows: also of reminders."""
    if isinstance(event, RemindersSet):
        return event.again
    if isinstance(event, RemindersStopped):
        return event.reason != SWITCHED_OFF
    return isinstance(event, BESIDE)


def likeness(item: Item) -> tuple[object, ...]:
    """Return what an item has in common with those that may stand for it."""
    return item.kind, item.template or item.name


def origin(event: FollowUpStarted) -> tuple[str, str]:
    """Return what a follow-up job has in common with those that may stand for it."""
    return event.pipeline, event.cause


def left_out(deed: Deed, then: str, stage: Stage) -> frozenset[str]:
    """Return the automations that somebody left out, as far as the stage has them still.

    Args:
        deed: What the start or the move brought about.
        then: The stage that was entered, by its id.
        stage: The one that is to be entered now.
    """
    skipped = (one for one in deed if isinstance(one, AutomationSkipped) and one.stage == then)
    names = {one.automation for one in skipped if one.cause is SkipCause.BY_HAND}
    return frozenset(names & {str(one.id) for one in stage.automations})


def is_loud(deed: Deed) -> bool:
    """Tell whether anything was to fire (R-25)."""
    return not any(
        (isinstance(one, AutomationSkipped) and one.reason == SILENTLY)
        or (isinstance(one, JobWaits) and one.reason is WaitReason.NEXT_FACT)
        for one in deed
    )


def remains_of(deed: Deed) -> Open:
    """Return what was to become of what was open (R-24)."""
    for place, one in enumerate(deed):
        if isinstance(one, ItemResolved) and one.reason == LEFT:
            return Open.CANCEL
        if isinstance(one, RemindersStopped) and one.reason == LEFT:
            return Open.QUIET
        if isinstance(one, ItemCarried) and not _found_open(one, deed[place:]):
            return Open.CARRY
    return Open.STAY


def _found_open(event: ItemCarried, deed: Deed) -> bool:
    """Tell whether an item came along since an automation found it open, and says so."""
    behind = next((one for one in deed if not isinstance(one, ItemCarried)), None)
    if not isinstance(behind, AutomationSkipped) or behind.cause is not SkipCause.REPEAT:
        return False
    return f"({event.item})" in behind.reason


def put_away(event: ItemResolved, item: Item | None, history: Iterable[Event]) -> Fact | None:
    """Return the fact by which a thread or an organizer was put away; None: it was cancelled.

    What was put away is so still, or was taken out again, which what is cancelled never is.
    """
    if item is None or item.kind not in PUTS_AWAY:
        return None
    behind = islice(dropwhile(lambda one: one != event, history), 1, None)
    own: Iterator[Any] = (one for one in behind if getattr(one, "item", "") == event.item)
    ends = (ItemReopened, ItemResolved)
    after = next((one for one in own if isinstance(one, ends) or _takes_out(one)), None)
    away = Mark.AWAY in item.marks if after is None else _takes_out(after)
    return PUTS_AWAY[item.kind](event.reason) if away else None


def _takes_out(event: Event) -> bool:
    return isinstance(getattr(event, "fact", None), TAKEN_OUT)
