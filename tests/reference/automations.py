"""What each automation does at its turn, and when a condition holds: two tables (parts 1 and 3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pipeflow import (
    After,
    ApplyFolderTemplate,
    Automation,
    Condition,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    ItemKind,
    NotifyTeam,
    Role,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    SetStatus,
    Signatures,
    StartJob,
    TransferJob,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateClientStatus,
    UpdateJob,
    UpdateJobAssignees,
)
from pipeflow.model.account_conditions import RoleFilled
from pipeflow.model.conditions import AllOf, AnyOf, FieldIs, Not, Tagged, TaggedAny
from pipeflow.model.field_conditions import FieldAfter, FieldBefore, FieldIn, FieldSet
from pipeflow.model.job_conditions import Assigned, OlderThan, PipelineIs, PriorityIs
from tests.reference.starting import start_job
from tests.reference.things import Asked, Client, Job, State, Thing

if TYPE_CHECKING:
    from tests.reference.firm import Firm

__all__ = ["AUTOMATIONS", "CONDITIONS", "holds", "invoice_of"]

Turn: TypeAlias = "Callable[[Firm, Job, Any], Thing | None]"


# -- conditions ----------------------------------------------------------------------------------


class Question(NamedTuple):
    """Of whom a condition is asked: a firm, a client and a job, as they are now."""

    firm: Firm
    client: Client
    job: Job

    def field(self, name: str) -> Any:
        """Return what a field of the client holds."""
        return self.client.fields.get(name)

    def age(self) -> int:
        """Return how many days ago the job was started, on the firm's calendar."""
        zone = ZoneInfo(self.firm.zone)
        return (self.firm.now.astimezone(zone).date() - self.job.made.astimezone(zone).date()).days


def _day(value: Any, far: date) -> date:
    return value if isinstance(value, date) else far


CONDITIONS: dict[type[Condition], Callable[[Any, Question], bool]] = {
    Tagged: lambda when, of: all(tag in of.client.tags for tag in when.names),
    TaggedAny: lambda when, of: any(tag in of.client.tags for tag in when.names),
    FieldIs: lambda when, of: of.field(when.name) == when.value,
    FieldSet: lambda when, of: of.field(when.name) not in {None, ""},
    FieldIn: lambda when, of: of.field(when.name) in when.values,
    FieldBefore: lambda when, of: _day(of.field(when.name), date.max) < when.day,
    FieldAfter: lambda when, of: _day(of.field(when.name), date.min) > when.day,
    RoleFilled: lambda when, of: bool(of.client.roles.get(when.role)),
    PriorityIs: lambda when, of: of.job.priority in when.priorities,
    PipelineIs: lambda when, of: of.job.pipeline in when.pipelines,
    OlderThan: lambda when, of: of.age() > when.days,
    Assigned: lambda when, of: bool(_people(of.firm, of.job, when.who) & of.job.assignees),
    AllOf: lambda when, of: all(CONDITIONS[type(one)](one, of) for one in when.of),
    AnyOf: lambda when, of: any(CONDITIONS[type(one)](one, of) for one in when.of),
    Not: lambda when, of: not CONDITIONS[type(when.of)](when.of, of),
}


def holds(when: Condition | None, firm: Firm, job: Job) -> bool:
    """Tell whether a condition holds for a job and its client as they now are."""
    of = Question(firm, firm.clients[job.account], job)
    return when is None or CONDITIONS[type(when)](when, of)


# -- automations ---------------------------------------------------------------------------------


def _made(firm: Firm, job: Job, one: Any, kind: ItemKind, port: str, what: str) -> Thing:
    template = firm.templates[one.template]
    thing = firm.new_thing(job, kind, template.name, one.id)
    thing.template = template
    client = firm.clients[job.account]
    to = () if kind is ItemKind.TASK else client.heard_at()
    thing.ask = firm.ask(Asked(port, what, template.name, job.id, thing, to))
    rhythm = getattr(one, "reminders", None) or getattr(template, "reminders", None)
    if rhythm is not None:
        thing.every, thing.times, thing.then = rhythm.every.days, rhythm.times, rhythm.then
    return thing


def create_task(firm: Firm, job: Job, one: CreateTask) -> Thing:
    """For members, and those who fill roles."""
    thing = _made(firm, job, one, ItemKind.TASK, "tasks", "Task")
    thing.assignees = frozenset(_people(firm, job, thing.template.assignees))
    return thing


def create_organizer(firm: Firm, job: Job, one: CreateOrganizer) -> Thing:
    """A questionnaire to the client."""
    return _made(firm, job, one, ItemKind.ORGANIZER, "organizers", "Organizer")


def create_invoice(firm: Firm, job: Job, one: CreateInvoice) -> Thing:
    """A bill; one that comes to nothing is paid (A-50)."""
    thing = _made(firm, job, one, ItemKind.INVOICE, "invoices", "Invoice")
    _bill(firm, job, thing)
    return thing


def _bill(firm: Firm, job: Job, thing: Thing) -> None:
    thing.total = thing.template.totals.total
    assert thing.ask is not None
    thing.ask.birth = thing.template.on_account and job.account in firm.credit
    if not thing.total:
        thing.state = State.COMPLETED


