from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.adapters.text_room import TextRoom
from tests.ivr.rooms import Rooms, rooms
from tests.ivr.writers import Desk, opened


@pytest.fixture
async def around(tmp_path: Path) -> AsyncIterator[Rooms]:
    """The house a conversation is held in."""
    async with rooms(tmp_path) as whole:
        yield whole


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def room(around: Rooms, desk: Desk, tmp_path: Path) -> AsyncIterator[TextRoom]:
    one = opened(around, desk, tmp_path)
    yield one
    await one.close()
