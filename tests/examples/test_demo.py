"""`make demo` tells a season in a plain terminal, the same each time."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADLINES = [
    "What happened on one job",
    "The reminders that went out",
    "The billing service was down",
    "Where the 200 jobs stand",
    "A job that is stuck",
]


def _told(hash_seed: str) -> str:
    """Play the season in an interpreter of its own."""
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


def test_the_demo_tells_its_five_parts_in_order(told: str) -> None:
    """A reader finds one job, the reminders, an outage, the stages, and a stuck job."""
    places = [told.index(headline) for headline in HEADLINES]

    assert places == sorted(places)


def test_the_demo_fits_a_terminal_of_100_columns(told: str) -> None:
    """No line is folded by the terminal, and none holds a control character."""
    lines = told.splitlines()

    assert [line for line in lines if len(line) > 100] == []
    assert [line for line in lines if not (line == "" or line.isprintable())] == []


def test_one_job_is_told_from_its_start_to_the_last_stage_with_reasons(told: str) -> None:
    """Moves, skipped automations and reminders stand there, each with its time."""
    story = _part(told, "What happened on one job")

    assert re.match(r"2026-01-12 09:00 UTC started ", story[0])
    assert any("(automove)" in line for line in story)
    assert any("skipped" in line and "account lacks the tag" in line for line in story)
    assert any("sent reminder 1 of" in line for line in story)
    assert "it is the last stage" in " ".join(story[-2:])


def test_every_reminder_that_is_counted_went_out_as_an_email(told: str) -> None:
    """The sum by item and number is the number of e-mails in the headline."""
    headline = re.search(r"The reminders that went out: (\d+) e-mails", told)
    counts = [
        int(count)
        for line in _part(told, "The reminders that went out")
        for count in re.findall(r"(\d+) x no\.", line)
    ]

    assert headline is not None
    assert 0 < int(headline[1]) == sum(counts)


def test_every_job_stands_in_some_stage_and_most_came_through(told: str) -> None:
    """The counts add up to 200; some are left over, so that the end has something to tell."""
    rows = [
        re.fullmatch(r"(.+?) +(\d+)(?:  #*)?", line)
        for line in _part(told, "Where the 200 jobs stand")
    ]
    counts = [int(row[2]) for row in rows if row is not None]

    assert None not in rows
    assert sum(counts) == 200
    assert 100 < counts[-1] < 200


def test_nothing_is_lost_in_the_outage(told: str) -> None:
    """Requests failed, and none is open in the end."""
    told_part = " ".join(_part(told, "The billing service was down"))

    assert re.match(r"[1-9]\d* attempts failed", told_part)
    assert told_part.endswith("Still open: 0.")


def test_the_stuck_job_is_explained(told: str) -> None:
    """What it waits for, and what would come next."""
    explained = _part(told, "A job that is stuck")

    assert any(line.startswith("It waits for ") for line in explained)
    assert any(line.startswith("- waits for ") for line in explained)
    assert any(line.startswith("- would go on to ") for line in explained)


def test_the_season_is_the_same_each_time(told: str) -> None:
    """Neither the hash seed nor the hour of the day changes a letter."""
    assert _told("2") == told
