"""Serves the application with uvicorn inside a loop that belongs to somebody else."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

LARGEST_WORD = 8192  # the pages say at most a few hundred bytes over a WebSocket
GRACE_SECONDS = 3  # a page reconnects by itself; its call does not run through us
START_SECONDS = 10.0  # binding a port takes milliseconds
POLL_SECONDS = 0.02


class _Embedded(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the server that owns the loop."""
        yield


@asynccontextmanager
async def serving(app: FastAPI, host: str, port: int, proxies: Sequence[str] = ()) -> AsyncIterator[None]:
    """Serve while the context is open. Raises OSError when the port is taken, before anything is started.

    `proxies`: addresses whose X-Forwarded-For is believed; anybody else's would let them choose the address that
    sign-in and the call page count.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=LARGEST_WORD,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        server_header=False,
        access_log=False,  # addresses of citizens are personal
        log_config=None,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Embedded(config)
    listener = socket.create_server((host, port), backlog=1024)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="web server")
    try:
        async with asyncio.timeout(START_SECONDS):
            while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn offers no event
                await asyncio.sleep(POLL_SECONDS)
        yield
    finally:
        server.should_exit = True
        await task
