"""The memory store keeps the contract of all stores, and the fakes that of all ports."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeflow.adapters.memory import MemoryStore
from pipeflow.errors import DefinitionError
from pipeflow.ports import Changes, DueState, Settle, Store
from pipeflow.testing import (
    FakeEmail,
    FakeFolders,
    FakeInvoices,
    FakeMessages,
    FakeNotices,
    FakeOrganizers,
    FakeProposals,
    FakeRequests,
    FakeTasks,
    ManualClock,
)
from pipeflow.testing.contracts import (
    EmailPortContract,
    FoldersPortContract,
    InvoicesPortContract,
    MessagesPortContract,
    NoticesPortContract,
    OrganizersPortContract,
    ProposalsPortContract,
    RequestsPortContract,
    StoreContract,
    TasksPortContract,
)
from pipeflow.testing.contracts.making import LEASE, NOW, A, chapter, due, enqueue, held


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

    def test_what_is_dead_before_anybody_asks_waits_for_nothing(self, store: Store) -> None:
        """It is parked, and no lease of it ends."""
        enqueue(store, held("k"))
        store.settle("one", Settle("k", 1, DueState.DEAD, NOW, "never"))

        assert store.next_due() is None
        assert [row.due.key for row in store.parked("one").rows] == ["k"]

    def test_a_firm_without_histories_is_restored(self, store: Store, other: Store) -> None:
        """One without anything stays as empty as it was."""
        enqueue(store, due("k"))
        for tenant in ("one", "nobody"):
            other.restore(store.export(tenant))

        assert [*other.export("one")] == [*store.export("one")]
        assert [*other.tenants()] == ["one"]

    def test_a_cursor_from_elsewhere_leads_nowhere_worse(self, store: Store) -> None:
        """A feed that began anew is shorter than a host remembers."""
        told = [chapter(str(n)) for n in range(3)]
        store.commit(Changes("one", {}, log={A: tuple(told)}))

        assert store.feed(after="99").rows == ()
        assert [one for _, one in store.feed(after="99", newest=True).rows] == told[::-1]


class Counting:
    """Counts the effects of a fake: the requests that it kept."""

    @pytest.fixture
    def effects(self, port: Any) -> Callable[[], int]:
        """Count them."""
        return lambda: len(port.taken)


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


class TestFakeRequests(Counting, RequestsPortContract):
    """The fake of the requests port."""

    @pytest.fixture
    def port(self) -> FakeRequests:
        """Make one."""
        return FakeRequests()


class TestFakeNotices(Counting, NoticesPortContract):
    """The fake of the notices port."""

    @pytest.fixture
    def port(self) -> FakeNotices:
        """Make one."""
        return FakeNotices()


def test_a_clock_is_a_clock() -> None:
    """A function that tells the time is none, and is told when the store is made."""
    with pytest.raises(DefinitionError, match=r"\$.clock: must be a Clock"):
        MemoryStore(clock=lambda: NOW)  # type: ignore[arg-type]


def test_whoever_asks_for_nothing_gets_nothing() -> None:
    """Of what is due, and of what failed."""
    store = MemoryStore(clock=ManualClock(NOW))
    enqueue(store, due("waits"), due("failed"))
    (claim,) = store.claim("me", LEASE, 1, due=NOW, keys=["failed"])
    store.settle("one", Settle("failed", claim.token, DueState.DEAD, NOW, "no"))

    assert store.claim("me", LEASE, 9, due=NOW, each=0) == []
    assert store.parked("one", limit=0).rows == ()
    assert len(store.parked("one", limit=1).rows) == 1
