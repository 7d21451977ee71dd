"""Peers: what is said of a thing reaches it on every job that has it, whatever said it (A-8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ... import rules
from ...errors import PipeflowError
from ...model.events import events_of
from ...model.facts import (
    Cancelled,
    ClientTaskAdded,
    ClientTaskChecked,
    ClientTaskRemoved,
    ClientTaskUnchecked,
    Fact,
    InvoicePaid,
    Reopened,
)
from ...model.items import Checklist, Item, ItemState, LockState, Mark
from ...model.jobs import Job
from ...model.record import replaced
from ...model.values import composed_parts
from ...ports.due import DueState
from ...ports.keys import cancel_keys
from ...rules import LINK, State
from ..records import row_key
from ..references import how_far, is_void, peers, there, thing
from ..unit import Unit

__all__ = [
    "asked_back",
    "asked_of",
    "had_by_others",
    "having",
    "heeding",
    "keep_there",
    "keeping",
    "meet",
    "tell_locks",
    "tell_peers",
    "tell_who_has",
]

VOID = "it was cancelled before its host had a name for it"
CLIENT_TASKS = frozenset(
    {ClientTaskAdded, ClientTaskChecked, ClientTaskUnchecked, ClientTaskRemoved}
)


def tell_peers(unit: Unit, item: Item, facts: Sequence[Fact], *, whole: bool = False) -> None:
    """Tell the other jobs that have a thing what happened to it.

    Args:
        unit: What is changed.
        item: The thing, as the job has it to which it was said.
        facts: What happened.
        whole: That is all that completes it, also where every one of them was known before (R-3).
    """
    others = peers(unit, item)
    for fact in facts if others else ():
        for job, peer in heeding(unit, others, fact, made=item.origin == LINK):
            _tell(unit, job, peer, fact)
    for job, peer in others if whole else ():
        _finish(unit, job, peer, facts)


def having(unit: Unit, item: Item) -> list[tuple[str, str]]:
    """Return the same thing as others have it now, also where the job of it has let go of it."""
    return [*_having(unit, item)]


def _having(unit: Unit, item: Item) -> Iterator[tuple[str, str]]:
    if item.ref is None:
        return
    for job, id in there(unit, thing(unit, item.ref).items):
        if id and id != item.id and Mark.UNLINKED not in unit.item(job, id).marks:
            yield job, id


def asked_of(unit: Unit, state: State) -> State:
    """Return a job's state that knows which of its items have not left, and which others have."""
    requests = (item.request for item in state.job.items if item.request is not None)
    waiting = frozenset(one for one in requests if unit.due(one) is not None)
    return replaced(state, undelivered=waiting, had=had_by_others(unit, state.job))


def had_by_others(unit: Unit, job: Job) -> dict[str, frozenset[str]]:
    """Return the items of a job that others have too, and have not let go of, each with these."""
    shared = (item for item in job.items if Mark.SHARED in item.marks)
    return {item.id: keeping(unit, item) for item in shared}


def keeping(unit: Unit, item: Item) -> frozenset[str]:
    """Return the same thing as others have it, but those that this command has let go of."""
    return frozenset(id for job, id in having(unit, item) if not _is_left(unit, job, id))


def _is_left(unit: Unit, job: str, id: str) -> bool:
    """Tell whether nobody waits for an item any more since this command."""
    before = unit.stood(row_key("job", job))
    return unit.item(job, id).is_over and not rules.item_of(before, id).is_over


def asked_back(unit: Unit, item: Item, since: datetime | None = None) -> dict[str, DueState]:
    """Return how far it has come that others are asked back which have the name of an item, by the
    keys; of what is over, what ended since an instant.
    """
    found = dict[str, DueState]()
    for job, id in having(unit, item):
        row, past = unit.job(job), [*events_of(unit.history(row_key("job", job)))]
        ended = rules.ended(one for one in past if since is not None and one.at >= since)
        how = how_far(unit, past)
        for key in cancel_keys(unit.tenant, id, max(row.visit, row.highest)):
            state = ended.get(key) if unit.due(key) is None else how(key)
            if state is not None:
                found[key] = state
    return found


def keep_there(unit: Unit, item: Item) -> None:
    """Let a thing stay at its host that a job has, where others had asked to take it back (A-8).

    While any of them has it still, nobody has: so one look is enough where many have it.
    """
    others = (unit.item(*pair) for pair in _having(unit, item))
    if item.is_over or any(not one.is_over for one in others):
        return
    if keys := tuple(asked_back(unit, item)):
        unit.apply(rules.kept(unit.state(item.job), keys, unit.now))


def tell_who_has(unit: Unit, item: Item, fact: Fact) -> None:
    """Tell all others that have a thing now what happened to it."""
    for job, other in heeding(unit, having(unit, item), fact):
        _tell(unit, job, other, fact)


