"""The ports of a host on an event loop: the same calls and promises, as `async def`.

What `pipeflow.ports.ports` says of a port holds here too. A call *may* be cancelled besides: it
*must* let the cancellation go on, and the request comes again under its key when its lease ends.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, TypeAlias

import attrs

from ..model.record import Plain
from .cancellations import (
    ClientRequestCancellation,
    InvoiceCancellation,
    MessageCancellation,
    OrganizerCancellation,
    ProposalCancellation,
    TaskCancellation,
)
from .ports import (
    CANNOT_CANCEL,
    NAMES,
    EmailPort,
    FoldersPort,
    InvoicesPort,
    MessagesPort,
    NoticesPort,
    OrganizersPort,
    Port,
    Ports,
    ProposalsPort,
    Receipt,
    Rejected,
    RequestsPort,
    TasksPort,
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
    Task,
    TaskChange,
)

__all__ = [
    "AsyncEmailPort",
    "AsyncFoldersPort",
    "AsyncInvoicesPort",
    "AsyncMessagesPort",
    "AsyncNoticesPort",
    "AsyncOrganizersPort",
    "AsyncPorts",
    "AsyncProposalsPort",
    "AsyncRequestsPort",
    "AsyncTasksPort",
]

Answer: TypeAlias = Receipt | None


class AsyncEmailPort(Port):
    """Sends e-mail; reminders leave through it too."""

    @abstractmethod
    async def send(self, email: Email, /) -> Answer:
        """Send *email* to all of `email.to`, as what `email.format` says that its body is."""


class AsyncMessagesPort(Port):
    """Posts chat messages to the client."""

    @abstractmethod
    async def send(self, message: Message, /) -> Answer:
        """Post *message*; a reply where it says so, else in a thread of its own."""

    async def update(self, message: Message, /) -> None:
        """Take over a change of *message*; a host that needs none leaves this as it is."""

    async def cancel(self, gone: MessageCancellation, /) -> Answer:
        """Take a message back that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class AsyncInvoicesPort(Port):
    """Creates invoices and sends them."""

    @abstractmethod
    async def create(self, invoice: Invoice, /) -> Answer:
        """Create *invoice*; `Receipt(completed=True)` says that credit has paid it already.

        A host that reckons taxes itself answers with its own `total`, which decides when the
        invoice is paid.
        """

    async def update(self, invoice: Invoice, /) -> None:
        """Take over a change of *invoice*; a host that needs none leaves this as it is."""

    async def cancel(self, gone: InvoiceCancellation, /) -> Answer:
        """Void an invoice that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class AsyncOrganizersPort(Port):
    """Creates organizers and sends them."""

    @abstractmethod
    async def create(self, organizer: Organizer, /) -> Answer:
        """Create *organizer* and tell the client."""

    async def update(self, organizer: Organizer, /) -> None:
        """Take over a change of *organizer*; a host that needs none leaves this as it is."""

    async def cancel(self, gone: OrganizerCancellation, /) -> Answer:
        """Seal an organizer that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class AsyncProposalsPort(Port):
    """Sends proposals and collects signatures."""

    @abstractmethod
    async def send(self, proposal: Proposal, /) -> Answer:
        """Send *proposal* to its signatories."""

    async def update(self, proposal: Proposal, /) -> None:
        """Take over a change of *proposal*; a host that needs none leaves this as it is."""

    async def cancel(self, gone: ProposalCancellation, /) -> Answer:
        """Withdraw a proposal that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class AsyncTasksPort(Port):
    """Creates tasks for the team."""

    @abstractmethod
    async def create(self, task: Task, /) -> Answer:
        """Create *task* for its assignees."""

    async def update(self, change: TaskChange, /) -> Answer:
        """Take over who must act on a task, and until when; a host that can, overrides this."""
        return None

    async def cancel(self, gone: TaskCancellation, /) -> Answer:
        """Cancel a task that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class AsyncRequestsPort(Port):
    """Asks clients for things, and collects what they send."""

    @abstractmethod
    async def create(self, request: ClientRequest, /) -> Answer:
        """Create *request* and tell the client."""

    async def cancel(self, gone: ClientRequestCancellation, /) -> Answer:
        """Take a request back that the firm wants no longer; a host that can, overrides this."""
        raise Rejected(CANNOT_CANCEL)


class AsyncFoldersPort(Port):
    """Makes folders in the account's documents."""

    @abstractmethod
    async def apply(self, tree: FolderTree, /) -> Answer:
        """Make those folders of *tree* that are missing; never delete one."""


class AsyncNoticesPort(Port):
    """Tells members of the firm what they should know of; no client ever sees it."""

    @abstractmethod
    async def send(self, notice: Notice, /) -> Answer:
        """Tell all of `notice.to`, by whatever way the firm has for that."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AsyncPorts(Plain):
    """The ports of a host on an event loop; plain ones may stand among them, and are called there.

    The names are those of `Ports`, and what is no port is refused in the same words.
    """

    email: AsyncEmailPort | EmailPort | None = None
    messages: AsyncMessagesPort | MessagesPort | None = None
    invoices: AsyncInvoicesPort | InvoicesPort | None = None
    organizers: AsyncOrganizersPort | OrganizersPort | None = None
    proposals: AsyncProposalsPort | ProposalsPort | None = None
    tasks: AsyncTasksPort | TasksPort | None = None
    folders: AsyncFoldersPort | FoldersPort | None = None
    requests: AsyncRequestsPort | RequestsPort | None = None
    notices: AsyncNoticesPort | NoticesPort | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what is no port, naming each.

        Raises:
            DefinitionError: Something has not the method of its port, or is a class, not a port.
        """
        self.plain()

    def plain(self) -> Ports:
        """Return them as `Ports`, for which a method is a method, whatever it returns."""
        given: dict[str, Any] = {name: getattr(self, name) for name in NAMES}
        return Ports(**given)
