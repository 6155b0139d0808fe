"""What stays under way for ever, rows that deny what was signed, and a file of heads that is gone, are named."""

from pathlib import Path

import pytest
from sqlalchemy import Executable, delete, update

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.resting import Resting
from recordings.adapters.evidence.witness import HeadsFile
from recordings.adapters.tables import episodes, recordings
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.stores import Stores
from recordings.vault.envelope import Keyring
from tests.recordings.evidence.house import CALL, House

DENIED: list[tuple[Executable, str]] = [
    (update(recordings).values(sha512="0" * 128), "row denies"),
    (update(recordings).values(sha512="no hash"), "row denies"),
    (update(recordings).values(flaw="partial"), "row denies"),
    (update(episodes).values(outcome="refused"), "consent denied"),
    (update(episodes).values(text="Otra cosa"), "consent denied"),
    (update(episodes).values(citizen="citizen-8"), "consent denied"),
    (delete(episodes), "consent denied"),
]


def no_keys() -> Keyring:
    raise AssertionError("nothing is encrypted here")


async def rests(house: House) -> list[str]:
    resting = Resting(house.engine, Stores(FolderStore(house.vault)), no_keys)
    return [one.what for one in (await resting.look()).found]


async def named(house: House, published: Path | None = None) -> list[str]:
    return [one.what for one in await Audit(house.engine, published, lambda: house.now).look()]


@pytest.mark.parametrize(("change", "found"), DENIED)
async def test_a_row_that_denies_what_was_signed_is_named(
    house: House, change: Executable, found: str
) -> None:
    await house.record()
    await house.package()
    assert await rests(house) == []
    async with house.engine.begin() as connection:
        await connection.execute(change)
    assert await rests(house) == [found]


async def test_what_is_under_way_for_days_is_named(any_house: House) -> None:
    house = any_house
    for call in (CALL, "ventanilla-1795345209.2"):
        await house.recorder.begin(call, "es", "notice.recorded", 4_200, house.now)
    await house.recorder.ended(CALL, house.now + 5)
    await house.notary.round()
    house.now += 3_600
    assert await named(house) == []
    house.now += 30 * 86_400
    assert await named(house) == ["stuck", "stuck"]


async def test_a_file_of_heads_that_is_gone_is_named(house: House) -> None:
    file = house.folder / "heads.jsonl"
    assert await named(house, file) == []
    house.notary._witnesses = (HeadsFile(file, lambda: house.now),)
    await house.record()
    await house.package()
    assert await named(house, file) == []
    file.unlink()
    assert await named(house, file) == ["heads gone"]
