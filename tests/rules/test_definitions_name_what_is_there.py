"""Gaps: members, templates, codes and ports that a definition names and that are not there."""

from collections.abc import Iterable
from typing import Any

import pytest

from pipeflow import (
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailMode,
    EmailTemplate,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    MessageTemplate,
    NotifyTeam,
    OrganizerTemplate,
    Package,
    Pipeline,
    Problem,
    ProposalTemplate,
    Role,
    SendClientRequest,
    SendEmail,
    SendProposal,
    Settings,
    Stage,
    TaskTemplate,
    Template,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
    rules,
)
from pipeflow.model.automations import Automation
from pipeflow.model.record import replaced
from tests.rules.states import DAILY, DONE, FEE, TEMPLATES, by_id, usd

MEMBERS = frozenset({"mia", "tom"})
PORTS = frozenset(
    {
        "email",
        "folders",
        "invoices",
        "messages",
        "organizers",
        "proposals",
        "tasks",
        "requests",
        "notices",
    }
)


def line(**fields: Any) -> LineItem:
    """Make a line that costs a dollar."""
    return LineItem("A", rate=usd("1"), **fields)


def template_problems(template: Template) -> list[Problem]:
    """Return what a template names that is not there."""
    return list(rules.template_problems(template, by_id(*TEMPLATES), MEMBERS))


def pipeline_problems(
    *automations: Automation, ports: Iterable[str] = PORTS, **fields: Any
) -> list[Problem]:
    """Return what a pipeline uses that is not there."""
    pipeline = Pipeline("Tax", [Stage("Intake"), Stage("Work", automations), DONE], **fields)
    return list(rules.pipeline_problems(pipeline, by_id(*TEMPLATES), MEMBERS, frozenset(ports)))


CODES: list[tuple[Template, str]] = [
    (EmailTemplate("T", subject="[NOPE]"), "$.subject"),
    (EmailTemplate("T", subject="s", body="[NOPE]"), "$.body"),
    (EmailTemplate("T", subject="[FIRST_NAME]"), "$.subject"),
    (MessageTemplate("T", subject="[NOPE]"), "$.subject"),
    (MessageTemplate("T", subject="s", body="[NOPE]"), "$.body"),
    (InvoiceTemplate("T", [line(), line(description="[NOPE]")]), "$.lines[1].description"),
    (InvoiceTemplate("T", [line()], description="[NOPE]"), "$.description"),
    (InvoiceTemplate("T", [line()], email_text="[NOPE]"), "$.email_text"),
    (InvoiceTemplate("T", [line()], note="[NOPE]"), "$.note"),
    (OrganizerTemplate("T", title="[NOPE]"), "$.title"),
    (ProposalTemplate("T", title="[NOPE]"), "$.title"),
    (ProposalTemplate("T", introduction="[NOPE]"), "$.introduction"),
    (ProposalTemplate("T", terms="[NOPE]"), "$.terms"),
    (ProposalTemplate("T", email_text="[NOPE]"), "$.email_text"),
    (ProposalTemplate("T", services=[line(description="[NOPE]")]), "$.services[0].description"),
    (
        ProposalTemplate("T", packages=[Package("P", services=[line(description="[NOPE]")])]),
        "$.packages[0].services[0].description",
    ),
    (OrganizerTemplate("[NOPE]"), "$.name"),
    (ProposalTemplate("[NOPE]"), "$.name"),
    (JobTemplate("[NOPE]"), "$.name"),
    (TaskTemplate("T", description="[NOPE]"), "$.description"),
    (TaskTemplate("T", description="[JOB_DUE_DATE]"), "$.description"),
    (JobTemplate("T", job_name="[NOPE]"), "$.job_name"),
    (JobTemplate("T", description="[FIRST_NAME]"), "$.description"),
]


@pytest.mark.parametrize(("template", "where"), CODES)
def test_a_code_that_means_nothing_is_named_wherever_it_stands(
    template: Template, where: str
) -> None:
    """An unknown one, and a contact's where no single one is meant (A-39, A-40, A-41)."""
    (problem,) = template_problems(template)

    assert problem.where == where


@pytest.mark.parametrize(
    "template",
    [
        *TEMPLATES,
        EmailTemplate("T", subject="[FIRST_NAME]", mode=EmailMode.CONTACT, sender="mia"),
        JobTemplate("T", job_name="[JOB_DUE_DATE]", assignees=[Role("any"), "tom"]),
        OrganizerTemplate("[ours]", title="Organizer"),
        InvoiceTemplate("T", [line(member="mia", description="[CURRENT_YEAR]")]),
    ],
)
def test_a_template_that_names_what_is_there_has_no_gap(template: Template) -> None:
    """Roles are looked up later, and need nobody now (A-28)."""
    assert template_problems(template) == []


STRANGERS: list[tuple[Template, str]] = [
    (EmailTemplate("T", subject="s", sender="eve"), "$.sender"),
    (MessageTemplate("T", subject="s", sender="eve"), "$.sender"),
    (TaskTemplate("T", assignees=["eve", "mia"]), "$.assignees"),
    (JobTemplate("T", assignees=["eve", Role("any")]), "$.assignees"),
    (InvoiceTemplate("T", [line(member="eve")]), "$.lines[0].member"),
    (ProposalTemplate("T", member="eve"), "$.member"),
    (ProposalTemplate("T", services=[line(member="eve")]), "$.services[0].member"),
    (
        ProposalTemplate("T", packages=[Package("P", services=[line(), line(member="eve")])]),
        "$.packages[0].services[1].member",
    ),
]


