"""Merge fields: every code, codes that mean nothing, and texts that nobody can break out of."""

from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import Account, Contact
from pipeflow.model.text import composed
from pipeflow.rules import render, render_line, single_line
from pipeflow.rules.merge_fields import REMEMBERED, Context, code_problems, known_codes

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
    assert render("<[ITEM_NAME]>", context()) == "<>"
    assert render("<[ACCOUNT_CUSTOM_FIELD:never]>", context()) == "<>"


def test_in_contact_mode_everything_else_is_known_too() -> None:
    """Contact mode adds to the codes, it takes none away (A-40)."""
    codes = "[CURRENT_YEAR] [ACCOUNT_NAME] [JOB_DUE_DATE] [ITEM_NAME] [FIRST_NAME]"

    text = render(codes, context(contact=PERSON, due=DAY, item="Fee"))

    assert text == "2027 Ada March 31, 2027 Fee Ada"


CODE_TEXTS = st.sampled_from([f"[{code}]" for code in (*CODES, "ACCOUNT_NAME", "ITEM_NAME")])


@given(st.lists(CODE_TEXTS | st.text(max_size=5), max_size=5).map("".join))
def test_a_value_is_never_expanded_again(name: str) -> None:
    """Whatever a client is called, brackets and all, is what stands in the text."""
    one = Context(Account("Ada" + name.replace("\0", "")), DAY)

    assert render("[ACCOUNT_NAME]", one) == composed("Ada" + name.replace("\0", ""))
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
def test_a_subject_is_inert(text: str, line: str) -> None:
    """What a client is called cannot add a header or hide one."""
    assert single_line(text) == line


def test_first_and_last_name_are_those_that_were_given_else_parts_of_the_name() -> None:
    """A contact may be called otherwise than its parts."""
    person = Contact("Countess Lovelace", first_name="Ada", last_name="Byron")

    assert render("[FIRST_NAME] [LAST_NAME]", context(contact=person)) == "Ada Byron"
    plain = context(contact=Contact("Countess Lovelace"))
    assert render("[FIRST_NAME] [LAST_NAME]", plain) == "Countess Lovelace"
    assert render("<[FIRST_NAME]>", context(contact=Contact(" "))) == "<>"


def test_a_rendered_text_has_an_end() -> None:
    """However often a long value is written; what comes behind the end is not even looked up."""
    one = Context(Account("x" * 1000), DAY)

    assert len(render("[ACCOUNT_NAME]" * 1001, one)) == 1_000_000
    assert len(render("[ACCOUNT_NAME]" * 1000, one)) == 1_000_000


def test_a_long_text_is_rendered_like_a_short_one() -> None:
    """It is only not kept in parts."""
    long = "x" * REMEMBERED

    assert render(f"{long}[ACCOUNT_NAME]", context()) == f"{long}Ada"


@pytest.mark.parametrize(
    "text", ["<[NO_SUCH_CODE]>", "<[LAST_NONSENSE|x]>", "<[US:x]>", "[LAST_DAY]"]
)
def test_a_code_that_means_nothing_stays_as_it_is_written(text: str) -> None:
    """A text that was kept before it was checked loses nothing."""
    assert render(text, context()) == text


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("[ACCOUNT_CUSTOM_FIELD:x|none]", "none"),
        ("[ACCOUNT_CUSTOM_FIELD:x|]", ""),
        ("[ACCOUNT_CUSTOM_FIELD:x|a: b / c|d]", "a: b / c|d"),
        ("[ACCOUNT_CUSTOM_FIELD:blank|none]", "none"),
        ("[JOB_DUE_DATE|soon]", "soon"),
        ("[ACCOUNT_NAME|nobody]", "Ada"),
        ("[STATE / PROVINCE|?]", "?"),
        ("[x|y] [|] [A|b]", "[x|y] [|] [A|b]"),
        ("[ACCOUNT_NAME|a\nb]", "[ACCOUNT_NAME|a\nb]"),
    ],
)
def test_what_stands_behind_a_bar_stands_for_an_empty_value__r_18(text: str, filled: str) -> None:
    """R-18: the rest up to the bracket, also nothing; it is the firm's own text."""
    person = Contact("Bob", fields={"blank": " "})

    assert render(text, context(contact=person, fields={"blank": "  "})) == filled
    assert render(text, context(contact=person, fields={"blank": "  "}), html=True) == filled


