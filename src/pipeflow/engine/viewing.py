"""The calls that show: values that print, made of what the firm has saved."""

from __future__ import annotations

from ..model.overview import Overview
from ..model.pipelines import Pipeline
from .desk import Desk
from .handles import handle
from .who import Who

__all__ = ["Viewing"]


class Viewing:
    """The calls whose answers are for people."""

    _desk: Desk

    def overview(self, pipeline: Pipeline | str, *, actor: Who = None) -> Overview:
        """Show a pipeline as it is saved, stage by stage, as a board shows it; it prints.

        Templates and members are called by their names. For a pipeline that is not saved there is
        `pipeline.overview(engine.templates(), engine.members())`. Where it is said who asks, those
        that they may not see are called by their ids.

        Raises:
            NotFoundError: With the nearest ids that there are.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        desk, records = self._desk, self._desk.looked()
        found: Pipeline = records.saved("pipeline", handle(pipeline, Pipeline, "pipeline"))
        if actor is not None:
            desk.sight(actor).look(found)
        templates, members = records.every("template"), records.every("member")
        return found.overview(desk.seen(templates, actor), desk.seen(members, actor))