def heeding(
    unit: Unit, pairs: Sequence[tuple[str, str]], fact: Fact, *, made: bool = True
) -> list[tuple[str, str]]:
    """Return which items of one reference a fact is about: those of its kind.

    Several messages of one thread have the reference of the thread, where the host says so; each
    client task is of one of them, a new one of the latest that an automation made.

    Args:
        unit: What is read through.
        pairs: Jobs and ids of the items, in the order in which they got the reference.
        fact: What happened.
        made: False: a new client task is that of an item which is known, and of linked ones.
    """
    if type(fact) not in CLIENT_TASKS:
        return [pair for pair in pairs if unit.item(*pair).kind in fact.about]
    items = {pair: unit.item(*pair) for pair in pairs}
    fitting = [pair for pair in pairs if items[pair].kind in fact.about]
    if isinstance(fact, ClientTaskAdded):
        linked = [pair for pair in fitting if items[pair].origin == LINK]
        latest = [pair for pair in fitting if items[pair].origin != LINK][-1:]
        return [*linked, *(latest if made else ())]
    name = getattr(fact, "name", "")
    return [pair for pair in fitting if _may_ask(items[pair], name)]


def _may_ask(item: Item, task: str) -> bool:
    """Tell whether a client task is that of an item; who linked a thread may not know it."""
    sheet = item.progress
    known = composed_parts(sheet.client_tasks) if isinstance(sheet, Checklist) else ()
    return item.origin == LINK or task in known


def _tell(unit: Unit, job: str, item: str, fact: Fact) -> None:
    """Tell a peer what happened; what does not fit there harms nobody."""
    state = unit.state(job)
    try:
        decision = rules.record(state, item, fact, unit.now, unit.actor)
    except PipeflowError as error:
        decision = rules.misfit(state, item, fact, error, unit.now, unit.actor)
    unit.apply(decision)


def _finish(unit: Unit, job: str, id: str, facts: Sequence[Fact]) -> None:
    """Complete a peer that is open although all that completes it was said: it was reopened."""
    peer = unit.item(job, id)
    if peer.state is ItemState.PENDING:
        own = rules.completing_facts(peer)
        if all(fact in facts for fact in own):
            state = unit.state(job)
            unit.apply(rules.record_all(state, id, own, unit.now, unit.actor, whole=True))


def tell_locks(unit: Unit) -> None:
    """Let documents that their invoices locked or set free be so wherever else they are linked.

    Where another job's own invoices lock one, these count there.
    """
    while unit.relocked:
        (job, id), *others = unit.relocked
        unit.relocked = tuple(others)
        item = unit.item(job, id)
        for other, peer in peers(unit, item):
            there = unit.item(other, peer)
            if isinstance(there.progress, LockState):
                continue
            if item.state is ItemState.RESOLVED:
                unit.apply(rules.lose(unit.state(other), peer, unit.now))
            elif item.state is ItemState.COMPLETED:
                _tell(unit, other, peer, InvoicePaid())
            elif there.state is ItemState.COMPLETED or Cancelled(rules.LOST) in there.late_facts:
                _tell(unit, other, peer, Reopened("its invoice is open again"))


def meet(unit: Unit, job: str, id: str, before: Sequence[str]) -> None:
    """Let a thing that just got its reference hear what those know who had linked it before, or who
    let go of it last, where nobody else has it.

    They hear of it in turn. What automations made besides says nothing here: a port that answers
    the same reference to several requests has told of each of them by its receipt.

    Args:
        unit: What is changed.
        job: The job that had it made.
        id: The item there.
        before: What its reference named so far.
    """
    made = unit.item(job, id)
    named = (unit.item(*pair) for pair in there(unit, before))
    had = (one for one in named if one.kind is made.kind and Mark.UNLINKED in one.marks)
    linked = next((one for one in (*_kin(unit, made), *had) if one.origin == LINK), None)
    if linked is None:
        return
    told = events_of(unit.history(row_key("job", linked.job)))
    unit.apply(rules.catch_up(unit.state(job), id, linked, unit.now, told=told))
    made = unit.item(job, id)
    if made.state is ItemState.PENDING and is_void(unit, made):  # said when that had left it
        unit.apply(rules.record(unit.state(job), id, Cancelled(VOID), unit.now, rules.SYSTEM))
        made = unit.item(job, id)
    for one in [*_kin(unit, made)]:
        unit.apply(rules.catch_up(unit.state(one.job), one.id, made, unit.now, ours=True))


def _kin(unit: Unit, item: Item) -> Iterator[Item]:
    """Yield the same thing as others have it, where it is of the same kind."""
    for job, id in having(unit, item):
        one = unit.item(job, id)
        if one.kind is item.kind:
            yield one