@pytest.mark.parametrize(("template", "where"), STRANGERS)
def test_a_member_whom_nobody_knows_is_named(template: Template, where: str) -> None:
    """With those that there are, and the way out."""
    (problem,) = template_problems(template)

    assert problem.where == where
    assert "no member 'eve'" in problem.what
    assert "Save it first, or save it in the same call." in problem.what


def test_a_name_that_no_member_has_may_be_meant_as_a_role() -> None:
    """Unless it is nearly that of a member."""
    members = frozenset({"mia"})

    told = [
        str(problem)
        for name in ("reviewer", "mya")
        for problem in rules.template_problems(
            TaskTemplate("Review", assignees=[name]), {}, members
        )
    ]

    assert told == [
        (
            "$.assignees: there is no member 'reviewer'. Save it first, or save it in the same "
            "call. For a role write Role('reviewer'). Allowed: mia."
        ),
        (
            "$.assignees: there is no member 'mya'. Save it first, or save it in the same call. "
            "Did you mean 'mia'? Allowed: mia."
        ),
    ]


@pytest.mark.parametrize(
    ("invoice", "said"),
    [
        ("fe", "no invoice template 'fe'"),
        ("prepare", "'prepare' is a task template, and an invoice"),
    ],
)
def test_what_an_acceptance_brings_must_be_an_invoice_template(invoice: str, said: str) -> None:
    """One that is not there, or of another kind (domain.md 2.3)."""
    (problem,) = template_problems(ProposalTemplate("T", invoice_on_acceptance=invoice))

    assert said in problem.what
    assert problem.where == "$.invoice_on_acceptance"


def test_a_pipeline_that_uses_what_is_there_has_no_gap() -> None:
    """Whatever its automations are."""
    assert pipeline_problems(
        CreateTask("prepare"),
        SendProposal("paid-letter", reminders=DAILY),
        UpdateAccountTags(add={"a"}),
        UpdateAccountAccess(add=["mia", Role("any")]),
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("automation", "where", "said"),
    [
        (CreateTask("prepar"), "$.template", "no task template 'prepar'"),
        (CreateTask("fee"), "$.template", "'fee' is an invoice template, and a task template"),
        (NotifyTeam(["eve"], "Hi"), "$.to", "no member 'eve'"),
        (NotifyTeam([], "[HUH]"), "$.subject", "no merge field"),
        (UpdateAccountAccess(add=["eve"]), "$.add", "no member 'eve'"),
        (UpdateAccountAccess(remove=["eve"]), "$.remove", "no member 'eve'"),
        (UpdateJobAssignees(add=["eve"]), "$.add", "no member 'eve'"),
        (UpdateJobAssignees(remove=["eve"]), "$.remove", "no member 'eve'"),
    ],
)
def test_what_an_automation_uses_must_be_there(
    automation: Automation, where: str, said: str
) -> None:
    """The path leads to stage, automation and field."""
    (problem,) = pipeline_problems(UpdateAccountTags(add={"a"}), automation)

    assert problem.where == f"$.stages[1].automations[1]{where[1:]}"
    assert said in problem.what


def test_the_job_template_of_a_pipeline_must_be_one() -> None:
    """The path leads to it."""
    (problem,) = pipeline_problems(job_template="fee")

    assert problem.where == "$.job_template"
    assert "and a job template is needed" in problem.what


@pytest.mark.parametrize(
    ("automation", "needs"),
    [
        (CreateTask("prepare"), ["tasks"]),
        (SendEmail("welcome"), ["email"]),
        (CreateInvoice("fee"), ["invoices"]),
        (CreateInvoice("fee", reminders=DAILY), ["email", "invoices"]),
        (CreateOrganizer("organizer"), ["organizers"]),
        (SendProposal("paid-letter"), ["invoices", "proposals"]),
        (SendClientRequest("papers"), ["requests"]),
        (NotifyTeam([], "Hi"), ["notices"]),
        (UpdateAccountTags(add={"a"}), []),
    ],
)
def test_an_automation_needs_its_port_and_those_of_what_follows_from_it(
    automation: Automation, needs: list[str]
) -> None:
    """Reminders go out by e-mail, and an acceptance makes an invoice."""
    problems = pipeline_problems(automation, ports=[])

    assert [
        one for one in sorted(PORTS) if any(f"Ports({one}=" in p.what for p in problems)
    ] == needs
    assert len(problems) == len(needs)
    assert pipeline_problems(automation, ports=needs) == []


def test_the_reminders_that_a_template_brings_need_the_port_of_emails() -> None:
    """As those of the automation itself."""
    bill = InvoiceTemplate("Fee", FEE.lines, reminders=DAILY)
    pipeline = Pipeline("Tax", [Stage("Intake", [CreateInvoice("fee")])])

    (problem,) = rules.pipeline_problems(pipeline, by_id(bill), MEMBERS, frozenset({"invoices"}))

    assert "needs the port 'email'" in problem.what


@pytest.mark.parametrize("field", ["reminder_subject", "reminder_body"])
def test_the_texts_of_reminders_know_the_item_and_no_job(field: str) -> None:
    """`[ITEM_NAME]` and what is known everywhere."""
    known = replaced(Settings(), **{field: "[ITEM_NAME], [CURRENT_YEAR]"})
    unknown = replaced(Settings(), **{field: "[JOB_DUE_DATE]"})

    assert list(rules.settings_problems(known, {}, set())) == []
    assert [one.where for one in rules.settings_problems(unknown, {}, set())] == [f"$.{field}"]
