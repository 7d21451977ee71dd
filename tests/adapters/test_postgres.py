"""The store in a host's database keeps the contract of all stores; here in one of PostgreSQL."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.ports import Store
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts import StoreContract
from tests.postgres import Server


class TestPostgres(StoreContract):
    """What was committed is found again in the database."""

    @pytest.fixture
    def store(self, pg_engine: Engine, pg_schema: str, clock: ManualClock) -> Store:
        """Make one in a new schema."""
        return SqlStore(pg_engine, schema=pg_schema, clock=clock)

    @pytest.fixture
    def other(self, postgres: Server, pg_engine: Engine, clock: ManualClock) -> Iterator[Store]:
        """Make a second one, in a schema of its own."""
        with postgres.schema(pg_engine) as name:
            yield SqlStore(pg_engine, schema=name, clock=clock)

    @pytest.fixture
    def reopened(
        self, store: Store, postgres: Server, pg_schema: str, clock: ManualClock,
        request: pytest.FixtureRequest,
    ) -> Callable[[], Store]:  # fmt: skip
        """Close the store, and open another by the address."""

        def again() -> Store:
            store.close()
            found = SqlStore(postgres.url, schema=pg_schema, clock=clock)
            request.addfinalizer(found.close)
            return found

        return again
