"""The calls that do one thing to many: all of it is checked before any of it is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from .. import rules
from ..errors import DefinitionError, PipeflowError, Problem, a, together
from ..model.accounts import Account, Member, Role, TagChange
from ..model.automations import Automation
from ..model.items import ItemKind
from ..model.jobs import Job, JobStatus
from ..model.record import Brief, Plain, frozen
from ..model.remains import Open
from ..model.stages import Stage
from ..model.templates import ClientView, OrganizerTemplate, Priority
from ..model.values import UNCHANGED, Unchanged, choice, names
from ..model.work import headings
from ..ports.rows import Query
from . import commands
from .desk import Desk
from .handles import at_place, flag, handle, left_out, listed
from .journey import check_command_id
from .turn import Steps, present_turn
from .who import Who
from .wishes import Wishes

__all__ = ["Bulk", "Done"]

LONGEST_OF_MANY = 240  # leaves room for the number of each


@frozen
class Done(Brief, Plain):
    """What became of one of many: the job or account as it then stood, or what came in between.

    `id` is that of the job or account; `error` is None where it was done.
    """

    id: str
    job: Job | None = None
    account: Account | None = None
    error: PipeflowError | None = None

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.error is None

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        now = self.job if self.job is not None else self.account
        return {
            "Done": self.id,
            "As it now stands": "" if now is None else str(now),
            "Error": "" if self.error is None else str(self.error),
        }

    def __str__(self) -> str:
        """Print in one line."""
        return f"{self.id}: done" if self.error is None else f"{self.id}: {self.error}"


class Bulk:
    """The calls that do one thing to many.

    One that is wrong has all of them refused, with every problem. Each is a commit of its own, so
    that somebody may come in between: what is refused then says so in its `Done`, and harms no
    other. With a `command_id` a repeat does those that were not done. Rights are asked for as if
    each were done alone.
    """

    _desk: Desk

    def archive_many(
        self,
        jobs: Iterable[Job | str],
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> list[Done]:
        """Archive jobs, once all of them were checked.

        Raises:
            NotFoundError: Some of the jobs are not there; nothing was done.
        """
        ids = _jobs(jobs)
        each = [commands.SetStatus(id, JobStatus.ARCHIVED) for id in ids]
        return self._desk.through(
            _done(self._desk, commands.ArchiveMany(ids), each, "$.jobs", actor, command_id)
        )

    def move_many(
        self,
        jobs: Iterable[Job | str],
        stage: Stage | str,
        *,
        skip: Iterable[str | Automation] = (),
        open: Open | str = Open.STAY,  # noqa: A002  (the word that firms use)
        actor: Who = None,
        command_id: str | None = None,
    ) -> list[Done]:
        """Move jobs to a stage, as `move` does, once all of them were checked.

        Args:
            jobs: The jobs or their ids.
            stage: The stage, its id or its name, in each job's own pipeline.
            skip: Automations (or their ids) of that stage that shall not fire.
            open: What becomes of what is open in the stages that they leave (R-24).
            actor: Who moves them.
            command_id: Makes each move once, however often it is sent.

        Raises:
            NotFoundError: No such job, stage or automation; nothing was done.
            NotAllowedError: Some jobs are completed, archived or paused; nothing was done.
            DefinitionError: Several such things at once.
        """
        ids, to, skipped = _jobs(jobs), handle(stage, Stage, "stage"), left_out(skip)
        what = choice(Open, open, "$.open")
        each = [commands.Move(id, to, skipped, what) for id in ids]
        whole = commands.MoveMany(ids, to, skipped, what)
        return self._desk.through(_done(self._desk, whole, each, "$.jobs", actor, command_id))

    def edit_many(
        self,
        jobs: Iterable[Job | str],
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
    ) -> list[Done]:
        """Change jobs alike, as `edit` does, once all of them were checked.

        Raises:
            NotFoundError: No such job or member; nothing was done.
            NotAllowedError: Some jobs are archived; nothing was done.
            DefinitionError: A value does not fit, or several things are wrong at once.
        """
        wishes = Wishes(
            name, assignees, priority, start, due, description, comments, client_view, time_budget
        )
        edits, problems = wishes.sorted_out()
        ids = _jobs(jobs)
        each = [commands.Edit(id, edits) for id in ids]
        wrong = [DefinitionError(*problems)] if problems else []
        return self._desk.through(
            _done(
                self._desk, commands.EditMany(ids, edits), each, "$.jobs", actor, command_id, wrong
            )
        )

    def tag_many(
        self,
        accounts: Iterable[Account | str],
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        clear: bool = False,
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> list[Done]:
        """Change the tags of accounts by hand, once all were looked up; nothing fires.

        Raises:
            DefinitionError: A tag is both added and removed.
            NotFoundError: Some of the accounts are not there; nothing was done.
        """
        change, clear = TagChange(names(add), names(remove)), flag(clear, "$.clear")
        ids = _ids(accounts, Account, "account")
        each = [commands.Tag(id, change.add, change.remove, clear) for id in ids]
        whole = commands.TagMany(ids, change.add, change.remove, clear)
        return self._desk.through(_done(self._desk, whole, each, "$.accounts", actor, command_id))

    def update_organizers(
        self, template: OrganizerTemplate | str, *, actor: Who = None
    ) -> list[Done]:
        """Let organizers that were sent ask what their template asks now, as far as it can be.

        An organizer that the client has started, submitted or got sealed stays as it was sent, and
        so do those of jobs that are completed or archived. Each job is a commit of its own; what
        comes in between stands in its `Done`. To do it again changes nothing more.

        Args:
            template: The template or its id; what is saved counts.
            actor: Who wants it.

        Returns:
            A `Done` for each job that has such an organizer.

        Raises:
            NotFoundError: There is no such template.
            DefinitionError: It is none of organizers.
        """
        return self._desk.through(_updated(self._desk, template, actor))


def _updated(desk: Desk, template: OrganizerTemplate | str, actor: Who) -> Steps[list[Done]]:
    id = handle(template, OrganizerTemplate, "template")
    saved = desk.looked().saved("template", id)
    if not isinstance(saved, OrganizerTemplate):
        needed = "an organizer template is needed"
        raise DefinitionError(f"{id!r} is {a(saved.kind)} template, and {needed}")
    where = (("work", headings(ItemKind.ORGANIZER, None)),)
    jobs = [
        key.id
        for key, stored in desk.looked().found(Query("job", where))
        if any(rules.can_be_updated(item, id) for item in stored.value.items)
    ]
    each = [commands.UpdateOrganizers(job, id) for job in jobs]
    desk.journey.allow(each, actor)
    found: list[Done] = []
    for one in each:
        done = yield from _one(desk, one, actor, None)
        found.append(done)
    return found


def _jobs(jobs: Iterable[Job | str]) -> tuple[str, ...]:
    """Return the ids of several jobs."""
    return _ids(jobs, Job, "job")


def _ids(given: Iterable[Any], kind: type[Any], what: str) -> tuple[str, ...]:
    """Return the ids of several things, and refuse all that are none at once."""
    where, ids, problems = f"$.{what}s", list[str](), list[Problem]()
    for number, one in enumerate(listed(given, where)):
        try:
            ids.append(handle(one, kind, what))
        except DefinitionError as error:
            problems += (each._replace(where=f"{where}[{number}]") for each in error.problems)
    if problems:
        raise DefinitionError(*problems)
    return tuple(ids)


def _done(
    desk: Desk,
    whole: commands.Command,
    each: Sequence[commands.Command],
    where: str,
    actor: Who,
    command_id: str | None,
    wrong: Iterable[PipeflowError] = (),
) -> Steps[list[Done]]:
    """Check all, then do one after another; what one asks for leaves before the next is done."""
    if command_id is not None:
        check_command_id(command_id, LONGEST_OF_MANY)
    if wrong or command_id is None or desk.journey.repeat(whole, command_id) is None:
        _check(desk, each, where, actor, wrong)
        if command_id is not None:
            desk.journey.carry_out(present_turn(), whole, None, command_id)
    found: list[Done] = []
    for number, one in enumerate(each):
        done = yield from _one(desk, one, actor, command_id and f"{command_id}#{number}")
        found.append(done)
    return found


def _check(
    desk: Desk,
    each: Sequence[commands.Command],
    where: str,
    actor: Who,
    wrong: Iterable[PipeflowError],
) -> None:
    """Refuse all, with every problem, if one of them would be refused now."""
    desk.journey.allow(each, actor)
    errors = [*wrong]
    for number, error in enumerate(desk.journey.rehearse(each)):
        if error is not None:
            errors.append(at_place(error, f"{where}[{number}]"))
    if errors:
        raise together(errors)


def _one(desk: Desk, command: Any, actor: Who, command_id: str | None) -> Steps[Done]:
    """Do one of them; what is refused now harms no other."""
    try:
        unit, last = desk.carried(command, actor, command_id)
        yield
        if isinstance(command, commands.Tag):
            return Done(command.account, account=desk.account(unit, command.account))
        return Done(command.job, job=desk.standing(unit, last))
    except PipeflowError as error:
        return Done(command.about, error=error)
