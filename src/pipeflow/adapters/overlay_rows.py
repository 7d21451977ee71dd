"""What a branch reads of rows and histories: its own, else its parent's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..model.events import Chapter
from ..ports.rows import Page, Query, Read, RowKey, Stored
from ..ports.store import Branchable
from ..ports.terms import FIELDS, fits, terms_of
from .memory import MemoryStore
from .overlay_layer import Layer
from .overlay_merge import Entry, entry_of, joined, page_of
from .pages import limited, measured, refusing

__all__ = ["OverlayRows"]

OWN, THEIRS = "+", "-"  # what a cursor of a history begins with: in whose part it stands


class OverlayRows(MemoryStore):
    """The calls that read."""

    parent: Branchable
    _layers: dict[str, Layer]

    # -- rows ------------------------------------------------------------------------------------

    def read(
        self,
        tenant: str,
        keys: Iterable[RowKey],
        /,
        *,
        accounts: bool = False,
        command_id: str | None = None,
    ) -> Read:
        """Return those of the rows that are there.

        Raises:
            ConflictError: The parent has written one of them since the branch looked at it first.
        """
        with self._lock:
            rows = self._rows(tenant, keys)
            if accounts:
                jobs = [stored.value for key, stored in rows.items() if key[0] == "job"]
                owners = [RowKey("account", job.account) for job in jobs]
                rows |= self._rows(tenant, [key for key in owners if key not in rows])
                if any(key not in rows for key in owners):  # they went between these two looks
                    self._layers[tenant].look_again(self.parent, tenant, rows)
            result = None if command_id is None else self._answer(tenant, command_id)
        return Read(rows, result)

    def _rows(self, tenant: str, keys: Iterable[RowKey]) -> dict[RowKey, Stored]:
        held, found = self._held(tenant), dict[RowKey, Stored]()
        mine, theirs = held.rows, []
        for key in keys:
            own = mine.get(key[0])
            stored = None if own is None else own.get(key[1])
            if stored is not None:
                found[key] = stored
            elif key not in held.gone:
                theirs.append(key)
        if theirs:
            found |= self._look(tenant, theirs)
        return found

    def _look(self, tenant: str, keys: Iterable[RowKey]) -> dict[RowKey, Stored]:
        """Look rows up in the parent, unless it stands as it did, and note what there was."""
        return self._layers[tenant].look(self.parent, tenant, keys)

    def _answer(self, tenant: str, command_id: str) -> Stored | None:
        known = self._held(tenant).answer(command_id)
        if known is None:
            known = self.parent.read(tenant, (), command_id=command_id).result
        return known

    def _hidden(self, tenant: str, kind: str) -> set[str]:
        """Return the ids of the rows of a kind that are no longer the parent's affair."""
        held = self._held(tenant)
        return {*held.rows[kind], *(key.id for key in held.gone if key.kind == kind)}

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Return the rows that a query means, in its order."""
        with self._lock:
            held = self._held(tenant)
            rows = held.rows[query.kind]
            pairs = ((RowKey(query.kind, id), rows[id]) for id in held.fitting(query))
            mine = sorted(entry_of(query, pair) for pair in pairs)

            def theirs(start: str | None) -> Iterator[Entry]:
                return self._theirs(tenant, query, start, limit)

            return page_of(query, mine, theirs, after, limit)

    def _theirs(
        self, tenant: str, query: Query, start: str | None = None, limit: int | None = None
    ) -> Iterator[Entry]:
        """Yield the parent's rows that a query means, from where one of its pages begins."""
        layer, hidden = self._layers[tenant], self._hidden(tenant, query.kind)
        while True:
            page = self.parent.find(tenant, query, after=start, limit=limit)
            for key, stored in page.rows:
                if key.id not in hidden:
                    layer.note((key,), {key: stored})
                    yield entry_of(query, (key, stored), start)
            start = page.next
            if start is None:
                return

    def count(self, tenant: str, query: Query, by: str, /) -> Mapping[str, int]:
        """Count the rows that a query means by their terms of the field *by*.

        Raises:
            ConflictError: The parent has written one of those that the branch wrote, so that nobody
                can say as what the parent counted it.
        """
        with self._lock:
            if by not in FIELDS.get(query.kind, ()):
                return {}
            counts = {**self.parent.count(tenant, query, by)}
            hidden = [RowKey(query.kind, id) for id in self._hidden(tenant, query.kind)]
            for stored in self._look(tenant, hidden).values():
                if fits(stored.value, query):
                    for term in (term for field, term in terms_of(stored.value) if field == by):
                        counts[term] -= 1
            for term, count in super().count(tenant, query, by).items():
                counts[term] = counts.get(term, 0) + count
            return {term: count for term, count in sorted(counts.items()) if count}

    def ids(self, tenant: str, kind: str, /, *, limit: int = 1000) -> tuple[str, ...]:
        """Return ids of rows of a kind, *limit* of them at most."""
        with self._lock:
            hidden, mine = self._hidden(tenant, kind), super().ids(tenant, kind, limit=limit)
            theirs = self.parent.ids(tenant, kind, limit=limit + len(hidden))
            return (*mine, *(id for id in theirs if id not in hidden))[:limit]

    # -- histories -------------------------------------------------------------------------------

    def history(
        self,
        tenant: str,
        key: RowKey,
        /,
        *,
        after: str | None = None,
        newest: bool = False,
        limit: int | None = None,
    ) -> Page:
        """Return the chapters that commits logged for a row: the parent's, then its own.

        The newest first, it is the other way round.

        Raises:
            ConflictError: The parent has written the row since the branch looked at it first.
        """
        told: tuple[Chapter, ...] = ()
        parts = OWN + THEIRS if newest else THEIRS + OWN
        part, cursor = (parts[0], "") if after is None else _parted(after)
        limit = None if limit is None else limited(limit)
        with self._lock:
            self._layers[tenant].look_again(self.parent, tenant, (key,))
            for sign in parts[parts.index(part) :]:
                left = None if limit is None else limit - len(told)
                if told and left == 0:
                    return Page(told, sign)
                if sign == OWN:
                    source = super().history
                elif key not in self._layers[tenant].erased:
                    source = self.parent.history
                else:
                    continue
                page = source(tenant, key, after=cursor or None, newest=newest, limit=left)
                told, cursor = (*told, *page.rows), ""
                if page.next is not None:
                    return Page(told, f"{sign}{page.next}")
        return Page(told, None)

    def histories(self, tenant: str, keys: Sequence[RowKey], /) -> tuple[Chapter, ...]:
        """Return all chapters of several rows: the parent's, then its own.

        Raises:
            ConflictError: The parent has written one of them since the branch looked at it first.
        """
        with self._lock:
            self._layers[tenant].look_again(self.parent, tenant, keys)
            erased = self._layers[tenant].erased
            theirs = self.parent.histories(tenant, [key for key in keys if key not in erased])
            return (*theirs, *super().histories(tenant, keys))

    def feed(
        self,
        *,
        tenant: str | None = None,
        after: str | None = None,
        newest: bool = False,
        limit: int = 1000,
    ) -> Page:
        """Return all chapters: the parent's, then its own; the other way round the newest first."""
        theirs, mine = ("", "") if after is None else measured(after)
        limit = limited(limit)
        with self._lock:
            rows: list[tuple[str, Chapter]] = []
            if newest:
                page = super().feed(tenant=tenant, after=mine or None, newest=True, limit=limit)
                rows += page.rows
                mine = (page.next or "0") if len(rows) == limit else "0"  # nothing is before 0
            theirs = self._tell(rows, tenant, theirs, limit, newest=newest)
            if not newest:
                page = super().feed(tenant=tenant, after=mine or None, limit=limit - len(rows))
                rows += page.rows
                mine = page.next or ""
        return Page(tuple(rows), joined(theirs, mine) if rows else after)

    def _tell(
        self,
        rows: list[tuple[str, Chapter]],
        tenant: str | None,
        after: str,
        limit: int,
        *,
        newest: bool,
    ) -> str:
        """Add the parent's chapters, but for those that were erased; return where to go on."""
        while len(rows) < limit:
            page = self.parent.feed(
                tenant=tenant, after=after or None, newest=newest, limit=limit - len(rows)
            )
            if not page.rows:
                break
            rows += [row for row in page.rows if row[1] not in self._layers[row[0]].silenced]
            after = page.next or after
        return after


def _parted(after: str) -> tuple[str, str]:
    """Return in whose part of a history a page ended, and where."""
    with refusing(after):
        (sign,) = {after[:1]} & {OWN, THEIRS}
    return sign, after[1:]
