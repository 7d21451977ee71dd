"""A firm's file on its disk: how it is made, what waits for it, and what is brought there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection

from ..errors import StoreError, UnavailableError

__all__ = ["OWNER_ONLY", "WAL", "keep", "keep_folder", "level_of", "make"]

OWNER_ONLY = 0o600
WAL = "wal"  # the journal with which whoever reads keeps nobody from writing
HAS_FOLDERS = os.name != "nt"  # which can be brought to the disk; elsewhere the system does it


def make(path: Path, name: str) -> None:
    """Make an empty file that nobody else may read, unless there is one.

    Raises:
        StoreError: What is there is no file, or none can be made.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
    except FileExistsError:
        if not path.is_file():
            raise StoreError(f"{name} is not a file; give the path of one") from None
    except OSError as error:
        hint = "" if path.parent.is_dir() else "; make its folder first"
        raise StoreError(f"{name} cannot be made: {error.strerror}{hint}") from error


def level_of(synchronous: str, journal: str) -> str:
    """Return what SQLite calls a level.

    Without a write-ahead log a commit takes its journal out of the folder. Until that is on the
    disk too, a power cut brings the journal back, and with it the firm before the commit.
    """
    return "extra" if synchronous == "full" and journal != WAL else synchronous


def keep(db: Connection, name: str, level: str, journal: str) -> None:
    """Bring to the disk what was committed, before somebody is told of it who goes on from there.

    What a power cut takes from a file is at the end of its log: receipts, and where the level is
    "normal" all of the last commits. The numbers of their chapters would come again.

    Raises:
        UnavailableError: The disk does not take it.
    """
    file = db.execute("PRAGMA database_list").fetchone()[2]
    try:
        if journal == WAL and level != "off":
            with suppress(FileNotFoundError):  # then all of it stands in the file itself
                _bring(f"{file}-wal", os.O_RDWR)
        if level == "normal":  # else the first commit has seen to it that the log is found
            keep_folder(Path(file).parent)
    except OSError as error:
        raise UnavailableError(
            f"{name} cannot be brought to the disk just now ({error.strerror}); look at the disk "
            "and try again"
        ) from error


def keep_folder(path: Path) -> None:
    """Bring to the disk which files are in a folder."""
    if HAS_FOLDERS:
        _bring(path, os.O_RDONLY)


def _bring(path: str | Path, how: int) -> None:
    """Wait until what was written to a file, or into a folder, is on the disk."""
    place = os.open(path, how)
    try:
        os.fsync(place)
    finally:
        os.close(place)
