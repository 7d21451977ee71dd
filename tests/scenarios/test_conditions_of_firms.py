"""What firms ask before something happens: saved, explained, mistyped, handed over, installed."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import (
    Account,
    AutomationSkipped,
    Bundle,
    Condition,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    Engine,
    Member,
    Money,
    NotAllowedError,
    OrganizerSubmitted,
    Pipeline,
    Role,
    SendEmail,
    Stage,
    UpdateAccountTags,
    UpdateJobAssignees,
    Warned,
    answer_is,
    assigned,
    balance_above,
    field_above,
    older_than,
    pipeline_is,
    priority_is,
    role_filled,
    role_is,
    tagged,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.testing import World
from tests.firms import ADA, BUSINESS, DONE, PREPARE, WELCOME, begun, events, now, opened, usd

MIA, TOM = Member("Mia"), Member("Tom")
FIRST = Stage("First")


def line(*whens: Condition, name: str = "Tax") -> Pipeline:
    """Make a pipeline with conditional stages between its ends."""
    stages = [Stage(f"Work {number}", when=when) for number, when in enumerate(whens)]
    return Pipeline(name, [FIRST, *stages, DONE])


def warnings(world: World) -> list[str]:
    """Return the warnings of the firm's feed, the newest first."""
    feed: list[Any] = [*world.engine.feed(kinds=Warned)]
    return [one.text for one in feed]


# -- while jobs run -------------------------------------------------------------------------------


def test_a_firm_reminds_its_debtors_before_it_works_on() -> None:
    """The host tells the balance; a later one counts from then on."""
    world, job = begun(
        Stage("Start", [CreateTask(PREPARE)], automove=True),
        Stage("Collect", when=balance_above(usd("100"))),
        DONE,
        account=Account("Lovelace", contacts=[ADA], balance=usd("100.01")),
    )
    poor = world.engine.start("tax", world.engine.save(Account("Bob", balance=usd("100"))))
    unknown = world.engine.start("tax", world.engine.save(Account("Eve")))

    for one in (job, poor, unknown):
        world.engine.complete(one.items[0])

    assert [now(world, one).stage for one in (job, poor, unknown)] == ["collect", "done", "done"]
    assert "account's open balance is 100.00 USD, not above 100.00 USD" in str(
        world.engine.history(poor)
    )


def test_explain_says_which_stage_would_be_passed_over_and_why() -> None:
    """Of the job too, as it is at that very moment."""
    world, job = begun(
        Stage("Start", [CreateTask(PREPARE)], automove=True),
        Stage("Chase", when=older_than(1)),
        Stage("Rush", when=priority_is("urgent") & ~assigned("mia")),
        DONE,
        more=[MIA],
        assignees=["mia"],
    )

    young = world.engine.explain(job)
    world.advance(days=2)
    old = world.engine.explain(job)

    assert (young.next, old.next) == ("done", "chase")
    assert young.passes == (
        ("chase", "job is 0 days old, not older than 1"),
        ("rush", "job's priority is medium, not urgent and job is assigned to 'mia'"),
    )
    assert "would skip 'Chase': job is 0 days old, not older than 1" in str(young)


def test_an_answer_decides_which_automation_fires_and_explain_says_why_not() -> None:
    """In the words of the organizer."""
    mail = SendEmail(WELCOME, when=answer_is(BUSINESS, "Yes"))
    world, job = begun(
        Stage("Start", [CreateOrganizer("organizer")], automove=True), Stage("Next", [mail]), DONE
    )
    world.engine.record(job.items[0], OrganizerSubmitted({BUSINESS: "No"}))

    (skipped,) = events(world, job, AutomationSkipped)
    assert skipped.reason == f"the answer to {BUSINESS!r} is 'No', not 'Yes'"
    assert skipped.reason in str(world.engine.explain(job))
    assert world.email.sent == []


