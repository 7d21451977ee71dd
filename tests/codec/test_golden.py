"""What was kept is read for ever: a file of texts that this version and all later ones know."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeflow import Item, Job, Member
from pipeflow.codec import dump, load
from pipeflow.codec.converter import CLASSES
from pipeflow.codec.kinds import tag_of
from pipeflow.codec.quick import read_quickly
from pipeflow.model.settings import Firm

GOLDEN = Path(__file__).parent.parent / "golden" / "values.jsonl"
TEXTS = GOLDEN.read_text(encoding="utf-8").split("\n")[:-1]
GROWN = {Firm, Item, Job, Member}  # classes that gained fields since the first lines


def is_within(old: Any, new: Any) -> bool:
    """Tell whether the new text says all that the old one said."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(key in new and is_within(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_within, old, new))
    return bool(old == new)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_was_kept_is_read(text: str) -> None:
    """A line is never changed or taken away: firms keep such texts in their stores.

    A class that gained a field since is written with it; what the old text says stays.
    """
    value = load(text)

    assert is_within(json.loads(text), json.loads(dump(value)))
    assert load(dump(value)) == value
    assert read_quickly(text) in {(), (value,)}
    if type(value) not in GROWN:
        assert dump(value) == text


def test_classes_that_gained_fields_have_lines_that_say_them() -> None:
    """So that what is written now is read by later versions too."""
    newest = {type(value) for text in TEXTS if dump(value := load(text)) == text}

    assert newest >= GROWN


def test_every_class_has_kept_texts() -> None:
    """A class that comes anew is added to the file."""
    assert {tag_of(type(load(text))) for text in TEXTS} == set(CLASSES)
