"""Rearrangements: facts that change what is asked for, by whom, and whether it is put away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import attrs

from ..errors import Problem
from .accounts import Contact
from .happening import Fact
from .item_kinds import ItemKind
from .money import Money
from .particulars import amount_problems, who
from .record import frozen
from .text import text_problems

__all__ = [
    "ClientTaskAdded",
    "ClientTaskRemoved",
    "CreditIssued",
    "OrganizerSealed",
    "OrganizerUnsealed",
    "SignerAdded",
    "SignerRemoved",
    "ThreadArchived",
    "ThreadReopened",
]

_SIGNED = frozenset({ItemKind.PROPOSAL, ItemKind.SIGNATURE})
_MESSAGES = frozenset({ItemKind.MESSAGE})
_ORGANIZERS = frozenset({ItemKind.ORGANIZER})


def _signer(given: str | Contact) -> str:
    return who(given) or ""


@frozen
class ClientTaskAdded(Fact):
    """The client is asked for one thing more in a thread; it waits for the client from here on."""

    name: str
    about: ClassVar[frozenset[ItemKind]] = _MESSAGES

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)


@frozen
class ClientTaskRemoved(Fact):
    """A client task was taken out of a thread, ticked or not.

    Where all that are left are ticked, the message is done; where none is left, nobody waits for
    it, and that is no completion (A-10).
    """

    name: str
    about: ClassVar[frozenset[ItemKind]] = _MESSAGES

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)


@frozen
class ThreadArchived(Fact):
    """The thread was archived: nobody waits for it or is reminded of it, nor replies in it (A-10).

    What was done in it stays done.
    """

    reason: str = ""
    about: ClassVar[frozenset[ItemKind]] = _MESSAGES

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.reason, "$.reason")


@frozen
class ThreadReopened(Fact):
    """An archived thread is open again, as it was; its reminders start as if new."""

    about: ClassVar[frozenset[ItemKind]] = _MESSAGES


@frozen
class OrganizerSealed(Fact):
    """The firm sealed the organizer: the client can answer no more, and nobody waits (A-10).

    One that was submitted stays submitted.
    """

    reason: str = ""
    about: ClassVar[frozenset[ItemKind]] = _ORGANIZERS

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.reason, "$.reason")


@frozen
class OrganizerUnsealed(Fact):
    """A sealed organizer is open again, as it was; its reminders start as if new."""

    about: ClassVar[frozenset[ItemKind]] = _ORGANIZERS


@frozen
class SignerAdded(Fact):
    """Somebody more shall sign a proposal or document, after those who are there.

    What was signed by all is open again; where one signature is enough it stays done.

    Args:
        signer: A contact of the account, its id, address or name; or the name of somebody else.
    """

    signer: str = attrs.field(converter=_signer)
    about: ClassVar[frozenset[ItemKind]] = _SIGNED

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.signer, "$.signer", empty=False)


@frozen
class SignerRemoved(Fact):
    """Somebody need not sign any more; where all the others have signed, it is signed.

    Args:
        signer: One of the signatories, by id, address or name; nobody who has signed.
    """

    signer: str = attrs.field(converter=_signer)
    about: ClassVar[frozenset[ItemKind]] = _SIGNED

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.signer, "$.signer", empty=False)


@frozen
class CreditIssued(Fact):
    """A credit note takes something off the invoice: so much less is to be paid.

    Args:
        amount: How much it takes off, in the invoice's currency.
        reference: The credit note's own id, by which a repeat is known.
    """

    amount: Money
    reference: str
    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.INVOICE})

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.reference, "$.reference", empty=False)
        yield from amount_problems(self.amount)
