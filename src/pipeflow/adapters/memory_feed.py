"""The feed of the memory store: every chapter in the order of commits, whose, and of which row."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice

from ..model.events import Chapter
from ..ports.rows import Page, RowKey
from .memory_kinds import ByKind
from .pages import limited, numbered

__all__ = ["Entries", "Feed", "Places"]

# Chapters in the order of their commits, by the row whose history they belong to.
Log = Collection[tuple[RowKey, Collection[Chapter]]]
Entries = Iterable[tuple[RowKey, Chapter]]
ERASED = Chapter(datetime.min.replace(tzinfo=UTC), "", "", ())  # what stands in place of a chapter


class Places:
    """Where in the feed the chapters of a tenant stand: in which runs, and those of each row."""

    __slots__ = ("of_rows", "runs")

    def __init__(self) -> None:
        """Begin with none."""
        self.runs = array("q")
        self.of_rows: ByKind[array[int]] = ByKind()


class Feed:
    """The chapters of all tenants, in runs: chapters of one tenant with none of another between.

    Each call may be made again after an interrupt.
    """

    __slots__ = ("_names", "_starts", "chapters")

    def __init__(self) -> None:
        """Begin empty."""
        self.chapters: list[Chapter] = []
        self._starts = array("q")  # of the runs
        self._names: list[str] = []  # of their tenants

    def write(self, place: int, tenant: str, held: Places, log: Log) -> None:
        """Write chapters of a tenant from a place on."""
        chapters, names = self.chapters, self._names
        if len(chapters) > place:
            self._take_back(place, held, log)
        if not held.runs or held.runs[-1] != len(names) - 1:
            self._begin(place, tenant, held)
        for (kind, id), written in log:
            places = held.of_rows[kind].get(id)
            if places is None:
                places = held.of_rows.of(kind)[id] = array("q")
            for chapter in written:
                chapters.append(chapter)
                places.append(place)
                place += 1

    def erase(self, held: Places, rows: Iterable[RowKey]) -> None:
        """Forget the chapters of rows; their places stay, for others stand behind them."""
        for kind, id in rows:
            for place in held.of_rows[kind].get(id, ()):
                self.chapters[place] = ERASED
            held.of_rows[kind].pop(id, None)

    def _take_back(self, place: int, held: Places, log: Log) -> None:
        """Take back what an interrupt left half written."""
        for (kind, id), _ in log:
            places = held.of_rows[kind].get(id)
            while places and places[-1] >= place:
                places.pop()
        del self.chapters[place:]

    def _begin(self, place: int, tenant: str, held: Places) -> None:
        """Begin a run; it is one when its tenant is named."""
        run = len(self._names)
        self._starts[run:] = array("q", (place,))
        if not held.runs or held.runs[-1] != run:
            held.runs.append(run)
        self._names.append(tenant)

    def of(self, held: Places) -> Iterator[tuple[RowKey, Chapter]]:
        """Yield the chapters of a tenant in order, each with its row."""
        rows = {place: key for key, places in held.of_rows.flat().items() for place in places}
        for place in sorted(rows):
            yield rows[place], self.chapters[place]

    def history(
        self, held: Places, key: RowKey, after: str | None, limit: int | None, *, newest: bool
    ) -> Page:
        """Return a piece of the history of a row."""
        kind, id = key
        places = held.of_rows[kind].get(id, ())
        at = None if after is None else numbered(after)
        limit = None if limit is None else limited(limit)
        if newest:
            end = len(places) if at is None else min(at, len(places))
            start = 0 if limit is None else max(end - limit, 0)
            told, behind = reversed(places[start:end]), str(start) if start else None
        else:
            start = at or 0
            end = len(places) if limit is None else min(start + limit, len(places))
            told, behind = iter(places[start:end]), str(end) if end < len(places) else None
        rows = tuple(map(self.chapters.__getitem__, told))
        return Page(rows, behind if rows else None)

    def histories(self, held: Places, keys: Iterable[RowKey]) -> Iterator[Chapter]:
        """Yield the chapters of several rows in the order of commits."""
        places = (held.of_rows[kind].get(id, ()) for kind, id in {*keys})
        return map(self.chapters.__getitem__, sorted(chain.from_iterable(places)))

    def page(self, held: Places | None, after: str | None, limit: int, *, newest: bool) -> Page:
        """Return a piece of the feed, of one tenant or of all."""
        at = None if after is None else numbered(after)
        if newest:
            end = len(self.chapters)
            places = self._before(held, end if at is None else min(at, end))
        else:
            places = self._behind(held, 0 if at is None else at + 1)
        chapters = self.chapters
        told = (place for place in places if chapters[place] is not ERASED)
        chosen = [*islice(told, limited(limit))]
        page = tuple((self._names[self._run(place)], chapters[place]) for place in chosen)
        return Page(page, str(chosen[-1]) if chosen else after)

    def _run(self, place: int) -> int:
        """Return the run in which a place lies."""
        return bisect_right(self._starts, place) - 1

    def _places(self, run: int) -> range:
        """Return the places of a run."""
        starts, after = self._starts, run + 1
        end = starts[after] if after < len(starts) else len(self.chapters)
        return range(starts[run], end)

    def _behind(self, held: Places | None, start: int) -> Iterator[int]:
        """Yield the places of a tenant, or all, from one on."""
        if held is None:
            yield from range(start, len(self.chapters))
            return
        for number in range(bisect_left(held.runs, self._run(start)), len(held.runs)):
            places = self._places(held.runs[number])
            yield from range(max(start, places.start), places.stop)

    def _before(self, held: Places | None, end: int) -> Iterator[int]:
        """Yield the places of a tenant, or all, that lie before one, the last first."""
        if held is None:
            yield from reversed(range(end))
            return
        for number in reversed(range(bisect_right(held.runs, self._run(end)))):
            places = self._places(held.runs[number])
            yield from reversed(range(places.start, min(end, places.stop)))
