"""Bad input: what is no package, clocks that are wrong, an authority that is away, keys that are wrong or retired."""

import asyncio
import os
import zipfile
from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, select, update

from recordings.adapters.evidence.authority import AuthorityDown, HttpAuthority
from recordings.adapters.evidence.export import NoEvidence
from recordings.adapters.evidence.keys import Keys, NoKey, Role, trusted
from recordings.adapters.evidence.package import Altered, Writer, read, verify
from recordings.adapters.evidence.tables import evidence, stamps
from recordings.adapters.tables import keeping, recordings
from recordings.adapters.vault.keeping_rows import KeepingRows
from recordings.evidence import names
from recordings.evidence.findings import Check, Verdict
from recordings.facts import AuthorityBack, AuthorityLost, EvidenceStamped
from recordings.listening import Keeping
from recordings.naming import wav_path
from recordings.ports import NoAudio
from recordings.recording import State
from recordings.retention import LEAST_BLOCKED_S
from tests.recordings.evidence.forging import files_of, packed, wrongs
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.outsiders import instructed, unpacked

OTHER = "ventanilla-1795345209.1"


def refused(house: House, file: Path) -> str:
    """The one sentence that says why a file is no package."""
    (finding,) = verify(file, house.trust)
    assert (finding.check, finding.verdict) == (Check.CONTAINER, Verdict.WRONG)
    return finding.sentence


