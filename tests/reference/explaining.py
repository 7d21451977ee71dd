"""Whether explanations are true: held against the naive firm, and done on a branch of the firm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from pipeflow import (
    Event,
    Explanation,
    JobMoved,
    JobTransferred,
    StatusChanged,
    TriggerFired,
    WaitReason,
)
from pipeflow.engine import Branch
from tests.reference import reminding
from tests.reference.automations import holds
from tests.reference.facts import covered
from tests.reference.firm import OVER, Firm
from tests.reference.things import Job, Letter, State

__all__ = ["check_said", "check_time", "check_way"]

OPEN, STATUS, NEXT = WaitReason.OPEN_ITEMS, WaitReason.STATUS, WaitReason.NEXT_FACT
MOST = 60  # things to be done until a job moves, of which some bring about others
DAYS = 5
ENDS = "then it is Active"  # what is said of a status that ends by itself
CHANGES = (JobMoved, JobTransferred, StatusChanged)


# -- what is so just now -------------------------------------------------------------------------


def check_said(firm: Firm, job: Job, told: Explanation) -> None:
    """Each thing that is said of a job is so, as the naive firm reckons it."""
    assert told.reason == _reason(firm, job), told
    assert bool(told.silent) == reminding.silent(firm, job), told
    _check_ahead(firm, job, told)
    _check_items(firm, job, told)
    today = firm.now.astimezone(ZoneInfo(firm.zone)).date()
    late = job.due is not None and job.due < today and job.status not in OVER
    assert any("it was due" in one for one in told.overdue) == late, told
    failed = [
        one
        for one in firm.asked
        if one.job == job.id and one.tries and one.state in {Letter.WAITS, Letter.GIVEN_UP}
    ]
    assert len(told.failures) == len(failed), told


def _reason(firm: Firm, job: Job) -> WaitReason:
    """Say why a job stays, by the rules of the naive firm."""
    stage, own = firm.stage_of(job), firm.status_of(job)
    if stage is None:
        return WaitReason.STAGE_GONE
    if job.status != "Active":
        ends = own is not None and own.automove and not job.paused
        return NEXT if ends and firm.is_done(job.waited_for(job.setting)) else STATUS
    if job.paused:
        return WaitReason.PAUSED
    if not stage.automove:
        last = stage == firm.pipelines[job.pipeline].stages[-1]
        return WaitReason.LAST_STAGE if last else WaitReason.AUTOMOVE_OFF
    if any(one.state is State.PENDING for one in job.waited_for()):
        return OPEN
    return NEXT if firm.is_done(job.waited_for()) else WaitReason.NOTHING_COMPLETED


def _check_ahead(firm: Firm, job: Job, told: Explanation) -> None:
    """The stage that it would enter is the next whose condition holds; the others' do not."""
    stages, stage = firm.pipelines[job.pipeline].stages, firm.stage_of(job)
    if stage in {None, stages[-1]}:
        assert told.next is None, told
        return
    if told.next is None:  # what was done in a pause has yet to change tags, or to bring a bill
        assert any(one.held for one in job.things), told
        assert told.passes == (), told
        return
    assert stage is not None
    later = stages[stages.index(stage) + 1 :]
    target = next((s for s in later[:-1] if holds(s.when, firm, job)), later[-1])
    assert told.next == target.id, told
    assert [id for id, _ in told.passes] == [s.id for s in later[: later.index(target)]], told
    for _, why in told.passes:
        _check_claim(firm, job, why)


def _check_claim(firm: Firm, job: Job, why: str) -> None:
    """What is said of tags and of the priority, as a reason, is so."""
    assert why.strip()
    tags = firm.clients[job.account].tags
    for name in re.findall(r"account lacks the tag '(\w+)'", why):
        assert name not in tags, why
    for name in re.findall(r"account has the tag '(\w+)'", why):
        assert name in tags, why
    for several in re.findall(r"account has none of the tags ((?:'\w+'(?:, )?)+)", why):
        assert tags.isdisjoint(re.findall(r"\w+", several)), why
    for name in re.findall(r"job's priority is (\w+),", why):
        assert name == job.priority, why


def _check_items(firm: Firm, job: Job, told: Explanation) -> None:
    """Whatever is said of a thing is so: whether it is waited for, and when it is reminded of."""
    lines = str(told).splitlines()
    things = {one.id: one for one in job.things}
    assert all(things[id].state is State.RESOLVED for id in told.cancelled), told
    open_ = {
        one.id for one in job.things if one.state is State.PENDING or reminding.unanswered(one)
    }
    waited = {one.id for one in told.waits_for}
    older = {one.id for one in told.older}
    assert waited <= open_, told
    assert older <= open_ - waited, told
    for thing in job.things:
        if thing.id not in open_:
            continue
        line = next(one for one in lines if f"({thing.id})" in one and "when it came" not in one)
        if covered(thing):
            continue
        heard = bool(firm.clients[job.account].heard_at())
        assert ("next reminder" in line) == (heard and thing.next is not None), line
        assert heard or thing.next is None or "nobody takes mail" in line, line
        silent = "nobody is reminded" in line or "no reminders while" in line
        assert not (silent and thing.next), line
        assert ("declined" in line) == thing.declined, line


