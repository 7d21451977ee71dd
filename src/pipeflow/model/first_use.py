"""How a room loads each of its files on the first use of what stands in it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["on_first_use"]


def on_first_use(room: str, files: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a room that no program needs as a whole.

    What was asked for once stands in the room like anything else, and is found as quickly. Type
    checkers read the imports that the room has for them beside this.

    Args:
        room: The name of the room's package.
        files: By the name of a file, the names that the room has of it, with spaces between them.
    """
    homes = {name: file for file, names in files.items() for name in names.split()}

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found = getattr(import_module(f"{room}.{homes[name]}"), name)
        setattr(sys.modules[room], name, found)
        return found

    return load
