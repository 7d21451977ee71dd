"""What is wrong with a piece of data, told from the place where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ..errors import DefinitionError, Problem, shown

__all__ = ["NOTHING", "SOUGHT", "MisreadError", "Refused", "child", "refused", "told"]

NOTHING: Final = object()  # no value could be made
MOST = 200  # problems that one error tells; who sends more is no reader of them
SOUGHT = 10_000  # and that are looked for: a list of a million mistakes is not read to its end


class MisreadError(Exception):
    """Raised while reading: the problems so far, from here, and what could be made all the same.

    It never leaves this room. `rest` lets the values around go on checking themselves, so that
    one error tells everything that is wrong.
    """

    def __init__(self, *problems: Problem, rest: Any = NOTHING) -> None:
        """Keep both."""
        super().__init__(*problems)
        self.problems = problems
        self.rest = rest


class Refused:
    """Stands in parsed data for what JSON allows and pipeflow does not, until its place is told."""

    __slots__ = ("text", "what")

    def __init__(self, what: str, text: str) -> None:
        """Say what is wrong with the *text* that stood there."""
        self.what = what
        self.text = text

    def __repr__(self) -> str:
        """Look like what stood there."""
        return self.text


def refused(what: str, given: object, allowed: Iterable[str] = ()) -> MisreadError:
    """Make the error of a value that is not what its place needs."""
    if isinstance(given, Refused):
        return MisreadError(Problem(given.what, "$", shown(given)))
    return MisreadError(Problem(what, "$", shown(given), tuple(allowed)))


def child(key: str) -> str:
    """Return the path from a value to its part under *key*."""
    return f"$.{key}" if key.isidentifier() else f"$[{shown(key)}]"


def told(problems: Iterable[Problem]) -> DefinitionError:
    """Make the error that hosts see, each problem once."""
    each = tuple(dict.fromkeys(problems))
    more = len(each) - MOST
    number = f"more than {SOUGHT - MOST}" if len(each) > SOUGHT else str(more)
    rest = (Problem(f"and {number} more problems"),) if more > 0 else ()
    return DefinitionError(*each[:MOST], *rest)
