"""Merge fields (domain.md part 6): every code, and texts that nobody can break out of."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from pipeflow.rules import render, render_line, single_line
from pipeflow.rules.merge_fields import Context
from pipeflow.testing import World
from tests.firms import begun, dump

DAY = date(2027, 3, 31)
CODES = {
    "CURRENT_DAY_FULL_DATE": "March 31, 2027",
    "CURRENT_DAY_NUMBER": "31",
    "CURRENT_DAY_NAME": "Wednesday",
    "CURRENT_WEEK": "13",
    "CURRENT_MONTH_NUMBER": "3",
    "CURRENT_MONTH_NAME": "March",
    "CURRENT_QUARTER": "Q1",
    "CURRENT_YEAR": "2027",
    "LAST_DAY_FULL_DATE": "March 30, 2027",
    "LAST_DAY_NUMBER": "30",
    "LAST_DAY_NAME": "Tuesday",
    "LAST_WEEK": "12",
    "LAST_MONTH_NUMBER": "2",
    "LAST_MONTH_NAME": "February",
    "LAST_QUARTER": "Q4",
    "LAST_YEAR": "2026",
    "NEXT_DAY_FULL_DATE": "April 1, 2027",
    "NEXT_DAY_NUMBER": "1",
    "NEXT_DAY_NAME": "Thursday",
    "NEXT_WEEK": "14",
    "NEXT_MONTH_NUMBER": "4",
    "NEXT_MONTH_NAME": "April",
    "NEXT_QUARTER": "Q2",
    "NEXT_YEAR": "2028",
}
PERSON = Contact(
    "Ada Byron Lovelace",
    email="ada@example.com",
    middle_name="Byron",
    phone="555",
    company="Analytical",
    street="12 St James",
    city="London",
    state="Middlesex",
    zip_code="SW1",
    country="UK",
    fields={"pet": "Puff"},
)
CONTACT_CODES = {
    "CONTACT_NAME": "Ada Byron Lovelace",
    "FIRST_NAME": "Ada",
    "MIDDLE_NAME": "Byron",
    "LAST_NAME": "Lovelace",
    "EMAIL": "ada@example.com",
    "PHONE_NUMBER": "555",
    "COUNTRY": "UK",
    "COMPANY_NAME": "Analytical",
    "STREET_ADDRESS": "12 St James",
    "CITY": "London",
    "STATE / PROVINCE": "Middlesex",
    "STATE": "Middlesex",
    "ZIP / POSTAL CODE": "SW1",
    "ZIP_CODE": "SW1",
    "CONTACT_CUSTOM_FIELD:pet": "Puff",
}


def context(**changes: Any) -> Context:
    """Make what merge fields draw from."""
    return Context(
        Account("Ada", fields=changes.pop("fields", {})), changes.pop("today", DAY), **changes
    )


def test_there_are_twenty_four_date_codes() -> None:
    """{current, last, next} times the eight units."""
    assert len(CODES) == 24


@pytest.mark.parametrize(("code", "value"), CODES.items())
def test_date_codes(code: str, value: str) -> None:
    """Each tells its part of the firm's date."""
    assert render(f"<[{code}]>", context()) == f"<{value}>"


@pytest.mark.parametrize(
    ("today", "text"),
    [
        (date(2027, 1, 1), "53 52 1 Q4 12 2026"),
        (date(2028, 2, 29), "9 8 10 Q4 1 2027"),
        (date(2026, 12, 31), "53 52 1 Q3 11 2025"),
        (date(2027, 5, 31), "22 21 23 Q1 4 2026"),
    ],
)
def test_units_end_where_the_calendar_says(today: date, text: str) -> None:
    """Years, quarters and months turn over, and a short month has its own last day."""
    codes = "[CURRENT_WEEK] [LAST_WEEK] [NEXT_WEEK] [LAST_QUARTER] [LAST_MONTH_NUMBER] [LAST_YEAR]"

    assert render(codes, context(today=today)) == text


@pytest.mark.parametrize(("code", "value"), CONTACT_CODES.items())
def test_contact_codes(code: str, value: str) -> None:
    """In contact mode each contact's own; elsewhere nothing."""
    assert render(f"<[{code}]>", context(contact=PERSON)) == f"<{value}>"
    assert render(f"<[{code}]>", context()) == "<>"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("CA", "CA"),
        (3, "3"),
        (Decimal("2.50"), "2.50"),
        (True, "yes"),
        (False, "no"),
        (date(2027, 4, 15), "April 15, 2027"),
        (("a", "b"), "a, b"),
    ],
)
def test_custom_fields_of_every_type_are_written_plainly(value: Any, written: str) -> None:
    """As a person would write them."""
    assert render("[ACCOUNT_CUSTOM_FIELD:x y]", context(fields={"x y": value})) == written


def test_codes_of_jobs_and_items() -> None:
    """A due date where there is one, an item's name in reminders."""
    assert render("[JOB_DUE_DATE]", context(due=DAY)) == "March 31, 2027"
    assert render("<[JOB_DUE_DATE]>", context()) == "<>"
    assert render("[ITEM_NAME]", context(item="Fee")) == "Fee"
    assert render("<[NO_SUCH_CODE]>", context()) == "<>"
    assert render("<[LAST_NONSENSE]>", context()) == "<>"


CODE_TEXTS = st.sampled_from([f"[{code}]" for code in (*CODES, "ACCOUNT_NAME", "ITEM_NAME")])


@given(st.lists(CODE_TEXTS | st.text(max_size=5), max_size=5).map("".join))
def test_a_value_is_never_expanded_again(name: str) -> None:
    """Whatever a client is called, brackets and all, is what stands in the text."""
    one = Context(Account("Ada" + name.replace("\0", "")), DAY)

    assert render("[ACCOUNT_NAME]", one) == "Ada" + name.replace("\0", "")
    assert render("a[ACCOUNT_NAME]b[[c", one) == f"a{one.account.name}b[c"


@given(st.text(alphabet="[]ABZ_: /1a\n", max_size=30))
def test_any_text_renders(text: str) -> None:
    """No text makes rendering fail, and one without brackets stays as it is."""
    rendered = render(text, context())

    assert isinstance(rendered, str)
    assert "[" in text or rendered == text


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_line_is_one_line_that_no_mail_program_takes_for_a_header(text: str, name: str) -> None:
    """No control or line separator, no bidirectional override, no encoded word survives."""
    one = Context(Account("=?" + name.replace("\0", "") + "?=\r\nBcc: x"), DAY)

    line = render_line(text + "[ACCOUNT_NAME]", one)

    assert len(line.splitlines()) <= 1
    assert "=?" not in line
    assert not set(line) & set("\r\n\t\0\u2028\u2029\u202e\u2066\u200f\x85")
    assert single_line(line) == line


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
    """What a client is called can not add a header or hide one."""
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
