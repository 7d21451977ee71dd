"""Making frozen values as fast as mutable ones, for the rules and the engine.

A frozen class pays for every field it sets, since it must go around its own refusal: three
quarters of a microsecond for a job of twenty fields. The functions made here set the fields of a
mutable twin of the same layout and then declare it to be of the frozen class, which takes a third
of that. They run no converter and no validator: what rules make is right by construction, and
what hosts make goes through the class itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

import attrs

__all__ = ["changing", "replaced", "swift"]

P = ParamSpec("P")
T = TypeVar("T")

# What is made for a class, once each: caches of what the classes themselves say.
_MAKERS: dict[Any, Callable[..., Any]] = {}
_COPIERS: dict[type, Callable[[Any, Mapping[str, object]], Any]] = {}


def swift(cls: Callable[P, T]) -> Callable[P, T]:
    """Return a function that makes values of a frozen attrs class, with the same arguments."""
    if cls not in _MAKERS:
        _MAKERS[cls] = _maker(cast("type", cls))
    return _MAKERS[cls]


def _maker(cls: type) -> Callable[..., Any]:
    fields = [field for field in attrs.fields(cls) if field.init]
    heads: list[str] = []
    defaults: dict[str, object] = {}
    for field in fields:
        name = field.alias or field.name
        if field.default is attrs.NOTHING:
            heads.append(name)
        else:
            defaults[f"_default_{name}"] = _default(field.default)
            heads.append(f"{name}=_default_{name}")
    sets = [f"_made.{field.name} = {field.alias or field.name}" for field in fields]
    return _compiled(cls, "make", heads, sets, defaults)


def _default(default: object) -> object:
    """Return a default that many values may share; they are frozen all the way down."""
    made = isinstance(default, attrs.Factory)  # type: ignore[arg-type]
    return cast("Any", default).factory() if made else default


def replaced(value: T, /, **changes: object) -> T:
    """Copy a frozen value with some fields changed, without checking it again.

    For the rules and the engine, whose changes are right by construction; hosts use
    `attrs.evolve`, which checks.
    """
    cls = type(value)
    copier = _COPIERS.get(cls)
    if copier is None:
        sets = [f"_made.{f.name} = _value.{f.name}" for f in attrs.fields(cast("Any", cls))]
        sets.append("for _name in _changes: setattr(_made, _name, _changes[_name])")
        copier = _COPIERS[cls] = _compiled(cls, "copy", ["_value", "_changes"], sets, {})
    return cast("T", copier(value, changes))


def changing(cls: type[T], *fields: str) -> Callable[..., T]:
    """Return a function that copies a value of *cls* with these fields changed, given in order.

    What `replaced` does, for the few places where every command passes.
    """
    sets = [
        f"_made.{f.name} = {'_' + f.name if f.name in fields else '_value.' + f.name}"
        for f in attrs.fields(cast("Any", cls))
    ]
    heads = ["_value", *(f"_{name}" for name in fields)]
    return cast("Callable[..., T]", _compiled(cls, "copy", heads, sets, {}))


def _compiled(
    cls: type, name: str, heads: list[str], sets: list[str], scope: dict[str, object]
) -> Callable[..., Any]:
    """Compile a function that sets fields of a mutable twin and gives it its frozen class.

    CPython lets a value change its class only between equal layouts, which a slot for weak
    references of the class's own prevents: hence `weakref_slot=False` on those classes.
    """
    twin = type(
        f"_Mutable{cls.__name__}",
        cls.__bases__,
        {"__slots__": cls.__dict__["__slots__"], "__setattr__": object.__setattr__},
    )
    lines = [
        f"def {name}({', '.join(heads)}):",
        "    _made = _new(_twin)",
        *(f"    {line}" for line in sets),
        "    _made.__class__ = _cls",
        "    return _made",
    ]
    names: dict[str, Any] = {"_new": object.__new__, "_twin": twin, "_cls": cls, **scope}
    # The text is made of the names of the class's own fields, as attrs itself does it.
    exec("\n".join(lines), names)  # noqa: S102
    return cast("Callable[..., Any]", names[name])
