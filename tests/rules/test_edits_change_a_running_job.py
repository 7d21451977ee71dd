"""Edits: a running job changes as somebody says, and history names what changed (R-22, R-23)."""

from datetime import date, timedelta
from typing import Any

import pytest

from pipeflow import (
    UNCHANGED,
    ClientView,
    CreateTask,
    DefinitionError,
    FieldChange,
    ItemKind,
    ItemReassigned,
    ItemRescheduled,
    JobEdited,
    NotAllowedError,
    NotFoundError,
    Priority,
    Role,
    Settings,
    Stage,
    TaskTemplate,
    Warned,
    rules,
)
from pipeflow.model.record import replaced
from pipeflow.ports import Task, TaskChange
from pipeflow.rules import Edits, State
from tests.rules.states import (
    DONE,
    MIA,
    NOON,
    NUMBERED,
    PREPARE,
    account_of,
    after,
    asked,
    begun,
    book_of,
    completed,
    events,
    item_of,
    kinds,
    opening,
    state_of,
)

APRIL, OCTOBER = date(2027, 4, 15), date(2027, 10, 15)


def edited(state: rules.State, **fields: Any) -> rules.Decision:
    """Decide what an edit comes to."""
    return rules.edit(state, Edits(**fields), NOON, MIA)


def put(state: rules.State, status: str) -> rules.State:
    """Give the job a status."""
    return after(state, rules.set_status(state, status, NOON, MIA))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "1040 for Ada", ("Tax", "1040 for Ada")),
        ("assignees", frozenset({"tom", "mia"}), ("", "mia, tom")),
        ("priority", Priority.URGENT, ("medium", "urgent")),
        ("start", APRIL, ("", "2027-04-15")),
        ("due", OCTOBER, ("", "2027-10-15")),
        ("description", "What is to be done.", ("", "What is to be done.")),
        ("comments", "Ask first.", ("", "Ask first.")),
        (
            "client_view",
            ClientView("Return", "Under way"),
            ("", "name 'Return', status 'Under way'"),
        ),
        ("client_view", ClientView(), ("", "a blank page")),
        ("time_budget", timedelta(hours=4), ("", "4:00:00")),
    ],
)
def test_an_edit_changes_what_is_given_and_says_so(
    field: str, value: Any, told: tuple[str, str]
) -> None:
    """One line, from what to what; all else stays, and nothing fires."""
    state = state_of(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)

    decision = edited(state, **{field: value})

    assert kinds(decision) == ["JobEdited"]
    assert events(decision, JobEdited)[0].changes == (FieldChange(field, *told),)
    assert getattr(decision.job, field) == value
    again = after(state, decision)
    assert edited(again, **{field: value}).changed is False
    assert edited(again, **{field: getattr(state.job, field)}).job == state.job


def test_several_changes_stand_in_one_line() -> None:
    """In the order of the fields."""
    state = state_of(Stage("Intake"), DONE, due=APRIL, comments="Ask first.")

    decision = edited(state, comments="", due=None, priority=Priority.MEDIUM)

    (line,) = events(decision, JobEdited)
    assert [one.field for one in line.changes] == ["due", "comments"]
    assert (decision.job.due, decision.job.comments) == (None, "")


def test_an_edit_that_says_nothing_changes_nothing() -> None:
    """What is unchanged is not said."""
    state = state_of(Stage("Intake"), DONE)

    assert edited(state).changed is False
    assert repr(UNCHANGED) == "UNCHANGED"


def test_texts_of_an_edit_are_filled_in_as_at_the_start() -> None:
    """By the account, and by the due date that the same edit gives; a name is one line."""
    state = state_of(Stage("Intake"), DONE, due=APRIL)

    job = edited(
        state,
        name="1040 for [ACCOUNT_NAME],\ndue [JOB_DUE_DATE]",
        description="For [ACCOUNT_NAME]\nby [JOB_DUE_DATE]",
        comments="[ACCOUNT_NAME]",
        due=OCTOBER,
    ).job

    assert job.name == "1040 for Lovelace, due October 15, 2027"
    assert job.description == "For Lovelace\nby October 15, 2027"
    assert job.comments == "[ACCOUNT_NAME]"


def test_texts_of_an_edit_are_in_the_firms_own_language() -> None:
    """Names and descriptions of jobs are the team's, as at the start (R-20, R-22)."""
    numbered = Settings(language="nn", languages=[NUMBERED])
    state = begun(book=book_of(Stage("Intake"), DONE, settings=numbered))

    job = edited(state, name="1040 [CURRENT_MONTH_NAME]", description="[CURRENT_DAY_NAME]").job

    assert (job.name, job.description) == ("1040 m1", "d5")


