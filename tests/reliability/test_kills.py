"""Processes that are really killed, at any moment: what a file keeps, and what the world saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proving import Amount, Proved
from tests.reliability.killing import NEVER

TREE = Path(__file__).parents[2]
SECONDS = 20  # of killing, half of it with one process


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, and killed by a signal")
def test_killed_processes_lose_nothing_and_make_nothing_up(proved: Proved, amount: Amount) -> None:
    """One process, and three that work in one file at once; the ledger of the ports is outside.

    What was answered is there, and acted once; what the firm asked for was asked, after its commit,
    under one key with one content; and the file is sound.
    """
    minutes = amount.of(SECONDS) / 60
    program = [sys.executable, "-m", "tests.reliability.killing", "--minutes", str(minutes)]
    path = os.pathsep.join(one for one in sys.path if one)

    done = subprocess.run(
        program, cwd=TREE, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip

    counted = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(counted) == 2, done.stderr
    for one in counted:
        assert {what: one[what] for what in NEVER} == dict.fromkeys(NEVER, 0), done.stderr
        assert one["kills"] > 0
        what = "one process" if one["processes"] == 1 else f"{one['processes']} processes at once"
        proved(f"kill -9 of {what}", **{name: one[name] for name in one if name != "processes"})
