"""Name checks: what conditions call by a name that nothing has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..errors import nearest
from ..model.accounts import Account
from ..model.client_conditions import Answered, AnswerIs, PackageIs
from ..model.parts import questions_in
from ..model.pipelines import Pipeline
from ..model.templates import (
    ClientRequestTemplate,
    OrganizerTemplate,
    ProposalTemplate,
    Question,
    Template,
)
from ..rules.asked import InUse, doubts, in_use
from .findings import Finding
from .places import Places

__all__ = ["name_findings"]

OFFERED = 3  # answers that a suggestion lists


def name_findings(
    pipeline: Pipeline,
    templates: Mapping[str, Template],
    others: Iterable[Pipeline],
    accounts: Sequence[Account],
) -> Iterator[Finding]:
    """Yield the tags in conditions that seem mistyped, and what asks for what nobody is asked."""
    places = Places(pipeline)
    if accounts:  # without them nobody knows which tags there are
        tags = in_use((*templates.values(), *others, pipeline, *accounts)).tags
        for problem in doubts(pipeline, InUse(tags)):
            told = f"It {problem.what}."
            suggestion = f"Did you mean {problem.nearest!r}?"
            yield Finding("mistyped", places.of(problem.where), problem.where, told, suggestion)
    asked: dict[str, list[Question]] = {}
    packages: dict[str, None] = {}
    for one in templates.values():
        if isinstance(one, OrganizerTemplate | ClientRequestTemplate):
            for question in one.all_questions:
                asked.setdefault(question.text, []).append(question)
        elif isinstance(one, ProposalTemplate):
            packages |= dict.fromkeys(package.name for package in one.packages)
    for leaf, where in questions_in(pipeline):
        told = suggestion = ""
        if isinstance(leaf, Answered | AnswerIs) and leaf.question not in asked:
            told = f"No organizer and no client request asks {leaf.question!r}."
            suggestion = _instead(leaf.question, [*asked], "Ask it, or correct the question.")
        elif isinstance(leaf, AnswerIs):
            told, suggestion = _not_offered(leaf, asked[leaf.question])
        elif isinstance(leaf, PackageIs) and packages.keys().isdisjoint(leaf.packages):
            told = f"No proposal offers {_listed(leaf.packages)}."
            suggestion = _instead(leaf.packages[0], [*packages], "Offer it, or correct the name.")
        if told:
            yield Finding("unasked", places.of(where), where, told, suggestion)


def _not_offered(leaf: AnswerIs, asked: Iterable[Question]) -> tuple[str, str]:
    """Return what is the matter with an answer that no question offers, and what to do."""
    offered: dict[str, None] = {}
    for question in asked:
        if not question.choices:
            return "", ""
        offered |= dict.fromkeys(question.choices)
    texts = [one for one in leaf.values if isinstance(one, str)]
    if len(texts) < len(leaf.values) or not offered.keys().isdisjoint(texts):
        return "", ""
    more = ", ..." if len(offered) > OFFERED else ""
    there = f"There is {', '.join(map(repr, [*offered][:OFFERED]))}{more}."
    told = f"The question {leaf.question!r} does not offer {_listed(texts)}."
    return told, _instead(texts[0], [*offered], there)


def _instead(name: str, known: Sequence[str], otherwise: str) -> str:
    found = nearest(name, known)
    return f"Did you mean {found!r}?" if found else otherwise


def _listed(names: Iterable[str]) -> str:
    return " or ".join(map(repr, names))
