"""The command line: `pipeflow`, or `python -m pipeflow`, looks after firms' files and packages."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import IO, TextIO

from .adapters.sqlite import SqliteStore
from .adapters.sqlite_care import beside
from .bundle import Bundle
from .errors import DefinitionError, NotFoundError, PipeflowError, StoreError, many, unknown
from .insight import Severity, lint

__all__ = ["main"]

HEAD = b'{"firm":'  # how an export begins
WIDTH = 30  # characters of the bar
PATIENCE = 1.0  # seconds before it is shown
PACE = 0.1  # seconds between two looks of it
MESSAGE = "%\r\n"  # what ends the text of an annotation
PROPERTY = f"{MESSAGE}:,"  # what ends another part of it


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, and return how the process shall end.

    Returns:
        0 where it is done; 1 where something is wrong, which stands on the error output.

    Raises:
        SystemExit: For a command line that is none (2), and for `--help`.
    """
    given = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = given.run
    try:
        return run(given)
    except PipeflowError as error:
        _say(f"pipeflow {given.command}: {error}", sys.stderr)
        return 1
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more goes there
        if not isinstance(error, BrokenPipeError):  # then whoever read has seen enough
            _say(f"pipeflow {given.command}: {error.strerror or error}", sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pipeflow", description="Look after the file of a firm, and its packages."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, run: Callable[[argparse.Namespace], int], what: str, path: str) -> None:
        one = commands.add_parser(name, help=what, description=what)
        one.add_argument("file", help=path)
        one.set_defaults(run=run)
        if name == "export":
            one.add_argument("--tenant", help="which firm, where the file holds several")

    add("export", _export, "write a firm as lines of JSON to the output", "the firm's file")
    add(
        "import", _import, "read such lines from the input into a file", "the file; made if missing"
    )
    add("check", _check, "look a file over, and say what is wrong in it", "the firm's file")
    what = "look packages over for what can never fire, never ends or reaches nobody"
    _packages(
        commands, "lint", what, _lint, {"text": "", "github": "annotations that GitHub shows"}
    )
    what = "show the pipelines of packages"
    _packages(commands, "show", what, _show, dict.fromkeys(("text", "md", "html", "mermaid"), ""))
    what = "write packages of an older version anew, as this version has them"
    _packages(commands, "upgrade", what, _upgrade, {})
    return parser


def _packages(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    what: str,
    run: Callable[[argparse.Namespace], int],
    formats: Mapping[str, str],
) -> None:
    """Add a command on files of packages."""
    one = commands.add_parser(name, help=what, description=what)
    one.add_argument("packages", nargs="+", metavar="package", help="a package's file")
    if formats:
        told = ", ".join(f"{way} ({why})" if why else way for way, why in formats.items())
        one.add_argument(
            "--format", choices=[*formats], default="text", metavar="FORMAT", help=f"one of: {told}"
        )
    one.set_defaults(run=run)


def _export(given: argparse.Namespace) -> int:
    with _opened(given.file) as store:
        tenant = _tenant(store, given.tenant)
        out = _there(sys.stdout, "output").buffer
        for line in _shown(store.export(tenant), f"exporting {tenant}", sys.stderr):
            out.write(line.encode() + b"\n")
        out.flush()
    return 0


def _import(given: argparse.Namespace) -> int:
    path = Path(given.file)
    source = _there(sys.stdin, "input").buffer
    lines = _lines(source)
    shown = _shown(lines, f"importing into {path.name}", sys.stderr, _size(source))
    if path.exists():
        with SqliteStore(path) as store:
            store.restore(shown)
    else:
        with beside(path) as part, SqliteStore(part) as store:
            store.restore(shown)
    return 0


def _check(given: argparse.Namespace) -> int:
    with _opened(given.file) as store:
        faults = store.check()
        for fault in faults or [f"{given.file}: nothing is wrong"]:
            _say(fault, _there(sys.stdout, "output"))
    return 1 if faults else 0


def _lint(given: argparse.Namespace) -> int:
    told = [(path, *one) for path in given.packages for one in _found(path)]
    for path, severity, text in told:
        line = f"{path}: {text}"
        if given.format == "github":
            line = f"::{severity} file={_escaped(path, PROPERTY)}::{_escaped(text, MESSAGE)}"
        _say(line, _there(sys.stdout, "output"))
    serious = any(severity != Severity.NOTE for _, severity, _ in told)
    if not serious and given.format == "text":
        _say(f"{many(len(given.packages), 'package')}: nothing serious", sys.stdout)
    return 1 if serious else 0


def _found(path: str) -> list[tuple[str, str]]:
    """Return what is found in a package, each with its severity; also that it cannot be read."""
    try:
        return [(one.severity, str(one)) for one in lint(Bundle.load(path))]
    except PipeflowError as error:
        return [(Severity.ERROR, str(error))]
    except OSError as error:
        return [(Severity.ERROR, error.strerror or str(error))]


def _show(given: argparse.Namespace) -> int:
    for path in given.packages:
        bundle = _package(path)
        for pipeline in bundle.pipelines:
            shown = format(pipeline.overview(bundle.templates), given.format)
            _say(shown, _there(sys.stdout, "output"))
    return 0


def _upgrade(given: argparse.Namespace) -> int:
    for path in given.packages:
        bundle, file = _package(path), Path(path)
        same = file.read_text(encoding="utf-8") == bundle.to_json()
        if not same:
            bundle.save(path)
        _say(f"{path}: {'is of this version' if same else 'written anew'}", sys.stdout)
    return 0


def _package(path: str) -> Bundle:
    """Read a package.

    Raises:
        DefinitionError: With the file's name, and all that is wrong in it.
    """
    try:
        return Bundle.load(path)
    except DefinitionError as error:
        raise DefinitionError(*(one.at(f"{path}, $") for one in error.problems)) from None


def _escaped(text: str, characters: str) -> str:
    """Write a text so that GitHub reads it as one part of its annotation."""
    return "".join(f"%{ord(one):02X}" if one in characters else one for one in text)


def _opened(path: str) -> SqliteStore:
    """Open a file that is there.

    Raises:
        StoreError: It is not, or it is no firm's file.
    """
    if not Path(path).exists():
        raise StoreError(f"there is no file at {path!r}")
    if not Path(path).stat().st_size:
        raise StoreError(f"{path!r} is empty, and no firm's file any more; restore the last backup")
    return SqliteStore(path)


def _tenant(store: SqliteStore, wanted: str | None) -> str:
    """Return whose lines are meant: the only firm in a file needs no name.

    Raises:
        NotFoundError: The file holds none, or none of that name, or several and none was said.
    """
    there = tuple(store.tenants())
    if wanted is None and len(there) == 1:
        return there[0]
    if wanted in there:
        return wanted
    if wanted is not None:
        raise NotFoundError(unknown("firm", wanted, there))
    if not there:
        raise NotFoundError("the file holds no firm")
    raise NotFoundError(
        f"the file holds {len(there)} firms; say --tenant, one of: {', '.join(there)}"
    )


def _there(stream: TextIO | None, what: str) -> TextIO:
    """Return a stream that whoever began this command has not closed.

    Raises:
        StoreError: They have.
    """
    if stream is None:
        raise StoreError(f"the {what} is closed")
    return stream


def _say(text: str, screen: TextIO | None) -> None:
    """Write a line, whatever characters the screen has; None: it was closed."""
    if screen is None:
        return
    encoding = screen.encoding or "utf-8"
    screen.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


# -- lines and their progress ---------------------------------------------------------------------


def _lines(file: IO[bytes]) -> Iterator[str]:
    """Yield the lines of a file, which are UTF-8 whatever the locale says.

    Raises:
        StoreError: A line is not, or the first one belongs to something else.
    """
    for number, line in enumerate(file, start=1):
        if number == 1 and not line.startswith(HEAD):
            raise StoreError(
                "line 1 is not how the export of a firm begins; a package is not a firm: read it "
                "with Bundle and give it to engine.install"
            )
        try:
            yield line.decode().rstrip("\n")
        except UnicodeDecodeError as error:
            raise StoreError(f"line {number} is not UTF-8 at byte {error.start}") from None


def _size(file: IO[bytes]) -> int | None:
    """Return how many bytes there are to come; None where nobody knows, as in a pipe."""
    try:
        return os.fstat(file.fileno()).st_size or None
    except OSError:
        return None


def _shown(
    lines: Iterable[str],
    what: str,
    screen: TextIO,
    size: int | None = None,
    clock: Callable[[], float] = monotonic,
) -> Iterator[str]:
    """Yield lines, and show on a terminal how far they are, if that takes more than a second.

    Args:
        lines: The lines.
        what: What is done with them.
        screen: Where to show it.
        size: How many bytes they have together, if that is known.
        clock: Tells seconds.
    """
    if not screen.isatty():
        yield from lines
        return
    due, number, done, drawn = clock() + PATIENCE, 0, 0, False
    for number, line in enumerate(lines, start=1):
        yield line
        done += len(line.encode()) + 1
        now = clock()
        if now >= due:
            due, drawn = now + PACE, True
            screen.write(f"\r{what} {_bar(done, size)} {number:,} lines")
            screen.flush()
    if drawn:
        screen.write(f"\r\x1b[K{what}: {number:,} lines\n")


def _bar(done: int, size: int | None) -> str:
    if size is None:
        return "..."
    part = min(done / size, 1)
    full = int(part * WIDTH)
    return f"[{'#' * full}{'.' * (WIDTH - full)}] {part:4.0%}"


if __name__ == "__main__":
    sys.exit(main())
