"""Listings: what was asked for, in its order, and where a page goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from ..errors import many
from ..model.record import Brief
from ..show.shown import Shown

if TYPE_CHECKING:
    from ..show import Document

__all__ = ["Listing"]

T = TypeVar("T", covariant=True)


class Listing(Shown, Sequence[T], Generic[T]):
    """All that was asked for, or a page of it; it equals lists and tuples of the same.

    `next` says where a page goes on: give it back as `after=`, with everything else as before. It
    is None where nothing follows.
    """

    __slots__ = ("_things", "next")

    _things: tuple[T, ...]
    next: str | None

    def __init__(self, things: Sequence[T], next: str | None = None) -> None:  # noqa: A002
        """Take the things in their order, and where the page goes on."""
        self._things = tuple(things)
        self.next = next

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Listing[T]: ...
    def __getitem__(self, place: int | slice) -> T | Listing[T]:
        """Return one of them, or some."""
        if isinstance(place, slice):
            return Listing(self._things[place])
        return self._things[place]

    def __len__(self) -> int:
        """Count them."""
        return len(self._things)

    def __iter__(self) -> Iterator[T]:
        """Go through them."""
        return iter(self._things)

    def __eq__(self, other: object) -> bool:
        """Equal a listing, list or tuple of the same."""
        return isinstance(other, Listing | tuple | list) and self._things == tuple(other)

    def __hash__(self) -> int:
        """Hash by content."""
        return hash(self._things)

    def document(self) -> Document:
        """Build what is shown: a row for each of them."""
        from ..show import Document, Heading, Table  # showing is rare

        several = [one for one in self._things if isinstance(one, Brief)]
        head = Heading(f"{many(len(self), 'thing')}{', and more' * (self.next is not None)}")
        if not self._things or len(several) < len(self):
            return Document((head, Table(("Thing",), tuple((str(one),) for one in self._things))))
        rows = tuple(tuple(one.cells().values()) for one in several)
        return Document((head, Table(tuple(several[0].cells()), rows)))

    def __str__(self) -> str:
        """Print a line each."""
        return "\n".join(map(str, self._things))

    def __rich_repr__(self) -> Iterator[T]:
        """Let rich print one below the other, where it prints values."""
        return iter(self)

    def __repr__(self) -> str:
        """Say how many there are, and whether more follow."""
        more = ", and more" if self.next is not None else ""
        return f"<Listing of {many(len(self), 'thing')}{more}>"
