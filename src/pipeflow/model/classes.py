"""How the classes of values are made: with bare slots on import, finished by attrs on first use.

What attrs writes for our classes would be nearly half of what `import pipeflow` takes, and no
program uses all of them. So attrs is shown a class when somebody first makes a value of it, asks
for its fields, or inherits from it with attrs. From then on it is an attrs class like any other,
and as quick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any

import attrs

__all__ = ["OURS", "frozen", "record"]


class _Later:
    """Stands in a class where attrs is to write, and has it write when somebody looks there."""

    __slots__ = ("_cls", "_name")

    _cls: type
    _name: str

    def __set_name__(self, cls: type, name: str) -> None:
        """Note the place."""
        self._cls, self._name = cls, name

    def __get__(self, value: object, cls: type | None = None) -> Any:
        """Return what attrs wrote, as if it had stood here all the time."""
        _finish(self._cls)
        written = vars(self._cls)[self._name]
        return written.__get__(value, cls) if hasattr(written, "__get__") else written


# What can be asked of a class before there is a value of it. By `__setattr__` attrs knows whether
# a class that inherits from this one is frozen.
PLACES = ("__attrs_attrs__", "__init__", "__match_args__", "__setstate__")
FROZEN_PLACES = (*PLACES, "__setattr__")

# The classes that attrs has still to finish: by which of its decorators, and what their authors
# wrote. The lock is one for all, since attrs finishes the bases of a class with it.
_UNFINISHED: dict[type, tuple[Callable[[type], type], dict[str, Any]]] = {}
_FINISHING = RLock()

# The classes that were made here; what else inherits from one of them is somebody else's.
OURS: set[type] = set()


def _bare(
    finish: Callable[[type], type], places: Iterable[str], cls: type, *, weakref: bool
) -> type:
    """Return the class with a slot for each field, and set aside what attrs has to know of it."""
    fields = [name for name, hint in cls.__annotations__.items() if not _is_shared(hint)]
    slots = (*fields, "__weakref__") if weakref and "__weakref__" in vars(cls) else (*fields,)
    content = {**vars(cls), "__qualname__": cls.__qualname__}
    for name in ("__dict__", "__weakref__"):  # what a class has that names no slots
        content.pop(name, None)
    methods = {name: part for name, part in content.items() if name not in fields}
    later = {name: _Later() for name in places}
    bare = type(cls)(cls.__name__, cls.__bases__, {**later, **methods, "__slots__": slots})
    _mean_by_super(bare, methods.values())
    _UNFINISHED[bare] = (finish, content)
    OURS.add(bare)
    return bare


def _is_shared(hint: object) -> bool:
    """Tell whether something is annotated as the same for all values of the class."""
    return str(hint).startswith(("ClassVar", "typing.ClassVar"))


def _mean_by_super(cls: type, members: Iterable[Any]) -> None:
    """Have `super()` speak of this class; all methods of a class share the cell that says which."""
    for member in members:
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        names = getattr(getattr(function, "__code__", None), "co_freevars", ())
        if "__class__" in names:
            function.__closure__[names.index("__class__")].cell_contents = cls
            return


def _finish(cls: type) -> None:
    """Have attrs make a twin of the class, and move over what it wrote; once, whoever is first."""
    with _FINISHING:
        if cls not in _UNFINISHED:
            return
        finish, content = _UNFINISHED[cls]
        twin = vars(finish(type(cls)(cls.__name__, cls.__bases__, content)))
        new = [name for name in twin if name not in vars(cls)]
        places = [name for name, part in vars(cls).items() if isinstance(part, _Later)]
        for name in (*new, *places):  # other threads wait at the places until all is there
            setattr(cls, name, twin[name])
        del _UNFINISHED[cls]


if TYPE_CHECKING:
    from attrs import frozen
    from attrs import frozen as record
else:

    def frozen(cls: type | None = None, /, **options: bool) -> Any:
        """Make the class of what hosts define and of what they are told."""
        if cls is None:
            return partial(frozen, **options)
        finish = partial(attrs.frozen, eq=False, repr=False, **options)
        return _bare(finish, FROZEN_PLACES, cls, weakref=True)

    def record(cls: type) -> type:
        """Make the class of what rules and engine make by the thousand.

        To type checkers it is frozen; at run time nothing stands in the way of making one quickly.
        There is no converter and no validator, since what rules make is right by construction.
        """
        finish = partial(attrs.define, eq=False, repr=False, weakref_slot=False)
        return _bare(finish, PLACES, cls, weakref=False)
