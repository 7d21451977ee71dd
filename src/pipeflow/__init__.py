"""Workflow automation for firms that serve clients: pipelines, jobs, automations, reminders."""

import typing as _typing

from .bundle import Bundle
from .engine import (
    Applied,
    Branch,
    Deleted,
    Done,
    Engine,
    Failure,
    Handover,
    Installed,
    Tick,
    Undone,
)
from .errors import (
    ConflictError,
    DefinitionError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    PipeflowError,
    Problem,
    ReentrancyError,
    StoreError,
)
from .insight import Explanation, History, Listing, lint
from .model.account_conditions import balance_above, balance_below, role_filled, role_is
from .model.accounts import Account, AccountType, Contact, Member, Role, TagChange
from .model.automations import (
    ApplyFolderTemplate,
    Automation,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    NotifyTeam,
    Repeat,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    ThreadMode,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from .model.client_conditions import answer_is, answered, package_is
from .model.conditions import Condition, account_is, field_is, tagged, tagged_any, tagged_none
from .model.dates import After
from .model.events import (
    AccessChanged,
    AccountDeleted,
    AssigneesChanged,
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    ClientViewChanged,
    DefaultFoldersAsked,
    DefinitionDeleted,
    Event,
    FactRecorded,
    FieldChange,
    FollowUpStarted,
    HandedOver,
    ItemCarried,
    ItemCompleted,
    ItemLinked,
    ItemReassigned,
    ItemReopened,
    ItemRescheduled,
    ItemResolved,
    ItemUnlinked,
    JobDeleted,
    JobEdited,
    JobMoved,
    JobPaused,
    JobResumed,
    JobScheduled,
    JobStarted,
    JobTransferred,
    JobWaits,
    MoveCause,
    MoveUndone,
    OrganizerUpdated,
    PeriodsSkipped,
    ReminderAsked,
    ReminderSent,
    RemindersSet,
    RemindersStopped,
    RequestAbandoned,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestInHand,
    RequestRetried,
    RequestWithdrawn,
    SkipCause,
    StageSkipped,
    StatusChanged,
    TagsChanged,
    TriggerFired,
    TriggerPassed,
    WaitReason,
    Warned,
)
from .model.facts import (
    Cancelled,
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientTaskAdded,
    ClientTaskChecked,
    ClientTaskRemoved,
    ClientTaskUnchecked,
    CreditIssued,
    Declined,
    DocumentApproved,
    DocumentDisapproved,
    DocumentSigned,
    EmailBounced,
    Fact,
    InvoicePaid,
    MessageReplied,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSealed,
    OrganizerSubmitted,
    OrganizerUnsealed,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    ProposalSigned,
    Reopened,
    SignerAdded,
    SignerRemoved,
    SubtaskChecked,
    TaskCompleted,
    TaskReopened,
    ThreadArchived,
    ThreadReopened,
)
from .model.field_conditions import (
    field_above,
    field_after,
    field_before,
    field_below,
    field_in,
    field_set,
)
from .model.first_use import on_first_use as _on_first_use
from .model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    LockState,
    Payment,
    Questionnaire,
    Ref,
    Signatory,
    SigningState,
)
from .model.job_automations import (
    SetStatus,
    StartJob,
    TransferJob,
    UpdateClientStatus,
    UpdateJob,
)
from .model.job_conditions import assigned, older_than, pipeline_is, priority_is
from .model.job_statuses import Status
from .model.jobs import Job, JobStatus
from .model.language import Language
from .model.money import Money
from .model.overview import Overview
from .model.periods import Daily, Dates, Monthly, Nth, Quarterly, Weekday, Weekly, Yearly
from .model.pipelines import Pipeline
from .model.plans import Plan
from .model.remains import Open, Trace
from .model.reminders import Reminders, ReminderText
from .model.schedules import CatchUp, Schedule, Shift
from .model.settings import BankPayments, OnEmpty, Settings
from .model.stages import Stage
from .model.templates import (
    ClientRequestTemplate,
    ClientView,
    Discount,
    EmailFormat,
    EmailMode,
    EmailTemplate,
    Folder,
    FolderAccess,
    FolderTemplate,
    InvoiceTemplate,
    JobTemplate,
    LaterInvoice,
    LineItem,
    MessageTemplate,
    OrganizerTemplate,
    Package,
    PaymentMethod,
    Priority,
    ProposalTemplate,
    Question,
    QuestionKind,
    Section,
    Signatures,
    TaskTemplate,
    Template,
)
from .model.text import slug
from .model.triggers import AroundDate, TimeInStage, Trigger, WhenDone
from .model.uses import Use, Uses
from .model.values import UNCHANGED, Unchanged
from .model.windows import SendingWindow
from .model.work import Side, Work
from .ports import EmailKind, Ports, Receipt, Rejected

if _typing.TYPE_CHECKING:
    from .insight.agendas import Agenda as Agenda
    from .insight.board import Board as Board
    from .insight.differences import Diff as Diff
    from .insight.event_log import EventLog as EventLog
    from .insight.findings import Finding as Finding
    from .insight.findings import Findings as Findings
    from .insight.forecasts import Forecast as Forecast
    from .insight.metrics import Metrics as Metrics
    from .insight.replays import Replay as Replay
    from .insight.timeline import Timeline as Timeline
    from .insight.trail import Trail as Trail

