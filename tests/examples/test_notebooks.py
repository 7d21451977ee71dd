"""The notebooks show what their cells come to, on every machine and at every time."""

from __future__ import annotations

import re
from difflib import unified_diff
from pathlib import Path

import pytest

pytest.importorskip("nbclient", reason="the wheel is tested without Jupyter, which runs notebooks")
pytest.importorskip("ipykernel", reason="the wheel is tested without Jupyter, which runs notebooks")

from tests.examples.notebooks import EXAMPLES, NOTEBOOKS, executed

MOST = 60  # lines of a difference that somebody reads
STYLE = re.compile(r""" style=(\\"[^"]*\\"|'[^']*')""")


def _lines(text: str) -> list[str]:
    """Return the lines of a file, and tables cut at their elements, which are one long line."""
    return text.replace("><", ">\n<").splitlines()


def _difference(kept: str, now: str) -> str:
    """Tell what differs; how it looks only where nothing else does."""
    plain = STYLE.sub("", kept), STYLE.sub("", now)
    before, after = (kept, now) if plain[0] == plain[1] else plain
    found = list(unified_diff(_lines(before), _lines(after), "kept", "now", lineterm=""))
    more = len(found) - MOST
    return "\n".join(found[:MOST] + ([f"... and {more} lines more"] if more > 0 else []))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_with_what_its_cells_show(path: Path) -> None:
    """Executed anew, with other hashes, it is the same to the byte."""
    before = sorted(EXAMPLES.rglob("*"))
    kept = path.read_bytes().decode()

    now = executed(path, hash_seed="1")

    if now != kept:
        difference = _difference(kept, now)
        said = f"{path.name} shows something else now: run make notebooks\n{difference}"
        pytest.fail(said, pytrace=False)
    assert sorted(EXAMPLES.rglob("*")) == before
