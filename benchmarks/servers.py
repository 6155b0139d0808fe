"""The servers of the FastAGI benchmark, each started as its own process: `python -m benchmarks.servers NAME
PORT`.

Every peer says the same twenty commands. Shims that a peer needs to run at all on today's Python, and
nothing more, stand here beside it; a thread-per-call peer also gets a deep backlog, so that what is
measured is its server and not its default of 5, except in the burst, where everybody is as shipped.
"""

import asyncio
import io
import os
import signal
import socketserver
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import cast

import uvloop

from benchmarks.machine import before_others, on_the_last_core
from benchmarks.running import CENTRE, SINK
from benchmarks.script import COMMANDS, PEER_SCRIPT, SECRET
from ivr.adapters.descriptors import allow_open_files
from ivr.adapters.fastagi import Door, Line
from ivr.agi import command

OPEN_FILES = 20_000

LINES = [command(*words) for words in COMMANDS]
TEXTS = [line.decode().rstrip("\n") for line in LINES]


def panoramisk(port: int, *, as_shipped: bool) -> None:
    """panoramisk's own fast_agi.Application on the standard loop, as its documentation starts it."""
    asyncio.run(_panoramisk(port, as_shipped=as_shipped))


def panoramisk_uvloop(port: int, *, as_shipped: bool) -> None:
    """The same on uvloop."""
    uvloop.run(_panoramisk(port, as_shipped=as_shipped))


async def _panoramisk(port: int, *, as_shipped: bool) -> None:
    from panoramisk import fast_agi  # noqa: PLC0415  (each process loads only the peer it is)

    async def session(request: fast_agi.Request) -> None:
        for text in TEXTS:
            await request.send_command(text)

    application = fast_agi.Application()
    application.add_route(PEER_SCRIPT, session)
    backlog = 100 if as_shipped else 4096
    server = await asyncio.start_server(application.handler, "127.0.0.1", port, backlog=backlog)
    await server.serve_forever()


def pyst2(port: int, *, as_shipped: bool) -> None:
    """pyst2's AGI class behind a threading server. Its own server module does not import on Python 3.

    Three shims: socketserver under its new name, no SIGHUP handler (it may only be set in the main thread), and
    text turned into bytes on the way out.
    """
    from asterisk import agi  # noqa: PLC0415  (each process loads only the peer it is)

    agi.signal.signal = lambda *_: None

    class Out:
        def __init__(self, file: io.BufferedIOBase) -> None:
            self.file = file

        def write(self, text: str) -> None:
            self.file.write(text.encode())

        def flush(self) -> None:
            self.file.flush()

    class Null(io.StringIO):
        def write(self, text: str) -> int:
            return len(text)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            session = agi.AGI(stdin=self.rfile, stdout=Out(self.wfile), stderr=Null())
            for text in TEXTS:
                session.execute(text)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        request_queue_size = 5 if as_shipped else 4096

    _quietly(Server(("127.0.0.1", port), Handler))


def pystrix(port: int, *, as_shipped: bool) -> None:  # noqa: ARG001  (its backlog is the kernel's own as it ships)
    """pystrix's FastAGIServer. One shim: it runs `sysctl` to learn the backlog, which minimal systems do not have."""
    from pystrix.agi import agi_core, fastagi  # noqa: PLC0415  (each process loads only the peer it is)

    backlog = int(Path("/proc/sys/net/core/somaxconn").read_text())
    fastagi._ThreadedTCPServer.get_somaxconn = staticmethod(lambda: backlog)  # noqa: SLF001  (the shim)

    def session(agi: fastagi.FastAGI, *_: object) -> None:
        for text in TEXTS:
            agi.execute(agi_core._Action(text))  # noqa: SLF001  (its actions all are this one, with a name)

    server = fastagi.FastAGIServer("127.0.0.1", port, daemon_threads=True)
    server.register_script_handler(None, session)
    _quietly(server)


