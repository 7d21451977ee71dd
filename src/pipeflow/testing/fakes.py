"""Fakes of the ports: they keep the frozen requests as they got them, and fail when told to.

A key that comes again has no second effect, as every port must see to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ..engine.handles import callable_checked
from ..errors import DefinitionError, Problem, shown
from ..model.money import Money
from ..ports import (
    Cancellation,
    ClientRequest,
    Email,
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
    OrganizerChange,
    OrganizersPort,
    Proposal,
    ProposalsPort,
    Receipt,
    Request,
    RequestsPort,
    Task,
    TaskChange,
    TasksPort,
)

__all__ = [
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
]

R = TypeVar("R", bound=Request)


def _refuse_no_error(error: object) -> None:
    if not isinstance(error, BaseException):
        allowed = ("ConnectionError('down')", "Rejected('no')")
        raise DefinitionError(Problem("must be an error", "$.error", shown(error), allowed))


class FakePort(Generic[R]):
    """What all fakes have in common: they take, keep, count, and fail when told to."""

    prefix = "thing"

    def __init__(self) -> None:
        """Begin with nothing taken."""
        self._kept: dict[str, tuple[R, Receipt]] = {}
        self._errors: list[BaseException] = []
        self._failing: list[tuple[Callable[[R], bool], BaseException]] = []
        self.attempts: list[str] = []

    def fail_next(self, error: BaseException, *, times: int = 1) -> None:
        """Raise *error* on the next request, or the next few, instead of taking it."""
        _refuse_no_error(error)
        if type(times) is not int:
            raise DefinitionError(Problem("must be a whole number", "$.times", shown(times)))
        self._errors.extend([error] * times)

    def fail_when(self, chosen: Callable[[R], bool], error: BaseException) -> None:
        """Raise *error* on every request that *chosen* picks."""
        callable_checked(chosen, "$.chosen")
        _refuse_no_error(error)
        self._failing.append((chosen, error))

    def recover(self) -> None:
        """Fail no more."""
        self._errors.clear()
        self._failing.clear()

    def take(self, request: R) -> Receipt:
        """Keep a request and answer; one whose key is known is answered as before."""
        self.attempts.append(request.key)
        self._fail(request)
        if request.key not in self._kept:
            ref = f"{self.prefix}-{len(self._kept) + 1}"
            completed, total = self._completes(request), self._total(request)
            receipt = Receipt(ref, completed=completed, total=total)
            self._kept[request.key] = request, receipt  # at once: no interrupt falls in between
        return self._kept[request.key][1]

    def _fail(self, request: Any) -> None:
        """Raise what the port was told to raise."""
        if self._errors:
            raise self._errors.pop(0)
        for chosen, error in self._failing:
            if chosen(request):
                raise error

    @property
    def taken(self) -> list[R]:
        """Return the requests that were taken, in their order."""
        return [request for request, _ in self._kept.values()]

    def _completes(self, request: R) -> bool:
        """Say whether the thing is done at birth."""
        return False

    def _total(self, request: R) -> Money | None:
        """Say what a bill comes to, where the host reckons that itself."""
        return None


class FakeCancelling(FakePort[R]):
    """What fakes have in common whose things can be taken back: they keep that in `cancelled`."""

    def __init__(self) -> None:
        """Begin with nothing taken back."""
        super().__init__()
        self._gone: dict[str, Cancellation] = {}

    @property
    def cancelled(self) -> list[Cancellation]:
        """What was taken back, in the order in which that was asked for."""
        return [*self._gone.values()]

    def cancel(self, gone: Cancellation, /) -> None:
        """Take back a thing, once."""
        self.attempts.append(gone.key)
        self._fail(gone)
        self._gone.setdefault(gone.key, gone)


class FakeEmail(FakePort[Email], EmailPort):
    """Keeps the e-mails in `sent`."""

    prefix = "email"

    @property
    def sent(self) -> list[Email]:
        """The e-mails, in the order in which they came."""
        return self.taken

    def send(self, email: Email, /) -> Receipt:
        """Keep an e-mail."""
        return self.take(email)


class FakeMessages(FakeCancelling[Message], MessagesPort):
    """Keeps the messages in `sent`."""

    prefix = "message"

    @property
    def sent(self) -> list[Message]:
        """The messages, in the order in which they came."""
        return self.taken

    def send(self, message: Message, /) -> Receipt:
        """Keep a message."""
        return self.take(message)


class FakeInvoices(FakeCancelling[Invoice], InvoicesPort):
    """Keeps the invoices in `created`; those on account are paid at once if `credit` reaches.

    An invoice whose name stands in `totals` comes to that, as if the host reckoned it itself.
    """

    prefix = "invoice"

    def __init__(self) -> None:
        """Begin without credit."""
        super().__init__()
        self.credit: set[str] = set()
        self.totals: dict[str, Money] = {}

    @property
    def created(self) -> list[Invoice]:
        """The invoices, in the order in which they came."""
        return self.taken

    def create(self, invoice: Invoice, /) -> Receipt:
        """Keep an invoice."""
        return self.take(invoice)

    def _completes(self, request: Invoice) -> bool:
        return request.on_account and request.account in self.credit

    def _total(self, request: Invoice) -> Money | None:
        return self.totals.get(request.name)


class FakeOrganizers(FakeCancelling[Organizer], OrganizersPort):
    """Keeps the organizers in `created`, and what they ask since in `updated`."""

    prefix = "organizer"

    def __init__(self) -> None:
        """Begin with nothing changed."""
        super().__init__()
        self._changes: dict[str, OrganizerChange] = {}

    @property
    def updated(self) -> list[OrganizerChange]:
        """The changes, in the order in which they came."""
        return [*self._changes.values()]

    def update(self, organizer: OrganizerChange, /) -> None:
        """Keep a change, once."""
        self.attempts.append(organizer.key)
        self._fail(organizer)
        self._changes.setdefault(organizer.key, organizer)

    @property
    def created(self) -> list[Organizer]:
        """The organizers, in the order in which they came."""
        return self.taken

    def create(self, organizer: Organizer, /) -> Receipt:
        """Keep an organizer."""
        return self.take(organizer)


class FakeProposals(FakeCancelling[Proposal], ProposalsPort):
    """Keeps the proposals in `sent`."""

    prefix = "proposal"

    @property
    def sent(self) -> list[Proposal]:
        """The proposals, in the order in which they came."""
        return self.taken

    def send(self, proposal: Proposal, /) -> Receipt:
        """Keep a proposal."""
        return self.take(proposal)


class FakeTasks(FakeCancelling[Task], TasksPort):
    """Keeps the tasks in `created`, and the changes of them in `updated`."""

    prefix = "task"

    def __init__(self) -> None:
        """Begin with nothing changed."""
        super().__init__()
        self._changes: dict[str, TaskChange] = {}

    @property
    def updated(self) -> list[TaskChange]:
        """The changes, in the order in which they came."""
        return [*self._changes.values()]

    def update(self, change: TaskChange, /) -> None:
        """Keep a change, once."""
        self.attempts.append(change.key)
        self._fail(change)
        self._changes.setdefault(change.key, change)

    @property
    def created(self) -> list[Task]:
        """The tasks, in the order in which they came."""
        return self.taken

    def create(self, task: Task, /) -> Receipt:
        """Keep a task."""
        return self.take(task)


class FakeFolders(FakePort[FolderTree], FoldersPort):
    """Keeps the folder trees in `applied`."""

    prefix = "folders"

    @property
    def applied(self) -> list[FolderTree]:
        """The folder trees, in the order in which they came."""
        return self.taken

    def apply(self, tree: FolderTree, /) -> Receipt:
        """Keep a folder tree."""
        return self.take(tree)


class FakeRequests(FakeCancelling[ClientRequest], RequestsPort):
    """Keeps the client requests in `created`."""

    prefix = "request"

    @property
    def created(self) -> list[ClientRequest]:
        """The client requests, in the order in which they came."""
        return self.taken

    def create(self, request: ClientRequest, /) -> Receipt:
        """Keep a client request."""
        return self.take(request)


class FakeNotices(FakePort[Notice], NoticesPort):
    """Keeps the notices in `sent`."""

    prefix = "notice"

    @property
    def sent(self) -> list[Notice]:
        """The notices, in the order in which they came."""
        return self.taken

    def send(self, notice: Notice, /) -> Receipt:
        """Keep a notice."""
        return self.take(notice)
