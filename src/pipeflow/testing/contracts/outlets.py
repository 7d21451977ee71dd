"""The contracts of ports: one effect for a key, and the same receipt whenever it comes again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Generic, TypeVar

import pytest

from ...model.money import Money
from ...model.templates import Folder, InvoiceTotals, LineItem
from ...ports import (
    ClientRequest,
    EmailPort,
    FoldersPort,
    FolderTree,
    Invoice,
    InvoicesPort,
    Message,
    MessagesPort,
    Notice,
    NoticesPort,
    Organizer,
    OrganizersPort,
    Proposal,
    ProposalsPort,
    Receipt,
    RequestsPort,
    Task,
    TasksPort,
)
from .making import email

__all__ = [
    "EmailPortContract",
    "FoldersPortContract",
    "InvoicesPortContract",
    "MessagesPortContract",
    "NoticesPortContract",
    "OrganizersPortContract",
    "PortContract",
    "PortSuite",
    "ProposalsPortContract",
    "RequestsPortContract",
    "TasksPortContract",
]

P = TypeVar("P")
PAY = Money("450.00", "USD")


class PortSuite(Generic[P]):
    """What contracts of ports need: the fixture `port`, and `effects`, for those who can count."""

    call: str
    make: Callable[[str], Any]

    @pytest.fixture
    def port(self) -> P:
        """Return a port without effects so far; to be overridden."""
        raise NotImplementedError("override the fixture `port` with one that makes your port")

    @pytest.fixture
    def effects(self, port: P) -> Callable[[], int]:
        """Return a function that counts what the port has brought about; to be overridden.

        Without it what only an onlooker can see is skipped; receipts are checked all the same.
        """
        pytest.skip("nobody counts what this port brings about: override the fixture `effects`")

    def _put(self, port: P, key: str) -> Any:
        """Put a request of this key to the port; return whatever that returns."""
        return getattr(port, self.call)(type(self).make(key))

    @staticmethod
    def _checked(answer: Any) -> Receipt | None:
        """Return what a port answered, which must be a receipt or None."""
        assert answer is None or isinstance(answer, Receipt)
        assert answer is None or answer.ref is None or isinstance(answer.ref, str)
        assert answer is None or answer.total is None or isinstance(answer.total, Money)
        return answer


class PortContract(PortSuite[P]):
    """What every port must do; supply the fixture `port`, and `effects` where you can count."""

    def _ask(self, port: P, key: str) -> Receipt | None:
        return self._checked(self._put(port, key))

    def test_a_key_that_comes_again_has_the_same_receipt(self, port: P) -> None:
        """After a crash every request may come again under its key."""
        first, again = self._ask(port, "one/job-1/1/a"), self._ask(port, "one/job-1/1/a")

        assert again == first

    def test_a_key_that_comes_again_has_one_effect(
        self, port: P, effects: Callable[[], int]
    ) -> None:
        """A client who gets two bills pays one of them."""
        for _ in range(2):
            self._ask(port, "one/job-1/1/a")

        assert effects() == 1

    def test_another_key_is_another_thing(self, port: P) -> None:
        """Equal content does not make it a repeat."""
        first, other = self._ask(port, "one/job-1/1/a"), self._ask(port, "one/job-1/2/a")

        assert first is None or other is None or first.ref is None or first.ref != other.ref

    def test_another_key_has_an_effect_of_its_own(
        self, port: P, effects: Callable[[], int]
    ) -> None:
        """Nor does it make the other one go out in its place."""
        for key in ("one/job-1/1/a", "one/job-1/2/a"):
            self._ask(port, key)

        assert effects() == 2


class EmailPortContract(PortContract[EmailPort]):
    """What an `EmailPort` must do."""

    call, make = "send", staticmethod(email)


class MessagesPortContract(PortContract[MessagesPort]):
    """What a `MessagesPort` must do."""

    call = "send"
    make = staticmethod(
        lambda key: Message(key, "account-1", "job-1", "job-1/1", "m", "Hi", "Text")
    )


class InvoicesPortContract(PortContract[InvoicesPort]):
    """What an `InvoicesPort` must do."""

    call = "create"
    make = staticmethod(
        lambda key: Invoice(
            key, "account-1", "job-1", "job-1/1", "fee", "Fee", (LineItem("1040", rate=PAY),),
            InvoiceTotals(PAY, Money(0, "USD"), Money(0, "USD"), PAY),
        )
    )  # fmt: skip


class OrganizersPortContract(PortContract[OrganizersPort]):
    """What an `OrganizersPort` must do."""

    call = "create"
    make = staticmethod(
        lambda key: Organizer(key, "account-1", "job-1", "job-1/1", "o", "Organizer", "Organizer")
    )


class ProposalsPortContract(PortContract[ProposalsPort]):
    """What a `ProposalsPort` must do."""

    call = "send"
    make = staticmethod(
        lambda key: Proposal(key, "account-1", "job-1", "job-1/1", "p", "Letter", "Letter")
    )


class TasksPortContract(PortContract[TasksPort]):
    """What a `TasksPort` must do."""

    call = "create"
    make = staticmethod(
        lambda key: Task(key, "account-1", "job-1", "job-1/1", "t", "Task", due=date(2027, 4, 15))
    )


class RequestsPortContract(PortContract[RequestsPort]):
    """What a `RequestsPort` must do."""

    call = "create"
    make = staticmethod(
        lambda key: ClientRequest(
            key, "account-1", "job-1", "job-1/1", "r", "W-2", "W-2", uploads=("Form W-2",)
        )
    )


class NoticesPortContract(PortContract[NoticesPort]):
    """What a `NoticesPort` must do."""

    call = "send"
    make = staticmethod(
        lambda key: Notice(key, "account-1", "job-1", None, None, ("mia",), "Ada paid")
    )


class FoldersPortContract(PortContract[FoldersPort]):
    """What a `FoldersPort` must do; each key asks for a folder of its own below `Tax`."""

    call = "apply"
    make = staticmethod(
        lambda key: FolderTree(
            key, "account-1", "job-1", None, "f", "Folders",
            (Folder(f"Tax/{key.replace('/', '-')}"),),
        )
    )  # fmt: skip
