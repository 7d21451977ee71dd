"""Handing over: what a member has, in a job or for an account, becomes another's (R-28)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..model.accounts import Account
from ..model.events import AccessChanged, AssigneesChanged, Chapter, HandedOver, Line
from ..model.items import ItemState
from ..model.jobs import Job
from ..model.record import replaced
from ..model.values import FrozenMap

__all__ = ["account_handed_over", "job_handed_over"]

CAUSE = "handed over"


def job_handed_over(
    job: Job, member: str, to: str, now: datetime, actor: str
) -> tuple[Job, tuple[Chapter, ...], tuple[str, ...]]:
    """Hand a job over, and its open items; return it, what is told, and these items' ids.

    What is done keeps the name of who did it.
    """
    lines: list[Line] = []
    assignees = _passed(job.assignees, member, to)
    if assignees != job.assignees:
        lines.append((AssigneesChanged, assignees - job.assignees, frozenset({member}), CAUSE))
    items, handed, names = [*job.items], list[str](), list[str]()
    for place, item in enumerate(items):
        if item.state is ItemState.PENDING and member in item.assignees:
            items[place] = replaced(item, assignees=_passed(item.assignees, member, to))
            handed.append(item.id)
            names.append(item.name)
    if handed:
        lines.append((HandedOver, member, to, tuple(handed), (), tuple(names)))
    after = replaced(job, assignees=assignees, items=tuple(items)) if lines else job
    return after, _told(now, job.id, actor, lines), tuple(handed)


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
    return after, _told(now, "", actor, lines), handed


def _passed(people: frozenset[str], member: str, to: str) -> frozenset[str]:
    return (people - {member}) | {to} if member in people else people


def _told(now: datetime, job: str, actor: str, lines: Iterable[Line]) -> tuple[Chapter, ...]:
    told = tuple(lines)
    return (Chapter(now, job, actor, told),) if told else ()
