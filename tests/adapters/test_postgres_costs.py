"""What PostgreSQL reads for a question depends on what it is about, whatever plan it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from pipeflow import Item, ItemKind, ItemState
from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.ports import Query, Span, terms_of
from pipeflow.ports.terms import column_terms, place_terms
from pipeflow.testing.contracts.making import NOW, job, put
from tests.adapters.answered import DUE_CALLS, answer
from tests.postgres import Server

READ = text(
    "SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = ANY(:names))"
    " + (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname = ANY(:names))"
)
# Where a job stands that came into the stage "hold" right now.
HOLD = place_terms("tax", "hold")
PLACE = next(term for field, term in terms_of(job("j", stage="hold")) if field == "place")
SHOWN: dict[str, Callable[[SqlStore], Any]] = {
    "first cards of a stage": lambda store: store.find(
        "one", Query("job", (("place", HOLD),), "place"), limit=3
    ),
    "more cards of a stage": lambda store: store.find(
        "one", Query("job", (("place", HOLD),), "place"),
        after=f"{len(PLACE)}:{PLACE}held-40", limit=3,
    ),
    "columns of a small board among large ones": lambda store: store.count(
        "one", Query("job", (("column", column_terms("small")),)), "column"
    ),
    "first open work": lambda store: store.find(
        "one", Query("job", (("work_due", Span()),), "work_due"), limit=3
    ),
}  # fmt: skip


@pytest.fixture(params=["generic", "custom"])
def planned(
    postgres: Server, pg_engine: Engine, request: pytest.FixtureRequest
) -> Iterator[Engine]:
    """Connect to a server that plans a statement once for all that is bound, or anew for each, and
    takes an index wherever it can.
    """
    with postgres.schema(pg_engine) as name:
        options = f"-c search_path={name} -c plan_cache_mode=force_{request.param}_plan"
        engine = create_engine(
            postgres.url, pool_size=1, max_overflow=0,
            connect_args={"options": f"{options} -c enable_seqscan=off", "prepare_threshold": 0},
        )  # fmt: skip
        yield engine
        engine.dispose()


def read(engine: Engine, *tables: str) -> int:
    """Count the entries of indexes and the rows that were read so far; one connection read all."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
        connection.commit()
        return int(connection.execute(READ, {"names": [*tables]}).scalar_one())


def vacuumed(engine: Engine, *tables: str) -> None:
    """Tidy tables up and look how much is in them, as the server does by itself."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.execute(text(f"VACUUM ANALYZE {table}"))


@pytest.mark.parametrize("name", DUE_CALLS)
def test_what_is_over_costs_nothing(planned: Engine, name: str) -> None:
    """A firm keeps what it has done for months, and asks each minute what is due."""
    store = SqlStore(planned)
    answer(store, 400)
    vacuumed(planned, "pf_due")
    call: Callable[[Any], Any] = DUE_CALLS[name]
    before = read(planned, "pf_due")

    call(store)

    assert read(planned, "pf_due") - before < 40


@pytest.mark.parametrize("name", SHOWN)
def test_a_board_costs_by_what_it_shows(planned: Engine, name: str) -> None:
    """A firm has a thousand jobs, and looks at a few of them at a time."""
    store = SqlStore(planned)
    task = Item("j/1", "j", ItemKind.TASK, "Fee", None, ItemState.PENDING, None, 1, "w", "x", NOW)
    put(store, job("s1", pipeline="small"), job("s2", pipeline="small", stage="hold"))
    put(store, *(job(f"held-{number}", stage="hold", items=(task,)) for number in range(1000)))
    put(store, *(job(f"done-{number}", stage="hold", status="Archived") for number in range(500)))
    vacuumed(planned, "pf_row", "pf_term")
    before = read(planned, "pf_row", "pf_term")

    SHOWN[name](store)

    assert read(planned, "pf_row", "pf_term") - before < 60
