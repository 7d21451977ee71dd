"""Awaiting: how a call of the engine becomes one that is awaited, with nothing written twice."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..engine import Applied, Branch, Done, Undone
from ..errors import NotFoundError
from ..model.accounts import Account
from ..model.jobs import Job
from ..model.record import replaced
from .deciding import Deciding
from .passes import Pass

__all__ = ["Awaiting", "awaited", "awaited_as_saved"]

P = ParamSpec("P")
T = TypeVar("T")


class Awaiting:
    """What makes the calls of a plain engine, and awaits what they leave."""

    _engine: Deciding

    async def _carry(self, call: Callable[[], T], *, renews: bool = True) -> T:
        """Decide and commit, deliver and tell, and answer with what then stands.

        What does not renew its answer gives it as it was committed.
        """
        present = Pass.present(self._engine.desk)
        answer: Any = await present.step(call)
        in_steps = isinstance(answer, Generator)
        if in_steps:
            answer = await present.through(answer)
        if (await present.work_off() or in_steps) and renews:
            answer = await present.step(partial(self._renewed, answer))
        renewed: T = answer
        return renewed

    def _renewed(self, answer: Any) -> Any:
        """Read jobs and accounts again that were answered with before their requests left."""
        match answer:
            case Job() | Account():
                return self._again(answer) or answer
            case Done(job=Job() as job):
                return replaced(answer, job=self._again(job) or job)
            case Done(account=Account() as account):
                return replaced(answer, account=self._again(account) or account)
            case Undone():
                return replaced(answer, job=self._again(answer.job) or answer.job)
            case Applied():
                return replaced(answer, moved=tuple(self._renewed([*answer.moved])))
            case list():
                jobs = (self._again(o) if isinstance(o, Job) else self._renewed(o) for o in answer)
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
    return _awaited(call, renews=True)


def awaited_as_saved(
    call: Callable[Concatenate[Branch, P], T],
) -> Callable[Concatenate[Awaiting, P], Coroutine[Any, Any, T]]:
    """Return a call that answers with what it saved, whatever followed from that."""
    return _awaited(call, renews=False)


def _awaited(
    call: Callable[Concatenate[Branch, P], T], *, renews: bool
) -> Callable[Concatenate[Awaiting, P], Coroutine[Any, Any, T]]:
    @wraps(call)
    async def calling(engine: Awaiting, /, *args: P.args, **given: P.kwargs) -> T:
        plain: Any = engine._engine  # noqa: SLF001
        made = partial(call, plain, *args, **given)
        return await engine._carry(made, renews=renews)  # noqa: SLF001

    return calling
