"""The blocks of the README and the quickstart run as pasted, and print what the pages say."""

import re
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PASTED = [README, ROOT / "docs" / "quickstart.md"]
FIRST = re.compile(r"```python\n(.*?)```.*?```text\n(.*?)```", re.DOTALL)
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


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


@pytest.mark.parametrize("page", PASTED, ids=lambda page: page.name)
def test_the_blocks_run_from_top_to_bottom_and_print_what_stands_below_them(page: Path) -> None:
    """Whoever pastes them into a notebook, one after another, sees what the page shows."""
    pasted: dict[str, Any] = {"__name__": "pasted"}
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    first = 1 if page == README else 0  # between that one and what it prints stands a sentence

    for number, (code, printed) in enumerate(blocks):
        told = StringIO()
        with redirect_stdout(told):
            exec(compile(code, f"{page.name} block {number}", "exec"), pasted)  # noqa: S102 -- it is ours
        assert number < first or told.getvalue() == printed

    assert len(blocks) > 5


@pytest.mark.parametrize("page", PASTED, ids=lambda page: page.name)
def test_no_block_holds_a_prompt_that_would_be_pasted_along(page: Path) -> None:
    """A notebook takes `>>>` and the lines below it for code, and refuses them."""
    assert ">>>" not in page.read_text(encoding="utf-8")
