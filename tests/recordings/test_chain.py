"""The chunk chain: whatever is done to a file before it is sealed is on its seal."""

import hashlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from recordings.adapters.chain import Chain
from recordings.adapters.journal import Journal
from recordings.adapters.recorder import Recorder
from recordings.adapters.tables import chains, chunks
from recordings.chain import Check, Chunk, broken_link, checking, chunk
from recordings.facts import RecordingAltered, RecordingSealed
from recordings.recording import Flaw, State
from tests.recordings.conftest import CALL, SECOND, Room

OTHER = b"\x00\x01\x00\x01" * 8_000


def chained(pieces: list[bytes]) -> list[Chunk]:
    """The chain of a file that grew by these."""
    made: list[Chunk] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        made.append(chunk(CALL, made[-1] if made else None, size, hashlib.sha512(piece).hexdigest(), 0.0))
    return made


def fits(file: bytes, chain: list[Chunk], read: int = 7) -> int | None:
    check = checking(CALL, chain)
    for at in range(0, len(file), read):
        check.feed(file[at : at + read])
    return check.close()


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.integers(1, 60), st.binary(max_size=20))
def test_a_file_that_only_grew_fits_its_chain(pieces: list[bytes], read: int, tail: bytes) -> None:
    assert fits(b"".join(pieces) + tail, chained(pieces), read) is None


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=8), st.data())
def test_one_changed_or_missing_byte_does_not_fit(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    broken = fits(changed, chained(pieces))
    assert broken is not None
    assert broken <= place
    assert fits(whole[:place], chained(pieces)) is not None


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=2, max_size=6), st.data())
def test_a_chain_with_a_changed_row_is_broken_in_itself(pieces: list[bytes], data: st.DataObject) -> None:
    chain = chained(pieces)
    place = data.draw(st.integers(0, len(chain) - 1))
    other = chained([b"x" + piece for piece in pieces])
    assert broken_link(CALL, [*chain[:place], other[place], *chain[place + 1 :]]) is not None
    assert all(one.link != two.link for one, two in pairwise(chain))


def add(raw: Path, sound: bytes = SECOND) -> None:
    """Write on, as Asterisk does."""
    with raw.open("ab") as asterisk:
        asterisk.write(sound)


async def growing(room: Room, more: bytes = SECOND) -> Path:
    """A recording of which two pieces were hashed."""
    raw = await room.begin(SECOND)
    await room.recorder.chain.go_round()
    add(raw, more)
    await room.recorder.chain.go_round()
    return raw


async def _sealed(room: Room, after_s: float) -> str:
    await room.recorder.ended(CALL, room.now + after_s)
    room.now += after_s + 60
    assert await room.recorder.seal_waiting() == 1
    return str((await room.row()).flaw)


async def test_what_asterisk_wrote_fits_and_only_the_last_link_is_kept(room: Room) -> None:
    raw = await room.begin(SECOND)
    for _ in range(3):
        assert await room.recorder.chain.go_round() == 1
        add(raw)
    assert await _sealed(room, 4) == Flaw.NONE
    async with room.engine.connect() as connection:
        (row,) = (await connection.execute(select(chains))).all()
        left = (await connection.execute(select(func.count()).select_from(chunks))).scalar_one()
    assert (row.chunks, row.broken_at, left) == (3, None, 0)


def swapped(raw: Path) -> None:
    raw.write_bytes(OTHER * 3)


def shortened(raw: Path) -> None:
    raw.write_bytes(SECOND)


def emptied(raw: Path) -> None:
    raw.write_bytes(b"")


def one_bit(raw: Path) -> None:
    whole = bytearray(raw.read_bytes())
    whole[40_000] ^= 1
    raw.write_bytes(bytes(whole))


@pytest.mark.parametrize("attack", [swapped, shortened, emptied, one_bit])
async def test_a_file_that_was_exchanged_before_its_seal_says_so(
    room: Room, attack: Callable[[Path], None]
) -> None:
    raw = await growing(room, SECOND * 2)
    attack(raw)
    assert await _sealed(room, 3) == Flaw.ALTERED
    assert len(room.told(RecordingAltered)) == 1
    assert (await room.row()).state == State.SEALED
    async with room.engine.connect() as connection:
        (row,) = (await connection.execute(select(chains))).all()
        left = (await connection.execute(select(func.count()).select_from(chunks))).scalar_one()
    assert row.broken_at is not None
    assert left == 2, "the chunks of what was altered are kept"


async def test_who_exchanges_the_file_and_one_row_is_found_out_by_the_next_row(room: Room) -> None:
    raw = await growing(room)
    raw.write_bytes(OTHER + SECOND)
    (forged, _) = chained([OTHER, SECOND])
    this = (chunks.c.call == CALL) & (chunks.c.number == 1)
    async with room.engine.begin() as connection:
        await connection.execute(update(chunks).where(this).values(sha512=forged.sha512, link=forged.link))
    assert await _sealed(room, 2) == Flaw.ALTERED


async def test_a_row_that_was_taken_out_is_found_out(room: Room) -> None:
    await growing(room)
    async with room.engine.begin() as connection:
        await connection.execute(delete(chunks).where(chunks.c.number == 1))
    assert await _sealed(room, 2) == Flaw.ALTERED


