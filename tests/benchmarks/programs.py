"""The three programs whose slowdown is measured, and what they are measured under."""

from __future__ import annotations

import asyncio

TASKS, YIELDS = 10_000, 10
CHAINS = 20_000
EXCHANGES, CLIENTS, SERVER_DELAY = 2_000, 20, 0.001


async def yielder() -> None:
    for _ in range(YIELDS):
        await asyncio.sleep(0)


async def steps() -> None:
    """10,000 tasks that each give way ten times: nothing but steps of the loop."""
    await asyncio.gather(*[yielder() for _ in range(TASKS)])


async def fifth() -> int:
    await asyncio.sleep(0)
    return 1


async def fourth() -> int:
    return await fifth()


async def third() -> int:
    return await fourth()


async def second() -> int:
    return await third()


async def first() -> int:
    return await second()


async def nested() -> None:
    """20,000 chains of five awaits, one after another."""
    for _ in range(CHAINS):
        await first()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.readline():
        await asyncio.sleep(SERVER_DELAY)
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await writer.drain()
    writer.close()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(b"GET / HTTP/1.1\r\n")
    await writer.drain()
    return await reader.readline()


async def client(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(EXCHANGES // CLIENTS):
        await exchange(reader, writer)
    writer.close()
    await writer.wait_closed()


async def http() -> None:
    """2,000 exchanges over loopback streams, by 20 clients, with 1 ms of work each."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await asyncio.gather(*(client(port) for _ in range(CLIENTS)))


PROGRAMS = {"steps": steps, "nested": nested, "http": http}
