"""A process-mining tool reads our event logs: pm4py, where it is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pipeflow.testing import World
from tests.insight.test_event_logs import LINE, finished, firm

pytestmark = pytest.mark.skipif(
    find_spec("pm4py") is None,
    reason="pm4py is not installed: it is of the group `mining`, which is a part of `dev`",
)


def mined(world: World, folder: Path) -> dict[str, Any]:
    """Save a firm's log in both formats, and return what pm4py found in each."""
    log = world.engine.event_log()
    files = [str(log.save(folder / f"log{suffix}")) for suffix in (".xes", ".csv")]
    command = [sys.executable, "-m", "tests.insight.mining", *files]
    root = Path(__file__).parents[2]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_pm4py_reads_the_cases_activities_and_instants_of_both_formats(tmp_path: Path) -> None:
    """And draws from the stages what follows what, beginning with the first stage."""
    world = firm()
    for name in ('Zoë <&> "Söhne"', "Bob"):
        finished(world, name)
    world.engine.start(LINE, world.account("=1+1\x07"))
    log = world.engine.event_log()

    found = mined(world, tmp_path)

    entries = [
        [case.id, one.activity, one.at.isoformat()] for case in log.cases for one in case.entries
    ]
    assert len(entries) == 2 * 11 + 2
    for form in ("xes", "csv"):
        assert sorted(found[form]["entries"]) == sorted(entries)
        assert found[form]["starts"] == {"Intake": 3}
        assert found[form]["ends"] == {"Done": 2, "Intake": 1}
        assert found[form]["follows"] == [["Billing", "Done", 2], ["Intake", "Billing", 2]]
