"""What was kept is read for ever: a file of texts that this version and all later ones know."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeflow.codec import dump, load
from pipeflow.codec.converter import CLASSES
from pipeflow.codec.kinds import tag_of
from pipeflow.codec.quick import read_quickly

GOLDEN = Path(__file__).parent.parent / "golden" / "values.jsonl"
TEXTS = GOLDEN.read_text(encoding="utf-8").split("\n")[:-1]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_was_kept_is_read(text: str) -> None:
    """A line is never changed or taken away: firms keep such texts in their stores.

    Where a class gained a field since, it is written beside what the text says; new lines come.
    """
    value = load(text)

    assert _holds(json.loads(dump(value)), json.loads(text))
    assert load(dump(value)) == value
    assert read_quickly(text) in {(), (value,)}


def _holds(now: Any, before: Any) -> bool:
    """Tell whether data says all that older data said, each part at its place."""
    if isinstance(before, dict):
        return isinstance(now, dict) and all(
            key in now and _holds(now[key], part) for key, part in before.items()
        )
    if isinstance(before, list):
        return len(now) == len(before) and all(map(_holds, now, before))
    return bool(now == before)


def test_what_this_version_wrote_last_is_written_so_again() -> None:
    """Byte for byte: the newest line of each class."""
    newest = {tag_of(type(load(text))): text for text in TEXTS}
    old = {"due", "claim", "job", "parked"}  # they hold what gained a field since

    for tag, text in newest.items():
        assert tag in old or dump(load(text)) == text


def test_every_class_has_kept_texts() -> None:
    """A class that comes anew is added to the file."""
    assert {tag_of(type(load(text))) for text in TEXTS} == set(CLASSES)
