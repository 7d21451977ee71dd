"""The commands that save definitions, and install packages of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from ...model.pipelines import Pipeline
from ...model.record import record, replaced
from ...model.templates import Template
from ...ports.rows import CarriedOut, RowKey
from ..definitions import KeptIds, Savable, row_of, with_ids, write
from ..records import row_key
from ..unit import Unit
from .command import Command, checksum

if TYPE_CHECKING:
    from ...bundle import Bundle

__all__ = ["Install", "Save"]


@record
class Save(Command):
    """Save things, checked together; `ids` are those that accounts and contacts got."""

    action: ClassVar[str] = "save"

    things: tuple[Savable, ...]
    replace: bool = attrs.field(default=False, eq=False, kw_only=True)
    ids: dict[tuple[int, int], str] = attrs.field(factory=dict, eq=False, kw_only=True)

    @property
    def about(self) -> str:
        """What is saved, by id or name, with commas in between."""
        names = [row_of(thing).id or getattr(thing, "name", "") for thing in self.things]
        return ", ".join(names)

    def is_about(self, row: RowKey) -> bool:
        """Tell whether a row is that of the one thing that is saved."""
        return len(self.things) == 1 and row == row_of(self.things[0])

    def said(self) -> dict[str, Any]:
        """Return what is saved, a checksum each: whole templates would fill the store."""
        return {"do": self.action, "things": [_digest(thing) for thing in self.things]}

    def act(self, unit: Unit) -> None:
        """Give ids where they are missing, and write what changed."""
        things = []
        for number, thing in enumerate(self.things):
            count = 0

            def new_id(kind: str, number: int = number) -> str:
                nonlocal count
                count += 1
                place = (number, count)
                if place not in self.ids:
                    self.ids[place] = unit.host.new_id(kind)
                return self.ids[place]

            things.append(with_ids(thing, unit, new_id))
        unit.answer = write(unit, things, replace=self.replace)

    def rows(self, unit: Unit) -> tuple[tuple[str, str], ...]:
        """Return the rows of what was saved."""
        return tuple((key.kind, key.id) for key in map(row_of, unit.answer))

    def answer_again(self, unit: Unit, known: CarriedOut) -> None:
        """Return what was saved, as it now stands."""
        found = []
        for kind, id in known.rows:
            value = unit.value(kind, id)
            found.append(replaced(value, revision=unit.expect[row_key(kind, id)]))
        unit.answer = tuple(found)


@record
class Install(Command):
    """Copy a package's pipelines and templates into the firm, under ids that are free."""

    action: ClassVar[str] = "install"

    bundle: Bundle

    @property
    def about(self) -> str:
        """The package."""
        return self.bundle.name

    def act(self, unit: Unit) -> None:
        """Find free ids, and write the copies."""
        from ...bundle import free_ids

        taken, pipelines = KeptIds(unit, "template"), KeptIds(unit, "pipeline")
        renamed, ids = free_ids(self.bundle, taken, pipelines)
        saved = write(unit, (*renamed.templates, *renamed.pipelines), replace=False, new=True)
        unit.answer = (
            tuple(one for one in saved if isinstance(one, Pipeline)),
            tuple(one for one in saved if isinstance(one, Template)),
            ids,
        )


def _digest(thing: Savable) -> list[str]:
    """Tell a thing by its kind, its name and a checksum of what it says."""
    key = row_of(thing)
    return [key.kind, key.id, checksum(thing)]
