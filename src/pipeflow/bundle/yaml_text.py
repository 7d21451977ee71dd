"""Packages in YAML: read as the data that the same package has in JSON, and written for people.

This module loads PyYAML. It takes the events of its parser, and not the objects that would be made
of them, for these follow YAML 1.1, to which `no` is false and `12:30` a number. Here a text means
what YAML 1.2 says, and a number that begins with a zero stays text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from ..codec import (
    DEEPEST,
    FRACTION,
    NO_NUMBER,
    TOO_LARGE,
    Refused,
    decoded,
    misread,
    object_of,
    settled,
    too_deep,
    whole_number,
)
from ..errors import DefinitionError, Problem, shown

__all__ = ["parse", "write"]

# Written in C where PyYAML was built so, which is ten times as fast.
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*+)")
_OTHER_BASE = re.compile(r"0o[0-7]++|0x[0-9A-Fa-f]++")
_FRACTION = re.compile(
    r"[-+]?(?:\.[0-9]++|[0-9]++\.[0-9]*+)(?:[eE][-+]?[0-9]++)?|[-+]?[0-9]++[eE][-+]?[0-9]++"
)
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

# What YAML allows as an escape alone, and what YAML 1.1 took for the end of a line.
_UNSEEN = "\x85\u2028\u2029"
_ESCAPED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
# Lines that a block shows as they are.
_BLOCK = re.compile(r"\S.*+(?:\n++.*+)*+")

_ALIAS = "stands for another part of the text; a package is a tree: write that part out here"
_ANCHOR = "has an anchor, which a package has no use for; leave it out"
_TAG = "has a tag, and a package says by its keys what a thing is; leave it out"
_MERGE = "merges another part of the text; a package is a tree: write its keys out here"
_NO_TEXT = "is no text; put it into quotes"


def parse(text: str | bytes) -> Any:
    """Return the data of a YAML text.

    What YAML allows and pipeflow does not comes as `Refused`, so that whoever reads the data can
    say where it stands: fractions, doubled keys, huge numbers, keys that are no text, anchors,
    aliases and tags.

    Raises:
        DefinitionError: For a text that is too large, nested too deeply, empty, no YAML, or of
            several documents.
    """
    whole = decoded(text, "YAML")
    odd = _ESCAPED.search(whole)
    if odd:
        why = f"the character U+{ord(odd[0]):04X} is to be written as an escape, in double quotes"
        raise misread("YAML", why, *_place(whole, odd.start()))
    return settled(_grown(_events(whole)))


def write(data: Any) -> str:
    """Return data as YAML: each text on one line, or as the block of lines that it is."""
    text: str = yaml.dump(data, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=math.inf)
    return text


# -- reading --------------------------------------------------------------------------------------


def _events(whole: str) -> Iterator[yaml.Event]:
    """Yield what the parser meets in a text.

    Raises:
        DefinitionError: It can go no further.
    """
    try:
        yield from yaml.parse(whole, Loader=_PARSER)
    except yaml.MarkedYAMLError as error:
        raise _misread(error, whole) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # Escapes and versions of which the parser makes a number that nothing has.
        raise DefinitionError(Problem(f"is not YAML: {str(error)[:200]}", "$")) from None


class _Branch:
    """A list or a mapping that is open, with its parts so far; of a mapping keys and values."""

    __slots__ = ("is_mapping", "parts", "refusal")

    def __init__(self, event: yaml.CollectionStartEvent) -> None:
        self.is_mapping = isinstance(event, yaml.MappingStartEvent)
        self.parts: list[Any] = []
        self.refusal = _refusal(event)

    @property
    def takes_a_key(self) -> bool:
        return self.is_mapping and len(self.parts) % 2 == 0

    def closed(self) -> Any:
        if self.refusal or not self.is_mapping:
            return self.refusal or self.parts
        keys = self.parts[::2]
        for key in keys:
            if isinstance(key, Refused):
                return Refused(f"has a key that {key.what}", key.text)
            if not isinstance(key, str):
                return Refused(f"has a key that {_NO_TEXT}", shown(key))
        return object_of([*zip(keys, self.parts[1::2], strict=True)])


def _grown(events: Iterable[yaml.Event]) -> Any:
    """Return the tree of a document: without recursion, which deep nesting would exhaust.

    Raises:
        DefinitionError: There is no document, another one, or it is too deep.
    """
    documents: list[Any] = []
    branches: list[_Branch] = []
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent) and documents:
            raise DefinitionError(Problem("holds several documents, and a package is one", "$"))
        if isinstance(event, yaml.CollectionStartEvent):
            if len(branches) == DEEPEST:
                raise too_deep()
            branches.append(_Branch(event))
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            grown = branches.pop().closed()
        elif isinstance(event, yaml.NodeEvent):
            grown = _leaf(event, is_key=bool(branches) and branches[-1].takes_a_key)
        else:
            continue
        (branches[-1].parts if branches else documents).append(grown)
    if not documents:
        raise DefinitionError(Problem("holds nothing; it may have been cut off", "$"))
    return documents[0]


def _refusal(event: yaml.NodeEvent) -> Refused | None:
    """Say why a part of the tree is refused, whatever it holds."""
    if isinstance(event, yaml.AliasEvent):
        return Refused(_ALIAS, f"*{event.anchor}")
    if event.anchor is not None:
        return Refused(_ANCHOR, f"&{event.anchor}")
    tag = getattr(event, "tag", None)
    return None if tag is None else Refused(_TAG, tag.replace("tag:yaml.org,2002:", "!!"))


def _leaf(event: yaml.NodeEvent, *, is_key: bool) -> Any:
    refusal = _refusal(event)
    if refusal or not isinstance(event, yaml.ScalarEvent):
        return refusal
    text: str = event.value
    if event.style:  # in quotes, or a block
        return text
    if is_key and text == "<<":
        return Refused(_MERGE, text)
    meant = _meant(text)
    return Refused(_NO_TEXT, text or "null") if is_key and type(meant) is not str else meant


def _meant(text: str) -> Any:
    """Return what a text without quotes stands for."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _WHOLE.fullmatch(text):
        return whole_number(text)
    if _OTHER_BASE.fullmatch(text):
        return whole_number(str(int(text, 0))) if len(text) < 30 else Refused(TOO_LARGE, text)
    if _FRACTION.fullmatch(text):
        return Refused(FRACTION, text)
    return Refused(NO_NUMBER, text) if _NO_NUMBER.fullmatch(text) else text


