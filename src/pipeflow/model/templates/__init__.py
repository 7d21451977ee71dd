"""The nine kinds of templates, from which automations and hosts make items (domain.md part 5)."""

from __future__ import annotations

from .client_request import ClientRequestTemplate
from .folder import Folder, FolderAccess, FolderTemplate
from .invoice import (
    Discount,
    InvoiceTemplate,
    InvoiceTotals,
    LineItem,
    PaymentMethod,
    TaxShare,
    tax_shares,
)
from .job import ClientView, JobTemplate
from .message import EmailFormat, EmailMode, EmailTemplate, MessageTemplate
from .organizer import OrganizerTemplate, Question, QuestionKind, Section
from .proposal import Package, ProposalTemplate, Signatures
from .task import Priority, TaskTemplate
from .template import Template

__all__ = [
    "ClientRequestTemplate",
    "ClientView",
    "Discount",
    "EmailFormat",
    "EmailMode",
    "EmailTemplate",
    "Folder",
    "FolderAccess",
    "FolderTemplate",
    "InvoiceTemplate",
    "InvoiceTotals",
    "JobTemplate",
    "LineItem",
    "MessageTemplate",
    "OrganizerTemplate",
    "Package",
    "PaymentMethod",
    "Priority",
    "ProposalTemplate",
    "Question",
    "QuestionKind",
    "Section",
    "Signatures",
    "TaskTemplate",
    "TaxShare",
    "Template",
    "tax_shares",
]
