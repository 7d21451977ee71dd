"""Packing: the texts of a firm's file take a fifth of their room, and come out as they were."""

from __future__ import annotations

import zlib
from functools import cache
from typing import Any, TypeAlias

from ..codec import LARGEST
from ..errors import StoreError
from .sqlite_phrases import PHRASES

__all__ = ["Kept", "packed", "unpacked"]

# A text as a file keeps it: as it is where it is short, or was written by an older version.
Kept: TypeAlias = str | bytes

SHORT = 100  # characters below which packing gains less than it takes
BOOK = b"\x01"  # what is packed with the phrases begins with the number of their book
LEVEL, WINDOW, MEMORY = 3, -13, 5  # a window into which the phrases fit; no head, no sum of checks


@cache
def _packer() -> Any:
    """Return what packs with the phrases; each text is packed by a copy of it."""
    return zlib.compressobj(
        LEVEL, zlib.DEFLATED, WINDOW, MEMORY, zlib.Z_DEFAULT_STRATEGY, PHRASES.encode()
    )


def packed(text: str) -> Kept:
    """Return a text as it is kept.

    Raises:
        UnicodeEncodeError: It holds half of a pair of surrogates.
    """
    if len(text) < SHORT:
        return text
    packer = _packer().copy()
    return b"".join((BOOK, packer.compress(text.encode()), packer.flush()))


def unpacked(kept: object) -> str:
    """Return the text that is kept.

    Raises:
        StoreError: It is damaged, or was written by a newer version.
    """
    if isinstance(kept, str):
        return kept
    if not isinstance(kept, bytes) or not kept.startswith(BOOK):
        raise _unreadable("it is no text")
    unpacker = zlib.decompressobj(WINDOW, PHRASES.encode())
    try:
        text = unpacker.decompress(kept[len(BOOK) :], LARGEST).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise _unreadable(str(error)) from None
    if not unpacker.eof or unpacker.unused_data:
        raise _unreadable("it was cut off, or something follows")
    return text


def _unreadable(why: str) -> StoreError:
    return StoreError(f"what is stored cannot be unpacked; restore the last backup: {why}")
