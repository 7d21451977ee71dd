"""A fact: what all of them have in common."""

from __future__ import annotations

from typing import ClassVar

from .item_kinds import ItemKind
from .record import frozen
from .values import Value

__all__ = ["Fact"]


@frozen
class Fact(Value):
    """Base of all facts; `about` lists the kinds of items that it can be about.

    References of payments are a host's own, and stay as they are.
    """

    _to_the_letter: ClassVar[tuple[str, ...]] = ("reference",)
    about: ClassVar[frozenset[ItemKind]] = frozenset(ItemKind)
