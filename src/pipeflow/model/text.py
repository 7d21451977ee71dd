"""Names and texts: which are valid, and the ids that are made of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ..errors import DefinitionError, Problem, shown

__all__ = [
    "composed",
    "ended",
    "fitted",
    "id_problems",
    "is_overloaded",
    "key_slug",
    "plain",
    "single_line",
    "slug",
    "spelt",
    "storing_problems",
    "text_problems",
]

UNNAMED = "unnamed"  # the slug of a name without a single letter or digit
LONGEST_TEXT = 200_000  # characters of one text; a template body of a hundred pages
LONGEST_ID = 512  # bytes of an id or a reference, which every database can look up by
MOST_MARKS = 100  # accents and the like behind one letter; to sort them takes the square of that
_PERHAPS_MARKS = rf"[^\w\s]{{{MOST_MARKS + 1}}}"  # so many in a row that are no letters
LONGEST_KEY = 60  # characters of a slug inside an idempotency key
_FOLDED = str.maketrans({"æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ð": "d"})
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What could break out of a mail header: controls, line separators, bidirectional overrides.
# `re` compiles and keeps it on first use, which import need not wait for.
_CONTROLS = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+"


def composed(text: str) -> str:
    """Return a text as all names are kept and compared (R-16): each accent in its letter.

    What people type, and what file systems hand out, may have it behind the letter; to readers
    both are one name. The form is NFC. A text that no valid name holds stays as it is, for to
    compose it would take for ever.
    """
    text = plain(text)
    if text.isascii() or is_overloaded(text):
        return text
    return unicodedata.normalize("NFC", text)


def plain(text: str) -> str:
    """Return a text as nothing but text: a member of somebody's enumeration is its value.

    Such members equal their values, but what is written of them is their names.
    """
    return text if text.__class__ is str else str.__str__(text)


def is_overloaded(text: str) -> bool:
    """Tell whether a letter has more marks behind it than any language gives one."""
    if len(text) <= MOST_MARKS or text.isascii() or not re.search(_PERHAPS_MARKS, text):
        return False
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > MOST_MARKS:
            return True
    return False


@lru_cache(maxsize=256)
def single_line(text: str) -> str:
    """Make one line of it that no mail program reads as a header or an encoded word (R-17).

    Jobs of one pipeline ask for the same few names and subjects again and again.
    """
    if text.isascii() and text.isprintable() and "=?" not in text:
        return text.strip()
    return re.sub(_CONTROLS, " ", composed(text)).replace("=?", "= ?").strip()


def slug(name: str) -> str:
    """Make the id that a name stands for.

    Lower case, accents folded, every other character a hyphen, letters of other scripts kept;
    never empty, and no longer than an id may be. `slug("Régie & Co.")` is `"regie-co"`.

    Raises:
        DefinitionError: It is no text.
    """
    return _cut(_slug(name), LONGEST_ID) or UNNAMED


def ended(id: str, ending: str) -> str:
    """Return an id with an ending, such as a number; one that leaves it no room is cut."""
    return f"{_cut(id, LONGEST_ID - len(ending.encode()))}{ending}"


def fitted(id: str) -> str:
    """Return an id that was put together, no longer than an id may be.

    A longer one is cut and told apart by a checksum.
    """
    if _cut(id, LONGEST_ID) is id:
        return id
    from zlib import crc32

    return ended(id, f"-{crc32(id.encode(errors='replace')):08x}")


def _cut(id: str, most: int) -> str:
    """Return the beginning of an id that has so many bytes at most, between two letters."""
    if len(id) <= most // 4:  # no letter takes more than four bytes
        return id
    whole = id.encode(errors="replace")  # what no store could keep is refused elsewhere
    return id if len(whole) <= most else whole[:most].decode(errors="ignore").rstrip("-")


def spelt(name: str) -> str:
    """Return what a name is known by where people write it: capitals, accents and signs aside.

    That is its slug; but a name without a single letter or digit is known by itself, for all of
    those have one slug.

    Raises:
        DefinitionError: It is no text.
    """
    return _slug(name) or composed(name)


def _slug(name: str) -> str:
    if not isinstance(name, str):
        raise DefinitionError(Problem("must be text", "$.name", shown(name)))
    kept: list[str] = []
    for char in composed(name).casefold().translate(_FOLDED):
        apart = unicodedata.normalize("NFKD", char).casefold()
        kind = unicodedata.category(char)[0]
        if apart[0].isascii():
            kept.extend(_folded(apart))
        elif kind == "M" and kept and kept[-1].isascii():
            continue  # an accent that stands behind the letter it belongs to
        else:
            kept.append(char if kind in "LNM" else "-")
    return re.sub("-+", "-", "".join(kept)).strip("-")


def _folded(plain: str) -> Iterator[str]:
    """Take the accents from a letter that was taken apart."""
    for char in plain:
        if not unicodedata.combining(char):
            yield char if char.isascii() and char.isalnum() else "-"


def key_slug(name: str) -> str:
    """Make a slug short enough for a part of an idempotency key.

    A longer one is cut and told apart by a checksum, so that keys stay below the 255 characters
    that payment providers take.
    """
    whole = slug(name)
    if len(whole) <= LONGEST_KEY:
        return whole
    from zlib import crc32

    return f"{whole[: LONGEST_KEY - 9].rstrip('-')}-{crc32(whole.encode()):08x}"


def text_problems(value: object, where: str, *, empty: bool = True) -> Iterator[Problem]:
    """Yield what is wrong with a text: its type, characters no store can hold, its length.

    Args:
        value: What was given.
        where: The path to it.
        empty: Whether an empty text is allowed; a blank one always is.
    """
    if not isinstance(value, str):
        yield Problem("must be text", where, shown(value))
    elif not empty and not value:
        yield Problem("must not be empty", where, shown(value))
    elif problems := [*storing_problems(value, where)]:
        yield from problems
    elif len(value) > LONGEST_TEXT:
        yield Problem(
            f"is longer than {LONGEST_TEXT} characters", where, f"{len(value)} characters"
        )
    elif is_overloaded(value):
        yield Problem(f"has more than {MOST_MARKS} marks behind one letter", where, shown(value))


def storing_problems(text: str, where: str) -> Iterator[Problem]:
    """Yield the character of a text that no store can hold, if there is one."""
    if found := _UNSTORABLE.search(text):
        what = f"holds {shown(found[0])}, which no database can keep; leave it out"
        yield Problem(what, where, shown(text))


def id_problems(value: object, where: str, *, empty: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with an id or a reference: as with a text, and it is a short one.

    Args:
        value: What was given.
        where: The path to it.
        empty: Whether it may be empty.
    """
    problems = [*text_problems(value, where, empty=empty)]
    if not problems and isinstance(value, str) and len(size := value.encode()) > LONGEST_ID:
        what = f"is longer than {LONGEST_ID} bytes, which is the most that an id or a reference has"
        problems.append(Problem(what, where, f"{len(size)} bytes"))
    yield from problems
