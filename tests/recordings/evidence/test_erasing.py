"""Destroyed by an order: what each order explains, what a killed or a raced erasure leaves, what a hold is worth."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.tables import evidence, log
from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import keeping, keys, recordings
from recordings.adapters.vault.erasing import Erasing, Order, Refused, There, orders_gone, orders_in
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.stores import Stores
from recordings.evidence.entries import Kind, happened
from recordings.naming import wav_path
from recordings.reconcile import Leftover
from recordings.recording import State
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.nights import DAY, day_of, run
from tests.recordings.evidence.test_proven import keeper

__all__ = ["keeper"]
OTHER = "ventanilla-1795345300.2"


class Killed(BaseException):
    """The process, in a moment that was chosen."""


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    return tmp_path / "orders"


@pytest.fixture
def erasing(house: House, orders: Path) -> Erasing:
    court = Court(house.engine, day_of, lambda: house.trust.stamp_roots)
    return Erasing(court, house.vault, Stores(FolderStore(house.vault)), orders)


async def noted(house: House, seconds: float = 61.0) -> None:
    house.now += seconds
    await house.notary.round()


def order(house: House, call: str = CALL) -> Order:
    return Order(call, "tomas", "pilar", "AEPD, PS/00077/2027", house.now)


async def named(house: House, orders: Path) -> set[tuple[str, str]]:
    """What reconciling says of rows, log and orders: (what, of which call)."""
    audit = Audit(house.engine, None, lambda: house.now, orders_in(orders))
    found = [*await audit.look(), *await orders_gone(house.engine, orders)]
    return {(one.what, call) for one in found for call in (CALL, OTHER, "") if call in one.sentence}


async def leftovers(house: House) -> list[str]:
    async def nobody_knows() -> None:
        return None

    reconciler = Reconciler(house.engine, house.vault, house.facts.append, nobody_knows, lambda: house.now)
    return [one.path.suffix for one in await reconciler.compared() if isinstance(one, Leftover)]


async def kept(house: House) -> tuple[str, bool, str | None]:
    """The recording's state, whether its signed vCon is there, and how it is kept."""
    joined = recordings.outerjoin(evidence, evidence.c.call == recordings.c.call)
    joined = joined.outerjoin(keeping, keeping.c.call == recordings.c.call)
    query = select(recordings.c.state, evidence.c.vcon, keeping.c.keeping).select_from(joined)
    async with house.engine.connect() as connection:
        row = (await connection.execute(query)).one()
    return row.state, row.vcon is not None, row.keeping


async def test_an_order_explains_the_destruction_of_its_own_call_alone(
    house: House, erasing: Erasing, orders: Path
) -> None:
    await house.record()
    await house.record(OTHER)
    await noted(house)
    wanted = order(house)
    await erasing.enter(wanted)
    await erasing.destroy(wanted)
    replayed = f"{wanted.fingerprint}:{reference_of(OTHER)}"
    await Log(house.engine).append([happened(Kind.ERASED, replayed, house.now)])
    async with house.engine.begin() as connection:
        await connection.execute(delete(keys).where(keys.c.call == OTHER))
        gone = update(recordings).where(recordings.c.call == OTHER)
        await connection.execute(gone.values(state=State.DESTROYED))
        await connection.execute(update(evidence).where(evidence.c.call == OTHER).values(vcon=None))
    await noted(house, 600)
    found = await named(house, orders)
    assert ("destroyed unsaid", OTHER) in found
    assert ("destroyed unsaid", CALL) not in found
    assert {what for what, _ in found} == {"destroyed unsaid", "order gone"}


async def test_an_order_that_was_entered_and_not_carried_out_is_named(
    house: House, erasing: Erasing, orders: Path
) -> None:
    await house.record()
    await noted(house)
    wanted = order(house)
    await erasing.enter(wanted)
    assert ("order not carried out", CALL) in await named(house, orders)
    await erasing.destroy(wanted)
    await noted(house, 600)
    assert await named(house, orders) == set()


