"""Waits: from when until when each thing of a job waited for somebody, read from its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, TypeAlias, Union

from ..model.client_request_facts import ClientRequestReturned, ClientRequestSubmitted
from ..model.events import (
    Event,
    FactRecorded,
    ItemCompleted,
    ItemReassigned,
    ItemReopened,
    ItemResolved,
    RequestDelivered,
    RequestGivenUp,
    RequestRetried,
    StatusChanged,
)
from ..model.facts import (
    Declined,
    DocumentDisapproved,
    DocumentSigned,
    Fact,
    ProposalSigned,
    Reopened,
)
from ..model.items import Item
from ..model.jobs import OVER, Job
from ..model.work import Side, usual_side
from ..rules.item import UNDONE
from .intervals import Interval, united, without
from .stays import pauses_of

__all__ = ["Standing", "Wait", "is_asked", "standing_of", "waits_of"]

Told: TypeAlias = Union[
    ItemCompleted,
    ItemReassigned,
    ItemResolved,
    ItemReopened,
    FactRecorded,
    RequestDelivered,
    RequestGivenUp,
    RequestRetried,
]
ANSWERED = (RequestDelivered, RequestGivenUp, RequestRetried)

# What gives a thing that waits for the client back to the team, as long as it is open: a refusal,
# or something that the firm has yet to accept.
GIVEN_BACK = (Declined, DocumentDisapproved, ClientRequestSubmitted)
SIGNED = (ProposalSigned, DocumentSigned)
BY_UNDO = Reopened(UNDONE)  # as an undo lets a thing wait again


class Wait(NamedTuple):
    """A time in which a thing waited for one side.

    Args:
        item: The thing, by its id.
        side: Who had to act.
        since: From when.
        until: Until when; None where it waits still.
        done: Whether it ended because the thing was done, and not cancelled or given back.
    """

    item: str
    side: Side
    since: datetime
    until: datetime | None
    done: bool


class Standing(NamedTuple):
    """When something could go on in a job, as intervals.

    Args:
        under_way: When it was neither completed nor archived.
        paused: When it was paused meanwhile.
    """

    under_way: list[Interval]
    paused: list[Interval]


def waits_of(job: Job, history: Iterable[Event]) -> Iterator[Wait]:
    """Yield the waits of each thing of a job, from its history, oldest event first.

    A thing that was reopened waits anew. One that is for the client is the team's while members
    are assigned to it, the client has declined it, or has sent what the firm has yet to accept, or
    its request was given up.
    """
    told: dict[str, list[Told]] = {}
    made = {item.request: item.id for item in job.items}
    for event in history:
        if isinstance(
            event, ItemCompleted | ItemReassigned | ItemResolved | ItemReopened | FactRecorded
        ):
            told.setdefault(event.item, []).append(event)
        elif isinstance(event, ANSWERED) and event.key in made:
            told.setdefault(made[event.key], []).append(event)
    for item in job.items:
        side = usual_side(item)
        if side is not None and is_asked(item):
            yield from _of_one(item.id, side, item.created, told.get(item.id, ()))


def is_asked(item: Item) -> bool:
    """Tell whether somebody ever had to act on a thing."""
    return usual_side(item) is not None and item.asks


def _of_one(item: str, usual: Side, created: datetime, events: Iterable[Told]) -> Iterator[Wait]:
    own = side = usual
    since: datetime | None = created
    refused: set[str | None] = set()
    assigned: frozenset[str] = frozenset()
    stuck = False
    for one in events:
        if isinstance(one, ItemCompleted | ItemResolved):
            if since is not None:
                yield Wait(item, side, since, one.at, isinstance(one, ItemCompleted))
            since = None
            continue
        anew = isinstance(one, ItemReopened)
        if isinstance(one, ItemReassigned):
            assigned = (assigned | one.added) - one.removed
        elif isinstance(one, ANSWERED):
            stuck = isinstance(one, RequestGivenUp)  # until it is tried again, or is there
        elif since is not None or anew:
            own = _side_after(usual, own, one.fact, refused, anew=anew)
        after = Side.TEAM if assigned or stuck else own
        if since is None and not anew:  # it came too late to matter
            side = after
            continue
        if since is not None and after is not side:
            yield Wait(item, side, since, one.at, done=False)
            since = None
        side, since = after, since or one.at
    if since is not None:
        yield Wait(item, side, since, None, done=False)


def _side_after(
    usual: Side, side: Side, fact: Fact | None, refused: set[str | None], *, anew: bool
) -> Side:
    """Return who must act after a fact about an open thing; *refused* are those who declined.

    Where an undo lets it wait again, it is as it was.
    """
    if fact == BY_UNDO:
        return side
    if anew:
        refused.clear()
        return Side.TEAM if isinstance(fact, DocumentDisapproved) else usual
    if isinstance(fact, GIVEN_BACK):
        if isinstance(fact, Declined):
            refused.add(fact.by)
        return Side.TEAM
    if isinstance(fact, ClientRequestReturned):
        return usual
    if isinstance(fact, SIGNED) and fact.by in refused:
        refused.discard(fact.by)
        return side if refused else usual
    return side


def standing_of(begun: datetime, history: Iterable[Event], until: datetime) -> Standing:
    """Return when something could go on in a job, from its start until an instant."""
    events = [*history]
    over: list[Interval] = []
    stopped: datetime | None = None
    for one in events:
        if isinstance(one, StatusChanged):
            if one.status in OVER:
                stopped = one.at if stopped is None else stopped
            elif stopped is not None:
                over.append((stopped, one.at))
                stopped = None
    if stopped is not None:
        over.append((stopped, until))
    paused = united((one.since, one.until or until) for one in pauses_of(events))
    return Standing(without([(begun, until)], over), paused)
