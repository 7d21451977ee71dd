"""The cast of a world: the client who acts when told to, and the team that works when told to."""

from __future__ import annotations

from collections.abc import Mapping

from ..engine import Engine
from ..errors import NotAllowedError, NotFoundError, Problem, shown
from ..model.accounts import Contact
from ..model.facts import (
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientTaskChecked,
    InvoicePaid,
    OrganizerSubmitted,
    PaymentReceived,
    ProposalSigned,
    TaskCompleted,
)
from ..model.items import Checklist, InvoiceState, Item, ItemKind, ItemState
from ..model.jobs import Job
from ..model.money import Money
from ..model.spelling import meant
from ..model.values import FieldValue

__all__ = ["Client", "Team"]


class _Cast:
    """Somebody who acts on the items of jobs, found by name."""

    def __init__(self, engine: Engine) -> None:
        """Act through this engine."""
        self._engine = engine

    def _item(self, job: Job | str, name: str, kind: ItemKind) -> Item:
        """Find the newest item of that kind and name; an open one is preferred."""
        found = self._engine.job(job)
        alike = [i for i in found.items if i.kind is kind]
        named = [i for i in alike if name in (i.name, i.template, i.id)]
        if not alike:
            what = f"has no {_words(kind)}, and so none that is called {shown(name)}"
            there = tuple(f"{_words(i.kind)} {i.name!r}" for i in found.items)
            raise NotFoundError(Problem(what, f"job {found.name!r}", allowed=there))
        if not named:
            names, ids = (
                ((i.name, i.name) for i in alike),
                ((i.template or "", i.name) for i in alike),
            )
            called = meant(_words(kind), name, names, ids, where=f"job {found.name!r}")
            named = [i for i in alike if i.name == called]
        waiting = [i for i in named if i.state is ItemState.PENDING]
        return (waiting or named)[-1]


def _rest(invoice: Item, reference: str | None) -> Money:
    """Return what is left to pay of an invoice, less what is under way; a repeat is as much again.

    Raises:
        NotAllowedError: Nobody said what it comes to, or nothing is left to pay.
    """
    bill = invoice.progress if isinstance(invoice.progress, InvoiceState) else InvoiceState(None)
    for one in bill.payments:
        if reference is not None and one.reference == reference:
            return one.amount
    due, came = bill.due, bill.paid(submitted=True)
    if due is None or came is None:
        what = f"{invoice.name!r} has no total, so that it has to be said how much is paid"
        raise NotAllowedError(Problem(what, "$.amount", allowed=("Money('450.00', 'USD')",)))
    if came >= due:
        what = f"{came} of {due} is paid or under way for {invoice.name!r}, so that nothing is left"
        raise NotAllowedError(Problem(what, "$.amount"))
    return due - came


def _words(kind: ItemKind) -> str:
    """Write a kind of item in words."""
    return kind.replace("_", " ")


class Client(_Cast):
    """The client of any account."""

    def submits(
        self,
        job: Job | str,
        organizer: str,
        answers: Mapping[str, FieldValue] | None = None,
        *,
        incomplete: bool = False,
    ) -> Job:
        """Submit an organizer, with answers by the questions' texts.

        One that lacks required answers is refused, unless it is said to be incomplete (R-40).
        """
        item = self._item(job, organizer, ItemKind.ORGANIZER)
        return self._engine.record(item, OrganizerSubmitted(answers or {}, incomplete=incomplete))

    def sends(
        self,
        job: Job | str,
        request: str,
        answers: Mapping[str, FieldValue] | None = None,
        *,
        incomplete: bool = False,
    ) -> Job:
        """Submit a client request, with files and answers by what they are called."""
        item = self._item(job, request, ItemKind.CLIENT_REQUEST)
        fact = ClientRequestSubmitted(answers or {}, incomplete=incomplete)
        return self._engine.record(item, fact)

    def pays(
        self,
        job: Job | str,
        invoice: str,
        amount: Money | None = None,
        *,
        cleared: bool = True,
        reference: str | None = None,
    ) -> Job:
        """Pay an invoice: all of it, or an amount.

        Where it is said how, as by a bank debit under way, all of it is what nobody has paid yet.
        """
        item = self._item(job, invoice, ItemKind.INVOICE)
        if amount is None and cleared and reference is None:
            return self._engine.record(item, InvoicePaid())
        much = _rest(item, reference) if amount is None else amount
        return self._engine.record(item, PaymentReceived(much, cleared, reference))

    def signs(
        self,
        job: Job | str,
        proposal: str,
        by: str | Contact | None = None,
        *,
        package: str | None = None,
    ) -> Job:
        """Sign a proposal: as required, or as one signatory."""
        item = self._item(job, proposal, ItemKind.PROPOSAL)
        return self._engine.record(item, ProposalSigned(by, package=package))

    def checks(self, job: Job | str, message: str, task: str | None = None) -> Job:
        """Tick a client task of a message, or all that are open."""
        item = self._item(job, message, ItemKind.MESSAGE)
        sheet = item.progress if isinstance(item.progress, Checklist) else Checklist()
        after = self._engine.job(job)
        for one in sheet.open_tasks if task is None else (task,):
            after = self._engine.record(item, ClientTaskChecked(one))
        return after


class Team(_Cast):
    """The team of the firm."""

    def completes(self, job: Job | str, task: str) -> Job:
        """Set a task to Completed."""
        return self._engine.record(self._item(job, task, ItemKind.TASK), TaskCompleted())

    def accepts(self, job: Job | str, request: str) -> Job:
        """Accept what a client sent, or set the request to Completed."""
        item = self._item(job, request, ItemKind.CLIENT_REQUEST)
        return self._engine.record(item, ClientRequestAccepted())

    def returns(self, job: Job | str, request: str, reason: str = "") -> Job:
        """Return what a client sent."""
        item = self._item(job, request, ItemKind.CLIENT_REQUEST)
        return self._engine.record(item, ClientRequestReturned(reason))
