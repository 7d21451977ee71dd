"""Client request templates: what may be asked for."""

from datetime import date
from typing import Any

import pytest

from pipeflow import ClientRequestTemplate, Question, QuestionKind, SendClientRequest
from tests.model.refusals import places


def test_things_to_upload_come_first_and_are_questions_by_their_name() -> None:
    """So that answers are told by one name, whatever was asked for."""
    template = ClientRequestTemplate(
        "Papers", uploads=["W-2", "1099"], questions=[Question("Moved?")]
    )

    assert [(one.text, one.kind) for one in template.all_questions] == [
        ("W-2", QuestionKind.FILE),
        ("1099", QuestionKind.FILE),
        ("Moved?", QuestionKind.TEXT),
    ]
    assert SendClientRequest(template) == SendClientRequest("papers")


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({}, {"$.uploads"}),
        ({"uploads": ["W-2", "W-2"]}, {"$.uploads"}),
        ({"uploads": ["W-2"], "questions": [Question("W-2")]}, {"$.uploads"}),
        ({"questions": [Question("Moved?"), Question("Moved?")]}, {"$.questions"}),
        ({"uploads": "W-2"}, {"$.uploads"}),
        ({"uploads": [5]}, {"$.uploads[0]"}),
        ({"questions": ["Moved?"]}, {"$.questions[0]"}),
        ({"uploads": ["W-2"], "accept": 1}, {"$.accept"}),
        ({"uploads": ["W-2"], "due": 5}, {"$.due"}),
        ({"uploads": ["W-2"], "reminders": 5}, {"$.reminders"}),
        ({"uploads": ["W-2"], "title": None, "folder": 7}, {"$.title", "$.folder"}),
    ],
)
def test_what_could_not_be_asked_for_is_refused(fields: Any, where: set[str]) -> None:
    """Nothing at all, or two things of one name, or what is no such thing."""
    assert set(places(lambda: ClientRequestTemplate("Papers", **fields))) == where


def test_a_day_is_a_date_or_counted() -> None:
    """As with tasks."""
    template = ClientRequestTemplate("Papers", uploads=["W-2"], due=date(2027, 1, 31))

    assert template.due == date(2027, 1, 31)
