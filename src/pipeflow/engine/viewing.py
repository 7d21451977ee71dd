"""The calls that show: values that print, made of what the firm has saved."""

from __future__ import annotations

from ..model.overview import Overview
from ..model.pipelines import Pipeline
from .desk import Desk
from .handles import handle

__all__ = ["Viewing"]


class Viewing:
    """The calls whose answers are for people."""

    _desk: Desk

    def overview(self, pipeline: Pipeline | str) -> Overview:
        """Show a pipeline as it is saved, stage by stage, as a board shows it; it prints.

        Templates and members are called by their names. For a pipeline that is not saved there is
        `pipeline.overview(engine.templates(), engine.members())`.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        records = self._desk.looked()
        found: Pipeline = records.saved("pipeline", handle(pipeline, Pipeline, "pipeline"))
        return found.overview(records.every("template"), records.every("member"))
