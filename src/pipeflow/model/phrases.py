"""Phrases: a condition as people say it, `a company and not tagged 'vip'`."""

from __future__ import annotations

from collections.abc import Iterable

from .accounts import AccountType
from .conditions import (
    AccountIs,
    AllOf,
    AnyOf,
    Condition,
    FieldIs,
    Not,
    Tagged,
    TaggedAny,
)

__all__ = ["deciding_tags", "phrase"]

TYPES = {
    AccountType.COMPANY: "a company",
    AccountType.INDIVIDUAL: "an individual",
    AccountType.OTHER: "of type 'other'",
}


def phrase(when: Condition) -> str:
    """Say a condition in words that follow an "if": `not tagged 'vip'`."""
    match when:
        case Tagged(names):
            return f"tagged {' and '.join(map(repr, names))}"
        case TaggedAny(names):
            return f"tagged {' or '.join(map(repr, names))}"
        case AccountIs(type_):
            return TYPES[type_]
        case FieldIs(name, value):
            return f"field {name!r} is {value!r}" if isinstance(value, str) else _field(name, value)
        case AllOf(of):
            return " and ".join(_part(one, "or") for one in of)
        case AnyOf(of):
            return " or ".join(_part(one, "and") for one in of)
        case Not(of):
            return f"not {_part(of, 'and', 'or')}"
        case _:
            return repr(when)


def _field(name: str, value: object) -> str:
    """Say what a field holds that is no text: a date, a number, a choice of several."""
    told = " and ".join(map(repr, value)) if isinstance(value, tuple) else str(value)
    return f"field {name!r} is {told}"


def _part(when: Condition, *joints: str) -> str:
    """Say a part of a condition, in brackets where one of these words joins it in itself."""
    joint = ""
    match when:
        case AllOf(of) | AnyOf(of) if len(of) > 1:
            joint = "and" if isinstance(when, AllOf) else "or"
        case Tagged(names) | TaggedAny(names) if len(names) > 1:
            joint = "and" if isinstance(when, Tagged) else "or"
        case _:
            pass
    return f"({phrase(when)})" if joint in joints else phrase(when)


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
