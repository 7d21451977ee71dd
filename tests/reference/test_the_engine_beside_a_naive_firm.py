"""Whatever a firm does, pipeflow does what the rules say, reckoned in the most naive way."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeflow import Engine
from tests.lasting import FileStore
from tests.proving import Proved
from tests.reference.faults import FAULTS, Fault
from tests.reference.shrinking import failing, shortest, told
from tests.reference.walking import Walk, script
from tests.reliability.breaking import broken

WALKS, STEPS = 170, 60  # 10,200 steps
TRIES = 4 * WALKS  # in which each fault comes to light, most of them in the first few


@settings(max_examples=WALKS, phases=[Phase.generate], database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_happens_both_agree(seed: int) -> None:
    """After each step: about jobs, items, reminders, requests, tags, and what is explained."""
    steps = script(seed, STEPS)

    if failing(seed, steps):
        pytest.fail(told(seed, shortest(seed, steps)))


def test_on_a_store_in_a_file_too() -> None:
    """And the file finds nothing wrong with itself."""
    for seed in range(2):
        walk = Walk(seed, store=FileStore())
        for step in script(seed, STEPS):
            walk.take(step)
        walk.end()


def test_a_difference_is_told_by_the_steps_that_matter() -> None:
    """Whoever reads it wants to know what to do, and what comes of it."""
    fault = next(one for one in FAULTS if "cancelled" in one.what)
    steps = script(fault.seed, STEPS)

    text = told(fault.seed, steps, _broken(fault))

    assert "of which these steps matter" in text
    assert "- start" in text
    assert "\nDiffers: " in text
    assert "job-1" in text


@cache
def _broken(fault: Fault) -> type[Engine]:
    rooms = ("pipeflow.engine", "pipeflow.rules")
    module = fault.module if "." in fault.module else f"rules.{fault.module}"
    found = broken(rooms[0], f"pipeflow.{module}", fault.old, fault.new, rooms)
    kind: type[Engine] = found.Engine
    return kind


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.what for fault in FAULTS])
def test_a_fault_in_the_rules_is_noticed(fault: Fault) -> None:
    """Within a few times as much as every run of the tests walks."""
    kind = _broken(fault)

    assert any(failing(s, script(s, STEPS), kind) for s in fault.walks(TRIES)), fault.what


def test_walks_and_faults_are_counted(proved: Proved) -> None:
    """There are as many as were promised."""
    assert WALKS * STEPS >= 10_000
    assert len(FAULTS) > 15
    proved("reckoned in a naive way too", walks=WALKS, steps=WALKS * STEPS, faults=len(FAULTS))
