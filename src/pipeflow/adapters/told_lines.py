"""Lines of an export from what a database keeps: texts that are JSON already, and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..codec import dump
from ..codec.json_text import write
from ..codec.scalars import write_instant
from ..ports.due import UNANSWERED, Action
from .microseconds import instant_of

__all__ = ["due_line", "ended", "instant_text", "line"]


def ended(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines, and behind them the one that says how many they were."""
    number = 0
    for number, told in enumerate(lines, start=1):  # noqa: B007
        yield told
    yield write({"end": number})


def line(**parts: str) -> str:
    """Put texts together as one object, in the order of canonical JSON."""
    return f"{{{','.join(f'{write(name)}:{text}' for name, text in sorted(parts.items()))}}}"


def instant_text(number: int) -> str:
    """Return an instant as an export tells it."""
    return write_instant(instant_of(number))


def due_line(
    action: Action,
    key: str, job: str, first: int, no: int, depth: int, at: int,
    state: str, token: int, called: int, attempt: int, error: str, withdrawn: int, tried: int,
) -> str:  # fmt: skip
    """Tell of a row that is not over; a call that nobody answered yet is one without an answer."""
    leased = state == "leased"
    unanswered = leased and called == token and not withdrawn
    told: dict[str, Any] = {
        "at": instant_text(at),
        "state": "wait" if leased else state,
        "token": token,
        "called": called,
        "attempt": attempt,
        "error": UNANSWERED if unanswered else error,
        "withdrawn": bool(withdrawn),
        "tried": bool(tried) or unanswered,
    }
    what = {"key": key, "at": instant_text(first), "no": no, "job": job, "depth": depth}
    due = line(action=dump(action), **_written({**what, "owner": None, "lease": None}))
    return line(due=due, **_written(told))


def _written(told: dict[str, Any]) -> dict[str, str]:
    return {name: write(part) for name, part in told.items()}
