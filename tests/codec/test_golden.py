"""What was kept is read for ever: a file of texts that this version and all later ones know."""

from pathlib import Path

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

    A class may have gained fields since: then the value is written with them, and read as the same.
    """
    value = load(text)

    again = dump(value)

    assert load(again) == value
    assert read_quickly(again) in {(), (value,)}


def test_every_class_has_kept_texts() -> None:
    """A class that comes anew is added to the file."""
    assert {tag_of(type(load(text))) for text in TEXTS} == set(CLASSES)
