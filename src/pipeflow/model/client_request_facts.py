"""Facts about client requests: submitted by the client, accepted or returned by the firm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import attrs

from ..errors import Problem
from .checks import field_problems, flags_problems
from .happening import Fact
from .item_kinds import ItemKind
from .record import frozen
from .text import text_problems
from .values import FieldValue, FrozenMap, frozen_fields

__all__ = ["ClientRequestAccepted", "ClientRequestReturned", "ClientRequestSubmitted"]


@frozen
class ClientRequestSubmitted(Fact):
    """The client submitted what was asked for; it is done, unless the firm has to accept it.

    Args:
        answers: By the question's text, or the name of the thing to upload; those to required
            questions must be among them. Say of a file what the host knows it by.
        incomplete: The firm takes what there is, so that any answer may lack (R-40).
    """

    answers: FrozenMap[str, FieldValue] = attrs.field(
        default=FrozenMap[str, FieldValue](), converter=frozen_fields
    )
    incomplete: bool = attrs.field(default=False, kw_only=True)
    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.CLIENT_REQUEST})

    def _problems(self) -> Iterator[Problem]:
        yield from field_problems(self.answers, "$.answers")
        yield from flags_problems(self, ("incomplete",))


@frozen
class ClientRequestAccepted(Fact):
    """The firm accepted what the client submitted, or set the request to Completed: it is done."""

    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.CLIENT_REQUEST})


@frozen
class ClientRequestReturned(Fact):
    """The firm returned what was submitted: the client has to act again, the job stays (A-11)."""

    reason: str = ""
    about: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.CLIENT_REQUEST})

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.reason, "$.reason")
