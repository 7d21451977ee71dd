"""What is drawn: pipelines, edits of them, facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeflow import (
    ApplyFolderTemplate,
    Automation,
    Cancelled,
    ClientRequestSubmitted,
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
    SendEmail,
    SendMessage,
    SendProposal,
    Stage,
    Status,
    SubtaskChecked,
    TagChange,
    TaskCompleted,
    TaskReopened,
    TaskTemplate,
    Template,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
    field_is,
    tagged,
    tagged_any,
)
from tests.reliability.chance import Random

__all__ = ["MEMBERS", "STATUSES", "TAGS", "TEMPLATES", "fact", "pipeline"]

TAGS = ["red", "blue", "green"]
MEMBERS = ["mia", "tom"]
STATUSES = [Status("On hold"), Status("Waiting", quiet=True)]


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
MAIL = EmailTemplate("Mail", subject="Hello", body="It goes on.")
FOLDERS = FolderTemplate("Folders", folders=["Tax/2026"])
TEMPLATES: list[Template] = [
    *ORGANIZERS, *TASKS, *INVOICES, *PROPOSALS, *MESSAGES, MAIL, FOLDERS,
]  # fmt: skip


def _condition(chance: Random) -> Condition:
    return chance.choice(
        [
            tagged("red"),
            tagged("blue"),
            tagged_any("red", "green"),
            ~tagged("blue"),
            tagged("red") & ~tagged("green"),
            tagged("green") | field_is("many", "5"),
        ]
    )


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


def _often(chance: Random) -> Reminders | None:
    often = Reminders(chance.randint(1, 3), times=chance.randint(1, 3))
    return often if chance.random() < 0.7 else None


def _once(more: dict[str, Any]) -> dict[str, Any]:
    return {**more, "repeat": Repeat.ONCE if more["repeat"] is Repeat.ONCE else Repeat.ALWAYS}


# How each kind of automation is drawn; a new kind has a line here, and one in the naive firm.
KINDS: list[Callable[[Random, dict[str, Any]], Automation]] = [
    _task, _organizer, _invoice, _proposal, _message, _tags, _letters, _access, _assignees,
]  # fmt: skip


def _automation(chance: Random, theme: list[Any]) -> Automation:
    more = {
        "when": _condition(chance) if chance.random() < 0.25 else None,
        "repeat": chance.choice(list(Repeat)) if chance.random() < 0.4 else Repeat.ALWAYS,
    }
    return chance.choice(theme)(chance, more)  # type: ignore[no-any-return]


def pipeline(chance: Random, name: str) -> Pipeline:
    """Draw a pipeline of one to five stages, with few kinds of automations, so that they meet."""
    count = chance.choice([1, 2, 3, 3, 3, 4, 4, 5])
    theme = chance.sample(KINDS, 4)
    stages = []
    for number in range(count):
        middle = 0 < number < count - 1
        stages.append(
            Stage(
                f"Stage {number}",
                [_automation(chance, theme) for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4]))],
                automove=number < count - 1 and chance.random() < 0.8,
                when=_condition(chance) if middle and chance.random() < 0.4 else None,
            )
        )
    return Pipeline(name, stages, statuses=STATUSES[: chance.randint(0, 2)])


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
