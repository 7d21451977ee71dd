"""A whole firm in memory, for tests, notebooks and first steps: `World`, fakes and contracts."""

from __future__ import annotations

from .clock import CountingIds, ManualClock
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
    "ManualClock",
    "Team",
    "World",
]
