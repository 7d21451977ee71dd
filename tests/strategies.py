"""Hypothesis strategies for every value of the model and the ports.

`values_of(cls)` draws any valid value of a class, or of the kinds of a base class: its fields are
drawn by their annotations, and those that know rules of their own are drawn here by hand.
"""

import string
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

from pipeflow.codec.kinds import FAMILIES
from pipeflow.model.account_conditions import BalanceAbove, BalanceBelow, RoleFilled, RoleIs
from pipeflow.model.accounts import Account, AccountType, Contact, Member, Role, TagChange
from pipeflow.model.automations import (
    Automation,
    CreateTask,
    NotifyTeam,
    Repeat,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from pipeflow.model.checks import LARGEST
from pipeflow.model.client_conditions import Answered, AnswerIs, PackageIs
from pipeflow.model.conditions import (
    AccountIs,
    AllOf,
    AnyOf,
    Condition,
    FieldIs,
    Not,
    Tagged,
    TaggedAny,
)
from pipeflow.model.dates import After
from pipeflow.model.events import Chapter, Event
from pipeflow.model.facts import CreditIssued, Fact, PaymentReceived, PaymentRefunded
from pipeflow.model.field_conditions import (
    FieldAbove,
    FieldAfter,
    FieldBefore,
    FieldBelow,
    FieldIn,
    FieldSet,
)
from pipeflow.model.job_automations import (
    SetStatus,
    StartJob,
    TransferJob,
    UpdateClientStatus,
    UpdateJob,
)
from pipeflow.model.job_conditions import Assigned, OlderThan, PipelineIs, PriorityIs
from pipeflow.model.job_statuses import BUILT_IN, Status
from pipeflow.model.language import REMINDED, Language
from pipeflow.model.money import Money
from pipeflow.model.periods import Nth, Weekday
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.reminders import Reminders, ReminderText
from pipeflow.model.schedules import Schedule
from pipeflow.model.settings import Settings
from pipeflow.model.stages import Stage
from pipeflow.model.templates import (
    ClientRequestTemplate,
    ClientView,
    Discount,
    EmailTemplate,
    Folder,
    FolderTemplate,
    InvoiceTemplate,
    JobTemplate,
    LaterInvoice,
    LineItem,
    MessageTemplate,
    OrganizerTemplate,
    Package,
    Priority,
    ProposalTemplate,
    Question,
    QuestionKind,
    Section,
    TaskTemplate,
    Template,
)
from pipeflow.model.text import composed, slug, spelt
from pipeflow.model.triggers import AroundDate, TimeInStage, WhenDone
from pipeflow.model.values import FieldValue, FrozenMap
from pipeflow.model.windows import WINDOWED, SendingWindow
from tests.rules.timetables import nths, rhythms, schedules

T = TypeVar("T")

# -- scalars -------------------------------------------------------------------------------------

_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(_CHARACTERS, max_size=12).map(composed)
names = st.one_of(
    st.sampled_from(["Billing", "Régie & Co.", "納税", "1040 for [ACCOUNT_NAME]", "-", "~?[\"']"]),
    texts.filter(str.strip),
)
ids = st.one_of(st.sampled_from(["a", "b", "tax", "welcome-2"]), names)
emails = st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True)
whole_numbers = st.integers(-(2**53), 2**53)
decimals = st.decimals(-(10**12), 10**12, places=4) | st.sampled_from(
    [
        Decimal("0.00"),
        Decimal("1E+3"),
        Decimal("-0"),
        Decimal("450.00"),
        Decimal("1E+15"),
        Decimal("-1E-60"),
        Decimal("0E+60"),
        Decimal("0." + "9" * 60),
    ]
)
dates = st.dates()
_ZONES = st.sampled_from(
    [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))]
)
instants = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=_ZONES)
durations = st.timedeltas(timedelta(days=-999_999), timedelta(days=999_999))
clocks = st.times().map(lambda found: found.replace(microsecond=0, fold=0))
periods = st.timedeltas(timedelta(microseconds=1), timedelta(days=3660))
counts = st.integers(1, 1000)
fields = st.one_of(
    texts, whole_numbers, st.booleans(), decimals, dates, st.lists(names, max_size=3).map(tuple)
)
field_maps = st.dictionaries(names, fields, max_size=3).map(FrozenMap)
tags = st.frozensets(names, max_size=3)
people = st.frozensets(names | st.builds(Role, names), max_size=3)
attachments = st.lists(names, max_size=2)


