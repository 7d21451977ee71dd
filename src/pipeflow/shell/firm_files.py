"""The files of firms: `export`, `import`, `check` and `backup`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..adapters.sqlite import SqliteStore
from ..adapters.sqlite_care import beside
from ..errors import NotFoundError, StoreError, unknown
from .invocation import Commands, command
from .progress import shown, size_of
from .screen import there, write

__all__ = ["add_commands", "opened", "tenant_of"]

HEAD = b'{"firm":'  # how an export begins
MARK = b"\xef\xbb\xbf"  # what some editors put before a text, which means nothing


def add_commands(commands: Commands) -> None:
    """Add the commands on the files of firms."""
    export = command(
        commands,
        "export",
        _export,
        "write a firm as lines of JSON to the output",
        "pipeflow export firm.db > firm.jsonl",
        "pipeflow export firms.db --tenant north > north.jsonl",
    )
    export.add_argument("file", help="the firm's file")
    export.add_argument("--tenant", help="which firm, where the file holds several")
    taken = command(
        commands,
        "import",
        _import,
        "read a firm from the input, as export writes it, into a file",
        "pipeflow import other.db < firm.jsonl",
    )
    taken.add_argument("file", help="the file; made if missing")
    check = command(
        commands,
        "check",
        _check,
        "look a file over, and say what is wrong in it",
        "pipeflow check firm.db",
    )
    check.add_argument("file", help="the firm's file")
    backup = command(
        commands,
        "backup",
        _backup,
        "copy a file as it is at one instant, while others work in it",
        "pipeflow backup firm.db monday.db",
    )
    backup.add_argument("file", help="the firm's file")
    backup.add_argument("copy", help="where the copy goes; nothing may be there")


def _export(given: Namespace) -> int:
    with opened(given.file) as store:
        tenant = tenant_of(store, given.tenant)
        out = there(sys.stdout, "output").buffer
        for line in shown(store.export(tenant), f"exporting {tenant}", sys.stderr):
            out.write(line.encode() + b"\n")
        out.flush()
    return 0


def _import(given: Namespace) -> int:
    path = Path(given.file)
    source = there(sys.stdin, "input").buffer
    lines = _lines(source)
    told = shown(lines, f"importing into {path.name}", sys.stderr, size_of(source))
    if path.exists():
        with SqliteStore(path) as store:
            store.restore(told)
    else:
        with beside(path) as part, SqliteStore(part) as store:
            store.restore(told)
    return 0


def _check(given: Namespace) -> int:
    with opened(given.file) as store:
        faults = store.check()
        for fault in faults or [f"{given.file}: nothing is wrong"]:
            write(fault)
    return 1 if faults else 0


def _backup(given: Namespace) -> int:
    with opened(given.file) as store:
        store.backup(given.copy)
    return 0


def opened(path: str) -> SqliteStore:
    """Open a file that is there.

    Raises:
        StoreError: It is not, or it is no firm's file.
    """
    if not Path(path).exists():
        raise StoreError(f"there is no file at {path!r}")
    if not Path(path).stat().st_size:
        raise StoreError(f"{path!r} is empty, and no firm's file any more; restore the last backup")
    return SqliteStore(path)


def tenant_of(store: SqliteStore, wanted: str | None) -> str:
    """Return whose lines are meant: the only firm in a file needs no name.

    Raises:
        NotFoundError: The file holds none, or none of that name, or several and none was said.
    """
    held = tuple(store.tenants())
    if wanted is None and len(held) == 1:
        return held[0]
    if wanted in held:
        return wanted
    if wanted is not None:
        raise NotFoundError(unknown("firm", wanted, held))
    if not held:
        raise NotFoundError("the file holds no firm")
    raise NotFoundError(
        f"the file holds {len(held)} firms; say --tenant, one of: {', '.join(held)}"
    )


def _lines(file: IO[bytes]) -> Iterator[str]:
    """Yield the lines of a file, which are UTF-8 whatever the locale says.

    Raises:
        StoreError: A line is not, or the first one belongs to something else.
    """
    for number, given in enumerate(file, start=1):
        line = given.removeprefix(MARK) if number == 1 else given
        if number == 1 and not line.startswith(HEAD):
            raise StoreError(
                "line 1 is not how the export of a firm begins; a package is not a firm: read it "
                "with Bundle and give it to engine.install"
            )
        try:
            yield line.decode().rstrip("\n")
        except UnicodeDecodeError as error:
            raise StoreError(f"line {number} is not UTF-8 at byte {error.start}") from None
