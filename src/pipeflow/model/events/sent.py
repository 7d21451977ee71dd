"""Events of requests on their way to a port."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from ..instants import on_clock
from ..record import record
from .event import Event

__all__ = [
    "DefaultFoldersAsked",
    "RequestAbandoned",
    "RequestDelivered",
    "RequestFailed",
    "RequestGivenUp",
    "RequestInHand",
    "RequestRetried",
    "RequestWithdrawn",
    "said_of",
]

ABOUT_ITEMS = {
    "reminder": "a reminder",
    "by-hand": "a reminder by hand",
    "change": "a change",
    "cancel": "a cancellation",
}


def said_of(key: str, job: str) -> str:
    """Say what a request was for, by its key: `<firm>/<job>/<number>/<what> ...`.

    People know a thing by the automation that made it, or by what was done about it. Where a key
    says neither, it stands for itself.
    """
    number, slash, rest = key.partition(f"/{job}/")[2].partition("/")
    if not job and number == "folders":
        return "the folders of the new account"
    what, _, more = rest.partition("/")
    if not (number.replace(".", "", 1).isdigit() and slash and what):
        return key
    if more and what in ABOUT_ITEMS:
        return ABOUT_ITEMS[what]
    is_bill = more.partition("/")[0] == "acceptance"  # with a number where it is not the first
    return f"the invoice of {what!r}" if is_bill else repr(what)


@record
class DefaultFoldersAsked(Event):
    """A new account was saved, and gets the folders that the firm gives to each."""

    account: str
    template: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"asked for the folders of new accounts, by template {self.template!r}"


@record
class RequestDelivered(Event):
    """A port took a request; `ref` is the host's own id, `to` the addresses that it names."""

    key: str
    port: str
    ref: str | None = None
    to: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what happened."""
        name = f" as {self.ref}" if self.ref else ""
        whom = f", for {', '.join(self.to)}" if self.to else ""
        return f"{self.port} took {said_of(self.key, self.job)}{name}{whom}"


@record
class RequestFailed(Event):
    """A port failed; the request is kept and tried again at `retry_at`."""

    key: str
    port: str
    error: str
    attempt: int
    retry_at: datetime

    def sentence(self) -> str:
        """Say what happened, with the time of the next try in UTC."""
        return self.sentence_in(UTC)

    def sentence_in(self, zone: tzinfo) -> str:
        """Say what happened, to people in a zone."""
        return (
            f"{self.port} failed on {said_of(self.key, self.job)} (attempt {self.attempt}): "
            f"{self.error}; next try {on_clock(self.retry_at, zone, seconds=True)}"
        )


@record
class RequestGivenUp(Event):
    """A request is not tried any more by itself; a person can retry or abandon it."""

    key: str
    port: str
    error: str
    attempt: int

    def sentence(self) -> str:
        """Say what happened."""
        return f"gave up {said_of(self.key, self.job)} after attempt {self.attempt}: {self.error}"


@record
class RequestRetried(Event):
    """A person had a request tried again."""

    key: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"retried {said_of(self.key, self.job)} by hand"


@record
class RequestWithdrawn(Event):
    """A request that had not been delivered is not needed any more, and will not be."""

    key: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"withdrew {said_of(self.key, self.job)}: it is no longer needed"


@record
class RequestInHand(Event):
    """A request is not needed any more, and somebody has it in hand: it may leave all the same.

    What came of it follows: a `RequestDelivered`, or a `RequestWithdrawn` when they let go of it.
    """

    key: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"no longer needs {said_of(self.key, self.job)}, which may be on its way"


@record
class RequestAbandoned(Event):
    """A person decided that a request will never be delivered."""

    key: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"abandoned {said_of(self.key, self.job)} by hand"
