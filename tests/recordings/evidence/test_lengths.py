"""How long a call was, by its clock and by its bytes: honest packages hold, and no length dates a call back."""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from recordings.adapters.evidence.keys import Role
from recordings.adapters.tables import recordings
from recordings.evidence import names
from recordings.evidence.findings import Check, Verdict
from recordings.naming import is_in_writing
from tests.recordings.evidence.forging import files_of, packed, resealed, signed_again, stamped_again, wrongs
from tests.recordings.evidence.house import CALL, SECOND, House
from tests.recordings.evidence.outsiders import instructed, unpacked

WEEK_S = 7 * 86_400
WRITTEN = "ventanilla-text-1795345200.1"


async def over(house: House, call: str, content: bytes, seconds: float, *, chained: bool = False) -> None:
    """A call of so many seconds, of which this was written a quarter of an hour before it was sealed."""
    path = await house.recorder.begin(call, "es", "notice.recorded", 4_200, house.now)
    assert path is not None
    path.write_bytes(content)
    if chained:
        await house.recorder.chain.go_round()
    house.now += seconds
    await house.recorder.ended(call, house.now)
    house.now += 8
    os.utime(path, (house.now - 900, house.now - 900))
    assert await house.recorder.seal_waiting() == 1


async def test_a_call_whose_disk_was_full_early_holds_with_reservations(house: House) -> None:
    await over(house, CALL, SECOND * 30, 1_800)
    package = await house.package()
    assert wrongs(house, package) == set()
    said = [one.sentence for found in house.checked(package).values() for one in found]
    assert any("lasted 1800 s, and there are 30 s" in one for one in said), said
    assert any("Nothing was noted of the recording while it was made" in one for one in said), said
    assert "WITH RESERVATIONS: chunk_chain" in instructed(unpacked(package))


async def test_one_of_which_nothing_was_noted_while_it_was_made_holds_with_reservations(house: House) -> None:
    await over(house, CALL, SECOND * 11, 11)
    (finding,) = house.checked(await house.package())[Check.AUDIO]
    assert (finding.verdict, "Nothing was noted" in finding.sentence) == (Verdict.REMARK, True)


async def test_of_a_long_one_a_chain_is_there_that_was_kept_while_it_was_made(house: House) -> None:
    await over(house, CALL, SECOND * 11, 11, chained=True)
    assert house.checked(await house.package()) == {}


async def test_a_conversation_in_writing_that_was_silent_at_its_end_holds(house: House) -> None:
    assert is_in_writing(WRITTEN)
    lines = [json.dumps({"at": house.now + at, "who": "citizen", "text": "hola"}) for at in range(20)]
    await over(house, WRITTEN, "\n".join([*lines, ""]).encode(), 1_200)
    package = await house.package(WRITTEN)
    assert wrongs(house, package) == set()
    (finding,) = house.checked(package)[Check.TIME]
    assert finding.verdict is Verdict.REMARK, "twenty minutes in which nothing shows when they were"


async def test_a_call_dated_back_by_a_length_that_its_audio_has_not_is_wrong(house: House) -> None:
    await house.record()
    older = {"begun_at": recordings.c.begun_at - WEEK_S}
    async with house.engine.begin() as connection:
        longer = {"duration_ms": recordings.c.duration_ms + WEEK_S * 1000}
        await connection.execute(update(recordings).values(older | longer))
    package = await house.package()
    assert wrongs(house, package) == {Check.AUDIO}
    with pytest.raises(AssertionError):
        instructed(unpacked(package))


async def test_a_call_dated_back_by_its_clock_alone_is_a_reservation(house: House) -> None:
    await house.record()
    async with house.engine.begin() as connection:
        await connection.execute(
            update(recordings).values(begun_at=recordings.c.begun_at - WEEK_S, flaw="none")
        )
    package = await house.package()
    assert wrongs(house, package) == set()
    (finding,) = house.checked(package)[Check.TIME]
    assert finding.verdict is Verdict.REMARK


@pytest.mark.parametrize("said", [-1.0, float("nan"), "long", None, 1e308])
async def test_a_length_that_is_none_is_a_finding(house: House, said: object) -> None:
    await house.record()
    package = await house.package()

    def lengthen(vcon: dict[str, Any]) -> None:
        vcon["attachments"][1]["body"]["call_ms"] = said

    assert Check.TIME in await signed_so(house, files_of(package), lengthen)


async def signed_so(
    house: House, files: dict[str, bytes], change: Callable[[dict[str, Any]], None]
) -> set[Check]:
    seal = house.keys.identity(Role.SEAL)
    signed_again(files, seal, change)
    stamped_again(house, files, house.now)
    files = await asyncio.to_thread(resealed, files, seal)
    return wrongs(house, packed(files, house.folder / "so.asice"))


async def test_a_recording_with_another_header_than_ours_is_wrong(house: House) -> None:
    """Its length is read out of the file: a header that says another one would be believed by a player."""
    await house.record()
    files = files_of(await house.package())
    wav = bytearray(files[names.AUDIO])
    wav[40:44] = (16).to_bytes(4, "little")
    files[names.AUDIO] = bytes(wav)

    def fit(vcon: dict[str, Any]) -> None:
        from hashlib import sha512  # noqa: PLC0415 - only here

        from recordings.evidence.vcon import content_hash  # noqa: PLC0415 - only here

        vcon["dialog"][0]["content_hash"] = content_hash(sha512(files[names.AUDIO]).digest())

    assert await signed_so(house, files, fit) == {Check.AUDIO, Check.LOG}
