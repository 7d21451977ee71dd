"""The store in a file keeps the contract of all stores."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Store
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts import StoreContract


class TestSqliteStore(StoreContract):
    """What was committed is found again in the file."""

    multiprocess = False

    @pytest.fixture
    def store(self, tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
        """Make one in a new file."""
        with self.opened(tmp_path / "firm.db", clock) as store:
            yield store

    @pytest.fixture
    def other(self, tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
        """Make a second one, in a file of its own."""
        with self.opened(tmp_path / "other.db", clock) as store:
            yield store

    @pytest.fixture
    def reopened(
        self, store: Store, tmp_path: Path, clock: ManualClock, request: pytest.FixtureRequest
    ) -> Callable[[], Store]:
        """Close the store and open its file again."""

        def again() -> Store:
            store.close()
            found = self.opened(tmp_path / "firm.db", clock)
            request.addfinalizer(found.close)
            return found

        return again

    def opened(self, path: Path, clock: ManualClock) -> SqliteStore:
        """Open a file."""
        return SqliteStore(path, multiprocess=self.multiprocess, clock=clock)


class TestSqliteStoreOfSeveralProcesses(TestSqliteStore):
    """With the journal that is safe where several processes write."""

    multiprocess = True
