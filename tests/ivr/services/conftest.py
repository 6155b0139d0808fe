from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ivr.services.counter import Counter, counters


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    """A counter with María at it, proven to level 2, calling from her mobile."""
    folder = tmp_path / "counter"  # a house of tests/ivr/rooms.py may have its own database beside
    folder.mkdir()
    async with counters(folder) as opened:
        yield opened
