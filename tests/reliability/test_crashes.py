"""A process that dies at any moment: nothing is lost, nothing is made up, and nothing differs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.proving import Amount, Proved
from tests.reliability.chance import seeded
from tests.reliability.crashing import ERRAND, Season, difference
from tests.reliability.dying import Death
from tests.reliability.schedules import FILES, Ended, Schedule, calm, counts, lived

MEMORY = "memory"
WHOLE: tuple[str, ...] = ()  # all the steps of a season
STEPS = ("start-1", "day-1", "task")  # what each statement of a file is tried with
SAFE = {"lost": 0, "phantom": 0, "under another key or with another content": 0}


def each(schedule: Schedule) -> list[Schedule]:
    """Return a schedule for each moment of a season and each side of it: one death there."""
    moments = range(1, calm(schedule).moments + 1)
    return [
        schedule._replace(deaths=((moment, acts),)) for moment in moments for acts in (False, True)
    ]


def drawn(schedule: Schedule, seed: int, reach: int) -> Schedule:
    """Draw a few deaths, each within the first moments of its process."""
    chance = seeded(seed)
    deaths = [(chance.randint(1, reach), chance.random() < 0.5) for _ in range(seed % 4 + 2)]
    return schedule._replace(deaths=tuple(deaths), down=seed % 3)


def differing(ended: Sequence[Ended]) -> dict[tuple[Death, ...], str]:
    """Say after which deaths anything differs, and in what."""
    return {one.schedule.deaths: one.told for one in ended if one.told}


def test_a_season_without_deaths_has_much_to_lose() -> None:
    """It asks for each effect once, and ends with nothing left undone; an errand is the same."""
    whole = Season().live()
    errand = calm(Schedule(MEMORY, steps=ERRAND, down=0))

    assert difference(whole, whole) == ""
    assert len(whole.jobs) == 2
    assert whole.attempts == len(whole.outside) == 29
    assert errand.attempts == len(errand.outside) == 10
    for outcome in (whole, errand):
        assert {type(request).__name__ for request in outcome.outside.values()} == {
            "Email", "Invoice", "Message", "Organizer", "Proposal", "Task",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("keep", "steps"), [(MEMORY, WHOLE), *((one, ERRAND) for one in FILES)], ids=[MEMORY, *FILES]
)
def test_a_death_at_any_call_of_the_store_changes_nothing(
    keep: str, steps: tuple[str, ...], proved: Proved, amount: Amount
) -> None:
    """Before the call acts or after it, every one: the season ends as if nobody had died.

    Every effect comes at least once, under the same key with the same content; none comes without
    its commit. One death repeats one request at most.
    """
    ended = amount.each(lived, amount.among(each(Schedule(keep, steps=steps))))

    assert differing(ended) == {}
    assert {one.killed for one in ended} == {1}
    repeats = max(one.repeats for one in ended)
    assert repeats == 1 or (repeats == 0 and amount.share > 1)  # a share may meet none
    found = counts(ended)
    assert found.items() >= SAFE.items()
    proved(f"a death before and after every call of a store in {keep}", **found)


@pytest.mark.parametrize("keep", FILES)
def test_a_death_at_any_statement_of_a_file_changes_nothing(
    keep: str, proved: Proved, amount: Amount
) -> None:
    """Before it is carried out or after it, every one, those that open the file among them.

    The next process finds what the disk had at that instant, journals and all.
    """
    ended = amount.each(lived, amount.among(each(Schedule(keep, steps=STEPS, deep=True))))

    assert differing(ended) == {}
    assert {one.killed for one in ended} == {1}
    assert max(one.repeats for one in ended) == 1
    found = counts(ended)
    assert found.items() >= SAFE.items()
    proved(f"a death before and after every statement of {keep}", **found)


def test_many_deaths_change_nothing_in_a_whole_season(proved: Proved, amount: Amount) -> None:
    """Also while the process before them is being made up for, with ports that are down."""
    whole = [drawn(Schedule(MEMORY), seed, 80) for seed in range(amount.of(600))]
    ended = amount.each(lived, whole)

    assert differing(ended) == {}
    proved("deaths by lot in whole seasons, in memory", **counts(ended))


def test_many_deaths_change_nothing_in_memory(proved: Proved, amount: Amount) -> None:
    """By lot, in short seasons."""
    errand = Schedule(MEMORY, steps=ERRAND)
    short = [drawn(errand, seed, 60) for seed in range(amount.of(10_000))]
    ended = amount.each(lived, short)

    assert differing(ended) == {}
    found = counts(ended)
    assert found.items() >= SAFE.items()
    proved("deaths by lot, in memory", **found)


def test_many_deaths_change_nothing_in_a_file(proved: Proved, amount: Amount) -> None:
    """By lot, at calls and at statements, with either journal."""
    calls, statements = Schedule("", steps=ERRAND), Schedule("", steps=ERRAND, deep=True)
    short = [
        drawn(*((statements, seed, 250) if seed % 4 < 2 else (calls, seed, 60)))._replace(
            keep=FILES[seed % 2]
        )
        for seed in range(amount.of(1_000))
    ]
    ended = amount.each(lived, short)

    assert differing(ended) == {}
    found = counts(ended)
    assert found.items() >= SAFE.items()
    proved("deaths by lot, in a file", **found)


def test_receipts_that_are_kept_together_are_lost_together_and_come_again(
    amount: Amount,
) -> None:
    """Ports that honour keys are asked again for all of a pass, and nothing else differs."""
    kept = Schedule(MEMORY, honours_keys=True)
    alone, together = calm(Schedule(MEMORY)), calm(kept)

    many = [drawn(kept, seed, 60) for seed in range(amount.of(300))]
    ended = amount.each(lived, [*amount.among(each(kept)), *many])

    assert differing(ended) == {}
    assert difference(together, alone) == ""
    assert together.moments < alone.moments
