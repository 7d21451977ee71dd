"""Reminder texts: what reminders say, by number and language, at templates and in settings."""

from typing import Any

import pytest

from pipeflow import ItemKind, ReminderText, Settings
from tests.model.refusals import refused

ONE, OTHER = ReminderText("One"), ReminderText("Other", number=2)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"subject": "", "body": ""}, "$.subject: must have a subject or a body"),
        ({"subject": 5}, "$.subject: must be text (given: 5)"),
        ({"body": None}, "$.body: must be text (given: None)"),
        (
            {"number": 0},
            "$.number: must be a whole number from 1 to 1000, or None (given: 0)",
        ),
        (
            {"number": True},
            "$.number: must be a whole number from 1 to 1000, or None (given: True)",
        ),
        ({"last": 1}, "$.last: must be True or False (given: 1)"),
        (
            {"last": True, "number": 2},
            "$.number: is of one number, or of the last one, not both",
        ),
        (
            {"language": "deutsch!"},
            (
                "$.language: must be the code of a language (given: 'deutsch!') "
                "Allowed: en, de, pt-BR."
            ),
        ),
    ],
)
def test_a_text_that_is_wrong_is_refused(fields: dict[str, Any], problem: str) -> None:
    """R-20: as any value, with its place."""
    assert refused(lambda: ReminderText(**{"subject": "Hello", **fields})) == [problem]


def test_settings_have_texts_by_kind_of_item() -> None:
    """R-20: one or several; the kind is named by its member or its word."""
    settings = Settings(reminder_texts={"invoice": ONE, ItemKind.APPROVAL: [ONE, OTHER]})

    assert settings.reminder_texts == {"invoice": (ONE,), "approval": (ONE, OTHER)}
    assert hash(settings) == hash(Settings(reminder_texts=settings.reminder_texts))


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ([ONE], "$.reminder_texts: must be a mapping of kinds of items to texts"),
        (
            {"invoices": ONE},
            (
                "$.reminder_texts: there is no kind of item that clients are reminded of "
                "'invoices'. Did you mean 'invoice'?"
            ),
        ),
        (
            {"task": ONE},
            "$.reminder_texts: there is no kind of item that clients are reminded of 'task'.",
        ),
        ({"invoice": 5}, "$.reminder_texts['invoice']: must be a list, each entry a ReminderText"),
        ({"invoice": ["x"]}, "$.reminder_texts['invoice'][0]: must be a ReminderText (given: 'x')"),
        (
            {"invoice": [ONE, OTHER, ReminderText("Two")]},
            (
                "$.reminder_texts['invoice'][2]: is a second text of the same reminder in the same "
                "language; join them (given: 'Two')"
            ),
        ),
    ],
)
def test_texts_of_settings_that_are_wrong_are_refused(texts: Any, problem: str) -> None:
    """R-20: each with its place."""
    (found,) = refused(lambda: Settings(reminder_texts=texts))

    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("languages", "problem"),
    [
        (["de"], "$.languages[0]: must be a Language (given: 'de')"),
        (5, "$.languages: must be a list, each entry a Language (given: 5)"),
    ],
)
def test_languages_of_settings_that_are_wrong_are_refused(languages: Any, problem: str) -> None:
    """R-20: they are values of their own."""
    assert refused(lambda: Settings(languages=languages)) == [problem]
