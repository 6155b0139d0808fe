"""Houses that make evidence, on either database; their keys are made once, for that takes a second."""

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import recordings.adapters.evidence.tables  # noqa: F401 - declares them beside the others
from recordings.adapters.evidence.keys import Keys
from recordings.adapters.tables import metadata
from tests.databases import DIALECTS, opened
from tests.recordings.evidence.house import ORIGIN, House

OWNER = "INSS"


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    Keys(folder, ORIGIN, OWNER).prepare(time.time() - 86_400)
    return folder


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Keys of somebody else who calls themselves by the same name."""
    others = Keys(tmp_path_factory.mktemp("strangers"), "other.example/log", OWNER)
    others.prepare(time.time() - 86_400)
    return others


@pytest.fixture
def keys(made_keys: Path, tmp_path: Path) -> Keys:
    shutil.copytree(made_keys, tmp_path / "keys")
    return Keys(tmp_path / "keys", ORIGIN, OWNER)


@pytest.fixture
async def house(tmp_path: Path, keys: Keys) -> AsyncIterator[House]:
    """On SQLite, for all that has nothing to do with the database."""
    async with opened("sqlite", tmp_path, metadata) as engine:
        yield House(engine, tmp_path, keys)


@pytest.fixture(params=DIALECTS)
async def any_house(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys) -> AsyncIterator[House]:
    async with opened(request.param, tmp_path, metadata) as engine:
        yield House(engine, tmp_path, keys)
