"""What every store refuses of who asks page by page: a limit below 0, an `after` of no page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import DefinitionError, Problem, shown

__all__ = ["identified", "limited", "measured", "numbered", "ordered", "placed", "refusing"]

MOST = 1 << 62  # rows and places, more of which no database counts
DIGITS = len(str(MOST)) - 1
LONGEST = sys.maxsize >> 1  # rows of a page: none has more, also where Python counts in 32 bits


def limited(limit: int) -> int:
    """Return how many rows a page has at most.

    Raises:
        DefinitionError: They are fewer than none.
    """
    if limit < 0:
        raise DefinitionError(Problem("must be a whole number from 0", "$.limit", shown(limit)))
    return min(limit, LONGEST)


def numbered(after: str) -> int:
    """Return the number by which a page is followed.

    Raises:
        DefinitionError: It is none, so no page ended with it.
    """
    if not (after.isascii() and after.isdigit() and len(after) <= DIGITS):
        raise _strange(after)
    return int(after)


def ordered(after: str) -> tuple[str, str]:
    """Return by which term and id a page is followed whose rows stand in an order.

    Raises:
        DefinitionError: It has no such parts, so no page ended with it.
    """
    with refusing(after):
        term, id = after.rsplit("\0", 1)
        return _kept(term), _kept(id)


def measured(after: str) -> tuple[str, str]:
    """Return two texts by which a page is followed, before which stands how long the first one is.

    Raises:
        DefinitionError: They are none, so no page ended with them.
    """
    length, _, both = after.partition(":")
    with refusing(after):
        end = numbered(length)
        if end > len(both):
            raise ValueError(end)
    return both[:end], both[end:]


def identified(after: str) -> str:
    """Return the id by which a page is followed whose rows stand in the order of their ids.

    Raises:
        DefinitionError: No row has such an id, so no page ended with it.
    """
    with refusing(after):
        return _kept(after)


def placed(after: str) -> tuple[int, int, str]:
    """Return behind which due row a page goes on: its instant, its number and its key.

    Raises:
        DefinitionError: It has no such parts, so no page ended with it.
    """
    with refusing(after):
        at, no, key = after.split("|", 2)
        place = int(at), int(no), _kept(key)
        if max(map(abs, place[:2])) > MOST:
            raise ValueError(place)
    return place


def _kept(text: str) -> str:
    """Return a text that a store may keep; none has a NUL in it, or half a letter."""
    if b"\0" in text.encode():
        raise ValueError(text)
    return text


@contextmanager
def refusing(after: str) -> Iterator[None]:
    """Read what follows a page, which has parts.

    Raises:
        DefinitionError: It has other parts, so no page ended with it.
    """
    try:
        yield
    except (ValueError, DefinitionError):
        raise _strange(after) from None


def _strange(after: str) -> DefinitionError:
    what = "must be the `next` of the page before, of the same listing and store"
    return DefinitionError(Problem(what, "$.after", shown(after)))
