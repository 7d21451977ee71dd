"""Planning: the call that saves an edited pipeline as it was planned, and what it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import (
    DefinitionError,
    Problem,
    shown,
)
from ..model.jobs import Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.plans import Plan
from ..model.record import Brief, Plain, frozen
from ..model.remains import Open
from ..model.values import choice
from . import commands
from .desk import Desk
from .records import row_key
from .who import Who

if TYPE_CHECKING:
    pass

__all__ = ["Applied", "Planning"]


@frozen
class Applied(Brief, Plain):
    """What `apply` did: the pipeline as it is saved now, and the jobs that had to move; it prints.

    Those that got another status are among them. The jobs stand as they now are.
    """

    pipeline: Pipeline
    moved: tuple[Job, ...] = ()

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        return {
            "Applied": f"{self.pipeline.name!r} (revision {self.pipeline.revision})",
            "Jobs that moved": "; ".join(map(str, self.moved)),
        }

    def __str__(self) -> str:
        """Print a line for the pipeline, and one a job."""
        saved = f"saved pipeline {self.pipeline.name!r} (revision {self.pipeline.revision})"
        names = {stage.id: stage.name for stage in self.pipeline.stages}
        moved = (
            f"- {job.name!r} stands in {names.get(job.stage, job.stage)!r} now"
            + f", {job.status}" * (job.status != JobStatus.ACTIVE)
            for job in self.moved
        )
        return "\n".join([saved, *moved])


class Planning:
    """The call that carries a plan out; `plan` itself needs branches, and stands at the engine."""

    _desk: Desk

    def apply(
        self,
        plan: Plan,
        *,
        stages: Mapping[str, str] | None = None,
        statuses: Mapping[str, str] | None = None,
        open: Open | str = Open.STAY,  # noqa: A002  (as `move` has it)
        actor: Who = None,
        command_id: str | None = None,
    ) -> Applied:
        """Save what was planned, in one commit or not at all (A-18).

        Jobs of stages that are taken away go to others, and no automation fires there; archived
        ones stay, and are moved by hand if they are restored. Jobs whose status is taken away get
        another, whose automations do not fire either.

        Args:
            plan: What `plan` returned.
            stages: Where these jobs go, beside what was planned: `{"old": "new"}`, by ids or names.
            statuses: Which status jobs get whose own is taken away: `{"old": "new"}`, beside what
                was planned. What belongs to the old one belongs to the new one.
            open: What becomes of what is open in the stage that a job leaves (R-24).
            actor: Who saves.
            command_id: Makes it act once, however often it is sent.

        Raises:
            ConflictError: Somebody saved the pipeline since it was planned, or jobs came into
                stages or statuses that are taken away, or left them; plan it anew.
            DefinitionError: Nobody said where jobs of a stage go, or which status they get, or the
                pipeline needs what is not there.
            NotAllowedError: The authorizer said no to the edit, or to the move of one of the jobs.
        """
        from .definitions import as_kept  # loads on first use
        from .trials import destinations, replacements

        if not isinstance(plan, Plan):
            raise DefinitionError(Problem("must be a plan", "$.plan", shown(plan), ("plan(tax)",)))
        where = destinations(plan, {} if stages is None else stages)
        given = replacements(plan, {} if statuses is None else statuses)
        command = commands.Apply(plan, where, choice(Open, open, "$.open"), given)
        answer, moved = self._desk.carry_out(command, actor, command_id).answer
        records = self._desk.looked()
        (pipeline,) = as_kept(records, (answer,))
        keys = [row_key("job", id) for id in moved]
        rows = records.store.read(records.tenant, keys).rows
        return Applied(pipeline, tuple(rows[key].value for key in keys if key in rows))
