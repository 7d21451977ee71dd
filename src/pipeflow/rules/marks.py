"""Marks: what a job keeps of that which fires but once: an automation, or a trigger for one visit
or date (A-46, R-35).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

__all__ = [
    "fired_mark",
    "has_fired",
    "has_fired_at_all",
    "mark_of",
    "marks_of",
    "trigger_marks",
    "without",
]


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


def _plain(mark: str) -> str:
    """Return a mark with its parts as they are, as earlier versions wrote it."""
    return mark.replace("%2F", "/").replace("%25", "%")


def has_fired(fired: AbstractSet[str], mark: str) -> bool:
    """Tell whether that has fired which has a mark: by it, or by the one of earlier versions.

    One that reads like a mark of today was written for what that names.
    """
    if mark in fired or "%" not in mark:
        return mark in fired
    plain = _plain(mark)
    return plain in fired and _plain(plain) == plain


def has_fired_at_all(fired: AbstractSet[str], pipeline: str, home: str, trigger: str) -> bool:
    """Tell whether a trigger has fired, for whatever visit or date."""
    before = mark_of(pipeline, home, trigger, "")
    return any(mark.startswith((before, _plain(before))) for mark in fired)


def without(fired: AbstractSet[str], marks: AbstractSet[str]) -> frozenset[str]:
    """Return what has fired without what has these marks, which may fire anew."""
    return frozenset(fired - marks - {*map(_plain, marks)})


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
    now = f"{_escaped(pipeline)}/", f"/{_escaped(trigger)}"
    before = f"{pipeline}/", f"/{trigger}"  # as earlier versions wrote it
    return frozenset(
        mark for mark in fired if _is_of(mark, now, visits) or _is_of(mark, before, visits)
    )


def _is_of(mark: str, wanted: tuple[str, str], visits: AbstractSet[int]) -> bool:
    """Tell whether a mark, by its ends, is that of a trigger, and of one of these visits."""
    (begins, ends), (what, _, of) = wanted, mark.rpartition("/")
    if len(what) < len(begins) + len(ends) or not (what.startswith(begins) and what.endswith(ends)):
        return False
    visit = of.rpartition(" ")[2]
    return not visit.isdigit() or int(visit) in visits
