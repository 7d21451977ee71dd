"""A pass: one call of an async engine, and all that is delivered and told because of it.

Whatever the engine decides, keeps and reads is a *step*: a plain function that no task interrupts.
What is awaited stands between the steps: ports, and listeners. Where the store lasts, it blocks,
so steps go to a worker thread; `Store.volatile` says that there is nothing to wait for, and that
they may run in the event loop itself.

The pass has the `Turn` of its call, which elsewhere belongs to a thread, and takes it along to
wherever a step runs. Tasks share no pass, unless one was started inside a port or a listener of
the other: what it brings about is then left to the outer call, as in the plain engine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from inspect import isawaitable, iscoroutine
from threading import Lock
from typing import Any, TypeVar
from weakref import ref

from anyio import CancelScope, get_cancelled_exc_class, to_thread
from anyio.lowlevel import checkpoint

from ..engine.delivery import Answer
from ..engine.log import log
from ..engine.turn import DEPTH, Mark, Steps, Turn
from ..model.events import Event
from ..ports.due import Claim
from ..ports.requests import Request
from .senders import LeavingDesk

__all__ = ["Pass"]

T = TypeVar("T")


class Pass:
    """Takes a call through its steps, and awaits ports and listeners between them."""

    def __init__(self, desk: LeavingDesk, outer: Pass | None) -> None:
        """Begin with a turn of its own, at the instant of the tick that it is inside of, if any."""
        self.desk = desk
        self.outer = outer
        self.turn = Turn()
        self.turn.tick = outer.turn.tick if outer is not None else None
        # What is left of the sending that is being delivered.
        self._claims: deque[Claim] = deque()
        # What ports answered and no step has taken in yet.
        self._answers: deque[tuple[Claim, Answer]] = deque()
        # A step that was given up, or that of a task beside this one, is let end first.
        self._alone = Lock()

    @classmethod
    def present(cls, desk: LeavingDesk) -> Pass:
        """Return the pass that this call is inside of; a new one if it is inside of none."""
        outer = found = _busy(_PRESENT.get())
        while found is not None:
            if found.desk is desk:
                return found
            found = _busy(found.outer)
        return cls(desk, outer)

    # -- steps -----------------------------------------------------------------------------------

    async def step(self, do: Callable[[], T]) -> T:
        """Do something in this turn, in a thread where the store blocks.

        Before it, and not while it is done, other tasks may go on, and this one may be cancelled.
        """
        if self.desk.host.store.volatile:
            await checkpoint()
            return self._do(do)
        return await to_thread.run_sync(self._do, do)

    def _do(self, do: Callable[[], T]) -> T:
        with self._alone, self.turn.here():
            return do()

    async def through(self, steps: Steps[T]) -> T:
        """Go through the steps of a call, and deliver and tell wherever it pauses."""
        while (end := await self.step(partial(_next, steps))) is None:
            await self.work_off()
        return end[0]

    # -- between the steps -----------------------------------------------------------------------

    async def work_off(self) -> bool:
        """Deliver first, then tell; whatever that brings about comes behind it.

        Inside a port or a listener it does nothing: the outer call goes on. Where that one is
        ended from outside, what was answered is kept. The rest is left to its leases, unless a task
        inside is at a command just then, and goes on in its place.

        Returns:
            Whether there was anything to do here.
        """
        turn = self.turn
        if turn.busy or not (self._claims or turn.sendings or turn.events):
            return False
        mine = Mark()
        turn.worker = ref(mine)
        token = _PRESENT.set(self)
        try:
            while self._asks or turn.events:
                await self._go_on()
        except BaseException:
            turn.worker = None
            await self._keep_whatever_comes()
            raise
        else:
            turn.worker = None
        finally:
            _PRESENT.reset(token)
        return True

    @property
    def _asks(self) -> bool:
        """Whether a port is to be asked, or an answer to be kept."""
        return bool(self._claims or self.turn.sendings or self.turn.unkept or self._answers)

    async def _go_on(self) -> None:
        """Ask the next port that is to be asked; if there is none, tell the next event."""
        turn = self.turn
        if self._asks:
            begun = await self.step(self._begin)
            if begun is not None:
                claim, request = begun
                self._answers.append((claim, await self._ask(request, claim.due.depth)))
        else:
            _, event, depth = turn.events.popleft()
            token = DEPTH.set(depth + 1)
            try:
                await self._tell(event)
            finally:
                DEPTH.reset(token)

    def _begin(self) -> tuple[Claim, Request] | None:
        """Take in what was answered, and return the next request that is still wanted."""
        turn, delivery = self.turn, self.desk.delivery
        self._take_in()
        self.desk.dispatcher.send(turn)
        while self._claims or turn.sendings or turn.unkept:
            if not self._claims:
                self._next_sending()
                continue
            delivery.keep_late(turn, self._claims[0])
            claim = self._claims.popleft()
            request = delivery.begin(turn, claim)
            if request is not None:
                return claim, request
        return None

    def _next_sending(self) -> None:
        """Take up what another commit asks of ports; if nothing does, keep what was answered."""
        turn = self.turn
        if turn.sendings:
            _, claims = turn.sendings.popleft()
            self.desk.delivery.attend(turn, claims[0])
            self._claims.extend(claims)
        else:
            turn.settle()

    def _take_in(self) -> None:
        while self._answers:
            claim, answer = self._answers.popleft()
            self.desk.delivery.end(self.turn, claim, answer)

    def _keep(self) -> None:
        """Keep all that was answered, and on a branch, which nobody has to wait for, all else."""
        self._take_in()
        self.turn.settle()
        self.desk.dispatcher.send(self.turn)

    async def _keep_whatever_comes(self) -> None:
        """Keep all that was answered, however often the task is cancelled meanwhile.

        No scope holds off asyncio's own cancellation. What a thread has begun it ends by itself;
        until then it is begun once more.
        """
        if self.desk.host.store.volatile:
            self._do(self._keep)
            return
        begun = list[bool]()
        cancelled: BaseException | None = None

        def keep() -> None:
            begun.append(True)
            self._do(self._keep)

        with CancelScope(shield=True):
            while not begun:
                try:
                    await to_thread.run_sync(keep)
                except get_cancelled_exc_class() as error:
                    cancelled = error
        if cancelled is not None:
            raise cancelled

    async def _ask(self, request: Request, depth: int) -> Answer:
        """Call a port, and await it if it is to be awaited; whatever it raises is its answer."""
        token = DEPTH.set(depth + 1)
        try:
            answer: Any = self.desk.host.calls[type(request)](request)
            return await answer if isawaitable(answer) else answer
        except BaseException as error:
            if not _is_its_own(error):
                raise
            return error  # whatever a port raises means: not now
        finally:
            DEPTH.reset(token)

    async def _tell(self, event: Event) -> None:
        """Call the listeners of an event; one that fails is logged and harms nobody."""
        for kind, handler in self.desk.host.listeners:
            if isinstance(event, kind):
                try:
                    told = handler(event)
                    if iscoroutine(told):  # a task that a plain function started is its own affair
                        await told
                except BaseException as error:
                    if not _is_its_own(error):
                        raise
                    log().exception("a handler of %s failed", type(event).__name__)


# The innermost pass that a port or a listener is called from; tasks that these start inherit it.
_PRESENT: ContextVar[Pass | None] = ContextVar("pipeflow pass", default=None)


def _busy(found: Pass | None) -> Pass | None:
    """Return a pass that still delivers, itself or the nearest one around it."""
    while found is not None and not found.turn.busy:
        found = found.outer
    return found


def _is_its_own(error: BaseException) -> bool:
    """Tell whether what a port or a listener raised is its own affair, and ends no call.

    So is a cancellation that nobody meant for this task: asyncio hands it to whoever awaits what
    was cancelled elsewhere, such as the work of a pool that is closed.
    """
    if isinstance(error, Exception):
        return True
    from asyncio import CancelledError, current_task  # loads on first use

    if not isinstance(error, CancelledError) or get_cancelled_exc_class() is not CancelledError:
        return False
    task = current_task()
    return task is not None and not task.cancelling()


def _next(steps: Steps[T]) -> tuple[T] | None:
    """Go one step further; return what it all comes to when it ends there."""
    try:
        next(steps)
    except StopIteration as end:
        return (end.value,)
    return None
