"""The routes of the lessons' HTTP service, on aiohttp: what it answers, when, and how it fails.

Failures are drawn from the seed, the path and the number of the attempt, so that they are the
same whatever the order in which requests come.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import WSMsgType, web

from asyncdemo.service_log import Log
from asyncdemo.service_settings import Settings

# At the latest this attempt of a path succeeds.
LAST_ATTEMPT = 4
ORDER_TIME = 0.1
# Servers give whole seconds (RFC 9110, 10.2.3); lessons have no time for that.
RETRY_AFTER = "0.2"

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Routes:
    """The handlers, and the requests they have at hand.

    Args:
        settings: How to behave.
        log: Where to note what comes.

    Example:
        >>> routes = Routes(Settings(), Log())
        >>> isinstance(routes.application(), web.Application)
        True
    """

    def __init__(self, settings: Settings, log: Log) -> None:
        self.settings = settings
        self.log = log
        self._links = settings.links()
        self._attempts: Counter[str] = Counter()
        self._let_through: deque[float] = deque()
        self._handling: dict[asyncio.Task[object], int] = {}

    def application(self) -> web.Application:
        """The web application with all routes."""
        app = web.Application(middlewares=[self._note])
        app.add_routes(
            [
                web.get("/page/{name}", self.page),
                web.get(r"/site/{page:\d+}", self.site),
                web.get("/flaky/{name}", self.flaky),
                web.get("/limited/{name}", self.limited),
                web.get("/stream/{name}", self.stream),
                web.get("/order", self.order),
            ]
        )
        return app

    def cancel_all(self) -> None:
        """Give up all requests in flight, such as streams and WebSockets that stay open."""
        for task in self._handling:
            task.cancel()

    @web.middleware
    async def _note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note every request, before it is handled and before its last byte is sent.

        So whoever has an answer finds it in the log.
        """
        status: int | None = None
        task = _this_task()
        self._handling[task] = number = self.log.came(request.path)
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        except ConnectionError:
            # The client has gone in the middle of an answer; this one reaches nobody.
            return web.Response()
        else:
            return response
        finally:
            del self._handling[task]
            self.log.went(number, status)

    async def page(self, request: web.Request) -> web.Response:
        """The name of the page, after the delay that was asked for."""
        await asyncio.sleep(_number(request, "delay", 0))
        return web.Response(text=request.match_info["name"])

    async def site(self, request: web.Request) -> web.Response:
        """A page of the site, with its links."""
        page = int(request.match_info["page"])
        if page >= self.settings.pages:
            raise web.HTTPNotFound
        await asyncio.sleep(self.settings.site_delay)
        if self.settings.fail_site:
            chance = self._next_chance(request.path)
            if chance < 0.1:
                raise _too_many()
            if chance < 0.25:
                raise web.HTTPServiceUnavailable
        links = "".join(f'<li><a href="/site/{n}">Page {n}</a></li>\n' for n in self._links[page])
        text = f"<!doctype html>\n<title>Page {page}</title>\n<ul>\n{links}</ul>\n"
        return web.Response(text=text, content_type="text/html")

    async def flaky(self, request: web.Request) -> web.Response:
        """The name of the page, or 503 now and then."""
        if self._next_chance(request.path) < 0.5:
            raise web.HTTPServiceUnavailable
        return web.Response(text=request.match_info["name"])

    async def limited(self, request: web.Request) -> web.Response:
        """The name of the page, or 429 to those who ask too often."""
        now = time.monotonic()
        while self._let_through and self._let_through[0] <= now - 1:
            self._let_through.popleft()
        # Those refused do not count: else clients that try again would never get through.
        if len(self._let_through) >= self.settings.rate:
            raise _too_many()
        self._let_through.append(now)
        return web.Response(text=request.match_info["name"])

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Lines of text, one by one."""
        name, delay = request.match_info["name"], _number(request, "delay", 0.1)
        chunks = int(_number(request, "chunks", 4))
        response = web.StreamResponse()
        response.content_type = "text/plain"
        response.charset = "utf-8"
        await response.prepare(request)
        for number in range(1, chunks + 1):
            await asyncio.sleep(delay)
            line = f"{name} {number}\n".encode()
            if number < chunks:
                await response.write(line)
            else:
                # In one piece with the end, so that clients always see both at once.
                self.log.went(self._handling[_this_task()], response.status)
                await response.write_eof(line)
        return response

    async def order(self, request: web.Request) -> web.WebSocketResponse:
        """A WebSocket on which each order is answered at once, and again when it is ready."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        # Several orders may be under way; their answers come as they are ready.
        async with asyncio.TaskGroup() as group:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    group.create_task(_take_order(socket, message.data))
        return socket

    def _next_chance(self, path: str) -> float:
        """The chance drawn for the next attempt of a path; the last one always succeeds."""
        self._attempts[path] += 1
        attempt = self._attempts[path]
        return self.settings.chance(path, attempt) if attempt < LAST_ATTEMPT else 1


def _this_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task is not None
    return task


async def _take_order(socket: web.WebSocketResponse, drink: str) -> None:
    # Who has left does not hear that the order is ready.
    with suppress(ConnectionError):
        await socket.send_str(f"{drink}, please")
        await asyncio.sleep(ORDER_TIME)
        await socket.send_str(f"{drink}, here")


def _too_many() -> web.HTTPTooManyRequests:
    return web.HTTPTooManyRequests(headers={"Retry-After": RETRY_AFTER})


def _number(request: web.Request, name: str, default: float) -> float:
    """A number of the query that is not negative."""
    text = request.query.get(name, str(default))
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise web.HTTPBadRequest(text=f"{name}: a number from 0 on is needed, not {text!r}")
    return number
