"""The commands that reserve a command id for many; each of them is done under one of its own."""

from __future__ import annotations

from typing import Any, ClassVar

from ...model.record import record
from ...model.remains import Open
from ...rules import Edits
from ..records import PIECE, row_key
from ..unit import Unit
from .command import Command, said_of

__all__ = ["ArchiveMany", "EditMany", "MoveMany", "TagMany"]

NOTHING: frozenset[str] = frozenset()


@record
class ArchiveMany(Command):
    """Archive jobs."""

    action: ClassVar[str] = "archive_many"

    jobs: tuple[str, ...]

    def act(self, unit: Unit) -> None:
        """Reserve the command id, and nothing else."""


@record
class MoveMany(Command):
    """Move jobs to a stage."""

    action: ClassVar[str] = "move_many"

    jobs: tuple[str, ...]
    stage: str
    skip: frozenset[str] = NOTHING
    open: Open = Open.STAY

    def act(self, unit: Unit) -> None:
        """Note what the stage is called, where all the jobs are in one pipeline."""
        keys = [row_key("job", id) for id in self.jobs]
        pieces = (keys[start : start + PIECE] for start in range(0, len(keys), PIECE))
        rows = (row for piece in pieces for row in unit.many(piece).values())
        pipelines = {row.value.pipeline for row in rows}
        if len(pipelines) == 1:
            pipeline = unit.book(*pipelines).pipeline
            unit.call(pipeline, pipeline.stage(self.stage))


@record
class EditMany(Command):
    """Change what is said of jobs."""

    action: ClassVar[str] = "edit_many"

    jobs: tuple[str, ...]
    edits: Edits

    def said(self) -> dict[str, Any]:
        """Return what is said, each field by its name; what stays as it is is not said."""
        return {"do": self.action, "jobs": [*self.jobs], **said_of(self.edits)}

    def act(self, unit: Unit) -> None:
        """Reserve the command id, and nothing else."""


@record
class TagMany(Command):
    """Change the tags of accounts by hand."""

    action: ClassVar[str] = "tag_many"

    accounts: tuple[str, ...]
    add: frozenset[str] = NOTHING
    remove: frozenset[str] = NOTHING
    clear: bool = False

    def act(self, unit: Unit) -> None:
        """Reserve the command id, and nothing else."""