def _misread(error: yaml.MarkedYAMLError, whole: str) -> DefinitionError:
    """Say what the parser has against a text, and where it was."""
    why = ", ".join(filter(None, (error.context, error.problem)))
    if why.endswith("exceeded maximum nesting depth"):  # it looks ahead
        return too_deep()
    mark = error.problem_mark or error.context_mark
    end = len(whole.rstrip())
    cut = mark is None or mark.index >= end
    line, column = _place(whole, end) if mark is None or cut else (mark.line + 1, mark.column + 1)
    return misread("YAML", why, line, column, cut=cut)


def _place(whole: str, at: int) -> tuple[int, int]:
    """Return the line and the column of a character, counted from 1."""
    return whole.count("\n", 0, at) + 1, at - whole.rfind("\n", 0, at)


# -- writing --------------------------------------------------------------------------------------


class _Writer(yaml.SafeDumper):
    """Writes what `parse` reads, and what readers of YAML 1.1 read as the same."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write out whatever comes twice."""
        return True


def _write_text(writer: _Writer, text: str) -> yaml.ScalarNode:
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    """Return how a text is written; None leaves it to PyYAML, which looks at words of YAML 1.1."""
    if any(unseen in text for unseen in _UNSEEN):
        return '"'
    if "\n" in text:
        return "|" if _BLOCK.fullmatch(text) else '"'
    return "'" if text == "<<" or type(_meant(text)) is not str else None


_Writer.add_representer(str, _write_text)
