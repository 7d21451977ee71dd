"""The contract of terms: rows are found, counted and listed by what they are now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from ...errors import ConflictError, DefinitionError
from ...model.accounts import Account, Member
from ...ports import Changes, Page, Query, RowKey, Span, Store, Stored
from ...ports.rows import Wanted
from ...ports.terms import column_terms, place_terms, stage_of, stage_term
from .making import AT_DONE, AT_INTAKE, AT_WORK, A, chapter, job, paged, put, stored
from .suite import StoreSuite

__all__ = ["PagesContract", "TermsContract"]

BOARD = (
    job("j1", "ada", "work", due=date(2027, 4, 15), assignees=frozenset({"mia", "tom"})),
    job("j2", "bob", "work", due=date(2027, 1, 31), assignees=frozenset({"mia"})),
    job("j3", "ada", "done", status="Archived"),
    job("j4", "cy", "intake", due=date(2027, 4, 15)),
    job("j5", "ada", "work", due=date(2027, 12, 1)),
)


def listings(store: Store) -> dict[str, Callable[..., Page]]:
    """Return the calls that answer with a page of what is kept."""
    return {
        "find": partial(store.find, "one", Query("job", order="due")),
        "by id": partial(store.find, "one", Query("job")),
        "history": partial(store.history, "one", A),
        "newest of a row": partial(store.history, "one", A, newest=True),
        "feed": store.feed,
        "newest": partial(store.feed, newest=True, tenant="one"),
    }


class PagesContract(StoreSuite):
    """The rule A16 of `pipeflow.ports.store`."""

    @pytest.mark.parametrize("listing", ["find", "history", "feed", "newest"])
    @pytest.mark.parametrize("after", ["", "rubbish", "-3x", "²", "٣", "9" * 30, "99:2027-01-31"])
    def test_a16_what_no_page_ended_with_is_refused(
        self, store: Store, listing: str, after: str
    ) -> None:
        """It comes from the address of a page that somebody typed."""
        put(store, *BOARD)
        with pytest.raises(DefinitionError, match=r"\$\.after: must be the `next` of"):
            listings(store)[listing](after=after)

    @pytest.mark.parametrize("after", ["2027-01-31\0j2", "0:2027-01-31\0j2", "j\ud800"])
    def test_a16_what_no_id_can_be_follows_no_page(self, store: Store, after: str) -> None:
        """Such as the `next` of a listing in another order."""
        put(store, *BOARD)
        with pytest.raises(DefinitionError, match=r"\$\.after: must be the `next` of"):
            store.find("one", Query("job"), after=after)

    @pytest.mark.parametrize("listing", ["find", "by id", "history", "newest of a row"])
    def test_a16_nothing_is_followed_by_nothing(self, store: Store, listing: str) -> None:
        """Who asked for no rows, as to see whether he may ask, is not sent on."""
        put(store, *BOARD)
        store.commit(Changes("one", {}, log={A: (chapter("a"), chapter("b"))}))

        assert listings(store)[listing](limit=0) == Page(())

    @pytest.mark.parametrize("listing", ["find", "history", "feed", "newest"])
    def test_a16_a_page_has_no_fewer_rows_than_none(self, store: Store, listing: str) -> None:
        """And as many as anybody can say."""
        put(store, *BOARD)
        asked = listings(store)[listing]

        assert asked(limit=0).rows == ()
        assert asked(limit=1 << 80).rows == asked(limit=100).rows
        with pytest.raises(DefinitionError, match=r"\$\.limit: must be a whole number from 0"):
            asked(limit=-1)

    def test_a16_ids_are_no_fewer_than_none(self, store: Store) -> None:
        """They come without pages."""
        put(store, *BOARD)
        with pytest.raises(DefinitionError, match=r"\$\.limit: must be a whole number from 0"):
            store.ids("one", "job", limit=-1)


class TermsContract(StoreSuite):
    """The rule A14 of `pipeflow.ports.store`, and how listings are read piece by piece."""

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ((), "j1 j2 j3 j4 j5"),
            ((("stage", AT_WORK),), "j1 j2 j5"),
            ((("stage", "nobody knows this one"),), ""),
            ((("assignee", "mia"),), "j1 j2"),
            ((("assignee", "tom"),), "j1"),
            ((("status", "Archived"),), "j3"),
            ((("stage", (AT_INTAKE, AT_DONE)),), "j3 j4"),
            ((("assignee", ("mia", "tom")),), "j1 j2"),
            ((("stage", ()),), ""),
            ((("due", Span("2027-01-31", "2027-04-15")),), "j1 j2 j4"),
            ((("due", Span("2027-02-01")),), "j1 j4 j5"),
            ((("due", Span(high="2027-04-14")),), "j2"),
            ((("due", Span()),), "j1 j2 j4 j5"),
            ((("account", "ada"), ("stage", AT_WORK)), "j1 j5"),
            ((("account", ("ada", "cy")), ("due", Span("2027-04-15", "2027-04-15"))), "j1 j4"),
            ((("account", "ada"), ("stage", AT_WORK), ("assignee", "tom")), "j1"),
            ((("account", "ada"), ("stage", AT_WORK), ("due", Span(high="2027-06"))), "j1"),
            ((("account", "ada"), ("stage", (AT_WORK, AT_DONE)), ("due", Span())), "j1 j5"),
            ((("account", "bob"), ("stage", AT_DONE)), ""),
            ((("nobody knows this one", "work"),), ""),
            ((("stage", AT_WORK), ('nor "this one', Span())), ""),
        ],
    )
    def test_a14_rows_are_found_by_a_term_several_or_a_span(
        self, store: Store, where: Any, expected: str
    ) -> None:
        """By all fields together, each row once, in the order of their ids."""
        put(store, *BOARD, Account("Ada", id="ada"), Account("Namesake", id="j1"))
        store.commit(Changes("one", {A: 0}, {A: Member("work")}))

        page = store.find("one", Query("job", where))

        assert [key for key, _ in page.rows] == [RowKey("job", id) for id in expected.split()]
        assert [row.value.id for _, row in page.rows] == expected.split()
        assert {row.version for _, row in page.rows} <= {1}
        assert page.next is None

    def test_a14_the_last_id_of_a_page_says_where_it_goes_on(self, store: Store) -> None:
        """So a firm that moves to another store in the middle of something goes on there."""
        put(store, *BOARD)

        page = store.find("one", Query("job"), limit=2)

        assert page.next == "j2"
        assert [key.id for key, _ in store.find("one", Query("job"), after="j4").rows] == ["j5"]

    def test_a14_rows_that_are_written_beside_many_others_are_found_by_what_they_are_now(
        self, store: Store
    ) -> None:
        """By turns with those that are only read, as their ids have it."""
        keys = [RowKey("job", f"j{n:03}") for n in range(300)]
        put(store, *(job(key.id) for key in keys))

        store.commit(
            Changes("one", dict.fromkeys(keys, 1), {key: job(key.id, "bob") for key in keys[::2]})
        )

        assert len(store.find("one", Query("job", (("account", "bob"),)), limit=None).rows) == 150

    def test_a14_rows_are_found_by_a_term_however_long_it_is(self, store: Store) -> None:
        """What a client or a tag may be called is no matter of the store."""
        long, longer = "\u7a0e" * 5_000, "\u7a0e" * 5_001
        put(store, Account(long, id="ada", tags=[longer]), Account("Bob", id="bob", tags=[long]))

        for field, term, expected in (("tag", long, "bob"), ("tag", longer, "ada")):
            found = store.find("one", Query("account", ((field, term),)))
            assert [key.id for key, _ in found.rows] == [expected]
        several = Query("account", (("tag", (long, longer)),), order="name")
        assert [key.id for key, _ in store.find("one", several).rows] == ["bob", "ada"]

    @pytest.mark.parametrize(
        ("order", "where", "expected"),
        [
            ("due", (), "j2 j1 j4 j5 j3"),
            ("account", (), "j1 j3 j5 j2 j4"),
            ("assignee", (), "j1 j2 j3 j4 j5"),
            ("due", (("account", "ada"),), "j1 j5 j3"),
            ("due", (("due", Span()),), "j2 j1 j4 j5"),
            ("due", (("due", Span("2027-02-01", "2027-04-15")),), "j1 j4"),
            ("due", (("due", "2027-04-15"),), "j1 j4"),
            ("due", (("due", ("2027-04-15", "2027-01-31")),), "j2 j1 j4"),
            ("due", (("account", ("ada", "bob")), ("due", Span())), "j2 j1 j5"),
            ("due", (("due", Span()), ("stage", AT_WORK)), "j2 j1 j5"),
            ("assignee", (("assignee", Span()),), "j1 j2"),
            ("assignee", (("assignee", Span("n")),), "j1"),
            ("assignee", (("assignee", Span(high="n")),), "j1 j2"),
            ("assignee", (("assignee", "tom"),), "j1"),
            ("place", (("place", place_terms("tax", "work")),), "j1 j2 j5"),
            ("place", (("place", place_terms("tax", "done")),), ""),
        ],
    )
    @pytest.mark.parametrize("limit", [1, 2, 5, 99])
    def test_a14_rows_come_in_the_order_of_a_field_then_of_their_ids(
        self, store: Store, order: str, where: Any, expected: str, limit: int
    ) -> None:
        """Those that have no term of it come last; whatever the size of the pages."""
        put(store, *BOARD)
        query = Query("job", where, order)

        found = list(paged(partial(store.find, "one", query), limit))

        assert [row.value.id for _, row in found] == expected.split()

    def test_a14_terms_follow_what_is_written(self, store: Store) -> None:
        """A row that was put again, deleted, or put once more is found as it is now."""
        put(store, job("j1", stage="work", assignees=frozenset({"mia"})), Account("Ada", id="ada"))

        def found(field: str, term: str, kind: str = "job") -> list[str]:
            query = Query(kind, ((field, term),))
            counted = store.count("one", query, field).get(term, 0)
            ids = [key.id for key, _ in store.find("one", query).rows]
            assert counted == len(ids)
            return ids

        assert (found("stage", AT_WORK), found("assignee", "mia")) == (["j1"], ["j1"])
        put(store, job("j1", stage="done"), Account("Eve", id="ada", tags={"vip"}))
        assert (found("stage", AT_WORK), found("assignee", "mia")) == ([], [])
        assert found("stage", AT_DONE) == ["j1"]
        assert (found("tag", "vip", "account"), found("name", "eve", "account")) == (["ada"],) * 2
        assert found("name", "ada", "account") == []
        store.commit(Changes("one", {RowKey("job", "j1"): 2}, deletes=(RowKey("job", "j1"),)))
        assert found("stage", AT_DONE) == []
        put(store, job("j1", stage="done"))
        assert found("stage", AT_DONE) == ["j1"]

    def test_a14_jobs_are_counted_in_the_columns_where_they_stand_now(self, store: Store) -> None:
        """They move, are archived, brought back, deleted, and come once more."""

        def counted() -> dict[str, int]:
            query = Query("job", (("column", column_terms("tax")),))
            return dict(store.count("one", query, "column"))

        put(store, job("j1"), job("j2"))
        assert counted() == {AT_WORK: 2}
        put(store, job("j1", stage="done"))
        assert counted() == {AT_WORK: 1, AT_DONE: 1}
        put(store, job("j1", stage="done", status="Archived"))
        assert counted() == {AT_WORK: 1}
        put(store, job("j1", stage="done", status="Completed"))
        assert counted() == {AT_WORK: 1, AT_DONE: 1}
        store.commit(Changes("one", {RowKey("job", "j2"): 1}, deletes=(RowKey("job", "j2"),)))
        assert counted() == {AT_DONE: 1}
        put(store, job("j2", stage="done"))
        assert counted() == {AT_DONE: 2}

    def test_a14_a_refused_commit_changes_no_term(self, store: Store) -> None:
        """What was not written is not found."""
        put(store, job("j1", stage="work"))
        row = RowKey("job", "j1")

        with pytest.raises(Exception):  # noqa: B017  (that it is a conflict is said elsewhere)
            store.commit(Changes("one", {row: 9}, {row: job("j1", stage="done")}))

        assert store.find("one", Query("job", (("stage", AT_DONE),))).rows == ()
        assert len(store.find("one", Query("job", (("stage", AT_WORK),))).rows) == 1

    def test_a02_what_a_commit_writes_of_another_kind_is_not_in_its_way(self, store: Store) -> None:
        """Such as a client beside the last of its jobs, which the same commit takes away."""
        put(store, job("x", account="x"))
        row, ada, bob = RowKey("job", "x"), RowKey("account", "x"), ("account", "bob")
        none = (Query("job", (("account", "x"),)), Query("job"))

        client = Account("X", id="x")
        with pytest.raises(ConflictError):  # the second of them finds the job
            store.commit(
                Changes(
                    "one", {row: 1, ada: 0}, {ada: client}, none=(Query("job", (bob,)), none[1])
                )
            )
        store.commit(Changes("one", {row: 1, ada: 0}, {ada: client}, deletes=(row,), none=none))

        assert (stored(store, row), stored(store, ada)) == (None, Stored(1, client))

    def test_a14_rows_are_counted_by_a_field(self, store: Store) -> None:
        """All or those that a query means; a row counts for each of its terms."""
        put(store, *BOARD)

        assert store.count("one", Query("job"), "stage") == {AT_WORK: 3, AT_DONE: 1, AT_INTAKE: 1}
        assert store.count("one", Query("job"), "assignee") == {"mia": 2, "tom": 1}
        ada = Query("job", (("account", "ada"),))
        assert store.count("one", ada, "stage") == {AT_WORK: 2, AT_DONE: 1}
        assert store.count("one", Query("job", (("account", "nobody"),)), "stage") == {}
        assert store.count("one", Query("account"), "tag") == {}
        assert store.count("one", ada, 'nobody knows this "one') == {}

    def test_a14_rows_are_counted_by_the_very_field_by_which_they_are_asked_for(
        self, store: Store
    ) -> None:
        """As the columns of a board are, on which archived jobs do not stand."""
        put(store, *BOARD, job("t1", stage="k"), job("t2", stage="work", pipeline="tax/2"))

        def counted(wanted: Wanted, field: str = "column") -> dict[str, int]:
            return dict(store.count("one", Query("job", ((field, wanted),)), field))

        assert counted(column_terms("tax")) == {AT_WORK: 3, AT_INTAKE: 1, stage_term("tax", "k"): 1}
        assert counted(column_terms("tax/2")) == {stage_term("tax/2", "work"): 1}
        assert counted(column_terms("ta")) == {}
        assert counted(AT_WORK) == {AT_WORK: 3}
        assert counted((AT_INTAKE, AT_DONE)) == {AT_INTAKE: 1}
        assert counted("mia", "assignee") == {"mia": 2, "tom": 1}

    def test_a14_rows_are_counted_by_ids_of_any_length(self, store: Store) -> None:
        """Whoever counts the jobs of each stage looks them up by the ids that the stages have."""
        long = "s" * 511
        one, two = f"{long}1", f"{long}2"
        put(
            store, job("j1", stage=one, pipeline=long), job("j2", stage=two, pipeline=long),
            job("j3", stage="s", pipeline=long),
        )  # fmt: skip

        counted = store.count("one", Query("job", (("column", column_terms(long)),)), "column")
        found = store.find("one", Query("job", (("place", place_terms(long, two)),), "place")).rows

        assert {stage_of(term): count for term, count in counted.items()} == {
            "s": 1,
            one: 1,
            two: 1,
        }
        assert [key.id for key, _ in found] == ["j2"]

    @pytest.mark.parametrize("limit", [1, 3, 7, 8])
    def test_a14_rows_without_terms_are_listed_in_a_steady_order(
        self, store: Store, limit: int
    ) -> None:
        """Each once, whatever the size of the pages, also while others come and go."""
        rows = [RowKey("member", f"m{n}") for n in range(7)]
        store.commit(Changes("one", dict.fromkeys(rows, 0), {k: Member(k.id) for k in rows}))
        elsewhere = RowKey("other", "x")
        store.commit(Changes("one", {elsewhere: 0}, {elsewhere: Member("X")}))
        query = Query("member")

        listed = [key for key, _ in paged(partial(store.find, "one", query), limit)]
        first = store.find("one", query, limit=3)
        store.commit(Changes("one", {rows[1]: 1}, deletes=(rows[1],)))
        rest = store.find("one", query, after=first.next, limit=None)

        assert listed == rows
        assert [key for key, _ in first.rows] == rows[:3]
        assert [key for key, _ in rest.rows] == rows[3:]
        assert rest.next is None
        assert store.find("one", Query("member", order="name"), limit=None).next is None

    def test_a14_ids_are_told_without_their_rows(self, store: Store) -> None:
        """As many as are wanted, of that kind alone."""
        put(store, *BOARD, Account("Ada", id="ada"))

        assert sorted(store.ids("one", "job")) == ["j1", "j2", "j3", "j4", "j5"]
        assert len(store.ids("one", "job", limit=2)) == 2
        assert store.ids("one", "account") == ("ada",)
        assert store.ids("one", "template") == ()
