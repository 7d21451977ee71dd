"""The ports for requests: what each must do, may do and must never do.

Every call may come again with the same `key` after a crash or a failure: a port *must* then have
one effect and return the same receipt. Return a `Receipt` (or None), raise `Rejected` for "this
will never work", and anything else for "not now": the engine keeps the request and tries again. A
port *may* call the engine back; no lock and no transaction is open while it runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar, NamedTuple

from ..errors import DefinitionError, PipeflowError, Problem, shown
from ..model.automations import (
    ApplyFolderTemplate,
    Automation,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    NotifyTeam,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
)
from ..model.items import ItemKind
from ..model.money import Money
from ..model.record import Plain, frozen
from .cancellations import (
    CANCELLATIONS,
    ClientRequestCancellation,
    InvoiceCancellation,
    MessageCancellation,
    OrganizerCancellation,
    ProposalCancellation,
    TaskCancellation,
)
from .requests import (
    ClientRequest,
    Email,
    FolderTree,
    Invoice,
    Message,
    Notice,
    Organizer,
    Proposal,
    Request,
    Task,
    TaskChange,
)

__all__ = [
    "NAMES",
    "OUTLETS",
    "EmailPort",
    "FoldersPort",
    "InvoicesPort",
    "MessagesPort",
    "NoticesPort",
    "OrganizersPort",
    "Outlet",
    "Ports",
    "ProposalsPort",
    "Receipt",
    "Rejected",
    "RequestsPort",
    "TasksPort",
    "port_of",
]


@frozen
class Receipt(Plain):
    """What a port answers of what it made.

    Args:
        ref: The host's own id of it.
        completed: Whether it is done at birth.
        total: What a bill comes to, where the host reckons it itself; this then decides when it
            is paid, and not the total that was asked for (R-11).
    """

    ref: str | None = None
    completed: bool = False
    total: Money | None = None


class Rejected(PipeflowError):
    """Raised by a port for a request that will never work; it is given up at once."""


CANNOT_CANCEL = "this port cannot cancel; cancel it by hand, and abandon the request"


class Port(ABC):  # noqa: B024  (each port has a method of its own name)
    """What all ports have in common.

    A port that says `honours_keys` does nothing twice under one key: its receipts may be kept
    together at the end of a pass, for a lost one only repeats a call that changes nothing.
    """

    honours_keys: ClassVar[bool] = False


class EmailPort(Port):
    """Sends e-mail; reminders leave through it too."""

    @abstractmethod
    def send(self, email: Email, /) -> Receipt | None:
        """Send *email* to all of `email.to`, as what `email.format` says that its body is."""


class MessagesPort(Port):
    """Posts chat messages to the client."""

    @abstractmethod
    def send(self, message: Message, /) -> Receipt | None:
        """Post *message*; a reply where it says so, else in a thread of its own."""

    def update(self, message: Message, /) -> None:
        """Take over a change of *message*; a host that needs none leaves this as it is."""

    def cancel(self, gone: MessageCancellation, /) -> Receipt | None:
        """Take a message back that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class InvoicesPort(Port):
    """Creates invoices and sends them."""

    @abstractmethod
    def create(self, invoice: Invoice, /) -> Receipt | None:
        """Create *invoice*; `Receipt(completed=True)` says that credit has paid it already.

        A host that reckons taxes itself answers with its own `total`, which decides when the
        invoice is paid.
        """

    def update(self, invoice: Invoice, /) -> None:
        """Take over a change of *invoice*; a host that needs none leaves this as it is."""

    def cancel(self, gone: InvoiceCancellation, /) -> Receipt | None:
        """Void an invoice that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class OrganizersPort(Port):
    """Creates organizers and sends them."""

    @abstractmethod
    def create(self, organizer: Organizer, /) -> Receipt | None:
        """Create *organizer* and tell the client."""

    def update(self, organizer: Organizer, /) -> None:
        """Take over a change of *organizer*; a host that needs none leaves this as it is."""

    def cancel(self, gone: OrganizerCancellation, /) -> Receipt | None:
        """Seal an organizer that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class ProposalsPort(Port):
    """Sends proposals and collects signatures."""

    @abstractmethod
    def send(self, proposal: Proposal, /) -> Receipt | None:
        """Send *proposal* to its signatories."""

    def update(self, proposal: Proposal, /) -> None:
        """Take over a change of *proposal*; a host that needs none leaves this as it is."""

    def cancel(self, gone: ProposalCancellation, /) -> Receipt | None:
        """Withdraw a proposal that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class TasksPort(Port):
    """Creates tasks for the team."""

    @abstractmethod
    def create(self, task: Task, /) -> Receipt | None:
        """Create *task* for its assignees."""

    def update(self, change: TaskChange, /) -> Receipt | None:
        """Take over who must act on a task, and until when; a host that can, overrides this.

        Of several changes the last one holds, and the earlier ones are withdrawn if they have not
        left. One may come before the task itself, where that could not be delivered yet: raise
        what means "not now".
        """
        return None

    def cancel(self, gone: TaskCancellation, /) -> Receipt | None:
        """Cancel a task that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class RequestsPort(Port):
    """Asks clients for things, and collects what they send."""

    @abstractmethod
    def create(self, request: ClientRequest, /) -> Receipt | None:
        """Create *request* and tell the client."""

    def cancel(self, gone: ClientRequestCancellation, /) -> Receipt | None:
        """Take a request back that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class FoldersPort(Port):
    """Makes folders in the account's documents."""

    @abstractmethod
    def apply(self, tree: FolderTree, /) -> Receipt | None:
        """Make those folders of *tree* that are missing; never delete one."""


