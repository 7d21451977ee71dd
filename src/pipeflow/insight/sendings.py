"""What automations sent that is no item, such as e-mails: by the keys under which it was asked."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from ..model.events import (
    AutomationRan,
    Chapter,
    JobMoved,
    MoveUndone,
    TriggerFired,
    events_of,
)
from ..ports.keys import key_of
from ..rules import State
from ..rules.firings import OUTLET_OF

__all__ = ["sent_keys"]


def sent_keys(state: State, history: Sequence[Chapter], over: Container[str]) -> Iterator[str]:
    """Yield the keys of what a job's automations sent, unless it is *over*, as history tells.

    What is for each contact by itself has a number behind it. What was retried belongs to the visit
    and not to the trigger that fired last, so that both keys are meant.
    """
    keys: dict[str, None] = {}
    visit = fired = "1"
    for event in events_of(history):
        if isinstance(event, JobMoved | MoveUndone):
            visit = fired = str(event.visit)
        elif isinstance(event, TriggerFired):
            fired = f"{visit}.{event.run}"
        elif isinstance(event, AutomationRan) and event.kind in OUTLET_OF and event.item is None:
            for when in (fired, visit):
                keys[key_of(state.tenant, state.job.id, when, event.automation)] = None
    yield from (key for key in keys if key not in over)
