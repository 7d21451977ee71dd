"""The feed of the memory store: every chapter in the order of commits, whose, and of which row."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice

from ..model.events import Chapter
from ..ports.rows import Page, RowKey

__all__ = ["Feed", "Places"]


class Places:
    """Which runs of the feed are a tenant's, and the rows that do not follow from its chapters.

    A chapter about a job belongs to that job's row, so that only others are noted.
    """

    __slots__ = ("others", "runs")

    def __init__(self) -> None:
        """Begin with none."""
        self.runs = array("q")
        self.others: dict[int, RowKey] = {}


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

    def write(
        self,
        place: int,
        tenant: str,
        held: Places,
        log: Iterable[tuple[RowKey, Iterable[Chapter]]],
    ) -> None:
        """Write chapters of a tenant from a place on."""
        chapters, names = self.chapters, self._names
        if not names or names[-1] != tenant:
            self._begin(place, tenant, held)
        del chapters[place:]
        for (kind, id), written in log:
            for chapter in written:
                if kind != "job" or chapter.job != id:
                    held.others[len(chapters)] = RowKey(kind, id)
                chapters.append(chapter)

    def _begin(self, place: int, tenant: str, held: Places) -> None:
        """Begin a run; it is one when its tenant is named."""
        run = len(self._names)
        self._starts[run:] = array("q", (place,))
        if not held.runs or held.runs[-1] != run:
            held.runs.append(run)
        self._names.append(tenant)

    def of(self, held: Places) -> Iterator[tuple[RowKey, Chapter]]:
        """Yield the chapters of a tenant, each with its row."""
        for place in self._behind(held, 0):
            chapter = self.chapters[place]
            yield held.others.get(place) or RowKey("job", chapter.job), chapter

    def page(self, held: Places | None, after: str | None, limit: int, *, newest: bool) -> Page:
        """Return a piece of the feed, of one tenant or of all."""
        if newest:
            end = len(self.chapters) if after is None else int(after)
            places = self._before(held, end)
        else:
            places = self._behind(held, 0 if after is None else int(after) + 1)
        chosen = [*islice(places, limit)]
        page = tuple((self._names[self._run(place)], self.chapters[place]) for place in chosen)
        return Page(page, str(chosen[-1]) if chosen else after)

    def _run(self, place: int) -> int:
        """Return the run in which a place lies."""
        return bisect_right(self._starts, place) - 1

    def _places(self, run: int) -> range:
        """Return the places of a run."""
        ends, next = self._starts, run + 1
        return range(ends[run], ends[next] if next < len(ends) else len(self.chapters))

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
