"""The tiny host of `examples/own_ports.py`: its ports, its webhook, its worker."""

from http import HTTPStatus

import pytest

from examples.own_ports import App, main


@pytest.fixture(name="app")
def _app() -> App:
    return App()


def test_a_client_is_taken_through_by_what_other_systems_tell(app: App) -> None:
    """The task is done, the invoice paid, and the job stands in the last stage."""
    job = app.sign_up("Ada Lovelace", "ada@example.com")

    assert [email.subject for email in app.outbox.emails] == ["Hello, Ada Lovelace"]
    assert app.webhook({"id": "evt-1", "done": "T-1"}) is HTTPStatus.OK
    assert app.webhook({"id": "evt-2", "paid": "R-1"}) is HTTPStatus.OK
    assert app.engine.job(job).stage == "done"


def test_an_unknown_reference_is_answered_with_404_and_changes_nothing(app: App) -> None:
    """The sender tries again; when the invoice is there, the same event is taken in."""
    early = app.webhook({"id": "evt-1", "paid": "R-1"})
    job = app.sign_up("Ada Lovelace", "ada@example.com")
    app.webhook({"id": "evt-2", "done": "T-1"})

    assert early is HTTPStatus.NOT_FOUND
    assert app.webhook({"id": "evt-1", "paid": "R-1"}) is HTTPStatus.OK
    assert app.engine.job(job).stage == "done"


def test_an_event_that_comes_twice_acts_once(app: App) -> None:
    """The second answer is the same, and the history has not grown."""
    job = app.sign_up("Ada Lovelace", "ada@example.com")
    first = app.webhook({"id": "evt-1", "done": "T-1"})
    before = len(app.engine.history(job))
    second = app.webhook({"id": "evt-1", "done": "T-1"})

    assert first is second is HTTPStatus.OK
    assert len(app.engine.history(job)) == before


def test_an_event_that_makes_no_sense_is_refused_for_good(app: App) -> None:
    """422 tells the sender not to try again."""
    app.sign_up("Ada Lovelace", "ada@example.com")

    assert app.webhook({"id": "x" * 300, "done": "T-1"}) is HTTPStatus.UNPROCESSABLE_ENTITY


def test_ports_have_one_effect_for_one_key(app: App) -> None:
    """A request that comes again is answered as before."""
    app.sign_up("Ada Lovelace", "ada@example.com")
    app.webhook({"id": "evt-1", "done": "T-1"})
    task, invoice, email = app.desk.tasks[0], app.ledger.invoices[0], app.outbox.emails[0]
    app.outbox.send(email)

    assert app.desk.create(task).ref == "T-1"
    assert app.ledger.create(invoice).ref == "R-1"
    assert len(app.desk.tasks) == len(app.ledger.invoices) == len(app.outbox.emails) == 1


def test_the_worker_finds_nothing_to_do_at_first(app: App) -> None:
    """A tick costs by what is due."""
    assert app.every_minute() == 0


def test_the_example_tells_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    """Each event with its answer, then the history."""
    main()
    told = capsys.readouterr().out

    assert [line[:3] for line in told.splitlines()[:4]] == ["200", "404", "200", "200"]
    assert told.splitlines()[-1].endswith("it is the last stage")
