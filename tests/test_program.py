"""`asyncdemo run` runs a program as `python` does, and shows how it ran; `asyncdemo show`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import samples

from asyncdemo.text import to_text
from asyncdemo.timeline import Timeline

PYTHON = (sys.executable,)
# Not the script in the environment's folder, which an editable installation may lack.
STARTED = "import sys; sys.path[0] = sys.prefix; from asyncdemo.cli import app; sys.exit(app())"
COMMAND = (sys.executable, "-c", STARTED)
UNIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="signals end a process otherwise there")
# No test waits for this long unless something hangs.
PATIENCE = 120

CAFE = """\
import asyncio, sys

async def brew(drink, seconds):
    await asyncio.sleep(seconds)
    return drink

async def serve():
    return await asyncio.gather(brew("tea", 0.2), brew("coffee", 0.01))

async def main():
    await asyncio.create_task(serve(), name="waiter")
    print("served")

asyncio.run(main())
"""

type Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file, given its text and its name."""

    def write(text: str, name: str = "cafe.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def call(
    command: tuple[str, ...], *words: str, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    unset = ("NO_COLOR", "FORCE_COLOR", "PYTHONWARNINGS", "PYTHONSAFEPATH", "PYTHONPATH")
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    environment |= {"PYTHONIOENCODING": "utf-8", **variables}
    return subprocess.run(
        [*command, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def recorded(*words: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return call(COMMAND, "run", *words, folder=folder, **variables)


def shown(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return call(COMMAND, "show", *words, folder=folder)


def labels(text: str) -> list[str]:
    """The rows of a text form: tree guide and label."""
    rows = (re.match(r"(.*?) +│[█░]", line) for line in text.splitlines())
    return [row[1] for row in rows if row]


def test_the_timeline_is_shown_when_the_program_has_ended(write: Write) -> None:
    folder = write(CAFE).parent
    ran = recorded("cafe.py", folder=folder)

    assert (ran.returncode, ran.stdout) == (0, "served\n")
    assert labels(ran.stderr) == [
        "cafe.py",
        "└─ main()",
        "   └─ serve()",
        "      ├─ brew('tea', 0.2)",
        "      └─ brew('coffee', 0.01)",
    ]
    assert "\x1b" not in ran.stderr
    assert max(map(len, ran.stderr.splitlines())) <= 100


SELF_PORTRAIT = """\
\"\"\"Its own words.\"\"\"
import os, sys
import neighbour
print(sys.argv, sys.path[0], os.getcwd(), neighbour.__file__)
main = sys.modules["__main__"]
print(main.__dict__ is globals(), __name__, __file__, __package__, __doc__)
print(__spec__ and __spec__.name, type(__loader__).__name__, __builtins__.__name__)
print(sys._getframe().f_code.co_filename, sys.exc_info(), sys.excepthook is sys.__excepthook__)
print(annotations if "annotations" in globals() else "no annotations")
def f(x: int): pass
print(f.__annotations__)
"""


@pytest.mark.parametrize(
    "words",
    [
        ["me.py"],
        ["./me.py", "-o", "x.gif", "--", "--help", "-m"],
        ["package/../me.py", "a b", ""],
        ["-m", "me", "-o", "x.gif", "--focus"],
        ["-m", "package", "1"],
        ["-m", "package.deep", "--", "2"],
        ["package", "3"],
    ],
)
def test_a_program_finds_what_it_finds_under_python(write: Write, words: list[str]) -> None:
    write("", "neighbour.py")
    write("", "package/neighbour.py")
    write("", "package/__init__.py")
    write(SELF_PORTRAIT, "package/__main__.py")
    write(SELF_PORTRAIT, "package/deep.py")
    folder = write(SELF_PORTRAIT, "me.py").parent

    plain = call(PYTHON, *words, folder=folder)
    assert plain.returncode == 0, plain.stderr
    ran = recorded(*words, folder=folder)
    assert (ran.returncode, ran.stdout) == (0, plain.stdout)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_linked_script_finds_what_lies_beside_it(write: Write) -> None:
    write("", "real/neighbour.py")
    script = write(SELF_PORTRAIT, "real/me.py")
    folder = script.parents[1]
    (folder / "link.py").symlink_to(script)

    ran = recorded("link.py", folder=folder)
    assert ran.stdout == call(PYTHON, "link.py", folder=folder).stdout != ""


ENDINGS = {
    "code": "import sys; sys.exit(7)",
    "no code": "import sys; sys.exit()",
    "true": "import sys; sys.exit(True)",
    "text": "import sys; print('out'); sys.exit('the kettle is broken')",
    "object": "raise SystemExit([1, 2])",
    "exception": "def f():\n    1 / 0\n\nf()",
    "chained": "try:\n    {}['tea']\nexcept KeyError as e:\n    raise ValueError('no tea') from e",
    "during": "try:\n    {}['tea']\nexcept KeyError:\n    raise ValueError('no tea')",
    "group": "raise ExceptionGroup('many', [ValueError(1), TypeError(2)])",
    "in a coroutine": "import asyncio\nasync def f():\n    raise OSError(5)\nasyncio.run(f())",
    "broken syntax": "def f(:\n    pass",
    "hook": "import sys\nsys.excepthook = lambda *e: print('hooked', e[0])\n1 / 0",
    "hook that exits": "import sys\nsys.excepthook = lambda *e: sys.exit(9)\n1 / 0",
    "at exit": "import atexit\natexit.register(print, 'closed')\nraise KeyError('x')",
    "thread": "import threading, time\n"
    "def f():\n    time.sleep(0.1); print('late')\nthreading.Thread(target=f).start()",
    "deep": "import runpy\nrunpy.run_path('missing.py')",
    "closed": "import sys\nsys.stdout.close()\n1 / 0",
    "a base exception": "class Stop(BaseException): pass\nraise Stop('now')",
    "a kind of Ctrl-C": "class Stop(KeyboardInterrupt): pass\nraise Stop('now')",
    "nothing": "",
}


AS_MODULE = ("text", "exception", "in a coroutine", "broken syntax", "deep")


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        *((ending, ("cafe.py",)) for ending in ENDINGS),
        *((ending, ("-m", "cafe")) for ending in AS_MODULE),
    ],
)
def test_a_program_ends_as_under_python(write: Write, ending: str, words: tuple[str, ...]) -> None:
    folder = write(ENDINGS[ending]).parent
    plain = call(PYTHON, *words, folder=folder)
    ran = recorded(*words, folder=folder)

    assert (ran.returncode, ran.stdout) == (plain.returncode, plain.stdout)
    # After what Python says there is the timeline, or nothing where no coroutine ran.
    assert ran.stderr.startswith(plain.stderr)
    rest = ran.stderr[len(plain.stderr) :]
    assert "launch.py" not in rest and "Traceback" not in rest


def test_what_ran_before_a_crash_is_shown(write: Write) -> None:
    folder = write(CAFE + "\nraise RuntimeError('the kettle')").parent
    ran = recorded("cafe.py", folder=folder)

    assert ran.returncode == 1
    assert ran.stderr.index("RuntimeError: the kettle\n") < ran.stderr.index("└─ main()")
    assert "✗ raised RuntimeError" in ran.stderr


@UNIX_ONLY
def test_ctrl_c_shows_what_ran_and_ends_as_under_python(write: Write) -> None:
    source = """\
import asyncio, atexit, signal
atexit.register(print, "closed")
async def serve():
    signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(600)
asyncio.run(serve())
"""
    folder = write(source).parent
    plain = call(PYTHON, "cafe.py", folder=folder)
    ran = recorded("cafe.py", folder=folder)

    assert ran.returncode == plain.returncode == -signal.SIGINT
    assert ran.stdout == plain.stdout == "closed\n"
    assert ran.stderr.startswith(plain.stderr)
    assert "KeyboardInterrupt\n" in plain.stderr
    assert re.search(r"└─ serve\(\) .* ⊘ cancelled", ran.stderr)


@UNIX_ONLY
def test_ctrl_c_from_outside_saves_what_ran(write: Write) -> None:
    folder = write(
        CAFE.replace("0.2", "600").replace("    return await", "    print(1)\n    return await")
    ).parent
    with subprocess.Popen(
        [*COMMAND, "run", "-o", "run.json", "cafe.py"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)

    assert process.returncode == -signal.SIGINT
    saved = Timeline.from_json((folder / "run.json").read_text(encoding="utf-8"))
    assert saved.span(0).result == "KeyboardInterrupt"
    assert saved.named("serve")[0].outcome == "cancelled"


@UNIX_ONLY
def test_a_program_that_heeds_ctrl_c_ends_as_it_likes(write: Write) -> None:
    source = """\
import asyncio, signal, sys
async def serve():
    signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(600)
try:
    asyncio.run(serve())
except KeyboardInterrupt:
    sys.exit(4)
"""
    ran = recorded("cafe.py", folder=write(source).parent)

    assert ran.returncode == 4
    assert "└─ serve()" in ran.stderr


PICKLED = """\
import asyncio, multiprocessing, pickle, sys

class Cup:
    def __init__(self, drink):
        self.drink = drink

def fill(cup):
    return Cup(cup.drink.upper())

async def main():
    print(pickle.loads(pickle.dumps(Cup("tea"))).drink)

if __name__ == "__main__":
    asyncio.run(main())
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print(*(cup.drink for cup in pool.map(fill, [Cup("tea"), Cup("cocoa")])))
"""


@pytest.mark.parametrize("words", [["cafe.py"], ["-m", "package.cafe"]], ids=["script", "module"])
@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_classes_of_a_program_travel_between_processes(
    write: Write, words: list[str], method: str
) -> None:
    if os.name == "nt" and method != "spawn":
        pytest.skip("there is no fork")
    write(PICKLED, "package/cafe.py")
    ran = recorded(*words, method, folder=write(PICKLED).parent)

    assert (ran.returncode, ran.stdout) == (0, "tea\nTEA COCOA\n"), ran.stderr
    assert ran.stderr.count("└─ main()") == 1


@UNIX_ONLY
def test_a_forked_child_shows_nothing(write: Write) -> None:
    source = (
        CAFE
        + """
import os
child = os.fork()
if child:
    print("child ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
else:
    sys.exit(5)
"""
    )
    ran = recorded("cafe.py", folder=write(source).parent)

    assert "child ended with 5\n" in ran.stdout
    assert ran.stderr.count("└─ main()") == 1


def test_warnings_are_those_of_python(write: Write) -> None:
    source = "import warnings\nwarnings.warn('old', DeprecationWarning)\n"
    folder = write(source).parent

    assert recorded("cafe.py", folder=folder).stderr.startswith(
        call(PYTHON, "cafe.py", folder=folder).stderr
    )


def test_input_reaches_the_program(write: Write) -> None:
    folder = write("print(input()[::-1])").parent
    ran = subprocess.run(
        [*COMMAND, "run", "cafe.py"],
        cwd=folder,
        input="eat\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert ran.stdout == "tae\n"


def test_each_ending_is_written_and_nothing_shown(write: Write) -> None:
    folder = write("import os; os.mkdir('elsewhere'); os.chdir('elsewhere')\n" + CAFE).parent
    names = ["run.png", "run.svg", "run.pdf", "run.txt", "run.json"]
    (folder / "run.txt").write_text("old", encoding="utf-8")
    ran = recorded(*(w for name in names for w in ("-o", name)), "cafe.py", folder=folder)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "served\n", "")
    starts = [(folder / name).read_bytes()[:5] for name in names[:3]]
    assert starts == [b"\x89PNG\r", b"<?xml", b"%PDF-"]
    text = (folder / "run.txt").read_text(encoding="utf-8")
    assert labels(text)[:2] == ["cafe.py", "└─ main()"]
    saved = Timeline.from_json((folder / "run.json").read_text(encoding="utf-8"))
    assert to_text(saved) + "\n" == text
    caller = saved.span(0)
    assert (caller.label, caller.name, caller.file) == (
        "cafe.py",
        "cafe.py",
        os.path.join(folder, "cafe.py"),  # noqa: PTH118 - as the program names it
    )


def test_a_trace_for_perfetto_is_written(write: Write) -> None:
    pytest.importorskip("asyncdemo.perfetto")
    folder = write(CAFE).parent

    assert recorded("-o", "run.perfetto.json", "cafe.py", folder=folder).stderr == ""
    assert "brew" in json.dumps(json.loads((folder / "run.perfetto.json").read_bytes()))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "run.gif", "cafe.py"], "run.gif: its name must end in one of"),
        (["-o", "no/run.png", "cafe.py"], "no/run.png: there is no folder no"),
        (["--include", "no_such_library", "cafe.py"], "no package or module named"),
        (["--last", "0", "cafe.py"], "last: it is a number of seconds above 0"),
        (["missing.py"], "there is no script missing.py"),
        (["-m", "missing"], "there is no module missing"),
        (["."], "there is no __main__.py in the folder ."),
    ],
)
def test_a_mistake_is_told_before_anything_runs(write: Write, words: list[str], said: str) -> None:
    folder = write("print('ran')\nopen('ran', 'w').close()").parent
    ran = recorded(*words, folder=folder)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert re.fullmatch(r"asyncdemo: [^\n]+\n", ran.stderr)
    assert said in ran.stderr
    assert not (folder / "ran").exists()


