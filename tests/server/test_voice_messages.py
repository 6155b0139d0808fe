"""Spoken messages, on both databases, over the real bridge: a file, a row, and a request that owns both."""

import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters import tables
from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.seeding import seed
from crm_bridge.connectors.builtin import Builtin
from ivr.ports.floor import WishForm
from ivr.ports.register import RegistryDown
from server import voice_messages as messages
from server.facts import VoiceMessageLeft
from server.voice_messages import VoiceMessages
from tests.crm_bridge.conftest import KEY, NOON, UNHURRIED
from tests.databases import DIALECTS, opened

WISH = WishForm("ventanilla-1763791200.12", "pension", "es", 1, 0, NOON, caller="+34911234567")


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    whole = MetaData()
    for one in (tables.metadata, messages.metadata):
        for table in one.sorted_tables:
            table.to_metadata(whole)
    async with opened(request.param, tmp_path, whole) as engine:
        await seed(engine, KEY)
        yield engine


@pytest.fixture
def said() -> list[object]:
    return []


@pytest.fixture
def box(
    engine: AsyncEngine, tmp_path: Path, said: list[object], monkeypatch: pytest.MonkeyPatch
) -> VoiceMessages:
    monkeypatch.setattr(messages, "BEGIN_S", 60.0)
    bridge = Bridge(engine, Builtin(engine, KEY), lambda _: None, lambda: NOON, UNHURRIED)
    return VoiceMessages(engine, bridge, tmp_path / "messages", said.append, lambda: NOON)


def spoken(file: Path, seconds: float) -> None:
    """What Asterisk writes: 8 kHz, 16 bits, one channel."""
    with wave.open(str(file.with_name(file.name + ".wav")), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\1\0" * int(8000 * seconds))


async def test_a_message_belongs_to_the_request_whose_reference_the_caller_hears(
    box: VoiceMessages, engine: AsyncEngine, said: list[object]
) -> None:
    file = await box.begin(WISH)
    spoken(file, 7.0)
    reference = await box.left(WISH.call)
    async with engine.connect() as connection:
        row = (await connection.execute(select(messages.voice_messages))).one()
    assert (row.request, row.number, row.seconds) == (reference, "+34911234567", 7.0)
    assert len(row.sha512) == 128
    assert said == [VoiceMessageLeft(WISH.call, str(reference), 7.0, NOON)]
    assert (file.parent.stat().st_mode & 0o777) == 0o700


@pytest.mark.parametrize("seconds", [None, 0.0, 0.5])
async def test_silence_is_no_message(box: VoiceMessages, said: list[object], seconds: float | None) -> None:
    file = await box.begin(WISH)
    if seconds is not None:
        spoken(file, seconds)
    assert await box.left(WISH.call) is None
    assert said == []


async def test_a_second_try_in_the_same_call_is_the_same_message(
    box: VoiceMessages, engine: AsyncEngine
) -> None:
    await box.begin(WISH)
    file = await box.begin(WISH)
    spoken(file, 3.0)
    assert await box.left(WISH.call)
    async with engine.connect() as connection:
        assert len((await connection.execute(select(messages.voice_messages))).all()) == 1


async def test_a_database_that_is_away_is_told_as_such(box: VoiceMessages, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(messages.voice_messages.drop)
    with pytest.raises(RegistryDown):
        await box.begin(WISH)