def test_conditions_are_kept_in_a_file(tmp_path: Any) -> None:
    """Whatever they ask, they come back as they were saved."""
    whens = (
        role_is("preparer", MIA) | ~role_filled("reviewer"),
        field_above("staff", 5) & balance_above(Money("0.50", "KWD")),
        assigned(Role("preparer"), "mia") & pipeline_is("tax") & ~older_than(30),
    )
    with_balance = Account("Ada", id="ada", balance=Money("12.50", "EUR"))
    with SqliteStore(tmp_path / "firm.db") as store:
        Engine(store=store).save(MIA, line(*whens), with_balance)
    with SqliteStore(tmp_path / "firm.db") as store:
        engine = Engine(store=store)

        assert [stage.when for stage in engine.pipeline("tax").stages[1:-1]] == [*whens]
        assert engine.account("ada") == with_balance


# -- when they are saved --------------------------------------------------------------------------


def test_a_tag_that_may_be_mistyped_is_warned_of_when_the_pipeline_is_saved() -> None:
    """Nothing is refused; listeners and the feed are told once, with the tag in use."""
    world = World()
    heard: list[Warned] = []
    world.engine.on(Warned, heard.append)
    world.engine.save(Account("Ada", tags={"schedule-c"}))

    saved = world.engine.save(line(tagged("shedule-c"), tagged("payroll")), actor="mia")
    world.engine.save(saved)

    told = (
        "pipeline 'Tax' $.stages[1].when: asks for the tag 'shedule-c', which no account has and "
        "nothing sets. Did you mean 'schedule-c'?"
    )
    assert warnings(world) == [told]
    assert [(one.text, one.actor, one.job) for one in heard] == [(told, "mia", "")]


def test_a_tag_that_something_sets_is_in_use_also_if_it_is_saved_in_the_same_call() -> None:
    """What automations and answers set counts as much as what accounts have."""
    world = World()
    sets = Pipeline("Sets", [Stage("First", [UpdateAccountTags(add={"payrol"})])])

    world.engine.save(sets, line(tagged("payrol")))
    assert warnings(world) == []
    world.engine.save(Account("Ada", tags={"vip"}), line(tagged("vpi"), name="Other"))
    assert len(warnings(world)) == 1
    world.engine.save(line(tagged("payroll"), name="Third"))
    assert "Did you mean 'payrol'?" in warnings(world)[0]


def test_a_package_is_looked_over_when_it_is_installed() -> None:
    """Its author's tags may not be this firm's."""
    world = World()
    world.engine.save(Account("Ada", tags={"schedule-c"}))

    world.engine.install(Bundle.of(line(tagged("schedule c"))))

    assert "Did you mean 'schedule-c'?" in warnings(world)[0]


def test_a_member_or_pipeline_that_is_not_there_is_refused() -> None:
    """Unless it is saved in the same call."""
    world = World()
    whens = role_is("preparer", "mia") & pipeline_is("vat")

    with pytest.raises(DefinitionError) as error:
        world.engine.save(line(whens))

    assert [problem.what for problem in error.value.problems] == [
        "there is no member 'mia'. Save it first, or save it in the same call.",
        "there is no pipeline 'vat'. Save it first, or save it in the same call.",
    ]
    world.engine.save(line(whens), MIA, Pipeline("Vat", [FIRST]))
    world.engine.save(line(pipeline_is("own"), name="Own"))


# -- who is named in them -------------------------------------------------------------------------


def test_a_member_named_in_a_condition_is_in_use_and_left_after_a_handover() -> None:
    """Who shall stand there is for whoever edits the pipeline."""
    when = tagged("x") | role_is("preparer", "mia", "tom")
    mail = SendEmail(WELCOME, when=~assigned("mia"))
    world = opened(FIRST, Stage("Work", [mail], when=when), DONE, more=[MIA, TOM])
    places = ["$.stages[1].automations[0].when.of.who", "$.stages[1].when.of[1].members"]

    assert [use.where for use in world.engine.uses(MIA)] == places
    with pytest.raises(NotAllowedError, match=r"pipeline 'Tax' .*\.members uses it"):
        world.engine.delete(MIA)
    handed = world.engine.hand_over(MIA, TOM)
    assert [use.where for use in handed.left] == places


