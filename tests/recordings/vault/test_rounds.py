"""A night with more bad recordings than time, or with a store that is away, loses none of them and ends in time."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from recordings.adapters.evidence.rereading import RATE, Rereading
from recordings.adapters.evidence.resting import Resting
from recordings.adapters.evidence.rounds import Found, Rounds
from recordings.adapters.vault.folder import FolderStore
from recordings.evidence.happened import Difference
from recordings.ports import StoreAway
from tests.recordings.vault.conftest import Room, sound


class Doubtful(FolderStore):
    """An object store that answers nobody while it is away."""

    away = False

    async def size(self, name: str) -> int:
        if self.away:
            raise StoreAway("timeout")
        return await super().size(name)


async def test_many_that_are_bad_have_half_the_time_and_all_have_their_turn(
    room: Room, tmp_path: Path
) -> None:
    names = [await room.rest(sound(1, number), number) for number in range(1, 7)]
    now, looked = 0.0, list[str]()

    async def all_bad(calls: Sequence[str]) -> Found:
        nonlocal now
        now += len(calls)
        looked.extend(calls)
        return {call: [Difference("bad", call)] for call in calls}

    async def night(seconds: float) -> list[str]:
        looked.clear()
        done = await Rounds(room.engine, tmp_path / "came", lambda: now).go(all_bad, 1, seconds)
        assert [one.sentence for one in done.found if one.what == "bad"] == sorted(looked)
        return [one.sentence.partition(" ")[0] for one in done.found if one.what == "bad before"]

    assert (await night(9), looked) == ([], names)
    assert (await night(4), looked) == (["4"], names[:2]), "half of four seconds, and nothing else is left"
    assert (await night(4), looked) == (["4"], names[2:4])
    assert (await night(4), looked) == (["4"], names[4:])
    assert (await night(99), looked) == ([], names)


@pytest.fixture
def remote(room: Room, tmp_path: Path) -> tuple[Room, Doubtful]:
    """A room whose vault is an object store."""
    store = Doubtful(tmp_path / "objects")
    room.stores = replace(room.stores, objects=store)
    room.use(room.ring)
    return room, store


async def in_store(room: Room, number: int) -> str:
    """Have a recording in the object store."""
    name = await room.rest(sound(1, number), number)
    assert (await room.row(name)).path.startswith("stored/")
    return name


@pytest.mark.parametrize("kind", ["rested", "reread"])
async def test_a_store_that_is_away_makes_nothing_well_and_nothing_read(
    remote: tuple[Room, Doubtful], tmp_path: Path, kind: str
) -> None:
    room, store = remote
    names = [await in_store(room, number) for number in (1, 2, 3, 4)]
    spoilt = tmp_path / "objects" / (await room.row(names[3])).path.removeprefix("stored/")
    spoilt.write_bytes(bytes(7))

    async def night() -> tuple[int, set[str]]:
        rounds, ring = Rounds(room.engine, tmp_path / kind), lambda: room.ring
        looking = (
            Resting(room.engine, room.stores, ring).look(rounds, 99)
            if kind == "rested"
            else Rereading(room.engine, room.audio, rounds).look(99)
        )
        done = await looking
        return done.at, {name for name in names if any(f"call {name}" in one.sentence for one in done.found)}

    assert await night() == (4, {names[3]})
    store.away = True
    assert await night() == (0, {names[0], names[3]}), "what was bad before, and the first that was not read"
    store.away = False
    assert await night() == (4, {names[3]}), "still bad, and the round goes on where it was"


async def test_audio_is_read_again_no_faster_than_its_rate(room: Room, tmp_path: Path) -> None:
    name, slept = await room.rest(sound(9)), list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    rounds = Rounds(room.engine, tmp_path / "reread")
    reading = Rereading(room.engine, room.audio, rounds, lambda: 0.0, sleep)
    assert (await reading.look(9)).found == ()
    assert max(slept) == (await room.row(name)).bytes / RATE
