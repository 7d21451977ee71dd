"""Awaiting: how a call of the engine becomes one that is awaited, with nothing written twice."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from enum import Enum, auto
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..engine import Applied, Branch, Undone
from ..errors import NotFoundError
from ..model.accounts import Account
from ..model.jobs import Job
from ..model.record import replaced
from .deciding import Deciding
from .passes import Pass

__all__ = ["Awaiting", "awaited", "awaited_as_saved", "awaited_if_there"]

P = ParamSpec("P")
T = TypeVar("T")


class Then(Enum):
    """What becomes of an answer when what follows from the command was delivered and told.

    A job or account is told as it stands then, and one that was deleted as the command left it;
    or, with `THERE`, as None. `SAVED` gives the answer as it was committed.
    """

    NEWEST = auto()
    THERE = auto()
    SAVED = auto()


class Awaiting:
    """What makes the calls of a plain engine, and awaits what they leave."""

    _engine: Deciding

    async def _carry(self, call: Callable[[], T], then: Then = Then.NEWEST) -> T:
        """Decide and commit, deliver and tell, and answer with what then stands.

        What goes in steps delivers and tells between them, and knows its answer itself.
        """
        present = Pass.present(self._engine.desk)
        answer: Any = await present.step(call)
        if isinstance(answer, Generator):
            answer = await present.through(answer)
        elif await present.work_off() and then is not Then.SAVED:
            answer = await present.step(partial(self._renewed, answer, then))
        renewed: T = answer
        return renewed

    def _renewed(self, answer: Any, then: Then) -> Any:
        """Read jobs and accounts again that were answered with before their requests left."""
        match answer:
            case Job() | Account():
                return self._again(answer) or (None if then is Then.THERE else answer)
            case Undone():
                return replaced(answer, job=self._again(answer.job) or answer.job)
            case Applied():
                return replaced(answer, moved=tuple(self._renewed([*answer.moved], then)))
            case list():
                jobs = (self._again(one) if isinstance(one, Job) else one for one in answer)
                return [one for one in jobs if one is not None]
            case _:
                return answer

    def _again(self, answer: Any) -> Any:
        """Read a job or account again; None where it was deleted meanwhile."""
        try:
            return (
                self._engine.job(answer)
                if isinstance(answer, Job)
                else self._engine.account(answer)
            )
        except NotFoundError:
            return None


def awaited(
    call: Callable[Concatenate[Branch, P], T],
) -> Callable[Concatenate[Awaiting, P], Coroutine[Any, Any, T]]:
    """Return a call of an engine as an async one has it: the same arguments, the same answer."""
    return _awaited(call, Then.NEWEST)


def awaited_if_there(
    call: Callable[Concatenate[Branch, P], T],
) -> Callable[Concatenate[Awaiting, P], Coroutine[Any, Any, T]]:
    """Return a call that answers None where the job was deleted by what followed."""
    return _awaited(call, Then.THERE)


def awaited_as_saved(
    call: Callable[Concatenate[Branch, P], T],
) -> Callable[Concatenate[Awaiting, P], Coroutine[Any, Any, T]]:
    """Return a call that answers with what it saved, whatever followed from that."""
    return _awaited(call, Then.SAVED)


def _awaited(
    call: Callable[Concatenate[Branch, P], T], then: Then
) -> Callable[Concatenate[Awaiting, P], Coroutine[Any, Any, T]]:
    @wraps(call)
    async def calling(engine: Awaiting, /, *args: P.args, **given: P.kwargs) -> T:
        plain: Any = engine._engine  # noqa: SLF001
        made = partial(call, plain, *args, **given)
        return await engine._carry(made, then)  # noqa: SLF001

    return calling
