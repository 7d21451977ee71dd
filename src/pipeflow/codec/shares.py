"""Shares: lists that many values have in common, each written once and named by its hash.

A job keeps the questions of its organizers as they were sent, and a thousand other jobs keep the
same. In the texts of a store that likes, a mark stands in their place; it is no JSON, so that no
text of anybody's can be taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from .forms import Writer
from .json_text import is_plain
from .latest import Latest, LatestTexts

__all__ = ["SHARE", "Shares", "as_objects", "name_of", "names_in", "whole"]

LEAST = 200  # characters below which a list is no longer than it is worth
SHARE = "share"  # the key of an object that stands for a share while a text is read
_MARK = re.compile("\x01([0-9a-f]{64})\x01")


def name_of(text: str) -> str:
    """Return the name of a share: the hash of its text."""
    return sha256(text.encode()).hexdigest()


def names_in(text: str) -> list[str]:
    """Return the names of the shares for which marks stand in a text."""
    return _MARK.findall(text) if "\x01" in text else []


def whole(text: str, told: Callable[[str], str]) -> str:
    """Return a text with its shares in the place of their marks.

    Args:
        text: Canonical JSON, but for the marks.
        told: Tells the text of a share by its name.
    """
    return _MARK.sub(lambda mark: told(mark[1]), text) if "\x01" in text else text


def as_objects(text: str) -> str:
    """Return a text as JSON, with objects in the place of marks: a name under `SHARE`."""
    return _MARK.sub(rf'{{"{SHARE}":"\1"}}', text)


class Shares:
    """The latest shares: what each is called, and its text."""

    __slots__ = ("_marks", "_texts", "_write")

    def __init__(self, write: Writer) -> None:
        """Begin with none; *write* writes a list."""
        self._write = write
        self._marks = LatestTexts(self._marked)
        self._texts = Latest[str, str]()

    def mark(self, several: Any) -> str:
        """Return what stands for a list in a text, and have its text at hand; a short one stands
        for itself.
        """
        mark = self._marks.text(several)
        return mark if all(map(self.has, names_in(mark))) else self._marked(several)

    def has(self, name: str) -> bool:
        """Tell whether the text of a share is at hand."""
        return self._texts.get(name) is not None

    def text(self, name: str) -> str:
        """Return the text of a share.

        Raises:
            LookupError: It is not at hand any more, though a text with its mark is.
        """
        text = self._texts.get(name)
        if text is None:
            raise LookupError(name)
        return text

    def _marked(self, several: Any) -> str:
        text = self._write(several)
        if len(text) < LEAST or not is_plain(text):
            return text
        name = name_of(text)
        self._texts.keep(name, text, len(text))
        return f"\x01{name}\x01"
