"""Cancellations: what the engine asks of a port when a thing that it made is no longer wanted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from ..model.items import ItemKind
from ..model.record import record
from .requests import Request

__all__ = [
    "CANCELLATIONS",
    "Cancellation",
    "ClientRequestCancellation",
    "InvoiceCancellation",
    "MessageCancellation",
    "OrganizerCancellation",
    "ProposalCancellation",
    "TaskCancellation",
]


@record
class Cancellation(Request):
    """Take back a thing that was asked for and delivered.

    `name` is what the thing is called, `ref` the host's own id of it (None where the port gave
    none), `request` the key under which it was asked for, and `reason` why it is not wanted.
    """

    name: str
    ref: str | None
    request: str
    reason: str = ""


@record
class MessageCancellation(Cancellation):
    """Take a message back."""

    port: ClassVar[str] = "messages"


@record
class InvoiceCancellation(Cancellation):
    """Void an invoice."""

    port: ClassVar[str] = "invoices"


@record
class OrganizerCancellation(Cancellation):
    """Seal an organizer."""

    port: ClassVar[str] = "organizers"


@record
class ClientRequestCancellation(Cancellation):
    """Take a client request back."""

    port: ClassVar[str] = "requests"


@record
class ProposalCancellation(Cancellation):
    """Withdraw a proposal."""

    port: ClassVar[str] = "proposals"


@record
class TaskCancellation(Cancellation):
    """Cancel a task."""

    port: ClassVar[str] = "tasks"


# How each kind of item that a port makes is taken back.
CANCELLATIONS: Mapping[ItemKind, type[Cancellation]] = MappingProxyType(
    {
        ItemKind.MESSAGE: MessageCancellation,
        ItemKind.INVOICE: InvoiceCancellation,
        ItemKind.ORGANIZER: OrganizerCancellation,
        ItemKind.PROPOSAL: ProposalCancellation,
        ItemKind.CLIENT_REQUEST: ClientRequestCancellation,
        ItemKind.TASK: TaskCancellation,
    }
)