def _quietly(server: socketserver.BaseServer) -> None:
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a peer's traceback for each reset
    server.serve_forever()


class _BareSession(asyncio.Protocol):
    """The least that can be called a FastAGI server in Python: a buffer, a future, twenty writes."""

    def __init__(self) -> None:
        self.said = b""
        self.waiter: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.waiter is not None:
            self.waiter.set_result(data)
            return
        self.said += data
        if self.said.endswith(b"\n\n"):
            self.task = asyncio.get_running_loop().create_task(self.converse())

    async def converse(self) -> None:
        loop = asyncio.get_running_loop()
        for line in LINES:
            self.waiter = loop.create_future()
            self.transport.write(line)
            await self.waiter
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's signature)
        if self.waiter is not None and not self.waiter.done():
            self.waiter.cancel()


def bare(port: int, *, as_shipped: bool) -> None:  # noqa: ARG001  (written for this benchmark)
    """A bare asyncio.Protocol with a future for each command, on uvloop: the floor for Python, no rules, no limits."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_BareSession, "127.0.0.1", port, backlog=4096)
        await server.serve_forever()

    uvloop.run(main())


def ours_door(port: int, *, as_shipped: bool) -> None:  # noqa: ARG001  (ships as it is)
    """Our door with every rule and limit, and the twenty commands said straight away: no conversation behind it."""

    async def session(line: Line) -> None:
        for said in LINES:
            await line.send(said)

    uvloop.run(_open(port, session))


async def _open(port: int, answer: Callable[[Line], Awaitable[None]]) -> None:
    door = Door(SECRET, answer, lambda _: None)
    await door.open("127.0.0.1", port)
    await asyncio.Event().wait()


def ours(port: int, *, as_shipped: bool) -> None:  # noqa: ARG001  (ships as it is)
    """Our whole conversation engine behind our door: flows, machine, conversation, facts on the bus."""
    from benchmarks import engine  # noqa: PLC0415  (each process loads only the server it is)

    uvloop.run(engine.in_memory(port))


def ours_with_records(port: int, *, as_shipped: bool) -> None:  # noqa: ARG001  (ships as it is)
    """The same, and every fact and snapshot goes to SQLite: what no peer does."""
    from benchmarks import engine  # noqa: PLC0415  (each process loads only the server it is)

    uvloop.run(engine.with_records(port))


def sink(port: int, *, as_shipped: bool) -> None:  # noqa: ARG001  (no peer)
    """Take connections and read them away, on the load's core: where bad peers go while nobody is attacked."""

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(
            asyncio.Protocol, "127.0.0.1", port, backlog=4096
        )
        await server.serve_forever()

    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    on_the_last_core()
    os.setpriority(os.PRIO_PROCESS, 0, 0)
    uvloop.run(main())


def centre(port: int, *, as_shipped: bool) -> None:  # noqa: ARG001  (ships as it is)
    """The whole server: what a peer on the port meets, and everything else that the same process does."""
    from benchmarks import centre  # noqa: PLC0415  (each process loads only the server it is)

    centre.run(port)


BESIDES: dict[str, Callable[..., None]] = {SINK: sink, CENTRE: centre}
"""What runs beside the peers, and is no line of their table."""
SERVERS: dict[str, Callable[..., None]] = {
    "panoramisk": panoramisk,
    "panoramisk+uvloop": panoramisk_uvloop,
    "pyst2": pyst2,
    "pystrix": pystrix,
    "bare uvloop": bare,
    "ours-door": ours_door,
    "ours": ours,
    "ours+records": ours_with_records,
}


def main() -> None:
    """Run one server on core 0 until it is told to end."""
    name, port, way = sys.argv[1:]
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    before_others()
    allow_open_files(OPEN_FILES)
    signal.signal(signal.SIGTERM, _end)
    run = BESIDES.get(name) or SERVERS[name]
    run(int(port), as_shipped=way == "as-shipped")


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  (the signal module's signature)
    os._exit(0)


if __name__ == "__main__":
    main()
