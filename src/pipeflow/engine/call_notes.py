"""Call notes: the calls that were made of a branch and changed something, to be told again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NamedTuple, TypeVar

__all__ = ["CallNote", "noted"]

T = TypeVar("T")

# The calls that change something, and those that let time pass.
CALLS = (
    "abandon", "advance", "apply", "archive", "archive_many", "complete", "delete", "edit",
    "edit_many", "hand_over", "install", "link", "move", "move_many", "pause", "reassign",
    "receive", "record", "reevaluate", "remind", "reopen", "reschedule", "restore", "resume",
    "retry", "save", "set_reminders", "set_status", "start", "start_many", "tag", "tag_many",
    "tick", "transfer", "undo", "unlink", "update_organizers",
)  # fmt: skip


class CallNote(NamedTuple):
    """A call that came to its end: its name, and what was given."""

    name: str
    given: tuple[Any, ...]
    named: dict[str, Any]


def noted(cls: type[T]) -> type[T]:
    """Let a branch note the calls that are made of it."""
    for name in CALLS:
        setattr(cls, name, _noting(name, getattr(cls, name)))
    return cls


def _noting(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def noting(branch: Any, /, *given: Any, **named: Any) -> Any:
        host = branch._branch  # noqa: SLF001  (it is one)
        if host.inside:  # what a call does inside is told with it
            return call(branch, *given, **named)
        given = tuple(map(_kept, given))
        named = {name: _kept(one) for name, one in named.items()}
        host.inside = True
        try:
            answer = call(branch, *given, **named)
        finally:
            host.inside = False
        host.notes.append(CallNote(name, given, named))
        return answer

    return noting


def _kept(given: object) -> object:
    """Return what can be read again, where that can be read but once."""
    return tuple(given) if isinstance(given, Iterator) else given
