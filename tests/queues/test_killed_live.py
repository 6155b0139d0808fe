"""The server is killed (-9) on a real Asterisk as soon as a step of a call is seen from outside, and started again.

The caller stays, the agent is not stuck, and afterwards our books say what Asterisk's records of calls say. Every step
on paper, with what may happen meanwhile, is in test_killed_at_every_step.py.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from queues.adapters.tables import metadata
from server.runtime.site import AgentLine
from tests.conftest import REPOSITORY, RunningAsterisk, StartAsterisk
from tests.databases import SQLITE, opened
from tests.queues.books import answered, conversations, left_behind
from tests.queues.switchboard import LONGEST, PEOPLE
from tests.telephones import agent_telephone, citizens

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]
CITIZEN = ("931234567",)


class Server:
    """The switchboard's process. `kill` it when it says something; `start` it again."""

    def __init__(self, asterisk: RunningAsterisk, folder: Path) -> None:
        ports = asterisk.site.ports
        database = f"sqlite+aiosqlite:///{folder / SQLITE}"
        self._where = {
            "agi": ports.agi,
            "ami": ports.ami,
            "secret": asterisk.secrets.ami,
            "database": database,
        }
        self._process: Process | None = None

    async def start(self) -> None:
        words = (sys.executable, "-m", "tests.queues.killable", json.dumps(self._where))
        self._process = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, cwd=REPOSITORY)
        await self.says("serves")

    async def says(self, what: str) -> None:
        """Wait until it says something that begins like this."""
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(LONGEST):
            while not (said := (await self._process.stdout.readline()).decode()).startswith(what):
                assert said, f"ended before it said {what}"

    def tell(self, words: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n".encode())

    async def kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None


@pytest.fixture(scope="module")
def own_asterisk(start_asterisk: StartAsterisk) -> RunningAsterisk:
    agents = tuple(AgentLine(person.name, browser=False) for person in PEOPLE)
    return start_asterisk(agents=agents, lost_pause=1, lost_attempts=20)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened("sqlite", tmp_path, metadata) as engine:
        yield engine


@pytest.fixture
async def server(own_asterisk: RunningAsterisk, tmp_path: Path, engine: AsyncEngine) -> AsyncIterator[Server]:
    del engine  # its tables are what the server finds
    (own_asterisk.places.logs / "cdr-custom" / "calls.csv").unlink(missing_ok=True)
    server = Server(own_asterisk, tmp_path)
    yield server
    await server.kill()


async def ana_is(engine: AsyncEngine, state: str) -> None:
    """Wait until the disk says so of her."""
    async with asyncio.timeout(LONGEST):
        while True:
            async with engine.connect() as connection:
                found = await connection.execute(
                    text("SELECT state FROM queues_agent_states WHERE agent = 'ana'")
                )
                if found.scalar() == state:
                    return
            await asyncio.sleep(0.05)


SEEN = ("AgentReserved", "AgentRinging", "TalkStarted", "TalkEnded", "AgentStateChanged wrap_up")
RARE = [pytest.param(seen, marks=pytest.mark.slow) for seen in SEEN[2:]]


@pytest.mark.parametrize("seen", [*SEEN[:2], *RARE])
async def test_killed_as_soon_as_it_is_seen(
    own_asterisk: RunningAsterisk, server: Server, engine: AsyncEngine, seen: str
) -> None:
    sip = f"127.0.0.1:{own_asterisk.site.ports.sip}"
    await server.start()
    async with agent_telephone("ana", own_asterisk.secrets.agents["ana"], sip, answers_after=1.0) as ana:
        server.tell("sign_in ana")
        await ana_is(engine, "ready")
        async with citizens(CITIZEN, "901166565", sip) as (caller,):
            if seen in SEEN[3:]:
                await ana.answered(within=LONGEST)
                await ana_is(engine, "talking")
                await ana.hang_up()
            await server.says(seen)
            await server.kill()
            await server.start()
            if seen not in SEEN[3:]:
                await ana_is(engine, "talking")
                assert not caller.dropped
                await ana.hang_up()
        await ana_is(engine, "wrap_up")
        server.tell("wrap_up_done ana")
        await ana_is(engine, "ready")
    assert await left_behind(engine) == ([], [])
    assert await answered(engine) == conversations(own_asterisk)
    assert len(await answered(engine)) == 1
