"""Marks: what a job keeps of that which fires but once: an automation, or a trigger for one visit
or date (A-46, R-35).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from ..model.automations import Automation, Repeat
from ..model.triggers import Trigger

__all__ = [
    "fired_mark",
    "has_fired",
    "has_fired_at_all",
    "is_spent",
    "mark_of",
    "once_mark",
    "trigger_marks",
    "without",
]


def once_mark(pipeline: str, stage: str, automation: str, kind: str) -> str:
    """Name an automation that fires once a job: by its pipeline, its stage, its id and its kind.

    The stage is "" where the pipeline has it for all; the same stage of another pipeline is
    another. So is one of another kind that has the id by now: what was done before is not what it
    does.
    """
    return f"{mark_of(pipeline, stage, automation)}%{kind}"


def fired_mark(pipeline: str, home: str, trigger: Trigger, of: str) -> str:
    """Name the firing of a trigger for one visit or date; it happens once.

    A trigger that waits for something else is another one, also where it has the id by now.
    """
    return f"{mark_of(pipeline, home, str(trigger.id), of)}%{trigger.derived_id()}"


def _kindless(mark: str) -> str:
    """Return a mark as earlier versions wrote it, which told no kind and nothing waited for."""
    return mark.rpartition("%")[0]


def mark_of(*parts: str) -> str:
    """Name something by its parts; what would end one early is escaped, so that no two things share
    a mark.
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
    before = _kindless(mark)
    if mark in fired or before in fired:
        return True
    plain = _plain(before)
    return plain in fired and _plain(plain) == plain


def is_spent(fired: AbstractSet[str], pipeline: str, home: str, one: Automation) -> bool:
    """Tell whether an automation fires but once a job, and has (A-46).

    What the pipeline has for all stages has, in whichever it did: so earlier versions marked what
    used up reminders fire, and so does a stage that had it before.
    """
    if one.repeat is not Repeat.ONCE:
        return False
    stages = {_plain(mark.split("/")[1]) for mark in fired} if not home else ()
    marks = (once_mark(pipeline, each, str(one.id), one.kind) for each in (home, *stages))
    return any(has_fired(fired, mark) for mark in marks)


def has_fired_at_all(fired: AbstractSet[str], pipeline: str, home: str, trigger: str) -> bool:
    """Tell whether a trigger has fired, for whatever visit or date."""
    before = mark_of(pipeline, home, trigger, "")
    return any(mark.startswith((before, _plain(before))) for mark in fired)


def without(fired: AbstractSet[str], marks: AbstractSet[str]) -> frozenset[str]:
    """Return what has fired without that which has these marks, and may fire anew."""
    before = {*map(_kindless, marks)}
    return frozenset(fired - marks - before - {*map(_plain, before)})


def trigger_marks(
    fired: AbstractSet[str], pipeline: str, trigger: str, visits: AbstractSet[int]
) -> frozenset[str]:
    """Return the marks of a trigger that fired in these visits, where its firing tells none itself,
    as in earlier versions; a stage before may call one of its own alike. What a pipeline fires for
    a date says no visit.
    """
    now = f"{_escaped(pipeline)}/", f"/{_escaped(trigger)}"
    before = f"{pipeline}/", f"/{trigger}"  # as earlier versions wrote it
    return frozenset(
        mark for mark in fired if _is_of(mark, now, visits) or _is_of(mark, before, visits)
    )


def _is_of(mark: str, wanted: tuple[str, str], visits: AbstractSet[int]) -> bool:
    """Tell whether a mark, by its ends, is that of a trigger, and of one of these visits; of one
    that tells what the trigger waited for, its firing told the mark.
    """
    (begins, ends), (what, _, of) = wanted, mark.rpartition("/")
    if (
        "%" in of
        or len(what) < len(begins) + len(ends)
        or not (what.startswith(begins) and what.endswith(ends))
    ):
        return False
    visit = of.rpartition(" ")[2]
    return not visit.isdigit() or int(visit) in visits
