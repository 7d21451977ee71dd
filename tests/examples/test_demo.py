"""`make demo` tells three weeks of a firm in a plain terminal, the same each time."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADLINES = [
    "Personal tax",
    "The board after three weeks",
    "A branch",
    "The whole story of",
    "Why does the job of Charles not move?",
    "What goes out next",
    "Read on",
]
CLIENTS = {"Ada", "Alan", "Charles", "Emmy", "Grace", "Mary"}


def _told(hash_seed: str) -> str:
    """Run the demo in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py")],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"},
    ).stdout


@pytest.fixture(scope="module", name="told")
def _told_once() -> str:
    return _told("1")


def _part(told: str, headline: str) -> list[str]:
    """Return the lines under a headline."""
    after = told[told.index(headline) :].splitlines()
    end = after.index("") if "" in after else len(after)
    return after[2:end]


def test_the_demo_tells_its_parts_in_order(told: str) -> None:
    """A reader finds a pipeline, the board, a branch, a story, a stuck job, and what comes next."""
    places = [told.index(headline) for headline in HEADLINES]

    assert places == sorted(places)


def test_the_demo_fits_a_terminal_of_100_columns(told: str) -> None:
    """No line is folded by the terminal, and none holds a control character."""
    lines = told.splitlines()

    assert [line for line in lines if len(line) > 100] == []
    assert [line for line in lines if not (line == "" or line.isprintable())] == []


def test_the_board_shows_each_job_once_beside_its_stage(told: str) -> None:
    """The counts are those of the jobs that stand there."""
    rows = [
        re.fullmatch(r"(.+?) +(\d+)(?:  (.+))?", line)
        for line in _part(told, "The board after three weeks")
    ]
    jobs = [(int(row[2]), (row[3] or "").split(", ") if row[3] else []) for row in rows if row]

    assert None not in rows
    assert [count for count, _ in jobs] == [len(names) for _, names in jobs]
    assert sorted(name for _, names in jobs for name in names) == sorted(
        f"Return of {client}" for client in CLIENTS
    )


def test_one_job_takes_a_branch_that_another_skips(told: str) -> None:
    """The stage with a condition is entered by the one and passed over by the other."""
    branch = _part(told, "A branch")

    assert any("Ada" in line and "business-review" in line and "moved" in line for line in branch)
    assert any("Grace" in line and "business-review" in line and "skip" in line for line in branch)


def test_one_job_is_told_from_its_start_to_its_last_stage(told: str) -> None:
    """Each line has its time; tags, a reminder and the moves stand there with their reasons."""
    story = _part(told, "The whole story of")
    text = " ".join(story)

    assert re.match(r"2026-01-05 09:00.* started ", story[0])
    assert "reminder" in text
    assert "+business" in text
    assert text.count("(automove)") == 4


def test_the_stuck_job_is_explained(told: str) -> None:
    """What it waits for, and where it would go."""
    explained = " ".join(_part(told, "Why does the job of Charles"))

    assert "Tax questions" in explained
    assert "Preparation" in explained


def test_what_goes_out_next_stands_there_in_order(told: str) -> None:
    """Each line has a time, and none lies in the past."""
    lines = _part(told, "What goes out next")

    assert lines == sorted(lines)
    assert {line.split()[4].rstrip(":") for line in lines} == {"Emmy", "Grace"}
    assert all(line > "2026-01-26" for line in lines)


def test_the_demo_ends_with_pages_that_are_there(told: str) -> None:
    """A newcomer knows where to go on."""
    pages = [line.split()[0] for line in _part(told, "Read on")]

    assert pages
    assert all((ROOT / page).is_file() or (ROOT / "src" / page).is_file() for page in pages)


def test_the_demo_is_the_same_each_time(told: str) -> None:
    """Neither the hash seed nor the hour of the day changes a letter."""
    assert _told("2") == told
