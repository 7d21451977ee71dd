"""Client request templates: what a client is asked to upload, and to answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

import attrs

from ...errors import Problem
from ..checks import each_is, flags_problems, name_problems, of_kind, repeated
from ..dates import When, when_problems
from ..record import frozen
from ..reminders import Reminders, ReminderText, reminder_texts, reminder_texts_problems
from ..values import items, texts
from .organizer import Question, QuestionKind
from .template import Template, reminders_problems

__all__ = ["ClientRequestTemplate"]


def _questions(given: Iterable[Question]) -> tuple[Question, ...]:
    return items(given)


@frozen
class ClientRequestTemplate(Template):
    """What a client is asked to send: `ClientRequestTemplate("W-2", uploads=["Form W-2"])`.

    Args:
        name: The template's name.
        uploads: Things to upload, each known by its name; all are optional. One that must be there
            is a question: `Question("Form W-2", kind="file", required=True)`.
        questions: What is to be answered.
        title: What the client sees as its name, with merge fields; the template's name if empty.
        fallback_title: What stands for a title that comes to nothing, instead of the name.
        description: More words for the client, with merge fields.
        folder: Where uploads go.
        accept: Whether the firm has to accept what was submitted before it is done; until then it
            is the team's to act.
        due: A date, or `After(...)` counted from the day on which it is made.
        reminders: What requests made of it inherit, where the automation says nothing.
        reminder_texts: What reminders of it say; the firm's texts where it says nothing (R-20).
    """

    kind: ClassVar[str] = "client request"

    uploads: tuple[str, ...] = attrs.field(default=(), converter=texts)
    questions: tuple[Question, ...] = attrs.field(default=(), converter=_questions)
    title: str = attrs.field(default="", kw_only=True)
    fallback_title: str = attrs.field(default="", kw_only=True)
    description: str = attrs.field(default="", kw_only=True)
    folder: str = attrs.field(default="", kw_only=True)
    accept: bool = attrs.field(default=False, kw_only=True)
    due: When = attrs.field(default=None, kw_only=True)
    reminders: Reminders | None = attrs.field(default=None, kw_only=True)
    reminder_texts: tuple[ReminderText, ...] = attrs.field(
        default=(), converter=reminder_texts, kw_only=True
    )

    def _texts(self) -> tuple[str, ...]:
        return ("title", "fallback_title", "description", "folder")

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from name_problems(self.uploads, "$.uploads")
        yield from each_is(Question, self.questions, "$.questions")
        yield from flags_problems(self, ("accept",))
        yield from when_problems(None, self.due)
        yield from reminders_problems(self.reminders)
        yield from reminder_texts_problems(self.reminder_texts, "$.reminder_texts")
        asked = [*of_kind(str, self.uploads), *(q.text for q in of_kind(Question, self.questions))]
        for twice in repeated(asked):
            what = f"asks for {twice!r} twice; what is sent could not be told apart"
            yield Problem(what, "$.uploads" if twice in self.uploads else "$.questions")
        if self.uploads == () and self.questions == ():
            what = "asks for nothing; give things to upload, or questions, or both"
            allowed = ('uploads=["Form W-2"]', 'questions=[Question("...")]')
            yield Problem(what, "$.uploads", allowed=allowed)

    @property
    def all_questions(self) -> tuple[Question, ...]:
        """All that is asked for, things to upload first, each as a question by its name."""
        files = (Question(one, kind=QuestionKind.FILE) for one in of_kind(str, self.uploads))
        return (*files, *of_kind(Question, self.questions))
