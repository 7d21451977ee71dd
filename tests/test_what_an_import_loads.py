"""`import pipeflow` loads what its public names need; the rest loads when it is first used."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import pipeflow
from pipeflow import Branch, Engine, bundle, insight, rules
from pipeflow.engine import commands

MOST = 128  # files that an import may load; each takes about a third of a percent of its time

# The rooms of which an import needs but these files.
FEW = {
    "adapters": {"system"},
    "bundle": {"bundle"},
    "codec": set(),
    "engine.commands": set(),
    "insight": {"explanation", "history", "listings", "mistakes"},
    "rules": set(),
    "show": {"shown"},
    "testing": set(),
}

ROOMS = [bundle, commands, insight, rules]

# What calls return that is Python's own, or is given to ports and so stands in `pipeflow.ports`.
ELSEWHERE = {"Any", "Callable", "None", "Request", "bool", "list", "str", "tuple"}
MEMBERS = [*inspect.getmembers(Engine), *inspect.getmembers(Branch), ("lint", pipeflow.lint)]
CALLS = {
    call.__qualname__: str(inspect.signature(call).return_annotation)
    for name, call in MEMBERS
    if not name.startswith("_") and inspect.isfunction(call)
}


def _answer(code: str) -> list[str]:
    """Return the words that a fresh interpreter prints."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.split()


def _files_read(module: ModuleType, test: str) -> dict[str, list[str]]:
    """Return what type checkers read of a room, by the file in which it stands."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    (block,) = (
        node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == test
    )
    read: dict[str, list[str]] = {}
    for node in block.body:
        if isinstance(node, ast.ImportFrom):
            read.setdefault(str(node.module), []).extend(alias.name for alias in node.names)
    return {file: sorted(names) for file, names in read.items()}


def _loaded() -> list[str]:
    code = (
        "import sys; from pipeflow import *; print(*(n for n in sys.modules if 'pipeflow.' in n))"
    )
    return _answer(code)


def test_an_import_loads_few_files() -> None:
    """A host waits for it each time that a process starts."""
    assert 50 < len(_loaded()) <= MOST


@pytest.mark.parametrize("room", FEW)
def test_an_import_loads_of_a_room_only_what_public_names_need(room: str) -> None:
    """A program that never pauses a job never loads how that is done."""
    inside = f"pipeflow.{room}."

    assert {name.removeprefix(inside) for name in _loaded() if name.startswith(inside)} == FEW[room]


def test_an_import_has_attrs_finish_no_class() -> None:
    """A constant that is a value would: it is made on first use instead."""
    code = (
        "import attrs; frozen, define = attrs.frozen, attrs.define\n"
        "def told(cls, /, **options): print(cls.__name__); return frozen(cls, **options)\n"
        "attrs.frozen = attrs.define = told\n"
        "from pipeflow import *; print('and', end=' '); Account('Ada')"
    )

    found = _answer(code)

    assert found[0] == "and"
    assert "Account" in found


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.__name__))
def test_a_room_has_on_first_use_what_type_checkers_read(room: ModuleType) -> None:
    """They read imports that never run, and the program a table: both say the same."""
    read = _files_read(room, "TYPE_CHECKING")

    assert {file: sorted(names.split()) for file, names in room.FILES.items()} == read
    assert {name for names in read.values() for name in names} <= set(room.__all__)
    for name in room.__all__:
        assert not isinstance(getattr(room, name), ModuleType)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.__name__))
def test_nothing_on_first_use_is_called_as_a_file_of_its_room(room: ModuleType) -> None:
    """Python puts a file that was loaded into its room, under its name, in place of all else."""
    files = {path.stem for path in Path(str(room.__file__)).parent.glob("*.py")}

    assert {name for names in room.FILES.values() for name in names.split()} & files == set()


def test_a_room_refuses_a_name_that_it_does_not_have() -> None:
    """As any module does."""
    with pytest.raises(AttributeError, match=r"module 'pipeflow\.rules' has no attribute 'pawse'"):
        rules.pawse  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("call", CALLS)
def test_what_a_call_returns_has_its_name_at_the_front_door(call: str) -> None:
    """A host writes it beside a variable of its own, and looks for it where the engine is."""
    for name in {*re.findall(r"\w+", CALLS[call])} - ELSEWHERE:
        assert isinstance(getattr(pipeflow, name), type)


def test_the_front_door_has_on_first_use_what_type_checkers_read() -> None:
    """They read imports that never run, and a program the table; a star brings none of it."""
    door = vars(pipeflow)["_FILES"]
    names = {name for names in door.values() for name in names.split()}

    assert {file: sorted(found.split()) for file, found in door.items()} == _files_read(
        pipeflow, "_typing.TYPE_CHECKING"
    )
    assert not names & {*pipeflow.__all__}
    with pytest.raises(AttributeError, match="module 'pipeflow' has no attribute 'Bored'"):
        pipeflow.Bored  # type: ignore[attr-defined]  # noqa: B018
