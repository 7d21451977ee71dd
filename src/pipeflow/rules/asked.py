"""What conditions ask of a firm: members and pipelines that are there, tags that are in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from ..errors import Problem, nearest, unknown
from ..model.accounts import Account, TagChange
from ..model.automations import UpdateAccountTags
from ..model.client_conditions import Answered, AnswerIs, PackageIs
from ..model.job_conditions import PipelineIs
from ..model.logic import Condition
from ..model.parts import parts_of, questions_in
from ..model.record import Plain, record
from ..model.templates import Package, Question
from .gaps import SAVE_TOGETHER

__all__ = ["InUse", "asks_by_name", "condition_problems", "doubts", "in_use"]


def condition_problems(
    thing: Any, members: AbstractSet[str], pipelines: AbstractSet[str]
) -> Iterator[Problem]:
    """Yield the members and pipelines that the conditions of a definition name in vain."""
    for one, where in questions_in(thing):
        for who in sorted(who for who in one.people if isinstance(who, str)):
            if who not in members:
                yield unknown("member", who, sorted(members), where=where, hint=SAVE_TOGETHER)
        for wanted in one.pipelines if isinstance(one, PipelineIs) else ():
            if wanted not in pipelines:
                names = sorted(pipelines)
                yield unknown("pipeline", wanted, names, where=where, hint=SAVE_TOGETHER)


# -- names that nobody has to know beforehand ----------------------------------------------------


@record
class InUse(Plain):
    """The names that a firm uses: tags that accounts have or that something sets, questions of
    organizers, packages of proposals.
    """

    tags: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()


def in_use(things: Iterable[Any], tags: Iterable[str] = ()) -> InUse:
    """Return the names that accounts, templates and pipelines use, and more *tags*."""
    found, questions, packages = {*tags}, set[str](), set[str]()
    for thing in things:
        if isinstance(thing, Account):
            found |= thing.tags
            continue
        for part, _ in parts_of(thing):
            if isinstance(part, TagChange | UpdateAccountTags):
                found |= part.add
            elif isinstance(part, Question):
                questions.add(part.text)
            elif isinstance(part, Package):
                packages.add(part.name)
    return InUse(frozenset(found), frozenset(questions), frozenset(packages))


def asks_by_name(thing: Any) -> bool:
    """Tell whether a definition has conditions in which a name may be mistyped."""
    return any(name for one, _ in questions_in(thing) for name, *_ in _named(one, InUse()))


def doubts(thing: Any, used: InUse) -> Iterator[Problem]:
    """Yield the names in conditions that nobody uses while much the same one is in use.

    Whoever lays down a pipeline first names tags that no account has yet, and means them. So a
    name is doubted only where it may be a typing error; once, however often it is asked for.
    """
    seen: set[tuple[str, str]] = set()
    for one, where in questions_in(thing):
        for name, known, what in _named(one, used):
            if name not in known and (name, what) not in seen:
                seen.add((name, what))
                if near := nearest(name, sorted(known)):
                    yield Problem(f"asks for {what.format(repr(name))}", where, nearest=near)


def _named(one: Condition, used: InUse) -> Iterator[tuple[str, frozenset[str], str]]:
    """Yield the names in a question, those in use, and what is said of one that is not."""
    for tag in sorted(one.tags):
        yield tag, used.tags, "the tag {}, which no account has and nothing sets"
    if isinstance(one, Answered | AnswerIs):
        yield one.question, used.questions, "the answer to {}, which no organizer asks"
    if isinstance(one, PackageIs):
        for package in one.packages:
            yield package, used.packages, "the package {}, which no proposal offers"
