"""A waker is called in the loop or in a thread, as the store is, and reaches the loop from both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import pytest
import sniffio
from anyio import Event, fail_after

from pipeflow import CreateTask, Stage
from pipeflow.aio import AsyncEngine
from pipeflow.ports import Waker
from tests.aio.offices import Office
from tests.firms import DONE, PREPARE

pytestmark = pytest.mark.anyio


def way_to_the_loop() -> Callable[[Callable[[], object]], object]:
    """Return what has something done in the loop that runs here, from wherever it is called."""
    if sniffio.current_async_library() == "trio":
        import trio  # which is not everywhere

        return trio.lowlevel.current_trio_token().run_sync_soon
    return asyncio.get_running_loop().call_soon_threadsafe


class Bell(Waker):
    """Sets an event of the loop in which it is made."""

    def __init__(self) -> None:
        """Begin unheard."""
        self.heard, self.soon = Event(), way_to_the_loop()

    def wake(self, tenant: str, at: datetime, /) -> None:
        """Ring."""
        self.soon(self.heard.set)


async def test_the_ways_that_the_page_names_lead_to_the_loop(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Over a store in memory the waker is called in the loop itself, else in a thread."""
    client = await office.open(Stage("Work", [CreateTask(PREPARE)]), DONE)
    bell = Bell()
    web = AsyncEngine(
        store=office.store, clock=office.clock, ids=office.world.ids, deliver=False, waker=bell
    )

    await web.start("tax", client)

    with fail_after(10):
        await bell.heard.wait()
    assert caplog.records == []
