"""Parts of contacts' names: those that were given, else read off a name that is plain (R-18)."""

from __future__ import annotations

from ..model.accounts import Contact

__all__ = ["first_name", "last_name"]

# Words that are no name. A firm that uses them gives the parts of the name by themselves.
TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "lady", "lord",
    "rev", "reverend", "hon", "herr", "frau", "monsieur", "madame", "mademoiselle", "mme",
    "mlle", "señor", "señora", "srta", "sra", "signor", "signora", "dipl", "ing", "mag",
})  # fmt: skip
SUFFIXES = frozenset({
    "jr", "sr", "ii", "iii", "iv", "phd", "esq", "cpa", "mba", "md", "dds", "llm", "llb", "ea",
})  # fmt: skip
JOINTS = frozenset({"&", "+", "/", "and", "und", "et", "och", "y"})


def first_name(contact: Contact) -> str:
    """Return the first name; of "Lovelace, Ada" or "Dr. Lovelace" it is not known unless given."""
    return contact.first_name or _plain_words(contact.name)[0]


def last_name(contact: Contact) -> str:
    """Return the last name; nobody knows it of a name of one word unless it is given."""
    words = _plain_words(contact.name)
    return contact.last_name or (words[-1] if len(words) > 1 else "")


def _plain_words(name: str) -> list[str]:
    """Return the words of a name of which the first is a first name; one that is empty else."""
    words = name.split()
    bare = [word.strip(".").casefold() for word in words]
    odd = (
        not words
        or any(sign in name for sign in ',;()"')
        or bare[0] in TITLES
        or bare[-1] in SUFFIXES
        or not JOINTS.isdisjoint(bare)
    )
    return [""] if odd else words
