"""The names of kinds in JSON, written out, so that renaming a class breaks no saved file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..model import (
    account_conditions,
    accounts,
    automations,
    client_conditions,
    conditions,
    dates,
    events,
    facts,
    field_conditions,
    items,
    job_automations,
    job_conditions,
    job_statuses,
    jobs,
    language,
    money,
    periods,
    pipelines,
    plans,
    remains,
    reminders,
    schedules,
    settings,
    stages,
    templates,
    triggers,
    windows,
)
from ..ports import cancellations, due, ports, requests, rows

__all__ = ["FAMILIES", "KINDS", "PLAIN", "RENAMED", "TAG", "family", "tag_of"]

TAG = "type"

AUTOMATIONS: Mapping[type, str] = {
    automations.ApplyFolderTemplate: "apply_folder_template",
    automations.UpdateAccountTags: "update_account_tags",
    automations.CreateInvoice: "create_invoice",
    automations.CreateOrganizer: "create_organizer",
    automations.CreateTask: "create_task",
    automations.SendProposal: "send_proposal",
    automations.SendEmail: "send_email",
    automations.SendMessage: "send_message",
    automations.UpdateAccountAccess: "update_account_access",
    automations.UpdateJobAssignees: "update_job_assignees",
    automations.SendClientRequest: "send_client_request",
    job_automations.UpdateJob: "update_job",
    job_automations.UpdateClientStatus: "update_client_status",
    automations.NotifyTeam: "notify_team",
    job_automations.SetStatus: "set_status",
    job_automations.StartJob: "start_job",
    job_automations.TransferJob: "transfer_job",
}

CONDITIONS: Mapping[type, str] = {
    conditions.Tagged: "tagged",
    conditions.TaggedAny: "tagged_any",
    conditions.AccountIs: "account_is",
    conditions.FieldIs: "field_is",
    field_conditions.FieldSet: "field_set",
    field_conditions.FieldIn: "field_in",
    field_conditions.FieldBelow: "field_below",
    field_conditions.FieldAbove: "field_above",
    field_conditions.FieldBefore: "field_before",
    field_conditions.FieldAfter: "field_after",
    account_conditions.RoleFilled: "role_filled",
    account_conditions.RoleIs: "role_is",
    account_conditions.BalanceBelow: "balance_below",
    account_conditions.BalanceAbove: "balance_above",
    job_conditions.PriorityIs: "priority_is",
    job_conditions.PipelineIs: "pipeline_is",
    job_conditions.OlderThan: "older_than",
    job_conditions.Assigned: "assigned",
    client_conditions.Answered: "answered",
    client_conditions.AnswerIs: "answer_is",
    client_conditions.PackageIs: "package_is",
    conditions.AllOf: "all_of",
    conditions.AnyOf: "any_of",
    conditions.Not: "not",
}

TRIGGERS: Mapping[type, str] = {
    triggers.WhenDone: "when_done",
    triggers.TimeInStage: "time_in_stage",
    triggers.AroundDate: "around_date",
}

TEMPLATES: Mapping[type, str] = {
    templates.EmailTemplate: "email_template",
    templates.MessageTemplate: "message_template",
    templates.InvoiceTemplate: "invoice_template",
    templates.OrganizerTemplate: "organizer_template",
    templates.TaskTemplate: "task_template",
    templates.ProposalTemplate: "proposal_template",
    templates.FolderTemplate: "folder_template",
    templates.JobTemplate: "job_template",
    templates.ClientRequestTemplate: "client_request_template",
}

PERIODS: Mapping[type, str] = {
    periods.Daily: "daily",
    periods.Weekly: "weekly",
    periods.Monthly: "monthly",
    periods.Quarterly: "quarterly",
    periods.Yearly: "yearly",
    periods.Dates: "dates",
}

FACTS: Mapping[type, str] = {
    facts.TaskCompleted: "task_completed",
    facts.TaskReopened: "task_reopened",
    facts.SubtaskChecked: "subtask_checked",
    facts.OrganizerSaved: "organizer_saved",
    facts.OrganizerSubmitted: "organizer_submitted",
    facts.OrganizerReturned: "organizer_returned",
    facts.ProposalSigned: "proposal_signed",
    facts.DocumentSigned: "document_signed",
    facts.PaymentReceived: "payment_received",
    facts.PaymentCleared: "payment_cleared",
    facts.PaymentFailed: "payment_failed",
    facts.PaymentRefunded: "payment_refunded",
    facts.InvoicePaid: "invoice_paid",
    facts.ClientTaskChecked: "client_task_checked",
    facts.ClientTaskUnchecked: "client_task_unchecked",
    facts.MessageReplied: "message_replied",
    facts.DocumentApproved: "document_approved",
    facts.DocumentDisapproved: "document_disapproved",
    facts.ClientRequestSubmitted: "client_request_submitted",
    facts.ClientRequestAccepted: "client_request_accepted",
    facts.ClientRequestReturned: "client_request_returned",
    facts.Declined: "declined",
    facts.Reopened: "reopened",
    facts.Cancelled: "cancelled",
    facts.EmailBounced: "email_bounced",
    facts.ClientTaskAdded: "client_task_added",
    facts.ClientTaskRemoved: "client_task_removed",
    facts.ThreadArchived: "thread_archived",
    facts.ThreadReopened: "thread_reopened",
    facts.OrganizerSealed: "organizer_sealed",
    facts.OrganizerUnsealed: "organizer_unsealed",
    facts.SignerAdded: "signer_added",
    facts.SignerRemoved: "signer_removed",
    facts.CreditIssued: "credit_issued",
}

EVENTS: Mapping[type, str] = {
    events.JobStarted: "job_started",
    events.JobScheduled: "job_scheduled",
    events.JobMoved: "job_moved",
    events.JobTransferred: "job_transferred",
    events.MoveUndone: "move_undone",
    events.ItemCarried: "item_carried",
    events.StageSkipped: "stage_skipped",
    events.JobWaits: "job_waits",
    events.AutomationRan: "automation_ran",
    events.AutomationSkipped: "automation_skipped",
    events.AutomationFailed: "automation_failed",
    events.TagsChanged: "tags_changed",
    events.AccessChanged: "access_changed",
    events.AssigneesChanged: "assignees_changed",
    events.ItemLinked: "item_linked",
    events.FactRecorded: "fact_recorded",
    events.ItemCompleted: "item_completed",
    events.ItemReopened: "item_reopened",
    events.ItemResolved: "item_resolved",
    events.ItemUnlinked: "item_unlinked",
    events.ReminderAsked: "reminder_asked",
    events.ReminderSent: "reminder_sent",
    events.RemindersSet: "reminders_set",
    events.RemindersStopped: "reminders_stopped",
    events.StatusChanged: "status_changed",
    events.FollowUpStarted: "follow_up_started",
    events.JobEdited: "job_edited",
    events.ClientViewChanged: "client_view_changed",
    events.JobPaused: "job_paused",
    events.JobResumed: "job_resumed",
    events.ItemReassigned: "item_reassigned",
    events.ItemRescheduled: "item_rescheduled",
    events.OrganizerUpdated: "organizer_updated",
    events.RequestDelivered: "request_delivered",
    events.RequestFailed: "request_failed",
    events.RequestGivenUp: "request_given_up",
    events.RequestRetried: "request_retried",
    events.RequestInHand: "request_in_hand",
    events.RequestWithdrawn: "request_withdrawn",
    events.RequestAbandoned: "request_abandoned",
    events.Warned: "warned",
    events.TriggerFired: "trigger_fired",
    events.TriggerPassed: "trigger_passed",
    events.AccountDeleted: "account_deleted",
    events.JobDeleted: "job_deleted",
    events.DefinitionDeleted: "definition_deleted",
    events.DefaultFoldersAsked: "default_folders_asked",
    events.HandedOver: "handed_over",
    events.PeriodsSkipped: "periods_skipped",
}

REQUESTS: Mapping[type, str] = {
    requests.Email: "email",
    requests.Message: "message",
    requests.Invoice: "invoice",
    requests.Organizer: "organizer",
    requests.Proposal: "proposal",
    requests.Task: "task",
    requests.FolderTree: "folder_tree",
    requests.TaskChange: "task_change",
    requests.ClientRequest: "client_request",
    requests.Notice: "notice",
    requests.OrganizerChange: "organizer_change",
    cancellations.MessageCancellation: "message_cancellation",
    cancellations.InvoiceCancellation: "invoice_cancellation",
    cancellations.OrganizerCancellation: "organizer_cancellation",
    cancellations.ProposalCancellation: "proposal_cancellation",
    cancellations.TaskCancellation: "task_cancellation",
    cancellations.ClientRequestCancellation: "client_request_cancellation",
}

# Members of a union without a base class: a role beside a member's id, a timer beside requests.
OTHERS: Mapping[type, str] = {
    accounts.Role: "role",
    dates.After: "after",
    items.InvoiceState: "invoice_state",
    items.Questionnaire: "questionnaire",
    items.SigningState: "signing_state",
    items.Checklist: "checklist",
    due.PeriodTimer: "period_timer",
    due.EditTimer: "edit_timer",
    items.LockState: "lock_state",
    due.ReminderTimer: "reminder_timer",
    due.ScheduleTimer: "schedule_timer",
    periods.Nth: "nth",
    due.TriggerTimer: "trigger_timer",
}

# The bases: where one stands in an annotation, any of its kinds may stand in the data.
FAMILIES: Mapping[type, Mapping[type, str]] = MappingProxyType(
    {
        automations.Automation: AUTOMATIONS,
        conditions.Condition: CONDITIONS,
        triggers.Trigger: TRIGGERS,
        templates.Template: TEMPLATES,
        periods.Every: PERIODS,
        facts.Fact: FACTS,
        events.Event: EVENTS,
        requests.Request: REQUESTS,
    }
)

# Every class that stands in a union; its tag is written wherever it stands.
KINDS: Mapping[type, str] = MappingProxyType(
    {
        **AUTOMATIONS,
        **CONDITIONS,
        **TRIGGERS,
        **TEMPLATES,
        **PERIODS,
        **FACTS,
        **EVENTS,
        **REQUESTS,
        **OTHERS,
    }
)

# Every other value; its place says what it is, so it has a tag only where it is the whole text.
PLAIN: Mapping[type, str] = MappingProxyType(
    {
        accounts.Account: "account",
        accounts.Contact: "contact",
        accounts.Member: "member",
        accounts.TagChange: "tag_change",
        events.Chapter: "chapter",
        events.FieldChange: "field_change",
        items.Item: "item",
        items.Payment: "payment",
        items.Ref: "ref",
        items.Signatory: "signatory",
        jobs.Alarm: "alarm",
        jobs.BlockedAutomation: "blocked_automation",
        jobs.Job: "job",
        language.Language: "language",
        money.Money: "money",
        pipelines.Pipeline: "pipeline",
        plans.Edit: "edit",
        plans.JobEffect: "job_effect",
        plans.Plan: "plan",
        plans.StageEdit: "stage_edit",
        plans.StatusEdit: "status_edit",
        plans.Coming: "coming",
        ports.Receipt: "receipt",
        reminders.Reminders: "reminders",
        reminders.ReminderText: "reminder_text",
        remains.Trace: "trace",
        schedules.Gap: "gap",
        schedules.Rhythm: "rhythm",
        schedules.Schedule: "schedule",
        schedules.ScheduleState: "schedule_state",
        schedules.SpentId: "spent_id",
        schedules.Unmade: "unmade",
        settings.Firm: "firm",
        settings.Settings: "settings",
        stages.Stage: "stage",
        job_statuses.Status: "status",
        due.Claim: "claim",
        due.Due: "due",
        due.Over: "over",
        due.Parked: "parked",
        rows.CarriedOut: "carried_out",
        rows.RefRow: "ref_row",
        rows.ThingRow: "thing_row",
        rows.Acceptance: "acceptance",
        due.Settle: "settle",
        templates.ClientView: "client_view",
        templates.Discount: "discount",
        templates.Folder: "folder",
        templates.InvoiceTotals: "invoice_totals",
        templates.LaterInvoice: "later_invoice",
        templates.LineItem: "line_item",
        templates.Package: "package",
        templates.Question: "question",
        templates.Section: "section",
        windows.SendingWindow: "sending_window",
    }
)

# Fields that have another name in JSON: the tag has taken theirs, or they say it more shortly.
RENAMED: Mapping[type, Mapping[str, str]] = MappingProxyType(
    {
        accounts.Account: {TAG: "account_type"},
        conditions.AccountIs: {TAG: "account_type"},
        events.Chapter: {"lines": "events"},
    }
)


def family(cls: Any) -> Mapping[type, str]:
    """Return the tagged classes that may stand where *cls* is asked for; none for other types."""
    if cls in FAMILIES:
        return FAMILIES[cls]
    return {cls: KINDS[cls]} if cls in KINDS else {}


def tag_of(cls: type) -> str | None:
    """Return the name of a class in JSON, or None if it has none."""
    return KINDS.get(cls) or PLAIN.get(cls)
