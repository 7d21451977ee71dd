"""Offspring: the jobs that an automation starts, in the commit of what fired it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .. import rules
from ..errors import LimitError
from ..model.record import replaced
from .records import row_key

if TYPE_CHECKING:
    from ..rules import Decision
    from .unit import Unit

__all__ = ["start_jobs"]


def start_jobs(unit: Unit, decision: Decision) -> None:
    """Start the follow-up jobs of a decision, and theirs, once all else of it is written.

    They see the account as that leaves it. They are no part of the command's answer.

    Raises:
        LimitError: There would be more of them than one command may start, as where pipelines
            start jobs of each other in a circle.
    """
    about, tenant, account = unit.jobs, unit.tenant, row_key("account", decision.job.account)
    most = unit.firm.value.settings.most_steps
    waiting = deque(decision.starts)
    begun = 0
    while waiting:
        begun += 1
        if begun > most:
            raise LimitError(
                f"job {decision.job.name!r} would start more than {most} jobs in one command; "
                "nothing was stored (Settings.most_steps)"
            )
        next_job = waiting.popleft()
        thread = unit.threads.get(next_job.id)
        follow_up = rules.start_follow_up(tenant, unit.at(account), next_job, unit.now, thread)
        waiting.extend(follow_up.starts)
        unit.apply(replaced(follow_up, starts=()))
    unit.jobs = about