def test_a_file_that_cannot_be_written_is_told_and_fails(write: Write) -> None:
    source = "import os\nos.mkdir('run.txt')\n" + CAFE
    ran = recorded("-o", "run.txt", "cafe.py", folder=write(source).parent)

    assert (ran.returncode, ran.stdout) == (1, "served\n")
    assert re.fullmatch(r"asyncdemo: .*run\.txt cannot be written: [^\n]+\n", ran.stderr)


def test_only_long_calls_are_shown(write: Write) -> None:
    ran = recorded("--min-span", "0.15", "cafe.py", folder=write(CAFE).parent)

    assert labels(ran.stderr)[1:4] == ["└─ main()", "   └─ serve()", "      └─ brew('tea', 0.2)"]


@pytest.mark.parametrize("name", ["serve", "waiter"])
def test_one_function_or_task_is_shown(write: Write, name: str) -> None:
    ran = recorded("--focus", name, "cafe.py", folder=write(CAFE).parent)

    assert labels(ran.stderr) == ["serve()", "├─ brew('tea', 0.2)", "└─ brew('coffee', 0.01)"]


def test_a_run_is_not_lost_by_a_name_that_nothing_has(write: Write) -> None:
    ran = recorded("--focus", "bake", "cafe.py", folder=write(CAFE).parent)

    assert ran.returncode == 1
    assert "no function or task is named 'bake'; there are: main, serve, brew" in ran.stderr
    assert "└─ main()" in ran.stderr


