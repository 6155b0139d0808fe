"""The file of published heads is what shows a log that was cut: without all of it nothing is destroyed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from recordings.adapters.evidence import published as reading
from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.published import Published
from recordings.adapters.evidence.tables import heads, log, stamps, tiles
from recordings.adapters.evidence.witness import HeadsFile
from recordings.adapters.tables import keeping, recordings
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.stores import Stores
from recordings.evidence.entries import Entry, Kind
from recordings.evidence.growing import SideBySide
from recordings.evidence.merkle import leaf_hash
from recordings.retention import Plan
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.nights import blocked, day_of, later, run

OTHER = "ventanilla-1795345300.2"


@pytest.fixture
def file(house: House) -> Path:
    """Where the notary writes its heads to, from its first on."""
    found = house.folder / "heads.jsonl"
    house.notary._witnesses = (HeadsFile(found, lambda: house.now),)
    return found


@pytest.fixture
def keeper(house: House, file: Path) -> Keeper:
    roots = (lambda: house.trust.stamp_roots, None, Published(file))
    return Keeper(Court(house.engine, day_of, *roots), Stores(FolderStore(house.vault)), house.facts.append)


async def held_and_cut_off(house: House, keeper: Keeper) -> None:
    """A recording that is held; then who writes the database cuts the log before that, with its heads and stamps."""
    await blocked(house, keeper)
    await later(house, 0.001)
    await later(house, 20)
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await later(house, 0.001)
    async with house.engine.begin() as connection:
        rows = (await connection.execute(log.select().order_by(log.c.leaf))).all()
        held = next(row.leaf for row in rows if row.kind == Kind.HELD)
        for table in (log, tiles):
            await connection.execute(delete(table))
        await connection.execute(delete(heads).where(heads.c.size > held))
        for subject in (await connection.execute(select(stamps.c.subject))).scalars().all():
            if subject.startswith("head:") and int(subject[5:]) > held:
                await connection.execute(delete(stamps).where(stamps.c.subject == subject))
        await connection.execute(update(keeping).values(hold=None, held_at=None, held_logged=None))
    await Log(house.engine).append(
        [Entry(Kind(row.kind), row.line, row.at) for row in rows if row.leaf < held]
    )


async def goes_on(house: House) -> None:
    await house.record(OTHER)
    await later(house, 0.001)
    await later(house, 9)


async def is_there(house: House, plan: Plan) -> bool:
    """Whether the recording is kept, and named as one that nothing proves may go."""
    async with house.engine.connect() as connection:
        query = select(recordings.c.state).where(recordings.c.call == CALL)
        state = (await connection.execute(query)).scalar_one()
    return state == "sealed" and [one.call for one in plan.unproven] == [CALL]


def torn(file: Path) -> None:
    with file.open("ab") as out:
        out.write(b"\xff")


def away(file: Path) -> None:
    file.unlink()


def begun_anew(file: Path) -> None:
    file.write_text(json.dumps({"anew": True}), encoding="utf-8")


def empty(file: Path) -> None:
    file.write_bytes(b"")


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("spoil", [torn, away, empty, a_folder])
async def test_a_hold_that_was_cut_off_keeps_its_recording_whatever_becomes_of_the_file(
    house: House, keeper: Keeper, file: Path, spoil: Callable[[Path], None]
) -> None:
    await held_and_cut_off(house, keeper)
    await goes_on(house)
    spoil(file)
    assert await is_there(house, await run(house, keeper))


async def test_a_file_that_was_begun_while_the_right_one_was_away_vouches_for_nothing_older(
    house: House, keeper: Keeper, file: Path
) -> None:
    await held_and_cut_off(house, keeper)
    away(file)  # its disk is not mounted, and the notary finds an empty folder
    await goes_on(house)
    plan = await run(house, keeper)
    assert await is_there(house, plan)
    assert "lacks those of its time" in plan.unproven[0].why
    found = await Audit(house.engine, file, lambda: house.now).look()
    assert "heads gone" in [one.what for one in found]


async def test_a_file_that_was_begun_anew_on_purpose_and_says_so_keeps_nobody(
    house: House, keeper: Keeper, file: Path
) -> None:
    await blocked(house, keeper)
    await later(house, 0.001)
    begun_anew(file)
    await later(house, 28.1)
    assert await Audit(house.engine, file, lambda: house.now).look() == ()
    assert (await run(house, keeper)).unproven == ()


async def test_one_line_that_is_damaged_spoils_no_other_and_keeps_nobody(
    house: House, keeper: Keeper, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LINES_AT_ONCE", 2)
    await blocked(house, keeper)
    await later(house, 0.001)
    torn(file)
    await later(house, 28.1)
    await house.record(OTHER)
    await later(house, 0.001)
    size = await house.log.size()
    known = [head.size async for part in Published(file).heads() for head in part]
    assert known[-1] == size, "the head after what was torn has a line of its own"
    assert (await run(house, keeper)).unproven == ()
    assert await Audit(house.engine, file, lambda: house.now).look() == ()


def test_lines_above_the_newest_stamp_are_compared_as_well_when_the_tiles_are_the_log() -> None:
    lines = [leaf_hash(bytes([number])) for number in range(10)]
    whole, seen = SideBySide(frozenset({4, 10})), SideBySide(frozenset({4, 10}))
    whole.take(lines, b"".join(lines))
    forged = [leaf_hash(b"forged") if number in (0, 6) else one for number, one in enumerate(lines)]
    seen.take(forged, b"".join(lines))
    truth = seen.truth(4, whole.by_lines[4])
    assert truth is not None
    assert truth[1] == (0, 6)
