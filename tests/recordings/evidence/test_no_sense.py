"""A cell of the wrong type stops neither the destroying of others nor any other comparison, and is named."""

from pathlib import Path

import pytest
from sqlalchemy import delete, insert, text

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.development import stamped
from recordings.adapters.evidence.keys import Keys, Role, stamp_roots
from recordings.adapters.evidence.stamped import Believed
from recordings.adapters.evidence.tables import evidence, heads
from recordings.adapters.vault.keeping import Keeper
from recordings.evidence import stamps
from recordings.evidence.destroyed import Explained
from recordings.evidence.stamps import BadStamp, UnknownAuthority
from tests.recordings.evidence.house import House
from tests.recordings.evidence.nights import blocked_for_weeks, later, run, state
from tests.recordings.evidence.test_proven import keeper  # noqa: F401 - a fixture


async def found(house: House) -> list[str]:
    return [one.what for one in await Audit(house.engine, None, lambda: house.now).look()]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE recordings_log SET line = CAST(line AS BLOB) WHERE leaf = 0",
        "UPDATE recordings_log SET kind = CAST(kind AS BLOB) WHERE leaf = 0",
        "UPDATE recordings_log SET line = CAST(line AS BLOB) WHERE kind = 'blocked'",
    ],
)
async def test_a_line_that_is_no_text_keeps_its_recording_and_stops_no_run(
    house: House,
    keeper: Keeper,  # noqa: F811 - the fixture
    change: str,
) -> None:
    await blocked_for_weeks(house, keeper)
    async with house.engine.begin() as connection:
        await connection.execute(text(change))
    assert len((await run(house, keeper)).unproven) == 1
    assert await state(house) == "sealed"
    assert "no entry" in await found(house)


async def test_a_stamp_that_is_no_bytes_does_not_count(house: House, keeper: Keeper) -> None:  # noqa: F811
    await blocked_for_weeks(house, keeper)
    async with house.engine.begin() as connection:
        await connection.execute(text("UPDATE recordings_stamps SET reply = 'x' WHERE subject LIKE 'head:%'"))
    assert len((await run(house, keeper)).unproven) == 1


async def test_a_head_that_cannot_be_read_hides_nothing_else(house: House) -> None:
    await house.record()
    await later(house, 0.001)
    async with house.engine.begin() as connection:
        await connection.execute(insert(heads).values(size=10**6, root="x", note="x", at=1.0))
        await connection.execute(delete(evidence))
    assert {"no head", "evidence gone"} <= set(await found(house))


def test_what_no_number_can_be_explains_nothing() -> None:
    line = f"blocked {'9' * 400} {'0' * 64}"
    assert Explained([], 1.0).take([(0, line), (1, b"blocked 1 x")]).blocked == {}  # type: ignore[list-item]


def test_a_strangers_stamp_is_refused_by_the_nights_run_and_not_looked_into(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = Keys(tmp_path / "unknown", "other.example/log", "Somebody else")
    unknown.prepare(1_795_000_000.0)
    reply = stamped(stamps.request(b"x"), unknown.identity(Role.AUTHORITY), 1_795_345_200.0)
    with pytest.raises(UnknownAuthority):
        stamps.check(reply, b"x", stamp_roots(keys.trust_folder))

    def loaded(*_: object) -> str:
        raise AssertionError("pyHanko is loaded beside the calls")

    monkeypatch.setattr(stamps, "fault_of", loaded)
    with pytest.raises(BadStamp):
        Believed(stamp_roots(keys.trust_folder)).at(reply, b"x")
