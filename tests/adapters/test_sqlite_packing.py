"""Texts come out of a firm's file as they went in, and whatever else stands there is told."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.adapters import sqlite_packing
from pipeflow.adapters.sqlite_packing import SHORT, packed, unpacked
from pipeflow.adapters.sqlite_phrases import PHRASES
from pipeflow.errors import StoreError

LONG = '{"actor":"system","at":"2027-01-05T09:00:00Z","events":[{"type":"job_deleted"}]}' * 2
PACKED = packed(LONG)
assert isinstance(PACKED, bytes)
PHRASED = st.builds(
    lambda start, length, more: PHRASES[start : start + length] + more,
    st.integers(0, len(PHRASES)),
    st.integers(0, 3000),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)


@given(PHRASED)
def test_a_text_comes_out_as_it_went_in(text: str) -> None:
    """With phrases that are known and with others, long or short."""
    kept = packed(text)

    assert unpacked(kept) == text
    assert isinstance(kept, str) is (len(text) < SHORT)


def test_the_phrases_never_change() -> None:
    """What was packed with them would be lost; whoever wants others adds a book of them."""
    digest = sha256(PHRASES.encode()).hexdigest()

    assert digest == "d139b63d693bfd5c9dc6f300b505406584cc765fcf2b32b077bf19b3fbd62944"
    assert len(PHRASES) + 262 < 2**-sqlite_packing.WINDOW  # all of them are within reach


def test_what_an_older_version_wrote_is_a_text_as_it_is() -> None:
    """It is packed when it is written next."""
    assert unpacked(LONG) == LONG


def test_packing_is_worth_it() -> None:
    """What is said in phrases takes a small part of its room."""
    assert len(packed(LONG)) < len(LONG) / 3


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x02" + PACKED[1:], id="another book"),
        pytest.param(b"\x01\xff\xff", id="noise"),
        pytest.param(PACKED[:-1], id="cut off"),
        pytest.param(PACKED + b"x", id="something follows"),
        pytest.param(7, id="a number"),
        pytest.param(None, id="none"),
    ],
)
def test_what_is_no_packed_text_is_told(kept: object) -> None:
    """It is damaged, or of a newer version."""
    with pytest.raises(StoreError, match="cannot be unpacked; restore the last backup"):
        unpacked(kept)


def test_nothing_is_unpacked_beyond_the_largest_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bytes may stand for gigabytes, in a file that somebody altered."""
    monkeypatch.setattr(sqlite_packing, "LARGEST", 1000)

    assert unpacked(packed("x" * 999)) == "x" * 999
    with pytest.raises(StoreError, match="cannot be unpacked"):
        unpacked(packed("x" * 100_000))
