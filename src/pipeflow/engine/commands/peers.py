"""Peers: what is said of a thing reaches it on every job that has it, whatever said it (A-8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ... import rules
from ...errors import PipeflowError
from ...model.facts import Fact
from ...model.items import Item, ItemState
from ...rules import LINK
from ..unit import Unit

__all__ = ["meet", "tell_peers"]


def tell_peers(unit: Unit, item: Item, facts: Iterable[Fact]) -> None:
    """Tell the other jobs that have a thing what happened to it."""
    for job, peer in unit.peers(item):
        _tell(unit, job, peer, facts)


def _tell(unit: Unit, job: str, item: str, facts: Iterable[Fact]) -> None:
    """Tell a peer what happened; what says nothing to it, or does not fit, harms nobody."""
    for fact in facts:
        if unit.item(job, item).kind not in fact.about:
            continue
        state = unit.state(job)
        try:
            decision = rules.record(state, item, fact, unit.now, unit.actor)
        except PipeflowError as error:
            decision = rules.misfit(state, item, fact, error, unit.now, unit.actor)
        unit.apply(decision)


def meet(unit: Unit, job: str, id: str) -> None:
    """Let a thing that just got its reference hear what those know who had linked it before.

    They hear of it in turn. What automations made besides says nothing here: a port that answers
    the same reference to several requests has told of each of them by its receipt.
    """
    made = unit.item(job, id)
    linked = next((one for one in _kin(unit, made) if one.origin == LINK), None)
    if linked is None:
        return
    unit.apply(rules.catch_up(unit.state(job), id, linked, unit.now))
    made = unit.item(job, id)
    if made.state is not ItemState.RESOLVED:
        for one in [*_kin(unit, made)]:
            unit.apply(rules.catch_up(unit.state(one.job), one.id, made, unit.now))


def _kin(unit: Unit, item: Item) -> Iterator[Item]:
    """Yield the same thing as other jobs have it, where it is of the same kind."""
    for job, id in unit.peers(item):
        one = unit.item(job, id)
        if one.kind is item.kind:
            yield one
