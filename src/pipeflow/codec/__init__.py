"""Values to canonical JSON and back: the one room that knows cattrs."""

from __future__ import annotations

from .converter import dump, dump_all, dump_part, dump_sharing, from_data, load, to_data
from .json_text import DEEPEST, LARGEST, parse
from .shares import name_of, whole

__all__ = [
    "DEEPEST",
    "LARGEST",
    "dump",
    "dump_all",
    "dump_part",
    "dump_sharing",
    "from_data",
    "load",
    "name_of",
    "parse",
    "to_data",
    "whole",
]