async def test_what_is_no_package_is_refused_in_a_sentence(house: House) -> None:
    await house.record()
    package = await house.package()
    whole = package.read_bytes()
    file = house.folder / "file"
    for content in (b"", b"PK", b"not a zip at all" * 99, whole[:-30], whole[: len(whole) // 2], whole[50:]):
        file.write_bytes(content)
        assert "damaged, cut short, or no ZIP" in refused(house, file) or "mimetype" in refused(house, file)
    assert "cannot be read" in refused(house, house.folder / "absent.asice")
    assert "cannot be read" in refused(house, house.folder)


def zipped(target: Path, *files: tuple[str, bytes], packing: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(target, "w", packing) as made:
        for name, content in files:
            made.writestr(name, content)
    return target


MIME = (names.MIMETYPE, names.TYPE.encode())


@pytest.mark.parametrize(
    "name",
    [
        "../recording.wav",
        "/etc/passwd",
        "certs/../../x.pem",
        "recording.wav/x",
        "C:\\x",
        "META-INF/other",
        "ü",
    ],
)
def test_a_path_that_leads_elsewhere_is_no_file_of_a_package(house_less: Path, name: str) -> None:
    sentence = verify(zipped(house_less, MIME, (name, b"x")), trusted(house_less.parent))[0].sentence
    assert "none of a package's" in sentence


@pytest.fixture
def house_less(tmp_path: Path) -> Path:
    return tmp_path / "file.asice"


def test_bombs_are_not_unpacked(house_less: Path) -> None:
    nobody = trusted(house_less.parent)
    bomb = zipped(house_less, MIME, (names.VCON, b"\x00" * 60_000_000), packing=zipfile.ZIP_DEFLATED)
    assert "too large" in verify(bomb, nobody)[0].sentence
    loud = zipped(house_less, MIME, ("recording.wav", b"\x00" * 60_000_000), packing=zipfile.ZIP_DEFLATED)
    assert "times its size" in verify(loud, nobody)[0].sentence
    many = zipped(house_less, MIME, *((f"recording.vcon.jws.tsr.{n}", b"") for n in range(1, 90)))
    assert "more than" in verify(many, nobody)[0].sentence


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_a_name_and_two_recordings_are_refused(house_less: Path) -> None:
    nobody = trusted(house_less.parent)
    twice = zipped(house_less, MIME, (names.VCON, b"a"), (names.VCON, b"b"))
    assert "twice" in verify(twice, nobody)[0].sentence
    both = zipped(house_less, MIME, ("recording.wav", b"a"), ("recording.jsonl", b"b"))
    assert "two recordings" in verify(both, nobody)[0].sentence


async def test_a_package_of_another_house_is_not_believed_here(
    house: House, strangers: Keys, tmp_path: Path
) -> None:
    await house.record()
    package = await house.package()
    found = verify(package, trusted(strangers.trust_folder))
    wrong = {one.check for one in found if one.verdict is Verdict.WRONG}
    assert wrong == {Check.SEAL, Check.CERTIFICATE, Check.STAMP, Check.LOG}
    nobody = verify(package, trusted(tmp_path / "nowhere"))
    assert {Check.SEAL, Check.CERTIFICATE, Check.STAMP, Check.LOG} <= {
        one.check for one in nobody if one.verdict is Verdict.WRONG
    }


async def test_parts_swapped_between_two_honest_packages_are_found(house: House) -> None:
    await house.record()
    await house.record(OTHER, 2)
    one, other = files_of(await house.package()), files_of(await house.package(OTHER, "other.asice"))
    expected = {
        "recording.wav": {Check.MANIFEST, Check.AUDIO},
        names.VCON: {Check.MANIFEST, Check.AUDIO, Check.STAMP, Check.LOG},
        names.STAMP: {Check.MANIFEST, Check.STAMP},
        names.PROOF: {Check.MANIFEST, Check.LOG},
    }
    for name, checks in expected.items():
        swapped = packed({**one, name: other[name]}, house.folder / "swapped.asice")
        assert wrongs(house, swapped) == checks, name


async def test_a_file_missing_renamed_or_empty_is_named(house: House) -> None:
    await house.record()
    whole = files_of(await house.package())
    for name in sorted(whole.keys() - {names.MIMETYPE}):
        lacking = {other: content for other, content in whole.items() if other != name}
        assert wrongs(house, packed(lacking, house.folder / "lacking.asice")), name
        emptied = packed({**whole, name: b""}, house.folder / "emptied.asice")
        assert wrongs(house, emptied), name
    renamed = {
        ("recording.jsonl" if name == "recording.wav" else name): content for name, content in whole.items()
    }
    assert {Check.MANIFEST, Check.AUDIO} <= wrongs(house, packed(renamed, house.folder / "renamed.asice"))


# --- authority and clocks


async def test_an_authority_that_is_away_blocks_nothing_and_stamps_later_which_the_package_says(
    house: House,
) -> None:
    house.authority_away = True
    await house.record()
    package = await house.package(name="early.asice")
    assert len(house.told(AuthorityLost)) == 1
    assert wrongs(house, package) == {Check.STAMP}
    house.now += 10 * 3_600
    house.authority_away = False
    package = await house.package(name="late.asice")
    assert len(house.told(AuthorityBack)) == 1
    assert len(house.told(EvidenceStamped)) == 1
    assert wrongs(house, package) == set()
    (late,) = house.checked(package)[Check.TIME]
    assert late.verdict is Verdict.REMARK
    assert b"No authority gave a time stamp" in files_of(package)[names.LATE]
    said = instructed(unpacked(package))
    assert said.count("WITH RESERVATIONS") == 1
    assert "No authority gave a time stamp" in said


async def test_an_authority_that_is_away_is_asked_once_and_not_for_each_recording(house: House) -> None:
    house.authority_away = True
    asked = []

    async def stamp(request: bytes) -> bytes:
        asked.append(request)
        raise AuthorityDown("it does not answer")

    house.seals.stamp = stamp  # type: ignore[method-assign] # the authority of this house
    for number in range(3):
        await house.record(f"ventanilla-179534520{number}.1", 1)
    for _ in range(5):
        await house.notary.round()
        house.now += 2
    assert len(asked) == 1


@pytest.mark.parametrize(("ahead", "found"), [(-7_200.0, {Check.TIME}), (0.0, set()), (7_200.0, set())])
async def test_clocks_that_differ_from_the_authoritys_are_found(
    house: House, ahead: float, found: set[Check]
) -> None:
    """Ours two hours ahead: its stamps lie before the call. Ours behind: they are late, and the package says so."""
    house.authority_ahead = ahead
    await house.record()
    package = await house.package()
    assert wrongs(house, package) == found
    assert (Check.TIME in house.checked(package)) == (ahead != 0.0)


async def test_a_stamp_of_something_else_or_of_a_stranger_is_not_kept(house: House, strangers: Keys) -> None:
    mine, house.seals.keys = house.seals.keys, strangers
    house.seals.checked = Checked(mine)  # type: ignore[method-assign, assignment] # trusts this house's roots, as the server does
    await house.record()
    await house.notary.stamp_waiting()
    house.seals.keys = mine
    await house.notary.sign_waiting()
    house.seals.keys = strangers
    await house.notary.stamp_waiting()
    async with house.engine.connect() as connection:
        assert (await connection.execute(select(stamps))).all() == []
        assert "does not lead to a root" in str(
            (await connection.execute(select(evidence.c.trouble))).scalar()
        )


class Checked:
    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    async def __call__(self, reply: bytes, content: bytes) -> object:
        from recordings.evidence.stamps import check  # noqa: PLC0415 - beside its only use

        return check(reply, content, trusted(self.keys.trust_folder).stamp_roots)


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_an_authority_that_answers_nonsense_is_away(status: int) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=b"x" * 100_000)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(AuthorityDown):
            await HttpAuthority("http://authority.example/", client).stamp(b"request")


async def test_a_stamp_is_renewed_over_all_before_it_when_its_authority_runs_out(house: House) -> None:
    await house.record()
    await house.package()
    async with house.engine.begin() as connection:
        await connection.execute(update(evidence).values(stamp_until=house.now + 86_400))
    house.now += 61
    assert await house.notary.stamp_waiting() == 1
    assert await house.notary.stamp_waiting() == 0
    package = await house.package(name="renewed.asice")
    files = files_of(package)
    assert names.renewal(1) in files
    assert instructed(unpacked(package)).count("Verification: OK") == 3, "renewed.bin and both others"
    assert wrongs(house, package) == set()
    files[names.renewal(1)] = files[names.STAMP]
    assert Check.STAMP in wrongs(house, packed(files, house.folder / "forged.asice"))


# --- keys


async def test_a_retired_key_has_signed_what_it_signed_and_nothing_more(house: House) -> None:
    await house.record()
    before = await house.package()
    old = house.keys.identity(Role.SEAL)
    house.keys.retire(Role.SEAL, house.now)
    assert wrongs(house, before) == set(), "what it signed before can be checked"
    house.keys._read[house.keys.signing(Role.SEAL)] = old
    house.now += 60
    await house.record(OTHER)
    after = await house.package(OTHER, "after.asice")
    assert wrongs(house, after) == {Check.CERTIFICATE, Check.SEAL}
    (finding,) = house.checked(after)[Check.CERTIFICATE]
    assert "retired" in finding.sentence


async def test_after_a_rotation_the_new_key_signs_and_the_old_one_is_gone(house: House) -> None:
    first = house.keys.signing(Role.SEAL)
    print_ = house.keys.retire(Role.SEAL, house.now)
    assert print_ in house.trust.retired
    assert not first.exists()
    assert first.with_name("1.pem").exists()
    await house.record()
    package = await house.package()
    assert wrongs(house, package) == set()
    house.keys.retire(Role.LOG, house.now)
    assert len(house.trust.logs) == 2
    await house.record(OTHER)
    assert wrongs(house, await house.package(OTHER, "other.asice")) == set()
    assert wrongs(house, package) == set()


def test_keys_are_for_nobody_else_on_the_machine(keys: Keys, made_keys: Path) -> None:
    for folder in (made_keys, keys.trust_folder.parent):
        for file in folder.rglob("*.key.pem"):
            assert file.stat().st_mode & 0o077 == 0


def test_a_key_that_is_lost_damaged_or_of_another_certificate_is_said_so(keys: Keys, made_keys: Path) -> None:
    file = keys.signing(Role.SEAL)
    authority = made_keys / "authority" / "1.key.pem"
    file.write_bytes(authority.read_bytes())
    with pytest.raises(NoKey, match="not the key of the certificate"):
        keys.identity(Role.SEAL)
    file.write_bytes(b"nothing")
    with pytest.raises(NoKey, match="cannot be read"):
        keys.identity(Role.SEAL)
    file.unlink()
    with pytest.raises(NoKey, match="There is no seal key"):
        keys.identity(Role.SEAL)
    with pytest.raises(NoKey, match="root is never"):
        keys.retire(Role.ROOT, 1.0)


# --- exports


async def test_a_recording_that_was_changed_after_sealing_is_not_exported(house: House) -> None:
    await house.record()
    house.now += 61
    await house.notary.round()
    async with house.engine.connect() as connection:
        begun_at = (await connection.execute(select(recordings.c.begun_at))).scalar_one()
    wav = house.vault / wav_path(CALL, begun_at)
    wav.write_bytes(wav.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(Altered):
        await house.exports.export(CALL, house.folder / "altered.asice")
    wav.unlink()
    with pytest.raises(NoAudio):
        await house.exports.export(CALL, house.folder / "altered.asice")
    assert list(house.folder.glob("*.asice*")) + list(house.folder.glob(".*.asice*")) == []


async def test_an_export_that_was_interrupted_leaves_nothing(house: House) -> None:
    await house.record()
    house.now += 61
    await house.notary.round()
    going = asyncio.create_task(house.exports.export(CALL, house.folder / "half.asice"))
    await asyncio.sleep(0)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert [name for name in os.listdir(house.folder) if "half" in name] == []  # noqa: PTH208 - names, hidden ones too


def test_a_package_that_was_not_finished_is_not_there(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "call.asice")
    writer.begin("recording.wav")
    writer.add(b"x" * 1_000)
    assert not (tmp_path / "call.asice").exists()
    writer.abandon()
    assert list(tmp_path.iterdir()) == []


async def test_what_was_destroyed_or_never_signed_has_no_package(house: House) -> None:
    with pytest.raises(NoEvidence, match="no such recording"):
        await house.exports.export(CALL, house.folder / "none.asice")
    await house.record()
    await house.notary.sign_waiting()
    with pytest.raises(NoEvidence, match="not published yet"):
        await house.exports.export(CALL, house.folder / "none.asice")
    await house.package()
    async with house.engine.begin() as connection:
        blocked = {"call": CALL, "keeping": Keeping.BLOCKED, "since": house.now}
        await connection.execute(insert(keeping).values(blocked))
    for _ in range(2):
        house.now += 61
        await house.notary.round()
    house.now += LEAST_BLOCKED_S
    async with house.engine.begin() as connection:
        await connection.execute(update(recordings).values(state=State.DESTROYED))
    await KeepingRows(house.engine, lambda _: date(2026, 11, 22)).destroyed(CALL, house.now)
    house.now += 3_601
    await house.notary.round()
    with pytest.raises(NoEvidence, match="destroyed"):
        await house.exports.export(CALL, house.folder / "none.asice")
    async with house.engine.connect() as connection:
        kept = (await connection.execute(select(evidence))).one()
    assert kept.vcon is None
    lines = await house.log.lines()
    assert any(kept.sha512.encode() in line for line in lines), "the log still says that there was one"


async def test_a_receipt_names_the_evidence_and_a_published_head(house: House) -> None:
    assert await house.exports.receipt_of(CALL) is None
    await house.record()
    await house.package()
    receipt = await house.exports.receipt_of(CALL)
    head = await house.log.head()
    assert receipt is not None
    assert head is not None
    assert head.note.splitlines()[2].startswith(receipt.short_root)
    assert len(receipt.short_root) == 16


def test_reading_a_package_unpacks_nothing(house_less: Path) -> None:
    zipped(house_less, MIME, (names.VCON, b"{}"))
    read(house_less)
    assert list(house_less.parent.iterdir()) == [house_less]
