"""A firm whose ports are awaited: the fakes of a world, reached over lines that may be slow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from threading import Event as Signal
from typing import Any, ClassVar, TypeAlias

from anyio import Event
from anyio.lowlevel import checkpoint

from pipeflow import Account, Job, Pipeline, Receipt, Settings, Stage
from pipeflow.adapters.memory import MemoryStore
from pipeflow.aio import (
    AsyncEmailPort,
    AsyncEngine,
    AsyncFoldersPort,
    AsyncInvoicesPort,
    AsyncMessagesPort,
    AsyncNoticesPort,
    AsyncOrganizersPort,
    AsyncPorts,
    AsyncProposalsPort,
    AsyncRequestsPort,
    AsyncTasksPort,
)
from pipeflow.ports import (
    Authorizer,
    Changes,
    ClientRequest,
    Email,
    FolderTree,
    Invoice,
    Message,
    Notice,
    Organizer,
    Proposal,
    Task,
    TaskChange,
    Waker,
)
from pipeflow.testing import World
from tests.firms import TEMPLATES

EMAIL, TASK, INVOICE = (
    "default/job-1/1/send-email-welcome/1",
    "default/job-1/1/create-task-prepare",
    "default/job-1/1/create-invoice-fee",
)

# What happens on the way to a port: it is given the request.
Way: TypeAlias = Callable[[Any], Awaitable[object]]


class Lasting(MemoryStore):
    """A store that is called as those are which last and block: in worker threads."""

    volatile: ClassVar[bool] = False


class Slow(Lasting):
    """A store whose commits wait while it is told to hold them up."""

    def __init__(self) -> None:
        """Begin without holding anything up."""
        super().__init__()
        self.arrived, self.goes_on, self.left = Signal(), Signal(), Signal()
        self.holds: Callable[[Changes], bool] = lambda _: False

    def commit(self, changes: Changes, /) -> bool:
        """Wait first, where that is wanted."""
        if not self.holds(changes):
            return super().commit(changes)
        self.arrived.set()
        assert self.goes_on.wait(30)
        try:
            return super().commit(changes)
        finally:
            self.left.set()


class Line:
    """The way to the ports of an office, which a test may make long."""

    def __init__(self) -> None:
        """Begin with one that costs a turn of the event loop."""
        self.way: Way | None = None

    async def pass_on(self, request: Any) -> None:
        """Take a request there."""
        await checkpoint()
        if self.way is not None:
            await self.way(request)


class Gate:
    """Where a call waits until it is let through."""

    def __init__(self, *keys: str) -> None:
        """Stop the requests of these keys; all unless said."""
        self.keys = keys
        self.reached, self.opened = Event(), Event()

    async def __call__(self, request: Any) -> None:
        """Wait here."""
        if not self.keys or request.key in self.keys:
            self.reached.set()
            await self.opened.wait()


class Mail(AsyncEmailPort):
    """Sends e-mail over a line."""

    def __init__(self, world: World, line: Line) -> None:
        """Take the world whose fake keeps it."""
        self.world, self.line = world, line

    async def send(self, email: Email, /) -> Receipt:
        """Send it."""
        await self.line.pass_on(email)
        return self.world.email.send(email)


class Chat(AsyncMessagesPort):
    """Posts messages over a line."""

    def __init__(self, world: World, line: Line) -> None:
        """Take the world whose fake keeps them."""
        self.world, self.line = world, line

    async def send(self, message: Message, /) -> Receipt:
        """Post it."""
        await self.line.pass_on(message)
        return self.world.messages.send(message)


class Billing(AsyncInvoicesPort):
    """Creates invoices over a line."""

    def __init__(self, world: World, line: Line) -> None:
        """Take the world whose fake keeps them."""
        self.world, self.line = world, line

    async def create(self, invoice: Invoice, /) -> Receipt:
        """Create it."""
        await self.line.pass_on(invoice)
        return self.world.invoices.create(invoice)


class Forms(AsyncOrganizersPort):
    """Creates organizers over a line."""

    def __init__(self, world: World, line: Line) -> None:
        """Take the world whose fake keeps them."""
        self.world, self.line = world, line

    async def create(self, organizer: Organizer, /) -> Receipt:
        """Create it."""
        await self.line.pass_on(organizer)
        return self.world.organizers.create(organizer)


class Signing(AsyncProposalsPort):
    """Sends proposals over a line."""

    def __init__(self, world: World, line: Line) -> None:
        """Take the world whose fake keeps them."""
        self.world, self.line = world, line

    async def send(self, proposal: Proposal, /) -> Receipt:
        """Send it."""
        await self.line.pass_on(proposal)
        return self.world.proposals.send(proposal)


class Board(AsyncTasksPort):
    """Creates tasks over a line."""

    def __init__(self, world: World, line: Line) -> None:
        """Take the world whose fake keeps them."""
        self.world, self.line = world, line

    async def create(self, task: Task, /) -> Receipt:
        """Create it."""
        await self.line.pass_on(task)
        return self.world.tasks.create(task)

    async def update(self, change: TaskChange, /) -> None:
        """Change it."""
        await self.line.pass_on(change)
        self.world.tasks.update(change)


class Shelves(AsyncFoldersPort):
    """Makes folders over a line."""

    def __init__(self, world: World, line: Line) -> None:
        """Take the world whose fake keeps them."""
        self.world, self.line = world, line

    async def apply(self, tree: FolderTree, /) -> Receipt:
        """Make them."""
        await self.line.pass_on(tree)
        return self.world.folders.apply(tree)


class Drawer(AsyncRequestsPort):
    """Asks clients for things over a line."""

    def __init__(self, world: World, line: Line) -> None:
        """Take the world whose fake keeps them."""
        self.world, self.line = world, line

    async def create(self, request: ClientRequest, /) -> Receipt:
        """Ask for them."""
        await self.line.pass_on(request)
        return self.world.requests.create(request)


class Bell(AsyncNoticesPort):
    """Tells members over a line."""

    def __init__(self, world: World, line: Line) -> None:
        """Take the world whose fake keeps them."""
        self.world, self.line = world, line

    async def send(self, notice: Notice, /) -> Receipt:
        """Tell them."""
        await self.line.pass_on(notice)
        return self.world.notices.send(notice)


class Office:
    """An async engine beside the plain one of a world: one store, one clock, the same fakes.

    What a test looks at it may look at through `world`, and what a rival worker does, he does
    there.
    """

    def __init__(
        self,
        store: MemoryStore | None = None,
        *,
        authorizer: Authorizer | None = None,
        waker: Waker | None = None,
        deliver: bool = True,
    ) -> None:
        """Open it on a store, of its own unless said."""
        self.store = store if store is not None else MemoryStore()
        self.world = World(store=self.store, deliver=deliver)
        self.clock = self.world.clock
        self.line = Line()
        given = self.world, self.line
        self.engine = AsyncEngine(
            ports=AsyncPorts(
                email=Mail(*given),
                messages=Chat(*given),
                invoices=Billing(*given),
                organizers=Forms(*given),
                proposals=Signing(*given),
                tasks=Board(*given),
                folders=Shelves(*given),
                requests=Drawer(*given),
                notices=Bell(*given),
            ),
            store=self.store,
            clock=self.clock,
            ids=self.world.ids,
            authorizer=authorizer,
            waker=waker,
            deliver=deliver,
        )

    async def open(self, *stages: Stage, settings: Settings | None = None) -> Account:
        """Save all templates, and the pipeline "Tax" of these stages; return a client."""
        await self.engine.save(*TEMPLATES, Pipeline("Tax", stages), *filter(None, [settings]))
        return self.world.account()

    def now(self, job: Job | str) -> Job:
        """Return a job as it now stands."""
        return self.world.engine.job(job)