__all__ = [
    "AccessChanged", "Account", "AccountDeleted", "AccountType", "After", "Applied",
    "ApplyFolderTemplate", "AroundDate", "AssigneesChanged", "Automation", "AutomationFailed",
    "AutomationRan", "AutomationSkipped", "BankPayments", "Branch", "Bundle", "Cancelled",
    "CatchUp", "Checklist", "ClientRequestAccepted", "ClientRequestReturned",
    "ClientRequestSubmitted", "ClientRequestTemplate", "ClientTaskAdded", "ClientTaskChecked",
    "ClientTaskRemoved", "ClientTaskUnchecked", "ClientView", "ClientViewChanged", "Condition",
    "ConflictError", "Contact", "CreateInvoice", "CreateOrganizer", "CreateTask", "CreditIssued",
    "Daily", "Dates", "Declined", "DefaultFoldersAsked", "DefinitionDeleted", "DefinitionError",
    "Deleted", "Discount", "DocumentApproved", "DocumentDisapproved", "DocumentSigned", "Done",
    "EmailBounced", "EmailKind", "EmailFormat", "EmailMode", "EmailTemplate", "Engine", "Event",
    "Explanation", "Fact", "FactRecorded", "Failure", "FieldChange", "Folder", "FolderAccess",
    "FolderTemplate", "FollowUpStarted", "HandedOver", "Handover", "History", "Installed",
    "InvoicePaid", "InvoiceState", "InvoiceTemplate", "Item", "ItemCarried", "ItemCompleted",
    "ItemKind", "ItemLinked", "ItemReassigned", "ItemReopened", "ItemRescheduled", "ItemResolved",
    "ItemState", "ItemUnlinked", "Job", "JobDeleted", "JobEdited", "JobMoved", "JobPaused",
    "JobResumed", "JobScheduled", "JobStarted", "JobStatus", "JobTemplate", "JobTransferred",
    "JobWaits", "Language", "LaterInvoice", "LimitError", "LineItem", "Listing", "LockState",
    "Member", "MessageReplied", "MessageTemplate", "Money", "Monthly", "MoveCause", "MoveUndone",
    "NotAllowedError", "NotFoundError", "NotifyTeam", "Nth", "OnEmpty", "Open", "OrganizerReturned",
    "OrganizerSaved", "OrganizerSealed", "OrganizerSubmitted", "OrganizerTemplate",
    "OrganizerUnsealed", "OrganizerUpdated", "Overview", "Package", "Payment", "PaymentCleared",
    "PaymentFailed", "PaymentMethod", "PaymentReceived", "PaymentRefunded", "PeriodsSkipped",
    "PipeflowError", "Pipeline", "Plan", "Ports", "Priority", "Problem", "ProposalSigned",
    "ProposalTemplate", "Quarterly", "Question", "QuestionKind", "Questionnaire", "Receipt",
    "ReentrancyError", "Ref", "Rejected", "ReminderAsked", "ReminderSent", "ReminderText",
    "Reminders", "RemindersSet", "RemindersStopped", "Reopened", "Repeat", "RequestAbandoned",
    "RequestDelivered", "RequestFailed", "RequestGivenUp", "RequestInHand", "RequestRetried",
    "RequestWithdrawn", "Role", "Schedule", "Section", "SendClientRequest", "SendEmail",
    "SendMessage", "SendProposal", "SetStatus", "SendingWindow", "Settings", "Shift", "Side",
    "Signatory", "Signatures", "SignerAdded", "SignerRemoved", "SigningState", "SkipCause",
    "Stage", "StageSkipped", "StartJob", "Status", "StatusChanged", "StoreError", "SubtaskChecked",
    "TagChange", "TagsChanged", "TaskCompleted", "TaskReopened", "TaskTemplate", "Template",
    "ThreadArchived", "ThreadMode", "ThreadReopened", "Tick", "TimeInStage", "UNCHANGED",
    "Unchanged", "Trace", "TransferJob", "Trigger", "TriggerFired", "TriggerPassed", "Undone",
    "UpdateAccountAccess", "UpdateAccountTags", "UpdateClientStatus", "UpdateJob",
    "UpdateJobAssignees", "Use", "Uses", "WaitReason", "Warned", "Weekday", "Weekly", "WhenDone",
    "Work", "Yearly", "account_is", "answer_is", "answered", "assigned", "balance_above",
    "balance_below", "field_above", "field_after", "field_before", "field_below", "field_in",
    "field_is", "field_set", "lint", "older_than",
    "package_is", "pipeline_is", "priority_is", "role_filled", "role_is", "slug", "tagged",
    "tagged_any", "tagged_none",
]  # fmt: skip

# What calls return that few programs name. A star does not bring it, for it would load it all.
_FILES = {
    "insight.agendas": "Agenda",
    "insight.board": "Board",
    "insight.differences": "Diff",
    "insight.event_log": "EventLog",
    "insight.findings": "Finding Findings",
    "insight.forecasts": "Forecast",
    "insight.metrics": "Metrics",
    "insight.replays": "Replay",
    "insight.timeline": "Timeline",
    "insight.trail": "Trail",
}

if not _typing.TYPE_CHECKING:
    __getattr__ = _on_first_use(__name__, _FILES)
