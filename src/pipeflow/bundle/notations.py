"""Notations: in which a package may be written, and which one a file has by its name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from .. import codec
from ..errors import PipeflowError
from .files import suffix

__all__ = ["JSON", "Notation", "notation_of", "toml", "yaml"]


class Notation(NamedTuple):
    """How a text becomes plain data, and how data becomes a text that people read."""

    parse: Callable[[str | bytes], Any]
    write: Callable[[Any], str]


def _write_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


JSON = Notation(codec.parse, _write_json)


def toml() -> Notation:
    """Return the notation that the standard library reads, and does not write."""
    from .toml_text import parse, write  # loads on first use

    return Notation(parse, write)


def yaml() -> Notation:
    """Return the notation of PyYAML, which hosts install if they want it.

    Raises:
        PipeflowError: It is not installed.
    """
    try:
        from .yaml_text import parse, write  # loads on first use
    except ModuleNotFoundError as missing:
        if missing.name != "yaml":
            raise
        sentence = "YAML needs PyYAML, which is not installed: pip install 'pipeflow[yaml]'"
        raise PipeflowError(sentence) from missing
    return Notation(parse, write)


def notation_of(path: str | os.PathLike[str]) -> Notation:
    """Return the notation of a file: by its suffix TOML or YAML, and JSON otherwise.

    Raises:
        DefinitionError: It is no path.
        PipeflowError: The notation is not installed.
    """
    match suffix(path).lower():
        case ".toml":
            return toml()
        case ".yaml" | ".yml":
            return yaml()
        case _:
            return JSON
