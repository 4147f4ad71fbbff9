"""Labels: the call as it is written, without running or keeping anything of the program's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from scenes import recorded

from asyncdemo.recording.labels import MAX_TEXT, caller_label, plain, submitted_call


class Loud:
    def __repr__(self) -> str:
        raise AssertionError("the program's own code was run")


class Kitchen:
    async def brew(self, drink: str) -> None: ...

    @classmethod
    async def open(cls, hour: int) -> None: ...


async def everything(a: int, b: str = "b", *rest: float, key: bool, **more: object) -> None: ...


async def any_number(*cups: str) -> None: ...


def labels(*calls: Callable[[], Awaitable[object]]) -> list[str]:
    async def scene() -> None:
        for call in calls:
            await call()

    return [span.label for span in recorded(scene).spans[2:]]


def test_arguments_are_shown_as_they_were_bound() -> None:
    kitchen = Kitchen()
    assert labels(
        lambda: kitchen.brew("tea"),
        lambda: Kitchen.open(7),
        lambda: everything(1, key=True),
        lambda: everything(1, "x", 2.5, 3.5, key=False, note=None),
    ) == [
        "Kitchen.brew('tea')",
        "Kitchen.open(7)",
        "everything(1, 'b', key=True)",
        "everything(1, 'x', 2.5, 3.5, key=False, note=None)",
    ]


def test_the_same_function_called_without_and_with_arguments() -> None:
    assert labels(any_number, lambda: any_number("tea"), any_number) == [
        "any_number()",
        "any_number('tea')",
        "any_number()",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("tea", "'tea'"),
        ("x" * 100, "'" + "x" * (MAX_TEXT - 1) + "'…"),
        (10**30, repr(10**30)),
        pytest.param(10**5000, "int(…)", id="huge"),
        (1.5, "1.5"),
        (True, "True"),
        (None, "None"),
        ([1], "[…]"),
        ({"a": 1}, "{…}"),
        (Loud(), "Loud(…)"),
        (Loud, "Loud"),
        (len, "len"),
        (Kitchen().brew, "brew"),
        (asyncio.sleep, "sleep"),
    ],
)
def test_only_plain_values_are_shown(value: object, shown: str) -> None:
    assert plain(value) == shown


def test_a_subclass_of_a_plain_type_is_not_asked_to_show_itself() -> None:
    class Shy(str):
        __slots__ = ()

        def __repr__(self) -> str:
            raise AssertionError("the program's own code was run")

    assert plain(Shy("tea")) == "Shy(…)"


def test_the_call_inside_a_partial_is_found() -> None:
    assert submitted_call(partial(print, 1, end=""), (2,), {"sep": " "}) == (
        print,
        (1, 2),
        {"end": "", "sep": " "},
    )


def test_a_callable_object_given_to_a_thread_is_not_asked_for_attributes() -> None:
    class Touchy:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError("the program's own code was run")

        def __call__(self) -> None: ...

    touchy = Touchy()
    assert submitted_call(partial(touchy), (1,), {}) == (touchy, (1,), {})


def test_a_notebook_cell_is_called_cell() -> None:
    cell = compile("1", "/tmp/ipykernel_7/123.py", "exec")
    assert caller_label(cell) == "cell"
    assert caller_label(cell.replace(co_name="<cell line: 1>")) == "cell"
    assert caller_label(compile("1", "/home/ann/cafe.py", "exec")) == "cafe.py"
    assert caller_label(labels.__code__) == "labels()"
    assert caller_label(plain.__code__) == "plain(…)"
