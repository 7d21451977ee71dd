"""A whole firm in memory, for tests, notebooks and first steps: `World`, fakes and contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.first_use import on_first_use
from .clock import CountingIds, ManualCalendar, ManualClock
from .fakes import (
    FakeEmail,
    FakeFolders,
    FakeInvoices,
    FakeMessages,
    FakeNotices,
    FakeOrganizers,
    FakePort,
    FakeProposals,
    FakeRequests,
    FakeTasks,
)
from .people import Client, Team
from .world import World

if TYPE_CHECKING:
    from .simulation import Simulation, simulate

__all__ = [
    "Client",
    "CountingIds",
    "FakeEmail",
    "FakeFolders",
    "FakeInvoices",
    "FakeMessages",
    "FakeNotices",
    "FakeOrganizers",
    "FakePort",
    "FakeProposals",
    "FakeRequests",
    "FakeTasks",
    "ManualCalendar",
    "ManualClock",
    "Simulation",
    "Team",
    "World",
    "simulate",
]

# What the room has of files that few programs need.
FILES = {"simulation": "Simulation simulate"}

if not TYPE_CHECKING:
    __getattr__ = on_first_use(__name__, FILES)
