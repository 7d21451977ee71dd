"""The pytest plugin: fixtures `pipeflow_world` and `pipeflow_clock`; loading it imports nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pipeflow.testing import ManualClock, World

__all__ = ["pipeflow_clock", "pipeflow_world"]

# Failures of the contract suites, which hosts inherit, tell both sides of a comparison.
pytest.register_assert_rewrite("pipeflow.testing.contracts")


@pytest.fixture
def pipeflow_world() -> World:
    """Give a firm in memory: an engine with a clock that stands still, and fakes of all ports."""
    from pipeflow.testing import World

    return World()


@pytest.fixture
def pipeflow_clock(pipeflow_world: World) -> ManualClock:
    """Give the clock of the test's world."""
    return pipeflow_world.clock
