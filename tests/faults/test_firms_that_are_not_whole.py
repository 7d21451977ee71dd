"""A firm that lacks a part of itself, or holds something else in its place, says so at once."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeflow import CreateInvoice, DefinitionError, Stage, StoreError
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Changes, RowKey, Store
from tests.firms import DONE, FEE, begun

STORES: dict[str, Callable[[Path], Store]] = {
    "in memory": lambda _: MemoryStore(),
    "in a file": lambda path: SqliteStore(path / "firm.db"),
}


def _lines() -> list[str]:
    world, _ = begun(Stage("Bill", [CreateInvoice(FEE)]), DONE)
    return list(world.store.export("default"))


def _number_of(lines: list[str], row: list[str]) -> int:
    return next(n for n, line in enumerate(lines) if json.loads(line).get("row") == row)


@pytest.fixture(name="store", params=STORES)
def _store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return STORES[request.param](tmp_path)


@pytest.mark.parametrize(
    ("row", "value", "sentence"),
    [
        (["template", "fee"], "x", "str, and not Template"),
        (["account", "account-1"], {"type": "firm"}, "Firm, and not Account"),
        (["firm", ""], 7, "int, and not Firm"),
    ],
    ids=["a template", "an account", "what every command reads"],
)
def test_a_row_that_holds_something_else_is_not_restored(
    store: Store, row: list[str], value: object, sentence: str
) -> None:
    """The line is named; else whoever reads the firm would fail with an error of Python's own."""
    lines = _lines()
    place = _number_of(lines, row)
    lines[place] = json.dumps(json.loads(lines[place]) | {"value": value})
    with pytest.raises(DefinitionError, match=rf"line {place + 1}.*{sentence}"):
        store.restore(lines)
    assert list(store.tenants()) == []
    store.close()


def test_a_row_that_bears_the_id_of_another_is_not_restored(store: Store) -> None:
    """Whoever found it by its key would go on with another one."""
    lines = _lines()
    place = _number_of(lines, ["template", "fee"])
    lines[place] = lines[place].replace('"id":"fee"', '"id":"fees"')
    with pytest.raises(DefinitionError, match=rf"line {place + 1}.*the template 'fees'"):
        store.restore(lines)
    store.close()


def test_a_file_whose_job_lacks_its_account_is_not_called_sound(tmp_path: Path) -> None:
    """Whoever took in such lines learns it by a check, and not by the first call that fails."""
    lines = _lines()
    del lines[_number_of(lines, ["account", "account-1"])]
    lines[-1] = json.dumps({"end": len(lines) - 1})
    with SqliteStore(tmp_path / "firm.db") as store:
        store.restore(lines)
        (found,) = store.check()
    assert found == "row 'job job-1' of 'default' is of account 'account-1', which is not there"


def test_a_job_whose_account_is_gone_says_which_it_lacks() -> None:
    """Whoever took the row away by hand reads what is missing."""
    world, job = begun(Stage("Bill", [CreateInvoice(FEE)]), DONE)
    account = RowKey("account", job.account)
    stored = world.store.read("default", (account,)).rows[account]
    world.store.commit(Changes("default", {account: stored.version}, deletes=(account,)))
    with pytest.raises(StoreError, match=r"'job-1' is of account 'account-1', which is not there"):
        world.engine.explain(job)
