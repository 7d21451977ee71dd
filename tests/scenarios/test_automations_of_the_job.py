"""Automations that change the job: its fields, and what clients see of it."""

from datetime import date

import pytest

from pipeflow import (
    After,
    Bundle,
    ClientView,
    ClientViewChanged,
    DefinitionError,
    FieldChange,
    JobEdited,
    JobTemplate,
    Pipeline,
    Priority,
    Stage,
    UpdateClientStatus,
    UpdateJob,
    Warned,
)
from pipeflow.testing import World
from tests.firms import DONE, begun, events, now

# -- fields of the job ---------------------------------------------------------------------------

URGENT = UpdateJob(
    priority="urgent",
    start=date(2026, 1, 7),
    due=After(days=9),
    name="[ACCOUNT_NAME], due [JOB_DUE_DATE]",
    description="For [ACCOUNT_NAME].",
    comments="Call first.",
)


def test_an_automation_changes_the_job_as_an_edit_does() -> None:
    """R-22: one line tells each field from what to what; merge fields know the new date."""
    world, job = begun(Stage("Intake"), Stage("Work", [URGENT]), DONE)

    job = world.engine.move(job, "Work")

    assert (job.priority, job.start, job.due) == (
        Priority.URGENT,
        date(2026, 1, 7),
        date(2026, 1, 14),
    )
    assert (job.name, job.description) == ("Lovelace, due January 14, 2026", "For Lovelace.")
    assert job.comments == "Call first."
    (line,) = events(world, job, JobEdited)
    assert line.cause == "update-job"
    assert FieldChange("priority", "medium", "urgent") in line.changes
    assert line.sentence().endswith("(update-job)")
    assert [one.id for one in world.engine.jobs(due_before=date(2026, 2, 1))] == [job.id]


def test_what_is_not_said_stays_and_the_same_again_is_no_change() -> None:
    """Nothing is told where nothing changed."""
    world, job = begun(
        Stage("Intake"), Stage("Work", [UpdateJob(priority="high")]), DONE, name="Mine"
    )

    world.engine.move(job, "Work")
    world.engine.move(job, "Intake")
    job = world.engine.move(job, "Work")

    assert (job.name, job.priority, len(events(world, job, JobEdited))) == ("Mine", "high", 1)


def test_what_somebody_wrote_stays_where_an_automation_says_nothing_of_it() -> None:
    """Description, comments and dates too."""
    world, job = begun(Stage("Intake"), Stage("Work", [UpdateJob(priority="high")]), DONE)
    day = date(2026, 1, 8)
    wrote = world.engine.edit(job, description="Ours", comments="Mine", start=day, due=day)

    job = world.engine.move(job, "Work")

    assert job.priority is Priority.HIGH
    for field in ("description", "comments", "start", "due"):
        assert getattr(job, field) == getattr(wrote, field)


def test_dates_that_do_not_fit_together_stay_and_are_warned_of() -> None:
    """An automation harms no other; what else it says is done."""
    world, job = begun(
        Stage("Intake"),
        Stage("Work", [UpdateJob(due=date(2026, 1, 8), priority="low")]),
        DONE,
        start=date(2026, 3, 1),
    )

    job = world.engine.move(job, "Work")

    assert (job.due, job.priority) == (None, Priority.LOW)
    (warned,) = events(world, job, Warned)
    assert "due 2026-01-08 would be before the start 2026-03-01" in warned.text


def test_texts_of_an_automation_tell_the_date_that_stays() -> None:
    """Where its own would lie before the start."""
    again = UpdateJob(due=date(2026, 1, 8), name="Due [JOB_DUE_DATE]")
    world, job = begun(Stage("Intake"), Stage("Work", [again]), DONE, start=date(2026, 3, 1))
    world.engine.edit(job, due=date(2026, 4, 1))

    job = world.engine.move(job, "Work")

    assert (job.name, job.due) == ("Due April 1, 2026", date(2026, 4, 1))


def test_a_job_may_be_due_on_the_day_on_which_it_starts() -> None:
    """Work of one day fits its dates."""
    day = date(2026, 1, 8)
    world, job = begun(Stage("Intake"), Stage("Work", [UpdateJob(start=day, due=day)]), DONE)

    job = world.engine.move(job, "Work")

    assert (job.start, job.due) == (day, day)
    assert events(world, job, Warned) == []


def test_a_name_of_which_nothing_is_left_stays() -> None:
    """A job is never without a name; empty fields are told (R-18)."""
    world, job = begun(
        Stage("Intake"), Stage("Work", [UpdateJob(name="[ACCOUNT_CUSTOM_FIELD:nick]")]), DONE
    )

    after = world.engine.move(job, "Work")

    assert after.name == job.name
    assert len(events(world, job, Warned)) == 2


def test_undo_gives_the_job_its_fields_back() -> None:
    """R-26: as tags, access and assignees that the move set."""
    world, job = begun(
        Stage("Intake"),
        Stage("Work", [URGENT, UpdateJob(start=After(days=3), priority="low")]),
        DONE,
        due=date(2026, 1, 30),
    )

    world.engine.move(job, "Work")
    world.engine.undo(job)

    back = now(world, job)
    assert (back.priority, back.start, back.due) == (Priority.MEDIUM, None, date(2026, 1, 30))
    assert (back.name, back.description, back.comments) == (job.name, "", "")
    assert events(world, job, JobEdited)[-1].cause == "undone"


