"""A package convinces people who have none of our software: openssl, other JOSE libraries, Go, the draft's rules."""

import base64
from pathlib import Path

import pytest

from recordings.adapters.evidence.package import verify
from recordings.evidence.findings import Check, Verdict
from recordings.evidence.instructions import commands
from tests.recordings.evidence.house import SECOND, House
from tests.recordings.evidence.outsiders import (
    another_jose_library,
    asked,
    convinced,
    instructed,
    run,
    the_draft,
    unpacked,
)


async def test_our_own_check_finds_nothing_but_that_the_authority_is_our_own(any_house: House) -> None:
    await any_house.record()
    found = verify(await any_house.package(), any_house.trust)
    (own,) = [finding for finding in found if finding.verdict is not Verdict.GOOD]
    assert (own.check, own.verdict) == (Check.STAMP, Verdict.REMARK)
    assert "proves nothing to a stranger" in own.sentence
    assert len(found) >= 9


async def test_strangers_are_convinced_by_their_own_tools(house: House, runtime_root: Path) -> None:
    await house.record()
    vcon = convinced(await house.package(), runtime_root)
    assert vcon["vcon"] == "0.4.0"
    (consent,) = (one["body"] for one in vcon["attachments"] if one["purpose"] == "consent")
    assert (consent["act"], consent["outcome"], consent["answer"]) == ("bank_account", "accepted", "key:1")
    assert vcon["parties"][0] == {"type": "person", "validation": "ventanilla-L2"}


async def test_the_instructions_have_the_commands_that_we_think(house: House) -> None:
    await house.record()
    folder = unpacked(await house.package())
    assert run(["bash", "-c", commands((folder / "VERIFY.txt").read_text())], folder).returncode == 0


@pytest.mark.parametrize(
    "name", ["recording.wav", "recording.vcon.jws", "recording.tlog-proof", "certs/log.vkey", "checkpoint"]
)
async def test_the_instructions_fail_for_a_file_that_was_changed(house: House, name: str) -> None:
    await house.record()
    folder = unpacked(await house.package())
    content = (folder / name).read_bytes()
    at = len(content) // 2
    (folder / name).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    with pytest.raises(AssertionError):
        instructed(folder)


async def test_the_shell_finds_the_entry_in_a_log_of_any_shape(house: House) -> None:
    for number in range(2, 6):
        call = f"ventanilla-179534520{number}.1"
        await house.record(call, 1)
        instructed(unpacked(await house.package(call, f"{number}.asice")))


async def test_go_says_whether_a_log_goes_on_from_an_older_head(house: House, runtime_root: Path) -> None:
    await house.record("ventanilla-1795345202.1", 1)
    await house.package("ventanilla-1795345202.1", "first.asice")
    old = await house.log.head()
    for number in range(3, 6):
        await house.record(f"ventanilla-179534520{number}.1", 1)
    await house.package("ventanilla-1795345203.1", "second.asice")
    new = await house.log.head()
    assert old is not None
    assert new is not None
    files = {
        "vkey": "".join(f"{key.written}\n" for key in house.trust.logs),
        "old": old.note,
        "new": new.note,
        "hashes": "\n".join(
            base64.b64encode(hash_).decode() for hash_ in await house.log.consistency(old.size, new.size)
        ),
    }
    for name, content in files.items():
        (house.folder / name).write_text(content)
    words = [house.folder / name for name in files]
    assert asked(runtime_root, "growth", *words) == "holds"
    (house.folder / "hashes").write_text(files["hashes"][::-1])
    assert asked(runtime_root, "growth", *words) != "holds"


async def test_a_conversation_in_writing_leaves_as_a_package_too(house: House) -> None:
    call = "ventanilla-text-1795345200.1"
    path = await house.recorder.begin(call, "es", "notice.recorded", 4_200, house.now)
    assert path is not None
    path.write_text(f'{{"at": {house.now}, "by": "caller", "text": "hola"}}\n')
    await house.recorder.ended(call, house.now)
    house.now += 20
    assert await house.recorder.seal_waiting() == 1
    package = await house.package(call)
    folder = unpacked(package)
    instructed(folder)
    vcon = another_jose_library(folder)
    the_draft(vcon)
    assert (vcon["dialog"][0]["type"], vcon["dialog"][0]["filename"]) == ("text", "recording.jsonl")
    assert house.checked(package) == {}


async def test_the_vcon_says_whether_the_file_was_exchanged_before_it_was_sealed(house: House) -> None:
    """The chunk chain that is kept while Asterisk writes goes under the seal, with where it broke."""
    path = await house.recorder.begin("ventanilla-1795345200.1", "es", "notice.recorded", 4_200, house.now)
    assert path is not None
    path.write_bytes(SECOND * 6)
    await house.recorder.chain.go_round()
    path.write_bytes(b"\x01" * len(SECOND * 6))
    house.now += 6
    await house.recorder.ended("ventanilla-1795345200.1", house.now)
    house.now += 20
    assert await house.recorder.seal_waiting() == 1
    vcon = another_jose_library(unpacked(await house.package()))
    (said,) = (one["body"] for one in vcon["attachments"] if one["purpose"] == "recording")
    assert said["chunk_chain"]["broken_at"] is not None
    the_draft(vcon)
