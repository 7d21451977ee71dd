"""The contract of histories: what commits logged, of one row, of a firm, or of everybody."""

from __future__ import annotations

from functools import partial

import pytest

from ...model.events import Chapter
from ...ports import Changes, Page, Store
from .making import A, B, chapter, log, paged
from .suite import StoreSuite

__all__ = ["HistoriesContract"]


class HistoriesContract(StoreSuite):
    """How `history` and `feed` are read piece by piece, in the order of commits."""

    @pytest.mark.parametrize("limit", [1, 2, 4, 9])
    def test_a10_the_history_of_a_row_is_read_oldest_first(self, store: Store, limit: int) -> None:
        """Page by page; what later commits log comes behind it."""
        told = write(store, "a b c d e")

        assert log(store, A) == tuple(told)
        assert list(paged(partial(store.history, "one", A), limit)) == told
        assert store.history("one", A).next is None
        assert log(store, B) == ()

    @pytest.mark.parametrize("limit", [1, 2, 4, 5, 9])
    def test_a10_the_history_of_a_row_can_be_read_newest_first(
        self, store: Store, limit: int
    ) -> None:
        """Page by page into the past, whatever is committed meanwhile."""
        told = write(store, "a b c d e")
        store.commit(Changes("one", {}, log={B: (chapter("of another row"),)}))
        newest = partial(store.history, "one", A, newest=True)

        pages = [newest(limit=limit)]
        later = write(store, "f")
        while (cursor := pages[-1].next) is not None:
            pages.append(newest(after=cursor, limit=limit))

        assert [one for page in pages for one in page.rows] == told[::-1]
        assert all(len(page.rows) <= limit for page in pages)
        assert list(newest().rows) == [*later, *told[::-1]]
        assert newest().next is None
        assert store.history("two", A, newest=True).rows == ()

    def test_a10_the_feed_tells_everything_in_the_order_of_commits(self, store: Store) -> None:
        """Whose it is with each; of one firm alone where that is asked for."""
        both = {A: (chapter("1"), chapter("2")), B: (chapter("3"),)}
        store.commit(Changes("one", {}, log=both))
        store.commit(Changes("two", {}, log={A: (chapter("4"),)}))
        store.commit(Changes("one", {}, log={A: (chapter("5"),)}))

        everybody, ours = store.feed(), store.feed(tenant="one")

        assert texts(everybody) == ["1", "2", "3", "4", "5"]
        assert [tenant for tenant, _ in everybody.rows] == ["one", "one", "one", "two", "one"]
        assert texts(ours) == ["1", "2", "3", "5"]
        assert texts(store.feed(tenant="nobody")) == []

    def test_a10_histories_of_several_rows_are_read_in_one(self, store: Store) -> None:
        """Each chapter once, of the rows that were asked for, and of the same firm."""
        both = {A: (chapter("1"), chapter("2")), B: (chapter("3"),)}
        store.commit(Changes("one", {}, log=both))
        store.commit(Changes("two", {}, log={A: (chapter("4"),)}))

        assert store.histories("one", (A, B)) == (chapter("1"), chapter("2"), chapter("3"))
        assert store.histories("one", (B,)) == (chapter("3"),)
        assert store.histories("one", ()) == ()

    @pytest.mark.parametrize("tenant", [None, "one"])
    def test_a10_whoever_follows_the_feed_misses_nothing(
        self, store: Store, tenant: str | None
    ) -> None:
        """The page says where to go on, also when it was the last: more will be committed."""
        write(store, "a b c")
        first = store.feed(tenant=tenant, limit=2)
        second = store.feed(tenant=tenant, after=first.next, limit=2)
        nothing = store.feed(tenant=tenant, after=second.next, limit=2)
        write(store, "x", "two")
        write(store, "d e")
        later = store.feed(tenant=tenant, after=second.next)

        assert (texts(first), texts(second), texts(nothing)) == (["a", "b"], ["c"], [])
        assert None not in {first.next, second.next, later.next}
        assert texts(later) == (["x", "d", "e"] if tenant is None else ["d", "e"])

    @pytest.mark.parametrize("tenant", [None, "one"])
    def test_a10_the_feed_can_be_read_newest_first(self, store: Store, tenant: str | None) -> None:
        """Page by page into the past, whatever is committed meanwhile."""
        write(store, "a b c d e")

        first = store.feed(tenant=tenant, newest=True, limit=2)
        write(store, "f")
        second = store.feed(tenant=tenant, newest=True, after=first.next, limit=2)
        third = store.feed(tenant=tenant, newest=True, after=second.next, limit=2)
        nothing = store.feed(tenant=tenant, newest=True, after=third.next, limit=2)

        assert [texts(page) for page in (first, second, third, nothing)] == [
            ["e", "d"], ["c", "b"], ["a"], [],
        ]  # fmt: skip
        assert texts(store.feed(tenant=tenant, newest=True, limit=1)) == ["f"]


def write(store: Store, told: str, tenant: str = "one") -> list[Chapter]:
    """Log a chapter for each word, each in a commit of its own."""
    chapters = [chapter(text) for text in told.split()]
    for one in chapters:
        store.commit(Changes(tenant, {}, log={A: (one,)}))
    return chapters


def texts(page: Page) -> list[str]:
    """Return what the chapters of a feed say."""
    return [line[1] for _, told in page.rows for line in told.lines]
