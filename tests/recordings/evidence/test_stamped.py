"""Which lines of the log count is said by stamped heads; and whose stamps count, by the trust folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.x509 import Certificate
from sqlalchemy import Executable, delete, insert, update

from recordings.adapters.evidence.development import stamped
from recordings.adapters.evidence.keys import Keys, NoKey, Role, stamp_roots
from recordings.adapters.evidence.published import Published
from recordings.adapters.evidence.stamped import MOST_HEADS, Believed, StampedHeads
from recordings.adapters.evidence.tables import heads, log, tiles
from recordings.adapters.evidence.witness import HeadsFile
from recordings.adapters.tables import keeping, recordings
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.stores import Stores
from recordings.evidence.entries import Kind, happened
from recordings.evidence.findings import Finding
from recordings.evidence.fingerprints import printed
from recordings.evidence.growing import Growing
from recordings.evidence.jws import thumbprint
from recordings.evidence.merkle import leaf_hash, root_of
from recordings.facts import RecordingBlocked
from recordings.listening import Keeping
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.nights import DAY, blocked, blocked_for_weeks, day_of, later, run, state


@pytest.fixture
def keeper(house: House) -> Keeper:
    stores = Stores(FolderStore(house.vault))
    trust = (lambda: house.trust.stamp_roots, lambda: house.trust.retired)
    return Keeper(Court(house.engine, day_of, *trust), stores, house.facts.append)


async def do(house: House, *changes: Executable) -> None:
    async with house.engine.begin() as connection:
        for change in changes:
            await connection.execute(change)


async def held(house: House, keeper: Keeper) -> None:
    """The same, and a court has it held; then a row lifts that, as who writes the database would."""
    await blocked_for_weeks(house, keeper)
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await later(house, 0.001)
    await do(house, update(keeping).values(hold=None, held_at=None, held_logged=None))


HIDDEN: list[Callable[[], Executable]] = [
    lambda: delete(log).where(log.c.kind == "held"),
    lambda: update(log).where(log.c.kind == "held").values(kind="listened"),
    lambda: update(log).where(log.c.kind == "held").values(line="held 1 " + "0" * 64),
    lambda: update(log).where(log.c.kind == "held").values(kind="listened", line="listened 1 a"),
]


@pytest.mark.parametrize("hide", HIDDEN)
async def test_a_line_of_a_hold_that_was_taken_away_or_rewritten_keeps_its_recording(
    house: House, keeper: Keeper, hide: Callable[[], Executable]
) -> None:
    await held(house, keeper)
    await do(house, hide())
    (left,) = (await run(house, keeper)).unproven
    assert "of the log is not what was stamped" in left.why
    assert await state(house) == "sealed"


async def test_a_line_that_is_rewritten_to_say_that_it_was_blocked_before_destroys_nothing(
    house: House, keeper: Keeper
) -> None:
    await blocked(house, keeper)
    await later(house, 0.001)  # it was blocked a minute ago; an old line is made to say so
    async with house.engine.connect() as connection:
        rows = (await connection.execute(log.select().order_by(log.c.leaf))).all()
    line = next(row.line for row in rows if row.kind == "blocked").split(" ")
    forged = f"blocked {round(rows[0].at * 1000)} {line[2]}"
    await do(
        house,
        update(log).where(log.c.leaf == rows[0].leaf).values(kind="blocked", line=forged),
        delete(log).where(log.c.kind == "blocked", log.c.leaf > rows[0].leaf),
        update(keeping).values(since=house.now - 40 * DAY, since_logged=house.now - 40 * DAY),
    )
    assert len((await run(house, keeper)).unproven) == 1
    assert await state(house) == "sealed"


async def test_a_log_that_is_rewritten_lines_and_tiles_dates_nothing_back(
    house: House, keeper: Keeper
) -> None:
    await house.record()
    await later(house, 0.001)
    await later(house, 400)
    async with house.engine.connect() as connection:
        rows = (await connection.execute(log.select().order_by(log.c.leaf))).all()
    reference = next(row.line for row in rows if row.kind == "begun").split(" ")[2]
    lines = [row.line for row in rows]
    lines[-1] = f"blocked {round((house.now - 390 * DAY) * 1000)} {reference}"
    hashes = b"".join(leaf_hash(line.encode()) for line in lines)
    row = {"call": CALL, "keeping": Keeping.BLOCKED, "since": house.now - 40 * DAY}
    await do(
        house,
        update(log).where(log.c.leaf == rows[-1].leaf).values(kind="blocked", line=lines[-1]),
        update(tiles).where(tiles.c.level == 0).values(hashes=hashes),
        insert(keeping).values(row | {"since_logged": row["since"]}),
    )
    await later(house, 1)
    assert len((await run(house, keeper)).unproven) == 1
    assert await state(house) == "sealed"


async def test_a_log_that_is_cut_off_before_a_hold_is_missed_by_the_heads_that_were_published(
    house: House, keeper: Keeper
) -> None:
    file = house.folder / "heads.jsonl"
    house.notary._witnesses = (HeadsFile(file, lambda: house.now),)
    await blocked_for_weeks(house, keeper)
    size = await house.log.size()
    async with house.engine.connect() as connection:
        (tile,) = (await connection.execute(tiles.select())).all()
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await later(house, 1)
    await do(
        house,
        update(keeping).values(hold=None, held_at=None, held_logged=None),
        delete(log).where(log.c.leaf >= size),
        delete(heads).where(heads.c.size > size),
        update(tiles).values(hashes=tile.hashes),
    )
    trust = (lambda: house.trust.stamp_roots, lambda: house.trust.retired)
    stores = Stores(FolderStore(house.vault))
    watching = Keeper(Court(house.engine, day_of, *trust, Published(file)), stores, house.facts.append)
    assert len((await run(house, watching)).unproven) == 1
    await house.log.append([happened(Kind.LISTENED, name, house.now) for name in "abc"])
    await later(house, 1)  # the log goes on from there, and is published
    assert len((await run(house, watching)).unproven) == 1
    assert await state(house) == "sealed"


async def test_a_line_that_is_damaged_keeps_also_what_began_after_it(house: House, keeper: Keeper) -> None:
    await house.record("ventanilla-1795345199.1")
    await later(house, 0.001)
    await blocked_for_weeks(house, keeper)
    async with house.engine.connect() as connection:
        first = (await connection.execute(log.select().where(log.c.leaf == 0))).one().line
    await do(house, update(log).where(log.c.leaf == 0).values(line="begun 1 damaged"))
    plan = await run(house, keeper)
    assert {one.call for one in plan.unproven} == {"ventanilla-1795345199.1", CALL}
    assert all("line 0 of the log" in one.why for one in plan.unproven)
    assert await state_of(house) == "sealed"
    await do(house, update(log).where(log.c.leaf == 0).values(line=first))
    assert (await run(house, keeper)).unproven == ()
    assert await state_of(house) == "destroyed"


async def test_tiles_that_are_damaged_keep_nothing_while_the_lines_give_the_root(
    house: House, keeper: Keeper
) -> None:
    await blocked_for_weeks(house, keeper)
    await do(house, update(tiles).where(tiles.c.level == 0).values(hashes=b"\0" * 64))
    assert (await run(house, keeper)).unproven == ()
    assert await state(house) == "destroyed"


async def test_an_authority_that_is_distrusted_dates_nothing_from_that_moment_on(
    house: House, keeper: Keeper
) -> None:
    await blocked_for_weeks(house, keeper)
    authority = thumbprint(house.keys.identity(Role.AUTHORITY).chain[0])
    house.keys.retire(Role.AUTHORITY, house.now - 200 * DAY)
    assert authority in house.trust.retired
    (left,) = (await run(house, keeper)).unproven
    assert "no time stamp" in left.why
    house.keys.move_back(authority, house.now - 300 * DAY)
    assert len((await run(house, keeper)).unproven) == 1
    assert await state(house) == "sealed"


async def test_a_list_of_given_up_keys_that_cannot_be_read_lets_no_stamp_count(
    house: House, keeper: Keeper
) -> None:
    await blocked_for_weeks(house, keeper)
    (house.keys.trust_folder / "retired.json").write_text("{")
    assert len((await run(house, keeper)).unproven) == 1
    assert await state(house) == "sealed"


async def test_a_clock_ninety_days_ahead_blocks_and_destroys_nothing_before_its_time(
    house: House, keeper: Keeper
) -> None:
    await house.record()
    await later(house, 0.001)
    await later(house, 300)
    await do(house, insert(recordings).values(a_call_at(house.now + 10 * DAY)))  # the clock seems right
    await run(house, keeper, ahead=90 * DAY)
    assert house.told(RecordingBlocked) == []
    await later(house, 70)
    await run(house, keeper)
    await later(house, 0.001)
    await do(house, update(recordings).where(recordings.c.call != CALL).values(begun_at=house.now + DAY))
    await run(house, keeper, ahead=90 * DAY)  # blocked since an hour, and not since ninety days
    assert await state_of(house) == "sealed"


def a_call_at(at: float) -> dict[str, object]:
    row = {"call": "ventanilla-1795345200.9", "state": "recording", "path": "running/x.raw", "language": "es"}
    return row | {
        "notice_key": "n",
        "notice_offset_ms": 0,
        "begun_at": at,
        "orderly": True,
        "tries": 0,
    }


async def state_of(house: House) -> str:
    async with house.engine.connect() as connection:
        query = recordings.select().where(recordings.c.call == CALL)
        return str((await connection.execute(query)).one().state)


# --- roots that were replaced ---


async def replaced(house: House, strangers: Keys, many: int) -> None:
    """Have so many heads more stamped by an authority of another root, as it was before its root was replaced."""
    before = strangers.identity(Role.AUTHORITY)
    ours = house.seals.stamp

    async def theirs(request: bytes) -> bytes:
        return stamped(request, before, house.authority_time())

    house.seals.stamp = theirs  # type: ignore[method-assign]
    roots = house.keys.trust_folder / "authority-root.pem"
    kept = roots.read_bytes()
    roots.write_bytes(kept + (strangers.trust_folder / "authority-root.pem").read_bytes())
    for _ in range(many):
        house.now += 61
        await do(house, update(recordings).values(begun_at=house.now))  # an entry, so a head
        await house.notary.round()
    roots.write_bytes(kept)
    house.seals.stamp = ours  # type: ignore[method-assign]


async def test_more_heads_than_are_tried_one_by_one_of_a_root_that_was_replaced_end_no_search(
    house: House, strangers: Keys
) -> None:
    await house.record()
    await replaced(house, strangers, MOST_HEADS + 9)
    old_times = house.now
    for _ in range(9):
        await do(house, update(recordings).values(begun_at=house.now))
        await later(house, 0.01)
    found = StampedHeads(house.engine, Believed(house.trust.stamp_roots))
    assert old_times < await found.since(0) < old_times + 0.02 * DAY, "the first of the root that is believed"
    every = (*house.trust.stamp_roots, *strangers_roots(strangers))
    assert await StampedHeads(house.engine, Believed(every)).since(0) < old_times - MOST_HEADS * 60


async def test_an_old_root_that_is_kept_counts_for_the_stamps_of_its_days_only(
    house: House, strangers: Keys
) -> None:
    await house.record()
    await replaced(house, strangers, 3)
    roots = strangers_roots(strangers)
    until = {thumbprint(roots[0]): house.now + DAY}
    assert await StampedHeads(house.engine, Believed(roots, until)).since(0) < house.now
    before = {thumbprint(roots[0]): house.now - DAY}
    assert await StampedHeads(house.engine, Believed(roots, before)).since(0) == float("inf")


async def test_the_end_of_an_old_root_is_dated_by_its_fingerprint_and_packages_keep_to_it(
    house: House, strangers: Keys
) -> None:
    await house.record()
    package = await house.package()
    (root,) = house.trust.stamp_roots
    with pytest.raises(NoKey, match="no retired key"):
        house.keys.move_back(thumbprint(strangers_roots(strangers)[0]), house.now)
    house.keys.move_back(printed(thumbprint(root)), house.now + DAY)
    assert house.checked(package) == await sound_findings(house, package)
    house.keys.move_back(printed(thumbprint(root)), house.now - DAY)
    said = [one.sentence for found in house.checked(package).values() for one in found]
    assert any("its root was retired" in one for one in said)
    assert await StampedHeads(house.engine, Believed((root,), house.trust.retired)).since(0) == float("inf")


async def sound_findings(house: House, package: Path) -> dict[str, list[Finding]]:
    """What is said of a package when nothing was given up."""
    (house.keys.trust_folder / "retired.json").rename(house.folder / "kept.json")
    found = house.checked(package)
    (house.folder / "kept.json").rename(house.keys.trust_folder / "retired.json")
    return found


def strangers_roots(strangers: Keys) -> tuple[Certificate, ...]:
    return stamp_roots(strangers.trust_folder)


def test_a_root_that_grows_is_the_root_of_the_tree() -> None:
    hashes = [leaf_hash(bytes([number])) for number in range(100)]
    tree = Growing()
    for number, one in enumerate(hashes, 1):
        tree.add(one)
        assert tree.root == root_of(hashes[:number])
