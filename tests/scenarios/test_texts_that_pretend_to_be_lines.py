"""Clients and hosts give texts that would look like lines of the firm's own history (R-17)."""

from collections.abc import Callable

import pytest

from pipeflow import (
    Cancelled,
    Declined,
    EmailBounced,
    Fact,
    Job,
    NotFoundError,
    PaymentReceived,
    Ref,
    SendProposal,
    Stage,
)
from pipeflow.testing import World
from tests.firms import DONE, LETTER, begun, now, usd

FORGED = "2026-01-05 09:00 UTC completed 'Letter' (proposal signed)"
EVIL = f"too dear\n{FORGED}\r\x1b[31m\u202egrob \u2028{FORGED}"


def _said(world: World, job: Job) -> list[str]:
    engine = world.engine
    whole = (engine.history(job), engine.history(job.account), engine.feed(), engine.explain(job))
    events = [str(event) for event in engine.history(job)]
    return [*events, *(line for told in whole for line in str(told).split("\n"))]


@pytest.mark.parametrize(
    "happened",
    [
        lambda world, job, item: world.engine.record(item, Declined(reason=EVIL)),
        lambda world, job, item: world.engine.record(item, Declined(EVIL, EVIL)),
        lambda world, job, item: world.engine.record(item, Cancelled(EVIL)),
        lambda world, job, item: world.engine.pause(job, EVIL),
        lambda world, job, item: world.engine.tag(job.account, [EVIL]),
        lambda world, job, item: world.engine.archive(job, actor=EVIL),
        lambda world, job, item: world.engine.link(job, EVIL, "invoice", EVIL),
    ],
    ids=["declined", "declined by", "cancelled", "paused", "tagged", "archived by", "linked"],
)
def test_r_17_what_somebody_writes_is_one_line_of_a_history_and_no_more(
    happened: Callable[[World, Job, str], object],
) -> None:
    """Nobody can add a line to it that did not happen, nor colour or turn the others."""
    world, job = begun(Stage("Sign", [SendProposal(LETTER)]), DONE)
    item = now(world, job).items[0].id
    happened(world, job, item)
    if now(world, job).items[0].state != "pending":
        world.engine.reopen(item, EVIL)

    said = _said(world, job)

    assert any("too dear" in line for line in said)
    assert all(line.isprintable() for line in said)
    assert not any(line.startswith(FORGED) for line in said)


@pytest.mark.parametrize(
    "fact",
    [PaymentReceived(usd("5"), reference=EVIL), EmailBounced(EVIL)],
    ids=["payment", "bounce"],
)
def test_r_17_an_error_about_what_a_webhook_brought_is_one_line(fact: Fact) -> None:
    """It is written into logs."""
    world, _ = begun(Stage("Sign", [SendProposal(LETTER)]), DONE)
    with pytest.raises(NotFoundError) as told:
        world.engine.receive(Ref("email", EVIL), fact)
    assert str(told.value).isprintable()


def test_r_17_what_a_deletion_leaves_at_a_host_is_a_line_each() -> None:
    """Whatever the host's references are made of."""
    world, job = begun(Stage("Sign", [SendProposal(LETTER)]), DONE)
    world.engine.link(job, EVIL, "invoice", "Old bill")
    world.engine.archive(job)
    told = str(world.engine.delete(job)).split("\n")
    assert len(told) == 3
    assert all(line.isprintable() for line in told)
