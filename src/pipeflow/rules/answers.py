"""Answers of organizers and client requests: which are valid, and what they change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from ..errors import (
    DefinitionError,
    NotAllowedError,
    NotFoundError,
    Problem,
    shown,
    unknown,
)
from ..model.accounts import TagChange
from ..model.items import Item, ItemState, Questionnaire
from ..model.record import replaced
from ..model.templates import Question, QuestionKind
from ..model.values import FieldValue, FrozenMap
from .draft import Draft
from .given_tags import give_tags
from .item import Touched

__all__ = ["accept", "accept_late", "hand_in", "keep", "save_answers", "submit"]

YES_NO = ("Yes", "No")


def save_answers(one: Touched, answers: FrozenMap[str, FieldValue]) -> None:
    """Keep a draft of the answers; nothing is submitted."""
    if one.item.state is ItemState.COMPLETED:
        _check(_questionnaire(one), answers, one.item)
    else:
        keep(one, answers, "saved as a draft")


def keep(one: Touched, answers: FrozenMap[str, FieldValue], note: str) -> None:
    """Keep answers with a note, where they are not those that are kept already."""
    sheet = _questionnaire(one)
    _check(sheet, answers, one.item)
    answers = _canonical(sheet, answers)
    if _canonical(sheet, sheet.answers) != answers:
        one.update(progress=replaced(sheet, answers=answers))
        one.note(note)


def submit(one: Touched, answers: FrozenMap[str, FieldValue], *, incomplete: bool) -> None:
    """Take in the answers (or the draft): tags and fields change, and the organizer is done.

    Raises:
        DefinitionError: A required answer lacks, and nobody said that it may (R-40).
    """
    if hand_in(one, answers, "OrganizerReturned()", incomplete=incomplete):
        accept(one)
        one.complete()


def hand_in(
    one: Touched, answers: FrozenMap[str, FieldValue], undo: str, *, incomplete: bool
) -> bool:
    """Keep the answers that were submitted, or the draft where none were; no tag changes yet.

    Returns:
        Whether anything is to follow; it does not from what was submitted before.

    Raises:
        NotFoundError: Only questions that were not asked.
        DefinitionError: An answer does not fit, or a required one lacks, and nobody said that it
            may (R-40).
        NotAllowedError: It is done, with other answers; *undo* is the fact that takes that back.
    """
    sheet = _questionnaire(one)
    sent = answers or sheet.answers  # what was saved as a draft is what is submitted
    is_done = one.item.state is ItemState.COMPLETED
    lacking = () if incomplete or is_done else _lacking(sheet, sent, one)
    _check(sheet, answers, one.item, lacking)
    sent, known = _canonical(sheet, sent), _canonical(sheet, sheet.answers)
    if is_done:
        if sent not in ({}, known):
            raise NotAllowedError(
                f"{one.item.name!r} was submitted before, with other answers; record {undo} first"
            )
        return False
    if sent != known:
        one.update(progress=replaced(sheet, answers=sent))
    return True


def accept(one: Touched) -> None:
    """Let the answers of an item that is about to be done change tags and fields."""
    if one.item.state is ItemState.PENDING and one.follows("its answers changed no tags"):
        accept_late(one)


def accept_late(one: Touched) -> None:
    """Let answers change tags and fields, which had to wait for a paused job (R-27)."""
    sheet = _questionnaire(one)
    _accept(one.draft, one.item, sheet, _canonical(sheet, sheet.answers))


def _lacking(
    sheet: Questionnaire, answers: Mapping[str, FieldValue], one: Touched
) -> Iterator[Problem]:
    """Yield the required questions that nobody has answered."""
    allowed = (f"{type(one.fact).__name__}(..., incomplete=True)",)
    for question in sheet.questions:
        if question.required and answers.get(question.text) in {None, "", ()}:
            what = f"{question.text!r} is required and not answered"
            yield Problem(what, one.item.label, allowed=allowed)


def _questionnaire(one: Touched) -> Questionnaire:
    """Return the questions as they were sent."""
    progress = one.item.progress
    return progress if isinstance(progress, Questionnaire) else Questionnaire(())


def _check(
    sheet: Questionnaire,
    answers: Mapping[str, FieldValue],
    item: Item,
    lacking: Iterable[Problem] = (),
) -> None:
    """Refuse answers to questions that were not asked, and answers that were not offered.

    Raises:
        NotFoundError: Only unknown questions.
        DefinitionError: An answer that the question does not take, or one that is *lacking*.
    """
    asked = {question.text: question for question in sheet.questions}
    strangers = [
        unknown("question", text, asked, where=item.label) for text in answers if text not in asked
    ]
    others: list[Problem] = []
    for text, answer in answers.items():
        if text in asked:
            others.extend(_answer_problems(asked[text], answer))
    others.extend(lacking)
    if strangers or others:
        raise (DefinitionError if others else NotFoundError)(*strangers, *others)


def _answer_problems(question: Question, answer: FieldValue) -> Iterator[Problem]:
    where = f"$.answers[{question.text!r}]"
    offered = tuple(question.choices)
    if offered:
        for one in _chosen(answer):
            if one not in offered:
                yield unknown("choice", one, offered, where=where)
        if question.kind is not QuestionKind.CHOICES and isinstance(answer, tuple):
            yield Problem("takes one answer", where, shown(answer), offered)
    elif question.kind is QuestionKind.YES_NO and not isinstance(answer, bool):
        if answer not in YES_NO:
            yield Problem(
                "is answered by yes or no", where, shown(answer), (*YES_NO, "True", "False")
            )
    elif question.kind is QuestionKind.NUMBER and (
        isinstance(answer, bool) or not isinstance(answer, int | Decimal)
    ):
        yield Problem("is answered by an int or a Decimal", where, shown(answer))
    elif question.kind is QuestionKind.DATE and not isinstance(answer, date):
        yield Problem("is answered by a date", where, shown(answer))


def _canonical(
    sheet: Questionnaire, answers: FrozenMap[str, FieldValue]
) -> FrozenMap[str, FieldValue]:
    """Return answers in one form for each kind of question, whoever gave them and however.

    An older version kept them as they came.
    """
    asked = {question.text: question for question in sheet.questions}
    return FrozenMap(
        (text, _as_kept(asked[text], answer) if text in asked else answer)
        for text, answer in answers.items()
    )


def _as_kept(question: Question, answer: FieldValue) -> FieldValue:
    """Return an answer as it is kept: yes or no as a flag, a choice as its text, or as several."""
    if question.kind is QuestionKind.YES_NO:
        return answer == "Yes" if answer in YES_NO else answer
    if answer == "" or not question.choices:
        return answer
    chosen = _chosen(answer)
    return chosen if question.kind is QuestionKind.CHOICES or len(chosen) != 1 else chosen[0]


def _chosen(answer: FieldValue) -> tuple[str, ...]:
    if isinstance(answer, tuple):
        return answer
    if isinstance(answer, bool):
        return ("Yes" if answer else "No",)
    return (str(answer),)


def _accept(
    draft: Draft, item: Item, sheet: Questionnaire, answers: FrozenMap[str, FieldValue]
) -> None:
    """Change tags and custom fields as the answers say, in the order of the questions."""
    fields = dict(draft.account.fields)
    changes: list[TagChange] = []
    for question in sheet.questions:
        if question.text not in answers:
            continue
        answer = answers[question.text]
        for one in _chosen(answer) if question.choices else ():
            change = question.choices[one]
            if change is not None:
                changes.append(change)
        if question.field is not None:
            fields[question.field] = answer
    give_tags(draft, item, changes, f"answers of {item.name!r}", ", in place of earlier ones")
    if fields != draft.account.fields:
        draft.account = replaced(draft.account, fields=FrozenMap(fields))