class NoticesPort(Port):
    """Tells members of the firm what they should know of; no client ever sees it."""

    @abstractmethod
    def send(self, notice: Notice, /) -> Receipt | None:
        """Tell all of `notice.to`, by whatever way the firm has for that."""


@frozen(kw_only=True)
class Ports(Plain):
    """The ports of a host, by the names that `Ref` uses; a pipeline needs those of its steps."""

    email: EmailPort | None = None
    messages: MessagesPort | None = None
    invoices: InvoicesPort | None = None
    organizers: OrganizersPort | None = None
    proposals: ProposalsPort | None = None
    tasks: TasksPort | None = None
    folders: FoldersPort | None = None
    requests: RequestsPort | None = None
    notices: NoticesPort | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what is no port, naming each.

        Raises:
            DefinitionError: Something has not the method of its port, or is a class, not a port.
        """
        problems = tuple(self._problems())
        if problems:
            raise DefinitionError(*problems)

    def _problems(self) -> Iterator[Problem]:
        for one in OUTLETS:
            port = getattr(self, one.name)
            if port is None:
                continue
            if isinstance(port, type):
                where = f"$.{one.name}"
                yield Problem(f"is a class; give an instance of it: {port.__name__}()", where)
            elif not callable(getattr(port, one.method, None)):
                what = f"has no method {one.method!r}, which this port needs"
                yield Problem(what, f"$.{one.name}", shown(port))

    @property
    def names(self) -> frozenset[str]:
        """The names of the ports that are there."""
        return frozenset(one.name for one in OUTLETS if getattr(self, one.name) is not None)

    def calls(self) -> dict[type[Request], Callable[..., Receipt | None]]:
        """Return, for each kind of request that can be delivered, the method that takes it."""
        found: dict[type[Request], Callable[..., Receipt | None]] = {}
        for one in OUTLETS:
            port = getattr(self, one.name)
            if port is not None:
                found[one.takes] = getattr(port, one.method)
                if one.makes is not None:
                    found[CANCELLATIONS[one.makes]] = getattr(port, "cancel", _cannot_cancel)
                if one.takes is Task:
                    found[TaskChange] = getattr(port, "update", _needs_no_update)
        return found

    @property
    def cancels(self) -> frozenset[ItemKind]:
        """The kinds of things that the ports which are there can take back."""
        return frozenset(
            one.makes
            for one in OUTLETS
            if one.makes is not None and _has_own(getattr(self, one.name), "cancel")
        )

    @property
    def updates(self) -> bool:
        """Whether the port of tasks wants to be told who must act on one, and until when."""
        return _has_own(self.tasks, "update")


def _cannot_cancel(_: Request, /) -> Receipt | None:
    raise Rejected(CANNOT_CANCEL)


def _needs_no_update(_: Request, /) -> Receipt | None:
    return None


def _has_own(port: object, method: str) -> bool:
    """Tell whether a port has such a method of its own."""
    own = getattr(type(port), method, None)
    return own is not None and own.__module__ not in _BASES


class Outlet(NamedTuple):
    """What a port takes, by which method, for which automation, and the kind of item it makes."""

    takes: type[Request]
    method: str
    automation: type[Automation]
    makes: ItemKind | None = None

    @property
    def name(self) -> str:
        """The name of the port in `Ports` and in a `Ref`."""
        return self.takes.port


# All ports: the one table of them.
OUTLETS = (
    Outlet(Email, "send", SendEmail),
    Outlet(Message, "send", SendMessage, ItemKind.MESSAGE),
    Outlet(Invoice, "create", CreateInvoice, ItemKind.INVOICE),
    Outlet(Organizer, "create", CreateOrganizer, ItemKind.ORGANIZER),
    Outlet(Proposal, "send", SendProposal, ItemKind.PROPOSAL),
    Outlet(Task, "create", CreateTask, ItemKind.TASK),
    Outlet(FolderTree, "apply", ApplyFolderTemplate),
    Outlet(ClientRequest, "create", SendClientRequest, ItemKind.CLIENT_REQUEST),
    Outlet(Notice, "send", NotifyTeam),
)
NAMES = frozenset(one.name for one in OUTLETS)
_BASES = (__name__, f"{__package__}.async_ports")  # where ports are described and not implemented
_MAKERS = {one.makes: one.name for one in OUTLETS if one.makes is not None}


def port_of(kind: ItemKind) -> str:
    """Return the port under which things of a kind have their ids: documents have one for all."""
    return _MAKERS.get(kind, "documents")
