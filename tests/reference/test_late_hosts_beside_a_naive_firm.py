"""Whatever a host has in hand meanwhile, pipeflow does what the rules say, reckoned naively."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.lasting import FileStore
from tests.proving import Proved
from tests.reference.faults import HANDED, Fault, broken_by
from tests.reference.handing import HandingWalk
from tests.reference.shrinking import failing, shortest, told
from tests.reference.walking import script

WALKS, STEPS = 100, 60
IN_FILES = (0, 1)
TRIES = 8 * WALKS  # in which each fault comes to light


@settings(max_examples=WALKS, phases=[Phase.generate], database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_comes_late_both_agree(seed: int) -> None:
    """Answers in any order, failures, workers that die, and what was called off meanwhile."""
    steps = script(seed, STEPS, HandingWalk)

    if failing(seed, steps, walk=HandingWalk):
        few = shortest(seed, steps, walk=HandingWalk)
        pytest.fail(told(seed, few, walk=HandingWalk))


@pytest.mark.parametrize("seed", IN_FILES)
def test_on_a_store_in_a_file_too(seed: int) -> None:
    """It finds nothing wrong with itself in the end."""
    walk = HandingWalk(seed, store=FileStore())

    for step in script(seed, STEPS, HandingWalk):
        walk.take(step)

    walk.end()


@pytest.mark.parametrize("fault", HANDED, ids=[fault.what for fault in HANDED])
def test_a_fault_in_what_comes_late_is_noticed(fault: Fault) -> None:
    """Within a few times as much as every run of the tests walks."""
    kind = broken_by(fault)

    assert any(
        failing(seed, script(seed, STEPS, HandingWalk), kind, walk=HandingWalk)
        for seed in fault.walks(TRIES)
    ), fault.what


def test_walks_and_faults_are_counted(proved: Proved) -> None:
    """There are as many as were promised."""
    assert WALKS * STEPS >= 6_000
    walked = {"walks": WALKS, "steps": WALKS * STEPS, "faults": len(HANDED)}
    proved("reckoned so with hosts that answer late", **walked)
