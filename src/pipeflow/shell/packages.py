"""The files of packages: `show`, `lint`, `upgrade` and `schema`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..bundle import Bundle
from ..bundle.files import write_file
from ..bundle.format import VERSION, written
from ..bundle.notations import JSON, notation_of
from ..bundle.schema import kept
from ..errors import DefinitionError, PipeflowError, Problem, many
from ..insight import Severity, lint
from .invocation import Commands, command
from .screen import say, there, write

__all__ = ["add_commands", "read"]

MESSAGE = "%\r\n"  # what ends the text of an annotation
PROPERTY = f"{MESSAGE}:,"  # what ends another part of it


def add_commands(commands: Commands) -> None:
    """Add the commands on the files of packages."""
    show = command(
        commands,
        "show",
        _show,
        "show the pipelines of packages",
        "pipeflow show tax.json",
        "pipeflow show tax.json --format mermaid > tax.mmd",
    )
    _add_packages(show, dict.fromkeys(("text", "md", "html", "mermaid"), ""))
    looked = command(
        commands,
        "lint",
        _lint,
        "look packages over for what can never fire, never ends or reaches nobody",
        "pipeflow lint packages/*.json packages/*.yaml",
        "pipeflow lint --format github packages/*.json",
        more="It ends with 1 where anything but notes is found, for a build.",
    )
    _add_packages(looked, {"text": "", "github": "annotations that GitHub shows"})
    upgrade = command(
        commands,
        "upgrade",
        _upgrade,
        "write packages of an older version anew, as this version has them",
        "pipeflow upgrade packages/*.json",
        more="Nothing is written where one of them cannot be read.",
    )
    _add_packages(upgrade, {})
    command(
        commands,
        "schema",
        _schema,
        "print the JSON Schema of packages, by which editors complete and check them",
        "pipeflow schema > package.schema.json",
    )


def _add_packages(one: ArgumentParser, formats: Mapping[str, str]) -> None:
    one.add_argument("packages", nargs="+", metavar="package", help="a package's file")
    if formats:
        told = ", ".join(f"{way} ({why})" if why else way for way, why in formats.items())
        one.add_argument(
            "--format", choices=[*formats], default="text", metavar="FORMAT", help=f"one of: {told}"
        )


def read(*paths: str) -> list[Bundle]:
    """Read packages, each in the notation of its name.

    Raises:
        DefinitionError: With all that is wrong in any of them, each with its file's name.
    """
    bundles: list[Bundle] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            bundles.append(Bundle.load(path))
        except PipeflowError as error:
            problems += (one.at(f"{path}, $") for one in error.problems)
        except OSError as error:
            problems.append(Problem(_unreadable(error), path))
    if problems:
        raise DefinitionError(*problems)
    return bundles


def _unreadable(error: OSError) -> str:
    """Say why a file could not be read."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "is a folder; give the package's file"
    return error.strerror or str(error)


def _show(given: Namespace) -> int:
    for bundle in read(*given.packages):
        for pipeline in bundle.pipelines:
            shown = pipeline.overview(bundle.templates, pipelines=bundle.pipelines)
            write(format(shown, given.format))
    return 0


def _lint(given: Namespace) -> int:
    told = [(path, *one) for path in given.packages for one in _found(path)]
    for path, severity, text in told:
        line = f"{path}: {text}"
        if given.format == "github":
            line = f"::{severity} file={_escaped(path, PROPERTY)}::{_escaped(text, MESSAGE)}"
        write(line)
    serious = any(severity != Severity.NOTE for _, severity, _ in told)
    if not serious and given.format == "text":
        say(f"{many(len(given.packages), 'package')}: nothing serious", sys.stdout)
    return 1 if serious else 0


def _found(path: str) -> list[tuple[str, str]]:
    """Return what is found in a package, each with its severity; also that it cannot be read."""
    try:
        return [(one.severity, str(one)) for one in lint(Bundle.load(path))]
    except PipeflowError as error:
        return [(Severity.ERROR, str(error))]
    except OSError as error:
        return [(Severity.ERROR, _unreadable(error))]


def _escaped(text: str, characters: str) -> str:
    """Write a text so that GitHub reads it as one part of its annotation."""
    return "".join(f"%{ord(one):02X}" if one in characters else one for one in text)


def _upgrade(given: Namespace) -> int:
    several = [*zip(given.packages, read(*given.packages), strict=True)]
    _refuse_pipes(given.packages)
    texts = [(path, _newer(path, bundle)) for path, bundle in several]
    for path, text in texts:
        if text is not None:
            _put(path, text)
        say(f"{path}: {'is of this version' if text is None else 'written anew'}", sys.stdout)
    return 0


def _refuse_pipes(paths: Iterable[str]) -> None:
    """Let nothing be written into what it was read from, and where nobody would find it."""
    what = "cannot be written anew, for it is no file"
    problems = [Problem(what, path) for path in paths if not Path(path).is_file()]
    if problems:
        raise DefinitionError(*problems)


def _put(path: str, text: str) -> None:
    try:
        write_file(path, text)
    except OSError as error:
        raise PipeflowError(Problem(f"cannot be written: {error.strerror}", path)) from error


def _newer(path: str, bundle: Bundle) -> str | None:
    """Return what a file would be as this version has it; None: it is so.

    Where people write comments, which would be lost, all depends on the version that it says.

    Raises:
        DefinitionError: It cannot be written.
    """
    notation = notation_of(path)
    if notation is JSON:
        text = bundle.to_json()
        return None if Path(path).read_bytes() == text.encode() else text
    if notation.parse(Path(path).read_bytes())["version"] == VERSION:
        return None
    try:
        return written(bundle, notation)
    except DefinitionError as error:
        raise DefinitionError(*(one.at(f"{path}, $") for one in error.problems)) from None


def _schema(_: Namespace) -> int:
    there(sys.stdout, "output").write(kept())
    return 0
