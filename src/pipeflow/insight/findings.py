"""Findings: what `lint` has to say of a pipeline before a client meets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, overload

from ..errors import many, one_line
from ..model.record import Plain, brief, frozen
from ..show.shown import Shown

if TYPE_CHECKING:
    from ..show import Document

__all__ = ["CODES", "Finding", "Findings", "Severity"]


class Severity(StrEnum):
    """How much a finding matters.

    `ERROR`: it cannot work as it is written. `WARNING`: it does something else than is likely to be
    meant. `NOTE`: it harms nobody, and is worth a look.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


# Every code of a finding, and how much it matters; docs/how-to/lint.md explains each.
CODES: Mapping[str, Severity] = MappingProxyType({
    "added-later": Severity.WARNING,
    "duplicate": Severity.WARNING,
    "endless": Severity.ERROR,
    "in-part": Severity.NOTE,
    "late-reminder": Severity.WARNING,
    "merge-field": Severity.ERROR,
    "missing": Severity.ERROR,
    "mistyped": Severity.NOTE,
    "never-entered": Severity.WARNING,
    "never-fires": Severity.WARNING,
    "no-effect": Severity.WARNING,
    "no-recipients": Severity.WARNING,
    "not-filled-in": Severity.WARNING,
    "nothing-to-complete": Severity.WARNING,
    "overruled": Severity.WARNING,
    "same-id": Severity.ERROR,
    "stuck": Severity.WARNING,
    "taken-away": Severity.WARNING,
    "unasked": Severity.WARNING,
    "unfilled-role": Severity.WARNING,
    "unused": Severity.NOTE,
})  # fmt: skip


@frozen
class Finding(Plain):
    """One thing that is worth a look.

    Args:
        code: What kind of thing, one of the codes of the page on lint: `"never-fires"`.
        place: Where it stands, for people: `"Tax, stage 'Intake', send email 'welcome'"`.
        path: The same for programs: `"$.stages[0].automations[1]"`.
        sentence: What is the matter.
        suggestion: What to do about it.
    """

    code: str
    place: str
    path: str
    sentence: str
    suggestion: str

    @property
    def severity(self) -> Severity:
        """How much it matters, which its code says."""
        return CODES[self.code]

    @property
    def told(self) -> str:
        """All of it but the path, in one line."""
        return f"{self.severity} [{self.code}] {self.place}: {self.sentence} {self.suggestion}"

    def __str__(self) -> str:
        """Tell it in one line."""
        return one_line(f"{self.told} ({self.path})")


@frozen
class Findings(Shown, Plain, Sequence[Finding]):
    """All that was found, in the order of the pipeline; nothing found is false."""

    name: str
    found: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        """Say how many there are."""
        return f"<Findings about {brief(self.name)}: {len(self.found)}>"

    @overload
    def __getitem__(self, place: int) -> Finding: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Finding]: ...

    def __getitem__(self, place: int | slice) -> Finding | Sequence[Finding]:
        """Return one of them, or several."""
        return self.found[place]

    def __len__(self) -> int:
        """Count them."""
        return len(self.found)

    def __iter__(self) -> Iterator[Finding]:
        """Go through them."""
        return iter(self.found)

    def of(self, *codes: str) -> tuple[Finding, ...]:
        """Return those of some codes."""
        return tuple(one for one in self.found if one.code in codes)

    @property
    def serious(self) -> tuple[Finding, ...]:
        """The errors and warnings, without the notes."""
        return tuple(one for one in self.found if one.severity is not Severity.NOTE)

    def document(self) -> Document:
        """Build what is shown: a line a finding, and its path below it."""
        from ..show import Bullets, Document, Heading  # printing is rare

        count = len(self.found)
        told = many(count, "finding") if count else "nothing found"
        heading = Heading(f"Lint of {self.name}: {told}")
        told_each = tuple(part for one in self.found for part in (one.told, Bullets((one.path,))))
        return Document((heading, Bullets(told_each)) if count else (heading,))
