"""The lessons' HTTP service: what it answers, what it counts, and that it always closes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from asyncdemo import Timeline, record
from asyncdemo.checks import check, overlapped, returned
from asyncdemo.recording.user_code import UNSEEN, UserCode
from asyncdemo.service import Seen, Service, serve
from asyncdemo.service_log import all_once, most_at_a_time
from asyncdemo.service_settings import Settings

type Scene[T] = Callable[[Service, aiohttp.ClientSession], Awaitable[T]]


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    gc.collect()  # what was not closed says so now, while the test is to blame
    assert [t.name for t in threading.enumerate() if t.name == "asyncdemo service"] == []
    assert not UNSEEN


def run[T](scene: Scene[T], **settings: float) -> T:
    """What the scene returns, with a service and a client's session; no task is left."""

    async def main() -> T:
        async with (
            serve(**settings) as service,  # type: ignore[arg-type]
            aiohttp.ClientSession(service.url) as session,
        ):
            result = await scene(service, session)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert_closed(service)
        return result

    return asyncio.run(main())


def port_of(service: Service) -> int:
    return int(service.url.rpartition(":")[2])


def assert_closed(service: Service) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(service)))


async def get(session: aiohttp.ClientSession, path: str) -> tuple[int, str]:
    async with session.get(path) as response:
        return response.status, await response.text()


async def statuses(session: aiohttp.ClientSession, path: str, times: int) -> list[int]:
    return [(await get(session, path))[0] for _ in range(times)]


def in_flight(service: Service) -> list[str]:
    return [seen.path for seen in service.log if seen.ended is None]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


# What it answers


def test_a_page_is_its_name_after_the_delay() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        async with session.get("/page/tea?delay=0.1") as response:
            assert (response.status, response.content_type) == (200, "text/plain")
            assert await response.text() == "tea"
        assert await get(session, "/page/cocoa") == (200, "cocoa")
        tea, cocoa = service.log
        assert tea.ended is not None and tea.ended - tea.started >= 0.1
        assert cocoa.started >= tea.ended

    run(scene)


@pytest.mark.parametrize("delay", ["soon", "-1", "inf", "nan"])
def test_a_delay_that_is_none_is_refused_with_the_reason(delay: str) -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        status, text = await get(session, f"/page/tea?delay={delay}")
        assert (status, text) == (400, f"delay: a number from 0 on is needed, not {delay!r}")

    run(scene)


async def crawl(session: aiohttp.ClientSession) -> dict[int, list[int]]:
    """The links of each page that can be reached from the first one."""
    links: dict[int, list[int]] = {}
    todo = [0]
    while todo:
        page = todo.pop()
        if page not in links:
            status, text = await get(session, f"/site/{page}")
            assert status == 200
            assert f"<title>Page {page}</title>" in text
            links[page] = [int(n) for n in re.findall(r'<a href="/site/(\d+)">', text)]
            todo += links[page]
    return links


def test_every_page_of_the_site_can_be_reached_from_its_first() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> dict[int, list[int]]:
        assert not service.fetched_once("/site/")
        links = await crawl(session)
        assert service.fetched_once("/site/")
        assert await get(session, "/site/0") != ""
        assert not service.fetched_once("/site/")
        return links

    links = run(scene, pages=40, site_delay=0)
    assert sorted(links) == list(range(40))
    assert [page for page, found in links.items() if page in found] == []
    assert all(len(found) == len(set(found)) for found in links.values())
    assert links == run(scene, pages=40, site_delay=0)
    assert links != run(scene, pages=40, site_delay=0, seed=8)


def test_a_site_of_one_page_links_nowhere() -> None:
    assert run(lambda _, session: crawl(session), pages=1, site_delay=0) == {0: []}


def test_what_does_not_exist_is_not_found() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        paths = ["/site/200", "/site/one", "/nothing", "/page/"]
        assert [(await get(session, path))[0] for path in paths] == [404] * 4
        assert [seen.status for seen in service.log] == [404] * 4

    run(scene)


def test_failures_are_the_same_whatever_the_order() -> None:
    names = [f"cup{n}" for n in range(12)]

    async def in_order(_: Service, session: aiohttp.ClientSession) -> dict[str, list[int]]:
        return {name: await statuses(session, f"/flaky/{name}", 5) for name in names}

    async def all_at_once(_: Service, session: aiohttp.ClientSession) -> dict[str, list[int]]:
        found = [statuses(session, f"/flaky/{name}", 5) for name in reversed(names)]
        return dict(zip(reversed(names), await asyncio.gather(*found), strict=True))

    first = run(in_order)
    assert first == run(all_at_once)
    assert first != run(in_order, seed=8)
    assert {status for found in first.values() for status in found[:3]} == {200, 503}
    assert all(found[3:] == [200, 200] for found in first.values())


