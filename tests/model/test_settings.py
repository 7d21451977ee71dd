"""Settings: how a firm's jobs run; the defaults need none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeflow.model.settings import BankPayments, Firm, OnEmpty, Settings
from tests.model.refusals import places, refused


def test_a_firm_needs_no_settings() -> None:
    """UTC, cleared payments count, empty stages stay (A-4, A-5)."""
    assert Firm().settings == Settings()
    assert Settings().bank_payments is BankPayments.CLEARED
    assert Settings().on_empty is OnEmpty.STAY
    assert Settings().zone is UTC
    assert Settings(on_empty="advance", bank_payments="submitted").on_empty is OnEmpty.ADVANCE


def test_a_firm_has_a_time_zone() -> None:
    """An IANA name."""
    zone = Settings(time_zone="Europe/Stockholm").zone

    assert datetime(2027, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "/etc", None, 5])
def test_an_unknown_time_zone_is_refused(name: Any) -> None:
    """The error says what to do where the machine knows none."""
    (problem,) = refused(lambda: Settings(time_zone=name))

    assert problem == (
        "$.time_zone: is no time zone that this machine knows; install the package tzdata if it "
        f"has none (given: {name!r}) Allowed: UTC, Europe/Stockholm, America/New_York."
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Europe/Stokholm", "Europe/Stockholm"), ("america/new_york ", "America/New_York")],
)
def test_a_mistyped_time_zone_is_told_with_the_nearest(name: str, meant: str) -> None:
    """Of all that the machine knows."""
    (problem,) = refused(lambda: Settings(time_zone=name))

    assert f"Did you mean '{meant}'?" in problem


@pytest.mark.parametrize("field", ["attempts", "deepest", "most_steps"])
@pytest.mark.parametrize("value", [0, -1, 1.0, True, "5", 1_000_001])
def test_a_limit_is_a_whole_number(field: str, value: Any) -> None:
    """At least one, within reason."""
    wrong: Any = {field: value}

    assert refused(lambda: Settings(**wrong)) == [
        f"$.{field}: must be a whole number from 1 to 1000000 (given: {value!r})"
    ]


@pytest.mark.parametrize("field", ["backoff", "longest_backoff", "lease"])
@pytest.mark.parametrize("value", [5, timedelta(), timedelta(seconds=-1)])
def test_a_wait_is_a_time_span(field: str, value: Any) -> None:
    """Longer than nothing."""
    wrong: Any = {field: value}

    assert refused(lambda: Settings(**wrong)) == [
        f"$.{field}: must be a positive timedelta (given: {value!r})"
    ]


@pytest.mark.parametrize("field", ["backoff", "longest_backoff", "lease", "forget_after"])
def test_a_wait_is_at_most_a_hundred_years(field: str) -> None:
    """What is longer leads beyond the calendar, when it is too late to say so."""
    most: Any = {field: timedelta(days=36_525)}
    more: Any = {field: timedelta(days=36_525, microseconds=1)}

    assert getattr(Settings(**most), field) == timedelta(days=36_525)
    (problem,) = refused(lambda: Settings(**more))
    assert problem.startswith(f"$.{field}: must be at most 36525 days, which is a hundred years")


def test_settings_name_all_that_is_wrong_with_them() -> None:
    """Every field at once."""
    wrong: Any = {"bank_payments": "x", "on_empty": "x", "reminder_subject": "", "reminder_body": 5}

    assert places(lambda: Settings(attempts=0, **wrong)) == [
        "$.attempts",
        "$.bank_payments",
        "$.on_empty",
        "$.reminder_subject",
        "$.reminder_body",
    ]