def test_a_limit_cuts_the_recording_and_not_the_program(write: Write) -> None:
    folder = write("import warnings; warnings.simplefilter('error')\n" + CAFE).parent
    ran = recorded("--limit", "5", "cafe.py", folder=folder)

    assert (ran.returncode, ran.stdout) == (0, "served\n")
    assert "recording stopped at its limit of 5 events: record less, or more with --limit\n" in (
        ran.stderr
    )
    assert "recording cut at" in ran.stderr


def test_only_the_last_seconds_are_shown(write: Write) -> None:
    source = CAFE.replace('print("served")', "await asyncio.gather(*[brew('cake', 0.3)] * 1)")
    ran = recorded("--last", "0.25", "cafe.py", folder=write(source).parent)

    assert ran.returncode == 0
    assert labels(ran.stderr) == ["cafe.py", "main(…)", "└─ brew('cake', 0.3)"]
    assert ran.stderr.strip().startswith("0.25 s")


def test_a_large_run_is_an_overview_that_says_where_all_of_it_is(write: Write) -> None:
    folder = write(CAFE.replace('brew("tea", 0.2)', "*(brew(n, 0) for n in range(300))")).parent
    ran = recorded("cafe.py", folder=folder)

    assert "brew × 301" in ran.stderr
    assert ran.stderr.endswith(
        "One line for each function; -o FILE.txt has one for each of all 303 calls.\n"
    )
    recorded("-o", "run.txt", "cafe.py", folder=folder)
    assert (folder / "run.txt").read_text("utf-8").count("─ brew(") == 301


