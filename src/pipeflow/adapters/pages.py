"""What every store refuses of who asks page by page: a limit below 0, an `after` of no page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import DefinitionError, Problem, shown

__all__ = ["limited", "measured", "numbered", "ordered", "refusing"]

MOST = 1 << 62  # rows and places, more of which no database counts
DIGITS = len(str(MOST)) - 1


def limited(limit: int) -> int:
    """Return how many rows a page has at most.

    Raises:
        DefinitionError: They are fewer than none.
    """
    if limit < 0:
        raise DefinitionError(Problem("must be a whole number from 0", "$.limit", shown(limit)))
    return min(limit, MOST)


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
    return term, id


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
