"""Call notes: the calls that were made of a branch and changed something, to be told again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial, wraps
from threading import get_ident
from typing import Any, NamedTuple, TypeVar

import attrs

__all__ = ["CallNote", "noted"]

T = TypeVar("T")

# The calls that change something, and those that let time pass.
CALLS = (
    "abandon", "advance", "apply", "archive", "archive_many", "complete", "delete", "delivered",
    "edit", "edit_many", "failed", "hand_over", "install", "link", "move", "move_many", "pause",
    "pending", "reassign", "receive", "record", "reevaluate", "remind", "reopen", "reschedule",
    "restore", "resume", "retry", "save", "set_reminders", "set_status", "start", "start_many",
    "tag", "tag_many", "tick", "transfer", "undo", "unlink", "update_organizers",
)  # fmt: skip
WHOM = frozenset({"accounts", "jobs"})  # what calls for many call those whom they are for


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
        if host.caller == get_ident():  # what a call does inside is told with it
            return call(branch, *given, **named)
        given = tuple(map(_at_once, given))
        named = {field: _at_once(one) for field, one in named.items()}
        note = CallNote(
            name,
            tuple(_as_it_is(one, name.endswith("_many")) for one in given),
            {field: _as_it_is(one, field in WHOM) for field, one in named.items()},
        )
        with host.making:
            answer = _made(host, partial(call, branch, *given, **named))
            host.notes.append(note)
        return answer

    return noting


def _made(host: Any, call: Callable[[], T]) -> T:
    """Make a call. One that is refused leaves the ids that it drew to the next, as if it had not
    been made: the test does not make it.
    """
    drawn, edition = host.counted.drawn.copy(), host.overlay.own_edition(host.tenant)
    host.caller = get_ident()
    try:
        return call()
    except BaseException:
        if host.overlay.own_edition(host.tenant) == edition:  # nothing has one of these ids
            host.counted.drawn = drawn
        raise
    finally:
        host.caller = None


def _at_once(given: object) -> object:
    """Return what can be read again, where that can be read but once."""
    return tuple(given) if isinstance(given, Iterator) else given


def _as_it_is(given: object, in_order: bool) -> object:
    """Return what was given as it now stands, whatever becomes of it after the call.

    Of those to whom something is done the order counts, in which a set was gone through, too.
    """
    if isinstance(given, str | bytes) or attrs.has(type(given)):
        return given
    if isinstance(given, Mapping) and not in_order:
        return dict(given)
    if isinstance(given, set | frozenset) and not in_order:
        return frozenset(given)
    return tuple(given) if isinstance(given, Iterable) else given
