"""The command that changes an account's tags by hand."""

from __future__ import annotations

from typing import ClassVar

from ... import rules
from ...model.accounts import TagChange
from ...model.record import record
from ...ports.rows import RowKey
from ..records import row_key
from ..unit import Unit
from .command import Command

__all__ = ["Tag"]

NOTHING: frozenset[str] = frozenset()


@record
class Tag(Command):
    """Change an account's tags; nothing fires (domain.md 3.4)."""

    action: ClassVar[str] = "tag"

    account: str
    add: frozenset[str] = NOTHING
    remove: frozenset[str] = NOTHING
    clear: bool = False

    @property
    def about(self) -> str:
        """The account."""
        return self.account

    def keys(self) -> tuple[RowKey, ...]:
        """Return the account's row."""
        return (row_key("account", self.account),)

    def act(self, unit: Unit) -> None:
        """Remove (or clear) first, then add."""
        account = unit.value("account", self.account)
        change = TagChange(self.add, self.remove)
        tagged, chapters = rules.tag(account, change, unit.now, unit.actor, clear=self.clear)
        if tagged is not account:
            key = row_key("account", self.account)
            unit.put(key, tagged)
            unit.tell(key, chapters)

    def rows(self, unit: Unit) -> tuple[tuple[str, str], ...]:
        """Return the account's row."""
        return (("account", self.account),)
