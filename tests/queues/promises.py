"""A floor with promises to call back, on a real database, with an exchange on paper; killed and begun again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from queues.adapters import callbacks as shell
from queues.adapters.callback_ports import Answering, straight
from queues.adapters.callback_store import SqlCallbacks
from queues.adapters.callbacks import Callbacks
from queues.adapters.floor import Floor
from queues.adapters.tables import metadata
from queues.callbacks import Asked, Callback, Policy, Stage
from queues.ports import Reservation
from tests.databases import opened
from tests.queues.fakes import Form, MemoryStore, call
from tests.queues.switchboard import until

POLICY = Policy(most_attempts=3, rest_s=0.05)


class PaperExchange:
    """Rings on paper: keeps whose telephone rang, and which calls are there."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.there: set[str] = set()
        self.dead = False  # killed between the row and the ring

    async def place(self, callback: Callback, reservation: Reservation) -> bool:
        assert reservation.call == callback.call
        if self.dead:
            await asyncio.Event().wait()
        assert callback.call not in self.there, "a telephone rings twice at once"
        self.rung.append(callback.call)
        self.there.add(callback.call)
        return True

    async def alive(self) -> frozenset[str]:
        return frozenset(self.there)


class House:
    """Floor and callbacks over what lasts: a memory of places, a database of promises, the exchange."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self.store, self.exchange = engine, MemoryStore(), PaperExchange()
        self.said: list[object] = []
        self.open = True
        self.ends: Callable[[str, float, float], float] = straight

    async def begin(self) -> None:
        self.floor = await Floor(self.store, self.publish).open()
        self.callbacks = Callbacks(
            SqlCallbacks(self.engine), self.floor, self.publish, self.exchange, lambda: POLICY,
            Answering(lambda _: self.open, self._ends),
        )  # fmt: skip
        self.running = asyncio.create_task(self.callbacks.run())

    def _ends(self, subject: str, at: float, open_s: float) -> float:
        return self.ends(subject, at, open_s)

    async def kill(self) -> None:
        """What kill -9 leaves: nothing is said or tidied."""
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running
        await self.floor.close()

    def publish(self, said: object) -> None:
        self.said.append(said)
        if hasattr(self, "callbacks"):
            self.callbacks.hear(said)

    async def takes(self, number: int) -> None:
        """A caller waits and takes a callback."""
        form = Form(call(number), "general", since=self.floor.now() - 100 + number)
        waiting = asyncio.create_task(self.floor.wait(form))
        await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        promise, new = await self.callbacks.take(asked(number))
        assert new
        assert promise.stage is Stage.WAITING

    async def picks_up(self) -> None:
        """The citizen whose telephone rings presses the key, waits under the same id, and talks."""
        placed = self.exchange.rung[-1]
        assert await self.callbacks.pressed(placed)
        reservation = await self.floor.wait(Form(placed, "general"))
        self.floor.answered(reservation.call)

    async def stages(self) -> list[str]:
        store = SqlCallbacks(self.engine)
        return [one.stage.value for one in await store._found()]


def asked(number: int, *, person: str | None = None, telephone: int | None = None) -> Asked:
    digits = number if telephone is None else telephone
    return Asked(call(number), f"+34931{digits:06d}", person, "es", "general", 1, 0, 100.0 + number)


Kind = TypeVar("Kind", bound=House)


@asynccontextmanager
async def begun(kind: type[Kind], dialect: str, folder: Path) -> AsyncIterator[Kind]:
    """Give a house that runs, and kill it at the end."""
    async with opened(dialect, folder, metadata) as engine:
        house = kind(engine)
        await house.begin()
        try:
            yield house
        finally:
            await house.kill()


def in_a_hurry(monkeypatch: pytest.MonkeyPatch, young_s: float) -> None:
    """Let the promises be looked at fifty times a second."""
    monkeypatch.setattr(shell, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(shell, "YOUNG_S", young_s)


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A house on each database."""
    async with begun(House, str(request.param), tmp_path) as house:
        yield house


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who imports this is in a hurry."""
    in_a_hurry(monkeypatch, young_s=0.1)


async def kept(house: House) -> None:
    """The promise ends in a talk, whatever it takes."""
    await until(lambda: house.exchange.rung, "a telephone that rings")
    await house.picks_up()
    await until(lambda: any(type(one).__name__ == "CallbackKept" for one in house.said), "a promise kept")
