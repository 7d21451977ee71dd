"""Whatever jobs start others, and is undone, pipeflow does what the rules say, reckoned naively."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.proving import Proved
from tests.reference.begetting import HandingStartsWalk, StartsWalk
from tests.reference.faults import STARTED, Fault, broken_by
from tests.reference.shrinking import failing, shortest, told
from tests.reference.walking import Walk, script

WALKS, STEPS = 50, 60  # of each kind
KINDS: list[type[Walk]] = [StartsWalk, HandingStartsWalk]
TRIES = 20 * WALKS  # in which each fault comes to light


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=WALKS, phases=[Phase.generate], database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_a_job_starts_both_agree(kind: type[Walk], seed: int) -> None:
    """With a host that answers at once, and with one that delivers by itself."""
    steps = script(seed, STEPS, kind)

    if failing(seed, steps, walk=kind):
        few = shortest(seed, steps, walk=kind)
        pytest.fail(told(seed, few, walk=kind))


@pytest.mark.parametrize("fault", STARTED, ids=[fault.what for fault in STARTED])
def test_a_fault_in_what_is_started_is_noticed(fault: Fault) -> None:
    """Within a few times as much as every run of the tests walks."""
    broken = broken_by(fault)

    assert any(
        failing(seed, script(seed, STEPS, HandingStartsWalk), broken, walk=HandingStartsWalk)
        for seed in fault.walks(TRIES)
    ), fault.what


def test_walks_and_faults_are_counted(proved: Proved) -> None:
    """There are as many as were promised."""
    walks = WALKS * len(KINDS)
    assert walks * STEPS >= 6_000
    walked = {"walks": walks, "steps": walks * STEPS, "faults": len(STARTED)}
    proved("reckoned so with jobs that start others", **walked)
