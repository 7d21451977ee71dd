"""What happens next: pure functions of state, command and now. No port, store, clock or chance."""

from __future__ import annotations

from .automove import next_stage, wait_of
from .blocked import abandon, abandon_blocked, abandon_timer, retried, retry_blocked
from .calendar import after, after_at_hour, next_attempt, today
from .decision import SYSTEM, Book, Decision, State, Timer
from .draft import Draft
from .effects import bounce, completing_facts, item_of, misfit, place_of, record, record_all
from .gaps import pipeline_problems, settings_problems, template_problems
from .links import LINK, LinkSpec, adopt_total, link, link_problems, unlink
from .merge_fields import render, render_line, single_line
from .moves import move, reevaluate, transfer
from .opening import JobSpec, start
from .receipts import begin, born_done, delivered, delivered_late, failed, made_item, withdrawn
from .reminder_mail import heard, remind, remind_by_hand, sent, set_reminders, unheard
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
from .statuses import set_status
from .tags import tag

__all__ = [
    "GRACE",
    "LINK",
    "SYSTEM",
    "Book",
    "Decision",
    "Draft",
    "JobSpec",
    "LinkSpec",
    "State",
    "Timer",
    "abandon",
    "abandon_blocked",
    "abandon_timer",
    "adopt_total",
    "after",
    "after_at_hour",
    "begin",
    "begun",
    "born_done",
    "bounce",
    "catch_up",
    "completing_facts",
    "delivered",
    "delivered_late",
    "failed",
    "go_on",
    "heard",
    "is_late",
    "item_of",
    "link",
    "link_problems",
    "made_item",
    "mail_key",
    "mail_of",
    "misfit",
    "move",
    "next_attempt",
    "next_stage",
    "pipeline_problems",
    "place_of",
    "quiet",
    "record",
    "record_all",
    "reevaluate",
    "remind",
    "remind_by_hand",
    "render",
    "render_line",
    "retried",
    "retry_blocked",
    "sent",
    "set_reminders",
    "set_status",
    "settings_problems",
    "silence",
    "single_line",
    "start",
    "stay_off",
    "still_reminded",
    "tag",
    "template_problems",
    "today",
    "transfer",
    "unheard",
    "unlink",
    "wait_of",
    "withdrawn",
]
