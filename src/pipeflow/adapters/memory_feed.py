"""The feed of the memory store: every chapter in the order of commits, whose, and of which row."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from ..model.events import Chapter
from ..ports.rows import Page, RowKey

__all__ = ["Feed", "Places"]


class Places:
    """Where the chapters of a tenant stand in the feed, and the rows that do not follow from them.

    A chapter about a job belongs to that job's row, so that only others are noted.
    """

    __slots__ = ("others", "places")

    def __init__(self) -> None:
        """Begin with none."""
        self.places = array("q")
        self.others: dict[int, RowKey] = {}


class Feed:
    """The chapters of all tenants. Each call may be made again after an interrupt."""

    __slots__ = ("_chapters", "_tenants")

    def __init__(self) -> None:
        """Begin empty."""
        self._chapters: list[Chapter] = []
        self._tenants: list[str] = []

    def __len__(self) -> int:
        """Count the chapters."""
        return len(self._chapters)

    def write(
        self,
        place: int,
        own: int,
        tenant: str,
        held: Places,
        log: Iterable[tuple[RowKey, Iterable[Chapter]]],
    ) -> None:
        """Write chapters from a place on, which is the *own*-th of their tenant."""
        chapters, tenants, places = self._chapters, self._tenants, held.places
        if len(chapters) > place or len(places) > own:
            del chapters[place:], tenants[place:], places[own:]
        for (kind, id), written in log:
            for chapter in written:
                if kind != "job" or chapter.job != id:
                    held.others[place] = RowKey(kind, id)
                chapters.append(chapter)
                tenants.append(tenant)
                places.append(place)
                place += 1

    def of(self, held: Places) -> Iterator[tuple[RowKey, Chapter]]:
        """Yield the chapters of a tenant, each with its row."""
        for place in held.places:
            chapter = self._chapters[place]
            yield held.others.get(place) or RowKey("job", chapter.job), chapter

    def page(self, held: Places | None, after: str | None, limit: int, *, newest: bool) -> Page:
        """Return a piece of the feed, of one tenant or of all."""
        places = range(len(self._chapters)) if held is None else held.places
        if newest:
            end = len(places) if after is None else bisect_left(places, int(after))
            chosen = places[max(0, end - limit) : end][::-1]
        else:
            start = 0 if after is None else bisect_right(places, int(after))
            chosen = places[start : start + limit]
        page = tuple((self._tenants[place], self._chapters[place]) for place in chosen)
        return Page(page, str(chosen[-1]) if chosen else after)
