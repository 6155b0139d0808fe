from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ivr.rooms import Rooms, rooms


@pytest.fixture
async def around(tmp_path: Path) -> AsyncIterator[Rooms]:
    """The house a conversation is held in."""
    async with rooms(tmp_path) as whole:
        yield whole
