"""Organizer templates: questionnaires whose answers may change the account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import ClassVar, cast

import attrs

from ...errors import Problem, shown
from ..accounts import TagChange
from ..checks import choice_problems, each_is, flags_problems, of_kind, repeated, texts_problems
from ..record import frozen
from ..reminders import Reminders, ReminderText, reminder_texts, reminder_texts_problems
from ..text import text_problems
from ..values import FrozenMap, Value, as_choice, items
from .template import Template, reminders_problems

__all__ = ["OrganizerTemplate", "Question", "QuestionKind", "Section"]


class QuestionKind(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    FILE = "file"


def _kind(given: QuestionKind | str) -> QuestionKind:
    return as_choice(QuestionKind, given)


def _choices(
    given: Mapping[str, TagChange | None] | Iterable[str],
) -> FrozenMap[str, TagChange | None]:
    if isinstance(given, Mapping):
        return FrozenMap(given)
    several = items(given)
    try:
        return FrozenMap(dict.fromkeys(several)) if isinstance(several, tuple) else several
    except TypeError:
        return cast("FrozenMap[str, TagChange | None]", several)


def _questions(given: Iterable[Question]) -> tuple[Question, ...]:
    return items(given)


def _sections(given: Iterable[Section]) -> tuple[Section, ...]:
    return items(given)


OFFERING = frozenset({QuestionKind.CHOICE, QuestionKind.CHOICES})
OPEN = frozenset(QuestionKind) - OFFERING - {QuestionKind.YES_NO}


@frozen
class Question(Value):
    """A question of an organizer.

    Args:
        text: What is asked; answers are given under it.
        choices: Each possible answer, and the change of tags that giving it makes (None: no
            change). Tags change before the next stage is chosen (domain.md 3.4).
        kind: How it is answered; with choices it is `CHOICE` unless said.
        required: Whether a submission must answer it, unless it is said to be incomplete (R-40).
        field: The custom field of the account that the answer is kept in.
        help: More words under the question.
    """

    text: str
    choices: FrozenMap[str, TagChange | None] = attrs.field(
        default=FrozenMap[str, "TagChange | None"](), converter=_choices, kw_only=True
    )
    kind: QuestionKind = attrs.field(
        default=attrs.Factory(
            lambda self: QuestionKind.CHOICE if self.choices else QuestionKind.TEXT,
            takes_self=True,
        ),
        converter=_kind,
        kw_only=True,
    )
    required: bool = attrs.field(default=False, kw_only=True)
    field: str | None = attrs.field(default=None, kw_only=True)
    help: str = attrs.field(default="", kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.text, "$.text", empty=False)
        yield from texts_problems(self, ("help",))
        if self.field is not None:
            yield from text_problems(self.field, "$.field", empty=False)
        yield from flags_problems(self, ("required",))
        yield from choice_problems(QuestionKind, self.kind, "$.kind")
        yield from _choices_problems(self.choices, "$.choices")
        offers = isinstance(self.kind, QuestionKind) and self.kind in OFFERING
        if offers and not self.choices:
            yield Problem("must offer choices", "$.choices")
        if self.choices and isinstance(self.kind, QuestionKind) and self.kind in OPEN:
            yield Problem(f"a question of kind {self.kind} offers no choices", "$.choices")


def _choices_problems(choices: object, where: str) -> Iterator[Problem]:
    if not isinstance(choices, Mapping):
        what = "must be a mapping of answers to changes of tags, or a list of answers"
        yield Problem(what, where, shown(choices))
        return
    for answer, change in choices.items():
        yield from text_problems(answer, where, empty=False)
        if change is not None and not isinstance(change, TagChange):
            what = "must be TagChange(...) or None"
            yield Problem(what, f"{where}[{shown(answer)}]", shown(change))


@frozen
class Section(Value):
    """A part of an organizer with a heading of its own."""

    name: str
    questions: tuple[Question, ...] = attrs.field(default=(), converter=_questions)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        yield from each_is(Question, self.questions, "$.questions")


@frozen
class OrganizerTemplate(Template):
    """A questionnaire for the client; done when it is submitted.

    Args:
        name: The template's name.
        questions: The questions that stand in no section.
        sections: Headings with questions of their own.
        title: What the client sees as its name, with merge fields; the template's name if empty.
        fallback_title: What stands for a title that comes to nothing, instead of the name.
        folder: Where uploads go.
        notify_on_upload: Whether the firm is told of each upload.
        reminders: What organizers made of it inherit, where the automation says nothing.
        reminder_texts: What reminders of it say; the firm's texts where it says nothing (R-20).
    """

    kind: ClassVar[str] = "organizer"

    questions: tuple[Question, ...] = attrs.field(default=(), converter=_questions)
    sections: tuple[Section, ...] = attrs.field(default=(), converter=_sections, kw_only=True)
    title: str = attrs.field(default="", kw_only=True)
    fallback_title: str = attrs.field(default="", kw_only=True)
    folder: str = attrs.field(default="", kw_only=True)
    notify_on_upload: bool = attrs.field(default=False, kw_only=True)
    reminders: Reminders | None = attrs.field(default=None, kw_only=True)
    reminder_texts: tuple[ReminderText, ...] = attrs.field(
        default=(), converter=reminder_texts, kw_only=True
    )

    def _texts(self) -> tuple[str, ...]:
        return ("title", "fallback_title", "folder")

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from each_is(Question, self.questions, "$.questions")
        yield from each_is(Section, self.sections, "$.sections")
        yield from reminders_problems(self.reminders)
        yield from reminder_texts_problems(self.reminder_texts, "$.reminder_texts")
        yield from flags_problems(self, ("notify_on_upload",))
        for twice in repeated(question.text for question in self.all_questions):
            yield Problem(f"asks {twice!r} twice; answers could not be told apart", "$.questions")

    @property
    def all_questions(self) -> tuple[Question, ...]:
        """Every question, those of the sections after the others."""
        sections = of_kind(Section, self.sections)
        groups = (self.questions, *(section.questions for section in sections))
        return tuple(one for group in groups for one in of_kind(Question, group))
