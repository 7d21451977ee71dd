"""Tagging accounts by hand."""

from __future__ import annotations

from collections.abc import Iterable

from .. import rules
from ..errors import ConflictError, DuplicateCommandError
from ..model.accounts import Account, TagChange
from ..model.swift import replaced
from ..model.values import names
from ..ports.store import Changes, RowKey
from .core import TRIES
from .handles import flag, handle
from .saving import Saving, Who
from .turn import Turn

__all__ = ["Tagging"]


class Tagging(Saving):
    """`tag`."""

    def tag(
        self,
        account: Account | str,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        clear: bool = False,
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Account:
        """Change an account's tags by hand; nothing fires (domain.md 3.4).

        Args:
            account: The account or its id.
            add: Tags that come.
            remove: Tags that go.
            clear: Whether all go first.
            actor: Who does it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            DefinitionError: A tag is both added and removed.
            NotFoundError: There is no such account.
            ConflictError: The command id was given to another command before.
        """
        change = TagChange(names(add), names(remove))
        clear = flag(clear, "$.clear")
        id = handle(account, Account, "account")
        turn = self._turns.mine
        who = self._enter(turn, "tag", actor, id, command_id)
        try:
            self._tag(turn, id, change, who, command_id, clear=clear)
        finally:
            turn.deciding = False
        self._work_off(turn)
        stored = self._row("account", id)
        tagged: Account = replaced(stored.value, revision=stored.version)
        return tagged

    def _tag(
        self,
        turn: Turn,
        id: str,
        change: TagChange,
        who: str,
        command_id: str | None,
        *,
        clear: bool,
    ) -> None:
        """Change the tags in one commit, anew as long as somebody else commits first."""
        key = RowKey("account", id)
        signs = (*(f"+{tag}" for tag in change.add), *(f"-{tag}" for tag in change.remove))
        said = ("tag", id, *(("clear",) if clear else ()), *sorted(signs))
        for _ in range(TRIES):
            if command_id is not None and self._done_before(command_id, said) is not None:
                return
            stored, now = self._row("account", id), self._now()
            tagged, event = rules.tag(
                stored.value, change.add, change.remove, now, who, clear=clear
            )
            if event is None and command_id is None:
                return
            changes = Changes(
                self._tenant,
                {key: stored.version},
                {key: tagged} if event is not None else {},
                log={key: (event,)} if event is not None else {},
                command_id=command_id,
                result=(said, ()),
                at=now,
            )
            try:
                self._store.commit(changes)
            except (ConflictError, DuplicateCommandError):
                continue
            if self._handlers and event is not None:
                turn.events.append((event, turn.depth))
            return
        raise ConflictError(f"{TRIES} times somebody else committed first")
