"""Values as the texts that a host's database keeps: canonical JSON, which anybody can read."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, TypeVar, cast

from ..codec import dump, dump_part, from_data, load, parse
from ..codec.latest import Latest
from ..codec.quick import read_quickly
from ..errors import DefinitionError, StoreError
from ..model.text import LONGEST_ID

__all__ = ["Values", "part_of", "term_of", "text_of"]

T = TypeVar("T")
# An index of PostgreSQL takes some 2,700 bytes for all its columns, and two of them are ids. So
# many has the longest term of ids: a pipeline's, a stage's, and where in it a job stands.
LONGEST = 2 * LONGEST_ID + 64
BEGINNING = 250  # characters, of four bytes at most


class Values:
    """Writes values with a tag that says what they are, and reads them.

    What is kept always stands for the same value, and values do not change; so those of the latest
    texts are kept at hand, as many as there is room for.
    """

    __slots__ = ("_latest",)

    def __init__(self) -> None:
        """Begin with none at hand."""
        self._latest = Latest[str, Any]()

    def text(self, value: object) -> str:
        """Return the text of a value.

        Raises:
            DefinitionError: Canonical JSON cannot hold it.
        """
        text = dump(value)
        self._keep(text, value)
        return text

    def value(self, text: str) -> Any:
        """Return the value of a text, perhaps one at hand.

        Raises:
            StoreError: It is damaged, or was written by a newer version.
        """
        value = self._latest.get(text)
        if value is None:
            try:
                value = load(text)
            except DefinitionError as error:
                raise _unreadable(error) from error
            self._keep(text, value)
        return value

    def _keep(self, text: str, value: object) -> None:
        """Keep a value at hand."""
        self._latest.keep(text, value, len(text))


def text_of(value: object) -> str:
    """Return the text of a value whose place says of which kind it is.

    Raises:
        DefinitionError: Canonical JSON cannot hold it.
    """
    return dump_part(value)


def part_of(text: str, kind: type[T]) -> T:
    """Return the value of a text where its place says of which kind it is.

    Raises:
        StoreError: It is damaged, or was written by a newer version.
    """
    for found in read_quickly(text, kind):
        return cast("T", found)
    try:
        return from_data(parse(text), kind)
    except DefinitionError as error:
        raise _unreadable(error) from error


def term_of(value: str) -> str:
    """Return a term as it is kept: of one that is longer than those of ids, its beginning, and what
    tells it from others.
    """
    told = value.encode()
    if len(told) <= LONGEST:
        return value
    return value[:BEGINNING] + blake2b(told, digest_size=16).hexdigest()


def _unreadable(error: DefinitionError) -> StoreError:
    return StoreError(f"what is stored cannot be read; restore the last backup: {error}")
