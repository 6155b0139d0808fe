"""A caller and two or three agents on a real Asterisk, each saying a tone of their own: who hears whom is measured."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from server.probe.catalogue import Catalogue
from server.probe.script import parse_steps
from server.probe.sounds import write_sound
from server.probe.telephone import Line, sip_stack
from tests.calls.centre import Centre, Desk
from tests.telephones import AgentTelephone, CallingCitizen, Conversation, agent_telephone, citizens

RATE = 8000
TONES = {
    "ana": 600,
    "jordi": 900,
    "luis": 1750,
    "caller": 1300,
    "pilar": 2100,
}  # Hz; none a multiple of another's half
LAST_S = 1.2  # what was heard in so many seconds is looked at
AUDIBLE = 200.0  # a tone of amplitude 8000 measures 1600 and more, another's leakage under 20
TO_A_PERSON = parse_steps("1@language.offer~0,0@menu.main~0")
WITHIN_S = 90.0
QUIET = 20.0  # of 32,768: a line without a word has less


def tone(name: str, seconds: int = 240) -> bytes:
    """What somebody says: a tone, signed 16-bit at 8 kHz."""
    times = np.arange(RATE * seconds) / RATE
    return bytes((np.sin(2 * np.pi * TONES[name] * times) * 8000).astype("<i2").tobytes())


def audible(samples: NDArray[np.float64]) -> frozenset[str]:
    """Whose tones are in a sound."""
    if samples.size < RATE // 2:
        return frozenset()
    lines = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) / samples.size
    heard = set()
    for name, pitch in TONES.items():
        middle = round(pitch * samples.size / RATE)
        if lines[middle - 4 : middle + 5].max() > AUDIBLE:
            heard.add(name)
    return frozenset(heard)


def lately(pcm: bytes | bytearray) -> frozenset[str]:
    """Whom somebody heard just now."""
    return audible(np.frombuffer(bytes(pcm[-int(2 * RATE * LAST_S) :]), "<i2").astype(float))


def loud(pcm: bytes | bytearray) -> bool:
    """Whether somebody hears anything at all just now: music is never silent for so long."""
    last = np.frombuffer(bytes(pcm[-int(2 * RATE * LAST_S) :]), "<i2").astype(float)
    return last.size > 0 and float(np.sqrt((last**2).mean())) > QUIET


@dataclass(slots=True)
class Floor:
    """A centre with agents at their places and one caller who talks to ana."""

    centre: Centre
    telephones: Mapping[str, AgentTelephone]
    desks: Mapping[str, Desk]
    caller: CallingCitizen
    call: str

    def talk(self, name: str) -> Conversation | None:
        """The conversation an agent is in now."""
        going = [one for one in self.telephones[name].conversations if not one.over and one.answered_at]
        return going[-1] if going else None

    def hears(self, name: str) -> frozenset[str]:
        """Whom somebody hears; nobody when they are in no conversation."""
        if name == "caller":
            return lately(self.caller.call.tape.pcm)
        talk = self.talk(name)
        return lately(talk.heard) if talk is not None else frozenset()

    async def until(self, so: Callable[[], object], what: str, within: float = 30.0) -> None:
        deadline = time.monotonic() + within
        while not so():
            heard = {name: sorted(self.hears(name)) for name in ("caller", *self.telephones)}
            assert time.monotonic() < deadline, f"never: {what}; they hear {heard}"
            await asyncio.sleep(0.1)

    async def hear_each_other(self, *names: str) -> None:
        """Wait until exactly these hear one another, each all others and nobody else."""
        for name in names:
            await self._hears(name, frozenset(names) - {name})

    async def _hears(self, name: str, others: frozenset[str]) -> None:
        await self.until(lambda: self.hears(name) == others, f"{name} hears {sorted(others)}")

    async def hears_no_voice(self, name: str) -> None:
        await self.until(lambda: not self.hears(name), f"{name} hears nobody")

    async def ask(self, name: str, path: str, **body: object) -> None:
        answer = await self.desks[name].ask(path, body)
        assert answer.status_code == 200, answer.text

    async def sign_in_again(self, name: str) -> None:
        """Come back to a restarted server: the session is the database's, the place the floor's."""
        self.desks[name].client.cookies.clear()
        desk = await self.centre.desk(name)
        self.desks[name].client.cookies.update(desk.client.cookies)
        await desk.client.aclose()

    async def state(self, name: str, state: str) -> None:
        await self.centre.until(
            "SELECT 1 FROM queues_agent_states WHERE agent = :agent AND state = :state",
            agent=name,
            state=state,
        )


@asynccontextmanager
async def talking(centre: Centre, catalogue: Catalogue, folder: Path, number: str) -> AsyncIterator[Floor]:
    """Ana talks with a caller; jordi and luis are at their places, on a pause so that the router leaves them alone."""
    async with AsyncExitStack() as stack:
        telephones, desks = {}, {}
        for name in ("ana", "jordi", "luis"):
            says = folder / f"{name}.wav"
            write_sound(says, tone(name))
            phone = agent_telephone(
                f"{name}-sip", centre.secret(name), centre.sip, answers_after=0.3, plays=says
            )
            telephones[name] = await stack.enter_async_context(phone)
            desks[name] = await centre.desk(name)
            stack.push_async_callback(desks[name].client.aclose)
            stack.push_async_callback(_leave, desks[name])
        await desks["ana"].works()
        (caller,) = await stack.enter_async_context(
            citizens([number], "901166565", centre.sip, steps=TO_A_PERSON, catalogue=catalogue)
        )
        await telephones["ana"].answered(within=WITHIN_S)
        for name in ("jordi", "luis"):
            await desks[name].works()
        (row,) = await centre.until(
            "SELECT call FROM queues_agent_states WHERE agent = 'ana' AND state = 'talking'"
        )
        speaking = asyncio.create_task(caller.call.line.speak(tone("caller")), name="caller speaks")
        stack.callback(speaking.cancel)
        floor = Floor(centre, telephones, desks, caller, row["call"])
        await floor.hear_each_other("caller", "ana")
        yield floor


async def _leave(desk: Desk) -> None:
    """Leave the place whatever state it is in."""
    await desk.ask("finish", {"outcome": "resolved", "notes": ""})
    await desk.ask("sign-out")


@dataclass(slots=True)
class Supervisor:
    """Pilar with her headset on: a line of hers into the centre, and the requests that the wall makes."""

    line: Line
    desk: Desk
    heard: bytearray = field(default_factory=bytearray)

    async def ask(self, path: str, **body: object) -> None:
        answer = await self.desk.ask(path, {**body, "reason": "a test"}, page="wall")
        assert answer.status_code == 200, answer.text

    async def hears(self, *names: str, within: float = 30.0) -> None:
        deadline = time.monotonic() + within
        while lately(self.heard) != frozenset(names):
            assert time.monotonic() < deadline, f"the supervisor hears {lately(self.heard)}, not {names}"
            await asyncio.sleep(0.1)


@asynccontextmanager
async def supervisor(centre: Centre) -> AsyncIterator[Supervisor]:
    """Pilar's telephone calls `headset`, says her tone and listens."""
    async with sip_stack("127.0.0.1") as stack:
        phone = await stack.telephone(
            "supervisor-pilar-sip", centre.sip, centre.secret("pilar"), registers=True
        )
        await phone.register()
        line = await phone.call("headset", ring_seconds=10)
        desk = await centre.desk("pilar")
        pilar = Supervisor(line, desk)

        async def listen() -> None:
            while not line.ended.is_set():
                pilar.heard += line.hear()
                await asyncio.sleep(0.04)

        tasks = [asyncio.create_task(listen()), asyncio.create_task(line.speak(tone("pilar")))]
        try:
            yield pilar
        finally:
            for task in tasks:
                task.cancel()
            await line.leave()
            await desk.client.aclose()
            await phone.unregister()
