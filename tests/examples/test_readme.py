"""The first example of the README runs as pasted, and prints what the README says."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
FIRST = re.compile(r"```python\n(.*?)```.*?```text\n(.*?)```", re.DOTALL)


def test_the_first_example_runs_as_pasted_and_prints_what_stands_below_it() -> None:
    """At most 15 lines, in an interpreter of its own."""
    found = FIRST.search(README.read_text(encoding="utf-8"))
    assert found is not None
    code, printed = found.groups()

    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, encoding="utf-8"
    )

    assert ran.stdout == printed
    assert len([line for line in code.splitlines() if line]) <= 15
