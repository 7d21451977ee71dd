"""The overview of a pipeline: per stage its automations, conditions and automove (domain.md 8)."""

from __future__ import annotations

from ..show import Document, Heading, Table
from .conditions import Condition
from .pipelines import Pipeline
from .record import Plain, frozen

__all__ = ["AutomationOverview", "Overview", "StageOverview", "overview_of"]


@frozen
class AutomationOverview(Plain):
    """One automation of a stage, as the board's counter shows it when clicked."""

    id: str
    kind: str
    template: str | None
    when: Condition | None

    @property
    def conditional(self) -> bool:
        """Whether it fires for some accounts only."""
        return self.when is not None

    @property
    def tags(self) -> frozenset[str]:
        """The account tags that decide."""
        return self.when.tags if self.when is not None else frozenset()


@frozen
class StageOverview(Plain):
    """One stage, as the board shows its head."""

    stage: str
    name: str
    automations: tuple[AutomationOverview, ...]
    when: Condition | None
    automove: bool

    @property
    def count(self) -> int:
        """The number of automations, as the board shows it above the stage."""
        return len(self.automations)


@frozen
class Overview(Plain):
    """A pipeline at a glance; it prints as a table."""

    pipeline: str
    stages: tuple[StageOverview, ...]

    def document(self) -> Document:
        """Build what is shown: a row a stage, a row an automation."""
        rows: list[tuple[str, ...]] = []
        for stage in self.stages:
            rows.append(
                (
                    stage.name,
                    f"{stage.count} automation{'s' * (stage.count != 1)}",
                    "" if stage.when is None else f"if {stage.when!r}",
                    "automove" if stage.automove else "",
                )
            )
            rows.extend(
                (
                    "",
                    one.kind.replace("_", " ") + (f" {one.template!r}" if one.template else ""),
                    "" if one.when is None else f"if {one.when!r}",
                    "",
                )
                for one in stage.automations
            )
        table = Table(columns=("Stage", "Automations", "Condition", "Automove"), rows=tuple(rows))
        return Document((Heading(self.pipeline), table))

    def __str__(self) -> str:
        """Print as text."""
        return self.document().text()


def overview_of(pipeline: Pipeline) -> Overview:
    """Build the overview of a pipeline."""
    stages = tuple(
        StageOverview(
            stage.id,
            stage.name,
            tuple(
                AutomationOverview(str(one.id), one.kind, one.uses, one.when)
                for one in stage.automations
            ),
            stage.when,
            stage.automove,
        )
        for stage in pipeline.stages
    )
    return Overview(pipeline.name, stages)
