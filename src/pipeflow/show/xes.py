"""Writes cases and their events as XES (IEEE 1849-2016), which process-mining tools read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, TextIO, TypeAlias, Union
from xml.sax.saxutils import quoteattr

__all__ = ["Attributes", "Trace", "write"]

Attributes: TypeAlias = Mapping[str, Union[str, datetime]]

EXTENSIONS = {
    "concept": "Concept",
    "time": "Time",
    "lifecycle": "Lifecycle",
    "org": "Organizational",
}
# What every trace and every event has, and what stands there where nothing is known.
OF_TRACE: Attributes = {"concept:name": "unknown"}
OF_EVENT: Attributes = {
    "concept:name": "unknown",
    "lifecycle:transition": "complete",
    "org:resource": "unknown",
    "time:timestamp": datetime(1970, 1, 1, tzinfo=UTC),
}
CLASSIFIERS = {
    "Activity": "concept:name",
    "ActivityAndTransition": "concept:name lifecycle:transition",
}
# What XML 1.0 cannot hold.
FOREIGN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Trace(NamedTuple):
    """A case: what is known of it, and of each of its events, in their order."""

    attributes: Attributes
    events: Iterable[Attributes]


def write(log: Attributes, traces: Iterable[Trace], file: TextIO) -> None:
    """Write a log to a file, one line after another, so that nothing is held in memory.

    Args:
        log: What is known of the log as a whole.
        traces: Its cases.
        file: A text file; it must be written as UTF-8.
    """
    file.writelines(f"{line}\n" for line in _lines(log, traces))


def _lines(log: Attributes, traces: Iterable[Trace]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">'
    for prefix, name in EXTENSIONS.items():
        place = f"http://www.xes-standard.org/{prefix}.xesext"
        yield f'  <extension name="{name}" prefix="{prefix}" uri="{place}"/>'
    for scope, attributes in (("trace", OF_TRACE), ("event", OF_EVENT)):
        yield f'  <global scope="{scope}">'
        yield from _attributes(attributes, "    ")
        yield "  </global>"
    for name, keys in CLASSIFIERS.items():
        yield f'  <classifier name="{name}" keys="{keys}"/>'
    yield from _attributes(log, "  ")
    for trace in traces:
        yield "  <trace>"
        yield from _attributes(trace.attributes, "    ")
        for event in trace.events:
            yield "    <event>"
            yield from _attributes(event, "      ")
            yield "    </event>"
        yield "  </trace>"
    yield "</log>"


def _attributes(several: Attributes, space: str) -> Iterator[str]:
    for key, value in several.items():
        kind, text = ("string", value) if isinstance(value, str) else ("date", _instant(value))
        yield f"{space}<{kind} key={_quoted(key)} value={_quoted(text)}/>"


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _quoted(text: str) -> str:
    """Return a text as the value of an attribute, with line breaks that a reader keeps."""
    return quoteattr(FOREIGN.sub("\N{REPLACEMENT CHARACTER}", text))