@st.composite
def changes(draw: st.DrawFn, entries: st.SearchStrategy[frozenset[Any]]) -> dict[str, Any]:
    """Draw what is added and what is removed; nothing is both."""
    add = draw(entries)
    return {"add": add, "remove": draw(entries) - add}


tag_changes = changes(tags).map(lambda change: TagChange(**change))
whens = st.one_of(
    st.none(), dates, st.builds(After, st.integers(0, 400), months=st.integers(0, 99))
)
reminders = st.builds(Reminders, periods, counts)
maybe_reminders = st.none() | reminders
tongues = st.sampled_from(["de", "pt-BR", "zh-Hant"])
_SAID = st.builds(
    ReminderText,
    names,
    texts,
    number=st.none() | counts,
    language=st.just("") | tongues,
) | st.builds(ReminderText, body=names, last=st.just(value=True))
reminder_texts = st.lists(
    _SAID, unique_by=lambda one: (one.number, one.last, one.language), max_size=2
)
languages = st.builds(
    Language,
    tongues,
    st.lists(names, min_size=12, max_size=12),
    st.lists(names, min_size=7, max_size=7),
    list_end=st.sampled_from(["{others}, {last}", "{others} & {last}"]),
    week=st.sampled_from(["{number}", "W{number}"]),
    decimal_mark=names,
    yes=texts,
    reminder_subject=texts,
    reminder_body=texts,
    reminder_texts=st.dictionaries(st.sampled_from(REMINDED), reminder_texts, max_size=2),
)


# -- conditions ----------------------------------------------------------------------------------

money = st.builds(Money, decimals, st.sampled_from(["USD", "EUR", "JPY", "KWD", "CLF", "XAU"]))
_SEVERAL = st.lists(names, min_size=1, max_size=3)
_NUMBERS = decimals | whole_numbers.filter(lambda number: abs(number) <= LARGEST)
_VALUES = st.lists(
    fields.filter(lambda value: not isinstance(value, tuple)), min_size=1, max_size=3
)
_QUESTIONS: dict[Any, st.SearchStrategy[Any]] = {
    Tagged: _SEVERAL.map(Tagged),
    TaggedAny: _SEVERAL.map(TaggedAny),
    AccountIs: st.sampled_from(AccountType).map(AccountIs),
    FieldIs: st.builds(FieldIs, names, fields),
    FieldSet: st.builds(FieldSet, names),
    FieldIn: st.builds(FieldIn, names, _VALUES),
    FieldBelow: st.builds(FieldBelow, names, _NUMBERS),
    FieldAbove: st.builds(FieldAbove, names, _NUMBERS),
    FieldBefore: st.builds(FieldBefore, names, dates),
    FieldAfter: st.builds(FieldAfter, names, dates),
    RoleFilled: st.builds(RoleFilled, names),
    RoleIs: st.builds(RoleIs, names, _SEVERAL),
    BalanceBelow: st.builds(BalanceBelow, money),
    BalanceAbove: st.builds(BalanceAbove, money),
    PriorityIs: st.lists(st.sampled_from(Priority), min_size=1, max_size=3).map(PriorityIs),
    PipelineIs: _SEVERAL.map(PipelineIs),
    OlderThan: st.integers(0, 36_525).map(OlderThan),
    Assigned: st.lists(names | st.builds(Role, names), min_size=1, max_size=3).map(Assigned),
    Answered: st.builds(Answered, names),
    AnswerIs: st.builds(AnswerIs, names, _VALUES),
    PackageIs: _SEVERAL.map(PackageIs),
}


def _combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(several.map(AllOf), several.map(AnyOf), inner.map(Not))


conditions: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(*_QUESTIONS.values()), _combined, max_leaves=4
).filter(lambda condition: condition.depth <= 8)
_COMBINED: dict[Any, st.SearchStrategy[Any]] = {
    AllOf: st.lists(conditions, min_size=1, max_size=2).map(AllOf),
    AnyOf: st.lists(conditions, min_size=1, max_size=2).map(AnyOf),
    Not: conditions.map(Not),
}
maybe_conditions = st.none() | conditions
_OF_JOBS = (PriorityIs, PipelineIs, OlderThan, Assigned, Answered, AnswerIs, PackageIs)
account_conditions = st.one_of(*(one for kind, one in _QUESTIONS.items() if kind not in _OF_JOBS))


