"""Who takes time stamps away, or spoils them, is found out; what can be stamped again is, and says that it is late."""

import pytest
from sqlalchemy import delete, update

from recordings.adapters.evidence.resting import Resting
from recordings.adapters.evidence.tables import evidence, stamps
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.stores import Stores
from recordings.facts import LogDoubted
from recordings.vault.envelope import Keyring
from tests.recordings.evidence.forging import wrongs
from tests.recordings.evidence.house import House


def no_ring() -> Keyring:
    raise AssertionError("nothing is encrypted")


async def named(house: House) -> list[str]:
    found = await Resting(house.engine, Stores(FolderStore(house.vault)), no_ring).look()
    return [one.what for one in found.found]


async def stamped(house: House) -> None:
    """An hour later, and an hour later, as the notary looks at all."""
    await house.record()
    await house.package()
    house.now += 3_600
    await house.notary.round()
    assert (await named(house), house.told(LogDoubted)) == ([], [])


async def test_stamps_that_were_deleted_are_told_and_made_anew(house: House) -> None:
    await stamped(house)
    async with house.engine.begin() as connection:
        await connection.execute(delete(stamps))
    assert await named(house) == ["stamp gone"]
    house.now += 3_600
    package = await house.package()
    assert (await named(house), len(house.told(LogDoubted))) == ([], 1)
    assert wrongs(house, package) == set()
    assert "proves no time before its own" in str(house.checked(package)), "it is late, and says so"


@pytest.mark.parametrize("reply", [b"\0", b""])
async def test_a_stamp_that_was_spoilt_is_named(house: House, reply: bytes) -> None:
    await stamped(house)
    async with house.engine.begin() as connection:
        await connection.execute(update(stamps).values(reply=reply))
    assert await named(house) == ["stamp spoilt"]


async def test_evidence_under_another_id_which_has_no_stamps_is_named(house: House) -> None:
    await stamped(house)
    async with house.engine.begin() as connection:
        await connection.execute(update(evidence).values(id="0"))
    assert await named(house) == ["row denies", "stamp gone"]
