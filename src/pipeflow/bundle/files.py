"""Files of packages: read no further than allowed, and written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EINVAL
from pathlib import Path
from threading import get_ident

from ..errors import DefinitionError, Problem, shown

__all__ = ["read_bytes", "suffix", "write_file"]


def suffix(path: str | os.PathLike[str]) -> str:
    """Return what the name of a file ends with: ".json".

    Raises:
        DefinitionError: It is no path.
    """
    if not isinstance(path, str | os.PathLike):
        raise DefinitionError(Problem("must be the path of a file", "$.path", shown(path)))
    _, dot, end = Path(path).name.rpartition(".")
    return f".{end}" if dot else ""


def read_bytes(path: str | os.PathLike[str], most: int) -> bytes:
    """Return so many bytes of a file at most.

    Raises:
        OSError: There is no such file, or it cannot be read.
    """
    with _possible(path), Path(path).open("rb") as file:
        return file.read(most)


def write_file(path: str | os.PathLike[str], text: str) -> None:
    """Write a text into a file: beside it, and then into its place.

    So whoever is interrupted, and a full disk, leave what was there. What is no file, such as a
    pipe, is written into.

    Raises:
        OSError: It cannot be written.
    """
    with _possible(path):
        if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
            Path(path).write_text(text, encoding="utf-8", newline="\n")
            return
        target = Path(os.path.realpath(path))
        # A name of this thread's own, and short: that of the file may be as long as a disk takes.
        part = target.with_name(f".{os.getpid()}-{get_ident()}.part")
        try:
            with part.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, part)
            part.replace(target)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise


@contextmanager
def _possible(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say of a path that no file can have what is said of one that cannot be read."""
    try:
        yield
    except ValueError as error:  # a NUL, or half of a pair of surrogates
        raise OSError(EINVAL, f"is no path that a file can have ({error})", repr(path)) from None
