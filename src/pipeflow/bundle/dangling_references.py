"""References that lead nowhere, found in a package of which other parts could not be read.

A `Bundle` checks its references itself, but it is never made where a stage or a template is
wrong. Then this looks at the data, so that one error still tells everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import Problem, unknown
from ..model.text import slug
from .soundness import HINT, MOST_TYPOS

__all__ = ["dangling", "mended"]


def dangling(data: dict[str, Any]) -> Iterator[Problem]:
    """Yield the automations' templates that are not there, as far as the data can be understood.

    Args:
        data: A package's content, of whatever shape.
    """
    ids = [_id(template) for template in _list(data.get("templates"))]
    there = [one for one in ids if one is not None]
    if len(there) < len(ids):
        return  # one whose id cannot be read may be the one that is meant
    known = frozenset(there)
    wrong = (one for one in _references(data) if isinstance(one[1], str) and one[1] not in known)
    for number, (where, wanted) in enumerate(wrong):
        names = there if number < MOST_TYPOS else ()
        yield unknown("template", wanted, names, where=where, hint=HINT)


def mended(problems: Iterable[Problem], data: dict[str, Any]) -> Iterator[Problem]:
    """Yield problems with the dangling references put right.

    Where one template cannot be read, a package counts as holding none, and every reference
    seems to dangle; what the data says of them holds instead.
    """
    found = {problem.where: problem for problem in dangling(data)}
    places = {where for where, _ in _references(data)}
    for problem in problems:
        seems = problem.where in places and problem.what.startswith("there is no")
        if not seems:
            found.pop(problem.where, None)
            yield problem
        elif problem.where in found and problem.allowed:
            yield problem
            del found[problem.where]
    yield from found.values()


def _references(data: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for number, pipeline in enumerate(_list(data.get("pipelines"))):
        place = f"$.pipelines[{number}]"
        yield f"{place}.job_template", _part(pipeline, "job_template")
        for where, automation in _automations(pipeline, place):
            yield f"{where}.template", _part(automation, "template")
    for number, template in enumerate(_list(data.get("templates"))):
        where = f"$.templates[{number}].invoice_on_acceptance"
        yield where, _part(template, "invoice_on_acceptance")


def _automations(pipeline: object, place: str) -> Iterator[tuple[str, object]]:
    """Yield what looks like an automation, wherever a pipeline has some, with its path."""
    firing = [
        (f"{place}.{kind}[{number}]", one)
        for kind in ("stages", "triggers", "statuses")
        for number, one in enumerate(_list(_part(pipeline, kind)))
    ]
    for where, one in [*firing]:
        firing += [
            (f"{where}.triggers[{number}]", trigger)
            for number, trigger in enumerate(_list(_part(one, "triggers")))
        ]
    for where, one in firing:
        for number, automation in enumerate(_list(_part(one, "automations"))):
            yield f"{where}.automations[{number}]", automation
            then = _list(_part(_part(automation, "reminders"), "then"))
            for count, fired in enumerate(then):
                yield f"{where}.automations[{number}].reminders.then[{count}]", fired


def _id(template: object) -> str | None:
    given = _part(template, "id")
    name = _part(template, "name")
    if given is None and isinstance(name, str):
        return slug(name)
    return given if isinstance(given, str) else None


def _part(thing: object, key: str) -> object:
    return thing.get(key) if isinstance(thing, dict) else None


def _list(given: object) -> list[Any]:
    return given if isinstance(given, list) else []