def test_what_an_edit_finds_no_value_for_is_told_once() -> None:
    """As at the start (R-18, R-22)."""
    field = "[ACCOUNT_CUSTOM_FIELD:x]"
    state = state_of(Stage("Intake"), DONE)

    decision = edited(state, name=f"1040 {field}", description=field)

    assert (decision.job.name, decision.job.description) == ("1040", "")
    assert [event.text for event in events(decision, Warned)] == [
        f"name and description of the job: nothing to fill in for {field}"
    ]
    assert events(edited(state, name="1040 [ACCOUNT_CUSTOM_FIELD:x|-]"), Warned) == []


def test_a_client_view_of_an_edit_is_taken_as_it_is() -> None:
    """Whoever evolves the view that is there does not fill in what a value holds once more."""
    view = ClientView("Return of [ACCOUNT_NAME]", "[[1]", "[FIRST_NAME]")

    assert edited(state_of(Stage("Intake"), DONE), client_view=view).job.client_view == view


def test_roles_of_an_edit_are_filled_by_the_account() -> None:
    """As at the start; one that nobody fills is warned of (A-28)."""
    account = account_of(roles={"preparer": {"mia"}})
    state = state_of(Stage("Intake"), DONE, account=account)

    filled = edited(state, assignees=frozenset({Role("preparer"), "tom"}))
    empty = edited(state, assignees=frozenset({Role("reviewer")}))

    assert filled.job.assignees == {"mia", "tom"}
    assert kinds(empty) == ["Warned"]


def test_all_that_is_wrong_with_an_edit_comes_at_once() -> None:
    """Whatever it is; and where all of it is of one kind, the error is of that kind."""
    state = state_of(Stage("Intake"), DONE, start=APRIL)
    archived = put(state, "Archived")

    with pytest.raises(DefinitionError) as refused:
        edited(archived, name="For [ACOUNT_NAME]", description="[NO_CODE]", due=date(2027, 1, 1))
    with pytest.raises(NotAllowedError, match="is archived and cannot be edited; restore it first"):
        edited(archived, comments="Late.")

    assert [problem.where for problem in refused.value.problems] == [
        "",
        "$.name",
        "$.description",
        "$.due",
    ]
    assert refused.value.problems[1].nearest == "[ACCOUNT_NAME]"


def test_a_job_is_not_due_before_it_starts() -> None:
    """Whichever of the two is edited; what was so before is no reason to refuse another edit."""
    state = state_of(Stage("Intake"), DONE, start=APRIL, due=OCTOBER)
    odd = state_of(Stage("Intake"), DONE, start=OCTOBER, due=APRIL)

    with pytest.raises(DefinitionError, match=r"\$\.due: is before the start 2027-04-15"):
        edited(state, due=date(2027, 1, 1))
    with pytest.raises(DefinitionError, match=r"\$\.start: is after the due date 2027-10-15"):
        edited(state, start=date(2027, 12, 1))
    with pytest.raises(DefinitionError, match=r"\$\.due: is before"):
        edited(state, start=OCTOBER, due=APRIL)
    assert edited(state, start=None, due=date(2027, 1, 1)).changed
    assert edited(odd, comments="Odd.").changed


@pytest.mark.parametrize("name", ["", " ", "[ACCOUNT_CUSTOM_FIELD:nothing]"])
def test_a_name_that_comes_to_nothing_is_refused(name: str) -> None:
    """Also where its merge fields are empty."""
    with pytest.raises(DefinitionError, match=r"\$\.name: must not be empty"):
        edited(state_of(Stage("Intake"), DONE), name=name)


# -- items ---------------------------------------------------------------------------------------


def test_a_task_knows_who_must_act_and_until_when() -> None:
    """From its template when it is made, as its request says too (R-23)."""
    task = TaskTemplate("File", assignees=["mia", Role("preparer")], due=APRIL)
    book = book_of(
        Stage("Intake", [CreateTask(task), CreateTask(PREPARE)]), DONE, templates=(task, PREPARE)
    )
    account = account_of(roles={"preparer": {"tom"}})

    decision = opening(book=book, account=account)

    file, prepare = decision.job.items
    (request, _) = asked(decision, Task)
    assert (file.assignees, file.due, file.since) == (
        frozenset({"mia", "tom"}),
        APRIL,
        NOON,
    )
    assert (request.assignees, request.due) == (file.assignees, file.due)
    assert (prepare.assignees, prepare.due) == (frozenset(), None)


