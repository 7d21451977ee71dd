"""What was kept is read for ever: a file of texts that this version and all later ones know."""

import json
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from pipeflow.codec import dump, load
from pipeflow.codec.converter import CLASSES
from pipeflow.codec.kinds import TAG, tag_of
from pipeflow.codec.quick import read_quickly
from pipeflow.errors import DefinitionError

GOLDEN = Path(__file__).parent.parent / "golden" / "values.jsonl"
TEXTS = GOLDEN.read_text(encoding="utf-8").split("\n")[:-1]


def is_within(old: Any, new: Any) -> bool:
    """Tell whether the new text says all that the old one said; names are one in any form."""
    if isinstance(old, dict) and isinstance(new, dict):
        named = {normalize("NFC", key): value for key, value in old.items()}
        return all(key in new and is_within(value, new[key]) for key, value in named.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_within, old, new))
    if isinstance(old, str) and isinstance(new, str):
        return normalize("NFC", old) == normalize("NFC", new)
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


def test_every_class_has_kept_texts_as_it_is_written_now() -> None:
    """A class that comes anew is added to the file, and so is one that gained a field."""
    newest = {tag_of(type(value)) for text in TEXTS if dump(value := load(text)) == text}

    assert newest == set(CLASSES)


def altered(data: Any, *, within: bool = False) -> Any:
    """Return data in which no part says of a kind that there is."""
    if isinstance(data, dict):
        return {
            key: "nothing" if key == TAG and within else altered(part, within=True)
            for key, part in data.items()
        }
    return [altered(part, within=True) for part in data] if isinstance(data, list) else data


def test_a_part_of_no_known_kind_is_told_in_whatever_it_stands() -> None:
    """So that a file which a newer version wrote, or a hand, is refused with its place."""
    for text in TEXTS:
        told = json.dumps(altered(json.loads(text)))
        if '"nothing"' in told:
            with pytest.raises(DefinitionError, match="'nothing'"):
                load(told)
