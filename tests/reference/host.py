"""A host whose ports write down what they are asked for, and are out of order when told so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeflow import slug
from pipeflow.ports import (
    Email,
    EmailPort,
    FoldersPort,
    Invoice,
    InvoicesPort,
    MessagesPort,
    NoticesPort,
    OrganizersPort,
    Ports,
    ProposalsPort,
    Receipt,
    Rejected,
    Request,
    RequestsPort,
    TasksPort,
)

__all__ = ["PORTS", "Host"]

PORTS = (
    "email", "messages", "invoices", "organizers", "proposals", "tasks", "requests", "folders",
    "notices",
)  # fmt: skip


class Host:
    """What all ports have in common: one list of calls, and in which mood each of them is."""

    def __init__(self, *, cancels: bool) -> None:
        """Begin with all ports in order."""
        self.moods: dict[str, str] = dict.fromkeys(PORTS, "up")
        self.calls: list[tuple[str, Request]] = []
        self.credit: set[str] = set()
        self.numbers = 0
        self.heard: Callable[[Request], None] = lambda request: None
        kinds = (_Email, *(_CANCELLING if cancels else _PLAIN), _Folders, _Notices)
        ports: Any = {name: kind(self) for name, kind in zip(PORTS, kinds, strict=True)}
        self.ports = Ports(**ports)

    def take(self, request: Request) -> Receipt:
        """Write down a call, and answer as the port's mood is."""
        mood = self.moods[request.port]
        self.calls.append((mood, request))
        self.heard(request)
        if mood == "down":
            raise OSError("down")
        if mood == "never":
            raise Rejected("never")
        self.numbers += 1
        done = isinstance(request, Invoice) and request.on_account
        return Receipt(f"r-{self.numbers}", completed=done and request.account in self.credit)


def label(request: Any) -> tuple[object, ...]:
    """Say what is asked for, as the naive firm says it."""
    reminder = isinstance(request, Email) and request.number is not None
    called = str(getattr(request, "name", None) or request.template)
    name = "reminder" if reminder else slug(called)
    number = request.number if reminder else None
    return (type(request).__name__, request.job, request.item, name, request.addresses, number)


class _Taking:
    def __init__(self, host: Host) -> None:
        self._host = host

    def send(self, request: Request, /) -> Receipt:
        """Take it."""
        return self._host.take(request)

    create = apply = send


class _Cancelling(_Taking):
    def cancel(self, gone: Request, /) -> Receipt:
        """Take it back."""
        return self._host.take(gone)


class _Email(_Taking, EmailPort):
    pass


class _Messages(_Taking, MessagesPort):
    pass


class _Invoices(_Taking, InvoicesPort):
    pass


class _Organizers(_Taking, OrganizersPort):
    pass


class _Proposals(_Taking, ProposalsPort):
    pass


class _Tasks(_Taking, TasksPort):
    pass


class _Folders(_Taking, FoldersPort):
    pass


class _Requests(_Taking, RequestsPort):
    pass


class _Notices(_Taking, NoticesPort):
    pass


class _CancellingMessages(_Cancelling, MessagesPort):
    pass


class _CancellingInvoices(_Cancelling, InvoicesPort):
    pass


class _CancellingOrganizers(_Cancelling, OrganizersPort):
    pass


class _CancellingProposals(_Cancelling, ProposalsPort):
    pass


class _CancellingTasks(_Cancelling, TasksPort):
    pass


class _CancellingRequests(_Cancelling, RequestsPort):
    pass


_PLAIN = (_Messages, _Invoices, _Organizers, _Proposals, _Tasks, _Requests)
_CANCELLING = (
    _CancellingMessages,
    _CancellingInvoices,
    _CancellingOrganizers,
    _CancellingProposals,
    _CancellingTasks,
    _CancellingRequests,
)
