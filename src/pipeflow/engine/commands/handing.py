"""The command by which a member who leaves hands over to another (R-28)."""

from __future__ import annotations

from typing import ClassVar

from ... import rules
from ...errors import DefinitionError, Problem, shown, together
from ...model.jobs import Job
from ...model.record import record
from ...ports.rows import CarriedOut, Query, RowKey
from ..records import row_key
from ..unit import Unit
from ..usage import naming
from .command import Command

__all__ = ["HandOver"]

PARTS = ("job", "item", "role", "access")  # of the answer, in its order


@record
class HandOver(Command):
    """Let another member have what one has: jobs, open items, roles and access."""

    action: ClassVar[str] = "hand_over"

    member: str
    to: str

    @property
    def about(self) -> str:
        """The member."""
        return self.member

    def keys(self) -> tuple[RowKey, ...]:
        """Return the rows of both."""
        return row_key("member", self.member), row_key("member", self.to)

    def act(self, unit: Unit) -> None:
        """Hand over, job by job and account by account.

        Raises:
            DefinitionError: Both are the same.
            NotFoundError: One of them is not there.
            NotAllowedError: Who shall have it is not active.
        """
        unit.value("member", self.member)
        unit.value("member", self.to)
        if self.member == self.to:
            raise DefinitionError(Problem("must be another member", "$.to", shown(self.to)))
        if errors := tuple(rules.inactive_errors((self.to,), unit.firm.value, "$.to")):
            raise together(errors)
        found: dict[str, list[str]] = {part: [] for part in PARTS}
        given = (self.member, self.to, unit.now, unit.actor)
        rows = [key for key, _ in naming(unit.records, "member", self.member)]
        unit.many(rows)
        jobs: dict[str, Job] = {key.id: unit.at(key) for key in rows}
        unit.many(dict.fromkeys(row_key("account", job.account) for job in jobs.values()))
        for id, job in sorted(jobs.items()):
            decision, items = rules.job_handed_over(unit.state(job), *given)
            unit.apply(decision)
            found["item"] += items
            found["job"] += [id] * (decision.job.assignees != job.assignees)
        mine = Query("account", (("member", self.member),))
        for key, (version, account) in unit.records.found(mine):
            after, told, roles = rules.account_handed_over(account, *given)
            unit.put(key, after, version)
            unit.tell(key, told)
            found["role"] += [key.id] * bool(roles)
            found["access"] += [key.id] * (after.access != account.access)
        unit.jobs = tuple(sorted(jobs))
        unit.answer = tuple(tuple(found[part]) for part in PARTS)

    # -- repeats ---------------------------------------------------------------------------------

    def rows(self, unit: Unit) -> tuple[tuple[str, str], ...]:
        """Return what was handed over, part by part."""
        return tuple((part, id) for part, ids in zip(PARTS, unit.answer, strict=True) for id in ids)

    def answer_again(self, unit: Unit, known: CarriedOut) -> None:
        """Return what was answered then."""
        unit.answer = tuple(tuple(id for of, id in known.rows if of == part) for part in PARTS)
