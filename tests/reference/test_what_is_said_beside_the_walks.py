"""Whatever a firm does, what pipeflow says of it is so: explanations, lint, and branches."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeflow import Engine
from tests.reference.branching import betrayed
from tests.reference.faults import BRANCHED, LINTED, SAID, Fault
from tests.reference.saying import gainsaid
from tests.reference.walking import script
from tests.reliability.breaking import broken

WALKS, STEPS = 80, 50
TRIES = 6 * WALKS
SEEDS = st.integers(0, 2**32 - 1)
EXPLAIN = "pipeflow.insight.explain"
ENGINE = ("pipeflow.engine", "pipeflow.rules", "pipeflow.insight")


@settings(max_examples=WALKS, phases=[Phase.generate], database=None)
@given(seed=SEEDS)
def test_what_is_explained_moves_a_job_and_what_lint_calls_impossible_never_happens(
    seed: int,
) -> None:
    """At one step in five all that a job waits for is done, on a branch, and time passes there."""
    assert gainsaid(seed, script(seed, STEPS)) == ""


@settings(max_examples=WALKS, phases=[Phase.generate], database=None)
@given(seed=SEEDS, at=st.integers(1, STEPS - 5))
def test_a_branch_leaves_the_firm_as_it_is_and_comes_to_what_the_firm_comes_to(
    seed: int, at: int
) -> None:
    """The rest of a walk is taken on it, and then in the firm."""
    assert betrayed(seed, script(seed, STEPS), at) == ""


@cache
def _explain(fault: Fault) -> ModuleType:
    rooms = ("pipeflow.rules", "pipeflow.insight")
    return broken(EXPLAIN, f"pipeflow.{fault.module}", fault.old, fault.new, rooms)


@cache
def _engine(fault: Fault) -> type[Engine]:
    found = broken(ENGINE[0], f"pipeflow.{fault.module}", fault.old, fault.new, ENGINE)
    kind: type[Engine] = found.Engine
    return kind


@cache
def _lint(fault: Fault) -> Callable[..., Any]:
    room = "pipeflow.insight.inspection"
    found = broken(room, f"pipeflow.{fault.module}", fault.old, fault.new, ("pipeflow.insight",))
    look: Callable[..., Any] = found.inspected
    return look


@pytest.mark.parametrize("fault", SAID, ids=[fault.what for fault in SAID])
def test_an_explanation_that_is_wrong_is_noticed(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says is done, and something else comes of it."""
    monkeypatch.setitem(sys.modules, EXPLAIN, _explain(fault))  # which loads when it is asked for

    assert any(gainsaid(s, script(s, STEPS)) for s in fault.walks(TRIES)), fault.what


@pytest.mark.parametrize("fault", LINTED, ids=[fault.what for fault in LINTED])
def test_a_finding_that_is_wrong_is_noticed(fault: Fault) -> None:
    """What is said never to happen happens."""
    look = _lint(fault)

    assert any(gainsaid(s, script(s, STEPS), lint=look) for s in fault.walks(TRIES)), fault.what


@pytest.mark.parametrize("fault", BRANCHED, ids=[fault.what for fault in BRANCHED])
def test_a_branch_that_is_none_is_noticed(fault: Fault) -> None:
    """It does something to its firm, or comes to something else."""
    kind = _engine(fault)

    found = (betrayed(s, script(s, STEPS), 1 + s % 40, kind) for s in fault.walks(TRIES))

    assert any(found), fault.what
