"""Labels for calls: a function's name and its arguments, as far as they are plain.

A label must not run the program's own code nor keep its objects: only exact `int`, `float`,
`str`, `bool` and `None` are shown by value, everything else by the name of its type.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Mapping
from contextvars import Context
from dataclasses import dataclass
from types import BuiltinFunctionType, CodeType, CoroutineType, FrameType, FunctionType, MethodType
from typing import Any, Final

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
    if kind not in NAMED:
        return BRACKETS.get(kind) or f"{kind.__name__}(…)"
    if kind is MethodType:
        return plain(value.__func__)  # type: ignore[attr-defined]
    name = str(value.__name__)  # type: ignore[attr-defined]
    return f"{name}(…)" if kind is CoroutineType else name


NAMED: Final = frozenset((FunctionType, BuiltinFunctionType, type, MethodType, CoroutineType))
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


class CallLabels:
    """Labels for calls that are about to begin, each function looked at once.

    Example:
        >>> import sys
        >>> def brew(drink, seconds):
        ...     return CallLabels().of(sys._getframe())
        >>> brew("tea", seconds=1.0)
        "brew('tea', 1.0)"
    """

    def __init__(self) -> None:
        self._signatures: dict[int, _Signature] = {}
        # Calls with the same label share one text.
        self._texts: dict[str, str] = {}

    def forget(self) -> None:
        """Let go of the texts that calls have shared so far."""
        self._texts.clear()

    def of(self, frame: FrameType) -> str:
        """The label of the call that `frame` is about to begin."""
        code = frame.f_code
        signature = self._signatures.get(id(code))
        if signature is None:
            signature = self._signatures[id(code)] = _Signature.of(code)
        values = frame.f_locals
        if signature.plainly:
            shown = ", ".join([plain(values.get(name)) for name in signature.names])
            text = f"{signature.name}({shown})"
        else:
            text = signature.label(values)
        if type(values) is dict:
            forget(values)
        return self._texts.setdefault(text, text)


@dataclass(frozen=True, slots=True)
class _Signature:
    """What a function's code says of its arguments."""

    code: CodeType  # keeps its id from being reused
    name: str
    names: tuple[str, ...]
    keywords: tuple[str, ...]
    more: str  # the name that takes further arguments, as `args` does in `*args`
    more_keywords: str
    plainly: bool  # whether there are positional arguments only

    @classmethod
    def of(cls, code: CodeType) -> _Signature:
        name = plain_name(code)
        names = code.co_varnames[: code.co_argcount]
        if "." in name and names[:1] in (("self",), ("cls",)):
            names = names[1:]
        rest = list(code.co_varnames[code.co_argcount :])
        keywords = tuple(rest[: code.co_kwonlyargcount])
        others = rest[code.co_kwonlyargcount :]
        more = others.pop(0) if code.co_flags & VARARGS else ""
        more_keywords = others.pop(0) if code.co_flags & VARKEYWORDS else ""
        plainly = not (keywords or more or more_keywords)
        return cls(code, name, names, keywords, more, more_keywords, plainly)

    def label(self, values: Mapping[str, Any]) -> str:
        args = [values[name] for name in self.names if name in values]
        args += values.get(self.more, ()) if self.more else ()
        kwargs = {name: values[name] for name in self.keywords if name in values}
        kwargs |= values.get(self.more_keywords, {}) if self.more_keywords else {}
        return plain_call(self.name, args, kwargs)


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
