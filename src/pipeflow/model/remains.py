"""What remains of a visit: open items when a job leaves it, and traces of a move that is undone."""

from __future__ import annotations

from enum import StrEnum

from .items import Ref
from .record import Plain, record

__all__ = ["NEVER_LEFT", "Open", "Trace"]

NEVER_LEFT = "which never left"  # the note of what a move cancelled before it had gone out


class Open(StrEnum):
    """What becomes of items that are still open in the stage that a job leaves (R-24).

    `STAY`: they stay open, and the client is reminded of them. `QUIET`: they stay open, and nobody
    is reminded. `CANCEL`: they are cancelled, at their ports too. `CARRY`: they come along, and the
    new stage waits for them.
    """

    STAY = "stay"
    QUIET = "quiet"
    CANCEL = "cancel"
    CARRY = "carry"


@record
class Trace(Plain):
    """A thing that an undone move had asked a port for.

    `port` is that port's name, `name` what the thing is called, `item` the item's id (None for
    e-mails and folders), `ref` the host's own id of it, and `note` what else is worth knowing.
    """

    port: str
    name: str
    item: str | None = None
    ref: Ref | None = None
    note: str = ""

    def __str__(self) -> str:
        """Print as `'Fee' (invoices:invoice-1)`."""
        told = f"{self.name!r} ({self.ref or self.port})"
        return f"{told}, {self.note}" if self.note else told
