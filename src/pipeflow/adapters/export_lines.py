"""The lines of an export, read and proved: what every store takes in that a firm moves into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias, TypeVar, Union

from ..codec import from_data, load, parse
from ..codec.json_text import write
from ..errors import DefinitionError, Problem, shown, unknown
from ..model.events import Chapter
from ..model.text import id_problems, storing_problems, text_problems
from ..ports.due import Due, DueState, Over
from ..ports.holdings import fault_of
from ..ports.rows import CarriedOut, RowKey

__all__ = [
    "FORMAT",
    "CommandLine",
    "DueLine",
    "GoneLine",
    "Line",
    "LogLine",
    "OverLine",
    "RowLine",
    "read_lines",
]

T = TypeVar("T")
FORMAT = 1


class RowLine(NamedTuple):
    """A row, its version and its value."""

    key: RowKey
    version: int
    value: Any


class GoneLine(NamedTuple):
    """The last version of a row that was deleted."""

    key: RowKey
    version: int


class LogLine(NamedTuple):
    """A chapter, and the row whose history it belongs to."""

    key: RowKey
    chapter: Chapter


class DueLine(NamedTuple):
    """A due row that is not over, and that nobody holds."""

    due: Due
    at: datetime
    state: DueState
    token: int
    called: int
    attempt: int
    error: str
    withdrawn: bool
    tried: bool


class OverLine(NamedTuple):
    """What is known of a due row that is over, and since when it is."""

    over: Over
    at: datetime


class CommandLine(NamedTuple):
    """What a command answered, and when it was carried out."""

    id: str
    result: CarriedOut | None
    at: datetime


Line: TypeAlias = Union[RowLine, GoneLine, LogLine, DueLine, OverLine, CommandLine]


def read_lines(lines: Iterable[str]) -> tuple[str, list[Line]]:
    """Return whose lines these are, and what they tell, in their order.

    Raises:
        DefinitionError: They are no export, tell of one thing twice, or of a row that holds what
            its key does not stand for; with the number of the line.
    """
    if not isinstance(lines, Iterable):
        raise DefinitionError(Problem("must be the lines of an export", "$.lines", shown(lines)))
    reader = _Reader()
    for number, line in enumerate(lines, start=1):
        if reader.ended and isinstance(line, str) and not line.strip():
            continue  # editors add empty lines
        try:
            reader.take(number, parse(line))
        except DefinitionError as error:
            raise DefinitionError(*(one.at(f"line {number}") for one in error.problems)) from None
        except (KeyError, TypeError, ValueError) as error:
            why = f"it has no {error}" if isinstance(error, KeyError) else error
            what = f"is not a line of an export: {why}"
            raise DefinitionError(Problem(what, f"line {number}", shown(line))) from None
    if not reader.ended:
        raise DefinitionError(
            "the export was cut off: its last line, with their number, is missing"
        )
    return reader.name, reader.lines


class _Reader:
    """Takes the lines of an export, one after another."""

    def __init__(self) -> None:
        self.name = ""
        self.lines: list[Line] = []
        self.ended = False
        self._told: set[tuple[Any, ...]] = set()

    def take(self, number: int, data: Any) -> None:
        """Take the next line."""
        if self.ended:
            raise DefinitionError(Problem("comes after the end of the export", "", shown(data)))
        if type(data) is not dict:
            raise DefinitionError(Problem("is not a line of an export", "", shown(data)))
        if number == 1:
            self._head(data)
            return
        for kind, read in READERS.items():
            if kind in data:
                self._add(read(data))
                return
        if "end" not in data:
            raise DefinitionError(unknown("kind of line", next(iter(data), ""), (*READERS, "end")))
        if data["end"] != number - 1:
            what = f"ends an export of {data['end']!r} lines, and {number - 1} came before it"
            raise DefinitionError(Problem(what))
        self.ended = True

    def _head(self, data: Mapping[str, Any]) -> None:
        if "firm" not in data:
            raise DefinitionError(
                Problem("is not how the export of a firm begins", "", shown(data))
            )
        if data.get("format") != FORMAT:
            what = f"is of format {data.get('format')!r}, and this version reads format {FORMAT}"
            raise DefinitionError(Problem(what))
        if problems := tuple(id_problems(data["firm"], "$.firm")):
            raise DefinitionError(*problems)
        self.name = data["firm"]

    def _add(self, line: Line) -> None:
        """Add what a line tells, unless one before it told of the same."""
        what = _about(line)
        if what is not None:
            if what in self._told:
                raise DefinitionError(Problem("tells of one thing twice", "", shown(what[-1])))
            self._told.add(what)
        self.lines.append(line)


def _about(line: Line) -> tuple[Any, ...] | None:
    """Return what a line is about that no other line may be; None: chapters follow one another."""
    match line:
        case RowLine(key) | GoneLine(key):
            return type(line), *key
        case DueLine(due):
            return "due", due.key
        case OverLine(over):
            return "due", over.key
        case CommandLine(id):
            return "command", id
        case LogLine():
            return None


# -- what each kind of line tells ----------------------------------------------------------------


def _row(data: Mapping[str, Any]) -> RowLine:
    key, value = _key(data["row"]), load(write(data["value"]))
    if (fault := fault_of(key, value)) is not None:
        raise DefinitionError(Problem(f"row {' '.join(key)!r} {fault}"))
    return RowLine(key, _version(data), value)


def _gone(data: Mapping[str, Any]) -> GoneLine:
    return GoneLine(_key(data["gone"]), _version(data))


def _log(data: Mapping[str, Any]) -> LogLine:
    return LogLine(_key(data["log"]), from_data(data["chapter"], Chapter))


def _due(data: Mapping[str, Any]) -> DueLine:
    state = _state(data, DueState.WAIT, DueState.DEAD)
    if state is DueState.DEAD and data["tried"] is False:
        raise ValueError("state 'dead', which nobody would see")
    return DueLine(
        from_data(data["due"], Due),
        _instant(data),
        state,
        _count(data, "token"),
        _count(data, "called"),
        _count(data, "attempt"),
        _storable(data, "error"),
        _is(bool, data, "withdrawn"),
        _is(bool, data, "tried"),
    )


def _over(data: Mapping[str, Any]) -> OverLine:
    state = _state(data, DueState.DONE, DueState.CANCELLED)
    over = Over(_text(data["over"], "$.over"), _text(data["job"], "$.job"), state)
    return OverLine(over, _instant(data))


def _command(data: Mapping[str, Any]) -> CommandLine:
    known = data["result"]
    result = None if known is None else from_data(known, CarriedOut)
    return CommandLine(_text(data["command"], "$.command"), result, _instant(data))


READERS: Mapping[str, Callable[[Mapping[str, Any]], Line]] = {
    "row": _row,
    "gone": _gone,
    "log": _log,
    "due": _due,
    "over": _over,
    "command": _command,
}


def _is(kind: type[T], data: Mapping[str, Any], field: str) -> T:
    value = data[field]
    if type(value) is not kind:
        raise TypeError(f"{field} {shown(value)}")
    return value


def _count(data: Mapping[str, Any], field: str) -> int:
    number = _is(int, data, field)
    if number < 0:
        raise ValueError(f"{field} {number}")
    return number


def _version(data: Mapping[str, Any]) -> int:
    number = _count(data, "version")
    if not number:
        raise ValueError("version 0")
    return number


def _state(data: Mapping[str, Any], *allowed: DueState) -> DueState:
    state = DueState(data["state"])
    if state not in allowed:
        raise ValueError(f"state {state.value!r}")
    return state


def _text(given: object, where: str) -> str:
    """Return a text that every store can keep."""
    if problems := tuple(text_problems(given, where)):
        raise DefinitionError(*problems)
    return str(given)


def _storable(data: Mapping[str, Any], field: str) -> str:
    """Return what somebody else has said, of which no more is asked than that stores keep it."""
    if problems := tuple(storing_problems(text := _is(str, data, field), f"$.{field}")):
        raise DefinitionError(*problems)
    return text


def _key(data: Any) -> RowKey:
    if type(data) is not list or len(data) != 2:
        raise TypeError(f"a key is a kind and an id, and not {shown(data)}")
    kind, id = data
    return RowKey(_text(kind, "$.key"), _text(id, "$.key"))


def _instant(data: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(_is(str, data, "at"))
    if at.tzinfo is None:
        raise ValueError(f"at {data['at']!r}, without a zone")
    return at
