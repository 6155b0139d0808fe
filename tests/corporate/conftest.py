"""The reference implementation on either database, with the demonstration's people."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from corporate import Corporate
from corporate.adapters.affiliation import reference as affiliation
from corporate.adapters.appointments import reference as appointments
from corporate.adapters.cases import reference as cases
from corporate.adapters.content import reference as content
from corporate.adapters.pensions import reference as pensions
from corporate.adapters.seeding import seed
from corporate.adapters.subsidies import reference as subsidies
from corporate.adapters.surroundings import Surroundings
from corporate.adapters.tables import metadata
from corporate.guard import Limits
from corporate.guarded import guarded
from tests.databases import DIALECTS, opened

NOON = 1_795_345_200.0  # Sunday 22 November 2026, 11:00 UTC
# What a healthy system answers must not depend on how busy the machine is that runs the tests.
UNHURRIED = Limits(question_s=30.0, write_s=60.0)


@dataclass
class Clock:
    """A clock that stands until the test moves it."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


def reference(engine: AsyncEngine, clock: Clock) -> Corporate:
    """Open all six systems of ours."""
    around = Surroundings(engine, clock)
    return Corporate(
        affiliation.open_system(around),
        pensions.open_system(around),
        subsidies.open_system(around),
        cases.open_system(around),
        appointments.open_system(around),
        content.open_system(around),
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, metadata) as engine:
        await seed(engine, clock())
        yield engine


@pytest.fixture(params=("bare", "guarded"))
def corporate(request: pytest.FixtureRequest, engine: AsyncEngine, clock: Clock) -> Corporate:
    bare = reference(engine, clock)
    return guarded(bare, lambda _: None, clock, UNHURRIED) if request.param == "guarded" else bare
