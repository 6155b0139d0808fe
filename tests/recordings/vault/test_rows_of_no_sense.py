"""A row that somebody else wrote is named, and stops neither the others nor the server."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import Executable, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from dialplans.institution import Institution
from recordings.adapters import reconciler
from recordings.adapters.evidence.tables import heads  # noqa: F401 - makes its tables known to the metadata
from recordings.adapters.reconciler import Reconciler
from recordings.adapters.recorder import Recorder
from recordings.adapters.tables import keeping, recordings
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.reconcile import Unreadable
from recordings.retention import Next, Term, Terms
from server import keeping as nightly
from tests.recordings.vault.conftest import Room, call, sound

TERMS = Terms(Term(1, 1), {})
OVER = date(2028, 1, 1)  # the first year is over
SPOILT: list[Callable[[str], Executable]] = [
    lambda name: update(recordings).where(recordings.c.call == name).values(state="gone"),
    lambda name: update(recordings).where(recordings.c.call == name).values(begun_at=1e15),
    lambda name: insert(keeping).values(call=name, keeping="frozen"),
]


def _day_of(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


async def nobody() -> frozenset[str] | None:
    return frozenset()


async def _did(engine: AsyncEngine, change: Executable) -> None:
    async with engine.begin() as connection:
        await connection.execute(change)


def _reconciler(room: Room) -> Reconciler:
    return Reconciler(room.engine, room.vault, room.facts.append, nobody, lambda: room.now)


@pytest.mark.parametrize("spoil", SPOILT)
async def test_it_is_named_and_the_others_are_seen_to(room: Room, spoil: Callable[[str], Executable]) -> None:
    bad, good = await room.rest(sound(1)), await room.rest(sound(1, 2), 2)
    await _did(room.engine, spoil(bad))
    (room.vault / (await room.row(good)).path).unlink()
    looked = _reconciler(room)
    assert {type(one).__name__ for one in await looked.look()} == {"Unreadable", "Gone"}
    assert await looked.look() == (), "each is told once"
    keeper = Keeper(Court(room.engine, _day_of), room.stores, room.facts.append)
    plan = await keeper.plan(TERMS, OVER)
    assert good in {step.call for step in plan.of(Next.BLOCK)}
    assert plan.unreadable == (() if (await room.row(bad)).state == "gone" else (bad,))
    await keeper.carry_out(plan, room.now, believe_clock=True)
    assert await keeper.rows.of(good) == "blocked"


@pytest.mark.parametrize("spoil", SPOILT)
async def test_the_tasks_that_read_it_go_on(
    room: Room, spoil: Callable[[str], Executable], monkeypatch: pytest.MonkeyPatch
) -> None:
    await _did(room.engine, spoil(await room.rest(sound(1))))
    monkeypatch.setattr(reconciler, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(nightly, "LOOK_EVERY_S", 0.01)
    zone = cast("Institution", SimpleNamespace(time_zone=UTC))  # nothing else is asked of it
    inss = Path("dialplans/inss")
    keeper = Keeper(Court(room.engine, _day_of), room.stores, room.facts.append)
    terms = nightly.Nightly(keeper, lambda: zone, lambda: nightly.read_terms(inss), time.time)
    tasks = [asyncio.create_task(work) for work in (_reconciler(room).run(), terms.run())]
    done, going = await asyncio.wait(tasks, timeout=0.3)
    for task in going:
        task.cancel()
    await asyncio.gather(*going, return_exceptions=True)
    assert not done


async def test_a_queue_with_such_a_row_is_sealed_all_the_same(room: Room) -> None:
    recorder = Recorder(room.engine, room.vault, room.facts.append, lambda: room.now)
    for number in (1, 2):
        path = await recorder.begin(call(number), "es", "notice.recorded", 100, room.now)
        assert path is not None
        path.write_bytes(bytes(32_000))
        await recorder.ended(call(number), room.now + 1)
    await _did(room.engine, update(recordings).where(recordings.c.call == call(1)).values(begun_at=1e15))
    room.now = time.time() + 60
    assert await recorder.seal_waiting() == 1
    assert (await room.row(call(2))).state == "sealed"


async def test_reconcile_names_it(room: Room) -> None:
    name = await room.rest(sound(1))
    await _did(room.engine, SPOILT[0](name))
    found = await _reconciler(room).compared()
    assert found == (Unreadable(name),)
