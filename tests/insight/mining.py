"""A program that reads an event log by pm4py in both formats, and says what it found, as JSON.

It is a process of its own, since pm4py greets whoever imports it, warns, and starts threads.

    python -m tests.insight.mining log.xes log.csv
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pandas as pd
import pm4py

KEYS = ("case:concept:name", "concept:name", "time:timestamp")


def found(log: Any, lifecycle: str) -> dict[str, Any]:
    """Return the entries of a log, and what follows what in its stages."""
    cases, activities, times = (log[key] for key in KEYS)
    stages = log[(log["kind"] == "stage") & (log[lifecycle] == "start")]
    follows, starts, ends = pm4py.discover_dfg(stages)
    return {
        "entries": [
            [str(case), str(activity), time.isoformat()]
            for case, activity, time in zip(cases, activities, times, strict=True)
        ],
        "follows": sorted([*pair, int(number)] for pair, number in follows.items()),
        "starts": {name: int(number) for name, number in starts.items()},
        "ends": {name: int(number) for name, number in ends.items()},
    }


def main(xes: str, flat: str) -> None:
    """Read both files; whatever pm4py says goes elsewhere."""
    out, sys.stdout = sys.stdout, sys.stderr
    log = pm4py.read_xes(xes)
    rows = pm4py.format_dataframe(
        pd.read_csv(flat), case_id="case_id", activity_key="activity", timestamp_key="timestamp"
    )
    told = {"xes": found(log, "lifecycle:transition"), "csv": found(rows, "lifecycle")}
    out.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
