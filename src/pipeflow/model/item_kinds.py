"""Kinds of items: what a thing that is linked to a job can be."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ItemKind"]


class ItemKind(StrEnum):
    """What an item is; each row of domain.md 2.3 that can hold a stage has one."""

    TASK = "task"
    INVOICE = "invoice"
    ORGANIZER = "organizer"
    PROPOSAL = "proposal"
    MESSAGE = "message"
    APPROVAL = "approval"
    SIGNATURE = "signature"
    LOCKED_DOCUMENT = "locked_document"
    CLIENT_REQUEST = "client_request"
    NOTE = "note"

    @property
    def words(self) -> str:
        """What people call it: "client request"."""
        return self.value.replace("_", " ")
