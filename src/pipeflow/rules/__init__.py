"""What happens next: pure functions of state, command and now. No port, store, clock or chance."""

from __future__ import annotations

from .automove import next_stage, wait_of
from .blocked import abandon, abandon_blocked, abandon_timer, retried, retry_blocked
from .calendar import after, after_at_hour, next_attempt, today
from .decision import SYSTEM, Book, Decision, State, Timer
from .draft import Draft
from .edits import Edits, edit, edit_errors, reassign, reschedule
from .effects import bounce, completing_facts, item_of, misfit, place_of, record, record_all
from .gaps import (
    new_port_problems,
    pipeline_problems,
    settings_problems,
    template_problems,
)
from .handover import account_handed_over, job_handed_over
from .item import LATER
from .last_move import LastMove, last_move
from .left import Leaving
from .links import LINK, LinkSpec, adopt_total, link, link_problems, unlink
from .mentions import Mention, inactive_errors, inactive_problems, mentions, uses_in
from .merge_fields import render, render_line, single_line
from .moves import move, reevaluate, transfer
from .opening import JobSpec, start
from .pauses import pause, resume
from .receipts import (
    begin,
    billed,
    born_done,
    delivered,
    delivered_late,
    failed,
    made_item,
    own_total,
    withdrawn,
)
from .reminder_mail import CLIENT_KINDS, heard, remind, remind_by_hand, sent, set_reminders, unheard
from .rest import refuse_at_rest
from .rhythms import (
    GRACE,
    begun,
    go_on,
    is_late,
    mail_key,
    mail_of,
    quiet,
    silence,
    stay_off,
    still_reminded,
)
from .sharing import catch_up
from .statuses import set_status, status_of, status_told, statuses_meant
from .tags import tag
from .undo import ChangedSince, undo

__all__ = [
    "CLIENT_KINDS",
    "GRACE",
    "LATER",
    "LINK",
    "SYSTEM",
    "Book",
    "ChangedSince",
    "Decision",
    "Draft",
    "Edits",
    "JobSpec",
    "LastMove",
    "Leaving",
    "LinkSpec",
    "Mention",
    "State",
    "Timer",
    "abandon",
    "abandon_blocked",
    "abandon_timer",
    "account_handed_over",
    "adopt_total",
    "after",
    "after_at_hour",
    "begin",
    "begun",
    "billed",
    "born_done",
    "bounce",
    "catch_up",
    "completing_facts",
    "delivered",
    "delivered_late",
    "edit",
    "edit_errors",
    "failed",
    "go_on",
    "heard",
    "inactive_errors",
    "inactive_problems",
    "is_late",
    "item_of",
    "job_handed_over",
    "last_move",
    "link",
    "link_problems",
    "made_item",
    "mail_key",
    "mail_of",
    "mentions",
    "misfit",
    "move",
    "new_port_problems",
    "next_attempt",
    "next_stage",
    "own_total",
    "pause",
    "pipeline_problems",
    "place_of",
    "quiet",
    "reassign",
    "record",
    "record_all",
    "reevaluate",
    "refuse_at_rest",
    "remind",
    "remind_by_hand",
    "render",
    "render_line",
    "reschedule",
    "resume",
    "retried",
    "retry_blocked",
    "sent",
    "set_reminders",
    "set_status",
    "settings_problems",
    "silence",
    "single_line",
    "start",
    "status_of",
    "status_told",
    "statuses_meant",
    "stay_off",
    "still_reminded",
    "tag",
    "template_problems",
    "today",
    "transfer",
    "undo",
    "unheard",
    "unlink",
    "uses_in",
    "wait_of",
    "withdrawn",
]
