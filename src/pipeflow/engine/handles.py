"""Handles: wherever a call takes a thing, it takes its id too, and refuses all else."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from ..errors import DefinitionError, NotFoundError, Problem, a, shown
from ..model.accounts import Member
from ..model.items import Item
from ..model.jobs import Job
from ..model.text import text_problems

__all__ = [
    "callable_checked",
    "check_command_id",
    "fingerprint",
    "flag",
    "handle",
    "item_ids",
    "job_id",
    "listed",
    "who_acts",
]

T = TypeVar("T")

LONGEST_COMMAND_ID = 255


def handle(given: Any, kind: type[Any], what: str) -> str:
    """Return the id of a thing, or the id that stands for it.

    Raises:
        DefinitionError: It is neither.
    """
    if isinstance(given, kind):
        given = given.id
    if isinstance(given, str):
        return given
    raise DefinitionError(Problem(f"must be {a(what)} or its id", f"$.{what}", shown(given)))


def job_id(job: Job | str) -> str:
    """Return the id that stands for a job.

    Raises:
        DefinitionError: It is no job, and no id either.
    """
    return job.id if isinstance(job, Job) else handle(job, Job, "job")


def item_ids(item: Item | str) -> tuple[str, str]:
    """Return the ids of the job and of the item that a handle stands for.

    Raises:
        DefinitionError: It is no item, and no id either.
        NotFoundError: It is a text that can not be an item's id.
    """
    if isinstance(item, Item):
        return item.job, item.id
    id = handle(item, Item, "item")
    job, slash, number = id.rpartition("/")
    if not (slash and job and number):
        raise NotFoundError(Problem("is no item's id, which is '<job id>/<n>'", "", shown(item)))
    return job, id


def listed(given: Iterable[T], where: str) -> list[T]:
    """Return several things as a list.

    Raises:
        DefinitionError: It can not be gone through.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise DefinitionError(Problem("must be a list", where, shown(given)))
    return list(given)


def flag(given: object, where: str) -> bool:
    """Return a switch, refusing what is merely truthy: `"no"` is no False.

    Raises:
        DefinitionError: It is neither True nor False.
    """
    if isinstance(given, bool):
        return given
    raise DefinitionError(Problem("must be True or False", where, shown(given)))


def callable_checked(given: object, where: str) -> None:
    """Refuse what can not be called here and now.

    Raises:
        DefinitionError: It is no function, or an `async def`, which nobody would await.
    """
    if not callable(given):
        raise DefinitionError(Problem("must be a function", where, shown(given)))
    if iscoroutinefunction(given):
        what = (
            "is an async function, which this engine would never await; start a task from a plain"
        )
        raise DefinitionError(Problem(f"{what} one instead", where, shown(given)))


def who_acts(actor: str | Member) -> str:
    """Return the name under which somebody acts."""
    who = actor.id if isinstance(actor, Member) else actor
    if problems := tuple(text_problems(who, "$.actor", empty=False)):
        raise DefinitionError(*problems)
    return who


def check_command_id(command_id: object, longest: int = LONGEST_COMMAND_ID) -> None:
    """Refuse a command id that a store could not keep.

    Raises:
        DefinitionError: It is none.
    """
    if not isinstance(command_id, str) or not 0 < len(command_id) <= longest:
        what = f"must be a text of 1 to {longest} characters"
        raise DefinitionError(Problem(what, "$.command_id", shown(command_id)))


def fingerprint(*given: object) -> str:
    """Return a short text that tells apart what commands were given, the same in every process."""
    from hashlib import sha256  # loads on first use

    return sha256(repr(given).encode("utf-8", "replace")).hexdigest()[:16]