# -- templates -----------------------------------------------------------------------------------

_PRICES = st.decimals(0, 10_000, places=2).map(lambda amount: Money(amount, "USD"))
_PERCENTAGES = st.decimals(0, 100, places=1)
_LINES = st.builds(
    LineItem,
    names,
    _PRICES,
    quantity=st.decimals(0, 100, places=2),
    tax=_PERCENTAGES,
    description=texts,
    member=st.none() | names,
    code=texts,
)
_DISCOUNTS = st.one_of(
    st.builds(Discount, percent=_PERCENTAGES, description=texts),
    st.builds(Discount, amount=_PRICES),
)
_BILLED_LATER = st.builds(
    LaterInvoice,
    names,
    st.lists(_LINES, min_size=1, max_size=2),
    start=whens,
    autopay=st.booleans(),
) | st.builds(
    LaterInvoice,
    names,
    st.lists(_LINES, min_size=1, max_size=2),
    every=st.just(After(months=1)),
    times=st.integers(2, 200),
)
_PACKAGES = st.builds(
    Package, names, texts, services=st.lists(_LINES, max_size=2), tags=st.none() | tag_changes
)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Draw a question, which offers choices only where its kind does."""
    kind = draw(st.sampled_from(QuestionKind))
    offers = kind in {QuestionKind.CHOICE, QuestionKind.CHOICES}
    changed = st.dictionaries(names, st.none() | tag_changes, min_size=int(offers), max_size=3)
    return Question(
        draw(names),
        kind=kind,
        choices=draw(changed) if offers or kind is QuestionKind.YES_NO else {},
        required=draw(st.booleans()),
        field=draw(st.none() | names),
        help=draw(texts),
    )


@st.composite
def organizers(draw: st.DrawFn) -> OrganizerTemplate:
    """Draw an organizer that asks nothing twice."""
    asked = draw(st.lists(questions(), unique_by=lambda question: question.text, max_size=3))
    cut = draw(st.integers(0, len(asked)))
    return OrganizerTemplate(
        draw(names),
        id=draw(ids),
        questions=asked[:cut],
        sections=[Section(draw(names), asked[cut:])],
        title=draw(texts),
        fallback_title=draw(texts),
        folder=draw(texts),
        notify_on_upload=draw(st.booleans()),
        reminders=draw(maybe_reminders),
        reminder_texts=draw(reminder_texts),
    )


_PATHS = st.lists(
    st.text(string.ascii_letters + "åß é年", min_size=1, max_size=6).filter(str.strip),
    min_size=1,
    max_size=3,
).map("/".join)
_ORDERED = st.lists(dates, min_size=2, max_size=2).map(sorted)


@st.composite
def _schedules(draw: st.DrawFn) -> Schedule:
    """Draw a schedule with everything that it may say."""
    return attrs.evolve(
        draw(schedules()),
        name=draw(names),
        id=draw(ids),
        pipeline=draw(ids),
        accounts=draw(account_conditions | st.lists(ids, min_size=1, max_size=3, unique=True)),
        template=draw(st.none() | ids),
        assignees=draw(st.none() | people),
        priority=draw(st.none() | st.sampled_from(["low", "urgent"])),
        revision=draw(st.none() | counts),
    )


_WINDOWS = st.builds(
    SendingWindow,
    st.lists(st.sampled_from(Weekday), min_size=1, max_size=3),
    st.builds(time, st.integers(0, 11), st.integers(0, 59)),
    st.builds(time, st.integers(12, 23), st.integers(0, 59)),
    st.lists(st.sampled_from(WINDOWED), min_size=1, max_size=3),
)

_OWN: dict[Any, st.SearchStrategy[Any]] = {
    SendingWindow: _WINDOWS,
    **rhythms,
    Nth: nths,
    Schedule: _schedules(),
    Member: st.builds(
        Member,
        names,
        st.none() | emails,
        id=ids,
        default_access=st.booleans(),
        active=st.booleans(),
        revision=st.none() | counts,
    ),
    Role: st.builds(Role, names),
    Contact: st.builds(Contact, names, st.none() | emails, fields=field_maps, zip_code=texts),
    Account: st.builds(
        Account,
        names,
        st.lists(st.builds(Contact, names, st.none() | emails, notify=st.booleans()), max_size=2),
        tags=tags,
        access=tags,
        fields=field_maps,
        roles=st.lists(names, max_size=2, unique_by=spelt).flatmap(
            lambda roles: st.fixed_dictionaries(
                {role: st.lists(names, max_size=2, unique=True) for role in roles}
            )
        ),
        type=st.sampled_from(AccountType),
        active=st.booleans(),
        id=texts,
        revision=st.none() | counts,
        language=st.just("") | tongues,
        balance=st.none() | money,
    ),
    TagChange: tag_changes,
    After: st.builds(
        After, st.integers(-36_600, 36_600), months=st.integers(0, 99), years=st.integers(0, 9)
    ),
    Reminders: reminders,
    ReminderText: _SAID,
    Language: languages,
    Money: money,
    LineItem: _LINES,
    Discount: _DISCOUNTS,
    Package: _PACKAGES,
    LaterInvoice: _BILLED_LATER,
    Question: questions(),
    Section: st.builds(Section, names, st.lists(questions(), max_size=2)),
    ClientView: st.builds(ClientView, texts, texts, texts),
    Folder: st.builds(Folder, _PATHS, files=attachments),
    **_QUESTIONS,
    **_COMBINED,
    Condition: conditions,
    EmailTemplate: st.builds(
        EmailTemplate,
        names,
        texts,
        texts,
        id=ids,
        mode=st.sampled_from(["account", "contact"]),
        attachments=attachments,
        sender=st.none() | names,
        format=st.sampled_from(["text", "html"]),
    ),
    MessageTemplate: st.builds(
        MessageTemplate,
        names,
        texts,
        texts,
        st.lists(names, unique=True, max_size=3),
        id=ids,
        sender=st.none() | names,
        reminders=maybe_reminders,
        attachments=attachments,
        reminder_texts=reminder_texts,
        fallback_title=texts,
    ),
    InvoiceTemplate: st.builds(
        InvoiceTemplate,
        names,
        st.lists(_LINES, min_size=1, max_size=3),
        id=ids,
        title=texts,
        fallback_title=texts,
        description=texts,
        discount=st.none() | _DISCOUNTS,
        on_account=st.booleans(),
        reminders=maybe_reminders,
        reminder_texts=reminder_texts,
    ),
    OrganizerTemplate: organizers(),
    TaskTemplate: st.builds(
        TaskTemplate,
        names,
        id=ids,
        description=texts,
        assignees=people,
        tags=tags,
        due=whens,
        subtasks=st.lists(names, unique=True, max_size=3),
    ),
    ProposalTemplate: st.builds(
        ProposalTemplate,
        names,
        id=ids,
        signatures=st.sampled_from(["one", "all"]),
        invoice_on_acceptance=st.none() | ids,
        title=texts,
        fallback_title=texts,
        introduction=texts,
        services=st.lists(_LINES, max_size=2),
        packages=st.lists(_PACKAGES, unique_by=lambda package: package.name, max_size=3),
        later=st.lists(_BILLED_LATER, max_size=2),
        member=st.none() | names,
        reminders=maybe_reminders,
        reminder_texts=reminder_texts,
    ),
    ClientRequestTemplate: st.builds(
        lambda asked, **rest: ClientRequestTemplate(
            uploads=asked[:1], questions=[Question(one) for one in asked[1:]], **rest
        ),
        st.lists(names, min_size=1, max_size=3, unique=True),
        name=names,
        id=ids,
        title=texts,
        fallback_title=texts,
        description=texts,
        folder=texts,
        accept=st.booleans(),
        due=whens,
        reminders=maybe_reminders,
        reminder_texts=reminder_texts,
    ),
    FolderTemplate: st.builds(
        FolderTemplate,
        names,
        st.lists(st.builds(Folder, _PATHS), unique_by=lambda folder: folder.path, max_size=3),
        id=ids,
    ),
    JobTemplate: st.builds(
        lambda start_and_due, **rest: JobTemplate(
            start=start_and_due[0], due=start_and_due[1], **rest
        ),
        _ORDERED,
        name=names,
        id=ids,
        job_name=texts,
        assignees=people,
        time_budget=st.none() | periods,
        client_view=st.none() | st.builds(ClientView, texts),
    ),
    Settings: st.builds(
        Settings,
        bank_payments=st.sampled_from(["cleared", "submitted"]),
        on_empty=st.sampled_from(["stay", "advance"]),
        attempts=counts,
        backoff=periods,
        revision=st.none() | counts,
        language=tongues,
        languages=st.lists(languages, unique_by=lambda one: one.tag, max_size=2),
        reminder_texts=st.dictionaries(st.sampled_from(REMINDED), reminder_texts, max_size=2),
        window=st.none() | _WINDOWS,
        day_starts=clocks,
    ),
    PaymentReceived: st.builds(
        PaymentReceived,
        st.decimals("0.01", 10**9, places=2).map(lambda amount: Money(amount, "USD")),
        st.booleans(),
        st.none() | names,
    ),
    CreditIssued: st.builds(
        CreditIssued,
        st.decimals("0.01", 10**9, places=2).map(lambda amount: Money(amount, "USD")),
        names,
    ),
    PaymentRefunded: st.builds(
        PaymentRefunded,
        names,
        st.none() | st.decimals("0.01", 10**9, places=2).map(lambda amount: Money(amount, "USD")),
    ),
    FieldValue: fields,
    str: names,
    int: counts,
    bool: st.booleans(),
    Decimal: decimals,
    date: dates,
    datetime: instants,
    timedelta: durations,
    time: clocks,
    NoneType: st.none(),
}


# -- automations and pipelines -------------------------------------------------------------------


@cache
def _automations(cls: type[Automation], *, ids_given: bool = True) -> st.SearchStrategy[Automation]:
    repeats = [one for one in Repeat if cls.makes_item or one is not Repeat.UNLESS_OPEN]
    common: dict[str, Any] = {
        "id": st.none() | ids if ids_given else st.none(),
        "when": maybe_conditions,
        "repeat": st.sampled_from(repeats),
    }
    made = {field.name for field in attrs.fields(cls)}
    if "template" in made:
        common["template"] = ids
    if "reminders" in made:
        then = st.lists(st.builds(CreateTask, ids), max_size=2)
        common["reminders"] = maybe_reminders | st.builds(Reminders, periods, counts, then=then)
    if cls.makes_item:
        common["holds"] = st.booleans()
    for flag in made & {"clear", "reset"}:
        common[flag] = st.booleans()
    change: st.SearchStrategy[dict[str, Any]] = st.just({})
    if issubclass(cls, UpdateAccountTags):
        change = changes(tags)
    elif issubclass(cls, UpdateAccountAccess | UpdateJobAssignees):
        change = changes(people)
    elif cls is NotifyTeam:
        common |= {"to": people, "subject": names, "body": texts}
    elif cls is StartJob:
        common |= {"pipeline": ids, "stage": st.none() | ids, "name": texts}
    elif cls is TransferJob:
        common |= {"pipeline": ids, "stage": st.none() | ids}
    elif cls is SetStatus:
        common["status"] = names
    elif cls is UpdateClientStatus:
        change = st.fixed_dictionaries(dict.fromkeys(("name", "status", "description"), texts))
        change = change | st.just({"visible": False})
    elif cls is UpdateJob:
        change = _ORDERED.map(lambda pair: {"start": pair[0], "due": pair[1]})
        common |= {"priority": st.none() | st.sampled_from(Priority)}
        common |= dict.fromkeys(("name", "description", "comments"), texts)
    build: Any = cls  # each kind has fields of its own
    return st.builds(lambda change, **rest: build(**change, **rest), change, **common)


automations = st.one_of(*(_automations(cls) for cls in FAMILIES[Automation]))
_FIRED = st.lists(
    st.one_of(*(_automations(cls, ids_given=False) for cls in FAMILIES[Automation])),
    min_size=1,
    max_size=1,
)
_SPANS = st.builds(After, st.integers(1, 400), months=st.integers(0, 99), years=st.integers(0, 9))
_TRIGGERS: dict[Any, st.SearchStrategy[Any]] = {
    WhenDone: st.builds(WhenDone, ids, _FIRED, id=st.none() | ids),
    TimeInStage: st.builds(
        TimeInStage, _SPANS, _FIRED, id=st.none() | ids, skip_if_late=st.booleans()
    ),
    AroundDate: st.builds(
        AroundDate, names, _OWN[After], _FIRED, id=st.none() | ids, skip_if_late=st.booleans()
    ),
}
_STATUSES = st.builds(
    Status, names, quiet=st.booleans(), automations=_FIRED | st.just(()), automove=st.booleans()
)


def _distinct(drawn: list[T], what: Callable[[T], object]) -> list[T]:
    """Leave out what is like another in what makes it one of its kind.

    hypothesis does so too, but where it turns something down it tells the whole strategy, and those
    of automations are long.
    """
    return list({what(one): one for one in drawn}.values())


@st.composite
def stages(draw: st.DrawFn, *, inner: bool = False) -> Stage:
    """Draw a stage; only one between others may be conditional."""
    return Stage(
        draw(names),
        _distinct(draw(st.lists(automations, max_size=2)), lambda one: one.id or id(one)),
        when=draw(maybe_conditions) if inner else None,
        automove=draw(st.booleans()) if inner else False,
        time_limit=draw(st.none() | periods),
        id=draw(ids),
        triggers=draw(st.just(()) | st.tuples(_TRIGGERS[TimeInStage])),
    )


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    """Draw a pipeline that keeps the rules of first and last stages."""
    middle = draw(st.lists(stages(inner=True), max_size=2))
    ends = draw(st.lists(stages(), min_size=1, max_size=2))
    several = [*ends[:1], *(middle if len(ends) > 1 else ()), *ends[1:]]
    drawn = _distinct(draw(st.lists(_STATUSES, max_size=2)), lambda one: slug(spelt(one.name)))
    statuses = [one for one in drawn if spelt(one.name) not in BUILT_IN]
    return Pipeline(
        draw(names),
        list({stage.id: stage for stage in several}.values())
        if len(ends) == 1
        else _apart(several),
        id=draw(ids),
        description=draw(texts),
        job_template=draw(st.none() | ids),
        statuses=statuses,
        triggers=draw(st.just(()) | st.tuples(_TRIGGERS[AroundDate])),
        revision=draw(st.none() | counts),
    )


def _apart(several: list[Stage]) -> list[Stage]:
    """Give stages ids that differ; what the triggers of two fire would share theirs."""
    first, *others = [
        attrs.evolve(stage, id=f"{stage.id}/{number}") for number, stage in enumerate(several)
    ]
    return [first, *(attrs.evolve(stage, triggers=()) for stage in others)]


_OWN |= {Automation: automations, Stage: stages(), Pipeline: pipelines(), Status: _STATUSES}
_OWN |= _TRIGGERS
_OWN |= {cls: _automations(cls) for cls in FAMILIES[Automation]}


# -- history -------------------------------------------------------------------------------------


@st.composite
def chapters(draw: st.DrawFn) -> Chapter:
    """Draw a chapter with events of any kind."""
    events = draw(st.lists(values_of(Event), max_size=4))
    return Chapter(draw(instants), draw(ids), draw(ids), tuple(event.line() for event in events))


_OWN |= {Chapter: chapters()}


# -- everything else, by its annotations ---------------------------------------------------------


def values_of(kind: type[T]) -> st.SearchStrategy[T]:
    """Draw any valid value of a class, or of any kind of a base class."""
    return _of(cast("Any", kind))


@cache
def _of(kind: Any) -> st.SearchStrategy[Any]:
    if kind == FieldValue:
        return fields
    if kind in _OWN:
        return _OWN[kind]
    if kind in FAMILIES:
        return st.one_of(*(_of(cls) for cls in FAMILIES[kind]))
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return st.one_of(*(_of(arg) for arg in args))
    if origin is tuple and args[-1] is Ellipsis:
        return st.lists(_of(args[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(_of(arg) for arg in args))
    if origin is frozenset:
        return st.frozensets(_of(args[0]), max_size=3)
    if origin is FrozenMap:
        return st.dictionaries(_of(args[0]), _of(args[1]), max_size=3).map(FrozenMap)
    if attrs.has(kind):
        hints = get_type_hints(kind)
        drawn = {field.name: _of(hints[field.name]) for field in attrs.fields(kind) if field.init}
        return st.builds(kind, **drawn)
    return st.sampled_from(list(kind))  # an enumeration


facts: st.SearchStrategy[Fact] = values_of(Fact)
templates: st.SearchStrategy[Template] = values_of(Template)