def test_a_module_of_an_installed_library_is_shown(write: Write) -> None:
    write(CAFE, "site-packages/cafe_kit/__main__.py")
    folder = write("", "site-packages/cafe_kit/__init__.py").parents[2]
    places = {"PYTHONPATH": str(folder / "site-packages")}
    ran = call(COMMAND, "run", "-m", "cafe_kit", folder=folder, **places)

    assert labels(ran.stderr)[:2] == ["cafe_kit", "└─ main()"]


def test_drawing_needs_nothing_of_the_programs_folder(write: Write) -> None:
    write("raise RuntimeError('not this one')", "matplotlib.py")
    folder = write(CAFE).parent
    ran = recorded("-o", "run.png", "cafe.py", folder=folder)

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_gets_colours_and_lines_that_fit(
    write: Write, variables: dict[str, str], coloured: bool, columns: int
) -> None:
    folder = write(CAFE).parent
    text, printed = in_terminal("run", "cafe.py", folder=folder, columns=columns, **variables)
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)

    assert printed == b"served\n"
    assert ("\x1b[" in text) == coloured
    assert labels(plain)[1] == "└─ main()"
    assert max(map(len, plain.split("\n"))) <= columns - 1


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
def test_a_live_timeline_is_drawn_over_and_then_shown(write: Write) -> None:
    folder = write(CAFE.replace("0.2)", "0.8)")).parent
    text, printed = in_terminal("run", "--live", "cafe.py", folder=folder, columns=100)
    *frames, last = text.split("\x1b[2K")

    assert printed == b"served\n"
    assert sum("… unfinished" in frame for frame in frames) >= 2
    assert any(line.startswith("cafe.py ") for frame in frames for line in frame.split("\n"))
    # The cursor is seen again, and what stays is the finished timeline.
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert "✓ end of block" in last
    assert "unfinished" not in last


