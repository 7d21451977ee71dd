"""How stores tell what goes wrong inside with a database: as errors of pipeflow, in sentences."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType

from ..errors import DefinitionError, shown

__all__ = ["DatabaseErrors"]


class DatabaseErrors(ABC):
    """Tells what goes wrong inside with the database *name*, and what no database can keep.

    Raises:
        DefinitionError: A text or a number cannot be kept by any database.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        """Take the database's name."""
        self._name = name

    def __enter__(self) -> None:
        """Listen."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Tell it; what is no affair of the database goes on as it is."""
        match error:
            case UnicodeEncodeError():
                letters = shown(error.object[error.start : error.end])  # and nothing else of it
                what = f"a text with {letters} cannot be kept: {error.reason}"
                raise DefinitionError(what) from None
            case OverflowError():
                raise DefinitionError(f"a number is too large for any database: {error}") from None
            case Exception():
                self._tell(error)
            case _:
                pass

    @abstractmethod
    def _tell(self, error: Exception) -> None:
        """Raise what a driver's error means; others go on as they are."""
