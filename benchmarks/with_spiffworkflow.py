"""`SpiffWorkflow`, as its documentation has it: BPMN parsed once, a `BpmnWorkflow` a job.

It keeps the tree of a job's tasks: each automation and each completion with its state, the time
at which that last changed, and a copy of the job's data as it was then.
That tree lives in memory only; to serialize it is another step, which is not taken here.
Nothing keeps whether the host has taken a request.

A stage is three script tasks, which call functions of the script environment, and a user task.
The email's condition is an `if` in its script, as it is an `if` in the callbacks of the others.
A gateway would show it in the diagram and would be one more task a stage.
"""

from __future__ import annotations

from typing import Any, ClassVar
from xml.sax.saxutils import escape, quoteattr

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser, BpmnValidator
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.specs.defaults import ScriptTask, UserTask

from benchmarks.work import MOVES, PLAN, Contender, StagePlan, Tally, Task

PROCESS = "season"
"""The id of the process in the diagram."""


def _scripts(stage: StagePlan) -> dict[str, str]:
    return {
        f"tags-{stage.name}": (
            f"tags = [tag for tag in tags if tag != {stage.remove!r}] + [{stage.add!r}]"
        ),
        f"mail-{stage.name}": (
            f"if {stage.condition!r} in tags:\n    send_email(title, {stage.subject!r})"
        ),
        f"task-{stage.name}": f"create_task(title, {stage.task!r})",
    }


def season() -> str:
    """Write the plan as BPMN.

    Returns:
        The diagram, as an editor would save it but for the shapes.
    """
    nodes = ['<startEvent id="start"/>']
    order = ["start"]
    for stage in PLAN:
        for name, script in _scripts(stage).items():
            nodes.append(f'<scriptTask id="{name}"><script>{escape(script)}</script></scriptTask>')
            order.append(name)
        nodes.append(f'<userTask id="{stage.name}" name={quoteattr(stage.task)}/>')
        order.append(stage.name)
    nodes.append('<endEvent id="end"/>')
    flows = [
        f'<sequenceFlow id="to-{target}" sourceRef="{source}" targetRef="{target}"/>'
        for source, target in zip(order, [*order[1:], "end"], strict=True)
    ]
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
        ' targetNamespace="http://bpmn.io/schema/bpmn">'
        f'<process id="{PROCESS}" isExecutable="true">{"".join(nodes + flows)}</process>'
        "</definitions>"
    )


def run_until_user_input_required(workflow: BpmnWorkflow) -> None:
    """Run what no person has to; the loop of the documentation, without its part for events."""
    task = workflow.get_next_task(state=TaskState.READY, manual=False)
    while task is not None:
        task.run()
        task = workflow.get_next_task(state=TaskState.READY, manual=False)


def open_task(workflow: BpmnWorkflow) -> Any:
    """Find the user task that waits to be completed; none when there is none."""
    return workflow.get_next_task(state=TaskState.READY, manual=True)


class WithSpiffworkflow(Contender):
    """SpiffWorkflow: `BpmnWorkflow` with the default script engine."""

    name: ClassVar[str] = "SpiffWorkflow"
    share: ClassVar[float] = 0.1

    def __init__(self, jobs: int) -> None:
        super().__init__(jobs)
        parser = BpmnParser(validator=BpmnValidator())
        parser.add_bpmn_str(season())
        self.spec = parser.get_spec(PROCESS)
        self.subprocesses = parser.get_subprocess_specs(PROCESS)
        self.engine = PythonScriptEngine(
            TaskDataEnvironment({"send_email": self._send_email, "create_task": self._create_task})
        )
        self.resident: list[BpmnWorkflow] = []

    def _send_email(self, title: str, subject: str) -> None:
        self.host.emails.append((title, subject))

    def _create_task(self, title: str, name: str) -> None:
        self.host.tasks.append(Task(title, name))

    def run(self) -> None:
        """Take every job from its start to the last stage."""
        for number in range(self.jobs):
            workflow = BpmnWorkflow(self.spec, self.subprocesses, script_engine=self.engine)
            workflow.task_tree.set_data(title=f"job-{number}", tags=[])
            run_until_user_input_required(workflow)
            for _ in range(MOVES):
                open_task(workflow).run()
                run_until_user_input_required(workflow)
            self.resident.append(workflow)

    def tally(self) -> Tally:
        """Count what was done, from the tasks that each workflow has completed."""
        waiting = [open_task(workflow) for workflow in self.resident]
        moves = sum(self._completed(workflow, UserTask) for workflow in self.resident)
        automations = sum(self._completed(workflow, ScriptTask) for workflow in self.resident)
        return Tally(
            jobs=len(self.resident),
            moves=moves,
            emails=len(self.host.emails),
            tasks=len(self.host.tasks),
            tags=frozenset(frozenset(task.data["tags"]) for task in waiting),
            finished=sum(task.task_spec.name == PLAN[-1].name for task in waiting),
            history=moves + automations,
        )

    @staticmethod
    def _completed(workflow: BpmnWorkflow, kind: type) -> int:
        return len(workflow.get_tasks(state=TaskState.COMPLETED, spec_class=kind))