def test_no_name_fails_more_than_three_times() -> None:
    async def scene(_: Service, session: aiohttp.ClientSession) -> list[list[int]]:
        return [await statuses(session, f"/flaky/{n}", 4) for n in range(40)]

    found = run(scene)
    assert max(attempts.index(200) for attempts in found) == 3


def test_a_site_fails_only_where_it_is_asked_to() -> None:
    async def scene(_: Service, session: aiohttp.ClientSession) -> list[int]:
        pages = [await statuses(session, f"/site/{n}", 4) for n in range(30)]
        assert [found[3] for found in pages] == [200] * 30
        return [status for found in pages for status in found]

    assert set(run(scene, site_delay=0)) == {200}
    failing = run(scene, site_delay=0, fail_site=True)
    assert set(failing) == {200, 429, 503}
    assert failing == run(scene, site_delay=0, fail_site=True)


def test_who_asks_too_often_is_told_to_wait_and_then_let_through() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        assert await statuses(session, "/limited/tea", 5) == [200, 200, 200, 429, 429]
        async with session.get("/limited/tea") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "0.2")
        await asyncio.sleep(1)
        # Those refused do not count against the client.
        assert await statuses(session, "/limited/tea", 4) == [200, 200, 200, 429]

    run(scene, rate=3)


def test_a_stream_comes_line_by_line() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        start = time.perf_counter()
        async with session.get("/stream/tea?chunks=3&delay=0.1") as response:
            came = [(line.decode(), time.perf_counter() - start) async for line in response.content]
        assert [line for line, _ in came] == ["tea 1\n", "tea 2\n", "tea 3\n"]
        assert [seconds >= 0.1 * n for n, (_, seconds) in enumerate(came, 1)] == [True] * 3
        assert came[0][1] < 0.25
        assert [seen.status for seen in service.log] == [200]

    run(scene)


def test_orders_on_a_websocket_are_taken_at_once_and_brought_later() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect("/order") as socket:
            await socket.send_str("tea")
            await socket.send_bytes(b"not an order")
            await socket.send_str("cocoa")
            heard = [await socket.receive_str() for _ in range(4)]
        assert sorted(heard[:2]) == ["cocoa, please", "tea, please"]
        assert sorted(heard[2:]) == ["cocoa, here", "tea, here"]
        await until(lambda: in_flight(service) == [])
        assert [(seen.path, seen.status) for seen in service.log] == [("/order", 101)]

    run(scene)


# What it counts


def test_what_was_answered_is_in_the_log_at_once() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        for n in range(1, 30):
            await get(session, f"/page/{n}")
            assert service.log[-1].status == 200
            assert (len(service.log), service.requests("/page/")) == (n, n)
        assert service.fetched_once("/page/")
        assert service.most_in_flight == 1
        assert service.requests("/site/") == 0

    run(scene)


@pytest.mark.parametrize("chunks", [0, 1, 3])
def test_a_stream_that_was_read_to_its_end_is_in_the_log_at_once(chunks: int) -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        for _ in range(10):
            _, text = await get(session, f"/stream/tea?chunks={chunks}&delay=0")
            assert text == "".join(f"tea {n}\n" for n in range(1, chunks + 1))
            assert service.log[-1].status == 200

    run(scene)


def test_requests_in_flight_are_counted_for_each_path() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        slow = [get(session, f"/page/{n}?delay=0.2") for n in range(4)]
        waiting = asyncio.gather(*slow, get(session, "/stream/tea?chunks=1&delay=0.2"))
        await until(lambda: len(in_flight(service)) == 5)
        assert service.log[0].status is None
        await waiting
        assert (service.most_in_flight, service.most_in_flight_of("/page/")) == (5, 4)
        assert in_flight(service) == []

    run(scene)


def test_a_client_that_gives_up_was_not_answered() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await get(session, "/page/tea?delay=5")
        await until(lambda: in_flight(service) == [])
        (seen,) = service.log
        assert seen.status is None
        assert not service.fetched_once("/page/")

    run(scene)


def test_a_client_that_leaves_in_the_middle_of_a_stream_is_not_served_on() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        async with session.get("/stream/tea?chunks=1000000&delay=0") as response:
            await response.content.readany()
        await until(lambda: in_flight(service) == [])
        assert [seen.status for seen in service.log] == [None]

    run(scene)


def seen(path: str, status: int | None, started: float, ended: float | None) -> Seen:
    return Seen(path, status, started, ended)


