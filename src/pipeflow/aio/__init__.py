"""Hosts on an event loop, of asyncio or trio: `AsyncEngine`, and the ports that it awaits."""

from __future__ import annotations

try:
    import anyio as _anyio
except ImportError as missing:
    sentence = "pipeflow.aio needs anyio, which is not installed: pip install 'pipeflow[aio]'"
    raise ImportError(sentence, name=missing.name) from missing

from ..ports.async_ports import (
    AsyncEmailPort,
    AsyncFoldersPort,
    AsyncInvoicesPort,
    AsyncMessagesPort,
    AsyncNoticesPort,
    AsyncOrganizersPort,
    AsyncPorts,
    AsyncProposalsPort,
    AsyncRequestsPort,
    AsyncTasksPort,
)
from .async_engine import AsyncBranch, AsyncEngine

__all__ = [
    "AsyncBranch",
    "AsyncEmailPort",
    "AsyncEngine",
    "AsyncFoldersPort",
    "AsyncInvoicesPort",
    "AsyncMessagesPort",
    "AsyncNoticesPort",
    "AsyncOrganizersPort",
    "AsyncPorts",
    "AsyncProposalsPort",
    "AsyncRequestsPort",
    "AsyncTasksPort",
]

del _anyio