def test_an_item_is_reassigned_and_rescheduled() -> None:
    """Each has its line; the same again changes nothing (R-23)."""
    state = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    id = state.job.item("Prepare").id

    there = rules.reassign(state, id, frozenset({"mia"}), NOON, MIA)
    back = rules.reassign(after(state, there), id, frozenset({"tom"}), NOON, MIA)
    later = rules.reschedule(state, id, OCTOBER, NOON, MIA)
    never = rules.reschedule(after(state, later), id, None, NOON, MIA)

    (line,) = events(back, ItemReassigned)
    assert (line.added, line.removed) == (frozenset({"tom"}), frozenset({"mia"}))
    assert back.job.item("Prepare").assignees == {"tom"}
    assert rules.reassign(after(state, there), id, frozenset({"mia"}), NOON, MIA).changed is False
    (day,) = events(never, ItemRescheduled)
    assert (day.before, day.due, never.job.item("Prepare").due) == (OCTOBER, None, None)
    assert rules.reschedule(state, id, None, NOON, MIA).changed is False


def test_a_clients_item_is_a_members_for_a_while() -> None:
    """One without assignees is the client's."""
    state = state_of(Stage("Intake"), DONE, items=[item_of("Form", ItemKind.ORGANIZER)])

    mias = after(state, rules.reassign(state, "job-1/1", frozenset({"mia"}), NOON, MIA))
    clients = rules.reassign(mias, "job-1/1", frozenset(), NOON, MIA)

    assert mias.job.item("Form").assignees == {"mia"}
    assert clients.job.item("Form").assignees == frozenset()


def updating(state: State) -> State:
    """Return a state in which the port of tasks takes changes."""
    return replaced(state, updates=True)


def test_the_host_of_a_task_is_told_of_the_last_change_alone() -> None:
    """Where its port takes changes; one that has not left is withdrawn (R-23)."""
    state = updating(begun(Stage("Intake", [CreateTask(PREPARE)]), DONE))
    id = state.job.item("Prepare").id
    form = item_of("Form", ItemKind.ORGANIZER)
    asked_of_client = updating(state_of(Stage("Intake"), DONE, items=[form]))

    first = rules.reassign(state, id, frozenset({"mia"}), NOON, MIA)
    second = rules.reschedule(updating(after(state, first)), id, APRIL, NOON, MIA)
    clients = rules.reassign(asked_of_client, "job-1/1", frozenset({"mia"}), NOON, MIA)

    (told,), (again,) = asked(first, TaskChange), asked(second, TaskChange)
    assert (told.item, told.name, told.ref, told.request) == (
        id,
        "Prepare",
        None,
        state.job.item("Prepare").request,
    )
    assert (told.assignees, told.due) == ({"mia"}, None)
    assert (again.assignees, again.due) == ({"mia"}, APRIL)
    assert (first.withdraws, second.withdraws) == ((), (told.key,))
    assert told.key != again.key
    assert rules.made_item(told) is None
    assert clients.requests == ()
    linked = updating(state_of(Stage("Intake"), DONE, items=[item_of("Call")]))
    (known,) = rules.reassign(linked, "job-1/1", frozenset({"mia"}), NOON, MIA).requests
    assert (known.ref, known.request) == ("t-1", None)  # type: ignore[attr-defined]


def test_nobody_new_must_act_on_what_is_done() -> None:
    """Nor on what is archived; and the item is one of the job's."""
    state = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    done, archived = completed(state, "Prepare"), put(state, "Archived")
    id = state.job.item("Prepare").id

    with pytest.raises(NotAllowedError, match="'Prepare' is completed and cannot be reassigned"):
        rules.reassign(done, id, frozenset({"mia"}), NOON, MIA)
    with pytest.raises(NotAllowedError, match="'Prepare' is completed and cannot be rescheduled"):
        rules.reschedule(done, id, APRIL, NOON, MIA)
    with pytest.raises(NotAllowedError, match="is archived and cannot be worked on"):
        rules.reschedule(archived, id, APRIL, NOON, MIA)
    with pytest.raises(NotFoundError, match="no item 'job-1/9'"):
        rules.reassign(state, "job-1/9", frozenset(), NOON, MIA)