async def test_the_chain_goes_on_where_a_lost_server_left_it(room: Room) -> None:
    raw = await room.begin(SECOND)
    await room.recorder.chain.go_round()
    add(raw, SECOND * 5)
    restarted = Chain(room.engine, room.vault, lambda: room.now)
    assert await restarted.go_round() == 1
    assert await restarted.go_round() == 0, "nothing was added"
    async with room.engine.connect() as connection:
        rows = (await connection.execute(select(chunks).order_by(chunks.c.number))).all()
    assert [(row.number, row.from_byte, row.to_byte) for row in rows] == [
        (1, 0, len(SECOND)),
        (2, len(SECOND), 6 * len(SECOND)),
    ]
    assert await _sealed(room, 6) == Flaw.NONE


def test_a_recording_that_was_never_hashed_fits_nothing_and_breaks_nothing() -> None:
    check = Check(())
    check.feed(b"anything")
    assert check.close() is None


async def without_chunks(room: Room) -> None:
    async with room.engine.begin() as connection:
        await connection.execute(delete(chunks))


async def test_a_chain_that_was_deleted_before_the_seal_is_missed(room: Room) -> None:
    raw = await room.begin(SECOND)
    await room.recorder.chain.go_round()
    raw.write_bytes(OTHER)
    await without_chunks(room)
    await room.recorder.chain.go_round()
    assert await _sealed(room, 1) == Flaw.ALTERED
    (told,) = room.told(RecordingAltered)
    assert told.begin == 0  # type: ignore[attr-defined] # told gives facts
    async with room.engine.connect() as connection:
        (row,) = (await connection.execute(select(chains))).all()
    assert row.broken_at == 0


@pytest.mark.parametrize(("seconds", "flaw"), [(11, Flaw.ALTERED), (9, Flaw.NONE)])
async def test_a_long_recording_that_was_looked_at_has_a_chain(room: Room, seconds: int, flaw: Flaw) -> None:
    raw = await room.begin(b"")
    room.now += seconds
    await room.recorder.chain.go_round()
    room.now -= seconds
    raw.write_bytes(SECOND * seconds)
    assert await _sealed(room, seconds) == flaw


@pytest.fixture
def noted(room: Room, tmp_path: Path) -> Room:
    """The same with a journal of its chains."""
    restart(room, tmp_path)
    return room


def restart(room: Room, folder: Path) -> None:
    """Begin as a server does that knows nothing any more but what is on its disks."""
    room.recorder = Recorder(
        room.engine, room.vault, room.facts.append, lambda: room.now, journal=folder / "chains"
    )


def journals(folder: Path) -> list[Path]:
    return list((folder / "chains").iterdir())


@pytest.mark.parametrize("looks", [True, False])
async def test_a_restart_after_the_chunks_were_deleted_hides_no_exchange(
    noted: Room, tmp_path: Path, *, looks: bool
) -> None:
    raw = await growing(noted)
    await without_chunks(noted)
    raw.write_bytes(SECOND + OTHER)
    restart(noted, tmp_path)
    if looks:
        await noted.recorder.chain.go_round()
    assert await _sealed(noted, 2) == Flaw.ALTERED
    (told,) = noted.told(RecordingAltered)
    assert told.begin == len(SECOND)  # type: ignore[attr-defined] # told gives facts


async def test_what_either_record_of_a_chain_lost_in_a_crash_the_other_gives_back(
    noted: Room, tmp_path: Path
) -> None:
    raw = await growing(noted)
    async with noted.engine.begin() as connection:  # a power cut took the last commit
        await connection.execute(delete(chunks).where(chunks.c.number == 2))
    restart(noted, tmp_path)
    add(raw)
    assert await noted.recorder.chain.go_round() == 1
    (journal,) = journals(tmp_path)
    journal.write_bytes(journal.read_bytes()[:-30])  # the server died in the middle of a line
    restart(noted, tmp_path)
    await noted.recorder.chain.go_round()
    assert len(journal.read_text().splitlines()) == 3
    assert await _sealed(noted, 3) == Flaw.NONE
    assert journals(tmp_path) == []


@pytest.mark.parametrize("wrong", ["no line of ours\n", '{"call": 1}\n'])
async def test_records_of_a_chain_that_say_different_things_are_none(
    noted: Room, tmp_path: Path, wrong: str
) -> None:
    await growing(noted)
    (journal,) = journals(tmp_path)
    journal.write_text(wrong)
    restart(noted, tmp_path)
    await noted.recorder.chain.go_round()
    assert await _sealed(noted, 2) == Flaw.ALTERED
    assert journals(tmp_path) == [journal], "kept, to see what was done"


async def test_a_journal_that_cannot_be_written_is_filled_when_it_can(noted: Room, tmp_path: Path) -> None:
    (tmp_path / "chains").write_text("a file where the folder should be")
    raw = await growing(noted)
    (tmp_path / "chains").unlink()
    add(raw)
    await noted.recorder.chain.go_round()
    (journal,) = journals(tmp_path)
    assert len(journal.read_text().splitlines()) == 3
    assert await _sealed(noted, 3) == Flaw.NONE


async def test_what_a_server_that_died_after_the_seal_left_of_a_journal_is_deleted(
    noted: Room, tmp_path: Path
) -> None:
    await growing(noted)
    (journal,) = journals(tmp_path)
    lines = journal.read_text()
    assert await _sealed(noted, 2) == Flaw.NONE
    journal.write_text(lines)
    restart(noted, tmp_path)
    await noted.recorder.chain.go_round()
    assert journals(tmp_path) == []


async def test_a_journal_that_cannot_be_deleted_keeps_no_seal_from_being_told(
    noted: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(_journal: Journal, _call: str) -> None:
        raise PermissionError

    monkeypatch.setattr(Journal, "forget", refused)
    await growing(noted)
    assert await _sealed(noted, 2) == Flaw.NONE
    assert len(noted.told(RecordingSealed)) == 1
    assert "cannot be deleted" in caplog.text
