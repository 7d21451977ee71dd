"""The proofs can see faults: each of these broken stores and engines is noticed by one of them."""

from __future__ import annotations

import sqlite3

import pytest

from pipeflow import Engine
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.adapters.sqlite_file import SAFE
from tests.adapters.mutants import BROKEN
from tests.proving import Proved
from tests.reliability.breaking import broken
from tests.reliability.faulty import ENGINES, STORES, EngineFault, StoreFault


def test_right_stores_and_engines_pass() -> None:
    """Else nothing that follows says anything."""
    for store_proof in {fault.proof: None for fault in STORES}:
        store_proof(SqliteStore)
    for engine_proof in {fault.proof: None for fault in ENGINES}:
        engine_proof(Engine)


@pytest.mark.parametrize("fault", STORES, ids=[fault.what for fault in STORES])
def test_a_broken_store_is_noticed(fault: StoreFault) -> None:
    """By the proof that stands beside it."""
    if fault.without_a_log and sqlite3.sqlite_version_info >= SAFE:
        pytest.skip("all files have a log here")
    room = "pipeflow.adapters.sqlite"
    module = f"pipeflow.adapters.{fault.module}"
    kind: type[SqliteStore] = broken(room, module, fault.old, fault.new).SqliteStore

    with pytest.raises(BaseException):  # noqa: B017, PT011  (however it is noticed)
        fault.proof(kind)


@pytest.mark.parametrize("fault", ENGINES, ids=[fault.what for fault in ENGINES])
def test_a_broken_engine_is_noticed(fault: EngineFault) -> None:
    """By the proof that stands beside it."""
    module = f"pipeflow.{fault.room}.{fault.module}"
    rooms = ("pipeflow.engine", f"pipeflow.{fault.room}")
    kind: type[Engine] = broken("pipeflow.engine", module, fault.old, fault.new, rooms).Engine

    with pytest.raises(BaseException):  # noqa: B017, PT011  (however it is noticed)
        fault.proof(kind)


def test_what_is_broken_is_counted(proved: Proved) -> None:
    """Each in a thing of its own."""
    assert len(STORES) + len(ENGINES) > 35
    proved(
        "broken on purpose, and noticed",
        **{
            "stores in a file": len(STORES),
            "engines": len(ENGINES),
            "stores in memory": len(BROKEN),
        },
    )
