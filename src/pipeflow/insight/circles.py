"""Circles: automations that lead jobs on, and back again, without end (R-34)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..model.job_automations import SetStatus
from ..model.pipelines import Pipeline
from ..model.text import spelt
from .findings import Finding
from .firing_lists import lists_of
from .leads import Lead, Place, is_sure, last_statuses, leads_of

__all__ = ["endless_findings"]

MOST_PLACES = (
    20_000  # that are looked at, each status apart; what lies behind is not thought through
)
OF_STATUS = "get the status"
ENDLESS = (
    "Whoever comes here is led on, and back here again, without end: the command is refused, and "
    "no job can {what}."
)


def endless_findings(pipeline: Pipeline, pipelines: Mapping[str, Pipeline]) -> Iterator[Finding]:
    """Yield what starts or transfers jobs without end, so that a command is refused (R-34).

    And the statuses that set one another without end.

    Args:
        pipeline: Which one is looked at.
        pipelines: It and the others, by their ids.
    """
    paths = {*_led_round(pipeline, {**pipelines, pipeline.id: pipeline}), *_set_round(pipeline)}
    if not paths:
        return
    for given in lists_of(pipeline):
        for number in range(len(given.automations)):
            place, path = given.where(number)
            if path in paths:
                what = "enter the stage" if given.entry else OF_STATUS
                suggestion = "Give it a condition that ends it, or take it out."
                yield Finding("endless", place, path, ENDLESS.format(what=what), suggestion)


def _led_round(pipeline: Pipeline, known: Mapping[str, Pipeline]) -> Iterator[str]:
    """Yield the paths of what leads jobs on, and back to where they were."""
    leads = _all_leads(known)
    resting = _resting(leads)
    for place in leads:
        for lead in leads[place] if place.pipeline == pipeline.id else ():
            if not any(way.to in resting for way in lead):
                yield from (way.path for way in lead if _comes_back(way.to, place, leads))


def _set_round(pipeline: Pipeline) -> Iterator[str]:
    """Yield the paths of what sets statuses that set one another without end."""
    then: dict[str, str] = {}
    paths: dict[str, str] = {}
    for number, status in enumerate(pipeline.statuses):
        name, found = spelt(status.name), [*last_statuses(status.automations)]
        if len(found) == 1 and found[0] not in {None, name}:
            then[name] = str(found[0])
            several = enumerate(status.automations)
            last = max(n for n, one in several if isinstance(one, SetStatus) and is_sure(one))
            paths[name] = f"$.statuses[{number}].automations[{last}]"
    for name, following in then.items():
        seen, here = {name}, following
        while here in then and here not in seen:
            seen.add(here)
            here = then[here]
        if here == name:
            yield paths[name]


def _all_leads(known: Mapping[str, Pipeline]) -> dict[Place, tuple[Lead, ...]]:
    """Return where jobs are led from every stage, and from where they come then."""
    open_ = [Place(one.id, stage.id) for one in known.values() for stage in one.stages]
    found: dict[Place, tuple[Lead, ...]] = dict.fromkeys(open_, ())
    for place in open_:  # grows
        found[place] = tuple(leads_of(place, known))
        for lead in found[place]:
            for way in lead:
                if way.to not in found:
                    found[way.to] = ()
                    if len(found) < MOST_PLACES:
                        open_.append(way.to)
    return found


def _resting(leads: Mapping[Place, tuple[Lead, ...]]) -> set[Place]:
    """Return the places from which every lead may come to an end."""
    behind: dict[Place, list[tuple[Place, int]]] = {}
    left = {place: {*range(len(several))} for place, several in leads.items()}
    for place, several in leads.items():
        for number, lead in enumerate(several):
            for way in lead:
                behind.setdefault(way.to, []).append((place, number))
    ends = [place for place, numbers in left.items() if not numbers]
    found = set(ends)
    while ends:
        for place, number in behind.get(ends.pop(), ()):
            left[place].discard(number)
            if not left[place] and place not in found:
                found.add(place)
                ends.append(place)
    return found


def _comes_back(start: Place, to: Place, leads: Mapping[Place, tuple[Lead, ...]]) -> bool:
    """Tell whether a way leads from one place to another."""
    seen, open_ = {start}, [start]
    while open_:
        place = open_.pop()
        if place == to:
            return True
        for lead in leads[place]:
            for way in lead:
                if way.to not in seen:
                    seen.add(way.to)
                    open_.append(way.to)
    return False
