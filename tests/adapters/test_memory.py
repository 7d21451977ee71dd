"""The memory store keeps the contract of all stores, and the fakes that of all ports."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Store
from pipeflow.testing import (
    FakeEmail,
    FakeFolders,
    FakeInvoices,
    FakeMessages,
    FakeOrganizers,
    FakeProposals,
    FakeTasks,
    ManualClock,
)
from pipeflow.testing.contracts import (
    EmailPortContract,
    FoldersPortContract,
    InvoicesPortContract,
    MessagesPortContract,
    OrganizersPortContract,
    ProposalsPortContract,
    StoreContract,
    TasksPortContract,
)


class TestMemoryStore(StoreContract):
    """The first implementation, and the measure for all others."""

    @pytest.fixture
    def store(self, clock: ManualClock) -> Store:
        """Make an empty one."""
        return MemoryStore(clock=clock)

    @pytest.fixture
    def other(self, clock: ManualClock) -> Store:
        """Make a second one."""
        return MemoryStore(clock=clock)

    def test_it_says_what_it_holds(self) -> None:
        """And that it is gone with the process; closing lets go of nothing."""
        store = MemoryStore()
        store.close()

        assert store.volatile
        assert repr(store) == "<MemoryStore: 0 rows, this process only>"


class Counting:
    """Counts the effects of a fake: the requests that it kept."""

    @pytest.fixture
    def effects(self, port: Any) -> Callable[[], int]:
        """Count them."""
        return lambda: len(port._taken)


class TestFakeEmail(Counting, EmailPortContract):
    """The fake of the e-mail port."""

    @pytest.fixture
    def port(self) -> FakeEmail:
        """Make one."""
        return FakeEmail()


class TestFakeMessages(Counting, MessagesPortContract):
    """The fake of the messages port."""

    @pytest.fixture
    def port(self) -> FakeMessages:
        """Make one."""
        return FakeMessages()


class TestFakeInvoices(Counting, InvoicesPortContract):
    """The fake of the invoices port."""

    @pytest.fixture
    def port(self) -> FakeInvoices:
        """Make one."""
        return FakeInvoices()


class TestFakeOrganizers(Counting, OrganizersPortContract):
    """The fake of the organizers port."""

    @pytest.fixture
    def port(self) -> FakeOrganizers:
        """Make one."""
        return FakeOrganizers()


class TestFakeProposals(Counting, ProposalsPortContract):
    """The fake of the proposals port."""

    @pytest.fixture
    def port(self) -> FakeProposals:
        """Make one."""
        return FakeProposals()


class TestFakeTasks(Counting, TasksPortContract):
    """The fake of the tasks port."""

    @pytest.fixture
    def port(self) -> FakeTasks:
        """Make one."""
        return FakeTasks()


class TestFakeFolders(Counting, FoldersPortContract):
    """The fake of the folders port."""

    @pytest.fixture
    def port(self) -> FakeFolders:
        """Make one."""
        return FakeFolders()
