"""A process that dies at any moment: nothing is lost, nothing is made up, and nothing differs."""

from __future__ import annotations

from tests.reliability.chance import seeded
from tests.reliability.crashing import Death, Outcome, Season


def difference(outcome: Outcome, calm: Outcome) -> str:
    """Say in what a season with deaths differs from the one without; empty: in nothing."""
    lost, made_up = calm.outside.keys() - outcome.outside, outcome.outside.keys() - calm.outside
    told = {
        "effects lost": sorted(lost),
        "effects made up": sorted(made_up),
        "left before the commit": outcome.uncommitted,
        "two contents under one key": outcome.content,
        "other effects": [key for key in calm.outside if calm.outside[key] != outcome.outside[key]]
        if not lost
        else [],
        "other jobs": [id for id in calm.jobs if calm.jobs[id] != outcome.jobs.get(id)],
        "other tags": sorted(calm.tags ^ outcome.tags),
        "failures": [failure.key for failure in outcome.failures],
    }
    return "; ".join(f"{what}: {which}" for what, which in told.items() if which)


def test_a_season_without_deaths_has_much_to_lose() -> None:
    """It asks for each effect once, and ends with nothing left undone."""
    calm = Season().live()

    assert difference(calm, calm) == ""
    assert len(calm.jobs) == 2
    assert calm.attempts == len(calm.outside) == 29
    assert {type(request).__name__ for request in calm.outside.values()} == {
        "Email", "Invoice", "Message", "Organizer", "Proposal", "Task",
    }  # fmt: skip


def test_a_death_at_any_call_of_the_store_changes_nothing() -> None:
    """Before the call acts or after it, every one: the season ends as if nobody had died.

    Every effect comes at least once, under the same key with the same content; none comes without
    its commit. One death repeats one request at most.
    """
    calm = Season(down=1).live()
    differ: dict[Death, str] = {}

    for death in ((call, acts) for call in range(1, calm.calls + 1) for acts in (False, True)):
        outcome = Season(down=1).live([death])
        if outcome.killed != 1:
            differ[death] = "nobody died"
        elif outcome.attempts > calm.attempts + 1:
            differ[death] = f"{outcome.attempts - calm.attempts} requests repeated"
        elif told := difference(outcome, calm):
            differ[death] = told

    assert differ == {}


def test_many_deaths_change_nothing_either() -> None:
    """Also while the process before them is being made up for, with ports that are down."""
    calm = [Season(down).live() for down in (0, 1, 2)]
    differ: dict[int, str] = {}

    for seed in range(300):
        chance = seeded(seed)
        deaths = [
            (chance.randint(1, 80), chance.random() < 0.5) for _ in range(chance.randint(2, 8))
        ]
        outcome = Season(down=seed % 3).live(deaths)
        if told := difference(outcome, calm[seed % 3]):
            differ[seed] = told

    assert differ == {}


def test_receipts_that_are_kept_together_are_lost_together_and_come_again() -> None:
    """Ports that honour keys are asked again for all of a pass, and nothing else differs."""
    calm = [Season(down, honours_keys=True).live() for down in (0, 1)]
    alone = Season(down=1).live()
    differ: dict[Death, str] = {}

    for call in range(1, calm[1].calls + 1, 2):
        death = (call, call % 4 == 1)
        outcome = Season(down=1, honours_keys=True).live([death])
        if told := difference(outcome, calm[1]):
            differ[death] = told
    for seed in range(100):
        chance = seeded(seed)
        deaths = [(chance.randint(1, 60), chance.random() < 0.5) for _ in range(5)]
        outcome = Season(seed % 2, honours_keys=True).live(deaths)
        if told := difference(outcome, calm[seed % 2]):
            differ[-seed, True] = told

    assert differ == {}
    assert difference(calm[1], alone) == ""
    assert calm[1].calls < alone.calls
