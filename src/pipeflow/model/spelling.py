"""Spelling: whom or what a name means that somebody types, in whatever letter case (R-32)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from ..errors import DefinitionError, NotFoundError, Problem, shown, unknown
from .text import composed

__all__ = ["meant", "typed", "under"]

T = TypeVar("T")


def meant(
    what: str,
    given: object,
    named: Iterable[tuple[str, T]],
    ids: Iterable[tuple[str, T]] = (),
    *,
    where: str = "",
) -> T:
    """Return what a name means: what is called so to the letter, else in another letter case.

    Args:
        what: The kind of thing, in the field's word: "stage", "status".
        given: What somebody typed.
        named: Each name and what is called so. Of several that have one name, the first is meant.
        ids: The same of ids, which may be typed instead, but are not what an error proposes.
        where: Where it is looked for, for the error.

    Raises:
        NotFoundError: Nothing is called so, with the names that there are; or several things are
            in other letter cases, with theirs.
    """
    pairs = [(composed(name), thing) for name, thing in named]
    if isinstance(given, str):
        wanted = composed(given)
        folded = wanted.casefold()
        alike: dict[str, T] = {}
        for name, thing in (*pairs, *((composed(id), thing) for id, thing in ids)):
            if name == wanted:
                return thing
            if name.casefold() == folded:
                alike.setdefault(name, thing)
        found = [*alike.values()]
        if found and all(one == found[0] for one in found):
            return found[0]
        if found:
            several = f"{shown(given)} may be one of several; write it as one of them is written"
            raise NotFoundError(Problem(several, where, allowed=tuple(alike)))
    raise NotFoundError(unknown(what, given, dict.fromkeys(n for n, _ in pairs), where=where))


def under(id: str, known: Mapping[str, T], where: str) -> T | None:
    """Return what is known under an id; where nothing is, what was given is looked at.

    Raises:
        DefinitionError: It is no id.
    """
    try:
        found = known.get(id)
    except TypeError:  # it cannot even be looked up
        found = None
    if found is None and not isinstance(id, str):
        raise DefinitionError(Problem("must be an id", where, shown(id)))
    return known.get(composed(id)) if found is None else found


def typed(name: object) -> object:
    """Return a name as names are kept, however it is typed (R-16); all else as it is."""
    return composed(name) if isinstance(name, str) else name