def test_a_pipeline_that_another_asks_for_is_not_deleted() -> None:
    """One that asks for itself may go."""
    world = World()
    vat = world.engine.save(Pipeline("Vat", [FIRST, Stage("Work", when=pipeline_is("vat")), DONE]))
    tax = world.engine.save(line(pipeline_is(vat)))

    assert [use.where for use in world.engine.uses(vat)] == ["$.stages[1].when.pipelines"]
    with pytest.raises(NotAllowedError, match="pipeline 'Tax'"):
        world.engine.delete(vat)
    world.engine.delete(tax)
    world.engine.delete(vat)


def test_a_member_who_is_not_active_may_be_asked_for() -> None:
    """A condition gives nobody anything."""
    gone = Member("Eve", active=False)
    world = opened(FIRST, Stage("Work", when=assigned("eve")), DONE, more=[gone])

    saved = world.engine.save(line(role_is("preparer", gone), name="Other"))

    assert saved.stages[1].when == role_is("preparer", "eve")
    with pytest.raises(DefinitionError, match="'eve' is not active"):
        world.engine.save(Pipeline("Third", [Stage("First", [UpdateJobAssignees(add={gone})])]))


# -- packages -------------------------------------------------------------------------------------


def test_a_package_says_which_fields_and_roles_its_conditions_ask_for() -> None:
    """The firm looks whether it has them (R-31)."""
    when = (field_above("staff", 5) | role_filled("preparer")) & ~assigned(Role("reviewer"))
    installed = World().engine.install(Bundle.of(line(when, tagged("vip"))))

    assert installed.fields == {"staff"}
    assert installed.roles == {"preparer", "reviewer"}
    assert installed.tags == {"vip"}
    assert not installed.members
    assert "roles: preparer, reviewer" in str(installed)


def test_a_condition_follows_the_pipeline_that_it_asks_for_when_a_package_is_installed() -> None:
    """Where the id is taken, the copy has another, and the condition means the copy."""
    world = World()
    world.engine.save(Pipeline("Vat", [FIRST]))
    vat = line(~pipeline_is("vat", "tax") | tagged("x"), name="Vat")
    tax = Pipeline("Tax", [Stage("First", [SendEmail(WELCOME, when=pipeline_is("vat"))])])

    installed = world.engine.install(Bundle(pipelines=[vat, tax], templates=[WELCOME]))

    assert dict(installed.ids)["vat"] == "vat-2"
    copy, other = (world.engine.pipeline(one.id) for one in installed.pipelines)
    assert copy.stages[1].when == ~pipeline_is("vat-2", "tax") | tagged("x")
    assert other.stages[0].automations[0].when == pipeline_is("vat-2")


def test_a_package_names_no_member_and_no_pipeline_that_it_does_not_hold() -> None:
    """Neither means anything in another firm."""
    when = role_is("preparer", "mia") & assigned("tom", Role("x")) & pipeline_is("tax", "vat")

    with pytest.raises(DefinitionError) as error:
        Bundle.of(line(when))

    place = "$.pipelines[0].stages[1].when"
    assert [(problem.where, problem.given) for problem in error.value.problems] == [
        (f"{place}.of[2]", ""),
        (f"{place}.of[0]", "'mia'"),
        (f"{place}.of[1]", "'tom'"),
    ]
    assert error.value.problems[0].what == (
        "there is no pipeline 'vat'. A package holds every pipeline that its conditions ask for."
    )


def test_a_package_with_conditions_is_text_and_back() -> None:
    """People can read it and edit it."""
    when = (field_above("staff", 5) | role_filled("preparer")) & answer_is(BUSINESS, True)
    bundle = Bundle.of(line(when))

    assert Bundle.from_json(bundle.to_json()) == bundle
    assert '"type": "field_above"' in bundle.to_json()
