"""The contract of awaited ports: right ones keep it, and each broken one is caught."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from anyio import get_cancelled_exc_class
from anyio.lowlevel import checkpoint

from pipeflow import Receipt
from pipeflow.aio import AsyncEmailPort, AsyncTasksPort
from pipeflow.ports import Email, Rejected, Task
from pipeflow.testing import World
from pipeflow.testing.contracts.async_outlets import (
    AsyncEmailPortContract,
    AsyncFoldersPortContract,
    AsyncInvoicesPortContract,
    AsyncMessagesPortContract,
    AsyncNoticesPortContract,
    AsyncOrganizersPortContract,
    AsyncProposalsPortContract,
    AsyncRequestsPortContract,
    AsyncTasksPortContract,
)
from tests.aio.offices import (
    Bell,
    Billing,
    Board,
    Chat,
    Drawer,
    Forms,
    Line,
    Mail,
    Shelves,
    Signing,
)


class Counting:
    """Counts what the fake behind a port has kept."""

    fake: str
    kind: type[Any]

    @pytest.fixture
    def world(self) -> World:
        """Make a world of fakes."""
        return World()

    @pytest.fixture
    def port(self, world: World) -> Any:
        """Make the port."""
        return self.kind(world, Line())

    @pytest.fixture
    def effects(self, world: World) -> Callable[[], int]:
        """Count the effects."""
        return lambda: len(getattr(world, self.fake).taken)


class TestMail(Counting, AsyncEmailPortContract):
    """E-mail over a line."""

    kind, fake = Mail, "email"


class TestChat(Counting, AsyncMessagesPortContract):
    """Messages over a line."""

    kind, fake = Chat, "messages"


class TestBilling(Counting, AsyncInvoicesPortContract):
    """Invoices over a line."""

    kind, fake = Billing, "invoices"


class TestForms(Counting, AsyncOrganizersPortContract):
    """Organizers over a line."""

    kind, fake = Forms, "organizers"


class TestSigning(Counting, AsyncProposalsPortContract):
    """Proposals over a line."""

    kind, fake = Signing, "proposals"


class TestBoard(Counting, AsyncTasksPortContract):
    """Tasks over a line."""

    kind, fake = Board, "tasks"


class TestShelves(Counting, AsyncFoldersPortContract):
    """Folders over a line."""

    kind, fake = Shelves, "folders"


class TestDrawer(Counting, AsyncRequestsPortContract):
    """Client requests over a line."""

    kind, fake = Drawer, "requests"


class TestBell(Counting, AsyncNoticesPortContract):
    """Notices over a line."""

    kind, fake = Bell, "notices"


# -- broken ports --------------------------------------------------------------------------------


class Right(AsyncEmailPort):
    """Has one effect for a key, and remembers it at once."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.sent: list[str] = []
        self.known: dict[str, Receipt] = {}

    async def send(self, email: Email, /) -> Receipt | None:
        """Send it."""
        await checkpoint()
        return self.known.get(email.key) or self.take(email)

    def take(self, email: Email) -> Receipt:
        """Send what is new."""
        self.sent.append(email.key)
        return self.known.setdefault(email.key, Receipt(f"mail {len(self.sent)}"))


class Late(Right):
    """Remembers what it did after a look elsewhere."""

    async def send(self, email: Email, /) -> Receipt | None:
        """Send it."""
        if email.key not in self.known:
            self.sent.append(email.key)
            await checkpoint()
            self.known[email.key] = Receipt(f"mail {len(self.sent)}")
        return self.known[email.key]


class Stubborn(Right):
    """Takes a cancellation for an answer."""

    async def send(self, email: Email, /) -> Receipt | None:
        """Send it."""
        try:
            return await super().send(email)
        except get_cancelled_exc_class():
            return None


class Forgetful(Right):
    """Knows no key again."""

    async def send(self, email: Email, /) -> Receipt | None:
        """Send it."""
        return self.take(email)


class Chatty(Right):
    """Answers with a text."""

    async def send(self, email: Email, /) -> Any:
        """Send it."""
        await super().send(email)
        return "sent"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("kind", "right"),
    [(Right, True), (Late, False), (Stubborn, False), (Forgetful, False), (Chatty, False)],
)
async def test_a_broken_port_is_caught(kind: type[Right], right: bool) -> None:
    """By at least one of the rules, and a right one by none."""
    suite = AsyncEmailPortContract()
    rules = [name for name in dir(suite) if name.startswith("test_")]
    caught: list[str] = []

    for rule in rules:
        port, test = kind(), getattr(suite, rule)
        given = {"port": port, "effects": lambda port=port: len(port.sent)}
        try:
            await test(**{name: given[name] for name in inspect.signature(test).parameters})
        except* AssertionError:
            caught.append(rule)

    assert len(rules) == 5
    assert (caught == []) is right


class Plain(AsyncTasksPort):
    """Makes tasks, and no more."""

    async def create(self, task: Task, /) -> Receipt:
        """Make one."""
        return Receipt("t-1")


@pytest.mark.anyio
async def test_a_port_that_says_nothing_of_it_cannot_cancel() -> None:
    """`update` and `cancel` are there to be overridden."""
    world, line = World(), Line()

    for made in (*(port(world, line) for port in (Chat, Billing, Forms, Signing)), Plain()):
        port: Any = made
        assert await port.update(None) is None
        with pytest.raises(Rejected, match="cannot cancel"):
            await port.cancel(None)
