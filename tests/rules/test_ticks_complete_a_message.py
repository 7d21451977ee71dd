"""Checklists: client tasks of messages, subtasks of tasks, and a reply that stops reminders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    ClientTaskChecked,
    ClientTaskUnchecked,
    CreateTask,
    FactRecorded,
    ItemCompleted,
    ItemKind,
    ItemState,
    MessageReplied,
    MessageTemplate,
    RemindersStopped,
    SendMessage,
    Stage,
    SubtaskChecked,
    rules,
)
from pipeflow.model.items import Checklist
from tests.rules.states import (
    CHECKLIST,
    DAILY,
    DONE,
    NEWS,
    PREPARE,
    TEMPLATES,
    after,
    begun,
    book_of,
    events,
    item_of,
    recorded,
    state_of,
    told,
)

TASKS = ["A", "B", "C"]


def sent(message: MessageTemplate) -> rules.State:
    """Start a job whose first stage sends a message with reminders."""
    stage = Stage("Intake", [SendMessage(message, reminders=DAILY)], automove=True)
    return begun(book=book_of(stage, DONE, templates=(*TEMPLATES, message)))


def test_tasks_that_an_older_version_kept_as_they_were_typed_are_ticked__r_16() -> None:
    """R-16: facts are composed, and the items of a store that is there stay what they are."""
    sheet = Checklist(("Releve\u0301", "Rec\u0327u"), ("Rec\u0327u",))
    old = item_of("Papers", ItemKind.MESSAGE, progress=sheet)
    state = state_of(Stage("Intake"), DONE, items=(old,))

    ticked = told(state, "Papers", ClientTaskChecked("Relevé")).job.items[0]
    unticked = told(state, "Papers", ClientTaskUnchecked("Reçu")).job.items[0]

    assert ticked.state is ItemState.COMPLETED
    assert unticked.progress == Checklist(("Relevé", "Reçu"))


@given(st.permutations(TASKS))
def test_the_last_tick_completes_the_message_in_any_order(order: list[str]) -> None:
    """Each of the others is noted (domain.md 2.3)."""
    state = sent(MessageTemplate("Tasks", subject="S", client_tasks=TASKS))

    for task in order[:-1]:
        decision = told(state, "Tasks", ClientTaskChecked(task))
        assert [event.note for event in events(decision, FactRecorded)] == [task]
        state = after(state, decision)
    last = told(state, "Tasks", ClientTaskChecked(order[-1]))

    assert (len(events(last, ItemCompleted)), last.job.stage) == (1, "done")


def test_a_tick_taken_back_is_noted_once_and_lets_a_completed_message_wait_again() -> None:
    """A tick that was never there cannot be taken back."""
    ticked = recorded(sent(CHECKLIST), "Checklist", ClientTaskChecked("Scan"))

    taken = told(ticked, "Checklist", ClientTaskUnchecked("Scan"))
    done = recorded(ticked, "Checklist", ClientTaskChecked("Upload"))
    back = recorded(done, "Checklist", ClientTaskUnchecked("Upload"))

    assert [event.note for event in events(taken, FactRecorded)] == ["Scan"]
    assert told(ticked, "Checklist", ClientTaskUnchecked("Upload")).changed is False
    assert done.job.item("Checklist").state is ItemState.COMPLETED
    assert back.job.item("Checklist").state is ItemState.PENDING


@pytest.mark.parametrize(("message", "stops"), [(NEWS, True), (CHECKLIST, False)])
def test_a_reply_stops_the_reminders_where_no_task_is_open(
    message: MessageTemplate, stops: bool
) -> None:
    """It is noted, once, and completes nothing (domain.md part 4)."""
    state = sent(message)

    decision = told(state, message.name, MessageReplied())

    assert (decision.job.items[0].timer is None) is stops
    assert len(events(decision, RemindersStopped)) == stops
    assert events(decision, ItemCompleted) == []
    assert told(after(state, decision), message.name, MessageReplied()).changed is False


def test_ticked_subtasks_are_noted_and_never_complete_the_task() -> None:
    """All of them, each once (domain.md 2.3)."""
    state = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)

    both = recorded(state, "Prepare", SubtaskChecked("Enter"), SubtaskChecked("Check"))

    assert both.job.item("Prepare").progress == Checklist(("Enter", "Check"), ("Enter", "Check"))
    assert both.job.stage == "intake"
    assert told(both, "Prepare", SubtaskChecked("Enter")).changed is False


def test_of_a_linked_task_any_subtask_may_be_ticked() -> None:
    """What it consists of is not known here (domain.md 2.3)."""
    state = state_of(Stage("Intake"), items=[item_of("Task", ItemKind.TASK)])

    ticked = recorded(state, "Task", SubtaskChecked("Anything"))

    assert ticked.job.item("Task").progress == Checklist((), ("Anything",))
