"""Handles: wherever a call takes a thing, it takes its id too, and refuses all else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from ..errors import DefinitionError, NotFoundError, PipeflowError, Problem, a, shown
from ..model.accounts import Account
from ..model.automations import Automation
from ..model.items import Item, Ref
from ..model.jobs import Job
from ..model.text import composed, plain, text_problems
from ..ports.ports import OUTLETS, Ports

__all__ = [
    "at_place",
    "awaited_problems",
    "callable_checked",
    "flag",
    "handle",
    "is_async",
    "item_handle",
    "job_id",
    "left_out",
    "listed",
    "reference",
    "text",
]

T = TypeVar("T")

TO_THE_LETTER = frozenset({Account, Item, Job})


def handle(given: Any, kind: type[Any], what: str) -> str:
    """Return the id of a thing, or the id that stands for it, as a person may have typed it (R-16).

    The ids of accounts, jobs and items are a host's own, and are taken to the letter.

    Raises:
        DefinitionError: It is neither.
        NotFoundError: No store could keep such an id, so that nothing has it.
    """
    if isinstance(given, kind):
        return cast("str", given.id)
    if isinstance(given, str):
        _refuse_unkept(given, f"$.{what}")
        return plain(given) if kind in TO_THE_LETTER else composed(given)
    raise DefinitionError(Problem(f"must be {a(what)} or its id", f"$.{what}", shown(given)))


def _refuse_unkept(id: str, where: str) -> None:
    for problem in text_problems(id, where):
        raise NotFoundError(problem)


def job_id(job: Job | str) -> str:
    """Return the id that stands for a job.

    Raises:
        DefinitionError: It is no job, and no id either.
    """
    return job.id if isinstance(job, Job) else handle(job, Job, "job")


def item_handle(item: Item | str, where: str = "$.item") -> tuple[str, str]:
    """Return the ids of the job and of the item that a handle stands for, given in a place.

    Raises:
        DefinitionError: It is no item, and no id either.
        NotFoundError: It is a text that cannot be an item's id.
    """
    if isinstance(item, Item):
        return item.job, item.id
    id = handle(item, Item, "item")
    job, slash, number = id.rpartition("/")
    if not (slash and job and number):
        what = "is no item's id, which is '<job id>/<n>'; by its name its job finds it"
        raise NotFoundError(Problem(what, where, shown(id), (f"job.item({shown(id)})",)))
    return job, id


def reference(given: object) -> Ref:
    """Return a host's reference, refusing all else.

    Raises:
        DefinitionError: It is none, or not of two texts.
        NotFoundError: No store could keep it, so that nothing has it.
    """
    if isinstance(given, Ref) and isinstance(given.port, str) and isinstance(given.id, str):
        _refuse_unkept(given.port, "$.ref.port")
        _refuse_unkept(given.id, "$.ref.id")
        return Ref(plain(given.port), plain(given.id))
    what = "must be a Ref, of the port's name and the host's own id"
    raise DefinitionError(Problem(what, "$.ref", shown(given), ("Ref('tasks', 't-42')",)))


def text(given: object, where: str) -> str:
    """Return a text, refusing all else.

    Raises:
        DefinitionError: It is none, or one that no store could keep.
    """
    if problems := tuple(text_problems(given, where)):
        raise DefinitionError(*problems)
    return plain(cast("str", given))


def listed(given: Iterable[T], where: str) -> list[T]:
    """Return several things as a list.

    Raises:
        DefinitionError: It cannot be gone through.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise DefinitionError(Problem("must be a list", where, shown(given)))
    return list(given)


def left_out(skip: Iterable[str | Automation] | str | Automation) -> frozenset[str]:
    """Return the ids of automations that shall not fire; one alone needs no brackets.

    Raises:
        DefinitionError: They cannot be gone through, or one of them is no automation and no id.
    """
    several = [skip] if isinstance(skip, str | Automation) else listed(skip, "$.skip")
    return frozenset(
        (one.id or one.derived_id())
        if isinstance(one, Automation)
        else composed(text(one, "$.skip"))
        for one in several
    )


def flag(given: object, where: str) -> bool:
    """Return a switch, refusing what is merely truthy: `"no"` is no False.

    Raises:
        DefinitionError: It is neither True nor False.
    """
    if isinstance(given, bool):
        return given
    raise DefinitionError(Problem("must be True or False", where, shown(given)))


def is_async(given: Any) -> bool:
    """Tell whether a call of it has to be awaited: an `async def`, or an object called by one."""
    while isinstance(given, partial):
        given = given.func
    called = type(given).__call__ if callable(given) else None
    return iscoroutinefunction(given) or iscoroutinefunction(called)


def callable_checked(given: object, where: str) -> None:
    """Refuse what cannot be called here and now.

    Raises:
        DefinitionError: It is no function, or an `async def`, which nobody would await.
    """
    if not callable(given):
        raise DefinitionError(Problem("must be a function", where, shown(given)))
    if is_async(given):
        what = (
            "is an async function, which this engine would never await; use "
            "pipeflow.aio.AsyncEngine, or start a task from a plain one instead"
        )
        raise DefinitionError(Problem(what, where, shown(given)))


def awaited_problems(ports: Ports) -> Iterator[Problem]:
    """Yield which ports would have to be awaited, for an engine that awaits none."""
    for one in OUTLETS:
        port = getattr(ports, one.name)
        if is_async(getattr(port, one.method, None)):
            what = (
                f"has an async {one.method!r}, which this engine would never await; use "
                "pipeflow.aio.AsyncEngine, or hand the request to your event loop from a plain one"
            )
            yield Problem(what, f"$.ports.{one.name}", shown(port))


def at_place(error: PipeflowError, where: str) -> PipeflowError:
    """Return an error that says of which of many it speaks."""
    return type(error)(
        *(
            one.at(where)
            if one.where[:1] in {"", "$"}
            else one._replace(where=f"{where}, {one.where}")
            for one in error.problems
        )
    )
