"""The ports for requests: what each must do, may do and must never do.

Every call may come again with the same `key` after a crash or a failure: a port *must* then have
one effect and return the same receipt. Return a `Receipt` (or None), raise `Rejected` for "this
will never work", and anything else for "not now": the engine keeps the request and tries again. A
port *may* call the engine back; no lock and no transaction is open while it runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import attrs

from ..errors import DefinitionError, PipeflowError, Problem, shown
from ..model.plain import Plain
from .requests import (
    Email,
    FolderTree,
    Invoice,
    Message,
    Organizer,
    Proposal,
    Request,
    Task,
)

__all__ = [
    "EmailPort",
    "FoldersPort",
    "InvoicesPort",
    "MessagesPort",
    "OrganizersPort",
    "Ports",
    "ProposalsPort",
    "Receipt",
    "Rejected",
    "TasksPort",
]


@attrs.frozen(eq=False, repr=False)
class Receipt(Plain):
    """What a port answers: the host's own id, and whether the thing is done at birth."""

    ref: str | None = None
    completed: bool = False


class Rejected(PipeflowError):
    """Raised by a port for a request that will never work; it is given up at once."""


# What each port is asked by.
METHODS = {
    "email": "send",
    "messages": "send",
    "invoices": "create",
    "organizers": "create",
    "proposals": "send",
    "tasks": "create",
    "folders": "apply",
}


class EmailPort(ABC):
    """Sends e-mail; reminders leave through it too."""

    @abstractmethod
    def send(self, email: Email, /) -> Receipt | None:
        """Send *email* to all of `email.to`."""


class MessagesPort(ABC):
    """Posts chat messages to the client."""

    @abstractmethod
    def send(self, message: Message, /) -> Receipt | None:
        """Post *message*; a reply where it says so, else in a thread of its own."""

    def update(self, message: Message, /) -> None:
        """Take over a change of *message*; a host that needs none leaves this as it is."""

    def cancel(self, message: Message, /) -> None:
        """Take *message* back; a host that needs none leaves this as it is."""


class InvoicesPort(ABC):
    """Creates invoices and sends them."""

    @abstractmethod
    def create(self, invoice: Invoice, /) -> Receipt | None:
        """Create *invoice*; `Receipt(completed=True)` says that credit has paid it already."""

    def update(self, invoice: Invoice, /) -> None:
        """Take over a change of *invoice*; a host that needs none leaves this as it is."""

    def cancel(self, invoice: Invoice, /) -> None:
        """Void *invoice*; a host that needs none leaves this as it is."""


class OrganizersPort(ABC):
    """Creates organizers and sends them."""

    @abstractmethod
    def create(self, organizer: Organizer, /) -> Receipt | None:
        """Create *organizer* and tell the client."""

    def update(self, organizer: Organizer, /) -> None:
        """Take over a change of *organizer*; a host that needs none leaves this as it is."""

    def cancel(self, organizer: Organizer, /) -> None:
        """Seal *organizer*; a host that needs none leaves this as it is."""


class ProposalsPort(ABC):
    """Sends proposals and collects signatures."""

    @abstractmethod
    def send(self, proposal: Proposal, /) -> Receipt | None:
        """Send *proposal* to its signatories."""

    def update(self, proposal: Proposal, /) -> None:
        """Take over a change of *proposal*; a host that needs none leaves this as it is."""

    def cancel(self, proposal: Proposal, /) -> None:
        """Withdraw *proposal*; a host that needs none leaves this as it is."""


class TasksPort(ABC):
    """Creates tasks for the team."""

    @abstractmethod
    def create(self, task: Task, /) -> Receipt | None:
        """Create *task* for its assignees."""

    def update(self, task: Task, /) -> None:
        """Take over a change of *task*; a host that needs none leaves this as it is."""

    def cancel(self, task: Task, /) -> None:
        """Cancel *task*; a host that needs none leaves this as it is."""


class FoldersPort(ABC):
    """Makes folders in the account's documents."""

    @abstractmethod
    def apply(self, tree: FolderTree, /) -> Receipt | None:
        """Make those folders of *tree* that are missing; never delete one."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Ports(Plain):
    """The ports of a host, by the names that `Ref` uses; a pipeline needs those of its steps."""

    email: EmailPort | None = None
    messages: MessagesPort | None = None
    invoices: InvoicesPort | None = None
    organizers: OrganizersPort | None = None
    proposals: ProposalsPort | None = None
    tasks: TasksPort | None = None
    folders: FoldersPort | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what is no port, naming each.

        Raises:
            DefinitionError: Something has not the method of its port, or is a class, not a port.
        """
        problems = tuple(self._problems())
        if problems:
            raise DefinitionError(*problems)

    def _problems(self) -> Iterator[Problem]:
        for name, method in METHODS.items():
            port = getattr(self, name)
            if port is None:
                continue
            if isinstance(port, type):
                yield Problem(f"is a class; give an instance of it: {port.__name__}()", f"$.{name}")
            elif not callable(getattr(port, method, None)):
                yield Problem(
                    f"has no method {method!r}, which this port needs", f"$.{name}", shown(port)
                )

    def calls(self) -> dict[type[Request], Callable[..., Receipt | None]]:
        """Return, for each kind of request that can be delivered, the method that takes it."""
        return dict(self._calls())

    def _calls(self) -> Iterator[tuple[type[Request], Callable[..., Receipt | None]]]:
        if self.email is not None:
            yield Email, self.email.send
        if self.messages is not None:
            yield Message, self.messages.send
        if self.invoices is not None:
            yield Invoice, self.invoices.create
        if self.organizers is not None:
            yield Organizer, self.organizers.create
        if self.proposals is not None:
            yield Proposal, self.proposals.send
        if self.tasks is not None:
            yield Task, self.tasks.create
        if self.folders is not None:
            yield FolderTree, self.folders.apply
