"""Everything pipeflow raises on purpose. Catch `PipeflowError` for all of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

__all__ = [
    "ConflictError",
    "DefinitionError",
    "DuplicateCommandError",
    "LeaseLostError",
    "LimitError",
    "MovedOnError",
    "NotAllowedError",
    "NotFoundError",
    "PipeflowError",
    "Problem",
    "ReentrancyError",
    "StoreError",
    "UnavailableError",
    "a",
    "many",
    "unknown",
]

SHOWN = 200  # characters of a given value that an error repeats
LISTED = 12  # allowed names that an error lists
TOLD = 250  # problems that an error tells; `problems` holds all, a reader of JSON stops before
SEARCHED = 2000  # names among which the nearest is looked for
LIKELY = 8  # of them that are compared thoroughly


class Problem(NamedTuple):
    """One thing that is wrong: what, where, what was given, what would be right."""

    what: str
    where: str = ""
    given: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.given:
            parts.append(f"(given: {self.given})")
        text = " ".join(parts)
        if (self.nearest or self.allowed) and text[-1:] not in {".", ")", "?", ":"}:
            text += "."
        if self.nearest:
            text += f" Did you mean {self.nearest!r}?"
        if self.allowed:
            names = ", ".join(n if n.isprintable() else repr(n) for n in self.allowed[:LISTED])
            more = len(self.allowed) - LISTED
            text += f" Allowed: {names}{f' and {more} more' if more > 0 else ''}."
        return one_line(text)

    def at(self, where: str) -> Problem:
        """Return the same problem, seen from one level further out."""
        inner = self.where.removeprefix("$")
        return self._replace(where=f"{where}{inner}")


class PipeflowError(Exception):
    """Base of all errors of this package; `problems` holds every single one of them."""

    problems: tuple[Problem, ...]

    def __init__(self, *problems: Problem | str) -> None:
        """Take one or more problems; a plain sentence is a problem without a place."""
        super().__init__(*problems)  # all arguments, so that pickle and copy work
        self.problems = tuple(p if isinstance(p, Problem) else Problem(p) for p in problems)

    def __str__(self) -> str:
        """Tell the only problem, or several, a line each; of very many the first, and a count."""
        number = len(self.problems)
        if number < 2:
            return "".join(map(str, self.problems))
        lines = [f"\n  - {problem}" for problem in self.problems[:TOLD]]
        rest = f"\n  - and {number - TOLD} more" if number > TOLD else ""
        return f"{number} problems:{''.join(lines)}{rest}"


class DefinitionError(PipeflowError, ValueError):
    """A pipeline, template, account or package is wrong as it is written."""


class NotFoundError(PipeflowError, LookupError):
    """A name or an id leads to nothing; `row` is the kind and id of what a store has not."""

    row: tuple[str, str] | None = None


class NotAllowedError(PipeflowError):
    """The wrong moment for this, or the `Authorizer` said no."""


class ConflictError(PipeflowError):
    """Somebody else saved the same thing meanwhile."""


class MovedOnError(ConflictError):
    """The firm moved on under its branch, which can go no further: nothing tried again helps."""


class LimitError(PipeflowError):
    """A limit that keeps a mistake from growing was reached; nothing was stored."""


class ReentrancyError(PipeflowError):
    """A command was called from inside a decision, where none may be."""


class StoreError(PipeflowError):
    """The store could not do what its contract asks."""


class UnavailableError(StoreError):
    """The store did not answer; whether a commit arrived is unknown until it is asked again."""


class LeaseLostError(StoreError):
    """A due row was settled by somebody who no longer holds it; nothing was written."""


class DuplicateCommandError(StoreError):
    """The command id is known; `result` is what the first one answered."""

    def __init__(self, command_id: str, result: object = None) -> None:
        """Keep the id and the first answer."""
        super().__init__(f"command {command_id!r} was carried out before")
        self.args = (command_id, result)  # what pickle and copy call the class with
        self.command_id = command_id
        self.result = result


def together(errors: Iterable[PipeflowError]) -> PipeflowError:
    """Make one error of several, with every problem: of their class, if they share one."""
    several = tuple(errors)
    kinds = {type(error) for error in several}
    kind = kinds.pop() if len(kinds) == 1 else DefinitionError
    return kind(*(problem for error in several for problem in error.problems))


def unknown(
    what: str, name: object, known: Iterable[str], *, where: str = "", hint: str = ""
) -> Problem:
    """Build the problem of a name that leads nowhere, with the names that would.

    Args:
        what: The kind of thing, in the field's word: "stage", "template".
        name: What was given.
        known: The names that exist.
        where: The path to the place, such as `$.stages[1].automations[0].template`.
        hint: One more sentence that helps.
    """
    names = tuple(known)
    sentence = f"there is no {what} {shown(name)}." + (f" {hint}" if hint else "")
    return Problem(sentence, where, allowed=names, nearest=nearest(name, names))


def nearest(name: object, names: Sequence[str]) -> str:
    """Return that of *names* which is most like *name*, capitals aside; "" where none is."""
    if len(names) > SEARCHED:
        return ""
    from difflib import get_close_matches

    wanted = (name if isinstance(name, str) else shown(name))[:SHOWN].casefold()
    alike = {one[:SHOWN].casefold(): one for one in reversed(names)}
    found = get_close_matches(wanted, _likely(wanted, alike), n=1)
    return alike[found[0]] if found else ""


def _likely(wanted: str, names: Collection[str]) -> Collection[str]:
    """Return the few names that share most with a text, since a thorough comparison takes long."""
    if len(names) <= LIKELY:
        return names
    pairs = _pairs(wanted)

    def likeness(one: str) -> float:
        theirs = _pairs(one)
        return len(pairs & theirs) / (len(pairs) + len(theirs) + 1)

    return sorted(names, key=likeness, reverse=True)[:LIKELY]


@lru_cache(maxsize=4096)
def _pairs(text: str) -> frozenset[str]:
    """Return the letters of a text, each with the one behind it."""
    return frozenset(map("".join, zip(f" {text}", f"{text} ", strict=True)))


def a(noun: str) -> str:
    """Put "a" or "an" before a noun."""
    return f"an {noun}" if noun[:1] in "aeiouAEIOU" else f"a {noun}"


def many(number: int, noun: str) -> str:
    """Say how many there are: `many(1, "job")` is "1 job"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def one_line(text: str) -> str:
    """Return a text that stays one line and does nothing to a terminal, whatever it quotes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " for char in text)


def shown(value: object) -> str:
    """Return the `repr` of *value*, cut where it would flood a log."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an endless number, a list in a list in a list
        text = f"<{type(value).__name__}>"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
