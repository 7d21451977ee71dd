"""Events of what leaves the firm: what is deleted, and members who hand over (R-28)."""

from __future__ import annotations

from ...errors import many
from ..record import record
from .event import Event

__all__ = ["AccountDeleted", "DefinitionDeleted", "HandedOver", "JobDeleted"]


@record
class AccountDeleted(Event):
    """An account was deleted, with its jobs; all that is told of them are their ids (R-28)."""

    account: str
    jobs: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what happened."""
        return f"deleted account {self.account!r} with {many(len(self.jobs), 'job')}"


@record
class JobDeleted(Event):
    """A job was deleted; nothing is told of it but its id (R-28)."""

    def sentence(self) -> str:
        """Say what happened."""
        return f"deleted job {self.job!r}"


@record
class DefinitionDeleted(Event):
    """A template, pipeline or member was deleted."""

    kind: str
    id: str

    def sentence(self) -> str:
        """Say what happened."""
        return f"deleted {self.kind} {self.id!r}"


@record
class HandedOver(Event):
    """A member handed over to another what it had here: items of a job, roles of an account.

    `names` are those of the items. What became of a job's assignees, and of the access to an
    account, is told beside it.
    """

    member: str
    to: str
    items: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what happened."""
        called = [*map(repr, self.names)] or self.items
        parts = [f"items {', '.join(called)}"] if called else []
        parts += [f"roles {', '.join(self.roles)}"] if self.roles else []
        what = f": {'; '.join(parts)}" if parts else ""
        return f"{self.member!r} handed over to {self.to!r}{what}"
