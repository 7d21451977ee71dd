"""Jobs as conditions ask about them, made of plain values."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

from pipeflow import Item, ItemKind, ItemState, Job, JobStatus, Questionnaire, SigningState
from pipeflow.model.items import Mark
from pipeflow.model.record import replaced
from pipeflow.model.templates import Signatures
from pipeflow.model.values import FrozenMap

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


@attrs.frozen
class Standing:
    """A job as it stands in the middle of a decision."""

    job: Job
    items: Sequence[Item] = ()
    assignees: frozenset[str] = frozenset()
    age: int = 0


def standing(*items: Item, assignees: Iterable[str] = (), age: int = 0, **changes: Any) -> Standing:
    """Make a job that conditions can be asked about."""
    job = Job("job-1", "Tax", "ada", "tax", "intake", JobStatus.ACTIVE, 1, NOON, NOON)
    return Standing(replaced(job, **changes), items, frozenset(assignees), age)


def _item(kind: ItemKind, state: ItemState, progress: Any, *, linked: bool) -> Item:
    marks = frozenset[Mark]() if linked else frozenset({Mark.UNLINKED})
    item = Item("job-1/1", "job-1", kind, "X", None, state, None, 1, "intake", "link", NOON)
    return replaced(item, progress=progress, marks=marks)


def sheet(answers: Mapping[str, Any], state: str = "completed", *, linked: bool = True) -> Item:
    """Make an organizer with these answers."""
    progress = Questionnaire((), FrozenMap(answers))
    return _item(ItemKind.ORGANIZER, ItemState(state), progress, linked=linked)


def letter(package: str | None, state: str = "completed", *, linked: bool = True) -> Item:
    """Make a proposal with this package chosen."""
    progress = SigningState(Signatures.ONE, package=package)
    return _item(ItemKind.PROPOSAL, ItemState(state), progress, linked=linked)
