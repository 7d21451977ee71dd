"""The contract of the whole: what is forgotten, who has anything, and how a firm moves house."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

import pytest

from ...adapters.memory import MemoryStore
from ...codec import dump
from ...errors import ConflictError, DefinitionError, UnavailableError
from ...model.accounts import Account
from ...ports import Changes, DueState, Query, Requeue, RowKey, Settle, Store, Stored, Withdrawal
from ..clock import ManualClock
from .making import (
    ANSWER,
    AT_WORK,
    FAR,
    LEASE,
    NOW,
    ONE,
    TWO,
    A,
    B,
    chapter,
    claim,
    due,
    enqueue,
    held,
    job,
    log,
    parked,
    put,
    state,
    stored,
    timer,
)
from .suite import StoreSuite

__all__ = ["ExportsContract"]

LONG = "\u7a0e" * 5_000  # a tag
DONE, DEAD, WAIT, LEASED = DueState.DONE, DueState.DEAD, DueState.WAIT, DueState.LEASED


def fill(store: Store, tenant: str = "one") -> None:
    """Give a firm some of everything."""
    put(store, job("j1"), Account("Åsa", id="ada", tags={"vip", LONG}), tenant=tenant)
    store.commit(Changes(tenant, {A: 0, B: 0}, {A: ONE, B: TWO}, log={B: (chapter("1"),)}))
    store.commit(Changes(tenant, {A: 1}, {A: TWO}, log={A: (chapter("2"), chapter("3"))}))
    store.commit(Changes(tenant, {B: 1}, deletes=(B,), log={B: (chapter("4"),)}))
    enqueue(
        store, due("done"), due("dead"), due("retry"), due("cancelled"), held("marked"), held("k"),
        timer("timer", NOW + FAR + timedelta.resolution), tenant=tenant, command_id="c",
        result=ANSWER, at=NOW,
    )  # fmt: skip
    enqueue(store, tenant=tenant, command_id="d", at=NOW + LEASE)
    claims = claim(store, tenant=tenant, keys=["done", "dead", "retry"])
    tokens = {one.due.key: one.token for one in claims}
    for key in (*tokens, "k"):
        assert store.renew(tenant, key, tokens.get(key, 1), LEASE)
    store.settle(tenant, Settle("done", tokens["done"], DONE))
    store.settle(tenant, Settle("dead", tokens["dead"], DEAD, NOW, "never"))
    store.settle(tenant, Settle("retry", tokens["retry"], WAIT, NOW + LEASE, "busy"))
    enqueue(
        store, tenant=tenant, cancels=("cancelled",), withdraws=(Withdrawal("marked", held=True),),
        requeues=(Requeue("dead", NOW + 2 * LEASE, 2),),
    )  # fmt: skip


# How an export may be spoilt on its way.
SPOILT: Mapping[str, Callable[[list[str]], list[str]]] = {
    "empty": lambda lines: lines[:0],
    "without its head": lambda lines: lines[1:],
    "cut off": lambda lines: lines[:-1],
    "with a line lost": lambda lines: [*lines[:3], *lines[4:]],
    "with more behind it": lambda lines: [*lines, lines[1]],
    "with garbage": lambda lines: [lines[0], "garbage", *lines[1:]],
    "with an empty line": lambda lines: [lines[0], "", *lines[1:]],
    "with nothing on a line": lambda lines: [lines[0], "null", *lines[1:]],
    "with an unknown line": lambda lines: [lines[0], '{"what":1}', *lines[1:]],
    "with half a line": lambda lines: [*lines[:-2], lines[-2][:-9], lines[-1]],
    "with a line twice": lambda lines: [*lines[:2], *lines[1:-1], _end(len(lines))],
    "with a row that holds something else": lambda lines: _with_value(lines, '"x"'),
    "with a row of another id": lambda lines: _with_value(lines, dump(Account("B", id="bob"))),
    "of a firm that none keeps": lambda lines: ['{"firm":"a\\u0000b","format":1}', *lines[1:]],
    "of a firm without a name": lambda lines: ['{"firm":"","format":1}', *lines[1:]],
    "with an error that none keeps": lambda lines: [
        line.replace('"error":"never"', '"error":"a\\u0000b"') for line in lines
    ],
    "with a key that none keeps": lambda lines: [
        lines[0],
        '{"gone":["member","a\\u0000b"],"version":1}',
        *lines[1:-1],
        _end(len(lines)),
    ],
}


def _end(number: int) -> str:
    """Return the line that ends so many others."""
    return f'{{"end":{number}}}'


def _with_value(lines: list[str], value: str) -> list[str]:
    """Return the lines with another value of Ada's account."""
    line = f'{{"row":["account","ada"],"value":{value},"version":1}}'
    return [line if one.startswith('{"row":["account","ada"]') else one for one in lines]


