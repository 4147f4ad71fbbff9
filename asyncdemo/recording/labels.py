"""Labels for calls: a function's name and its arguments, as far as they are plain.

A label must not run the program's own code nor keep its objects: only exact `int`, `float`,
`str`, `bool` and `None` are shown by value, everything else by the name of its type.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Mapping
from contextvars import Context
from types import BuiltinFunctionType, CodeType, CoroutineType, FrameType, FunctionType, MethodType
from typing import Any

MAX_TEXT = 40
MAX_BITS = 128

VARARGS, VARKEYWORDS = 0x04, 0x08


def plain(value: object) -> str:
    """The text that stands for one value.

    Example:
        >>> plain("tea"), plain(1.5), plain([1, 2]), plain(print)
        ("'tea'", '1.5', '[…]', 'print')
    """
    kind = type(value)
    if kind is str:
        return _text(value)  # type: ignore[arg-type]  # its exact type was looked at
    if kind is int:
        return repr(value) if value.bit_length() <= MAX_BITS else "int(…)"  # type: ignore[attr-defined]
    if kind is float or kind is bool or value is None:
        return repr(value)
    if kind is FunctionType or kind is BuiltinFunctionType or kind is type:
        return str(value.__name__)  # type: ignore[attr-defined]
    if kind is MethodType:
        return plain(value.__func__)  # type: ignore[attr-defined]
    if kind is CoroutineType:
        return f"{value.__name__}(…)"  # type: ignore[attr-defined]
    return BRACKETS.get(kind) or f"{kind.__name__}(…)"


BRACKETS: dict[type, str] = {list: "[…]", tuple: "(…)", dict: "{…}", set: "{…}"}


def _text(value: str) -> str:
    return repr(value) if len(value) <= MAX_TEXT else repr(value[: MAX_TEXT - 1]) + "…"


def plain_call(name: str, args: Iterable[object], kwargs: Mapping[str, object]) -> str:
    """The label of a call with these arguments."""
    shown = [plain(value) for value in args]
    shown += [f"{key}={plain(value)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(shown)})"


def plain_name(code: CodeType) -> str:
    """A function's qualified name without the functions it is nested in."""
    return code.co_qualname.rpartition("<locals>.")[2]


def call_label(frame: FrameType) -> str:
    """The label of the call that `frame` is about to begin."""
    code = frame.f_code
    name = plain_name(code)
    names = code.co_varnames[: code.co_argcount]
    if "." in name and names[:1] in (("self",), ("cls",)):
        names = names[1:]
    keywords = code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
    if not (names or keywords or code.co_flags & (VARARGS | VARKEYWORDS)):
        return f"{name}()"
    values = frame.f_locals
    args = [values[n] for n in names if n in values]
    kwargs = {n: values[n] for n in keywords if n in values}
    rest = code.co_argcount + code.co_kwonlyargcount
    if code.co_flags & VARARGS:
        args += values.get(code.co_varnames[rest], ())
        rest += 1
    if code.co_flags & VARKEYWORDS:
        kwargs |= values.get(code.co_varnames[rest], {})
    forget(values)
    return plain_call(name, args, kwargs)


def forget(values: Any) -> None:
    """Drop the references that 3.12 leaves on a frame whose `f_locals` were read (PEP 667)."""
    if type(values) is dict:
        values.clear()


type Submitted = tuple[object, tuple[object, ...], dict[str, object]]


def submitted_call(
    function: object, args: tuple[object, ...], kwargs: dict[str, object]
) -> Submitted:
    """The call that a job given to an executor makes, without `asyncio.to_thread`'s wrapping."""
    if type(function) is functools.partial:
        args, kwargs = (*function.args, *args), function.keywords | kwargs
        function = function.func
        if args and type(function) is BuiltinFunctionType and type(function.__self__) is Context:
            # to_thread() submits partial(context.run, function, *args).
            function, args = args[0], args[1:]
    return function, args, kwargs


def caller_label(code: CodeType) -> str:
    """The label of the code that entered a `with record()` block.

    Example:
        >>> caller_label(compile("", "/home/ann/cafe.py", "exec"))
        'cafe.py'
    """
    if code.co_name == "<module>" or code.co_name.startswith("<cell line"):
        in_notebook = "ipykernel_" in code.co_filename or code.co_name != "<module>"
        return "cell" if in_notebook else os.path.basename(code.co_filename)
    return f"{plain_name(code)}({'…' if code.co_argcount or code.co_kwonlyargcount else ''})"