def invoice_of(firm: Firm, job: Job, proposal: Thing) -> Thing:
    """Make the bill that follows from a proposal that was accepted."""
    template: Any = firm.templates[proposal.template.invoice_on_acceptance]
    thing = firm.new_thing(job, ItemKind.INVOICE, template.name, proposal.id)
    thing.visit, thing.template, thing.scope = proposal.visit, template, proposal.scope
    thing.holds = proposal.holds
    to = firm.clients[job.account].heard_at()
    thing.ask = firm.ask(Asked("invoices", "Invoice", template.name, job.id, thing, to))
    if template.reminders is not None:
        thing.every, thing.times = template.reminders.every.days, template.reminders.times
    _bill(firm, job, thing)
    return thing


def send_proposal(firm: Firm, job: Job, one: SendProposal) -> Thing:
    """A letter to sign."""
    thing = _made(firm, job, one, ItemKind.PROPOSAL, "proposals", "Proposal")
    thing.signers = tuple(id for id, _, _ in firm.clients[job.account].contacts)
    thing.all_sign = thing.template.signatures is Signatures.ALL
    return thing


def send_message(firm: Firm, job: Job, one: SendMessage) -> Thing:
    """A thread; without client tasks nobody waits for it."""
    thing = _made(firm, job, one, ItemKind.MESSAGE, "messages", "Message")
    thing.client_tasks = thing.template.client_tasks
    if not thing.client_tasks:
        thing.asks, thing.state = False, State.RESOLVED
    return thing


def send_email(firm: Firm, job: Job, one: SendEmail) -> None:
    """To everybody who takes mail; nobody is written to who does not."""
    to = firm.clients[job.account].heard_at()
    if to:
        firm.ask(Asked("email", "Email", one.template, job.id, to=to))


def apply_folders(firm: Firm, job: Job, one: ApplyFolderTemplate) -> None:
    """Make what is missing."""
    template = firm.templates[one.template]
    firm.ask(Asked("folders", "FolderTree", template.name, job.id))


def update_tags(firm: Firm, job: Job, one: UpdateAccountTags) -> None:
    """First they go, then they come (A-13)."""
    client = firm.clients[job.account]
    gone = set(client.tags) if one.clear else set(one.remove)
    firm.change(job, "tags", (client.tags - gone) | one.add)
    for tag in {*gone, *one.add}:
        client.answered.pop(tag, None)


def update_access(firm: Firm, job: Job, one: UpdateAccountAccess) -> None:
    """As the table of domain.md 1.3 says."""
    client = firm.clients[job.account]
    add, remove = _people(firm, job, one.add), _people(firm, job, one.remove)
    if one.reset:
        firm.change(job, "access", set(add) if one.add else set(firm.default_access))
    else:
        firm.change(job, "access", (client.access - remove) | add)


def update_assignees(firm: Firm, job: Job, one: UpdateJobAssignees) -> None:
    """Some come, some go."""
    add, remove = _people(firm, job, one.add), _people(firm, job, one.remove)
    firm.change(job, "assignees", (set() if one.clear else job.assignees - remove) | add)


def update_job(firm: Firm, job: Job, one: UpdateJob) -> None:
    """What is said changes; dates that do not fit together stay as they are."""
    today = firm.now.astimezone(ZoneInfo(firm.zone)).date()
    start, due = (
        when.of(today) if isinstance(when, After) else when for when in (one.start, one.due)
    )
    dates = {"start": start or job.start, "due": due or job.due}
    if dates["start"] and dates["due"] and dates["due"] < dates["start"]:
        dates = {}
    firm.set_fields(job, {**dates, "priority": one.priority or job.priority})


def update_client_status(firm: Firm, job: Job, one: UpdateClientStatus) -> None:
    """What the client sees of the job."""
    shown = (one.status or (job.shown or ("",))[0],) if one.visible else None
    firm.set_fields(job, {"shown": shown})


def notify_team(firm: Firm, job: Job, one: NotifyTeam) -> None:
    """To those who are named, or work at the job; where that is nobody, nothing is asked."""
    to = _people(firm, job, one.to) if one.to else job.assignees
    if to:
        firm.ask(Asked("notices", "Notice", "None", job.id, to=tuple(sorted(to))))


def send_client_request(firm: Firm, job: Job, one: SendClientRequest) -> Thing:
    """Things that the client is to send."""
    return _made(firm, job, one, ItemKind.CLIENT_REQUEST, "requests", "ClientRequest")


def set_status(firm: Firm, job: Job, one: SetStatus) -> None:
    """When all others have had their turn; the last one counts."""
    job.next_status = one.status


def transfer_job(firm: Firm, job: Job, one: TransferJob) -> None:
    """When all others have had their turn; the last one counts."""
    job.next_place = (one.pipeline, one.stage or firm.pipelines[one.pipeline].stages[0].id)


def _people(firm: Firm, job: Job, several: Any) -> set[str]:
    roles = firm.clients[job.account].roles
    found: set[str] = set()
    for one in several:
        found |= set(roles.get(one.name, ())) if isinstance(one, Role) else {one}
    return found


AUTOMATIONS: dict[type[Automation], Turn] = {
    ApplyFolderTemplate: apply_folders,
    CreateInvoice: create_invoice,
    CreateOrganizer: create_organizer,
    CreateTask: create_task,
    NotifyTeam: notify_team,
    SendClientRequest: send_client_request,
    SendEmail: send_email,
    SendMessage: send_message,
    SendProposal: send_proposal,
    SetStatus: set_status,
    StartJob: start_job,
    TransferJob: transfer_job,
    UpdateAccountAccess: update_access,
    UpdateAccountTags: update_tags,
    UpdateClientStatus: update_client_status,
    UpdateJob: update_job,
    UpdateJobAssignees: update_assignees,
}
