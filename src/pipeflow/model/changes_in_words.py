"""Changes in words: what automations change of accounts and jobs, as an overview tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import many
from .accounts import Person, Role
from .automations import (
    Automation,
    NotifyTeam,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from .dates import After, When
from .job_automations import SetStatus, StartJob, TransferJob, UpdateClientStatus, UpdateJob
from .pipelines import Pipeline

__all__ = ["change_of"]


def change_of(
    one: Automation, members: Mapping[str, str], pipelines: Mapping[str, Pipeline]
) -> tuple[frozenset[Person], frozenset[Person], bool, str]:
    """Return what an automation adds and removes, whether all goes first, and that in words.

    Args:
        one: Which.
        members: What members are called, by their ids.
        pipelines: The pipelines to which it may lead, by their ids.
    """

    def listed(verb: str, people: frozenset[Person]) -> str:
        return f"{verb} {', '.join(sorted(_named(p, members) for p in people))}" if people else ""

    match one:
        case UpdateAccountTags(add=tags, remove=gone, clear=clear):
            add, remove = frozenset[Person](tags), frozenset[Person](gone)
            first = "clear all" if clear else _quoted("remove", gone)
            words = (first, _quoted("add", tags))
        case UpdateAccountAccess(add=add, remove=remove, reset=clear):
            if clear:
                words = (listed("reset to", add) or "reset to default access", "")
            else:
                words = (listed("remove", remove), listed("add", add))
        case UpdateJobAssignees(add=add, remove=remove, clear=clear):
            first = "unassign everybody" if clear else listed("unassign", remove)
            words = (first, listed("assign", add))
        case NotifyTeam(to=to, subject=subject):
            whom = ", ".join(sorted(_named(p, members) for p in to)) or "the job's assignees"
            return frozenset(), frozenset(), False, f"tell {whom} {subject!r}"
        case _:
            return frozenset(), frozenset(), False, _of_the_job(one, pipelines)
    return add, remove, clear, ", ".join(filter(None, words)) or "no change"


def _of_the_job(one: Automation, pipelines: Mapping[str, Pipeline]) -> str:
    """Return what an automation changes of the job, in words; "" of one that changes nothing."""
    match one:
        case UpdateJob():
            given = {
                "priority": one.priority or "",
                "start": _when(one.start),
                "due": _when(one.due),
                **{field: repr(text) for field, text in _texts_of(one) if text},
            }
            told = (f"{field} {text}" for field, text in given.items() if text)
            return ", ".join(told) or "no change"
        case StartJob(stage=stage, name=name):
            pipeline, place = _target(one, pipelines)
            where = f" in stage {place}" if stage else ""
            return f"of pipeline {pipeline}{where}" + (f", called {name!r}" if name else "")
        case TransferJob(stage=stage):
            pipeline, place = _target(one, pipelines)
            return f"to pipeline {pipeline}" + (f", stage {place}" if stage else "")
        case SetStatus(status=status):
            return status
        case UpdateClientStatus(visible=visible):
            told = (f"{field} {text!r}" for field, text in one.texts.items())
            return ", ".join(told) or ("show the job" if visible else "hide the job")
        case _:
            return ""


def _target(one: StartJob | TransferJob, pipelines: Mapping[str, Pipeline]) -> tuple[str, str]:
    """Return what the pipeline and the stage are called to which an automation leads, in quotes."""
    line, stage = pipelines.get(one.pipeline), one.stage or ""
    place = None if line is None else line.find(stage)
    if line is None or place is None:
        return repr(one.pipeline if line is None else line.name), repr(stage)
    return repr(line.name), repr(line.stages[place].name)


def _texts_of(one: UpdateJob) -> Iterator[tuple[str, str]]:
    return ((field, getattr(one, field)) for field in ("name", "description", "comments"))


def _when(when: When) -> str:
    """Say when something is, counted from the day on which the automation fires."""
    if not isinstance(when, After):
        return str(when or "")
    counts = {"year": when.years, "month": when.months, "day": when.days}
    parts = [many(number, word) for word, number in counts.items() if number]
    return f"in {' and '.join(parts)}" if parts else "that day"


def _quoted(verb: str, tags: frozenset[str]) -> str:
    return f"{verb} {', '.join(map(repr, sorted(tags)))}" if tags else ""


def _named(person: Person, members: Mapping[str, str]) -> str:
    return f"the {person.name}" if isinstance(person, Role) else members.get(person, person)
