"""What PostgreSQL reads for a question depends on what it is about, whatever plan it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from pipeflow.adapters.sqlalchemy import SqlStore
from tests.adapters.answered import DUE_CALLS, answer
from tests.postgres import Server

READ = text(
    "SELECT sum(idx_tup_read) + sum(pg_stat_get_tuples_returned('pf_due'::regclass))"
    " FROM pg_stat_user_indexes WHERE relid = 'pf_due'::regclass"
)


@pytest.fixture
def planned(postgres: Server, pg_engine: Engine) -> Iterator[Engine]:
    """Connect to a server that plans a statement once, and takes an index wherever it can."""
    with postgres.schema(pg_engine) as name:
        options = f"-c search_path={name} -c plan_cache_mode=force_generic_plan"
        engine = create_engine(
            postgres.url, pool_size=1, max_overflow=0,
            connect_args={"options": f"{options} -c enable_seqscan=off", "prepare_threshold": 0},
        )  # fmt: skip
        yield engine
        engine.dispose()


def read(engine: Engine) -> int:
    """Count the entries of indexes and the rows that were read so far; one connection read all."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
        connection.commit()
        return int(connection.execute(READ).scalar_one())


@pytest.mark.parametrize("name", DUE_CALLS)
def test_what_is_over_costs_nothing(planned: Engine, name: str) -> None:
    """A firm keeps what it has done for months, and asks each minute what is due."""
    store = SqlStore(planned)
    answer(store, 400)
    with planned.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE pf_due"))  # as the server does by itself
    call: Callable[[Any], Any] = DUE_CALLS[name]
    before = read(planned)

    call(store)

    assert read(planned) - before < 40
