"""The headers of a mail, as lines that are ready to leave.

Python's own writer breaks long headers anew, and some releases lose spaces, quotes or the code of
letters there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.header import Header
from email.headerregistry import Address
from email.policy import Policy
from typing import Self
from urllib.parse import quote

__all__ = ["Line", "attached", "mailboxes", "text"]

WIDTH = 76  # characters of a line, as far as what stands in it can be broken
FOLD = "\r\n "
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#&()+,._-]{1,50}")
PART = 50  # characters of a file's name in one line, after its letters are written as code


class Line(str):
    """The value of a header, broken into lines already; a policy of `email` asks it to fold."""

    __slots__ = ("name",)
    name: str
    defects = ()

    def __new__(cls, name: str, value: str) -> Self:
        """Take the name of the header and its value."""
        line = super().__new__(cls, value)
        line.name = name
        return line

    def fold(self, *, policy: Policy) -> str:
        """Return the whole header as it leaves, whatever the policy would rather have."""
        return f"{self.name}: {self}{policy.linesep}"


def text(name: str, value: str) -> Line:
    """Write a header that is read as text, such as a subject of one line."""
    fits = len(name) + 2 + len(value) <= WIDTH
    return Line(name, value if fits and value.isascii() else _encoded(name, value))


def mailboxes(name: str, several: Iterable[Address]) -> Line:
    """Write a header of addresses, each in a line of its own, behind the name of its owner."""
    return Line(name, f",{FOLD}".join(_mailbox(name, one) for one in several))


def attached(filename: str) -> Line:
    """Write the header of an attachment; RFC 2231 tells how names of other letters stand there."""
    if PLAIN_NAME.fullmatch(filename):
        parts = [f'filename="{filename}"']
    else:
        codes = [*_pieces(quote(one, safe="") for one in filename)]
        parts = [f"filename*{number}*={code}" for number, code in enumerate(codes)]
        parts[0] = f"filename*0*=utf-8''{codes[0]}"
        if len(codes) == 1:
            parts[0] = f"filename*=utf-8''{codes[0]}"
    return Line("Content-Disposition", f";{FOLD}".join(("attachment", *parts)))


def _encoded(name: str, value: str) -> str:
    """Write a whole text as encoded words (RFC 2047), between which no space counts."""
    return Header(value, "utf-8", maxlinelen=WIDTH, header_name=name).encode(linesep="\r\n")


def _mailbox(name: str, one: Address) -> str:
    owner = " ".join(filter(None, one.display_name.split(" ")))
    if not owner:
        return one.addr_spec
    if not owner.isascii():
        owner = _encoded(name, owner)
    elif not ATOMS.fullmatch(owner):
        escaped = owner.replace("\\", "\\\\").replace('"', '\\"')
        owner = f'"{escaped}"'
    last = owner.rpartition(FOLD)[2]
    fits = len(name) + len(last) + len(one.addr_spec) + 5 <= WIDTH
    return f"{owner}{' ' if fits else FOLD}<{one.addr_spec}>"


def _pieces(codes: Iterable[str]) -> Iterator[str]:
    """Join the codes of letters to pieces that have room in a line."""
    piece = ""
    for code in codes:
        if len(piece) + len(code) > PART:
            yield piece
            piece = ""
        piece += code
    yield piece