def test_unknown_merge_fields_of_an_automation_are_refused_when_it_is_saved() -> None:
    """With the place and the nearest right one."""
    wrong = Pipeline("P", [Stage("A", [UpdateJob(name="[ACOUNT_NAME]")]), DONE])

    with pytest.raises(DefinitionError, match="ACCOUNT_NAME") as caught:
        World().engine.save(wrong)

    assert "$.stages[0].automations[0].name" in str(caught.value)


def test_fields_of_accounts_that_an_automation_names_are_asked_of_the_firm() -> None:
    """R-31: whoever installs the package learns of them."""
    text = UpdateJob(description="[ACCOUNT_CUSTOM_FIELD:state]")
    bundle = Bundle(pipelines=[Pipeline("P", [Stage("A", [text]), DONE])])

    installed = World().engine.install(Bundle.from_json(bundle.to_json()))

    assert installed.fields == {"state"}


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"priority": "hihg"}, "$.priority"),
        ({"due": 5}, "$.due"),
        ({"start": date(2027, 1, 2), "due": date(2027, 1, 1)}, "$.due"),
        ({"name": None}, "$.name"),
        ({"comments": 7}, "$.comments"),
    ],
)
def test_what_no_job_could_have_is_refused(fields: dict[str, object], where: str) -> None:
    """When the value is made."""
    with pytest.raises(DefinitionError) as caught:
        UpdateJob(**fields)  # type: ignore[arg-type]

    assert [problem.where for problem in caught.value.problems] == [where]


# -- what clients see of it ----------------------------------------------------------------------


def test_an_automation_says_what_the_client_sees_of_the_job() -> None:
    """Domain.md 1.4: whether, under which name, with which status and description."""
    shown = UpdateClientStatus(
        name="Your return, [ACCOUNT_NAME]", status="At\nwork", description="We do [CURRENT_YEAR]."
    )
    world, job = begun(Stage("Intake"), Stage("Work", [shown]), DONE)

    job = world.engine.move(job, "Work")

    assert job.client_view == ClientView("Your return, Lovelace", "At work", "We do 2026.")
    (line,) = events(world, job, ClientViewChanged)
    assert line.sentence() == (
        "shown to the client: name 'Your return, Lovelace', status 'At work', "
        "description 'We do 2026.' (update-client-status)"
    )


def test_what_is_not_said_of_the_clients_view_stays() -> None:
    """A status alone is the usual case; the same again is no change."""
    steps = [UpdateClientStatus(status=one, id=one) for one in ("Begun", "Done", "Done again")]
    last = UpdateClientStatus(visible=False)
    view = JobTemplate("Seen", client_view=ClientView("Your return", "Waiting", "Patience."))
    world, job = begun(
        Stage("Intake"),
        Stage("Work", [steps[0]]),
        Stage("Check", [steps[1], UpdateClientStatus(status="Done")]),
        Stage("Hide", [last]),
        Stage("Show", [UpdateClientStatus()]),
        more=[view],
        template="seen",
    )

    stages = ("Work", "Check", "Hide", "Show")
    seen = [world.engine.move(job, stage).client_view for stage in stages]

    assert seen == [
        ClientView("Your return", "Begun", "Patience."),
        ClientView("Your return", "Done", "Patience."),
        None,
        ClientView(),
    ]
    assert [line.sentence() for line in events(world, job, ClientViewChanged)] == [
        "the client sees status 'Begun' (Begun)",
        "the client sees status 'Done' (Done)",
        "hidden from the client (update-client-status)",
        "shown to the client (update-client-status)",
    ]


def test_undo_lets_the_client_see_what_was_seen_before() -> None:
    """R-26: also where the move changed it twice, or showed the job for the first time."""
    steps = [UpdateClientStatus(status="One"), UpdateClientStatus(status="Two", name="Name")]
    world, job = begun(Stage("Intake"), Stage("Work", steps), DONE)
    world.engine.move(job, "Work")

    world.engine.undo(job)

    assert now(world, job).client_view is None
    assert events(world, job, ClientViewChanged)[-1].sentence() == "hidden from the client (undone)"


def test_an_empty_merge_field_of_the_clients_view_is_told() -> None:
    """R-18: as everywhere."""
    status = UpdateClientStatus(status="[ACCOUNT_CUSTOM_FIELD:nick]")
    world, job = begun(Stage("Intake"), Stage("Work", [status]), DONE)

    job = world.engine.move(job, "Work")

    assert job.client_view == ClientView()
    assert "nothing to fill in" in events(world, job, Warned)[0].text


def test_texts_for_a_job_that_the_client_shall_not_see_are_refused() -> None:
    """With each of them."""
    with pytest.raises(DefinitionError) as caught:
        UpdateClientStatus(visible=False, name="A", status="B")

    assert [problem.where for problem in caught.value.problems] == ["$.name", "$.status"]
