"""A code rests sealed: in no file of the database, for nobody else's number, and gone as soon as it was sent."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters.tables import metadata
from messages.adapters.tables import outbox as table
from messages.seal import Seal, Unsealable
from server.database import open_engine
from tests.databases import DIALECTS, opened
from tests.messages.post import CODE, SEAL, To, posted
from tests.messages.test_postman import Remembers, rounds

ADDRESS = st.none() | st.text(max_size=20)


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, metadata) as engine:
        yield engine


@given(st.text(), st.text(), ADDRESS, ADDRESS)
def test_what_is_sealed_is_read_again_with_this_key_for_these_addresses_only(
    text: str, key: str, number: str | None, email: str | None
) -> None:
    sealed = SEAL.close(text, key, number, email)
    assert SEAL.open(sealed, key, number, email) == text
    assert sealed != SEAL.close(text, key, number, email), "two seals of one code tell nobody that it is one"
    for seal, what, named, where in (
        (Seal(b"another secret"), sealed, key, number),
        (SEAL, sealed, key, f"{number or ''}9"),
        (SEAL, sealed, f"{key}9", number),
        (SEAL, sealed[:-1], key, number),
    ):
        with pytest.raises(Unsealable):
            seal.open(what, named, where, email)


async def test_the_files_of_the_database_never_hold_a_code_and_forget_the_seal_of_one_that_was_sent(
    tmp_path: Path,
) -> None:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'house.sqlite'}")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    post = posted(engine, Remembers())
    assert await post.outbox.leave("code", To(), CODE, "call-1:bank:1", urgent=True)
    (row,) = await post.rows(table)
    await _written_back(engine)
    assert _holds(tmp_path, row.sealed), "else this test looks in the wrong place"
    assert not _holds(tmp_path, CODE["code"].encode())
    await rounds(post)
    assert await post.states() == ["sent"]
    await _written_back(engine)
    await engine.dispose()
    assert not _holds(tmp_path, row.sealed[-16:])
    assert not _holds(tmp_path, CODE["code"].encode())


async def _written_back(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert (await connection.exec_driver_sql("PRAGMA secure_delete")).scalar_one() == 1
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _holds(folder: Path, what: bytes) -> bool:
    return any(what in file.read_bytes() for file in folder.iterdir())


async def test_a_code_whose_number_was_changed_in_the_database_goes_to_nobody(
    engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    channel = Remembers()
    post = posted(engine, channel)
    assert await post.outbox.leave("code", To(), CODE, "call-1:bank:1", urgent=True)
    async with engine.begin() as connection:
        await connection.execute(update(table).values(number="+34699999999"))
    assert await post.text() == ""
    with caplog.at_level(logging.ERROR):
        await rounds(post, 2)
    assert channel.taken == []
    assert [row.state for row in await post.rows(table)] == ["failed"]
    assert "cannot be opened" in caplog.text


async def test_a_code_whose_number_is_changed_after_it_was_parted_goes_to_nobody_either(
    engine: AsyncEngine,
) -> None:
    channel = Remembers(up=False)
    post = posted(engine, channel)
    assert await post.outbox.leave("code", To(), CODE, "call-1:bank:1", urgent=True)
    await rounds(post)
    async with engine.begin() as connection:
        await connection.execute(update(table).values(number="+34699999999"))
    channel.up = True
    await rounds(post)
    post.now += 301
    await post.postman.sweep()
    assert (channel.taken, await post.states()) == ([], ["expired"])
