"""Client requests: what the client sent, which the firm accepts or returns (domain.md 2.3)."""

from __future__ import annotations

from ..model.facts import ClientRequestSubmitted
from ..model.items import ItemState, Mark, Questionnaire
from . import answers
from .item import Touched

__all__ = ["accept", "give_back", "submit"]


def submit(one: Touched, fact: ClientRequestSubmitted) -> None:
    """Take in what was sent: the request is done, or waits for the firm to accept it.

    What waits is the firm's to act on, reminds nobody, and changes no tags yet.

    Raises:
        NotFoundError: An answer to a question that was not asked.
        DefinitionError: An answer does not fit, or a required one lacks (R-40).
        NotAllowedError: It is done, with other answers.
    """
    sheet = one.item.progress
    unknown = isinstance(sheet, Questionnaire) and not sheet.answers
    if one.item.state is ItemState.COMPLETED and unknown:  # the firm did not wait for it
        answers.keep(one, fact.answers, "sent when it was done already; nothing follows")
        return
    undo = "ClientRequestReturned()"
    if not answers.hand_in(one, fact.answers, undo, incomplete=fact.incomplete):
        return
    if sheet is None and one.is_done and Mark.SUBMITTED in one.item.marks:
        return
    waits = isinstance(sheet, Questionnaire) and sheet.accept
    if not waits or not one.is_open:
        anew = sheet is None and one.is_open
        accept(one)
        if anew:  # whoever made it may say yet that the firm has to accept it
            one.update(marks=one.item.marks | {Mark.SUBMITTED})
        return
    again = Mark.SUBMITTED in one.item.marks
    if again and one.item.progress == sheet:
        return
    one.update(marks=one.item.marks | {Mark.SUBMITTED})
    one.note("sent anew" if again else "the firm has yet to accept it")
    one.silence("submitted")


def accept(one: Touched) -> None:
    """Let it be done; tags and fields change as the answers say."""
    if isinstance(one.item.progress, Questionnaire):
        answers.accept(one)
    if one.item.state is ItemState.COMPLETED and Mark.SUBMITTED in one.item.marks:
        one.note("it was done when it was sent")
    one.forget(Mark.SUBMITTED)
    one.complete()


def give_back(one: Touched, reason: str) -> None:
    """Let the client act again, and be reminded anew; what was sent is kept."""
    if one.is_open and Mark.SUBMITTED in one.item.marks:
        told = ": ".join(filter(None, ("returned to the client", reason)))
        marks = one.item.marks - {Mark.SUBMITTED, Mark.QUIET}
        one.update(marks=marks, reopened=one.draft.now)
        if one.item.state is ItemState.RESOLVED:  # it was let go of
            one.note_late(told)
            return
        one.note(told)
        one.remind_again(anew=True)
    else:
        one.reopen()
