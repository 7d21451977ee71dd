"""Classes of values come bare, and are finished by attrs when somebody first uses them."""

import copy
import inspect
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
import pytest

from pipeflow.model.record import Plain, frozen, record, replaced


@frozen
class Parcel(Plain):
    """A frozen value of this test."""

    sort: ClassVar[str] = "parcel"

    text: str
    size: int = 1

    def told(self) -> str:
        """Say what it holds."""
        return self.text

    @property
    def length(self) -> int:
        """Count its letters."""
        return len(self.text)

    @classmethod
    def named(cls) -> str:
        """Say what it is called."""
        return cls.sort


def unused() -> Any:
    """Make a class with a base, both of them as an import leaves them."""

    @frozen
    class Base(Plain):
        text: str

    @frozen(kw_only=True)
    class Sized(Base):
        size: int = attrs.field(default=1, converter=int)
        tags: list[str] = attrs.field(factory=list)

    return Sized


def is_finished(cls: type) -> bool:
    """Tell whether attrs has written what it writes."""
    return inspect.isfunction(vars(cls)["__init__"])


def write(cls: Any) -> None:
    """Write to a value that no constructor made."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        cls.__new__(cls).text = "a"


USES: dict[str, Callable[[Any], object]] = {
    "one is made": lambda cls: cls("a"),
    "its fields are asked for": attrs.fields,
    "it is asked whether attrs made it": attrs.has,
    "its signature is looked at": inspect.signature,
    "its patterns are looked at": lambda cls: cls.__match_args__,
    "one is unpickled": lambda cls: cls.__new__(cls).__setstate__({"text": "a", "size": 1}),
    "a bare one is written to": write,
    "attrs makes a class of it": lambda cls: attrs.define(type("Child", (cls,), {})),
    "one of a plain subclass is made": lambda cls: type("Child", (cls,), {})("a"),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_class_is_finished_when_it_is_first_used(use: Callable[[Any], object]) -> None:
    """Whatever comes first, its bases are finished with it, and nothing is left to do."""
    cls = unused()
    assert not is_finished(cls)

    use(cls)

    assert is_finished(cls)
    assert is_finished(cls.__base__)
    assert [field.name for field in attrs.fields(cls)] == ["text", "size", "tags"]
    assert str(inspect.signature(cls)).startswith("(text: str, *, size=1, tags: list[str]")
    assert cls.__match_args__ == ("text",)
    assert repr(cls("a", size="2")) == f"{cls.__qualname__}(text='a', size=2, tags=[])"
    assert attrs.inspect(cls).is_frozen
    assert attrs.inspect(cls).is_slotted


def test_a_finished_class_is_what_attrs_alone_would_make() -> None:
    """With nothing missing and nothing left over."""

    @attrs.frozen(eq=False, repr=False)
    class ByAttrs(Plain):
        text: str
        size: int = attrs.field(default=1, converter=int)

    @frozen
    class ByUs(Plain):
        text: str
        size: int = attrs.field(default=1, converter=int)

    wanted: tuple[object, ...] = attrs.fields(ByAttrs)

    assert attrs.fields(ByUs) == wanted
    assert vars(ByUs).keys() == vars(ByAttrs).keys()
    assert vars(ByUs)["__slots__"] == vars(ByAttrs)["__slots__"]
    assert inspect.signature(ByUs) == inspect.signature(ByAttrs)
    assert attrs.inspect(ByUs) == attrs.inspect(ByAttrs)


def test_a_value_survives_pickle_and_copy() -> None:
    """It is pickled by the name of its class, which stays the same."""
    parcel, field = Parcel("a", 2), "size"

    for twin in (pickle.loads(pickle.dumps(parcel)), copy.copy(parcel), attrs.evolve(parcel)):
        assert twin == parcel
    assert replaced(parcel, size=3) == Parcel("a", 3)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        parcel.size = 3  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        delattr(parcel, field)


def test_only_frozen_values_can_be_referred_to_weakly() -> None:
    """Records are made by the thousand, and a reference's place would weigh on each."""

    @record
    class Label(Plain):
        text: str

    parcel = Parcel("a")

    assert weakref.ref(parcel)() is parcel
    with pytest.raises(TypeError):
        weakref.ref(Label("a"))


def test_super_speaks_of_the_class_that_stays() -> None:
    """In methods, properties and class methods, of which the first decides for all."""

    @frozen
    class ByMethod(Parcel):
        def told(self) -> str:
            return f"{super().told()}!"

    @frozen
    class ByProperty(Parcel):
        @property
        def length(self) -> int:
            return super().length + 1

    @frozen
    class ByClass(Parcel):
        @classmethod
        def named(cls) -> str:
            return f"{super().named()} {__class__.__name__}"  # type: ignore[name-defined]

    assert ByMethod("a").told() == "a!"
    assert ByProperty("a").length == 2
    assert ByClass.named() == "parcel ByClass"


def test_a_subclass_with_a_constructor_of_its_own_may_call_the_first() -> None:
    """Also where nobody has used the base before."""
    base: Any = unused()

    class Own(base):  # type: ignore[misc]
        __slots__ = ()

        def __init__(self) -> None:
            super().__init__("own", size=3)

    assert Own().size == 3
    assert Own().text == "own"


def test_what_the_author_wrote_stays() -> None:
    """Neither attrs nor what stands in for it writes over it."""

    @record
    class Own(Plain):
        __match_args__ = ("size",)

        text: str
        size: int = 1

    assert Own("a").size == 1
    assert Own.__match_args__ == ("size",)


def test_threads_may_use_a_class_first_at_the_same_time() -> None:
    """One has it finished, the others wait for that; those who come late find it done."""
    for _ in range(20):
        cls = unused()
        late = vars(cls)["__init__"]
        begin = threading.Barrier(4)
        made: list[Any] = []

        def make(cls: Any = cls, begin: threading.Barrier = begin, made: Any = made) -> None:
            begin.wait()
            made.append(cls("a", size="2"))

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert made == [cls("a", size=2)] * 4
        assert late.__get__(None, cls) is cls.__init__


def test_a_class_that_attrs_refuses_is_refused_at_each_use() -> None:
    """It is never half finished."""

    @record
    class Wrong(Plain):
        size: int = 1
        text: str  # type: ignore[misc]

    wrong: Any = Wrong

    for _ in range(2):
        with pytest.raises(ValueError, match="No mandatory attributes allowed"):
            wrong("a")


def test_an_import_leaves_most_classes_to_their_first_use() -> None:
    """That is what makes it cheap; a value at the top of a module takes a little away."""
    code = (
        "import gc, pipeflow; from pipeflow.model.record import Plain; gc.collect()\n"
        "def tell(cls):\n"
        "    print(type(vars(cls).get('__init__')).__name__)\n"
        "    for child in cls.__subclasses__(): tell(child)\n"
        "tell(Plain)"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    stands = run.stdout.split()
    assert stands.count("_Later") > 0.9 * len(stands)
