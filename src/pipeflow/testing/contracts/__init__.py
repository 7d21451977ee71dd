"""Contract suites: what a store and the ports of a host must do, as tests that hosts inherit.

Subclass a suite in a test module of your own, supply its fixtures, and pytest runs it:

    class TestOurStore(StoreContract):
        @pytest.fixture
        def store(self):
            with contextlib.closing(OurStore("firm.db")) as store:
                yield store
"""

from __future__ import annotations

from .ports import (
    EmailPortContract,
    FoldersPortContract,
    InvoicesPortContract,
    MessagesPortContract,
    OrganizersPortContract,
    PortContract,
    ProposalsPortContract,
    TasksPortContract,
)
from .queue import QueueContract
from .rows import RowsContract

__all__ = [
    "EmailPortContract",
    "FoldersPortContract",
    "InvoicesPortContract",
    "MessagesPortContract",
    "OrganizersPortContract",
    "PortContract",
    "ProposalsPortContract",
    "QueueContract",
    "RowsContract",
    "StoreContract",
    "TasksPortContract",
]


class StoreContract(RowsContract, QueueContract):
    """The rules A1 to A11 of `pipeflow.ports.store`; supply the fixture `store`, an empty one."""
