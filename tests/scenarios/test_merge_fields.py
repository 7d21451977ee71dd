"""Through a whole firm: merge fields in what is sent, and codes that are refused when saved."""

import pytest

from pipeflow import (
    Account,
    Contact,
    CreateTask,
    DefinitionError,
    EmailMode,
    EmailTemplate,
    InvoiceTemplate,
    Job,
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
from pipeflow.languages import SWEDISH
from pipeflow.model.record import replaced
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


def test_a_code_that_stands_in_a_text_again_and_again_is_told_once() -> None:
    """One mistake, one problem; another one is told beside it."""
    letter = EmailTemplate("Letter", subject="Hello", body="[ACCOUNT_NAM] and [DAY] " * 5000)

    with pytest.raises(DefinitionError) as caught:
        World().engine.save(letter)

    first, second = caught.value.problems
    assert "'[ACCOUNT_NAM]'" in first.what
    assert "'[DAY]'" in second.what


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


# -- names of tasks -------------------------------------------------------------------------------

CALL = TaskTemplate("Call [ACCOUNT_NAME] about [CURRENT_YEAR]", id="call", subtasks=["Dial"])


def called(account: str = "Lovelace Ltd", task: TaskTemplate = CALL) -> tuple[World, Job]:
    """Start a job that makes one task."""
    client = Account(account, [Contact("Ada", email="ada@example.com")])
    return begun(Stage("Intake", [CreateTask(task)]), Stage("Done"), account=client, more=[task])


def test_the_name_of_a_task_is_filled_in_when_it_is_made() -> None:
    """The team reads whom it is about, in its own list; the item is called so, too."""
    world, job = called()

    assert [task.name for task in world.tasks.created] == ["Call Lovelace Ltd about 2026"]
    assert [item.name for item in job.items] == ["Call Lovelace Ltd about 2026"]
    assert [item.title for item in job.items] == ["Call Lovelace Ltd about 2026"]


def test_a_task_is_found_by_its_template_and_by_what_it_is_called() -> None:
    """In any letter case, as every item is (R-32)."""
    world, job = called()

    assert job.item("call") is job.item("call lovelace ltd about 2026") is job.items[0]
    assert world.engine.complete(job.item("call")).items[0].name == "Call Lovelace Ltd about 2026"
    history = str(world.engine.history(job))
    assert "'Call Lovelace Ltd about 2026'" in history


def test_a_task_keeps_its_name_when_the_client_gets_another() -> None:
    """What was made does not change (domain.md part 5)."""
    world, job = called()

    world.engine.save(replaced(world.engine.account(job.account), name="Babbage Ltd"))

    assert world.engine.job(job).items[0].name == "Call Lovelace Ltd about 2026"


def test_the_name_of_a_task_is_one_inert_line_and_never_empty() -> None:
    """Whatever a client is called (R-17); where nothing is left, the template's id stands."""
    _, odd = called("Eve\r\nBcc: all@example.com")
    world, blank = called(task=TaskTemplate("[ACCOUNT_CUSTOM_FIELD:nick]", id="call"))

    assert odd.items[0].name == "Call Eve Bcc: all@example.com about 2026"
    assert blank.items[0].name == "call"
    assert "nothing to fill in for [ACCOUNT_CUSTOM_FIELD:nick]" in str(world.engine.history(blank))


def test_the_name_of_a_task_is_in_the_firms_own_language() -> None:
    """The team reads it, not the client (R-20)."""
    world = World()
    task = TaskTemplate("Books of [CURRENT_MONTH_NAME]", id="books")
    stage = Stage("Intake", [CreateTask(task)])
    client = Account("Ada", [Contact("Ada", email="ada@example.com")], language="sv")
    world.engine.save(task, Pipeline("Tax", [stage]), Settings(languages=[SWEDISH]))

    job = world.engine.start("tax", world.engine.save(client))

    assert job.items[0].name == "Books of January"


def test_a_code_that_means_nothing_in_the_name_of_a_task_is_refused_when_it_is_saved() -> None:
    """As everywhere (A-39), and a contact's, since none is meant there (A-41)."""
    world = World()

    with pytest.raises(DefinitionError, match=r"\$\.name: there is no merge field '\[ACOUNT_NAME"):
        world.engine.save(TaskTemplate("Call [ACOUNT_NAME]"))
    with pytest.raises(DefinitionError, match=r"\$\.name: \[FIRST_NAME\] is a contact's"):
        world.engine.save(TaskTemplate("Call [FIRST_NAME]"))

    world.engine.save(TaskTemplate("Call [[FIRST_NAME] [see below]"))


def test_a_board_shows_the_template_by_its_own_name() -> None:
    """Nothing is filled in before a job is there."""
    world, _ = called()

    assert "Call [ACCOUNT_NAME] about [CURRENT_YEAR]" in str(world.engine.overview("tax"))


def test_codes_that_mean_nothing_are_told_in_the_order_of_the_text() -> None:
    """One that is right excuses none that lacks its field."""
    unknown = [f"[NOPE_{number}]" for number in range(8)]
    codes = ["[ACCOUNT_CUSTOM_FIELD]", *unknown, "[ACCOUNT_CUSTOM_FIELD:state]"]
    letter = EmailTemplate("Letter", subject="Hello", body=" ".join(codes))

    with pytest.raises(DefinitionError) as caught:
        World().engine.save(letter)

    told = [one.what for one in caught.value.problems]
    assert len(told) == 9
    assert all(code[:-1] in what for code, what in zip(codes, told, strict=False))