# -- what comes of it ----------------------------------------------------------------------------


class _Deed:
    """One thing that is done to a job of a branch, and what comes of it."""

    def __init__(self, branch: Branch, job: str, told: Explanation) -> None:
        """Do the first thing that is named, or evaluate automove where nothing is."""
        before, account = branch.job(job), branch.account(branch.job(job).account)
        known = len(branch.history(job))
        self.told = told
        self.one = told.waits_for[0] if told.waits_for else None
        if self.one is not None:
            branch.complete(self.one)
        else:
            branch.reevaluate(job)
        self.after = branch.job(job)
        self.events: list[Event] = [*branch.history(job)][known:]
        ids = {item.id for item in before.items}
        self.made = [item for item in self.after.items if item.id not in ids]
        self.fired = any(isinstance(event, TriggerFired) for event in self.events)
        self.heeds = branch.account(account.id) == account  # nothing of it was changed
        self.move = next((one for one in self.events if isinstance(one, JobMoved)), None)
        still = {item.id for item in self.after.items if str(item.state) == "pending"}
        self.left = [one for one in told.waits_for[1:] if one.id in still]
        self.ended = any(
            isinstance(one, StatusChanged) and one.status == "Active" for one in self.events
        )


def check_way(branch: Branch, job: str) -> None:
    """Doing what is named moves the job, to the stage that is named; less does not."""
    for _ in range(MOST):
        told = branch.explain(job)
        if told.reason not in {NEXT, OPEN} and not (
            told.reason is STATUS and ENDS in told.sentence
        ):
            assert not told.moves_itself, told
            _check_stays(branch, job, told)
            return
        deed = _Deed(branch, job, told)
        if told.status != "Active":
            _check_ending(deed)
        else:
            _check_move(deed)
        if deed.move is not None or deed.ended:
            return
    raise AssertionError(f"it did not move after {MOST} things were done: {branch.explain(job)}")


def _check_move(deed: _Deed) -> None:
    told, came = deed.told, {item.name for item in deed.made if deed.one is not None
                             and item.origin == deed.one.id}  # fmt: skip
    assert came <= {*told.to_come}, f"{came} came, and was not told: {told}"
    if deed.fired:
        return  # what a trigger brings about may be anything
    if deed.left or came:
        assert deed.move is None, f"it moved though {deed.left or came} is open: {told}"
        return
    assert not told.to_come, f"nothing came of it: {told}"
    assert deed.move is not None, f"it did not move: {told}"
    assert deed.move.source == told.stage, told
    if deed.heeds:
        assert deed.move.stage == told.next, f"it moved to {deed.move.stage!r}: {told}"


def _check_ending(deed: _Deed) -> None:
    if deed.fired or deed.after.paused is not None:  # it ends when the job is resumed
        return
    if deed.left or deed.made:
        assert not deed.ended, f"its status ended though something is open: {deed.told}"
    else:
        assert deed.ended, f"its status did not end: {deed.told}"


def _check_stays(branch: Branch, job: str, told: Explanation) -> None:
    """A job that only a hand moves stays, whatever is done of all that is open."""
    before, known = branch.job(job), len(branch.history(job))
    for item in before.open_items:
        branch.complete(item.id)
    branch.reevaluate(job)
    _check_unmoved([*branch.history(job)][known:], told)


def _check_unmoved(events: list[Event], told: Explanation) -> None:
    """Nothing moved it before a trigger fired, if one did."""
    for event in events:
        if isinstance(event, TriggerFired):
            return
        assert not isinstance(event, CHANGES), f"{event}, though it said: {told}"


def check_time(branch: Branch, job: str) -> None:
    """Time alone moves no job, but by triggers, and these are told of."""
    told, known = branch.explain(job), len(branch.history(job))
    branch.advance(days=DAYS)
    events = [*branch.history(job)][known:]
    _check_unmoved(events, told)
    first: Any = next(_fired(events), None)
    if first is not None and not first.trigger.endswith(".then"):
        assert f"trigger {first.when} (" in str(told), f"{first} was not told of: {told}"


def _fired(events: list[Event]) -> Iterator[TriggerFired]:
    return (one for one in events if isinstance(one, TriggerFired))
