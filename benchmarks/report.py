"""The figures as tables for a terminal and as values for a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from benchmarks.measure import Series


@attrs.frozen
class Section:
    """One table of figures: a title, column heads, rows, and remarks below it."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    remarks: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Lay the table out; the first column to the left, figures to the right."""
        widths = [max(map(len, column)) for column in zip(self.heads, *self.rows, strict=True)]
        lines = [_line(self.heads, widths), "  ".join("-" * width for width in widths)]
        lines += [_line(row, widths) for row in self.rows]
        lines += [f"  {remark}" for remark in self.remarks]
        return "\n".join([self.title, "", *lines, ""])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.ljust(width) if at == 0 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()


def micro(seconds: float) -> str:
    """Write a time in microseconds."""
    return f"{seconds * 1e6:,.1f} µs"


def milli(seconds: float) -> str:
    """Write a time in milliseconds."""
    return f"{seconds * 1e3:,.1f} ms"


def times(ratio: float) -> str:
    """Write a ratio."""
    return f"{ratio:,.3f} x" if ratio < 0.1 else f"{ratio:,.2f} x"


def share(ratio: float) -> str:
    """Write a part of a whole."""
    return f"{ratio:.0%}"


def verdict(found: float, limit: float) -> str:
    """Say whether a figure stays within its limit."""
    return "met" if found <= limit else "MISSED"


def values(series: Series) -> dict[str, Any]:
    """Tell a series for a file."""
    low, high = series.quartiles
    return {
        "median": series.median,
        "lower_quartile": low,
        "upper_quartile": high,
        "samples": list(series.samples),
    }
