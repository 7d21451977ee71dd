"""Through a whole firm: merge fields in what is sent, and codes that are refused when saved."""

import pytest

from pipeflow import (
    Account,
    Contact,
    DefinitionError,
    EmailMode,
    EmailTemplate,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    MessageTemplate,
    Money,
    OrganizerTemplate,
    Pipeline,
    ProposalTemplate,
    SendEmail,
    Settings,
    Stage,
    TaskTemplate,
    Template,
)
from pipeflow.rules import single_line
from pipeflow.testing import World
from tests.firms import begun, dump


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Hello\r\nBcc: eve@example.com", "Hello Bcc: eve@example.com"),
        ("=?UTF-8?Q?=0A?=", "= ?UTF-8?Q?=0A?="),
        ("a\u202eb\u2066c", "a b c"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("=\r\n?UTF-8?Q?x?=", "= ?UTF-8?Q?x?="),
        ("==??", "== ??"),
        ("  Ü  ", "Ü"),
        ("納税 100%", "納税 100%"),
    ],
)
def test_subjects_are_inert(text: str, line: str) -> None:
    """What a client is called cannot add a header or hide one."""
    subject = EmailTemplate("M", subject="[ACCOUNT_NAME]")
    world, _ = begun(
        Stage("Intake", [SendEmail(subject)]),
        account=Account(text, [Contact("Ada", email="ada@example.com")]),
        more=[subject],
    )

    assert single_line(text) == line
    assert world.email.sent[0].subject == line


def test_names_of_jobs_are_inert() -> None:
    """They are headings wherever they are shown."""
    world, job = begun(Stage("Intake"), name="1040\r\nfor [ACCOUNT_NAME], [NEXT_YEAR]")
    blank = world.engine.start("tax", job.account, name="\r\n")

    assert job.name == "1040 for Lovelace, 2027"
    assert blank.name == "Tax"


PLACES: list[tuple[Template, str]] = [
    (EmailTemplate("T", subject="[NOPE]"), "$.subject"),
    (EmailTemplate("T", subject="s", body="[NOPE]"), "$.body"),
    (EmailTemplate("T", subject="[NOPE]", mode=EmailMode.CONTACT), "$.subject"),
    (MessageTemplate("T", subject="[NOPE]"), "$.subject"),
    (MessageTemplate("T", subject="s", body="[NOPE]"), "$.body"),
    (
        InvoiceTemplate("T", lines=[LineItem("a", rate=Money(1, "USD"), description="[NOPE]")]),
        "$.lines[0].description",
    ),
    (
        InvoiceTemplate("T", lines=[LineItem("a", rate=Money(1, "USD"))], description="[NOPE]"),
        "$.description",
    ),
    (
        InvoiceTemplate("T", lines=[LineItem("a", rate=Money(1, "USD"))], email_text="[NOPE]"),
        "$.email_text",
    ),
    (OrganizerTemplate("T", title="[NOPE]"), "$.title"),
    (ProposalTemplate("T", title="[NOPE]"), "$.title"),
    (ProposalTemplate("T", introduction="[NOPE]"), "$.introduction"),
    (ProposalTemplate("T", terms="[NOPE]"), "$.terms"),
    (ProposalTemplate("T", email_text="[NOPE]"), "$.email_text"),
    (TaskTemplate("T", description="[NOPE]"), "$.description"),
    (JobTemplate("T", job_name="[NOPE]"), "$.job_name"),
    (JobTemplate("T", description="[NOPE]"), "$.description"),
]


@pytest.mark.parametrize(
    ("template", "where"),
    PLACES,
    ids=lambda v: f"{v.kind}-{v.mode}" if isinstance(v, EmailTemplate) else getattr(v, "kind", v),
)
def test_an_unknown_code_is_refused_at_save_wherever_it_stands(
    template: Template, where: str
) -> None:
    """The place is named."""
    world = World()

    with pytest.raises(DefinitionError) as caught:
        world.engine.save(template)

    (problem,) = caught.value.problems
    assert problem.where == where
    assert "there is no merge field '[NOPE]'. Write [[ for a literal bracket." in problem.what


def test_settings_and_names_of_jobs_are_checked_too() -> None:
    """`[ITEM_NAME]` is known in reminders, `[JOB_DUE_DATE]` in jobs, neither elsewhere."""
    world = World()
    world.engine.save(Pipeline("Tax", [Stage("Intake")]))
    account = world.account()
    before = dump(world)

    for refused in (
        Settings(reminder_subject="[ITEM_NAM]"),
        Settings(reminder_body="[JOB_DUE_DATE]"),
        EmailTemplate("E", subject="[ITEM_NAME]"),
        EmailTemplate("E", subject="[ACCOUNT_CUSTOM_FIELD]"),
    ):
        with pytest.raises(DefinitionError, match=r"merge field|needs the field's name"):
            world.engine.save(refused)
    with pytest.raises(DefinitionError, match=r"\$\.name: there is no merge field '\[ACCOUNT\]'"):
        world.engine.start("tax", account, name="For [ACCOUNT]")

    assert dump(world) == before


def test_one_email_to_all_or_one_to_each() -> None:
    """Account mode makes one e-mail, contact mode one for each contact, under its own key."""
    each = EmailTemplate("Each", subject="Dear [FIRST_NAME]", mode=EmailMode.CONTACT)
    world, _ = begun(
        Stage("Intake", [SendEmail(each), SendEmail("welcome")]),
        contacts=[
            Contact("Ada B", email="ada@example.com"),
            Contact("Bob", email="bob@example.com"),
        ],
        more=[each],
    )

    sent = [(email.to, email.subject) for email in world.email.sent]
    assert sent == [
        (("ada@example.com",), "Dear Ada"),
        (("bob@example.com",), "Dear Bob"),
        (("ada@example.com", "bob@example.com"), "Welcome, Lovelace"),
    ]
    assert len({email.key for email in world.email.sent}) == 3
