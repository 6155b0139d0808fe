"""A line to a CRM that is long: what the CRM answers comes so many seconds later. It changes nothing else.

`python -m benchmarks.crm_delay <port of the CRM on loopback> <seconds>`: its own port is the first line of output.
It runs until it is killed.
"""

import asyncio
import contextlib
import sys

import uvloop

PIECE = 65_536
BROKEN = (OSError, ExceptionGroup)
"""A side that went away: the other goes as well."""


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, later_s: float) -> None:
    """Carry what comes, each piece so much later than it came; then end the other side as this one ended."""
    loop = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, piece = await on_the_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not piece:
                return
            writer.write(piece)
            await writer.drain()

    async with asyncio.TaskGroup() as group:
        group.create_task(deliver())
        while piece := await reader.read(PIECE):
            on_the_way.put_nowait((loop.time() + later_s, piece))
        on_the_way.put_nowait((loop.time() + later_s, b""))


async def serve(port: int, later_s: float) -> None:
    """Carry every connection to the port, for ever."""

    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, to_them = await asyncio.open_connection("127.0.0.1", port)

        async def one_way(source: asyncio.StreamReader, target: asyncio.StreamWriter, later: float) -> None:
            with contextlib.suppress(*BROKEN):
                await _carry(source, target, later)
            target.close()

        await asyncio.gather(one_way(reader, to_them, 0.0), one_way(theirs, writer, later_s))

    server = await asyncio.start_server(through, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2])))
