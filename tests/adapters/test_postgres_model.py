"""The store in PostgreSQL against the naive model of stores, by way of memory and of a file."""

from __future__ import annotations

from contextlib import ExitStack

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.testing import ManualClock
from tests.adapters.test_store_model import StoreMachine
from tests.hosted import Unkept
from tests.lasting import FileStore
from tests.postgres import Server


def test_any_sequence_of_calls_has_the_same_answers(postgres: Server, pg_engine: Engine) -> None:
    """Also when a firm moves from PostgreSQL into memory, into a file, and back."""

    class Shared(SqlStore):
        """A store that is made like the one in memory, in a schema that goes with it."""

        def __init__(self, *, clock: ManualClock) -> None:
            """Begin empty."""
            self._stack = ExitStack()
            schema = self._stack.enter_context(postgres.schema(pg_engine))
            super().__init__(pg_engine, schema=schema, clock=clock)
            self._values = Unkept()

        def close(self) -> None:
            """Let go of it."""
            super().close()
            self._stack.close()

    class Machine(StoreMachine):
        """The store in PostgreSQL."""

        road = (MemoryStore, FileStore, Shared)

    examples = settings(max_examples=12, stateful_step_count=40, deadline=None)
    run_state_machine_as_test(Machine, settings=examples)
