"""Worlds: which accounts may stand before each automation of a list when its turn comes.

Between the turns of one list nobody else acts, so what stands before an automation is what the
ones before it left of whatever account came in (A-2). An account is told apart by the tags and by
the type for which the list asks, and by the answers to all other questions, each of which may be
yes or no. So what fires in none of these worlds can never fire.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import NamedTuple, TypeVar

from ..model.accounts import AccountType
from ..model.automations import Automation, Repeat, UpdateAccountTags
from ..model.conditions import AccountIs, Tagged, TaggedAny
from ..model.logic import AllOf, AnyOf, Condition, Not

__all__ = ["MOST_WORLDS", "Turn", "World", "can_hold", "holds", "turns", "worlds_of"]

MOST_WORLDS = 4096  # of which a list is thought through; one that asks for more is left alone

NO_MATTER = AccountType.OTHER  # of accounts, where no condition asks for their type

T = TypeVar("T")
Tags = frozenset[str]


class World(NamedTuple):
    """One way in which an account, and the job, may answer the conditions of a list."""

    tags: Tags
    type: AccountType
    yes: frozenset[Condition]  # the other questions that are answered with yes


class Turn(NamedTuple):
    """An automation at its turn: the worlds that stand before it, and those in which it fires."""

    automation: Automation
    before: frozenset[World]
    fires: frozenset[World]


def holds(condition: Condition | None, world: World) -> bool:
    """Tell whether a condition holds in a world."""
    match condition:
        case None:
            return True
        case AllOf(of):
            return all(holds(one, world) for one in of)
        case AnyOf(of):
            return any(holds(one, world) for one in of)
        case Not(of):
            return not holds(of, world)
        case Tagged(names):
            return world.tags.issuperset(names)
        case TaggedAny(names):
            return not world.tags.isdisjoint(names)
        case AccountIs(type):
            return world.type is type
        case _:
            return condition in world.yes


def worlds_of(conditions: Iterable[Condition | None]) -> frozenset[World] | None:
    """Return all worlds that some conditions tell apart; None where they are too many."""
    leaves = {leaf: None for one in conditions if one is not None for leaf in one.leaves()}
    tags = sorted(Tags().union(*(leaf.tags for leaf in leaves)))
    kinds = [*AccountType] if any(isinstance(one, AccountIs) for one in leaves) else [NO_MATTER]
    others = [one for one in leaves if not isinstance(one, Tagged | TaggedAny | AccountIs)]
    if len(kinds) << (len(tags) + len(others)) > MOST_WORLDS:
        return None
    return frozenset(
        World(Tags(some), kind, frozenset(yes))
        for some, kind, yes in product(_subsets(tags), kinds, _subsets(others))
    )


def _subsets(things: Sequence[T]) -> Iterator[tuple[T, ...]]:
    for chosen in product((False, True), repeat=len(things)):
        yield tuple(one for one, there in zip(things, chosen, strict=True) if there)


def can_hold(condition: Condition) -> bool:
    """Tell whether any account at all, and any job, would fulfil a condition."""
    worlds = worlds_of((condition,))
    return worlds is None or any(holds(condition, world) for world in worlds)


def turns(
    automations: Sequence[Automation], worlds: frozenset[World], *, steady: bool = False
) -> Iterator[Turn]:
    """Go through a list in order, and yield each automation at its turn.

    Args:
        automations: What fires one after another.
        worlds: Those that stand before the list.
        steady: Whether questions about the job have one answer for the whole list. Unless said,
            an automation may change them, so that each turn is asked anew.
    """
    known = Tags().union(*(one.when.tags for one in automations if one.when is not None))
    standing = worlds
    for one in automations:
        asked = standing if steady else _asked_anew(one.when, standing)
        fires = frozenset(world for world in asked if holds(one.when, world))
        yield Turn(one, standing, fires)
        if isinstance(one, UpdateAccountTags):
            passes = asked if one.repeat is Repeat.ONCE else asked - fires  # a job may come again
            standing = passes | {_changed(one, world, known) for world in fires}


def _asked_anew(condition: Condition | None, worlds: frozenset[World]) -> frozenset[World]:
    """Return the worlds with either answer to each question about the job."""
    leaves = () if condition is None else tuple(condition.leaves())
    about_job = [one for one in leaves if one.about_job]
    if not about_job:
        return worlds
    answers = [frozenset(yes) for yes in _subsets(about_job)]
    return frozenset(
        world._replace(yes=world.yes.difference(about_job) | yes)
        for world in worlds
        for yes in answers
    )


def _changed(one: UpdateAccountTags, world: World, known: Tags) -> World:
    kept = Tags() if one.clear else world.tags
    return world._replace(tags=(kept - one.remove | one.add) & known)
