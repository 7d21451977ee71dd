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

    What stands in it is written again as it was. Where a class has gained fields since, those stand
    beside it, and new lines come.
    """
    value = load(text)
    written = dump(value)

    assert _holds(json.loads(written), json.loads(text))
    assert load(written) == value
    assert read_quickly(text) in {(), (value,)}


def _holds(new: Any, old: Any) -> bool:
    """Tell whether all that was said is said, whatever came to be said beside it."""
    if isinstance(old, dict):
        return all(key in new and _holds(new[key], part) for key, part in old.items())
    if isinstance(old, list):
        return len(new) == len(old) and all(map(_holds, new, old))
    return bool(new == old)


def test_every_class_has_kept_texts() -> None:
    """A class that comes anew is added to the file."""
    assert {tag_of(type(load(text))) for text in TEXTS} == set(CLASSES)