async def test_an_erasure_that_was_killed_behind_the_key_leaves_no_vcon_and_its_files_are_named(
    house: House, erasing: Erasing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed_behind_the_key(house, erasing, monkeypatch)
    assert await kept(house) == ("destroyed", False, "destroyed")
    assert await leftovers(house) == [".wav"]


def rewritten(orders: Path, wanted: Order) -> None:
    (one,) = orders.glob("*.json")
    one.write_bytes(wanted.written)


@pytest.mark.parametrize("whose", [CALL, OTHER])
async def test_the_night_finishes_an_erasure_that_was_killed_if_its_own_order_is_kept(
    house: House, erasing: Erasing, orders: Path, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    await killed_behind_the_key(house, erasing, monkeypatch)
    if whose == OTHER:
        rewritten(orders, order(house, OTHER))
    await noted(house, 600)
    keeper.orders = lambda: orders_in(orders)
    await run(house, keeper)
    assert await leftovers(house) == ([] if whose == CALL else [".wav"])
    await noted(house, 600)
    await run(house, keeper)
    written = select(log.c.line).where(log.c.kind == Kind.DESTROYED)
    async with house.engine.connect() as connection:
        assert len((await connection.execute(written)).all()) == 1


async def test_the_night_leaves_what_was_ordered_and_is_whole(
    house: House, erasing: Erasing, orders: Path, keeper: Keeper
) -> None:
    await house.record()
    await noted(house)
    await erasing.enter(order(house))
    await noted(house)
    keeper.orders = lambda: orders_in(orders)
    await run(house, keeper)
    assert await kept(house) == ("sealed", True, None)


async def killed_behind_the_key(house: House, erasing: Erasing, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that is entered, and whose erasure was killed when the key was gone and the files were not."""

    async def killed(_store: FolderStore, _name: str) -> None:
        raise Killed

    await house.record()
    await noted(house)
    wanted = order(house)
    await erasing.enter(wanted)
    with monkeypatch.context() as patched:
        patched.setattr(FolderStore, "remove", killed)
        with pytest.raises(Killed):
            await erasing.destroy(wanted)


async def test_what_is_sealed_while_it_is_erased_is_removed_too(
    house: House, erasing: Erasing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await waiting_for_its_seal(house)
    house.now += 3 * DAY
    wanted = order(house)
    await erasing.enter(wanted)
    erase = KeyRows.erase

    async def sealed_before(rows: KeyRows, *given: object) -> bool:
        assert await house.recorder.seal_waiting() == 1
        return await erase(rows, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(KeyRows, "erase", sealed_before)
    assert await erasing.destroy(wanted) == ()
    assert [one for one in house.vault.rglob("*") if one.is_file()] == []


async def waiting_for_its_seal(house: House) -> Path:
    path = await house.recorder.begin(CALL, "es", "notice.recorded", 0, house.now)
    assert path is not None
    path.write_bytes(b"\xe8\x03\x18\xfc" * 8_000)
    house.now += 5
    await house.recorder.ended(CALL, house.now)
    return path


async def test_half_a_sealed_file_that_a_killed_server_left_is_erased_too(
    house: House, erasing: Erasing
) -> None:
    half = house.vault / wav_path(CALL, house.now).with_suffix(".part")
    await waiting_for_its_seal(house)
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    house.now += 3 * DAY
    wanted = order(house)
    await erasing.enter(wanted)
    assert await erasing.destroy(wanted) == ()
    assert [one for one in house.vault.rglob("*") if one.is_file()] == []


@pytest.mark.parametrize("gone", [False, True])
async def test_a_seal_that_ends_after_the_erasure_brings_nothing_back(house: House, *, gone: bool) -> None:
    path = await waiting_for_its_seal(house)
    if gone:
        path.unlink()
    house.now += 3 * DAY
    (queued,) = await house.recorder._shelf.queued()
    assert await KeyRows(house.engine).erase(CALL, house.now)
    await house.recorder._finish(queued)
    await house.recorder._failed(queued, "still growing")
    assert (await kept(house))[0] == "destroyed"
    assert [type(fact).__name__ for fact in house.facts if "Recording" in type(fact).__name__] == [
        "RecordingStarted"
    ]


async def test_what_is_signed_while_it_is_erased_leaves_no_vcon(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.record()
    sign = house.seals.vcon

    async def erased_meanwhile(composed: object) -> tuple[bytes, str]:
        assert await KeyRows(house.engine).erase(CALL, house.now)
        return await sign(composed)  # type: ignore[arg-type]

    monkeypatch.setattr(house.seals, "vcon", erased_meanwhile)
    await noted(house)
    assert await kept(house) == ("destroyed", False, "destroyed")


async def test_a_hold_that_was_lifted_lately_is_no_certainty(
    house: House, erasing: Erasing, keeper: Keeper
) -> None:
    await house.record()
    await noted(house)
    assert (await erasing.look(CALL, house.now)).unsure is None
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await noted(house)
    async with house.engine.begin() as connection:
        await connection.execute(update(keeping).values(hold=None, held_at=house.now))
    await noted(house)
    there = await erasing.look(CALL, house.now)
    assert (there.held, there.unsure) == (None, "a hold on it was lifted, and not yet four weeks ago")
    with pytest.raises(Refused, match="the log cannot say"):
        await erasing.enter(order(house))
    await erasing.enter(order(house), looked=True)
    await noted(house, 30 * DAY)
    assert (await erasing.look(CALL, house.now)).unsure is None


async def test_without_any_stamp_nobody_can_say_whether_it_is_held(
    house: House, erasing: Erasing, keeper: Keeper
) -> None:
    await house.record()
    await noted(house)
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await noted(house)
    async with house.engine.begin() as connection:
        await connection.execute(text("UPDATE recordings_log SET line = 'x', kind = 'x' WHERE kind = 'held'"))
        await connection.execute(text("DELETE FROM recordings_stamps"))
        await connection.execute(update(keeping).values(hold=None))
    there = await erasing.look(CALL, house.now)
    assert there.held is None
    assert there.unsure is not None


@pytest.mark.parametrize("began", ["abc", b"x", float("nan")])
def test_a_row_of_no_sense_is_no_call_that_goes_on(began: float) -> None:
    there = There("recording", began, (), key=False, vcon=False, held=None, unsure=None)
    assert not there.is_under_way(1.0)


async def test_a_stray_stays_when_no_stamp_is_left(house: House, keeper: Keeper) -> None:
    await house.record(OTHER)
    await noted(house)
    await noted(house, 30 * DAY)
    (wav,) = (house.vault / "sealed").rglob("*.wav")
    path = wav.relative_to(house.vault).as_posix()
    async with house.engine.begin() as connection:
        for table in (recordings, evidence, keeping, keys):
            await connection.execute(delete(table))
        forged = text("UPDATE recordings_log SET line = 'begun 1 ' || :none WHERE kind = 'begun'")
        await connection.execute(forged, {"none": "0" * 64})
        stray = text("INSERT INTO recordings_quarantine VALUES (:path, :call, 8, 0.0)")
        await connection.execute(stray, {"path": path, "call": OTHER})
    await run(house, keeper)
    assert wav.exists()
    async with house.engine.begin() as connection:
        await connection.execute(text("DELETE FROM recordings_stamps WHERE subject LIKE 'head:%'"))
    await run(house, keeper)
    assert wav.exists()
