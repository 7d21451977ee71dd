"""Proposal templates: engagement letters that clients sign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import ClassVar

import attrs

from ...errors import Problem, shown
from ..accounts import TagChange, member_id
from ..checks import choice_problems, each_is, flags_problems, of_kind, repeated
from ..record import frozen
from ..reminders import Reminders, ReminderText, reminder_texts, reminder_texts_problems
from ..text import text_problems
from ..values import Value, as_choice, items
from .invoice import InvoiceTemplate, LineItem
from .later_invoice import LaterInvoice
from .template import Template, reminders_problems, template_id, template_problems

__all__ = ["Package", "ProposalTemplate", "Signatures"]

MOST_PACKAGES = 3


class Signatures(StrEnum):
    """Whose signature a proposal needs: of one signatory, or of all of them (A-49)."""

    ONE = "one"
    ALL = "all"


def _services(given: Iterable[LineItem]) -> tuple[LineItem, ...]:
    return items(given)


@frozen
class Package(Value):
    """One of up to three tiers that the client chooses from; choosing it may change tags."""

    name: str
    description: str = ""
    services: tuple[LineItem, ...] = attrs.field(default=(), converter=_services, kw_only=True)
    tags: TagChange | None = attrs.field(default=None, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        yield from text_problems(self.description, "$.description")
        yield from each_is(LineItem, self.services, "$.services")
        if self.tags is not None and not isinstance(self.tags, TagChange):
            yield Problem("must be TagChange(...)", "$.tags", shown(self.tags))


def _invoice(given: str | InvoiceTemplate | None) -> str | None:
    return None if given is None else template_id(given, InvoiceTemplate)


def _signatures(given: Signatures | str) -> Signatures:
    return as_choice(Signatures, given)


def _packages(given: Iterable[Package]) -> tuple[Package, ...]:
    return items(given)


def _later(given: Iterable[LaterInvoice]) -> tuple[LaterInvoice, ...]:
    return items(given)


@frozen
class ProposalTemplate(Template):
    """A proposal or engagement letter; done when it is signed as required.

    Args:
        name: The template's name.
        signatures: One of the signatories, or all of them.
        in_order: Whether they sign one after another, in the order of the account's contacts.
        invoice_on_acceptance: An invoice template (or its id). Signing makes that invoice, and
            the stage waits until it is paid (domain.md 2.3).
        title: What the client sees as its name, with merge fields; the template's name if empty.
        fallback_title: What stands for a title that comes to nothing, instead of the name.
        introduction: With merge fields.
        services: What is offered.
        packages: Up to three tiers to choose from instead.
        later: What the host bills later, once or at intervals; no stage waits for it.
        terms: The terms of the engagement.
        member: The member who receives the payment.
        email_text: What the host's mail about it says, with merge fields.
        reminders: What proposals made of it inherit, where the automation says nothing.
        reminder_texts: What reminders of it say; the firm's texts where it says nothing (R-20).
    """

    kind: ClassVar[str] = "proposal"

    signatures: Signatures = attrs.field(default=Signatures.ALL, converter=_signatures)
    invoice_on_acceptance: str | None = attrs.field(default=None, converter=_invoice)
    in_order: bool = attrs.field(default=False, kw_only=True)
    title: str = attrs.field(default="", kw_only=True)
    fallback_title: str = attrs.field(default="", kw_only=True)
    introduction: str = attrs.field(default="", kw_only=True)
    services: tuple[LineItem, ...] = attrs.field(default=(), converter=_services, kw_only=True)
    packages: tuple[Package, ...] = attrs.field(default=(), converter=_packages, kw_only=True)
    later: tuple[LaterInvoice, ...] = attrs.field(default=(), converter=_later, kw_only=True)
    terms: str = attrs.field(default="", kw_only=True)
    member: str | None = attrs.field(default=None, converter=member_id, kw_only=True)
    email_text: str = attrs.field(default="", kw_only=True)
    reminders: Reminders | None = attrs.field(default=None, kw_only=True)
    reminder_texts: tuple[ReminderText, ...] = attrs.field(
        default=(), converter=reminder_texts, kw_only=True
    )

    def _texts(self) -> tuple[str, ...]:
        return ("title", "fallback_title", "introduction", "terms", "email_text")

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from choice_problems(Signatures, self.signatures, "$.signatures")
        if self.invoice_on_acceptance is not None:
            yield from template_problems(
                self.invoice_on_acceptance, InvoiceTemplate, "$.invoice_on_acceptance"
            )
        yield from flags_problems(self, ("in_order",))
        if self.member is not None:
            yield from text_problems(self.member, "$.member", empty=False)
        yield from each_is(LineItem, self.services, "$.services")
        yield from each_is(Package, self.packages, "$.packages")
        yield from each_is(LaterInvoice, self.later, "$.later")
        yield from reminders_problems(self.reminders)
        yield from reminder_texts_problems(self.reminder_texts, "$.reminder_texts")
        offered = of_kind(Package, self.packages)
        if len(offered) > MOST_PACKAGES:
            what = f"a proposal has at most {MOST_PACKAGES} packages"
            yield Problem(what, "$.packages", str(len(offered)))
        for twice in repeated(package.name for package in offered):
            yield Problem(f"two packages are called {twice!r}", "$.packages")
