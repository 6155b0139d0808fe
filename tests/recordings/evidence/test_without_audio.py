"""Calls whose audio is missing, empty or cut: there is evidence of them, it says so, and somebody is told."""

from sqlalchemy import select, update

from recordings.adapters.episodes import Episodes
from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.keys import Role
from recordings.adapters.tables import recordings
from recordings.evidence import names
from recordings.evidence.findings import Check, Verdict
from recordings.facts import ConsentUnheard, EvidenceMade
from recordings.marks import Kind
from recordings.recording import State
from tests.recordings.evidence.forging import files_of, forged, packed, payload, signed_again, wrongs
from tests.recordings.evidence.house import CALL, SECOND, House, accepted
from tests.recordings.evidence.outsiders import another_jose_library, instructed, the_draft, unpacked


async def call_of(house: House, content: bytes | None, seconds: float = 5.0) -> str:
    """A call that is over, with an episode that was accepted; `content`: what Asterisk wrote. Its state."""
    path = await house.recorder.begin(CALL, "es", "notice.recorded", 4_200, house.now)
    assert path is not None
    if content is not None:
        path.write_bytes(content)
    await Episodes(house.engine).begin(accepted(CALL, house.now))
    house.now += seconds
    await house.recorder.ended(CALL, house.now)
    house.now += 60
    assert await house.recorder.seal_waiting() == 1
    async with house.engine.connect() as connection:
        return str((await connection.execute(select(recordings.c.state))).scalar_one())


async def test_a_consent_whose_recording_is_missing_is_signed_as_that_and_somebody_is_told(
    any_house: House,
) -> None:
    house = any_house
    assert await call_of(house, None) == State.MISSING
    package = await house.package()
    (told,) = house.told(ConsentUnheard)
    assert (told.call, told.act, told.flaw) == (CALL, "bank_account", "missing")  # type: ignore[attr-defined] # told gives facts
    assert wrongs(house, package) == set()
    said = " ".join(one.sentence for one in house.checked(package)[Check.AUDIO])
    assert "nothing of this call can be heard" in said
    assert "accepted (bank_account) is not on the recording" in said
    vcon = payload(files_of(package)[names.VCON])
    assert {"url", "content_hash", "filename"}.isdisjoint(vcon["dialog"][0])
    assert vcon["dialog"][0]["duration"] == 5.0
    the_draft(vcon)
    for _ in range(3):
        await house.notary.round()
    assert len(house.told(ConsentUnheard)) == len(house.told(EvidenceMade)) == 1
    assert await Audit(house.engine, None, lambda: house.now).look() == ()


async def test_a_stranger_can_check_the_package_of_an_empty_recording(house: House) -> None:
    assert await call_of(house, b"") == State.EMPTY
    folder = unpacked(await house.package())
    assert '"flaw":"empty"' in instructed(folder)
    assert another_jose_library(folder)["dialog"][0]["type"] == "recording"


async def test_what_was_agreed_behind_the_end_of_the_audio_is_told_and_what_lies_before_is_not(
    house: House,
) -> None:
    assert await call_of(house, SECOND, 30.0) == State.SEALED
    await house.notary.round()
    assert [fact.flaw for fact in house.told(ConsentUnheard)] == ["partial"]  # type: ignore[attr-defined] # told gives facts


async def test_of_a_whole_recording_nothing_is_told(house: House) -> None:
    await house.record()
    assert house.checked(await house.package()) == {}
    assert house.told(ConsentUnheard) == []


async def test_a_recording_left_out_of_its_package_or_put_into_an_empty_ones_is_seen(house: House) -> None:
    await house.record()
    package = await house.package()

    def leave_out(files: dict[str, bytes]) -> None:
        del files["recording.wav"]

    assert await forged(house, package, leave_out) == {Check.AUDIO}


async def test_a_recording_put_beside_a_vcon_that_knows_of_none_is_seen(house: House) -> None:
    await call_of(house, None)
    package = await house.package()

    def put_in(files: dict[str, bytes]) -> None:
        files["recording.wav"] = SECOND

    assert await forged(house, package, put_in) == {Check.AUDIO}


async def test_a_flaw_that_the_institution_has_signed_is_a_reservation(house: House) -> None:
    await call_of(house, SECOND * 5 + b"\0", 5.0)
    found = house.checked(await house.package())[Check.AUDIO]
    assert [one.verdict for one in found] == [Verdict.REMARK]
    assert "partial" in found[0].sentence


async def test_a_sealed_recording_that_is_called_missing_is_named_whatever_else_was_wiped(
    house: House,
) -> None:
    await house.record()
    await house.package()
    async with house.engine.begin() as connection:
        await connection.execute(update(recordings).values(state="missing", sha512=None, sealed_at=None))
    assert {one.what for one in await Audit(house.engine, None, lambda: house.now).look()} == {"unsealed"}


async def test_a_recording_that_was_called_missing_before_it_was_signed_is_named(house: House) -> None:
    await house.record()
    async with house.engine.begin() as connection:
        await connection.execute(update(recordings).values(state="missing", flaw="missing"))
    await house.notary.round()
    assert {one.what for one in await Audit(house.engine, None, lambda: house.now).look()} == {"unsealed"}


async def test_control_characters_of_a_stranger_are_not_printed(house: House) -> None:
    await call_of(house, None)
    files = files_of(await house.package())

    def shout(vcon: dict[str, object]) -> None:
        attachments = vcon["attachments"]
        assert isinstance(attachments, list)
        attachments[1]["body"]["flaw"] = "\x1b[2Jnone"

    signed_again(files, house.keys.identity(Role.SEAL), shout)
    package = packed(files, house.folder / "loud.asice")
    assert all("\x1b" not in one.sentence for found in house.checked(package).values() for one in found)


async def test_an_acceptance_in_a_gap_is_not_signed_as_one_that_can_be_heard(house: House) -> None:
    path = await house.recorder.begin(CALL, "es", "notice.recorded", 4_200, house.now)
    assert path is not None
    path.write_bytes(SECOND * 5)
    await house.recorder.mark(CALL, Kind.MUTED, house.now + 0.5)
    await Episodes(house.engine).begin(accepted(CALL, house.now))
    house.now += 5
    await house.recorder.ended(CALL, house.now)
    house.now += 60
    assert await house.recorder.seal_waiting() == 1
    package = await house.package()
    vcon = payload(files_of(package)[names.VCON])
    consent = [one["body"] for one in vcon["attachments"] if one["purpose"] == "consent"]
    assert [one["on_the_recording"] for one in consent] == [False]
    assert len(house.told(ConsentUnheard)) == 1