def test_a_field_is_found_however_its_name_is_typed__r_16() -> None:
    """R-16: texts of commands come as they were typed."""
    assert render("[ACCOUNT_CUSTOM_FIELD:pre\u0301nom]", context(fields={"prénom": "Zoé"})) == "Zoé"


def test_merge_fields_without_a_value_are_taken_up_once__r_18() -> None:
    """R-18: not those for which something stands, nor those that mean nothing here."""
    empty: dict[str, None] = {}
    text = "[CITY] [CONTACT_CUSTOM_FIELD:a b] [CITY] [STATE|] [NOPE] [CONTACT_NAME]"

    render(text, context(contact=Contact("Bob")), empty=empty)

    assert list(empty) == ["[CITY]", "[CONTACT_CUSTOM_FIELD:a b]"]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("LAST_MONTH_YEAR", "2027"),
        ("NEXT_MONTH_YEAR", "2027"),
        ("LAST_QUARTER_YEAR", "2026"),
        ("NEXT_QUARTER_YEAR", "2027"),
        ("LAST_WEEK_YEAR", "2027"),
        ("CURRENT_WEEK_YEAR", "2027"),
        ("NEXT_WEEK_YEAR", "2027"),
    ],
)
def test_years_of_periods__r_19(code: str, value: str) -> None:
    """R-19: there is one for each period whose year may not be that of today, and no other."""
    assert render(f"[{code}]", context()) == value
    assert code in known_codes()
    assert sum(code.endswith("_YEAR") for code in known_codes()) == 3 + 7


@given(st.text(max_size=40))
def test_no_value_brings_markup_into_html__r_17(name: str) -> None:
    """R-17: what a browser shows is what the client is called."""
    account = Account("x" + name.replace("\0", ""))

    body = render("<b>[ACCOUNT_NAME]</b>", Context(account, DAY), html=True)

    assert not set(body[3:-4]) & set("<>\"'")
    assert unescape(body[3:-4]) == account.name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[NOPE]", "there is no merge field '[NOPE]'. Write [[ for a literal bracket."),
        ("[ACCOUNT_CUSTOM_FIELD]", "needs the field's name: [ACCOUNT_CUSTOM_FIELD:state]"),
        ("[CONTACT_CUSTOM_FIELD]", "needs the field's name: [CONTACT_CUSTOM_FIELD:state]"),
        ("[FIRST_NAME]", "is a contact's merge field, and none is known here"),
        ("[CONTACT_CUSTOM_FIELD:pet]", "is a contact's merge field, and none is known here"),
        ("[JOB_DUE_DATE]", "there is no merge field"),
        ("[ITEM_NAME]", "there is no merge field"),
        ("[NOPE|x]", "there is no merge field '[NOPE]'"),
        ("[ACCOUNT_NAME:x]", "[ACCOUNT_NAME] takes no name behind a colon; custom fields do"),
    ],
)
def test_a_code_that_means_nothing_there_is_named(text: str, said: str) -> None:
    """An unknown one, and a contact's where no single contact is meant (A-39, A-40, A-41)."""
    (problem,) = code_problems(f"a [[ b {text} [c]", "$.body")

    assert said in problem.what
    assert problem.where == "$.body"


@pytest.mark.parametrize("place", ["contact", "job", "item"])
def test_a_place_that_knows_more_takes_nothing_away(place: str) -> None:
    """Dates and the account are known everywhere."""
    known = known_codes(**{place: True})

    assert set(known_codes()) < set(known)
    for code in known:
        field = ":x" if code.endswith("CUSTOM_FIELD") else ""
        assert list(code_problems(f"[{code}{field}]", "$", **{place: True})) == []


def test_a_text_without_brackets_has_no_codes() -> None:
    """Nor have two brackets, or lower case."""
    assert list(code_problems("plain", "$")) == []
    assert list(code_problems("[[NOPE] [nope]", "$")) == []
