"""A bridge on either database, with the demonstration's citizens in it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge, Limits
from crm_bridge.adapters.seeding import seed
from crm_bridge.adapters.tables import metadata
from crm_bridge.connectors.builtin import Builtin
from tests.crm_bridge.real.odoo import an_odoo
from tests.crm_bridge.real.process import Served
from tests.crm_bridge.real.tryton import a_tryton
from tests.databases import DIALECTS, opened

# What a healthy CRM answers must not depend on how busy the machine is that runs the tests.
UNHURRIED = Limits(card=30.0, register=30.0, write=30.0)
KEY = b"a key of the tests"
NOON = 1_795_345_200.0  # 22 November 2026, 11:00 UTC


@dataclass
class Clock:
    """A clock that stands until the test moves it."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    """A bridge, what stands behind it, and the facts it published."""

    engine: AsyncEngine
    bridge: Bridge
    clock: Clock
    facts: list[object] = field(default_factory=list)

    def told(self, kind: type) -> list[object]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, metadata) as engine:
        await seed(engine, KEY)
        yield engine


@pytest.fixture
def desk(engine: AsyncEngine) -> Desk:
    facts: list[object] = []
    clock = Clock()
    return Desk(engine, Bridge(engine, Builtin(engine, KEY), facts.append, clock, UNHURRIED), clock, facts)


@pytest.fixture(scope="session")
def tryton_server(runtime_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The session's Tryton; its database is a copy."""
    with a_tryton(runtime_root, tmp_path_factory.mktemp("tryton")) as served:
        yield served


@pytest.fixture(scope="session")
def odoo_server(runtime_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The session's Odoo 19; its database is a copy."""
    with an_odoo(runtime_root, tmp_path_factory.mktemp("odoo")) as served:
        yield served