def test_where_there_is_no_terminal_nothing_is_drawn_live(write: Write) -> None:
    ran = recorded("--live", "cafe.py", folder=write(CAFE).parent)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "asyncdemo: --live draws in a terminal, and standard error is none\n"


def in_terminal(*words: str, folder: Path, columns: int, **variables: str) -> tuple[str, bytes]:
    """What a command writes into a terminal by standard error, and what into standard output."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, columns))
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen(
        [*COMMAND, *words],
        cwd=folder,
        env={**environment, "TERM": "xterm-256color", **variables},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        assert process.stdout is not None
        output = b""
        # Linux says that nobody writes any more by an error.
        while data := _read(ours):
            output += data
        printed = process.stdout.read()
    os.close(ours)
    return output.decode().replace("\r\n", "\n"), printed


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_a_saved_run_is_shown_again(tmp_path: Path) -> None:
    whole = samples.three_drinks()
    (tmp_path / "run.json").write_text(whole.to_json(), encoding="utf-8")

    again = shown("run.json", folder=tmp_path)
    assert (again.returncode, again.stdout, again.stderr) == (0, to_text(whole) + "\n", "")
    part = shown("run.json", "--focus", "brew", "--min-span", "0.5", folder=tmp_path)
    assert labels(part.stdout) == [] or "coffee" not in part.stdout
    assert "brew('tea', 1.0)" in part.stdout and "cell" not in part.stdout


def test_several_runs_are_compared(tmp_path: Path) -> None:
    for name, whole in (("a", samples.staircase()), ("b", samples.three_drinks())):
        (tmp_path / f"{name}.json").write_text(whole.to_json(), encoding="utf-8")

    both = shown("a.json", "b.json", folder=tmp_path)
    lines = both.stdout.splitlines()
    assert lines[0] == "a.json" and "b.json" in lines
    saved = shown("a.json", "b.json", "-o", "both.svg", "-o", "both.txt", folder=tmp_path)
    assert (saved.returncode, saved.stdout, saved.stderr) == (0, "", "")
    assert (tmp_path / "both.txt").read_text(encoding="utf-8") == both.stdout
    refused = shown("a.json", "b.json", "-o", "both.json", folder=tmp_path)
    assert (refused.returncode, refused.stderr) == (
        2,
        "asyncdemo: both.json: .json holds one timeline, not 2\n",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"tea": 1}', "run.json holds no timeline"),
        (b"\xff\xfe", "run.json holds no timeline"),
        (b"", "run.json holds no timeline"),
        (None, "run.json cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_no_timeline_is_told(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    ran = shown("run.json", folder=tmp_path)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert re.fullmatch(r"asyncdemo: [^\n]+\n", ran.stderr)
    assert said in ran.stderr


def test_the_help_loads_nothing_that_records_or_draws(tmp_path: Path) -> None:
    program = (
        "import sys; from asyncdemo.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('matplotlib', 'asyncio', 'rich.console') if m in sys.modules])"
    )
    ran = call((sys.executable, "-c", program), folder=tmp_path)

    assert ran.stdout.splitlines()[-1] == "[]"
    assert "run" in ran.stdout and "show" in ran.stdout
