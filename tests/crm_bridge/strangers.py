"""Foreign CRMs over HTTP, opened for the tests: the one that keeps records, and the stranger's own program."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import cast

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.connectors.http import HttpCrm, connect
from crm_bridge.demonstration import INHABITANTS
from crm_bridge.ports import Connector
from tests.crm_bridge.records_crm import MAPPING, TOKEN, RecordsCrm, a_records_crm

PROGRAM = "tests.crm_bridge.foreign_crm"
REPOSITORY = Path(__file__).parents[2]
HOOK_SECRET = "whsec_" + "dmVudGFuaWxsYSB0ZXN0cyBzZWNyZXQgMTIzNDU2Nzg="
START_LIMIT_S = 20.0
NO_ENGINE = cast("AsyncEngine", None)  # the HTTP connector keeps nothing of ours


def citizens() -> str:
    """The demonstration's citizens as the page writes them."""
    people = [
        {
            "citizen": asdict(one.citizen),
            "answers": dict(one.answers),
            "cases": [{**asdict(case), "since": case.since.isoformat()} for case in one.cases],
        }
        for one in INHABITANTS
    ]
    return json.dumps(people)


class Stranger:
    """The stranger's CRM as a process that can be killed and started again on the same port and file."""

    def __init__(self, folder: Path, program: str = PROGRAM) -> None:
        """`program`: a module that takes the same words, and says its port as the first line."""
        self._program = program
        self.database = folder / "foreign.sqlite"
        self._citizens = folder / "citizens.json"
        self._citizens.write_text(citizens(), encoding="utf-8")
        self._process: Process | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def options(self) -> dict[str, str]:
        return {"url": self.url, "token": TOKEN, "mapping": "native"}

    async def start(self, slow_s: float = 0.0) -> None:
        settled = [] if self.database.exists() else ["--citizens", str(self._citizens)]
        self._process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                self._program,
                "--port",
                str(self.port),
                "--database",
                str(self.database),
            ),
            *("--token", TOKEN, "--hook-secret", HOOK_SECRET, "--slow", str(slow_s), *settled),
            stdout=PIPE,
            cwd=REPOSITORY,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(START_LIMIT_S):
            self.port = int(await self._process.stdout.readline())

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()  # to its end, so that the pipe is closed as well


@asynccontextmanager
async def a_stranger(folder: Path, slow_s: float = 0.0) -> AsyncIterator[Stranger]:
    stranger = Stranger(folder)
    await stranger.start(slow_s)
    try:
        yield stranger
    finally:
        await stranger.kill()


@asynccontextmanager
async def connected(theirs: RecordsCrm) -> AsyncIterator[HttpCrm]:
    """Open the connector to a CRM that only keeps records."""
    options = {"url": f"http://127.0.0.1:{theirs.port}", "token": TOKEN, "mapping": str(MAPPING)}
    async with connect(NO_ENGINE, b"", options) as connector:
        assert isinstance(connector, HttpCrm)
        yield connector


@asynccontextmanager
async def records_connector() -> AsyncIterator[Connector]:
    async with a_records_crm() as crm, connected(crm) as connector:
        yield connector


@asynccontextmanager
async def stranger_connector(folder: Path) -> AsyncIterator[Connector]:
    async with a_stranger(folder) as stranger, connect(NO_ENGINE, b"", stranger.options) as connector:
        yield connector
