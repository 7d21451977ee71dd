"""Uses: what names a thing, and where, so that it cannot simply go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from ..show.shown import Shown

if TYPE_CHECKING:
    from ..show import Document

__all__ = ["Use", "Uses"]


class Use(NamedTuple):
    """One use of a thing: of which kind what uses it is, its id and name, and the place there."""

    kind: str
    id: str
    name: str
    where: str

    def __str__(self) -> str:
        """Print in one line: `pipeline 'Tax' $.stages[1].automations[0].template`."""
        if self.kind == "settings":  # of which a firm has one, without a name
            return f"settings {self.where}"
        id = "" if self.kind in {"pipeline", "template", "schedule"} else f" ({self.id})"
        return f"{self.kind} {self.name!r}{id} {self.where}"


class Uses(Shown, Sequence[Use]):
    """All uses of a thing; empty where nothing uses it."""

    __slots__ = ("_uses",)

    def __init__(self, uses: Iterable[Use]) -> None:
        """Take the uses in their order."""
        self._uses = tuple(uses)

    @overload
    def __getitem__(self, place: int) -> Use: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Use, ...]: ...
    def __getitem__(self, place: int | slice) -> Use | tuple[Use, ...]:
        """Return one use, or some of them."""
        return self._uses[place]

    def __len__(self) -> int:
        """Count them."""
        return len(self._uses)

    def __eq__(self, other: object) -> bool:
        """Equal uses, a list or a tuple of the same."""
        return isinstance(other, Uses | tuple | list) and self._uses == tuple(other)

    def __hash__(self) -> int:
        """Hash by content."""
        return hash(self._uses)

    def document(self) -> Document:
        """Build what is shown: a row for each use."""
        from ..show import Document, Heading, Paragraph, Table  # showing is rare

        rows = tuple((one.kind, one.name, one.id, one.where) for one in self._uses)
        head = Heading("Uses")
        if not rows:
            return Document((head, Paragraph(str(self))))
        return Document((head, Table(("Kind", "Name", "Id", "Where"), rows)))

    def __str__(self) -> str:
        """Print a line a use."""
        return "\n".join(map(str, self._uses)) or "nothing uses it"

    def __repr__(self) -> str:
        """Say how many there are."""
        return f"<Uses: {len(self._uses)}>"
