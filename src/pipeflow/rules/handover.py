"""Handing over: what a member has, in a job or for an account, becomes another's (R-28)."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from ..model.accounts import Account
from ..model.automations import Automation, NotifyTeam, UpdateAccountAccess, UpdateJobAssignees
from ..model.events import AccessChanged, AssigneesChanged, Chapter, HandedOver, Line
from ..model.items import Item, ItemState
from ..model.record import replaced
from ..model.values import FrozenMap
from .decision import Decision, State
from .draft import Draft
from .task_changes import put_changed

__all__ = ["account_handed_over", "job_handed_over"]

P = TypeVar("P")
CAUSE = "handed over"


def job_handed_over(
    state: State, member: str, to: str, now: datetime, actor: str
) -> tuple[Decision, tuple[str, ...]]:
    """Hand a job over, and its open items; return what was decided, and these items' ids.

    What is done keeps the name of who did it.
    """
    draft = Draft(state, now, actor)
    before = draft.assignees
    draft.assignees = _passed(before, member, to)
    if draft.assignees != before:
        draft.tell(AssigneesChanged, draft.assignees - before, frozenset({member}), CAUSE)
    handed: list[str] = []
    names: list[str] = []
    for place, item in enumerate(draft.items):
        changed = _passed_on(item, member, to)
        if changed is not item:
            put_changed(draft, place, changed)
            handed.append(item.id)
            names.append(item.name)
    if handed:
        draft.tell(HandedOver, member, to, tuple(handed), (), tuple(names))
    return draft.decide(), tuple(handed)


def _passed_on(item: Item, member: str, to: str) -> Item:
    """Return an open item as another member's: whom it is for, and whom what it fires yet names."""
    if item.state is ItemState.PENDING and member in item.assignees:
        item = replaced(item, assignees=_passed(item.assignees, member, to))
    rhythm = item.still_fires
    if rhythm is None:
        return item
    then = tuple(_named_anew(one, member, to) for one in rhythm.then)
    return item if then == rhythm.then else replaced(item, reminders=replaced(rhythm, then=then))


def _named_anew(one: Automation, member: str, to: str) -> Automation:
    """Return an automation that names another member; who comes does not go with it."""
    if isinstance(one, NotifyTeam):
        return replaced(one, to=_passed(one.to, member, to))
    if not isinstance(one, UpdateAccountAccess | UpdateJobAssignees):
        return one
    add = _passed(one.add, member, to)
    return replaced(one, add=add, remove=_passed(one.remove, member, to) - add)


def account_handed_over(
    account: Account, member: str, to: str, now: datetime, actor: str
) -> tuple[Account, tuple[Chapter, ...], tuple[str, ...]]:
    """Hand an account over: access and roles; return it, what is told, and the roles.

    Where both fill a role, the other one fills it once.
    """
    lines: list[Line] = []
    access = _passed(account.access, member, to)
    if access != account.access:
        gone = frozenset({member})
        lines.append((AccessChanged, account.id, access - account.access, gone, CAUSE))
    roles = {
        role: tuple(dict.fromkeys(to if one == member else one for one in filling))
        for role, filling in account.roles.items()
    }
    handed = tuple(role for role, filling in account.roles.items() if member in filling)
    if handed:
        lines.append((HandedOver, member, to, (), handed))
    after = replaced(account, access=access, roles=FrozenMap(roles)) if lines else account
    told = (Chapter(now, "", actor, tuple(lines)),) if lines else ()
    return after, told, handed


def _passed(people: frozenset[P], member: str, to: str) -> frozenset[P | str]:
    return (people - {member}) | {to} if member in people else people
