"""Worlds: which accounts may stand before each automation of a list when its turn comes.

Between the turns of one list nobody else acts, so what stands before an automation is what the
ones before it left of whatever account came in (A-2). An account is told apart by the tags for
which conditions ask, and a world more by each answer that there may be to their other questions.
So what fires in none of these worlds can never fire.

A set of worlds is a whole number with a bit for each world, so that thousands are looked at in one
step. Where conditions ask for more things than fit, the rest may be answered either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..model.automations import Automation, Repeat, UpdateAccountTags, UpdateJobAssignees
from ..model.conditions import Tagged, TaggedAny
from ..model.job_automations import UpdateJob
from ..model.job_conditions import Assigned, PriorityIs
from ..model.logic import AllOf, AnyOf, Condition, Not
from .subjects import Subject, subjects_of

__all__ = ["MOST_THINGS", "Turn", "World", "Worlds", "can_hold", "needed", "turns"]

MOST_THINGS = 16  # yes and no, by which the worlds of a list are told apart

Tags = frozenset[str]


class World(NamedTuple):
    """One way in which an account, and the job, may answer some conditions."""

    tags: Tags
    yes: frozenset[str]  # the other questions that are answered with yes, as they are written


class Answer(NamedTuple):
    """The worlds in which a condition may hold, and those in which it holds for sure."""

    may: int
    must: int


class Turn(NamedTuple):
    """An automation at its turn: the worlds that stand before it, and those in which it fires."""

    automation: Automation
    before: int
    fires: int


class _Digit(NamedTuple):
    """Where the answer to a subject stands in the number of a world."""

    subject: Subject
    place: int
    width: int


class Worlds:
    """All worlds that some conditions tell apart."""

    def __init__(self, conditions: Iterable[Condition | None], pipeline: str = "") -> None:
        """Number the worlds.

        Args:
            conditions: What tells them apart.
            pipeline: The id of the pipeline in which the job is; "" where it may be in any.
        """
        leaves = [leaf for one in conditions if one is not None for leaf in one.leaves()]
        tags = sorted(Tags().union(*(leaf.tags for leaf in leaves)))
        others = [one for one in leaves if not isinstance(one, Tagged | TaggedAny)]
        self._tags = {tag: bit for bit, tag in enumerate(tags[:MOST_THINGS])}
        self._digits: list[_Digit] = []
        things = len(self._tags)
        for one in subjects_of(others, pipeline):
            width = (len(one.answers) - 1).bit_length()
            if things + width <= MOST_THINGS:
                self._digits.append(_Digit(one, things, width))
                things += width
        self.whole = len(tags) + len({*map(repr, others)}) == len(self._tags) + sum(
            len(one.subject.questions) for one in self._digits
        )
        self._every = (1 << (1 << things)) - 1
        self._highs = [self._high(bit) for bit in range(things)]
        self.all = self._every  # but the numbers that stand for no answer
        self._yes: dict[str, int] = {}
        for digit in self._digits:
            where = [self._answered(digit, n) for n in range(len(digit.subject.answers))]
            self.all &= self._union(where)
            for asked in map(repr, digit.subject.questions):
                pairs = zip(where, digit.subject.answers, strict=True)
                self._yes[asked] = self._union(worlds for worlds, yes in pairs if asked in yes)

    def _high(self, bit: int) -> int:
        """Return the worlds in whose number a bit is set."""
        return self._every ^ self._every // ((1 << (1 << bit)) + 1)

    def _answered(self, digit: _Digit, number: int) -> int:
        """Return the worlds with one answer to a subject."""
        return self._where(digit.place, digit.width, number, self._every)

    def _where(self, place: int, width: int, number: int, worlds: int) -> int:
        """Return those of some worlds in which a number stands in so many bits."""
        for bit in range(width):
            high = self._highs[place + bit]
            worlds &= high if number >> bit & 1 else ~high
        return worlds

    @staticmethod
    def _union(several: Iterable[int]) -> int:
        found = 0
        for one in several:
            found |= one
        return found

    def answer(self, condition: Condition | None) -> Answer:
        """Say where a condition holds."""
        everywhere = Answer(self.all, self.all)
        match condition:
            case None:
                return everywhere
            case Not(of):
                inner = self.answer(of)
                return Answer(self.all & ~inner.must, self.all & ~inner.may)
            case AllOf(of):
                return self._all_of(map(self.answer, of))
            case AnyOf(of):
                return self._any_of(map(self.answer, of))
            case Tagged(names):
                return self._all_of(map(self.tagged, names))
            case TaggedAny(names):
                return self._any_of(map(self.tagged, names))
            case _:
                there = self._yes.get(repr(condition))
                if there is None:
                    return Answer(self.all, 0)
                return Answer(there & self.all, there & self.all)

    def tagged(self, tag: str) -> Answer:
        """Say where accounts have a tag."""
        if tag not in self._tags:
            return Answer(self.all, 0)
        there = self._highs[self._tags[tag]] & self.all
        return Answer(there, there)

    def _all_of(self, answers: Iterable[Answer]) -> Answer:
        may = must = self.all
        for one in answers:
            may, must = may & one.may, must & one.must
        return Answer(may, must)

    def _any_of(self, answers: Iterable[Answer]) -> Answer:
        may = must = 0
        for one in answers:
            may, must = may | one.may, must | one.must
        return Answer(may, must)

    # -- what automations do to them --------------------------------------------------------------

    def after(self, one: Automation, worlds: int) -> int:
        """Return where an automation leads that fires in some worlds."""
        for place, width, answers in self._changes(one):
            plain = worlds
            for bit in range(place, place + width):
                plain = plain & ~self._highs[bit] | (plain & self._highs[bit]) >> (1 << bit)
            worlds = self._union(plain << (number << place) for number in answers)
        return worlds

    def before(self, one: Automation, worlds: int) -> int:
        """Return from where an automation may lead to some worlds."""
        for place, width, answers in self._changes(one):
            found = 0
            for number in answers:
                found |= self._where(place, width, number, worlds) >> (number << place)
            for bit in range(place, place + width):
                found |= found << (1 << bit)
            worlds = found & self.all
        return worlds

    def _changes(self, one: Automation) -> Iterator[tuple[int, int, Sequence[int]]]:
        """Yield the bits that an automation changes, and what stands in them then."""
        if isinstance(one, UpdateAccountTags):
            for tag, bit in self._tags.items():
                if one.clear or tag in one.add or tag in one.remove:
                    yield bit, 1, (int(tag in one.add),)
        for digit in self._digits:
            first = digit.subject.questions[0]
            count = range(len(digit.subject.answers))
            if isinstance(one, UpdateJobAssignees) and isinstance(first, Assigned):
                yield digit.place, digit.width, count
            elif isinstance(one, UpdateJob) and one.priority and isinstance(first, PriorityIs):
                for_it = frozenset(
                    repr(question)
                    for question in digit.subject.questions
                    if isinstance(question, PriorityIs) and one.priority in question.priorities
                )
                yield digit.place, digit.width, (digit.subject.answers.index(for_it),)

    # -- what they are ----------------------------------------------------------------------------

    def smallest(self, worlds: int) -> World:
        """Return one of some worlds, with as few tags and as little else as will do."""
        tags: set[str] = set()
        for tag, bit in self._tags.items():
            if worlds & ~self._highs[bit]:
                worlds &= ~self._highs[bit]
            else:
                tags.add(tag)
        yes: frozenset[str] = frozenset()
        for digit in self._digits:
            for number in sorted(
                range(len(digit.subject.answers)), key=lambda n: len(digit.subject.answers[n])
            ):
                if worlds & self._answered(digit, number):
                    worlds &= self._answered(digit, number)
                    yes |= digit.subject.answers[number]
                    break
        return World(Tags(tags), yes)

    def lost(self, worlds: int) -> Tags:
        """Return the tags that no account has in any of some worlds."""
        return Tags(tag for tag, bit in self._tags.items() if not worlds & self._highs[bit])

    def sure(self, worlds: int) -> Tags:
        """Return the tags that accounts have in all of some worlds."""
        return Tags(tag for tag, bit in self._tags.items() if not worlds & ~self._highs[bit])


def can_hold(condition: Condition, pipeline: str = "") -> bool:
    """Tell whether any account at all, and any job, would fulfil a condition."""
    return bool(Worlds((condition,), pipeline).answer(condition).may)


def needed(condition: Condition) -> Tags:
    """Return the tags without which a condition cannot hold; none where it can never."""
    worlds = Worlds((condition,))
    may = worlds.answer(condition).may
    return worlds.sure(may) if may else Tags()


def turns(automations: Iterable[Automation], worlds: Worlds) -> Iterator[Turn]:
    """Go through a list in order, and yield each automation at its turn.

    What fires once a job does not in later visits (A-46).
    """
    standing = worlds.all
    for one in automations:
        asked = worlds.answer(one.when)
        fires = standing & asked.may
        yield Turn(one, standing, fires)
        surely = asked.must if one.repeat is Repeat.ALWAYS else 0
        standing = worlds.after(one, fires) | standing & ~surely
