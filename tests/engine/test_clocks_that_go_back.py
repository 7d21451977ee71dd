"""A clock that is set back while a tick runs: what is put off waits, and the tick ends."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from pipeflow import (
    Account,
    Contact,
    EmailTemplate,
    Engine,
    Pipeline,
    Ports,
    SendEmail,
    SendingWindow,
    Settings,
    Stage,
)
from pipeflow.ports import Email, Receipt
from pipeflow.testing import FakeEmail, ManualClock

MONDAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
HELLO = EmailTemplate("Hello", subject="Hello", body="Hello")
HOURS = SendingWindow(days="mon-fri", opens=time(8), closes=time(18))


class Asked(ManualClock):
    """A clock that stops a test which asks for ever."""

    times = 0

    def now(self) -> datetime:
        """Tell the time."""
        self.times += 1
        assert self.times < 5000, "the tick does not end"
        return super().now()


class SetsBack(FakeEmail):
    """Takes mail while a time server sets the clock back, once; some of it fails."""

    def __init__(self, clock: ManualClock, by: timedelta, *, fails: bool) -> None:
        """Take the clock."""
        super().__init__()
        self.tries = 0
        self._clock, self._by, self._fails = clock, by, fails

    def send(self, email: Email, /) -> Receipt:
        """Take a mail."""
        self.tries += 1
        if self.tries == 1:
            self._clock.set(self._clock.now() - self._by)
        if self._fails:
            raise ConnectionError("try again")
        return super().send(email)


@pytest.mark.parametrize("by", [timedelta(seconds=2), timedelta(hours=3)])
@pytest.mark.parametrize("fails", [False, True])
def test_a_tick_ends_though_its_clock_went_back(by: timedelta, *, fails: bool) -> None:
    """Before the window opens again nothing leaves, and no attempt follows at once on another."""
    clock = Asked(MONDAY - timedelta(hours=1))
    mail = SetsBack(clock, by, fails=fails)
    engine = Engine(ports=Ports(email=mail), clock=clock)
    line = Pipeline("P", stages=[Stage("A", [SendEmail(HELLO)]), Stage("B")])
    engine.save(Settings(window=HOURS), HELLO, line)
    for name in ("Ada", "Bob"):
        contact = Contact(name, email="a@x.example")
        engine.start(line, engine.save(Account(name, contacts=[contact])))
    clock.set(MONDAY + timedelta(seconds=1))

    engine.tick()

    assert mail.tries == 1
    clock.set(MONDAY + timedelta(days=1))
    engine.tick()
    assert len(mail.sent) == (0 if fails else 2)
    assert mail.tries == (3 if fails else 2)
