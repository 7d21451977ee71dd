"""Whatever a firm does, pipeflow does what the rules say, reckoned in the most naive way."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Store
from tests.lasting import FileStore
from tests.proving import Proved
from tests.reference.faults import FAULTS, Fault, broken_by
from tests.reference.shrinking import failing, shortest, told
from tests.reference.walking import Walk, script

WALKS, STEPS = 170, 60  # 10,200 steps
IN_FILES = (0, 1, 7)  # in the last several reminders begin with the receipts of one pass
COMPARED = 5  # in one step of so many what two stores hold is compared
TRIES = 4 * WALKS  # in which each fault comes to light, most of them in the first few


@settings(max_examples=WALKS, phases=[Phase.generate], database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_happens_both_agree(seed: int) -> None:
    """After each step: about jobs, items, reminders, requests, tags, and what is explained."""
    steps = script(seed, STEPS)

    if failing(seed, steps):
        pytest.fail(told(seed, shortest(seed, steps)))


def test_on_a_store_in_a_file_too() -> None:
    """The file finds nothing wrong with itself, and holds what the store in memory holds."""
    for seed in IN_FILES:
        walks = [Walk(seed, store=MemoryStore()), Walk(seed, store=FileStore())]
        for number, step in enumerate(script(seed, STEPS)):
            for walk in walks:
                walk.take(step)
            if number % COMPARED == 0:
                in_memory, in_file = (kept(walk.store) for walk in walks)
                assert in_memory == in_file
        for walk in walks:
            walk.end()


def kept(store: Store) -> dict[str, list[Any]]:
    """Return all that a store holds; commits differ, for receipts of a pass share them in one."""
    found: dict[str, list[Any]] = defaultdict(list)
    for text in store.export("default"):
        line = json.loads(text)
        match line:
            case {"row": key, "value": value}:
                found["rows"].append((key, value))
            case {"gone": key}:
                found["gone"].append(key)
            case {"log": key, "chapter": {"at": at, "actor": actor, "events": events}}:
                found["events"] += [(key, at, actor, event) for event in events]
            case {"end": _} | {"format": _}:
                pass
            case _:
                found[next(iter(line))].append(line)
    return found


def test_a_difference_is_told_by_the_steps_that_matter() -> None:
    """Whoever reads it wants to know what to do, and what comes of it."""
    fault = next(one for one in FAULTS if "cancelled" in one.what)
    steps = script(fault.seed, STEPS)

    text = told(fault.seed, steps, broken_by(fault))

    assert "of which these steps matter" in text
    assert "- start" in text
    assert "\nDiffers: " in text
    assert "job-1" in text


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.what for fault in FAULTS])
def test_a_fault_in_the_rules_is_noticed(fault: Fault) -> None:
    """Within a few times as much as every run of the tests walks."""
    kind = broken_by(fault)

    assert any(failing(s, script(s, STEPS), kind) for s in fault.walks(TRIES)), fault.what


def test_walks_and_faults_are_counted(proved: Proved) -> None:
    """There are as many as were promised."""
    assert WALKS * STEPS >= 10_000
    assert len(FAULTS) > 15
    proved("reckoned in a naive way too", walks=WALKS, steps=WALKS * STEPS, faults=len(FAULTS))
