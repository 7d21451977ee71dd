"""Languages: names of months and days, how dates are written, and which one a client gets."""

from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from pipeflow import Account, Language, ReminderText, Settings
from pipeflow.model.language import english, wider
from tests.model.refusals import places, refused

MONTHS = [f"month {n}" for n in range(1, 13)]
DAYS = [f"day {n}" for n in range(1, 8)]
DAY = date(2027, 3, 31)


def spoken(**fields: Any) -> Language:
    """Make a language."""
    return Language(**{"tag": "xx", "months": MONTHS, "days": DAYS, **fields})


def test_english_is_built_in() -> None:
    """R-20: and is the same object whoever asks for it."""
    assert english().written(DAY) == "March 31, 2027"
    assert english().quarter_of(DAY) == "Q1"
    assert english() is english()
    assert Settings().reminder_subject == english().reminder_subject
    assert Settings().reminder_body == english().reminder_body


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "31 month 3 2027"),
        ({"full_date": "{year}年{month}{day}日"}, "2027年month 331日"),
        ({"months_in_dates": [f"of month {n}" for n in range(1, 13)]}, "31 of month 3 2027"),
        ({"months": ["{day}"] * 12, "full_date": "{month} {day} {year}"}, "{day} 31 2027"),
    ],
)
def test_a_language_says_how_a_whole_date_is_written(fields: dict[str, Any], text: str) -> None:
    """R-20: with the month as it stands in a date; a name is never read as a part."""
    assert spoken(**fields).written(DAY) == text


def test_a_language_says_how_a_quarter_is_written() -> None:
    """R-20: its number stands where the language has it."""
    assert spoken(quarter="{number}. kvartal").quarter_of(date(2027, 12, 1)) == "4. kvartal"


@pytest.mark.parametrize(
    ("list_end", "text"),
    [
        ("{others} & {last}", "a, b & c"),
        ("({others}), {last}!", "(a, b), c!"),
        ("{last}<{others}", "c<a, b"),
    ],
)
def test_a_language_says_how_a_list_ends(list_end: str, text: str) -> None:
    """R-20: in any order, and what stands in the list is never read as a part."""
    assert spoken(list_end=list_end).listed("abc") == text
    assert (
        spoken(list_end="{others} & {last}").listed(["{last}", "{others}"]) == "{last} & {others}"
    )


def test_a_language_says_how_weeks_and_numbers_are_written() -> None:
    """R-20: a bare number and a point, unless said."""
    assert spoken(week="KW {number}").week_of(date(2027, 1, 3)) == "KW 53"
    assert spoken(decimal_mark=",").number(Decimal("-1234.50")) == "-1234,50"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"tag": "german text"},
            "$.tag: must be the code of a language (given: 'german text') Allowed: en, de, pt-BR.",
        ),
        ({"tag": ""}, "$.tag: must be the code of a language (given: '') Allowed: en, de, pt-BR."),
        ({"tag": 5}, "$.tag: must be the code of a language (given: 5) Allowed: en, de, pt-BR."),
        ({"months": MONTHS[:11]}, "$.months: must be 12 names (given: 11)"),
        ({"months": ()}, "$.months: must be 12 names (given: 0)"),
        ({"days": "Mo Di"}, "$.days: must be a list of texts (given: 'Mo Di')"),
        ({"months_in_dates": ["one"]}, "$.months_in_dates: must be 12 names (given: 1)"),
        ({"yes": 5}, "$.yes: must be text (given: 5)"),
        ({"reminder_body": None}, "$.reminder_body: must be text (given: None)"),
        ({"full_date": ""}, "$.full_date: must not be empty (given: '')"),
        (
            {"full_date": "{day} {month}"},
            (
                "$.full_date: must hold each of its parts once, and no other "
                "(given: '{day} {month}') Allowed: {day}, {month}, {year}."
            ),
        ),
        ({"decimal_mark": ""}, "$.decimal_mark: must not be empty (given: '')"),
        (
            {"list_end": "{others} and"},
            (
                "$.list_end: must hold each of its parts once, and no other "
                "(given: '{others} and') Allowed: {others}, {last}."
            ),
        ),
        (
            {"reminder_texts": {"invoices": ReminderText("?")}},
            (
                "$.reminder_texts: there is no kind of item that clients are reminded of "
                "'invoices'. Did you mean 'invoice'? Allowed: invoice, organizer, proposal, "
                "message, approval, signature, locked_document, client_request."
            ),
        ),
        (
            {"quarter": "Q{number}{"},
            (
                "$.quarter: must hold each of its parts once, and no other "
                "(given: 'Q{number}{') Allowed: {number}."
            ),
        ),
    ],
)
def test_a_language_that_is_wrong_is_refused(fields: dict[str, Any], problem: str) -> None:
    """R-20: as any value, with its place."""
    assert refused(lambda: spoken(**fields)) == [problem]


def test_an_account_names_its_language_by_a_code() -> None:
    """R-20: none is the firm's own."""
    assert Account("Ada").language == ""
    assert Account("Ada", language="pt-BR").language == "pt-BR"
    assert places(lambda: Account("Ada", language="Portuguese!")) == ["$.language"]


@pytest.mark.parametrize(
    ("tag", "tags"),
    [("", []), ("de", ["de"]), ("zh-Hant-TW", ["zh-hant-tw", "zh-hant", "zh"])],
)
def test_a_code_has_wider_ones(tag: str, tags: list[str]) -> None:
    """R-20: what is known of a language serves its variants."""
    assert list(wider(tag)) == tags


@pytest.mark.parametrize(
    ("wished", "firm", "found"),
    [
        ("", "en", "en"),
        ("de", "en", "de"),
        ("de-CH", "en", "de-CH"),
        ("de-AT", "en", "de"),
        ("fr", "de", "de"),
        ("fr", "it", "en"),
        ("en-GB", "de", "en"),
    ],
)
def test_a_client_gets_the_nearest_language(wished: str, firm: str, found: str) -> None:
    """R-20: a wider one, then the firm's own, then English."""
    languages = [spoken(tag="de"), spoken(tag="DE-ch")]

    settings = Settings(language=firm, languages=languages)

    assert settings.language_for(wished).tag.lower() == found.lower()
    assert Settings(language=firm).language_for(wished) is english()


def test_a_language_stands_in_settings_once() -> None:
    """R-20: capitals aside."""
    wrong = [spoken(tag="de"), spoken(tag="DE")]

    assert refused(lambda: Settings(languages=wrong, language="")) == [
        "$.language: must be the code of a language (given: '') Allowed: en, de, pt-BR.",
        "$.languages: there are two languages 'de'",
    ]


def test_a_firm_may_say_english_in_its_own_way() -> None:
    """R-20: what it gives comes before what is built in."""
    british = attrs.evolve(english(), full_date="{day} {month} {year}")

    assert Settings(languages=british).language_for("").written(DAY) == "31 March 2027"
