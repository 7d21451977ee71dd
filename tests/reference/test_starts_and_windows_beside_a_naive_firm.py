"""Whatever jobs start others, or waits for the window, pipeflow does as is reckoned naively."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.proving import Proved
from tests.reference.begetting import HandingStartsWalk, StartsWalk
from tests.reference.faults import STARTED, WINDOWED, Fault, broken_by
from tests.reference.shrinking import failing, shortest, told
from tests.reference.walking import Walk, script
from tests.reference.windowed import HandingWindowWalk, WindowWalk

WALKS, STEPS = 50, 60  # of each kind
KINDS: list[type[Walk]] = [StartsWalk, HandingStartsWalk, WindowWalk, HandingWindowWalk]
TRIES = 8 * WALKS  # in which each fault comes to light


class Planted(NamedTuple):
    """A fault, and the walks that notice it."""

    fault: Fault
    kinds: tuple[type[Walk], ...]


PLANTED = [
    *(Planted(one, (HandingStartsWalk,)) for one in STARTED),
    *(Planted(one, (HandingWindowWalk, WindowWalk)) for one in WINDOWED),
]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=WALKS, phases=[Phase.generate], database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_a_job_starts_or_waits_for_both_agree(kind: type[Walk], seed: int) -> None:
    """With a host that answers at once, and with one that delivers by itself."""
    steps = script(seed, STEPS, kind)

    if failing(seed, steps, walk=kind):
        few = shortest(seed, steps, walk=kind)
        pytest.fail(told(seed, few, walk=kind))


@pytest.mark.parametrize("planted", PLANTED, ids=[planted.fault.what for planted in PLANTED])
def test_a_fault_in_what_is_started_or_waits_is_noticed(planted: Planted) -> None:
    """Within a few times as much as every run of the tests walks."""
    broken = broken_by(planted.fault)

    assert any(
        failing(seed, script(seed, STEPS, walk), broken, walk=walk)
        for seed in planted.fault.walks(TRIES)
        for walk in planted.kinds
    ), planted.fault.what


def test_walks_and_faults_are_counted(proved: Proved) -> None:
    """There are as many as were promised."""
    walks = WALKS * len(KINDS)
    assert walks * STEPS >= 12_000
    walked = {"walks": walks, "steps": walks * STEPS, "faults": len(PLANTED)}
    proved("reckoned so with jobs that start others, and a window", **walked)