def test_most_at_a_time_counts_what_overlaps() -> None:
    assert most_at_a_time([]) == 0
    assert most_at_a_time([seen("/", 200, 0, 1), seen("/", 200, 1, 2)]) == 1
    assert most_at_a_time([seen("/", None, 0, None), seen("/", 200, 1, 2)]) == 2


def test_a_path_counts_as_fetched_once_whatever_failed_before() -> None:
    failed, done = seen("/a", 503, 0, 1), seen("/a", 200, 2, 3)

    assert all_once(["/a"], [failed, done])
    assert not all_once(["/a"], [failed])
    assert not all_once(["/a"], [done, done])
    assert not all_once(["/a", "/b"], [done])
    assert not all_once([], [])


# What is asked of it


def test_addresses_begin_with_the_one_it_listens_at() -> None:
    async def scene(service: Service, _: aiohttp.ClientSession) -> None:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", service.url)
        assert service.url_of("/page/tea?delay=1") == f"{service.url}/page/tea?delay=1"
        assert repr(service) == f"<Service at {service.url}>"
        with pytest.raises(ValueError, match="path: it begins with a slash, as in '/tea'"):
            service.url_of("tea")

    run(scene)


def test_it_listens_on_loopback_only() -> None:
    async def scene(service: Service, _: aiohttp.ClientSession) -> None:
        elsewhere = [
            found[4][0]
            for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
            if not str(found[4][0]).startswith("127.")
        ]
        for address in elsewhere:
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((address, port_of(service)), timeout=1)

    with contextlib.suppress(socket.gaierror):
        run(scene)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"pages": 0}, "pages: a site has at least one page"),
        ({"site_delay": -1}, "site_delay: nobody can be answered before they ask"),
        ({"rate": 0}, "rate: at least one request a second must be let through"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(setting: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        run(lambda _, session: crawl(session), **setting)


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings().rate = 3  # type: ignore[misc]


def test_without_aiohttp_it_says_what_to_install() -> None:
    code = (
        "import sys, asyncio; sys.modules['aiohttp'] = None\n"
        "from asyncdemo.service import serve\n"
        "async def main():\n"
        "    async with serve(): pass\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)

    assert ended.stderr.splitlines()[-1] == (
        "ImportError: aiohttp not found; this installs what the service needs: "
        'python -m pip install "asyncdemo[services]"'
    )


def test_a_service_can_be_had_again_and_beside_another() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> None:
        async with serve() as other:
            assert port_of(other) != port_of(service)
            assert await get(session, other.url_of("/page/tea")) == (200, "tea")
        assert_closed(other)
        assert await get(session, "/page/tea") == (200, "tea")
        assert (service.requests(), other.requests()) == (1, 1)

    run(scene)


# How it closes


async def stay_connected(service: Service, session: aiohttp.ClientSession) -> None:
    """Leaves a page, a stream and a WebSocket open until the service is gone."""

    async def page() -> None:
        await get(session, "/page/tea?delay=60")

    async def stream() -> None:
        async with session.get("/stream/tea?chunks=1000&delay=0.05") as response:
            async for _ in response.content:
                pass

    async def socket() -> None:
        async with session.ws_connect("/order") as socket:
            await socket.send_str("tea")
            async for _ in socket:
                pass

    jobs = [asyncio.create_task(job()) for job in (page, stream, socket)]
    await until(lambda: len(in_flight(service)) == 3)
    # They end with an exception, or as their connection does; never do they hang.
    for job in jobs:
        job.add_done_callback(lambda job: job.cancelled() or job.exception())


def closes(leave: Callable[[], Awaitable[object]], error: type[BaseException] | None) -> None:
    """The block is left in that way, with clients connected, and all is closed at once."""

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(error) if error else contextlib.nullcontext():
                async with serve() as service:
                    session._base_url = aiohttp.client.URL(service.url)
                    await stay_connected(service, session)
                    try:
                        await leave()
                    finally:
                        start = time.perf_counter()
            assert time.perf_counter() - start < 1
            assert in_flight(service) == []
            assert [seen.status for seen in service.log] == [None, None, None]
            assert_closed(service)
            await until(lambda: len(asyncio.all_tasks()) == 1)

    asyncio.run(main())


def test_it_closes_while_clients_are_connected() -> None:
    closes(lambda: asyncio.sleep(0), None)


def test_it_closes_at_an_exception() -> None:
    async def fail() -> None:
        raise LookupError

    closes(fail, LookupError)


def test_it_closes_when_its_task_is_cancelled() -> None:
    async def cancel() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        try:
            await asyncio.sleep(0)
        finally:
            task.uncancel()

    closes(cancel, asyncio.CancelledError)


def test_it_closes_when_cancelled_twice() -> None:
    """Nothing is awaited while it closes, so that a second cancellation finds it closed."""
    ports: list[Service] = []

    async def block() -> None:
        async with serve() as service:
            ports.append(service)
            await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(block())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(task.cancel)
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert_closed(ports[0])

    asyncio.run(main())


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as on Unix")
def test_it_closes_at_an_interrupt() -> None:
    async def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)

    services: list[Service] = []

    async def main() -> None:
        async with serve() as service, aiohttp.ClientSession(service.url) as session:
            services.append(service)
            await stay_connected(service, session)
            await interrupt()

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert_closed(services[0])


def test_python_ends_in_the_middle_of_the_block() -> None:
    code = (
        "import asyncio\n"
        "from asyncdemo.service import serve\n"
        "loop = asyncio.new_event_loop()\n"
        "block = serve()\n"
        "service = loop.run_until_complete(block.__aenter__())\n"
        "print(service.requests())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )

    assert ended.stdout == "0\n"


def test_a_port_that_cannot_be_had_is_an_error_of_the_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("asyncdemo.service.HOST", "192.0.2.1")  # nobody's address (RFC 5737)

    async def main() -> None:
        with pytest.raises(OSError, match="192"):
            async with serve():
                pass
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


# What a recording shows of it


async def fetch(session: aiohttp.ClientSession, path: str) -> str:
    async with session.get(path) as response:
        return str(await response.text())


def labels(timeline: Timeline) -> list[str]:
    return [span.name for span in timeline.spans]


def test_a_recording_shows_the_client_only() -> None:
    async def main() -> Timeline:
        with record() as timeline:
            async with serve() as service, aiohttp.ClientSession(service.url) as session:
                await asyncio.gather(*(fetch(session, f"/page/{n}?delay=0.1") for n in "ab"))
                async with session.ws_connect("/order") as socket:
                    await socket.send_str("tea")
                    await socket.receive_str()
        return timeline

    timeline = asyncio.run(main())
    assert labels(timeline) == ["main", "fetch", "fetch"]
    assert timeline.max_in_flight == 2
    assert {span.thread for span in timeline.spans} == {0}


def test_a_recording_that_includes_aiohttp_shows_that_of_the_client_only() -> None:
    async def scene(service: Service, session: aiohttp.ClientSession) -> Timeline:
        with record(include=("aiohttp",)) as timeline:
            await fetch(session, "/page/tea?delay=0.05")
            async with session.ws_connect("/order") as socket:
                await socket.send_str("tea")
                await socket.receive_str()
        return timeline

    timeline = run(scene)
    assert "ClientSession._request" in labels(timeline)
    files = {Path(span.file).name for span in timeline.spans}
    assert files >= {"client.py", "connector.py"}
    assert [name for name in sorted(files) if name.startswith(("web_", "service"))] == []
    assert {span.thread for span in timeline.spans} == {0}


def test_threads_that_come_after_the_service_are_recorded() -> None:
    """Their identifiers may be those its thread had."""

    async def main() -> Timeline:
        with record() as timeline:
            for _ in range(3):
                async with serve() as service:
                    pass
                await asyncio.to_thread(asyncio.run, asyncio.sleep(0))
                await asyncio.to_thread(asyncio.run, brew())
        assert_closed(service)
        return timeline

    async def brew() -> None:
        await asyncio.sleep(0)

    assert labels(asyncio.run(main())).count("brew") == 3


def test_a_client_that_blocks_its_loop_is_answered_all_the_same() -> None:
    def fetch_sync(url: str) -> str:
        with urllib.request.urlopen(url) as response:
            return str(response.read().decode())

    async def scene(service: Service, session: aiohttp.ClientSession) -> Timeline:
        with record() as timeline:
            assert fetch_sync(service.url_of("/page/tea?delay=0.2")) == "tea"
        return timeline

    timeline = run(scene)
    (blocked,) = timeline.blocked
    assert blocked.function == "fetch_sync"


def test_whose_code_the_service_is() -> None:
    from asyncdemo import jobs, service, service_log, service_routes

    code = UserCode()
    hidden = [service, service_log, service_routes]
    assert [code.owns(module.__file__ or "") for module in hidden] == [False] * 3
    assert code.owns(jobs.__file__)


def test_an_exercise_may_use_it() -> None:
    async def answer() -> list[str]:
        async with serve() as service, aiohttp.ClientSession(service.url) as session:
            paths = ["/page/tea?delay=0.2", "/page/cocoa?delay=0.2"]
            return await asyncio.gather(*(fetch(session, path) for path in paths))

    found = asyncio.run(check(answer, returned(["tea", "cocoa"]), overlapped("fetch")))
    assert found.solved, found
