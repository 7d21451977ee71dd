"""Two words of all calls: `Who` does something, and the `Id` that a host gives its command."""

from __future__ import annotations

from typing import TypeAlias, Union

from ..model.accounts import Member

__all__ = ["Id", "Who"]

# Who does something: a member, an id, or None for the system.
Who: TypeAlias = Union[str, Member, None]
# The host's id of a command, which makes it act once; None: it has none.
Id: TypeAlias = Union[str, None]
