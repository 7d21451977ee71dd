"""The calls of daily work: edit a job, reassign and reschedule items, pause and resume."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from ..errors import DefinitionError, Problem, shown, together
from ..model.accounts import Member, Role, people, people_problems
from ..model.items import Item
from ..model.jobs import Job
from ..model.templates import ClientView, Priority
from ..model.text import text_problems
from ..model.values import UNCHANGED, Unchanged
from . import commands
from .desk import Desk
from .handles import flag, item_handle, job_id
from .who import Who
from .wishes import Wishes

__all__ = ["Editing"]


class Editing:
    """The calls that change a running job by hand, and move it nowhere."""

    _desk: Desk

    def edit(
        self,
        job: Job | str,
        *,
        name: str | Unchanged = UNCHANGED,
        assignees: Iterable[str | Member | Role] | Unchanged | None = UNCHANGED,
        priority: Priority | str | Unchanged = UNCHANGED,
        start: date | Unchanged | None = UNCHANGED,
        due: date | Unchanged | None = UNCHANGED,
        description: str | Unchanged = UNCHANGED,
        comments: str | Unchanged = UNCHANGED,
        client_view: ClientView | Unchanged | None = UNCHANGED,
        time_budget: timedelta | Unchanged | None = UNCHANGED,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Change a running job: what is given changes, and all else stays as it is (R-22).

        One event, `JobEdited`, tells what changed from what to what. Nothing moves or fires.

        Args:
            job: The job or its id.
            name: With merge fields, as at the start; one line.
            assignees: Members, their ids, or roles, in place of those before; None for none.
            priority: Low, medium, high or urgent.
            start: The day the work begins; None for none.
            due: The day it is due; None for none. Items keep days of their own.
            description: With merge fields.
            comments: For the team.
            client_view: What the client's portal shows, as it stands here; None: nothing.
            time_budget: How long the work may take; None: no budget.
            actor: Who edits it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such job or member.
            NotAllowedError: The job is archived.
            DefinitionError: A value does not fit, or several things are wrong at once.
        """
        wishes = Wishes(
            name, assignees, priority, start, due, description, comments, client_view, time_budget
        )
        edits, problems = wishes.sorted_out()
        command = commands.Edit(job_id(job), edits)
        if problems:
            self._desk.journey.allow([command], actor)
            refused = filter(None, self._desk.journey.rehearse([command]))
            raise together([DefinitionError(*problems), *refused])
        return self._desk.job(command, actor, command_id)

    def reassign(
        self,
        item: Item | str,
        to: Iterable[str | Member | Role],
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Let others act on an item, in place of those who were to (R-23).

        Args:
            item: The item or its id.
            to: Members, their ids, or roles; () for nobody, and so for the client, if it is theirs.
            actor: Who reassigns it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such item or member.
            NotAllowedError: The job is archived, or nobody has to act on the item.
        """
        job, id = item_handle(item)
        everybody = people(to)
        if problems := tuple(people_problems(everybody, "$.to")):
            raise DefinitionError(*problems)
        return self._desk.job(commands.Reassign(id, everybody, job=job), actor, command_id)

    def reschedule(
        self,
        item: Item | str,
        due: date | None,
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Let an item be due on another day, or on none (R-23).

        Raises:
            NotFoundError: No such item.
            NotAllowedError: The job is archived, or nobody has to act on the item.
        """
        job, id = item_handle(item)
        if due is not None and type(due) is not date:
            raise DefinitionError(
                Problem("must be a date or None", "$.due", shown(due), ("date(2027, 4, 15)",))
            )
        return self._desk.job(commands.Reschedule(id, due, job=job), actor, command_id)

    def pause(
        self, job: Job | str, reason: str = "", *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Pause a job: nothing moves, fires or reminds until it is resumed (R-27).

        Facts are kept and change their items meanwhile. `explain` tells who paused it and why.

        Raises:
            NotFoundError: No such job.
            NotAllowedError: The job is completed or archived.
        """
        if problems := tuple(text_problems(reason, "$.reason")):
            raise DefinitionError(*problems)
        return self._desk.job(commands.Pause(job_id(job), reason), actor, command_id)

    def resume(
        self,
        job: Job | str,
        reminders: bool = True,
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Let a paused job go on: what was done meanwhile takes effect, and it may move (R-27).

        Args:
            job: The job or its id; one that is not paused stays as it is.
            reminders: Whether its reminders go on too, each one interval from now (R-9).
            actor: Who resumes it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such job.
        """
        command = commands.Resume(job_id(job), flag(reminders, "$.reminders"))
        return self._desk.job(command, actor, command_id)
