"""What happens next: pure functions of state, command and now. No port, store, clock or chance.

No program needs all of the rules, so that each file loads on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.first_use import on_first_use

if TYPE_CHECKING:
    from .acceptance import BUT, NOW, YET, bring, may_be_there, put_off
    from .alarms import comes_late, has_come, is_awake, timed_trigger
    from .asked import InUse, asks_by_name, condition_problems, doubts, in_use
    from .automove import ahead, next_stage, wait_of
    from .blocked import (
        abandon,
        abandon_alarm,
        abandon_blocked,
        abandon_timer,
        retried,
        retries,
        retry_blocked,
    )
    from .business_hours import leaving_at, waits_for_window
    from .calendar import after, after_at_hour, next_attempt, today
    from .decision import SYSTEM, Book, Decision, State, ThreadWanted, Timer
    from .draft import Draft
    from .edits import Edits, edit, edit_errors, reassign, reschedule
    from .effects import bounce, completing_facts, item_of, misfit, place_of, record, record_all
    from .endings import ended, is_unanswered, may_have_left
    from .firings import How, may_fire_anew, never_left
    from .gaps import (
        automations_problems,
        new_port_problems,
        pipeline_problems,
        schedule_problems,
        settings_problems,
        template_problems,
    )
    from .handover import account_handed_over, job_handed_over
    from .item import LATER, LINK, is_done
    from .last_move import Beginning, LastMove, latest_move, rests_by_move
    from .left import Leaving
    from .link_specs import LinkSpec, link_problems
    from .links import adopt_total, link, unlink
    from .marks import fired_mark, has_fired, is_spent
    from .mentions import (
        Mention,
        inactive_errors,
        inactive_problems,
        lost_leads,
        names,
        uses_in,
    )
    from .merge_fields import render, render_line, single_line
    from .moves import move, reevaluate, relocate, transfer
    from .newer_questions import ask_alike, can_be_updated, update_organizers
    from .opening import JobSpec, start, start_follow_up
    from .pauses import is_put_off, pause, resume
    from .payments import was_paid
    from .receipts import (
        TAKEN_BACK,
        begin,
        billed,
        born_done,
        delivered,
        delivered_late,
        failed,
        kept,
        made_item,
        never_answered,
        own_total,
        take_back,
        taken_back,
        withdrawn,
    )
    from .recurrences import (
        Choice,
        IsOff,
        Period,
        Skipped,
        chosen,
        looked_at,
        owed,
        passed,
        periods,
        rhythm_of,
        upcoming,
    )
    from .reminder_mail import (
        CLIENT_KINDS,
        heard,
        is_reminder_of,
        remind,
        remind_by_hand,
        sent,
        sent_late,
        set_reminders,
        unheard,
    )
    from .rest import refuse_at_rest
    from .rhythms import (
        GRACE,
        begun,
        go_on,
        is_late,
        mail_key,
        mail_of,
        quiet,
        said_set,
        silence,
        stay_off,
        still_reminded,
    )
    from .sharing import BACK, LOST, asking_facts, catch_up, lose
    from .signatures import bill_of
    from .status_changes import owed_setting
    from .status_names import status_of, statuses_meant
    from .statuses import rename_status, set_status, status_told
    from .tags import claimed, tag
    from .threads import closed_threads
    from .trigger_turns import is_waited_for, said_done, unfired
    from .undo import ChangedSince, Lists, Offspring, left_alone, undo_move, undo_start
    from .wakings import alarms_told, times_told, wake

__all__ = [
    "BACK",
    "BUT",
    "CLIENT_KINDS",
    "GRACE",
    "LATER",
    "LINK",
    "LOST",
    "NOW",
    "SYSTEM",
    "TAKEN_BACK",
    "YET",
    "Beginning",
    "Book",
    "ChangedSince",
    "Choice",
    "Decision",
    "Draft",
    "Edits",
    "How",
    "InUse",
    "IsOff",
    "JobSpec",
    "LastMove",
    "Leaving",
    "LinkSpec",
    "Lists",
    "Mention",
    "Offspring",
    "Period",
    "Skipped",
    "State",
    "ThreadWanted",
    "Timer",
    "abandon",
    "abandon_alarm",
    "abandon_blocked",
    "abandon_timer",
    "account_handed_over",
    "adopt_total",
    "after",
    "after_at_hour",
    "ahead",
    "alarms_told",
    "ask_alike",
    "asking_facts",
    "asks_by_name",
    "automations_problems",
    "begin",
    "begun",
    "bill_of",
    "billed",
    "born_done",
    "bounce",
    "bring",
    "can_be_updated",
    "catch_up",
    "chosen",
    "claimed",
    "closed_threads",
    "comes_late",
    "completing_facts",
    "condition_problems",
    "delivered",
    "delivered_late",
    "doubts",
    "edit",
    "edit_errors",
    "ended",
    "failed",
    "fired_mark",
    "go_on",
    "has_come",
    "has_fired",
    "heard",
    "in_use",
    "inactive_errors",
    "inactive_problems",
    "is_awake",
    "is_done",
    "is_late",
    "is_put_off",
    "is_reminder_of",
    "is_spent",
    "is_unanswered",
    "is_waited_for",
    "item_of",
    "job_handed_over",
    "kept",
    "latest_move",
    "leaving_at",
    "left_alone",
    "link",
    "link_problems",
    "looked_at",
    "lose",
    "lost_leads",
    "made_item",
    "mail_key",
    "mail_of",
    "may_be_there",
    "may_fire_anew",
    "may_have_left",
    "misfit",
    "move",
    "names",
    "never_answered",
    "never_left",
    "new_port_problems",
    "next_attempt",
    "next_stage",
    "owed",
    "owed_setting",
    "own_total",
    "passed",
    "pause",
    "periods",
    "pipeline_problems",
    "place_of",
    "put_off",
    "quiet",
    "reassign",
    "record",
    "record_all",
    "reevaluate",
    "refuse_at_rest",
    "relocate",
    "remind",
    "remind_by_hand",
    "rename_status",
    "render",
    "render_line",
    "reschedule",
    "rests_by_move",
    "resume",
    "retried",
    "retries",
    "retry_blocked",
    "rhythm_of",
    "said_done",
    "said_set",
    "schedule_problems",
    "sent",
    "sent_late",
    "set_reminders",
    "set_status",
    "settings_problems",
    "silence",
    "single_line",
    "start",
    "start_follow_up",
    "status_of",
    "status_told",
    "statuses_meant",
    "stay_off",
    "still_reminded",
    "tag",
    "take_back",
    "taken_back",
    "template_problems",
    "timed_trigger",
    "times_told",
    "today",
    "transfer",
    "undo_move",
    "undo_start",
    "unfired",
    "unheard",
    "unlink",
    "upcoming",
    "update_organizers",
    "uses_in",
    "wait_of",
    "waits_for_window",
    "wake",
    "was_paid",
    "withdrawn",
]

# What the room has of each file.
FILES = {
    "acceptance": "BUT NOW YET bring may_be_there put_off",
    "alarms": "comes_late has_come is_awake timed_trigger",
    "asked": "InUse asks_by_name condition_problems doubts in_use",
    "automove": "ahead next_stage wait_of",
    "blocked": "abandon abandon_alarm abandon_blocked abandon_timer retried retries retry_blocked",
    "business_hours": "leaving_at waits_for_window",
    "calendar": "after after_at_hour next_attempt today",
    "decision": "Book Decision SYSTEM State ThreadWanted Timer",
    "draft": "Draft",
    "edits": "Edits edit edit_errors reassign reschedule",
    "effects": "bounce completing_facts item_of misfit place_of record record_all",
    "endings": "ended is_unanswered may_have_left",
    "firings": "How may_fire_anew never_left",
    "gaps": "automations_problems new_port_problems pipeline_problems schedule_problems "
    "settings_problems template_problems",
    "handover": "account_handed_over job_handed_over",
    "item": "LATER LINK is_done",
    "last_move": "Beginning LastMove latest_move rests_by_move",
    "left": "Leaving",
    "link_specs": "LinkSpec link_problems",
    "links": "adopt_total link unlink",
    "marks": "fired_mark has_fired is_spent",
    "mentions": "Mention inactive_errors inactive_problems lost_leads names uses_in",
    "merge_fields": "render render_line single_line",
    "moves": "move reevaluate relocate transfer",
    "opening": "JobSpec start start_follow_up",
    "pauses": "is_put_off pause resume",
    "payments": "was_paid",
    "newer_questions": "ask_alike can_be_updated update_organizers",
    "receipts": "TAKEN_BACK begin billed born_done delivered delivered_late failed kept made_item "
    "never_answered own_total take_back taken_back withdrawn",
    "recurrences": "Choice IsOff Period Skipped chosen looked_at owed passed periods "
    "rhythm_of upcoming",
    "reminder_mail": "CLIENT_KINDS heard is_reminder_of remind remind_by_hand sent sent_late "
    "set_reminders unheard",
    "rest": "refuse_at_rest",
    "rhythms": "GRACE begun go_on is_late mail_key mail_of quiet said_set silence stay_off "
    "still_reminded",
    "sharing": "BACK LOST asking_facts catch_up lose",
    "signatures": "bill_of",
    "status_changes": "owed_setting",
    "status_names": "status_of statuses_meant",
    "statuses": "rename_status set_status status_told",
    "tags": "claimed tag",
    "threads": "closed_threads",
    "trigger_turns": "is_waited_for said_done unfired",
    "undo": "ChangedSince Lists Offspring left_alone undo_move undo_start",
    "wakings": "alarms_told times_told wake",
}

if not TYPE_CHECKING:
    __getattr__ = on_first_use(__name__, FILES)
