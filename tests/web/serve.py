"""Puts the fakes behind the real application and serves it with the real uvicorn on a free loopback port."""

import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.web.house import SUBJECTS, FakeDesk, FakePage, FakeSupervision, FakeWall
from tests.web.samples import board
from tests.web.writing import FakeTexts
from web.adapters.accounts import Accounts
from web.adapters.serving import serving
from web.adapters.tables import metadata
from web.app import create_app
from web.house import House
from web.ports import ListeningPort, Subject
from web.settings import WebSettings

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # its strength is argon2's to test

FORM = "https://institution.example/forms/a-very-long-name/of-a-form.pdf?language=es"
GOOD_TOKEN = "abcdefg2"  # the one short link of the tests' office


@dataclass(frozen=True)
class Telephones:
    """Asterisk's WebSocket, the secret of the agents' browsers and the citizens'."""

    socket: str
    agents: str
    citizens: str


NOBODY = Telephones("ws://127.0.0.1:9/ws", "", "")  # the discard port: as when Asterisk is down


@dataclass(frozen=True)
class Office:
    """A served web application with everything behind it."""

    url: str
    desk: FakeDesk
    wall: FakeWall
    page: FakePage
    texts: FakeTexts
    accounts: Accounts
    subjects: list[Subject]
    engine: AsyncEngine
    facts: list[object]
    supervision: FakeSupervision


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'web.sqlite3'}")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield engine
    await engine.dispose()


@asynccontextmanager
async def open_office(
    folder: Path,
    *,
    demonstration: bool = True,
    port: int = 0,
    telephones: Telephones = NOBODY,
    proxies: tuple[str, ...] = (),
    listening: ListeningPort | None = None,
) -> AsyncIterator[Office]:
    """Serve until the context closes; the accounts are the demonstration's.

    With an Asterisk, `telephones` says how to reach it; without one, every telephone's line is dead.
    """
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    at = time.time()
    desk, wall, page = (
        FakeDesk(at, telephones.agents),
        FakeWall(board(at)),
        FakePage(telephones.citizens),
    )
    facts: list[object] = []

    async def leads_to(word: str) -> str | None:
        return FORM if word == GOOD_TOKEN else None

    texts, supervision = FakeTexts(), FakeSupervision()
    subjects = list(SUBJECTS)
    async with database(folder) as engine:
        accounts = Accounts(engine, hasher=QUICK)
        await accounts.add_demonstration()
        settings = WebSettings((url,), {f"127.0.0.1:{port}": telephones.socket}, demonstration=demonstration)
        house = House(
            desk=desk,
            wall=wall,
            page=page,
            text=texts,
            accounts=accounts,
            subjects=lambda: tuple(subjects),
            settings=settings,
            access=facts.append,
            supervision=supervision,
            listening=listening,
            links=leads_to,
        )
        async with serving(create_app(house), "127.0.0.1", port, proxies):
            yield Office(url, desk, wall, page, texts, accounts, subjects, engine, facts, supervision)
