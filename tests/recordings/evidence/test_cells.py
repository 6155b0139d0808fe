"""Who writes the database writes into any cell what no row of ours can say: a doubt, which stops nobody else."""

from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.tables import evidence, log
from recordings.adapters.tables import keeping, quarantine
from recordings.adapters.vault.erasing import Erasing, Order, Refused
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.stores import Stores
from recordings.facts import OrphanDestroyed
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.nights import DAY, blocked, blocked_for_weeks, day_of, later, run, state
from tests.recordings.evidence.test_proven import keeper

__all__ = ["keeper"]
OTHER = "ventanilla-1795345300.2"
STRAY = "running/ventanilla-1795345400.3.raw"


@pytest.fixture
def erasing(house: House, tmp_path: Path) -> Erasing:
    court = Court(house.engine, day_of, lambda: house.trust.stamp_roots)
    return Erasing(court, house.vault, Stores(FolderStore(house.vault)), tmp_path / "orders")


async def write(house: House, words: str, **given: object) -> None:
    async with house.engine.begin() as connection:
        await connection.execute(text(words), given)


async def of_line(house: House, kind: str) -> int:
    """Say where the log has its first line of a kind."""
    query = select(func.min(log.c.leaf)).where(log.c.kind == kind)
    async with house.engine.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


async def lifted_by_a_row(house: House, keeper: Keeper) -> None:
    await blocked(house, keeper)
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await later(house, 0.001)
    await later(house, 100)
    async with house.engine.begin() as connection:
        await connection.execute(update(keeping).values(hold=None, held_at=house.now - 90 * DAY))
    await later(house, 0.001)


async def test_a_hold_that_a_row_lifts_is_seen_for_four_weeks_whatever_the_heads_row_says(
    house: House, keeper: Keeper, erasing: Erasing
) -> None:
    await lifted_by_a_row(house, keeper)
    lifted = await of_line(house, "lifted")
    await write(house, "UPDATE recordings_log_heads SET at = 'x' WHERE size > :lifted", lifted=lifted)
    assert (await erasing.look(CALL, house.now)).unsure is not None
    assert len((await run(house, keeper)).unproven) == 1
    assert await state(house) == "sealed"


async def test_a_line_between_two_others_says_nothing(house: House, keeper: Keeper, erasing: Erasing) -> None:
    await blocked(house, keeper)
    await later(house, 0.001)
    await later(house, 20)
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await later(house, 0.001)
    await later(house, 100)
    between = await of_line(house, "held") + 0.5
    line = f"lifted {round(house.now - 90 * DAY) * 1000} {reference_of(CALL)}"
    words = "INSERT INTO recordings_log VALUES (:leaf, 'lifted', :line, 1.0)"
    await write(house, words, leaf=between, line=line)
    async with house.engine.begin() as connection:
        await connection.execute(update(keeping).values(hold=None, held_at=None, held_logged=None))
    assert (await erasing.look(CALL, house.now)).held == "by the log, not by its row"
    assert len((await run(house, keeper)).unproven) == 1
    assert await state(house) == "sealed"


CELLS = [
    "UPDATE recordings_evidence SET vcon = X'ff00'",
    "UPDATE recordings_log SET leaf = 'x' WHERE leaf = 0",
    "UPDATE recordings_log_heads SET size = 'x' WHERE size = (SELECT min(size) FROM recordings_log_heads)",
    "UPDATE recordings_log_heads SET at = 'x'",
    "UPDATE recordings_log_tiles SET hashes = 9e999",
]


@pytest.mark.parametrize("change", CELLS)
async def test_a_cell_of_no_sense_keeps_its_recording_ends_no_night_and_is_no_end_of_an_order(
    house: House, keeper: Keeper, erasing: Erasing, change: str
) -> None:
    await blocked_for_weeks(house, keeper)
    (house.vault / STRAY).write_bytes(b"x")
    async with house.engine.begin() as connection:
        row = {"path": STRAY, "call": "ventanilla-1795345400.3", "bytes": 1, "found_at": 0.0}
        await connection.execute(insert(quarantine).values(row))
    await write(house, change)
    await run(house, keeper)
    if change.startswith("UPDATE recordings_evidence"):
        assert house.told(OrphanDestroyed), "others are seen to"
    found = await Audit(house.engine, None, lambda: house.now).look()
    assert found or await state(house) == "destroyed" or "at =" in change
    order = Order(CALL, "tomas", "pilar", "AEPD, PS/00077/2027", house.now)
    try:
        await erasing.enter(order, looked=True)
        assert await erasing.destroy(order) == ()
    except Refused as refused:
        assert "damaged" in str(refused) or "destroyed before" in str(refused)  # noqa: PT017 - either is right


async def test_what_is_no_path_ends_no_night(house: House, keeper: Keeper) -> None:
    await house.record()
    words = "INSERT INTO recordings_quarantine (path, call, bytes, found_at) VALUES (X'ff00', :call, 1, 0)"
    await write(house, words, call=CALL)
    assert (await run(house, keeper)).strays == ()


async def test_moments_that_are_none_stop_no_evidence_of_others_and_are_named(
    house: House, keeper: Keeper
) -> None:
    await blocked(house, keeper)
    await write(house, "UPDATE recordings_recordings SET begun_at = 'x'")
    await write(house, "UPDATE recordings_keeping SET since = X'ff00', held_at = 'x', hold = 'x'")
    await house.record(OTHER)
    await later(house, 0.001)
    async with house.engine.connect() as connection:
        query = select(evidence.c.stamped_at).where(evidence.c.call == OTHER)
        assert (await connection.execute(query)).scalar_one() is not None
    found = await Audit(house.engine, None, lambda: house.now).look()
    assert [one.what for one in found].count("unlogged") == 3
