"""Doubts about references, in a package of which other parts could not be read.

What could not be read is still there as far as it goes, and the checks of a `Bundle` look at it.
But nobody knows an id that could not be read, nor what stands in a list that is none: what may
seem wrong for that reason alone is left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import Problem
from ..model.text import UNNAMED, composed, slug

__all__ = ["mended"]

REFERRING = ("template", "job_template", "invoice_on_acceptance", "pipeline", "pipelines")
AWAITED = r"(\$\.pipelines\[\d+\]\.stages\[\d+\])\.triggers\[\d+\]\.of"
EMPTY = "must hold at least one pipeline"
# The ends of the places at which the id of an automation is lost, or the automation itself.
LOST = r".*\.(automations|triggers|then|reminders)(\[\d+\](\.(type|id|template|pipeline))?)?"


class _Unread(NamedTuple):
    """A template or a pipeline whose id could not be read.

    `kind` is what references call it, as far as that is known, `id` what stands for its id
    meanwhile, and `wanted` tells whether something refers to that.
    """

    kind: str
    id: str
    wanted: bool

    def explains(self, problem: Problem) -> bool:
        """Tell whether a problem may be gone as soon as the id is read."""
        what = problem.what
        if what.startswith("there is no "):
            return not self.wanted and f" {self.kind} " in what.partition("'")[0]
        if what.startswith(EMPTY):
            return True
        return what.startswith(f"{self.id!r} is ") or f" the id {self.id!r}, as " in what

    def unadvised(self, problem: Problem) -> Problem:
        """Return a problem without the advice to name what stands for the id."""
        allowed = tuple(one for one in problem.allowed if one != self.id)
        nearest = "" if problem.nearest == self.id else problem.nearest
        return problem._replace(allowed=allowed, nearest=nearest)


def mended(problems: Iterable[Problem], data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems without those that may only seem to be there.

    Args:
        problems: What reading a package told.
        data: Its content, of whatever shape.
    """
    told = tuple(problems)
    places = {one.where for one in told if not _is_doubt(one)}
    named = frozenset(_named(data))
    unread = [
        *_unread(data.get("templates"), "template", "$.templates", places, named),
        *_unread(data.get("pipelines"), "pipeline", "$.pipelines", places, named),
    ]
    for problem in told:
        if _is_awaited(problem, places) or any(one.explains(problem) for one in unread):
            continue
        certain = problem
        for one in unread:
            certain = one.unadvised(certain)
        yield certain


def _is_doubt(problem: Problem) -> bool:
    """Tell whether a problem says nothing of whether its place could be read."""
    return " has the id " in problem.what or problem.what.startswith(EMPTY)


def _unread(
    given: Any, what: str, where: str, places: Collection[str], named: Collection[str]
) -> Iterator[_Unread]:
    if not isinstance(given, list):
        if where in places:
            yield _Unread(what, "", wanted=False)
        return
    for number, one in enumerate(given):
        place, content = f"{where}[{number}]", one if isinstance(one, dict) else {}
        known = "id" if "id" in content else "name"
        if isinstance(one, dict) and f"{place}.{known}" not in places:
            continue
        name, kind = content.get("name"), content.get("type")
        id = slug(name) if isinstance(name, str) else UNNAMED
        known_kind = kind if isinstance(kind, str) and f"{place}.type" not in places else what
        yield _Unread(known_kind.replace("_", " "), id, id in named)


def _is_awaited(problem: Problem, places: Iterable[str]) -> bool:
    """Tell whether a trigger may wait for an automation whose id could not be read."""
    found = re.fullmatch(AWAITED, problem.where)
    return found is not None and any(
        one.startswith(found[1]) and re.fullmatch(LOST, one) for one in places
    )


def _named(data: Any) -> Iterator[str]:
    """Yield the ids that are referred to, wherever something in the data does."""
    left = [data]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left += one
        elif isinstance(one, dict):
            left += one.values()
            for key in REFERRING:
                given = one.get(key)
                several = given if isinstance(given, list) else [given]
                yield from (composed(id) for id in several if isinstance(id, str))
