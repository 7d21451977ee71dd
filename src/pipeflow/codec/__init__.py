"""Values to canonical JSON and back: the one room that knows cattrs."""

from __future__ import annotations

from .converter import dump, dump_all, dump_part, dump_sharing, from_data, load, to_data
from .json_text import DEEPEST, LARGEST, parse
from .plain_data import (
    FRACTION,
    NO_NUMBER,
    TOO_LARGE,
    decoded,
    misread,
    object_of,
    settled,
    too_deep,
    whole_number,
)
from .problems import Refused
from .shares import name_of, whole

__all__ = [
    "DEEPEST",
    "FRACTION",
    "LARGEST",
    "NO_NUMBER",
    "TOO_LARGE",
    "Refused",
    "decoded",
    "dump",
    "dump_all",
    "dump_part",
    "dump_sharing",
    "from_data",
    "load",
    "misread",
    "name_of",
    "object_of",
    "parse",
    "settled",
    "to_data",
    "too_deep",
    "whole",
    "whole_number",
]
