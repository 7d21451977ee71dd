"""Rooms of pipeflow, built once more with one change in their text: broken, to be caught."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec, spec_from_loader
from types import CodeType, ModuleType

__all__ = ["broken"]


class Changed(SourceFileLoader):
    """Loads a module whose text is not quite what stands in its file."""

    old = new = ""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the changed text; nobody shall take it for what the file says."""
        text = self.get_data(self.path).decode()
        if text.count(self.old) != 1:
            raise LookupError(f"{self.path}: {text.count(self.old)} times {self.old!r}, and not 1")
        return compile(text.replace(self.old, self.new), f"<broken {fullname}>", "exec")


class Finder(MetaPathFinder):
    """Finds the one module that is changed."""

    def __init__(self, spec: ModuleSpec) -> None:
        """Take where it is."""
        self._spec = spec

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find it, and leave all others to others."""
        return self._spec if fullname == self._spec.name else None


@contextmanager
def _without(rooms: tuple[str, ...]) -> Iterator[None]:
    """Let the modules of rooms be imported anew, and nobody else see it."""
    known = {name: module for name, module in sys.modules.items() if name.startswith(rooms)}
    above = sys.modules[rooms[0].rpartition(".")[0]]
    names = dict(vars(above))
    for name in known:
        del sys.modules[name]
        vars(above).pop(name.rpartition(".")[2], None)  # `from . import it` looks here first
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.startswith(rooms)]:
            del sys.modules[name]
        sys.modules.update(known)
        vars(above).update(names)


def broken(room: str, module: str, old: str, new: str, rooms: tuple[str, ...] = ()) -> ModuleType:
    """Return a room's front module as it is when a piece of one of its modules is another.

    Args:
        room: The front module; all that begin with its name are built anew.
        module: The one that is changed.
        old: What stands in it, once.
        new: What stands there instead.
        rooms: The rooms that are built anew, which stand beside each other; only this one unless
            said.
    """
    import_module(room)
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    loader = Changed(module, spec.origin)
    loader.old, loader.new = old, new
    changed = spec_from_loader(
        module, loader, is_package=spec.submodule_search_locations is not None
    )
    assert changed is not None
    finder = Finder(changed)
    with _without(rooms or (room,)):
        sys.meta_path.insert(0, finder)
        try:
            front = import_module(room)
            _load_whole(rooms or (room,))
            return front
        finally:
            sys.meta_path.remove(finder)


def _load_whole(rooms: tuple[str, ...]) -> None:
    """Have everything there that would load on first use, when others are to be found again."""
    built = [module for name, module in sys.modules.items() if name.startswith(rooms)]
    for module in built:
        for name in getattr(module, "__all__", ()):
            getattr(module, name)
