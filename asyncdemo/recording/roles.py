"""Which code is what to the recorder: the learner's own, a landmark, or of no interest."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FrameType

from asyncdemo.recording import landmarks
from asyncdemo.recording.labels import VARARGS, VARKEYWORDS, CallLabels

VARIABLE = VARARGS | VARKEYWORDS


class Roles:
    """The role of each code object, looked up once, and what else all threads share.

    Args:
        owns: Tells whether a file is the learner's own.
        watch: Called once with each code that is of interest, and its role.
        on_thread: Called in each new thread, before it does anything.

    Attributes:
        known: The roles, by the id of a code object.
        callers: Frames of sync callers that entered a block: calls they make have them as
            parents.
        labels: Makes the labels of calls with arguments.
        new_tasks: Frames of tasks that were created and have not started.

    Example:
        >>> roles = Roles(lambda file: True, lambda code, role: None, print)
        >>> roles.of(compile("", "cafe.py", "exec")) == landmarks.OTHER
        True
    """

    def __init__(
        self,
        owns: Callable[[str], bool],
        watch: Callable[[CodeType, int], object],
        on_thread: Callable[[], object],
    ) -> None:
        self.owns = owns
        self.watch = watch
        self.on_thread = on_thread
        self.known: dict[int, int] = {}
        self.callers: set[int] = set()
        self.labels = CallLabels()
        self.new_tasks: set[int] = set()
        self._owned: dict[int, bool] = {}  # by the id of any code object
        self._codes: list[CodeType] = []  # keeps those ids from being reused

    def of(self, code: CodeType) -> int:
        """Which landmark that code is, or whether it is a coroutine of the learner's own."""
        role = self.known.get(id(code))
        if role is None:
            flags = landmarks.COROUTINE | landmarks.ASYNC_GENERATOR
            if code.co_flags & flags and self.owns(code.co_filename):
                role = _own_role(code)
            else:
                role = landmarks.landmark(code)
            self._codes.append(code)
            self.known[id(code)] = role
            if role != landmarks.OTHER:
                self.watch(code, role)
        return role

    def is_own(self, code: CodeType) -> bool:
        """Whether that code is a coroutine or async generator of the learner's own."""
        return self.of(code) in landmarks.OWN

    def forget(self) -> None:
        """Look at all code anew: what is the learner's own has changed."""
        self.known.clear()
        self._owned.clear()

    def place_above(self, frame: FrameType) -> tuple[CodeType | None, int]:
        """Where the learner's code called what `frame` runs."""
        owned_of = self._owned.get
        above = frame.f_back
        while above is not None:
            code = above.f_code
            owned = owned_of(id(code))
            if owned is None:
                self._codes.append(code)
                owned = self._owned[id(code)] = self.owns(code.co_filename)
            if owned:
                return code, above.f_lasti
            above = above.f_back
        return None, 0


def _own_role(code: CodeType) -> int:
    if code.co_flags & landmarks.ASYNC_GENERATOR:
        return landmarks.GENERATOR
    has_arguments = code.co_argcount or code.co_kwonlyargcount or code.co_flags & VARIABLE
    return landmarks.WORDED if has_arguments else landmarks.USER
