"""Places: where in a pipeline a path leads, as people call it."""

from __future__ import annotations

from ..model.pipelines import Pipeline

__all__ = ["Places"]


class Places:
    """The places of one pipeline, by their paths."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Note where each automation, and each stage, stands."""
        self._pipeline = f"pipeline {pipeline.name!r}"
        stages = [f"stage {stage.name!r}" for stage in pipeline.stages]
        self._known = {f"$.stages[{number}]": name for number, name in enumerate(stages)}
        for where, one in pipeline.automations():
            home = where.partition("]")[0] + "]"
            stage = self._known.get(home)
            self._known[where] = f"{stage}, {one.label}" if stage else one.label

    def of(self, path: str) -> str:
        """Return the place of what a path leads to, or of what holds it."""
        while path and path not in self._known:
            path = path.rpartition(".")[0]
        return self._known.get(path, self._pipeline)
