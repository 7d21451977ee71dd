"""What a forecast costs: firms whose clients are reminded every three days, for thirty days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time
from typing import Any

from benchmarks.measure import still_gc
from benchmarks.report import Section
from benchmarks.with_pipeflow import HandClock
from benchmarks.work import WrongWorkError
from pipeflow import (
    Account,
    Contact,
    CreateOrganizer,
    Engine,
    OrganizerTemplate,
    Pipeline,
    Ports,
    Reminders,
    Stage,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Email, EmailPort, Organizer, OrganizersPort, Receipt

DAYS, EVERY, TYPICAL = 30, 3, 3
MORNING, WORKING_DAY = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(hours=8)

TARGET_SECONDS = 10
"""A forecast of 30 days for 10,000 accounts, at most this long."""


class Forms(OrganizersPort):
    """A host's organizers."""

    def create(self, organizer: Organizer) -> Receipt:
        """Take it."""
        return Receipt(ref=organizer.key)


class Mail(EmailPort):
    """Mail that nobody keeps; a forecast sends none."""

    def send(self, email: Email) -> None:
        """Refuse what a forecast must not send."""
        raise WrongWorkError(f"{email.key} was sent")


def firm(accounts: int, times: int) -> Engine:
    """Build a firm with a job an account, each of which waits for an organizer.

    The jobs were started one after another over a working day, so that reminders fall due at as
    many instants.
    """
    clock = HandClock(MORNING)
    ports = Ports(organizers=Forms(), email=Mail())
    engine = Engine(ports=ports, store=MemoryStore(clock=clock), clock=clock)
    form = OrganizerTemplate("Form", [])
    wait = CreateOrganizer(form, reminders=Reminders(every=EVERY, times=times))
    tax, _ = engine.save(Pipeline("Tax", [Stage("Wait", [wait]), Stage("End")]), form)
    for number in range(accounts):
        contacts = [Contact("C", email=f"c{number}@example.com")]
        clock.instant = MORNING + WORKING_DAY * number / accounts
        engine.start(tax, engine.save(Account(f"Client {number}", contacts=contacts)))
    return engine


def measure_forecasts(accounts: Sequence[int], *, collecting: bool) -> tuple[Section, Any]:
    """Measure forecasts of ever larger firms: one reminder a client, three, and ten."""
    rows, found = [], {}
    for times in (1, TYPICAL, DAYS // EVERY):
        for number in accounts:
            with still_gc():
                engine = firm(number, times)
            with still_gc(collecting=collecting):
                began, spent = perf_counter(), process_time()
                told = engine.forecast(DAYS)
                spent, took = process_time() - spent, perf_counter() - began
            if told.by_kind != {"reminder": number * times}:
                raise WrongWorkError(f"{dict(told.by_kind)} were foreseen")
            each = f"{spent / len(told) * 1e6:,.0f} us"
            rows.append(
                (f"{number:,}", f"{len(told):,}", f"{took:,.1f} s", f"{spent:,.1f} s", each)
            )
            found[f"{number}/{times}"] = {"seconds": took, "processor_seconds": spent}
    section = Section(
        "A forecast of 30 days",
        ("accounts", "reminders", "took", "processor", "a reminder"),
        tuple(rows),
        (
            f"a job an account, started over a working day, and a reminder every {EVERY} days",
            f"the target for 10,000 accounts is {TARGET_SECONDS} s",
        ),
    )
    return section, found
