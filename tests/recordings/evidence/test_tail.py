"""The log's last lines, which no stamp is over yet, and lines of no recording's time: they let nothing be destroyed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, delete, insert, select, update

from recordings.adapters.evidence import stamped
from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.reading import side_by_side
from recordings.adapters.evidence.tables import evidence, heads, log
from recordings.adapters.tables import keeping, keys, quarantine, recordings
from recordings.adapters.vault.erasing import Order, orders_in
from recordings.adapters.vault.keeping import Keeper
from recordings.evidence.entries import Kind, happened
from recordings.evidence.growing import SideBySide
from recordings.recording import State
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.nights import DAY, OVER_DAYS, blocked_for_weeks, later, run, state
from tests.recordings.evidence.test_proven import keeper

__all__ = ["keeper"]
OTHER = "ventanilla-1795345199.1"


async def do(house: House, *changes: Executable) -> None:
    async with house.engine.begin() as connection:
        for change in changes:
            await connection.execute(change)


HIDDEN: list[Callable[[], Executable]] = [
    lambda: delete(log).where(log.c.kind == Kind.HELD),
    lambda: update(log).where(log.c.kind == Kind.HELD).values(kind="listened", line="listened 1 a"),
]


@pytest.mark.parametrize("hide", HIDDEN)
async def test_a_hold_that_was_logged_since_the_last_stamp_keeps_its_recording_when_its_line_is_hidden(
    house: House, keeper: Keeper, hide: Callable[[], Executable]
) -> None:
    await blocked_for_weeks(house, keeper)
    size = await house.log.size()
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    house.authority_away = True
    await later(house, 0.0001)
    await do(house, delete(heads).where(heads.c.size > size))
    async with house.engine.connect() as connection:
        assert len((await connection.execute(log.select().where(log.c.kind == Kind.HELD))).all()) == 1
    await do(house, update(keeping).values(hold=None, held_at=None, held_logged=None), hide())
    named = {one.what for one in await Audit(house.engine, None, lambda: house.now).look()}
    assert named & {"entry gone", "tiles differ"}
    (left,) = (await run(house, keeper)).unproven
    assert "of the log is not what was stamped, or hashed" in left.why
    assert await state(house) == "sealed"


async def test_a_line_that_is_put_back_before_it_is_compared_is_not_hidden_either(
    house: House, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await blocked_for_weeks(house, keeper)
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await later(house, 0.001)
    async with house.engine.connect() as connection:
        line = (await connection.execute(select(log.c.line).where(log.c.kind == Kind.HELD))).scalar_one()
    hidden = update(log).where(log.c.kind == Kind.HELD).values(kind="listened", line="listened 1 a")
    shown = update(log).where(log.c.line == "listened 1 a").values(kind="held", line=line)
    await do(house, update(keeping).values(hold=None, held_at=None, held_logged=None), hidden)

    async def put_back(*given: Any) -> SideBySide:  # noqa: ANN401 - as it is called
        await do(house, shown)
        return await side_by_side(*given)

    monkeypatch.setattr(stamped, "side_by_side", put_back)
    (left,) = (await run(house, keeper)).unproven
    assert "held by nothing" in left.why
    assert await state(house) == "sealed"


async def in_quarantine(house: House) -> Path:
    """The file of a recording whose rows are gone, found long ago."""
    (wav,) = (house.vault / "sealed").rglob("*.wav")
    path = wav.relative_to(house.vault).as_posix()
    there = {"path": path, "call": CALL, "bytes": 8, "found_at": 0.0}
    await do(house, *map(delete, (recordings, evidence, keeping, keys)), insert(quarantine).values(there))
    return wav


async def test_a_hold_that_a_new_line_lifts_keeps_a_file_in_quarantine_for_four_weeks_more(
    house: House, keeper: Keeper
) -> None:
    await house.record()
    await later(house, 0.001)
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await later(house, 0.001)
    await later(house, OVER_DAYS)
    wav = await in_quarantine(house)
    await run(house, keeper)
    assert wav.exists(), "it is held"
    await house.log.append([happened(Kind.LIFTED, reference_of(CALL), house.now - 90 * DAY)])
    await run(house, keeper)
    assert wav.exists(), "somebody wrote a line"
    await later(house, 0.001)
    await run(house, keeper)
    assert wav.exists(), "a minute ago"
    await later(house, 29.1)
    await run(house, keeper)
    assert not wav.exists()


async def test_nothing_in_quarantine_goes_while_a_line_is_damaged(house: House, keeper: Keeper) -> None:
    await house.record()
    await later(house, 0.001)
    await later(house, OVER_DAYS)
    wav, nameless = await in_quarantine(house), house.vault / "sealed" / "copied by hand.wav"
    nameless.write_bytes(b"copied")
    stray = {"path": "sealed/copied by hand.wav", "bytes": 6, "found_at": 0.0}
    async with house.engine.connect() as connection:
        first = (await connection.execute(log.select().where(log.c.leaf == 0))).one().line
    await do(
        house,
        insert(quarantine).values(stray),
        update(log).where(log.c.leaf == 0).values(line="x"),
    )
    await run(house, keeper)
    assert (wav.exists(), nameless.exists()) == (True, True)
    await do(house, update(log).where(log.c.leaf == 0).values(line=first))
    await run(house, keeper)
    assert (wav.exists(), nameless.exists()) == (False, False)


async def test_an_old_line_that_is_made_to_say_that_an_order_was_entered_removes_nothing(
    house: House, keeper: Keeper
) -> None:
    await house.record(OTHER)
    await later(house, 0.001)
    await house.record()
    await later(house, 0.001)
    kept = Order(CALL, "tomas", "pilar", "AEPD, PS/00077/2027", house.now)  # written down, and never entered
    folder = house.folder / "orders"
    folder.mkdir()
    (folder / f"{kept.fingerprint}.json").write_bytes(kept.written)
    keeper.orders = lambda: orders_in(folder)
    entry = happened(Kind.ERASED, f"{kept.fingerprint}:{reference_of(CALL)}", house.now)
    forged = update(log).where(log.c.leaf == 0).values(kind=entry.kind, line=entry.line)
    gone = update(recordings).where(recordings.c.call == CALL).values(state=State.DESTROYED)
    await do(house, forged, gone)
    async with house.engine.connect() as connection:
        path = (
            await connection.execute(select(recordings.c.path).where(recordings.c.call == CALL))
        ).scalar_one()
    await run(house, keeper)
    assert (house.vault / path).exists()