class ExportsContract(StoreSuite):
    """What `prune`, `tenants`, `export` and `restore` of `pipeflow.ports.store` promise."""

    # -- forgetting --------------------------------------------------------------------------------

    def test_a04_what_ended_long_ago_may_be_forgotten(self, store: Store) -> None:
        """By the instant at which it ended, not at which it was due; never what still waits."""
        enqueue(store, due("done", NOW - FAR), timer("cancelled", NOW + FAR), due("waits", no=1))
        (one,) = claim(store, limit=1)
        enqueue(store, settles=(Settle("done", one.token, DONE),), at=NOW)
        enqueue(store, cancels=("cancelled",), at=NOW + LEASE)

        assert store.prune("one", NOW) == 0
        assert store.prune("two", NOW + FAR) == 0
        assert store.prune("one", NOW + LEASE) == 1
        assert (store.due("one", "done"), state(store, "cancelled")) == (None, DueState.CANCELLED)
        assert store.prune("one", NOW + 2 * LEASE) == 1
        assert store.prune("one", NOW + 2 * FAR) == 0
        assert state(store, "waits") is WAIT
        enqueue(store, due("done"))
        assert state(store, "done") is WAIT

    def test_a04_what_ended_without_a_commit_is_forgotten_by_the_stores_clock(
        self, store: Store, clock: ManualClock
    ) -> None:
        """A settle says when it is tried again, not when it was made."""
        enqueue(store, due("k"))
        clock.advance(minutes=5)
        store.settle("one", Settle("k", claim(store)[0].token, DONE))

        assert store.prune("one", NOW + 5 * LEASE) == 0
        assert store.prune("one", NOW + 6 * LEASE) == 1

    def test_a03_what_commands_answered_may_be_forgotten(self, store: Store) -> None:
        """By the instant at which they were carried out, in whatever order they came."""
        for id, minutes in (("late", 9), ("early", 1), ("mid", 5)):
            enqueue(store, command_id=id, at=NOW + minutes * LEASE, result=ANSWER)

        assert store.prune("one", NOW + 5 * LEASE) == 1
        assert store.read("one", (), command_id="early").result is None
        assert store.read("one", (), command_id="mid").result == Stored(1, ANSWER)
        assert store.prune("one", NOW + FAR) == 2

    # -- who is there ------------------------------------------------------------------------------

    def test_a09_the_firms_that_have_anything_are_told_in_order(self, store: Store) -> None:
        """Whatever it is that they have; whoever only asked has nothing."""
        store.read("nobody", (A,))
        assert list(store.tenants()) == []

        store.commit(Changes("z", {A: 0}, {A: ONE}))
        enqueue(store, due("k"), tenant="b")
        enqueue(store, command_id="c", tenant="a")

        assert list(store.tenants()) == ["a", "b", "z"]

    # -- moving house ------------------------------------------------------------------------------

    def test_a10_a_firm_that_moves_house_is_byte_for_byte_what_it_was(
        self, store: Store, other: Store
    ) -> None:
        """The export of what was restored is the export that it was restored from."""
        fill(store)
        fill(store, "two")
        lines = list(store.export("one"))

        other.restore(lines)

        assert list(other.export("one")) == lines
        assert list(other.tenants()) == ["one"]
        assert all("\n" not in line for line in lines)
        assert list(store.export("one")) == lines

    def test_a10_the_store_in_memory_takes_in_what_is_exported(
        self, store: Store, clock: ManualClock
    ) -> None:
        """A branch of a store that is not `Branchable` is laid over such a copy."""
        fill(store)
        lines = list(store.export("one"))
        memory = MemoryStore(clock=clock)

        memory.restore(lines)

        assert list(memory.export("one")) == lines

    def test_a10_what_the_store_in_memory_exports_is_taken_in(
        self, store: Store, clock: ManualClock
    ) -> None:
        """So a firm that was tried out in memory moves into the store that lasts."""
        memory = MemoryStore(clock=clock)
        fill(memory)
        lines = list(memory.export("one"))

        store.restore(lines)

        assert list(store.export("one")) == lines

    def test_a10_firms_that_did_the_same_are_exported_in_the_same_lines(
        self, store: Store, clock: ManualClock
    ) -> None:
        """Whatever keeps them; "Write a store" has a table of the lines."""
        memory = MemoryStore(clock=clock)
        fill(memory)
        fill(store)

        assert list(store.export("one")) == list(memory.export("one"))

    def test_a10_a_firm_is_exported_as_it_was_when_the_first_line_was_asked_for(
        self, store: Store
    ) -> None:
        """Whatever is written before the others are, unless whoever writes has to wait."""
        fill(store)
        before = [*store.export("one")]
        lines = store.export("one")
        taken = [next(lines)]

        with suppress(UnavailableError):
            put(store, Account("Eve", id="eve"))

        assert [*taken, *lines] == before

    def test_a10_nothing_is_lost_when_a_firm_moves_house(self, store: Store, other: Store) -> None:
        """Rows with their versions and terms, histories in their order, answers, and due rows."""
        fill(store)

        other.restore(store.export("one"))

        everything = [A, B, RowKey("job", "j1"), RowKey("account", "ada")]
        for id in ("c", "d"):
            there, here = store.read("one", everything, command_id=id), other.read(
                "one", everything, command_id=id
            )  # fmt: skip
            assert (here.rows, here.result) == (there.rows, there.result)
        assert other.feed() == store.feed()
        assert log(other, A) == log(store, A)
        for kind, *term in (
            ("job", "stage", AT_WORK), ("account", "tag", "vip"), ("account", "tag", LONG)
        ):  # fmt: skip
            query = Query(kind, ((term[0], term[1]),))
            assert len(other.find("one", query).rows) == 1
            assert other.find("one", query) == store.find("one", query)
        for key in ("done", "cancelled", "dead", "retry", "timer"):
            assert other.due("one", key) == store.due("one", key), key
        other.commit(Changes("one", {B: 0}, {B: ONE}))
        assert stored(other, B) == Stored(2, ONE)
        assert other.prune("one", NOW + FAR) == store.prune("one", NOW + FAR) == 4

    def test_a12_what_somebody_held_waits_when_a_firm_moves_house(
        self, store: Store, other: Store
    ) -> None:
        """Its calls and its mark are kept, and whoever held it is fenced off once it is taken."""
        fill(store)
        other.restore(store.export("one"))

        assert (state(store, "k"), state(other, "k")) == (LEASED, WAIT)
        assert parked(other, "k").due == due("k")
        assert not other.renew("one", "k", 1, LEASE)
        claims = {one.due.key: one for one in claim(other)}
        assert set(claims) == {"k", "marked"}
        assert (claims["k"].token, claims["k"].attempt) == (2, 2)
        assert (claims["k"].withdrawn, claims["marked"].withdrawn) == (False, True)
        assert not other.settle("one", Settle("k", 1, DONE))

    def test_a13_what_was_being_called_is_told_as_unanswered_when_a_firm_moves_house(
        self, store: Store, other: Store, clock: ManualClock
    ) -> None:
        """As where it was exported, once the lease has run out; so a person sees both alike."""
        fill(store)

        other.restore(store.export("one"))

        there = [(one.due.key, one.error, one.attempt) for one in other.parked("one").rows]
        assert "k" in [key for key, _, _ in there]
        clock.advance(minutes=2)
        assert [(one.due.key, one.error, one.attempt) for one in store.parked("one").rows] == there

    def test_a01_a_firm_moves_only_into_an_empty_house(self, store: Store, other: Store) -> None:
        """Else two firms would be one; what was there stays as it is."""
        fill(store)
        lines = list(store.export("one"))
        enqueue(other, due("waits"), tenant="one")
        before = list(other.export("one"))

        with pytest.raises(ConflictError):
            other.restore(lines)

        assert list(other.export("one")) == before
        assert other.feed().rows == ()

    @pytest.mark.parametrize("how", SPOILT)
    def test_a01_what_is_no_export_is_refused_with_a_sentence(
        self, store: Store, other: Store, how: str
    ) -> None:
        """Also one that was cut off; nothing of it is there afterwards."""
        fill(store)
        lines = list(store.export("one"))

        with pytest.raises(DefinitionError) as caught:
            other.restore(SPOILT[how](lines))

        assert str(caught.value)
        assert list(other.tenants()) == []
        assert other.feed().rows == ()
        assert other.next_due() is None
        other.restore(lines)
        assert list(other.export("one")) == lines

    def test_a11_a_firm_that_moved_in_is_there_when_the_store_is_opened_again(
        self, store: Store, other: Store, reopened: Callable[[], Store]
    ) -> None:
        """What was restored was committed."""
        fill(other)
        lines = list(other.export("one"))
        store.restore(lines)

        assert list(reopened().export("one")) == lines
