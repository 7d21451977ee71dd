"""Marks: what a job keeps of that which fires but once: an automation, or a trigger for one visit
or date (A-46, R-35).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

__all__ = ["fired_mark", "mark_of", "marks_of", "trigger_marks"]


def mark_of(*parts: str) -> str:
    """Name an automation that fires once a job: by its pipeline, its stage, and its id.

    The stage is "" where the pipeline has it for all; the same stage of another pipeline is
    another. What would end a part early is escaped, so that no two things share a mark.
    """
    whole = "/".join(parts)
    if whole.count("/") < len(parts) and "%" not in whole:
        return whole
    return "/".join(map(_escaped, parts))


def _escaped(part: str) -> str:
    return part.replace("%", "%25").replace("/", "%2F")


def fired_mark(pipeline: str, home: str, trigger: str, of: str) -> str:
    """Name the firing of a trigger for one visit or date; it happens once."""
    return mark_of(pipeline, home, trigger, of)


def marks_of(pipeline: str, stage: str, automation: str) -> frozenset[str]:
    """Return the marks of an automation, whether its stage has it or the pipeline."""
    return frozenset(mark_of(pipeline, home, automation) for home in (stage, ""))


def trigger_marks(
    fired: AbstractSet[str], pipeline: str, trigger: str, visits: AbstractSet[int]
) -> frozenset[str]:
    """Return the marks of a trigger that fired in these visits; a stage before may call one of its
    own alike. What a pipeline fires for a date says no visit.
    """
    wanted = _escaped(pipeline), _escaped(trigger)
    return frozenset(mark for mark in fired if _is_of(mark.split("/"), wanted, visits))


def _is_of(parts: list[str], wanted: tuple[str, str], visits: AbstractSet[int]) -> bool:
    """Tell whether a mark, by its parts, is that of a trigger, and of one of these visits."""
    if len(parts) != 4 or (parts[0], parts[2]) != wanted:
        return False
    visit = parts[3].rpartition(" ")[2]
    return not visit.isdigit() or int(visit) in visits
