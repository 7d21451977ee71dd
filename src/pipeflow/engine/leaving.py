"""The calls by which something leaves the firm: `uses`, `delete` and `hand_over` (R-28)."""

from __future__ import annotations

from typing import TypeAlias, Union

from ..errors import DefinitionError, Problem, many, one_line, shown
from ..model.accounts import Account, Member
from ..model.items import Ref
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import Brief, Plain, frozen
from ..model.schedules import Schedule
from ..model.templates import Template
from ..model.uses import Use, Uses
from ..ports.rows import RowKey
from . import commands
from .desk import Desk
from .handles import handle
from .who import Who

__all__ = ["Deleted", "Handover", "Leaving"]

# What can leave, or its id.
Thing: TypeAlias = Union[Account, Job, Template, Pipeline, Member, Schedule, str]

_KINDS: tuple[tuple[type[Account | Job | Template | Pipeline | Member | Schedule], str], ...] = (
    (Account, "account"),
    (Job, "job"),
    (Template, "template"),
    (Pipeline, "pipeline"),
    (Member, "member"),
    (Schedule, "schedule"),
)


@frozen
class Deleted(Brief, Plain):
    """What was deleted: its kind and id, the jobs that went with it, and what it leaves behind.

    `refs` are the hosts' references of what its jobs had at the hosts, such as invoices, and which
    no other job has: to do away with them there is up to the hosts.
    """

    kind: str
    id: str
    jobs: tuple[str, ...] = ()
    refs: tuple[Ref, ...] = ()

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        return {
            "Deleted": f"{self.kind} {self.id!r}",
            "Jobs": ", ".join(self.jobs),
            "Still at the host": ", ".join(map(str, self.refs)),
        }

    def __str__(self) -> str:
        """Print in one line, and one more for each reference."""
        jobs = f" with {many(len(self.jobs), 'job')}" if self.kind == "account" else ""
        left = "".join(f"\n  still at the host: {one_line(str(ref))}" for ref in self.refs)
        return f"deleted {self.kind} {self.id!r}{jobs}{left}"


@frozen
class Handover(Brief, Plain):
    """What a member handed over to another: jobs, open items, accounts by role and by access.

    All are ids. `left` is where templates, pipelines, schedules and conditions of what open items
    have yet to fire still name the member; who shall stand there is for whoever edits them.
    """

    member: str
    to: str
    jobs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    left: tuple[Use, ...] = ()

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        return {
            "Handed over by": self.member,
            "To": self.to,
            "Jobs": ", ".join(self.jobs),
            "Open items": ", ".join(self.items),
            "Roles of": ", ".join(self.roles),
            "Access to": ", ".join(self.access),
            "Still named by": "; ".join(map(str, self.left)),
        }

    def __str__(self) -> str:
        """Print in one line, and one more for each place that still names the member."""
        left = "".join(f"\n  still named by {use}" for use in self.left)
        return (
            f"{self.member!r} handed over to {self.to!r}: {many(len(self.jobs), 'job')}, "
            f"{many(len(self.items), 'open item')}, roles of {many(len(self.roles), 'account')}, "
            f"access to {many(len(self.access), 'account')}{left}"
        )


class Leaving:
    """The calls for clients and members who leave, and for definitions that are done with."""

    _desk: Desk

    def uses(self, thing: Thing, *, actor: Who = None) -> Uses:
        """Return every use of a thing, for which it cannot be deleted; it prints.

        A template is used by pipelines, proposals and schedules; a pipeline by its jobs, by
        schedules, and by others whose conditions or automations name it; a member by templates,
        pipelines, schedules, accounts, jobs that are not archived, and their open items; an account
        by its jobs that are not archived, and by schedules that name it; and each account or job by
        jobs of other accounts that have one of its things too. Nothing uses a schedule.

        Where it is said who asks, what they may not see is left out, and still uses it.

        Raises:
            NotFoundError: There is no such thing.
            DefinitionError: It is an id that things of several kinds have.
            NotAllowedError: The authorizer said no to somebody who would "read" the thing.
        """
        from .usage import kind_of_id, uses_of  # loads on first use

        records, tenant = self._desk.looked(), self._desk.host.tenant
        kind, id = self._told(thing, "is nothing whose uses are told")
        kind = kind or kind_of_id(records, tenant, id)
        found, used = records.row(kind, id).value, Uses(uses_of(records, tenant, kind, id))
        if actor is None:
            return used
        sight = self._desk.sight(actor)
        sight.look(found)
        rows = records.read([*dict.fromkeys(RowKey(one.kind, one.id) for one in used)])
        # What is not among them went meanwhile.
        seen = {key for key, row in rows.items() if sight.sees(row.value)}
        return Uses(one for one in used if (one.kind, one.id) in seen)

    def delete(self, thing: Thing, *, actor: Who = None, command_id: str | None = None) -> Deleted:
        """Delete an account, job, template, pipeline, member or schedule for good (R-28).

        An account goes with its jobs, their items, requests, reminders and histories; a job alike.
        The firm's feed keeps one line: who deleted what, by its id. What a port has in hand is not
        heard of any more, and `receive` answers a reference with no jobs until it is forgotten. The
        jobs that a schedule made stay. It is one commit.

        Args:
            thing: What is deleted, or its id.
            actor: Who deletes it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotAllowedError: It is used, with every use; or a job is not archived.
            NotFoundError: There is no such thing, or not any more.
            DefinitionError: It is an id that things of several kinds have.
        """
        kind, id = self._told(thing, "cannot leave")
        return Deleted(
            *self._desk.carry_out(commands.Delete(id, kind=kind), actor, command_id).answer
        )

    def hand_over(
        self,
        member: Member | str,
        to: Member | str,
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Handover:
        """Let another member have what one has: jobs, open items, roles and access, in one commit.

        Archived jobs and items that are done keep the name of who did them, and conditions that
        of whom they ask for.

        Args:
            member: Who hands over.
            to: Who has it from now on; must be active.
            actor: Who arranges it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: One of them is not there.
            NotAllowedError: Who shall have it is not active.
            DefinitionError: Both are the same.
        """
        from .usage import left_with  # loads on first use

        ids = handle(member, Member, "member"), handle(to, Member, "member")
        command = commands.HandOver(*ids)
        jobs, items, roles, access = self._desk.carry_out(command, actor, command_id).answer
        left = tuple(left_with(self._desk.looked(), ids[0]))
        return Handover(*ids, jobs, items, roles, access, left)

    def _told(self, thing: object, refusal: str) -> tuple[str, str]:
        """Return the kind and id of a thing; of an id alone no kind is known.

        Raises:
            DefinitionError: It is neither.
        """
        if not isinstance(thing, str):
            return _kind_and_id(thing, refusal)
        if thing.isascii():
            return "", thing
        from .usage import id_meant  # loads on first use

        return "", id_meant(self._desk.looked(), self._desk.host.tenant, thing)


def _kind_and_id(thing: object, refusal: str) -> tuple[str, str]:
    """Return the kind and id of a thing.

    Raises:
        DefinitionError: It is none.
    """
    for kind, name in _KINDS:
        if isinstance(thing, kind):
            return name, thing.id
    kinds = ("an account", "a job", "a template", "a pipeline", "a member", "a schedule")
    allowed = (*kinds, "the id of one")
    raise DefinitionError(Problem(refusal, "$.thing", shown(thing), allowed))
