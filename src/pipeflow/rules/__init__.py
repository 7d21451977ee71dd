"""What happens next: pure functions of state, command and now. No port, store, clock or chance."""

from __future__ import annotations

from .checking import link_problems, pipeline_problems, settings_problems, template_problems
from .commands import (
    LinkSpec,
    bounce,
    complete,
    link,
    move,
    record,
    reevaluate,
    set_status,
    tag,
    transfer,
    unlink,
)
from .delivering import (
    abandon,
    abandon_blocked,
    delivered,
    delivered_late,
    made_item,
    referenced,
    retried,
    retry_blocked,
)
from .draft import SYSTEM
from .merge import render, render_line, single_line
from .moving import next_stage, wait_of
from .reminding import remind, remind_by_hand
from .starting import JobSpec, start
from .state import Book, Decision, State, Timer
from .times import after, next_attempt, today

__all__ = [
    "SYSTEM",
    "Book",
    "Decision",
    "JobSpec",
    "LinkSpec",
    "State",
    "Timer",
    "abandon",
    "abandon_blocked",
    "after",
    "bounce",
    "complete",
    "delivered",
    "delivered_late",
    "link",
    "link_problems",
    "made_item",
    "move",
    "next_attempt",
    "next_stage",
    "pipeline_problems",
    "record",
    "reevaluate",
    "referenced",
    "remind",
    "remind_by_hand",
    "render",
    "render_line",
    "retried",
    "retry_blocked",
    "set_status",
    "settings_problems",
    "single_line",
    "start",
    "tag",
    "template_problems",
    "today",
    "transfer",
    "unlink",
    "wait_of",
]
