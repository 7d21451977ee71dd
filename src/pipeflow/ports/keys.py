"""Keys of requests: short ASCII that an HTTP header can bear, and no two things share one."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["LONGEST_PART", "account_of", "cancel_keys", "job_of", "key_of", "part_of"]

LONGEST_PART = 60  # characters of one part; four of them stay below the 255 that providers take
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,60}").fullmatch
CUT = "~"  # stands before the checksum of a part that was cut, and in no other


@lru_cache(maxsize=128)
def part_of(text: str) -> str:
    """Write one part of a key: other characters escaped, a long one cut and told by a checksum."""
    if _PLAIN(text):
        return text
    from urllib.parse import quote  # loads on first use

    whole = quote(text, safe="").replace(CUT, "%7E")
    if len(whole) <= LONGEST_PART:
        return whole
    from hashlib import sha256  # loads on first use

    told = sha256(text.encode()).hexdigest()[:16]
    return f"{whole[: LONGEST_PART - len(told) - 1]}{CUT}{told}"


def key_of(*parts: str) -> str:
    """Join the parts of a key, each escaped, so that equal keys have equal parts."""
    return "/".join(map(part_of, parts))


def cancel_keys(tenant: str, item: str, last: int) -> tuple[str, ...]:
    """Return the keys of all requests that may take a thing back, until the visit of that number.

    Args:
        tenant: Whose it is.
        item: The id of its item.
        last: The highest visit in which that may have been asked.
    """
    job, _, number = item.rpartition("/")
    return tuple(key_of(tenant, job, number, "cancel", str(one)) for one in range(1, last + 1))


def job_of(key: str) -> str | None:
    """Return the id of the job that a key belongs to; None where it cannot be told."""
    from urllib.parse import unquote  # loads on first use

    parts = key.split("/", 2)
    return unquote(parts[1]) if len(parts) == 3 and CUT not in parts[1] else None


def account_of(key: str) -> str | None:
    """Return the account whose folders a key asks for; None where it cannot be told."""
    from urllib.parse import unquote  # loads on first use

    *before, last = key.split("/")
    return unquote(last) if before[1:] == ["", "folders"] and CUT not in last else None
