"""A routine rotation makes no honest package invalid, and a retired key adds nothing."""

import asyncio
import json

import httpx
import pytest

from recordings.adapters.evidence.export import NoEvidence
from recordings.adapters.evidence.keys import NoKey, Role, trusted
from recordings.adapters.evidence.rotating import waits_for_stamp
from recordings.adapters.evidence.witness import HttpWitness
from recordings.evidence import names
from recordings.evidence.findings import Check
from recordings.evidence.trust import BadTrust
from tests.recordings.evidence.forging import files_of, packed, resealed, wrongs
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.test_witness import KEY, Watching, serving

OTHER = "ventanilla-1795345209.2"


async def test_a_seal_retired_a_second_before_its_stamp_came_has_signed_what_it_signed(house: House) -> None:
    await house.record()
    house.authority_ahead = 3.0
    package = await house.package()
    house.keys.retire(Role.SEAL, house.now + 1)
    assert house.checked(package) == {}


async def test_a_head_whose_key_was_retired_before_its_stamp_is_passed_over(house: House) -> None:
    house.authority_away = True
    await house.record()
    house.now += 61
    await house.notary.round()
    house.keys.retire(Role.LOG, house.now)
    with pytest.raises(NoEvidence, match="ask again in a minute"):
        await house.exports.export(CALL, house.folder / "early.asice")
    house.now += 3_600
    house.authority_away = False
    await house.notary.stamp_waiting()
    with pytest.raises(NoEvidence, match="ask again in a minute"):
        await house.exports.export(CALL, house.folder / "between.asice")
    await house.record(OTHER)
    package = await house.package()
    assert wrongs(house, package) == set()
    assert Check.HEAD not in house.checked(package)


async def test_a_head_that_a_witness_has_signed_is_shown_before_an_older_one_that_it_has_not(
    house: House,
) -> None:
    watching = Watching(house.trust.logs)
    (house.keys.trust_folder / "witness.vkey").write_text(f"{KEY.written}\n")
    async with serving(watching) as address, httpx.AsyncClient() as client:
        await house.record()
        first = await house.package()
        assert Check.HEAD in house.checked(first)
        house.notary._witnesses = (HttpWitness(address, KEY, client, house.facts.append),)
        await house.record(OTHER)
        again = await house.package(name="again.asice")
    assert house.checked(again) == {}


async def test_a_key_waits_for_the_stamps_of_what_it_signed(any_house: House) -> None:
    house = any_house
    roles = (Role.SEAL, Role.LOG, Role.AUTHORITY)
    assert [await waits_for_stamp(house.engine, role) for role in roles] == [None, None, None]
    house.authority_away = True
    await house.record()
    house.now += 61
    await house.notary.round()
    seal, log, authority = [await waits_for_stamp(house.engine, role) for role in roles]
    assert seal == "1 recordings that the seal has signed have no time stamp yet"
    assert log is not None
    assert "has no time stamp yet" in log
    assert authority is None
    house.now += 60
    house.authority_away = False
    package = await house.package()
    assert [await waits_for_stamp(house.engine, role) for role in roles] == [None, None, None]
    assert wrongs(house, package) == set()


async def test_a_head_of_a_retired_key_whose_stamp_was_left_out_is_wrong(house: House) -> None:
    await house.record()
    package = await house.package()
    house.keys.retire(Role.LOG, house.now)
    assert house.checked(package) == {}
    files = files_of(package)
    del files[names.HEAD_STAMP]
    files = await asyncio.to_thread(resealed, files, house.keys.identity(Role.SEAL))
    assert wrongs(house, packed(files, house.folder / "bare.asice")) == {Check.HEAD}


@pytest.mark.parametrize("written", ["{", "[]", '{"a": "x"}', '{"a": true}', '{"a": NaN}', "\udcff", ""])
async def test_a_list_of_retired_keys_that_cannot_be_read_is_trouble_and_is_not_written_over(
    house: House, written: str
) -> None:
    file = house.keys.trust_folder / "retired.json"
    file.write_bytes(written.encode(errors="surrogateescape"))
    with pytest.raises(BadTrust, match=r"retired\.json"):
        trusted(house.keys.trust_folder)
    signing = house.keys.signing(Role.SEAL)
    with pytest.raises(NoKey, match="restored"):
        house.keys.retire(Role.SEAL, house.now)
    assert house.keys.signing(Role.SEAL) == signing
    assert file.read_bytes() == written.encode(errors="surrogateescape")
    file.write_text(json.dumps({"a": 1.0}))
    assert trusted(house.keys.trust_folder).retired == {"a": 1.0}
