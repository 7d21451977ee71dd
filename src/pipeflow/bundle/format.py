"""Packages as text: the format, its versions, and how older ones are lifted to the present one.

This module loads json and cattrs; the others of this room import it when it is needed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from .. import codec
from ..errors import DefinitionError, Problem, shown
from .bundle import Bundle
from .dangling_references import mended
from .files import read_bytes
from .notations import JSON, Notation, notation_of

__all__ = ["FORMAT", "LARGEST", "UPGRADES", "VERSION", "lifted", "read", "read_file", "written"]

FORMAT = "pipeflow.bundle"
VERSION = 1
LARGEST = 5_000_000  # bytes of a package, so that the worst one costs but seconds

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

# From each older version to the next one; a function takes the whole package without its
# "format" and "version", and must leave alone what it does not understand.
UPGRADES: Mapping[int, Upgrade] = MappingProxyType({})


def written(bundle: Bundle, notation: Notation = JSON) -> str:
    """Return the text of a package.

    Raises:
        DefinitionError: The notation can only be read.
    """
    data = codec.to_data(bundle, portable=True)
    head = {"format": FORMAT, "version": VERSION}
    return notation.write(head | data)


def read(text: str | bytes, notation: Notation = JSON) -> Bundle:
    """Return the package of a text.

    Raises:
        DefinitionError: With all that is wrong with it.
    """
    if isinstance(text, str | bytes) and len(text) > LARGEST:
        what = f"is larger than {LARGEST // 1_000_000} MB, which no package is"
        raise DefinitionError(Problem(what, "$", f"{len(text):,} characters"))
    data = lifted(notation.parse(text))
    try:
        return codec.from_data(data, Bundle, portable=True)
    except DefinitionError as error:
        certain = tuple(mended(error.problems, data))
        raise DefinitionError(*certain or error.problems) from None


def read_file(path: str | os.PathLike[str]) -> Bundle:
    """Return the package of a file, of which no more is read than the limit allows.

    Raises:
        DefinitionError: With all that is wrong with it.
        OSError: Where there is no such file, or it cannot be read.
        PipeflowError: Its notation is not installed.
    """
    notation = notation_of(path)
    text = read_bytes(path, LARGEST + 1)
    try:
        return read(text, notation)
    except DefinitionError as error:
        error.add_note(f"in the file {os.fspath(path)}")
        raise


def lifted(
    data: Any, upgrades: Mapping[int, Upgrade] = UPGRADES, version: int = VERSION
) -> dict[str, Any]:
    """Return the content of a package as the format's present version has it.

    Args:
        data: What the text held.
        upgrades: From each older version to the next.
        version: The present one.

    Raises:
        DefinitionError: For what is no package, or one of a newer or unknown version.
    """
    if not isinstance(data, dict):
        raise DefinitionError(Problem("must be an object, {...}", "$", shown(data)))
    if data.get("format") != FORMAT:
        what = f'is not a pipeflow package, which begins with "format": "{FORMAT}"'
        given = shown(data["format"]) if "format" in data else ""
        raise DefinitionError(Problem(what, "$.format", given, (FORMAT,)))
    found = data.get("version")
    oldest = min(upgrades, default=version)
    if type(found) is not int or found < oldest:
        allowed = tuple(str(number) for number in range(oldest, version + 1))
        what = (
            "must be the number of a version of this format" if "version" in data else "is missing"
        )
        given = shown(found) if "version" in data else ""
        raise DefinitionError(Problem(what, "$.version", given, allowed))
    if found > version:
        what = (
            f"is of a newer format, and this pipeflow reads versions up to {version}; "
            "upgrade pipeflow, or save the package with an older one"
        )
        raise DefinitionError(Problem(what, "$.version", shown(found)))
    content = {key: part for key, part in data.items() if key not in {"format", "version"}}
    for number in range(found, version):
        content = upgrades[number](content)
    return content
