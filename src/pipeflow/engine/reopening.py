"""The call that takes back what was done, cancelled or declined (R-3)."""

from __future__ import annotations

from ..model.facts import Reopened
from ..model.items import Item
from ..model.jobs import Job
from . import commands
from .desk import Desk
from .handles import item_handle
from .who import Who

__all__ = ["Reopening"]


class Reopening:
    """The call that makes an item wait again."""

    _desk: Desk

    def reopen(
        self,
        item: Item | str,
        reason: str = "",
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Let an item wait again that was done, cancelled or declined, on every job that has it.

        It keeps what it knew, its reminders start anew, and its job stays where it is (R-3, A-11).
        What waits already stays as it is.

        Args:
            item: The item or its id.
            reason: Why; history keeps it.
            actor: Who does it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such item.
            NotAllowedError: It never came to be, since its request was withdrawn or given up.
            DefinitionError: The reason is no text.
        """
        job, id = item_handle(item)
        return self._desk.job(
            commands.Reopen(id, Reopened(reason).reason, job=job), actor, command_id
        )
