"""The store in a host's database keeps the contract of all stores; here in one of SQLite."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.ports import Store
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts import StoreContract
from tests.hosted import OpenedStore, with_tables


class TestSqlStore(StoreContract):
    """What was committed is found again in the database."""

    @pytest.fixture
    def store(self, tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
        """Make one in a new database."""
        with opened(tmp_path / "firm.db", clock) as store:
            yield store

    @pytest.fixture
    def other(self, tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
        """Make a second one, in a database of its own."""
        with opened(tmp_path / "other.db", clock) as store:
            yield store

    @pytest.fixture
    def reopened(
        self, store: Store, tmp_path: Path, clock: ManualClock, request: pytest.FixtureRequest
    ) -> Callable[[], Store]:
        """Close the store and open its database again."""

        def again() -> Store:
            store.close()
            found = opened(tmp_path / "firm.db", clock)
            request.addfinalizer(found.close)
            return found

        return again


def opened(path: Path, clock: ManualClock) -> SqlStore:
    """Open a database of SQLite, with its tables."""
    if not path.exists():
        with_tables(path)
    return OpenedStore(path, clock=clock)
