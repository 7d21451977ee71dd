"""The contracts of ports that are awaited; a test module of a host imports them from here.

    from pipeflow.testing.contracts.async_outlets import AsyncEmailPortContract

They run with the pytest plugin that anyio brings, on asyncio and on trio; a fixture
`anyio_backend` that returns `"asyncio"` leaves trio out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from ...ports import Receipt
from ...ports.async_ports import (
    AsyncEmailPort,
    AsyncFoldersPort,
    AsyncInvoicesPort,
    AsyncMessagesPort,
    AsyncNoticesPort,
    AsyncOrganizersPort,
    AsyncProposalsPort,
    AsyncRequestsPort,
    AsyncTasksPort,
)
from .outlets import (
    EmailPortContract,
    FoldersPortContract,
    InvoicesPortContract,
    MessagesPortContract,
    NoticesPortContract,
    OrganizersPortContract,
    PortSuite,
    ProposalsPortContract,
    RequestsPortContract,
    TasksPortContract,
)

__all__ = [
    "AsyncEmailPortContract",
    "AsyncFoldersPortContract",
    "AsyncInvoicesPortContract",
    "AsyncMessagesPortContract",
    "AsyncNoticesPortContract",
    "AsyncOrganizersPortContract",
    "AsyncPortContract",
    "AsyncProposalsPortContract",
    "AsyncRequestsPortContract",
    "AsyncTasksPortContract",
]

P = TypeVar("P")
POINTS = 20  # how many places inside a call are tried


@pytest.mark.anyio
class AsyncPortContract(PortSuite[P]):
    """What every awaited port must do; supply `port`, and `effects` where you can count."""

    async def _ask(self, port: P, key: str) -> Receipt | None:
        return self._checked(await self._put(port, key))

    async def test_a_key_that_comes_again_has_the_same_receipt(self, port: P) -> None:
        """After a crash every request may come again under its key."""
        first = await self._ask(port, "one/job-1/1/a")
        again = await self._ask(port, "one/job-1/1/a")

        assert again == first

    async def test_a_key_that_comes_again_has_one_effect(
        self, port: P, effects: Callable[[], int]
    ) -> None:
        """A client who gets two bills pays one of them."""
        for _ in range(2):
            await self._ask(port, "one/job-1/1/a")

        assert effects() == 1

    async def test_another_key_is_another_thing(self, port: P) -> None:
        """Equal content does not make it a repeat."""
        first = await self._ask(port, "one/job-1/1/a")
        other = await self._ask(port, "one/job-1/2/a")

        assert first is None or other is None or first.ref is None or first.ref != other.ref

    async def test_another_key_has_an_effect_of_its_own(
        self, port: P, effects: Callable[[], int]
    ) -> None:
        """Nor does it make the other one go out in its place."""
        for key in ("one/job-1/1/a", "one/job-1/2/a"):
            await self._ask(port, key)

        assert effects() == 2

    async def test_a_call_that_is_cancelled_has_one_effect_when_it_comes_again(
        self, port: P, effects: Callable[[], int]
    ) -> None:
        """Wherever it awaits something; and one that is not cancelled has had it."""
        from anyio import create_task_group
        from anyio.lowlevel import checkpoint

        ended = False

        async def call(key: str) -> None:
            nonlocal ended
            await self._ask(port, key)
            ended = True

        for number in range(POINTS):
            key = f"one/job-1/{number}/a"
            async with create_task_group() as tasks:
                tasks.start_soon(call, key)
                for _ in range(number):
                    await checkpoint()
                tasks.cancel_scope.cancel()
            assert effects() == number + 1 or not ended
            await self._ask(port, key)
            assert effects() == number + 1
            if ended:
                break


class AsyncEmailPortContract(AsyncPortContract[AsyncEmailPort]):
    """What an `AsyncEmailPort` must do."""

    call, make = EmailPortContract.call, staticmethod(EmailPortContract.make)


class AsyncMessagesPortContract(AsyncPortContract[AsyncMessagesPort]):
    """What an `AsyncMessagesPort` must do."""

    call, make = MessagesPortContract.call, staticmethod(MessagesPortContract.make)


class AsyncInvoicesPortContract(AsyncPortContract[AsyncInvoicesPort]):
    """What an `AsyncInvoicesPort` must do."""

    call, make = InvoicesPortContract.call, staticmethod(InvoicesPortContract.make)


class AsyncOrganizersPortContract(AsyncPortContract[AsyncOrganizersPort]):
    """What an `AsyncOrganizersPort` must do."""

    call, make = OrganizersPortContract.call, staticmethod(OrganizersPortContract.make)


class AsyncProposalsPortContract(AsyncPortContract[AsyncProposalsPort]):
    """What an `AsyncProposalsPort` must do."""

    call, make = ProposalsPortContract.call, staticmethod(ProposalsPortContract.make)


class AsyncTasksPortContract(AsyncPortContract[AsyncTasksPort]):
    """What an `AsyncTasksPort` must do."""

    call, make = TasksPortContract.call, staticmethod(TasksPortContract.make)


class AsyncRequestsPortContract(AsyncPortContract[AsyncRequestsPort]):
    """What an `AsyncRequestsPort` must do."""

    call, make = RequestsPortContract.call, staticmethod(RequestsPortContract.make)


class AsyncNoticesPortContract(AsyncPortContract[AsyncNoticesPort]):
    """What an `AsyncNoticesPort` must do."""

    call, make = NoticesPortContract.call, staticmethod(NoticesPortContract.make)


class AsyncFoldersPortContract(AsyncPortContract[AsyncFoldersPort]):
    """What an `AsyncFoldersPort` must do."""

    call, make = FoldersPortContract.call, staticmethod(FoldersPortContract.make)
