"""A CRM that answers as docs/connect-your-crm.md says, quick enough for a hundred pops a second: aiohttp and SQLite.

The records and rules are the test stranger's; its own door, a thread for each connection, cannot keep up with the load.
`python -m benchmarks.crm_house --token secret --database crm.sqlite --citizens citizens.json [--slow 2.0]`: its port is
the first line of output. It runs until it is killed.
"""

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import web  # its parser is C; it is here because aiobotocore speaks by it

from tests.crm_bridge.foreign_records import Crm, Never

BACKLOG = 1024
NOBODY = (404, {"code": "nobody"})


class Door:
    """The CRM's HTTP."""

    def __init__(self, crm: Crm, token: str, slow_s: float) -> None:
        self._crm, self._slow_s = crm, slow_s
        self._ours = f"Bearer {token}"

    async def __call__(self, asked: web.BaseRequest) -> web.Response:
        """Answer one request."""
        known = asked.headers.get("authorization") == self._ours
        status, answer = await self._answer(asked) if known else (401, {"code": "who_are_you"})
        await asyncio.sleep(self._slow_s)
        return web.Response(status=status, body=None if answer is None else json.dumps(answer).encode())

    async def _answer(self, asked: web.BaseRequest) -> tuple[int, Any]:
        if asked.method == "GET":
            found = self._found(asked.path.split("/")[1:], asked.query)
            return (200, found) if found is not None else NOBODY
        said = await asked.json()
        match asked.path:
            case "/citizens/search":
                return 200, self._crm.search(said)
            case "/persons/search":
                return 200, self._crm.person(said)
            case "/persons/answers":
                return 200, self._crm.hold(said)
            case "/writes":
                return await self._written(asked.headers["idempotency-key"], said)
            case _:
                return NOBODY

    def _found(self, place: list[str], query: Mapping[str, str]) -> Any:  # noqa: ANN401 (JSON)
        offset, limit = int(query.get("offset", "0")), int(query.get("limit", "50"))
        match place:
            case ["citizens", name]:
                return self._crm.citizen(name)
            case ["citizens", name, what]:
                return self._of_a_citizen(name, what, query.get("which", "all"), (offset, limit))
            case ["requests", name]:
                return self._crm.request(name)
            case ["requests"]:
                return self._crm.due(float(query["due_by"]), limit)
            case _:
                return None

    def _of_a_citizen(self, name: str, what: str, which: str, page: tuple[int, int]) -> Any:  # noqa: ANN401 (JSON)
        match what:
            case "cases":
                return self._crm.cases(name)
            case "requests":
                return self._crm.requests(name, which, *page)
            case "contacts":
                return self._crm.contacts(name, *page)
            case _:
                return None

    async def _written(self, key: str, said: dict[str, Any]) -> tuple[int, Any]:
        """Store a write where it holds up no answer: it waits for the disk."""
        try:
            await asyncio.to_thread(self._crm.write, key, said)
        except Never as never:
            return 422, {"code": str(never)}
        return 204, None


async def serve(door: Door, place: socket.socket) -> None:
    """Serve for ever."""
    serving = web.ServerRunner(web.Server(door))
    await serving.setup()
    await web.SockSite(serving, place).start()
    await asyncio.Event().wait()


def main() -> None:
    """Serve until killed."""
    given = argparse.ArgumentParser(description=__doc__)
    for name in ("token", "hook-secret", "database", "citizens"):
        given.add_argument(f"--{name}", default="")
    given.add_argument("--port", type=int, default=0)
    given.add_argument("--slow", type=float, default=0.0)
    said = given.parse_args()
    crm = Crm(said.database)
    if said.citizens:
        crm.settle(json.loads(Path(said.citizens).read_text(encoding="utf-8")))
    place = socket.create_server(("127.0.0.1", said.port), backlog=BACKLOG)
    sys.stdout.write(f"{place.getsockname()[1]}\n")
    sys.stdout.flush()
    uvloop.run(serve(Door(crm, said.token, said.slow), place))


if __name__ == "__main__":
    main()
