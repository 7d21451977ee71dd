"""Faults that rules might have, each of which the walks beside the naive firm must notice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pipeflow import Engine
from tests.reliability.breaking import broken

__all__ = [
    "BRANCHED", "FAULTS", "HANDED", "LINTED", "SAID", "STARTED", "WINDOWED", "Fault", "broken_by",
]  # fmt: skip


class Fault(NamedTuple):
    """What is wrong, in which module (of the rules, unless it says), and what stands there instead
    of what; and the walk that notices it quickest, as long as walks are drawn as they are.
    """

    what: str
    module: str
    old: str
    new: str
    seed: int = 0

    def walks(self, most: int) -> Iterator[int]:
        """Yield the walk that notices it, and others, should that one do so no more."""
        yield self.seed
        yield from range(most)


@cache
def broken_by(fault: Fault) -> type[Engine]:
    """Return the engine as it is with a fault."""
    rooms = ("pipeflow.engine", "pipeflow.rules")
    module = fault.module if "." in fault.module else f"rules.{fault.module}"
    found = broken(rooms[0], f"pipeflow.{module}", fault.old, fault.new, rooms)
    kind: type[Engine] = found.Engine
    return kind


FAULTS = [
    Fault(
        "it fires automations backwards",
        "turns", "    for step in steps:\n        when",
        "    for step in [*steps][::-1]:\n        when",
    ),
    Fault(
        "it asks conditions of the account as it was at entry",
        "turns", "elif when is not None and not when.holds(draft.account, draft):",
        "elif when is not None and not when.holds(draft.state.account, draft):",
    ),
    Fault(
        "it skips nothing that was left out by hand",
        "turns", "if skip and step.id in skip:", "if False:",
        seed=5,
    ),
    Fault(
        "it fires what fires once every time",
        "turns", "if step.once:\n                draft.fired",
        "if False:\n                draft.fired",
        seed=7,
    ),
    Fault(
        "it makes anew what is still open",
        "turns", "if item.state is PENDING:\n                yield place",
        "if False:\n                yield place",
        seed=28,
    ),
    Fault(
        "it leaves behind what was to be carried",
        "left", "if self._what is Open.CARRY:", "if False:",
        seed=4,
    ),
    Fault(
        "it cancels at no port",
        "left", "if request is None or (ref is not None",
        "if True or (ref is not None",
        seed=4,
    ),
    Fault(
        "it lets old items hold the stage",
        "automove", "if item.visit != visit or ", "if ",
        seed=20,
    ),
    Fault(
        "it waits for a completion though nothing was asked",
        "automove", "settings.on_empty is OnEmpty.ADVANCE and not asked", "False",
        seed=7,
    ),
    Fault(
        "it moves on where everything was cancelled",
        "automove", "if completed or (", "if completed or asked or (",
        seed=7,
    ),
    Fault(
        "it never skips a stage",
        "automove", "if one.when is None or one.when.holds(account, job):", "if True:",
        seed=5,
    ),
    Fault(
        "it moves a paused job",
        "automove", "if job.paused is not None:", "if False:",
        seed=7,
    ),
    Fault(
        "it moves a job that a status holds",
        "automove", "if job.status != ACTIVE:", "if False:",
        seed=1,
    ),
    Fault(
        "it uses the number of a visit again",
        "automove", "max(draft.visit, draft.job.highest) + 1", "draft.visit + 1",
        seed=7,
    ),
    Fault(
        "it gives access by default beside those that were named",
        "actions", "access = add if one.add else draft.book.firm.default_access",
        "access = add | draft.book.firm.default_access",
        seed=40,
    ),
    Fault(
        "it unassigns after it has assigned",
        "actions", "after = draft.assignees = (before - remove) | add",
        "after = draft.assignees = (before | add) - remove",
        seed=10,
    ),
    Fault(
        "it counts a debit when it is submitted",
        "payments", "bank_payments is BankPayments.SUBMITTED", "bank_payments is not None",
        seed=5,
    ),
    Fault(
        "it takes a part for the whole",
        "payments", "paid is not None and due is not None and paid >= due",
        "paid is not None and paid.amount > 0",
        seed=1,
    ),
    Fault(
        "it completes what was cancelled",
        "item",
        "if item.state is RESOLVED:\n            if self.is_open:\n"
        "                self.update(marks=item.marks | {Mark.DONE})\n"
        "            self.keep_at_port()\n            self.note_late(LATE)\n"
        "        elif item.state is PENDING:\n            done",
        "if item.state is not COMPLETED:\n            done",
        seed=7,
    ),
    Fault(
        "it takes a completion back only half",
        "item", "opened = replaced(item, state=PENDING, reopened",
        "opened = replaced(item, state=COMPLETED, reopened",
        seed=2,
    ),
    Fault(
        "it lets one signature be enough",
        "signatures", "if by is not None and not after.is_signed:", "if False:",
        seed=2,
    ),
    Fault(
        "it changes no tags for a package",
        "signatures", "if one.name == package and one.tags]", "if False]",
        seed=148,
    ),
    Fault(
        "it makes a second bill for a proposal that is accepted again",
        "signatures", "if bills is not None:", "if False:",
        seed=31,
    ),
    Fault(
        "it reminds while the job is paused",
        "rhythms", "if job.paused is not None:\n        return", "if False:\n        return",
        seed=9,
    ),
    Fault(
        "it reminds in a quiet status",
        "rhythms", "(status in OVER or pipeline.is_quiet(status))", "status in OVER",
        seed=1,
    ),
    Fault(
        "it sends one reminder too many",
        "reminder_mail", "if item.reminded >= item.reminders.times:\n        _then",
        "if item.reminded > item.reminders.times:\n        _then",
        seed=5,
    ),
    Fault(
        "it makes a second reminder while one is under way",
        "reminder_mail", "if mail_key(state.tenant, item) not in state.undelivered:", "if True:",
        seed=165,
    ),
    Fault(
        "it counts reminders by hand",
        "reminder_mail", "item.reminded + 1 if counts else 0", "item.reminded + 1",
        seed=10,
    ),
    Fault(
        "it makes up for the days on which nobody ticked",
        "reminder_mail", "in_time = not is_late(due, draft.now, item.reminders.every)",
        "in_time = True",
        seed=35,
    ),
    Fault(
        "it lets what waits again go on with the reminders that are left",
        "item", "        self.remind_again(anew=True)\n        if item.kind is INVOICE:",
        "        self.remind_again()\n        if item.kind is INVOICE:",
        seed=115,
    ),
    Fault(
        "it fires for used up reminders of what is covered or declined",
        "alarms", "if ended and item.waits and makes_sense(item)", "if ended and item.waits",
        seed=92,
    ),
    Fault(
        "it reminds of a message that asks nothing where a move stopped that",
        "left", " or item.is_unanswered", "",
        seed=12,
    ),
    Fault(
        "it reckons reminders in the zone of the machine",
        "draft", "first, self.book.zone)", "first, __import__('datetime').UTC)",
        seed=11,
    ),
    Fault(
        "it leaves what an undone move made waiting",
        "recall", "replaced(quieted, state=ItemState.RESOLVED, marks=marks)", "quieted",
        seed=7,
    ),
    Fault(
        "it evaluates automove when a move is undone",
        "undo", "    _restore_sets(draft, move, touched)\n    return",
        "    _restore_sets(draft, move, touched)\n"
        "    from .automove import advance\n    advance(draft)\n    return",
        seed=7,
    ),
    Fault(
        "it fires twice what waits for something done",
        "trigger_turns", "if not has_fired(now.fired, _visit_mark(now, pipeline, stage, trigger)):",
        "if not isinstance(now, Draft) or now.armed < 90:",
    ),
    Fault(
        "it fires for what was cancelled as for what was done",
        "trigger_turns", "item.state is COMPLETED and is_waited",
        "item.state is not ItemState.PENDING and is_waited",
        seed=7,
    ),
    Fault(
        "it fires for what was done in an earlier visit",
        "trigger_turns", "if item.visit == now.visit and item.pipe", "if item.pipe",
        seed=18,
    ),
    Fault(
        "it fires late what must not be late",
        "trigger_turns", "late and trigger.skip_if_late", "False",
        seed=17,
    ),
    Fault(
        "it fires a trigger while the job is not Active",
        "wakings", "is_awake(job)", "True",
    ),
    Fault(
        "it moves a job because a trigger did not fire",
        "wakings", "if fire_alarm(draft, alarm):\n            advance(draft)",
        "fire_alarm(draft, alarm)\n        advance(draft)",
        seed=199,
    ),
    Fault(
        "it sets a timer anew for what has fired",
        "alarms", "if not has_fired(fired, mark):", "if not has_fired(set(), mark):",
    ),
    Fault(
        "it keeps the timer of a date that has moved",
        "alarms", "else at == alarm.at)", "else True)",
        seed=21,
    ),
    Fault(
        "it counts the time in a stage from the start of the job",
        "alarms", "after_at_hour(draft.entered, days, draft.entered, zone)",
        "after_at_hour(draft.job.created, days, draft.job.created, zone)",
    ),
    Fault(
        "it fires for used up reminders of what was left behind",
        "alarms", "return item is not None and item.visit != draft.visit", "return False",
        seed=39,
    ),
    Fault(
        "it lets its stage wait for what holds nothing",
        "automove", "item.scope or (item.marks and ASIDE in item.marks):", "item.scope:",
        seed=7,
    ),
    Fault(
        "it lets what belongs to a status hold the stage",
        "automove", "or item.scope or (", "or (",
        seed=16,
    ),
    Fault(
        "it lets a status wait for things of an earlier one",
        "automove", "theirs = [item for item in now.items if item.scope == scope and",
        "theirs = [item for item in now.items if item.scope and",
        seed=56,
    ),
    Fault(
        "it fires the automations of a status in a paused job",
        "status_changes", "if status.automations and draft.paused is None:",
        "if status.automations:",
        seed=25,
    ),
    Fault(
        "it never fires what a status owes",
        "status_changes", "    if alarm is not None:\n", "    if False:\n",
        seed=95,
    ),
    Fault(
        "it lets a job move on that an automation completed",
        "automove", "if status != draft.status:\n", "if status not in {draft.status, *OVER}:\n",
        seed=3,
    ),
    Fault(
        "it takes a status along to another pipeline",
        "automove", "pipeline=book.pipeline.id, status=ACTIVE)", "pipeline=book.pipeline.id)",
        seed=26,
    ),
    Fault(
        "it sets dates that do not fit together",
        "job_changes", "start is not None and due is not None and due < start", "False",
        seed=20,
    ),
    Fault(
        "it forgets what the client saw of an automation's job before",
        "undo", "for shown in move.shown:", "for shown in ():",
        seed=47,
    ),
    Fault(
        "it leaves an undone job with the dates of the move",
        "undo", "if edited := move.edited:", "if edited := None:",
        seed=20,
    ),
    Fault(
        "it reckons the age of a job from its entry",
        "draft", "today(self.job.created, self.book.zone)", "today(self.entered, self.book.zone)",
        seed=12,
    ),
    Fault(
        "it tells no other job of a thing that they share",
        "engine.commands.peers", "for fact in facts if others else ():", "for fact in ():",
        seed=1,
    ),
    Fault(
        "it links what is done elsewhere as if it were open",
        "links", "known is not None and _is_done(known, bill)", "False",
        seed=9,
    ),
    Fault(
        "it forgets what was done while the job was paused",
        "pauses", "if Mark.HELD not in one.item.marks:", "if True:",
        seed=22,
    ),
    Fault(
        "it follows answers while the job is completed",
        "item", "        if status in OVER:\n            self.draft.warn",
        "        if False:\n            self.draft.warn",
        seed=1,
    ),
]  # fmt: skip

# Of what is said of a job, and not so.
SAID = [
    Fault(
        "it says that a job goes on to a stage that it skips",
        "rules.automove",
        "    asked = Draft(state, now, SYSTEM)\n    return next_stage(state.book.pipeline, "
        "asked.stage, asked.account, asked)",
        "    pipeline = state.book.pipeline\n"
        "    return pipeline.stages[pipeline.place(state.job.stage) + 1], []",
    ),
    Fault(
        "it leaves out of what a job waits for what is carried along",
        "insight.open_items",
        "return tuple(item for item in job.open_items if item.holds)",
        "return tuple(i for i in job.open_items if i.holds and i.id.endswith('1'))",
    ),
    Fault(
        "it tells of no invoice that a proposal brings",
        "insight.open_items",
        "    if invoice is not None:\n        yield invoice",
        "    if False:\n        yield ''",
        seed=13,
    ),
    Fault(
        "it says of a document that was declined that the client is reminded of it",
        "insight.open_items",
        "        if Mark.DECLINED not in item.marks:\n",
        "        if True:\n",
        seed=5,
    ),
    Fault(
        "it tells of no trigger that fires in time",
        "insight.coming_triggers",
        'told = f"{self._trigger(alarm)} {self._fires(alarm, now, late=late)}"',
        'told = f"at {alarm.at}"',
    ),
]

# Of what lint says can never happen, and happens.
LINTED = [
    Fault(
        "it forgets that a tag is given again before it is asked for",
        "insight.worlds",
        "yield bit, 1, (int(tag in one.add),)",
        "yield bit, 1, (0,)",
        seed=54,
    ),
    Fault(
        "it takes what is wiped out once for what is wiped out each time",
        "insight.worlds",
        "surely = asked.must if one.repeat is Repeat.ALWAYS else 0\n        standing",
        "surely = asked.must\n        standing",
        seed=174,
    ),
    Fault(
        "it calls a stage closed whose condition few fulfil",
        "insight.tag_checks",
        '        if not can_hold(when, self._pipeline.id):\n            told = f"No account ful',
        '        if True:\n            told = f"No account ful',
        seed=16,
    ),
    Fault(
        "it says that nothing can be completed where an invoice can",
        "insight.stage_checks",
        "    if not one.makes_item:",
        "    if one.kind == 'create_invoice' or not one.makes_item:",
        seed=52,
    ),
]

# Of branches that are none.
BRANCHED = [
    Fault(
        "it writes what is done on a branch into the firm",
        "engine.branching",
        "store=self.overlay,",
        "store=below,",
    ),
    Fault(
        "it asks the firm's own ports",
        "engine.branching",
        "            ports=self.recorder,",
        "            ports=parent.ports,",
    ),
    Fault(
        "it can take nothing back at its ports",
        "engine.branching",
        "            parent.cancels,\n",
        "            frozenset(),\n",
        seed=8,
    ),
]

# What walks notice whose host delivers by itself, and late.
HANDED = [
    Fault(
        "it takes nothing back that comes after its job has left it",
        "engine.commands.receipt",
        "    if left:\n",
        "    if False:\n",
        seed=11,
    ),
    Fault(
        "it knows no more what came after its request was withdrawn",
        "engine.operating",
        "if row.state is DueState.CANCELLED:",
        "if False:",
        seed=152,
    ),
    Fault(
        "it fires once more what somebody has in hand",
        "recall",
        "MAYBE_OUT = LEFT | {DueState.LEASED}",
        "MAYBE_OUT = LEFT",
        seed=413,
    ),
]

# What walks notice in which jobs start others.
STARTED = [
    Fault(
        "it starts anew what has gone on, or has made what is there",
        "engine.commands.job_undo",
        "            out.add(first)\n        else:",
        "            pass\n        else:",
        seed=23,
    ),
    Fault(
        "it takes back what has gone on",
        "engine.commands.job_undo",
        "        if begun.touched:\n            lists",
        "        if False:\n            lists",
        seed=19,
    ),
    Fault(
        "it leaves the tags as a job set them that it takes back",
        "undo",
        "    _restore_account(draft, begun, touched)\n    if draft.status",
        "    if draft.status",
        seed=163,
    ),
    Fault(
        "it lets the same start anew though a bill of it may be there",
        "engine.commands.job_undo",
        "if any(trace.item is not None for trace in gone):",
        "if False:",
        seed=261,
    ),
    Fault(
        "it hurries what is past in a job that another one starts",
        "alarms",
        "not (again or draft.job.starter or",
        "not (again or",
        seed=56,
    ),
]

# What walks notice of firms with a sending window.
WINDOWED = [
    Fault(
        "it lets what is tried again leave at night",
        "engine.sending",
        "        if wait == now:\n",
        "        if wait == now or claim.attempt > 1:\n",
        seed=20,
    ),
    Fault(
        "it hands out what nobody took up while the window was open",
        "engine.sending",
        "        if not isinstance(action, Request) or not",
        "        if True or not",
        seed=5,
    ),
    Fault(
        "it shifts the rhythm of a reminder that waited for the window",
        "reminder_mail",
        "is_late(due if opens is None else opens(due), draft.now, every)",
        "is_late(due, draft.now, every)",
        seed=624,
    ),
    Fault(
        "it takes the hour at which the window closes for one at which it is open",
        "business_hours",
        "if at < closes and",
        "if at <= closes and",
        seed=1,
    ),
    Fault(
        "it lets reminders by hand leave at any hour",
        "business_hours",
        'kind = "reminder" if request.kind is EmailKind.REMINDER else "email"',
        'kind = "" if request.number == 0 else "reminder" if request.number else "email"',
        seed=2,
    ),
]
