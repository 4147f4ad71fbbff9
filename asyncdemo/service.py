"""A slow, sometimes failing HTTP service on loopback, for the lessons about servers.

It has an event loop of its own, in a thread of its own: a client that blocks the notebook's
loop is still answered, as it would be from another machine, and timelines show the client only.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from asyncdemo.recording.user_code import unseen_thread
from asyncdemo.service_log import Log, Seen, all_once, most_at_a_time
from asyncdemo.service_settings import Settings

# Now, where it is installed, and not while somebody records: aiohttp takes its time to import.
with suppress(ImportError):
    import asyncdemo.service_routes  # noqa: F401 - it is used once it is asked for

if TYPE_CHECKING:
    from asyncdemo.service_routes import Routes

__all__ = ["Seen", "Service", "serve"]

HOST = "127.0.0.1"
# How long requests in flight may take to end once they are cancelled.
PATIENCE = 0.1


class Service:
    """A service that is running, and what it has seen so far.

    Attributes:
        url: Where it listens, `http://127.0.0.1:PORT`.

    Example:
        >>> Service("http://127.0.0.1:8080", Log(), ()).url_of("/page/tea")
        'http://127.0.0.1:8080/page/tea'
    """

    def __init__(self, url: str, log: Log, site: tuple[str, ...]) -> None:
        self.url = url
        self._log = log
        self._site = site

    def __repr__(self) -> str:
        return f"<Service at {self.url}>"

    def url_of(self, path: str) -> str:
        """The address of a path, such as `/page/tea?delay=0.2`."""
        if not path.startswith("/"):
            raise ValueError(f"path: it begins with a slash, as in {f'/{path}'!r}")
        return self.url + path

    @property
    def log(self) -> list[Seen]:
        """Every request so far, in the order they came in."""
        return self._log.seen

    def requests(self, prefix: str = "/") -> int:
        """How many requests have come whose path begins so."""
        return len(self._below(prefix))

    @property
    def most_in_flight(self) -> int:
        """The most requests that were in flight at any one time."""
        return self.most_in_flight_of("/")

    def most_in_flight_of(self, prefix: str) -> int:
        """The most requests, of those whose path begins so, in flight at any one time."""
        return most_at_a_time(self._below(prefix))

    def fetched_once(self, prefix: str) -> bool:
        """Whether each path that begins so was answered with 200 exactly once.

        The paths are those that were asked for, and all pages of the site, asked for or not.
        """
        seen = self._below(prefix)
        paths = {path for path in self._site if path.startswith(prefix)}
        return all_once(paths | {request.path for request in seen}, seen)

    def _below(self, prefix: str) -> list[Seen]:
        return [seen for seen in self.log if seen.path.startswith(prefix)]


@asynccontextmanager
async def serve(
    *,
    seed: int = 7,
    pages: int = 200,
    site_delay: float = 0.01,
    rate: int = 10,
    fail_site: bool = False,
) -> AsyncIterator[Service]:
    """Run the service while the block runs; whatever ends the block closes it.

    It listens on 127.0.0.1 only, on a free port. Its routes:

    - `/page/{name}?delay=0.2`: the name, after the delay; without one, at once.
    - `/site/{n}`: page n of a site; it links to others, and all can be reached from `/site/0`.
    - `/flaky/{name}`: the name, or 503 now and then, but never at the fourth attempt.
    - `/limited/{name}`: the name, or 429 with `Retry-After: 0.2` to those who ask too often.
      A decimal there is our own extension: servers give whole seconds.
    - `/stream/{name}?chunks=4&delay=0.1`: lines `tea 1`, `tea 2`, … with a delay before each.
    - `/order`, a WebSocket: `tea` is answered by `tea, please` at once, and by `tea, here` 0.1 s
      later.

    Args:
        seed: Decides which requests fail, and how the site is linked.
        pages: How many pages the site has.
        site_delay: How long each of them takes, in seconds.
        rate: How many requests `/limited/` lets through in any second.
        fail_site: Whether pages of the site, too, fail now and then: with 503, and with 429.

    Yields:
        The service: its address, and what it has seen.

    Raises:
        ImportError: aiohttp is not installed.
        ValueError: A setting makes no sense.

    Example:
        >>> import aiohttp
        >>> async def main():
        ...     async with serve() as service, aiohttp.ClientSession(service.url) as session:
        ...         async with session.get("/page/tea") as response:
        ...             text = await response.text()
        ...     return text, service.requests("/page/")
        >>> asyncio.run(main())
        ('tea', 1)
    """
    try:
        from asyncdemo.service_routes import Routes
    except ModuleNotFoundError as error:
        raise ImportError(
            f"{error.name} not found; this installs what the service needs: "
            'python -m pip install "asyncdemo[services]"'
        ) from None

    settings = Settings(seed, pages, site_delay, rate, fail_site)
    log = Log()
    host = _Host(Routes(settings, log))
    # Nothing is awaited on the way in or out, so that no cancellation can come there.
    host.start()
    try:
        yield Service(f"http://{HOST}:{host.port}", log, settings.paths)
    finally:
        host.stop()


class _Host:
    """Runs the routes in a thread, from `start` to `stop`."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        # It listens from now on: who connects before the thread has begun waits a little.
        self._socket = socket.create_server((HOST, 0))
        self.port: int = self._socket.getsockname()[1]
        # Not the policy's loop: this one is the same whatever a lesson makes of its own.
        self._loop = asyncio.SelectorEventLoop()
        self._enough = asyncio.Event()
        # A daemon, for where Python ends in the middle of the block.
        self._thread = threading.Thread(target=self._run, name="asyncdemo service", daemon=True)

    def start(self) -> None:
        """Start to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, give up what is in flight, and wait until the thread has ended.

        It waits without awaiting, which takes milliseconds and cannot be cancelled.
        """
        # The loop is closed already where the thread ended with an error.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._enough.set)
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        with unseen_thread(), asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        from aiohttp import web

        runner = web.AppRunner(
            self._routes.application(),
            access_log=None,
            # A client that has gone is not served on.
            handler_cancellation=True,
            shutdown_timeout=PATIENCE,
        )
        await runner.setup()
        try:
            await web.SockSite(runner, self._socket).start()
            await self._enough.wait()
            # Connections that are accepted by now take some steps of the loop to be made. They
            # come even now, from clients that try again; Python leaves those open that are not
            # made when the server closes (github.com/python/cpython/issues/109564).
            self._loop.remove_reader(self._socket)
            for _ in range(3):
                await asyncio.sleep(0)
        finally:
            self._routes.cancel_all()
            await runner.cleanup()
