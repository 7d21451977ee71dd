"""The calls about reminders: one by hand, and another rhythm for an item, or none."""

from __future__ import annotations

from ..errors import DefinitionError, Problem, shown
from ..model.items import Item
from ..model.jobs import Job
from ..model.reminders import Reminders
from . import commands
from .desk import Desk
from .handles import item_handle
from .who import Who

__all__ = ["Reminding"]


class Reminding:
    """The calls that say when clients are reminded."""

    _desk: Desk

    def remind(self, item: Item | str, *, actor: Who = None, command_id: str | None = None) -> Job:
        """Remind the client of an item now; it does not count toward the number (A-38).

        One that is under way, by hand or not, is taken back for it (R-5).

        Args:
            item: The item or its id.
            actor: Who reminds.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such item.
            NotAllowedError: It asks nothing of a client, or not any more, or has not been sent
                yet, or its job reminds nobody.
        """
        job, id = item_handle(item)
        return self._desk.job(commands.Remind(id, job=job), actor, command_id)

    def set_reminders(
        self,
        item: Item | str,
        reminders: Reminders | None,
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Give an item another rhythm of reminders, or switch them off with None (R-9).

        The rhythm begins now: the next one goes an interval from now, at the time of day at which
        the item was sent, and *times* counts from here. Where the item has not been sent yet, it
        begins with the sending; where its job reminds nobody, when the job goes on.

        Args:
            item: The item or its id.
            reminders: How often; None: not any more.
            actor: Who sets them.
            command_id: Makes it act once, however often it is sent.

        Raises:
            DefinitionError: These are no reminders.
            NotFoundError: No such item.
            NotAllowedError: It asks nothing of a client.
        """
        given: object = reminders
        if given is not None and not isinstance(given, Reminders):
            allowed = ("Reminders(every=3, times=2)", "None")
            what = "must be Reminders, or None to switch them off"
            raise DefinitionError(Problem(what, "$.reminders", shown(given), allowed))
        job, id = item_handle(item)
        return self._desk.job(commands.SetReminders(id, reminders, job=job), actor, command_id)
