"""Automations that change the job itself, which needs no port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import attrs

from ..errors import Problem, shown
from .automations import Automation
from .checks import choice_problems, flags_problems, texts_problems
from .dates import When, when_problems
from .job_statuses import Status
from .pipelines import Pipeline
from .record import frozen
from .stages import Stage
from .templates import Priority
from .text import text_problems
from .values import as_choice

__all__ = ["SetStatus", "StartJob", "TransferJob", "UpdateClientStatus", "UpdateJob"]


def _priority(given: Priority | str | None) -> Priority | None:
    return None if given is None else as_choice(Priority, given)


@frozen
class UpdateJob(Automation):
    """Change the job, as an edit does (R-22): `UpdateJob(priority="urgent", due=After(days=5))`.

    What is not given stays as it is. Dates that do not fit together are warned of, and left out.

    Args:
        priority: Low, medium, high or urgent.
        start: A date, or `After(...)` counted from the day on which it fires.
        due: The same.
        name: With merge fields.
        description: The same.
        comments: For the team.
    """

    kind: ClassVar[str] = "update_job"

    priority: Priority | None = attrs.field(default=None, converter=_priority, kw_only=True)
    start: When = attrs.field(default=None, kw_only=True)
    due: When = attrs.field(default=None, kw_only=True)
    name: str = attrs.field(default="", kw_only=True)
    description: str = attrs.field(default="", kw_only=True)
    comments: str = attrs.field(default="", kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        if self.priority is not None:
            yield from choice_problems(Priority, self.priority, "$.priority")
        yield from when_problems(self.start, self.due)
        yield from texts_problems(self, ("name", "description", "comments"))


@frozen
class UpdateClientStatus(Automation):
    """Change what the client's portal shows of the job: `UpdateClientStatus(status="In review")`.

    What is not given stays as it is; the texts of a job that is shown for the first time are empty.

    Args:
        visible: Whether the client sees the job at all; what is hidden has no texts any more.
        name: What the client sees it called, with merge fields.
        status: How far it is, in words for the client, with merge fields.
        description: More words, with merge fields.
    """

    kind: ClassVar[str] = "update_client_status"

    visible: bool = attrs.field(default=True, kw_only=True)
    name: str = attrs.field(default="", kw_only=True)
    status: str = attrs.field(default="", kw_only=True)
    description: str = attrs.field(default="", kw_only=True)

    @property
    def texts(self) -> dict[str, str]:
        """The texts that it gives, by their field."""
        given = {"name": self.name, "status": self.status, "description": self.description}
        return {field: text for field, text in given.items() if text}

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from flags_problems(self, ("visible",))
        yield from texts_problems(self, ("name", "status", "description"))
        if self.visible is False:
            for field, text in self.texts.items():
                what = "is for a job that the client sees, and visible=False hides it"
                yield Problem(what, f"$.{field}", shown(text))


def _status(given: str | Status) -> str:
    return given.name if isinstance(given, Status) else given


@frozen
class SetStatus(Automation):
    """Set the job's status, as `engine.set_status` does: `SetStatus("Completed")`.

    It is the last effect of the entry: the automations behind it in the list fire before. Where
    there are several, the last one counts. A job that is no longer Active does not automove
    (A-22, A-23).

    Args:
        status: Active, Completed, Archived or one of the pipeline's own, however it is spelt.
    """

    kind: ClassVar[str] = "set_status"

    status: str = attrs.field(converter=_status)

    @property
    def label(self) -> str:
        """What it is called on a board: `set status 'On hold'`."""
        return f"{super().label} {self.status!r}"

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from text_problems(self.status, "$.status", empty=False)


def _pipeline(given: str | Pipeline) -> str:
    return given.id if isinstance(given, Pipeline) else given


def _stage(given: str | Stage | None) -> str | None:
    return given.id if isinstance(given, Stage) else given


@frozen
class _Leading(Automation):
    pipeline: str = attrs.field(converter=_pipeline)
    stage: str | None = attrs.field(default=None, converter=_stage, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from text_problems(self.pipeline, "$.pipeline", empty=False)
        if self.stage is not None:
            yield from text_problems(self.stage, "$.stage", empty=False)


@frozen
class StartJob(_Leading):
    """Start another job for the same account: `StartJob("books", name="Books [CURRENT_YEAR]")`.

    It starts in the same commit, when all else of the command is done; its own automations fire,
    and both jobs know of each other. Pipelines that start jobs of each other without end are
    stopped by a `LimitError`, and nothing is stored.

    Args:
        pipeline: Which one, or its id; its job template says what the job is like.
        name: With merge fields; as the job template says unless given.
        stage: Where it starts, or that stage's id; the first one unless given.
    """

    kind: ClassVar[str] = "start_job"

    name: str = attrs.field(default="", kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from texts_problems(self, ("name",))


@frozen
class TransferJob(_Leading):
    """Take the job to another pipeline, or another stage: `TransferJob("books", stage="set-up")`.

    It goes when all automations of the stage have had their turn, in the same commit, and those of
    the stage that it enters fire (A-16). Where there are several, the last one counts. Transfers
    without end are stopped by a `LimitError`, and nothing is stored.

    Args:
        pipeline: Which one, or its id.
        stage: Where it goes, or that stage's id; the first one unless given.
    """

    kind: ClassVar[str] = "transfer_job"
