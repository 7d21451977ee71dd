"""What is drawn: pipelines, edits of them, facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from attrs import evolve

from pipeflow import (
    After,
    ApplyFolderTemplate,
    AroundDate,
    Automation,
    Cancelled,
    ClientRequestSubmitted,
    ClientRequestTemplate,
    ClientTaskChecked,
    ClientTaskUnchecked,
    Condition,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Declined,
    DocumentApproved,
    DocumentDisapproved,
    DocumentSigned,
    EmailTemplate,
    Fact,
    FolderTemplate,
    InvoicePaid,
    InvoiceTemplate,
    ItemKind,
    LineItem,
    MessageReplied,
    MessageTemplate,
    Money,
    NotifyTeam,
    OrganizerReturned,
    OrganizerSaved,
    OrganizerSubmitted,
    OrganizerTemplate,
    Package,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Question,
    Reminders,
    Reopened,
    Repeat,
    Role,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    SetStatus,
    Stage,
    Status,
    SubtaskChecked,
    TagChange,
    TaskCompleted,
    TaskReopened,
    TaskTemplate,
    Template,
    TimeInStage,
    TransferJob,
    Trigger,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateClientStatus,
    UpdateJob,
    UpdateJobAssignees,
    WhenDone,
    assigned,
    field_after,
    field_before,
    field_in,
    field_is,
    field_set,
    older_than,
    pipeline_is,
    priority_is,
    role_filled,
    tagged,
    tagged_any,
)
from tests.reliability.chance import Random

__all__ = ["MEMBERS", "TAGS", "TEMPLATES", "a_date", "condition", "fact", "hopeless", "pipeline"]

TAGS = ["red", "blue", "green"]
MEMBERS = ["mia", "tom"]
STATUSES = [("On hold", False), ("Waiting", True)]  # whether it is quiet
FIRST = date(2026, 1, 1)


def _usd(amount: str) -> Money:
    return Money(amount, "USD")


ORGANIZERS = [
    OrganizerTemplate(
        f"Organizer {tag}",
        questions=[
            Question(
                "Which?",
                choices={"a": TagChange(add={tag}), "b": TagChange(remove={tag}), "c": None},
                required=tag == "blue",
            ),
            Question("How many?", field="many"),
            Question("When?", kind="date", field="year end"),
        ],
    )
    for tag in ("red", "blue")
]
TASKS = [
    TaskTemplate("Prepare", subtasks=["Enter", "Check"]),
    TaskTemplate("Review", assignees=[Role("preparer"), "tom"]),
]
INVOICES = [
    InvoiceTemplate("Fee", lines=[LineItem("Form", rate=_usd("100"))]),
    InvoiceTemplate("Retainer", lines=[LineItem("Form", rate=_usd("50"))], on_account=True),
    InvoiceTemplate("Gift", lines=[LineItem("Form", rate=_usd("0"))]),
    InvoiceTemplate("Down payment", lines=[LineItem("x", rate=_usd("80"))], reminders=Reminders(2)),
]
GOLD = Package("Gold", tags=TagChange(add={"red"}, remove={"blue"}))
PROPOSALS = [
    ProposalTemplate("Letter", invoice_on_acceptance=INVOICES[0]),
    ProposalTemplate("Offer", signatures="one", packages=[GOLD, Package("Tin")]),
    ProposalTemplate("Terms", signatures="one", invoice_on_acceptance=INVOICES[3]),
]
MESSAGES = [
    MessageTemplate("Checklist", subject="Please", client_tasks=["Scan", "Send"]),
    MessageTemplate("News", subject="News"),
]
PAPERS = ClientRequestTemplate("Papers", uploads=["Form W-2"])
MAIL = EmailTemplate("Mail", subject="Hello", body="It goes on.")
FOLDERS = FolderTemplate("Folders", folders=["Tax/2026"])
TEMPLATES: list[Template] = [
    *ORGANIZERS, *TASKS, *INVOICES, *PROPOSALS, *MESSAGES, PAPERS, MAIL, FOLDERS,
]  # fmt: skip


def condition(chance: Random) -> Condition:
    """Draw a condition."""
    return chance.choice(
        [
            tagged("red"),
            tagged("blue"),
            tagged_any("red", "green"),
            ~tagged("blue"),
            tagged("red") & ~tagged("green"),
            tagged("green") | field_is("many", "5"),
            field_set("many") & ~field_in("many", "4", "7"),
            field_before("year end", a_date(chance)) | field_after("year end", a_date(chance)),
            priority_is("low", "urgent"),
            ~pipeline_is("p") | older_than(chance.randint(0, 9)),
            assigned(chance.choice(MEMBERS)) | role_filled("preparer"),
        ]
    )


NOBODY = tagged("red") & ~tagged("red")


def _task(_: Random, more: dict[str, Any]) -> Automation:
    return CreateTask(_.choice(TASKS), **more)


def _organizer(chance: Random, more: dict[str, Any]) -> Automation:
    return CreateOrganizer(chance.choice(ORGANIZERS), reminders=_often(chance), **more)


def _invoice(chance: Random, more: dict[str, Any]) -> Automation:
    return CreateInvoice(chance.choice(INVOICES), reminders=_often(chance), **more)


def _proposal(chance: Random, more: dict[str, Any]) -> Automation:
    return SendProposal(chance.choice(PROPOSALS), reminders=_often(chance), **more)


def _message(chance: Random, more: dict[str, Any]) -> Automation:
    return SendMessage(chance.choice(MESSAGES), reminders=_often(chance), **more)


def _tags(chance: Random, more: dict[str, Any]) -> Automation:
    add, clear = set(chance.sample(TAGS, chance.randint(0, 2))), chance.random() < 0.3
    remove = set(chance.sample(TAGS, chance.randint(0, 2))) - add
    return UpdateAccountTags(add=add, remove=remove, clear=clear, **_once(more))


def _letters(chance: Random, more: dict[str, Any]) -> Automation:
    several = (SendEmail(MAIL, **_once(more)), ApplyFolderTemplate(FOLDERS, **_once(more)))
    return chance.choice(several)


def _access(chance: Random, more: dict[str, Any]) -> Automation:
    add = set(chance.sample(MEMBERS, chance.randint(0, 1)))
    remove = set(chance.sample(MEMBERS, chance.randint(0, 1))) - add
    return UpdateAccountAccess(add=add, remove=remove, reset=chance.random() < 0.4, **_once(more))


def _assignees(chance: Random, more: dict[str, Any]) -> Automation:
    everybody: list[str | Role] = [*MEMBERS, Role("preparer")]
    add = set(chance.sample(everybody, chance.randint(0, 2)))
    remove = {one for one in chance.sample(MEMBERS, chance.randint(0, 1)) if one not in add}
    return UpdateJobAssignees(add=add, remove=remove, clear=chance.random() < 0.4, **_once(more))


def _request(chance: Random, more: dict[str, Any]) -> Automation:
    return SendClientRequest(PAPERS, reminders=_often(chance), **more)


def _job(chance: Random, more: dict[str, Any]) -> Automation:
    if chance.random() < 0.4:
        shown = chance.random() < 0.7
        return UpdateClientStatus(
            visible=shown, status=chance.choice(["Begun", "Done"]) if shown else "", **_once(more)
        )
    return UpdateJob(
        priority=chance.choice(["low", "urgent", None]),
        due=After(chance.randint(0, 9)) if chance.random() < 0.6 else None,
        start=After(chance.randint(0, 5)) if chance.random() < 0.3 else None,
        **_once(more),
    )


def _notice(chance: Random, more: dict[str, Any]) -> Automation:
    everybody: list[str | Role] = [*MEMBERS, Role("preparer")]
    return NotifyTeam(chance.sample(everybody, chance.randint(0, 2)), "Look", **_once(more))


def _outcome(own: list[str], leads: bool, chance: Random, more: dict[str, Any]) -> Automation:
    """Draw what ends a stage: a status, or another pipeline; only the first leads to the second."""
    if leads and chance.random() < 0.3:
        return TransferJob("q", **_once(more))
    status = chance.choice(["Completed", "Active", "Archived", *own * 2])
    return SetStatus(status, **_once(more))


def _often(chance: Random) -> Reminders | None:
    then = [_plain(chance)] if chance.random() < 0.3 else []
    often = Reminders(chance.randint(1, 3), times=chance.randint(1, 3), then=then)
    return often if chance.random() < 0.7 else None


def _plain(chance: Random) -> Automation:
    """Draw what reminders may fire that are used up, which have none themselves."""
    more = _more(chance)
    return chance.choice([_task, _tags, _letters, _assignees])(chance, more)


def _once(more: dict[str, Any]) -> dict[str, Any]:
    repeat = Repeat.ONCE if more["repeat"] is Repeat.ONCE else Repeat.ALWAYS
    return {"when": more["when"], "repeat": repeat}


# How each kind of automation is drawn; a new kind has a line here, and one in the naive firm.
KINDS: list[Callable[[Random, dict[str, Any]], Automation]] = [
    _task, _organizer, _invoice, _proposal, _message, _tags, _letters, _access, _assignees,
    _request, _job, _notice,
]  # fmt: skip


def _more(chance: Random) -> dict[str, Any]:
    return {
        "when": condition(chance) if chance.random() < 0.25 else None,
        "repeat": chance.choice(list(Repeat)) if chance.random() < 0.4 else Repeat.ALWAYS,
        "holds": chance.random() < 0.9,
    }


def _automation(chance: Random, theme: list[Any]) -> Automation:
    return chance.choice(theme)(chance, _more(chance))  # type: ignore[no-any-return]


def _several(chance: Random, theme: list[Any], numbers: list[int]) -> list[Automation]:
    return [_automation(chance, theme) for _ in range(chance.choice(numbers))]


def _around(chance: Random, theme: list[Any], id: str) -> AroundDate:
    return AroundDate(
        chance.choice(["due", "start", "year end"]),
        chance.randint(-6, 4),
        _several(chance, theme, [1, 1, 2]),
        id=id,
        skip_if_late=chance.random() < 0.2,
    )


def _triggers(chance: Random, theme: list[Any], stage: Stage) -> list[Trigger]:
    """Draw what else a stage fires: when something is done, after some time, around a date."""
    found: list[Trigger] = []
    made = [str(one.id) for one in stage.automations if one.makes_item]
    while made and chance.random() < 0.35:
        found.append(WhenDone(chance.choice(made), _several(chance, theme, [1, 1, 2])))
    if chance.random() < 0.3:
        late, after = chance.random() < 0.2, After(chance.randint(1, 5))
        found.append(TimeInStage(after, _several(chance, theme, [1, 1, 2]), skip_if_late=late))
    if chance.random() < 0.15:
        found.append(_around(chance, theme, "date"))
    return found


def _status(chance: Random, theme: list[Any], name: str, *, quiet: bool) -> Status:
    fires, automove = _several(chance, theme, [0, 0, 1, 1, 2]), chance.random() < 0.6
    return Status(name, quiet=quiet, automations=fires, automove=automove)


def a_date(chance: Random) -> date:
    """Draw a date near the time in which a walk takes place."""
    return FIRST + timedelta(days=chance.choice([0, 60, 290]) + chance.randint(0, 40))


def pipeline(chance: Random, name: str) -> Pipeline:
    """Draw a pipeline of one to five stages, with few kinds of automations, so that they meet."""
    count = chance.choice([1, 2, 3, 3, 3, 4, 4, 5])
    several = STATUSES[: chance.randint(0, 2)]
    plain = chance.sample(KINDS, 4)
    outcome = partial(_outcome, [one for one, _ in several], name == "P")
    theme = [*plain, outcome] if chance.random() < 0.3 else plain
    stages = []
    for number in range(count):
        middle = 0 < number < count - 1
        stage = Stage(
            f"Stage {number}",
            _several(chance, theme, [0, 1, 1, 2, 2, 3, 4]),
            automove=number < count - 1 and chance.random() < 0.8,
            when=condition(chance) if middle and chance.random() < 0.4 else None,
        )
        stages.append(evolve(stage, triggers=_triggers(chance, theme, stage)))
    return Pipeline(
        name,
        stages,
        statuses=[_status(chance, plain, one, quiet=quiet) for one, quiet in several],
        triggers=[_around(chance, theme, "day")] if chance.random() < 0.4 else [],
    )


def hopeless(chance: Random, found: Pipeline) -> Pipeline:
    """Let some of a pipeline never happen: by its conditions, or by what fires just before."""
    stages = []
    for number, stage in enumerate(found.stages):
        several = [*stage.automations]
        if several and chance.random() < 0.6:
            place = chance.randrange(len(several))
            wiped = chance.random() < 0.6
            several[place] = evolve(several[place], when=tagged("red") if wiped else NOBODY)
            if wiped:
                repeat = chance.choice([Repeat.ALWAYS, Repeat.ONCE])
                several.insert(place, UpdateAccountTags(clear=True, id="wipe", repeat=repeat))
        if chance.random() < 0.2:
            several.append(UpdateAccountTags(id="nothing"))
        made = evolve(stage, automations=several)
        if 0 < number < len(found.stages) - 1 and chance.random() < 0.3:
            made = evolve(made, when=NOBODY)
        stages.append(made)
    return evolve(found, stages=stages)


def fact(chance: Random, kind: ItemKind) -> Fact:
    """Draw something that may happen to a thing of that kind, or to another by mistake."""
    half, debit = _usd("50"), chance.choice("xy")
    who = chance.choice(["ann", "bob"])
    whole = _usd(chance.choice(["50", "100"]))
    money: list[Fact] = [
        InvoicePaid(),
        PaymentReceived(half, reference=debit),
        PaymentReceived(half),
        PaymentReceived(_usd("100"), cleared=False, reference=debit),
        PaymentReceived(whole, cleared=False, reference=debit),
        PaymentCleared(debit),
        PaymentFailed(debit),
        PaymentRefunded(debit),
        PaymentRefunded(debit, _usd("20")),
    ]
    facts: dict[ItemKind, list[Fact]] = {
        ItemKind.TASK: [TaskCompleted(), TaskCompleted(), TaskReopened(), SubtaskChecked("Enter")],
        ItemKind.ORGANIZER: [
            OrganizerSubmitted({"Which?": chance.choice("abc")}),
            OrganizerSubmitted({"Which?": chance.choice("abc"), "How many?": "5"}),
            OrganizerSubmitted({"How many?": "5"}),
            OrganizerSubmitted(incomplete=True),
            OrganizerSubmitted({"Which?": "c", "When?": a_date(chance)}),
            OrganizerSaved({"Which?": "a"}),
            OrganizerReturned(),
        ],
        ItemKind.INVOICE: money,
        ItemKind.LOCKED_DOCUMENT: money,
        ItemKind.PROPOSAL: [
            ProposalSigned(),
            ProposalSigned("ann"),
            ProposalSigned("bob"),
            ProposalSigned(who, package=chance.choice(["Gold", "Tin"])),
            Declined(who, "too dear"),
        ],
        ItemKind.MESSAGE: [
            ClientTaskChecked("Scan"),
            ClientTaskChecked("Send"),
            ClientTaskUnchecked("Scan"),
            MessageReplied(),
        ],
        ItemKind.APPROVAL: [DocumentApproved(), DocumentDisapproved(), Declined(who)],
        ItemKind.SIGNATURE: [DocumentSigned(), DocumentSigned(who), Declined(who)],
        ItemKind.CLIENT_REQUEST: [ClientRequestSubmitted()],
        ItemKind.NOTE: [],
    }
    others: list[Fact] = [Cancelled("void"), Reopened("by mistake")]
    if chance.random() < 0.02:
        return chance.choice(facts[chance.choice([*facts][:5])])
    return chance.choice([*facts[kind] * 2, *others])
