"""File systems of fsspec that break when they are told to, and one that has no folders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fsspec.implementations.memory import MemoryFileSystem

__all__ = ["KEPT", "Bucket", "breaking", "in_memory"]

# The file that keeps a folder seen.
KEPT = "/.keep"


def in_memory() -> Any:
    """Return a file system in memory that nobody else has."""
    return MemoryFileSystem(global_store=False, skip_instance_cache=True)


class Bucket(MemoryFileSystem):
    """A store of objects: to make a folder does nothing, and a file makes all above it seen."""

    cachable = False

    def __init__(self, name: str) -> None:
        """Have a bucket, which is there though nothing is in it."""
        super().__init__(global_store=False)
        self.pseudo_dirs.append(f"/{name}")

    def mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
        """Do nothing, as the file system for S3 does below a bucket."""


def breaking(kind: type[Any], calls: Iterable[str]) -> Any:
    """Return a class of file systems that can be told to break at one of so many of the calls."""

    class Breaking(kind):
        cachable = False
        number, error, times, after = 0, Exception(), 1, False

        def break_at(
            self, number: int, error: Exception, *, times: int = 1, after: bool = False
        ) -> None:
            """Raise *error* at a call from now on, and those that follow; 0 is none."""
            self.number, self.error, self.times, self.after = number, error, times, after

        def counted(self, call: str, *given: Any, **named: Any) -> Any:
            """Make a call, and break before or after it if it is its turn."""
            self.number -= 1
            turn = -self.times < self.number <= 0
            if turn and not self.after:
                raise self.error
            answer = getattr(super(), call)(*given, **named)
            if turn:
                raise self.error
            return answer

    def counting(call: str) -> Any:
        return lambda self, *given, **named: self.counted(call, *given, **named)

    for call in calls:
        setattr(Breaking, call, counting(call))
    return Breaking
