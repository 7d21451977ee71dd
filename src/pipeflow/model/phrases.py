"""Phrases: a condition as people say it, `a company and not tagged 'vip'`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .conditions import AllOf, AnyOf, Condition, Not, Tagged, TaggedAny
from .logic import NOBODY

__all__ = ["deciding_tags", "phrase"]


def phrase(when: Condition, names: Mapping[str, str] = NOBODY) -> str:
    """Say a condition in words that follow an "if", `not tagged 'vip'`, members by *names*."""
    return when.said(names)


def deciding_tags(when: Condition | None, *, present: bool = True) -> frozenset[str]:
    """Return the tags whose presence speaks for a condition; with `present=False`, against it."""
    match when:
        case Tagged(names) | TaggedAny(names):
            return frozenset(names) if present else frozenset()
        case AllOf(of) | AnyOf(of):
            return _together(deciding_tags(one, present=present) for one in of)
        case Not(of):
            return deciding_tags(of, present=not present)
        case _:
            return frozenset()


def _together(several: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*several)
