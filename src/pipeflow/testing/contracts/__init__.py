"""Contract suites: what a store and the ports of a host must do, as tests that hosts inherit.

Subclass a suite in a test module of your own, supply its fixtures, and pytest runs it:

    class TestOurStore(StoreContract):
        @pytest.fixture
        def store(self, clock):
            with contextlib.closing(OurStore("firm.db", clock=clock)) as store:
                yield store

The suite moves `clock` on, a `ManualClock`, and the store must reckon leases by it. Two more
fixtures are asked for: `other`, a second empty store, and `reopened`, a function that closes the
store and opens it again.
"""

from __future__ import annotations

from .claims import ClaimsContract
from .commits import CommitsContract
from .erasures import ErasuresContract
from .exports import ExportsContract
from .finding import PagesContract, TermsContract
from .histories import HistoriesContract
from .leases import LeasesContract
from .outlets import (
    EmailPortContract,
    FoldersPortContract,
    InvoicesPortContract,
    MessagesPortContract,
    NoticesPortContract,
    OrganizersPortContract,
    PortContract,
    ProposalsPortContract,
    RequestsPortContract,
    TasksPortContract,
)
from .withdrawals import WithdrawalsContract

__all__ = [
    "EmailPortContract",
    "FoldersPortContract",
    "InvoicesPortContract",
    "MessagesPortContract",
    "NoticesPortContract",
    "OrganizersPortContract",
    "PortContract",
    "ProposalsPortContract",
    "QueueContract",
    "RequestsPortContract",
    "RowsContract",
    "StoreContract",
    "TasksPortContract",
]


class RowsContract(
    CommitsContract, TermsContract, PagesContract, HistoriesContract, ExportsContract
):
    """What is kept: the rules A1 to A3, A8 to A11, A14 and A16 of `pipeflow.ports.store`."""


class QueueContract(ClaimsContract, LeasesContract, WithdrawalsContract):
    """What is due: the rules A4 to A7, A12, A13 and A16 of `pipeflow.ports.store`."""


class StoreContract(RowsContract, QueueContract, ErasuresContract):
    """The rules A1 to A16 of `pipeflow.ports.store`; supply `store`, `other` and `reopened`."""
