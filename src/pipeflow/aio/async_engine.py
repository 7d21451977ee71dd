"""The async engine: every call of `Engine`, awaited.

No call is written out here. Each is made of the plain one by `awaited`, whose type keeps names,
kinds, defaults and overloads of all parameters, and the type of the answer; so type checkers and
editors know `await engine.move(...)` as they know `engine.move(...)`, and a new argument of the
plain call is there at once. What would have to be kept alike by hand cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from ..engine import Branch, Engine
from ..engine.handles import is_async
from ..model.events import Event
from ..ports.async_ports import AsyncPorts
from ..ports.ports import Ports
from ..ports.requests import Request
from ..ports.services import Authorizer, Calendar, Clock, Ids, Waker
from ..ports.store import Store
from .awaiting import Awaiting, awaited, awaited_as_saved, awaited_if_there
from .deciding import Deciding, DecidingBranch

__all__ = ["AsyncBranch", "AsyncEngine"]

E = TypeVar("E", bound=Event)


class AsyncEngine(Awaiting):
    """Runs a firm's jobs on an event loop, of asyncio or trio.

    The calls are those of `Engine`, and so are their arguments, answers and errors; see there. A
    command is one commit; its requests leave afterwards, one after another, each awaited. Several
    tasks may use one engine.

    A store that lasts is called in worker threads, and so are clock, ids, authorizer, waker
    and calendar; a memory store in the event loop. Ports and listeners are called in the event
    loop, plain ones too.

    Where a task is cancelled while a port is awaited, what was done before is kept, and the
    requests that are left, that one among them, come again under their keys when their lease ends.

    Args:
        ports: What the host implements; none for an engine that only decides.
        store: Where everything is kept; in memory unless said.
        clock: The system's unless said.
        ids: Random unless said.
        authorizer: Asked before each command of somebody; without one everything is allowed.
        waker: Told when something will be due.
        tenant: Whose firm it is, in a store that holds several.
        deliver: False for hosts that deliver by themselves: `pending`, `delivered`, `failed`.
        calendar: Knows the firm's days off; without one there are weekends alone (R-39).

    Raises:
        DefinitionError: Something given is not what it must be.
    """

    def __init__(
        self,
        *,
        ports: AsyncPorts | Ports | None = None,
        store: Store | None = None,
        clock: Clock | None = None,
        ids: Ids | None = None,
        authorizer: Authorizer | None = None,
        waker: Waker | None = None,
        tenant: str = "default",
        deliver: bool = True,
        calendar: Calendar | None = None,
    ) -> None:
        """Begin with what the host gives."""
        self._engine = Deciding(
            ports=ports.plain() if isinstance(ports, AsyncPorts) else ports,
            store=store,
            clock=clock,
            ids=ids,
            authorizer=authorizer,
            waker=waker,
            tenant=tenant,
            deliver=deliver,
            calendar=calendar,
        )

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return self._engine.desk.host.store

    def __repr__(self) -> str:
        """Say whose engine it is and where it keeps things."""
        host = self._engine.desk.host
        return f"<AsyncEngine of {host.tenant!r} on {host.store!r}>"

    # -- defining and starting -------------------------------------------------------------------

    save = awaited_as_saved(Engine.save)
    install = awaited(Engine.install)
    start = awaited(Engine.start)
    start_many = awaited(Engine.start_many)

    # -- working ---------------------------------------------------------------------------------

    move = awaited(Engine.move)
    transfer = awaited(Engine.transfer)
    reevaluate = awaited(Engine.reevaluate)
    record = awaited(Engine.record)
    receive = awaited(Engine.receive)
    complete = awaited(Engine.complete)
    reopen = awaited(Engine.reopen)
    set_status = awaited(Engine.set_status)
    archive = awaited(Engine.archive)
    restore = awaited(Engine.restore)
    remind = awaited(Engine.remind)
    set_reminders = awaited(Engine.set_reminders)
    link = awaited(Engine.link)
    unlink = awaited(Engine.unlink)
    tag = awaited(Engine.tag)
    undo = awaited(Engine.undo)

    # -- daily work ------------------------------------------------------------------------------

    edit = awaited(Engine.edit)
    reassign = awaited(Engine.reassign)
    reschedule = awaited(Engine.reschedule)
    pause = awaited(Engine.pause)
    resume = awaited(Engine.resume)
    archive_many = awaited(Engine.archive_many)
    move_many = awaited(Engine.move_many)
    edit_many = awaited(Engine.edit_many)
    tag_many = awaited(Engine.tag_many)
    update_organizers = awaited(Engine.update_organizers)

    # -- leaving ---------------------------------------------------------------------------------

    uses = awaited(Engine.uses)
    delete = awaited(Engine.delete)
    hand_over = awaited(Engine.hand_over)

    # -- operating -------------------------------------------------------------------------------

    tick = awaited(Engine.tick)
    failures = awaited(Engine.failures)
    retry = awaited(Engine.retry)
    abandon = awaited(Engine.abandon)
    pending = awaited(Engine.pending)
    delivered = awaited_if_there(Engine.delivered)
    failed = awaited_if_there(Engine.failed)

    def on(self, kind: type[E], handler: Callable[[E], object]) -> Callable[[], None]:
        """Call *handler* with each event of a kind, after its commit, in order.

        A handler is a plain function or an `async def`, which is awaited before the command
        returns. One that raises is logged and harms nothing. It may call the engine. To be told is
        only noted here, so that this call alone is not awaited.

        Returns:
            A function without arguments that ends it.
        """

        def told(event: E) -> object:
            return handler(event)  # to be awaited; the plain engine would refuse what says so

        return self._engine.on(kind, told if is_async(handler) else handler)

    # -- what would be ---------------------------------------------------------------------------

    async def what_if(self) -> AsyncBranch:
        """Return a branch of the whole firm, on which anything can be tried; see `Engine.what_if`.

        Its calls are awaited too. It asks no port: it records what they would have been asked.
        """
        return AsyncBranch(await self._carry(self._engine.what_if))

    plan = awaited(Engine.plan)
    apply = awaited(Engine.apply)
    forecast = awaited(Engine.forecast)
    replay = awaited(Engine.replay)

    # -- reading ---------------------------------------------------------------------------------

    job = awaited(Engine.job)
    jobs = awaited(Engine.jobs)
    work = awaited(Engine.work)
    account = awaited(Engine.account)
    accounts = awaited(Engine.accounts)
    pipeline = awaited(Engine.pipeline)
    pipelines = awaited(Engine.pipelines)
    template = awaited(Engine.template)
    templates = awaited(Engine.templates)
    member = awaited(Engine.member)
    members = awaited(Engine.members)
    schedule = awaited(Engine.schedule)
    schedules = awaited(Engine.schedules)
    settings = awaited(Engine.settings)
    item = awaited(Engine.item)
    history = awaited(Engine.history)
    feed = awaited(Engine.feed)
    explain = awaited(Engine.explain)
    overview = awaited(Engine.overview)
    board = awaited(Engine.board)
    agenda = awaited(Engine.agenda)
    timeline = awaited(Engine.timeline)
    trace = awaited(Engine.trace)
    metrics = awaited(Engine.metrics)
    event_log = awaited(Engine.event_log)


class AsyncBranch(AsyncEngine):
    """A branch of a firm, as `AsyncEngine.what_if` makes it: see `Branch`, less `await`."""

    def __init__(self, branch: DecidingBranch) -> None:
        """Take the plain one."""
        self._engine: DecidingBranch = branch

    @property
    def requests(self) -> tuple[Request, ...]:
        """What the ports would have been asked since the branch was made, in order."""
        return self._engine.requests

    @property
    def now(self) -> datetime:
        """The instant at which the branch stands."""
        return self._engine.now

    tick = awaited(Branch.tick)
    advance = awaited(Branch.advance)
    diff = awaited(Branch.diff)

    def __repr__(self) -> str:
        """Say whose branch it is, and where it stands."""
        return f"<Async{repr(self._engine)[1:]}"
