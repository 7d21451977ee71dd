"""Subjects: what several questions ask about, so that one answer decides all of them.

Whether a field is "CA" and whether it is "NY" are two questions about one field, and no account
answers both with yes. So the questions of a subject are put to every kind of answer that they
could tell apart: what none of these fulfils, no client does.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any, NamedTuple

from ..model.account_conditions import BalanceAbove, BalanceBelow, RoleFilled, RoleIs
from ..model.accounts import Account, AccountType
from ..model.client_conditions import Answered, AnswerIs, PackageIs
from ..model.conditions import AccountIs, FieldIs
from ..model.field_conditions import (
    FieldAbove,
    FieldAfter,
    FieldBefore,
    FieldBelow,
    FieldIn,
    FieldSet,
)
from ..model.job_conditions import OlderThan, PipelineIs, PriorityIs
from ..model.logic import Condition
from ..model.money import Money
from ..model.record import replaced
from ..model.templates import Priority
from ..model.values import FrozenMap

__all__ = ["Subject", "subjects_of"]

MOST_NAMED = 4  # things of which a client may have several at once
MOST_ASKED = 24  # questions about one thing that are looked at together
SOMEBODY = Account("Somebody")
DAY = timedelta(days=1)
AboutField = FieldIs | FieldIn | FieldSet | FieldAbove | FieldBelow | FieldBefore | FieldAfter

# The questions that are answered with yes, as they are written: a field that is True is not one
# that is 1, though the two conditions are equal to each other, as their values are.
Yes = frozenset[str]


class Subject(NamedTuple):
    """Questions about one thing, and every way in which they may be answered together."""

    questions: tuple[Condition, ...]
    answers: tuple[Yes, ...]


def subjects_of(questions: Iterable[Condition], pipeline: str = "") -> Iterator[Subject]:
    """Sort questions by what they ask about, and say which answers there may be.

    Args:
        questions: Plain ones, none of them about tags.
        pipeline: The id of the pipeline in which the job is; "" where it may be in any.
    """
    by_subject: dict[Hashable, dict[str, Condition]] = {}
    for one in questions:
        by_subject.setdefault(_subject(one), {})[repr(one)] = one
    for several in by_subject.values():
        asked = tuple(several.values())
        found = _answers(asked, pipeline)
        if found is None:
            yield from (Subject((one,), (Yes(), Yes({repr(one)}))) for one in asked)
        else:
            yield Subject(asked, tuple(dict.fromkeys(found)))


def _subject(question: Condition) -> Hashable:
    """Return what a question asks about; where no other asks about that, the question itself."""
    match question:
        case AccountIs() | BalanceAbove() | BalanceBelow():
            return type(question).__name__[:7]
        case PriorityIs() | PackageIs() | PipelineIs() | OlderThan():
            return type(question)
        case RoleFilled() | RoleIs():
            return "role", question.role
        case Answered() | AnswerIs():
            return "answer", question.question
        case _ if isinstance(question, AboutField):
            return "field", question.name
        case _:
            return repr(question)


def _answers(asked: Sequence[Condition], pipeline: str) -> Iterable[Yes] | None:
    """Return the answers that there may be; None where there may be any."""
    if len(asked) > MOST_ASKED:
        return None
    match asked[0]:
        case AccountIs():
            return _fulfilled(asked, (replaced(SOMEBODY, type=one) for one in AccountType))
        case BalanceAbove() | BalanceBelow():
            return _fulfilled(asked, _owing(asked))
        case RoleFilled() | RoleIs() | Answered() | AnswerIs():
            return _of_several({repr(one): frozenset(_named(one)) for one in asked})
        case PriorityIs():
            return _of_one(asked, tuple(Priority))
        case PackageIs():
            return _of_one(asked, (None, *(name for one in asked for name in _named(one))))
        case PipelineIs() if pipeline:
            return _of_one(asked, (pipeline,))
        case OlderThan():
            ages = {0, *(one.days + 1 for one in asked if isinstance(one, OlderThan))}
            return (
                Yes(repr(one) for one in asked if isinstance(one, OlderThan) and age > one.days)
                for age in sorted(ages)
            )
        case first if isinstance(first, AboutField):
            return _of_field(first.name, asked)
        case _:
            return None


# -- things of which there is one, and of which there may be several ------------------------------


def _named(question: Condition) -> tuple[Any, ...]:
    """Return the things of which a question asks for one; none where anything will do."""
    match question:
        case PriorityIs(priorities=several) | PackageIs(packages=several):
            return several
        case PipelineIs(pipelines=several) | RoleIs(members=several):
            return several
        case AnswerIs(values=several):
            words = {True: "Yes", False: "No"}  # which is how clients say it
            return tuple(words[one] if isinstance(one, bool) else one for one in several)
        case _:
            return ()


def _of_one(asked: Sequence[Condition], there: Iterable[object]) -> Iterator[Yes]:
    for one in there:
        yield Yes(repr(question) for question in asked if one in _named(question))


def _of_several(named: dict[str, frozenset[Any]]) -> list[Yes] | None:
    """Answer for every choice of what is named, with and without other things besides."""
    known = list(frozenset[Any]().union(*named.values()))
    if len(known) > MOST_NAMED:
        return None
    choices = (some for count in range(len(known) + 1) for some in combinations(known, count))
    found = {
        Yes(
            question
            for question, names in named.items()
            if (not names.isdisjoint(some) if names else some or others)
        )
        for some in choices
        for others in (False, True)
    }
    return sorted(found, key=lambda yes: [question in yes for question in named])


# -- what an account is asked ---------------------------------------------------------------------


def _fulfilled(asked: Sequence[Condition], accounts: Iterable[Account]) -> Iterator[Yes]:
    for one in accounts:
        yield Yes(repr(question) for question in asked if question.holds(one))


def _owing(asked: Sequence[Condition]) -> Iterator[Account]:
    """Yield accounts that owe nothing that is known, and every kind of amount there is."""
    yield SOMEBODY
    amounts: dict[str, set[Decimal]] = {}
    for one in asked:
        if isinstance(one, BalanceAbove | BalanceBelow):
            amounts.setdefault(one.amount.currency, set()).add(one.amount.amount)
    for currency, known in amounts.items():
        any_money = Money(0, currency)
        for amount in _around(known):
            yield replaced(SOMEBODY, balance=replaced(any_money, amount=amount))


def _of_field(name: str, asked: Sequence[Condition]) -> Iterator[Yes] | None:
    """Answer for a field that is not there, is empty, or holds whatever tells questions apart."""
    values = [value for one in asked for value in _values(one)]
    numbers = {Decimal(one) for one in values if _is_number(one)}
    days = {one for one in values if isinstance(one, date)}
    parts = {part for one in values if isinstance(one, tuple) for part in one}
    texts = sorted({*(one for one in values if isinstance(one, str)), *parts})
    if len(texts) > MOST_NAMED and any(isinstance(one, FieldIn) for one in asked):
        return None  # a field may hold several texts, and these are too many to try
    other = "?".join(("", *texts, ""))  # which is none of them
    several = [some for n in range(len(texts) + 1) for some in combinations(texts, n)]
    there: list[Any] = ["", other, (), (other,), True, False, *values, *_around(numbers)]
    there += [day for one in sorted(days) for day in _days_around(one)]
    if len(texts) <= MOST_NAMED:
        there += [*several, *((*some, other) for some in several)]
    accounts = [SOMEBODY, *(replaced(SOMEBODY, fields=FrozenMap({name: one})) for one in there)]
    return _fulfilled(asked, accounts)


def _values(question: Condition) -> tuple[Any, ...]:
    """Return the values with which a question compares a field."""
    match question:
        case FieldIs(value=value) | FieldAbove(value=value) | FieldBelow(value=value):
            return (value,)
        case FieldBefore(day=value) | FieldAfter(day=value):
            return (value,)
        case FieldIn(values=values):
            return values
        case _:
            return ()


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _around(numbers: Iterable[Decimal]) -> list[Decimal]:
    """Return numbers, what lies between them, and below and above all: they tell all apart."""
    known = sorted(numbers)
    if not known:
        return [Decimal(0)]
    between = [(one + other) / 2 for one, other in pairwise(known)]
    return [known[0] - 1, *known, *between, known[-1] + 1]


def _days_around(day: date) -> Iterator[date]:
    if day > date.min:
        yield day - DAY
    yield day
    if day < date.max:
        yield day + DAY
