"""Each test of the async engine runs on asyncio and on trio, most on two kinds of store as well."""

import pytest

from pipeflow.adapters.memory import MemoryStore
from tests.aio.offices import Lasting, Office


@pytest.fixture(params=[MemoryStore, Lasting], ids=["in the loop", "in threads"])
def office(request: pytest.FixtureRequest) -> Office:
    """Open an office on a store that is called in the event loop, or in worker threads."""
    return Office(request.param())
