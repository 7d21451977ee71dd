"""An alarm whose job was deleted while a worker held it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pipeflow.engine import commands
from pipeflow.errors import LeaseLostError
from pipeflow.ports import Claim, Due, TriggerTimer

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_a_trigger_of_a_job_that_is_gone_is_no_longer_held() -> None:
    """It died with its job; the worker lets go of it."""
    timer = TriggerTimer("job-1", "time-in-stage", "1")
    claim = Claim("default", Due("k", NOW, 0, timer, "job-1", lease=timedelta(minutes=1)), 1, 1)
    ring = commands.Ring(claim, timer)
    gone: Any = SimpleNamespace(get=lambda key: None)

    with pytest.raises(LeaseLostError, match="no longer held"):
        ring.act(gone)
    assert ring.about == "job-1"
