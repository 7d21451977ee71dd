"""Bystanders: what a command reaches beside what it is about, each of which is asked about."""

from __future__ import annotations

from ..ports.rows import RowKey
from .commands import Command
from .records import row_key
from .unit import Unit

__all__ = ["bystanders"]

STANDING = frozenset({"account", "pipeline"})  # which are asked about where they stood before


def bystanders(command: Command, unit: Unit) -> list[RowKey]:
    """Return the other jobs that a command reaches, and the accounts and pipelines that it changes.

    The account of a job that is asked about is asked about with it.
    """
    jobs = [row_key("job", id) for id in dict.fromkeys((*unit.jobs, *unit.beside))]
    written = (key for key in (*unit.puts, *unit.deletes) if key.kind in STANDING)
    others = [key for key in written if unit.expect[key] and not command.is_about(key)]
    if others:
        mine = {row_key("account", unit.at(job).account) for job in jobs}
        others = [key for key in others if key not in mine]
    return [*(job for job in jobs if not command.is_about(job)), *others]
