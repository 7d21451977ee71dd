"""Values to canonical JSON and back: the one room that knows cattrs."""

from __future__ import annotations

from .converter import dump, dump_all, dump_part, from_data, load, to_data
from .json_text import DEEPEST, LARGEST, parse

__all__ = [
    "DEEPEST",
    "LARGEST",
    "dump",
    "dump_all",
    "dump_part",
    "from_data",
    "load",
    "parse",
    "to_data",
]
