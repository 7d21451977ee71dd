"""Looking into a firm's file from outside, as another program does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

__all__ = ["in_hand"]


def in_hand(file: Path, key: str) -> bool:
    """Tell whether a due row is committed, and in somebody's hands."""
    with closing(sqlite3.connect(file, timeout=60)) as db:
        sql = "SELECT state FROM pf_due WHERE tenant = 'default' AND key = ?"
        return db.execute(sql, (key,)).fetchone() == ("leased",)  # type: ignore[no-any-return]
