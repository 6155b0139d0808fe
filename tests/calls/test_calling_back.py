"""Callbacks that keep the place, on a real Asterisk: taken by key, the citizen called at their turn on the trunk."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from server.probe.reach import free_port
from server.probe.sounds import pcm_of, read_sound
from server.probe.telephone import Line, SipStack, Telephone, _start_at
from tests.calls.centre import Centre
from tests.calls.conftest import OpenCentre
from tests.calls.dying import institution_with
from tests.calls.test_survival import telephone
from tests.telephones import AgentTelephone, citizens

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]

TRUNK_PORT = free_port()
PERSON = "0"  # in any menu
APART_S = 0.2  # a rush: five callers a second
KEPT = "SELECT * FROM server_facts WHERE type = 'CallbackKept'"
RELEASED = "SELECT * FROM server_facts WHERE type = 'CallbackReleased' ORDER BY at"
TALKED = "SELECT * FROM server_facts WHERE type = 'TalkStarted'"
KEPT_TO = "SELECT * FROM queues_callbacks WHERE stage = 'kept' AND number = :number"
WAITS = "SELECT * FROM server_facts WHERE type = 'CallerWaiting'"
TAKEN = "SELECT * FROM server_facts WHERE type = 'CallbackTaken'"


@pytest.fixture(scope="module")
def calling_centre(open_centre: OpenCentre, tmp_path_factory: pytest.TempPathFactory) -> Centre:
    """A centre whose trunk leads to the telephones of this process, which are rung for long.

    A killed server comes back while the telephone rings, and beside other tests that has taken 22 of 25 seconds.
    """
    house = institution_with(tmp_path_factory.mktemp("house"), "ring_s = 25", "ring_s = 60")
    return open_centre(carrier=f"127.0.0.1:{TRUNK_PORT}", lost_pause=1, wrap_up_seconds=1, institution=house)


@asynccontextmanager
async def trunk() -> AsyncIterator[SipStack]:
    """The telephones of this process, all at the trunk's port."""
    assert SipStack.live is None
    stack = SipStack.live = await _start_at(TRUNK_PORT, "127.0.0.1")
    stack.users = 1
    try:
        yield stack
    finally:
        stack.users -= 1
        if stack.users == 0:
            SipStack.live = None
            await stack.runtime.close()


@dataclass
class Called:
    """A citizen's telephone that is called: what it does with each call."""

    telephone: Telephone
    keys: str = "1"
    lines: list[Line] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self) -> None:
        while True:
            line = await self.telephone.rings.get()
            self.lines.append(line)
            await self.may_answer.wait()
            await line.answer()
            await asyncio.sleep(2.0)
            await line.press(self.keys)


async def take_callbacks(centre: Centre, numbers: Sequence[str], *, within: float = 120.0) -> None:
    """Call, all at once; wait for a person, press the key for the callback, keep the number called from."""
    async with citizens(numbers, "901166565", centre.sip, apart=APART_S) as people:
        lines = [citizen.call.line for citizen in people]
        async with asyncio.timeout(within + APART_S * len(numbers)):
            await _wait_in_line(centre, lines)
            await asyncio.gather(*(_takes_it(line) for line in lines))


async def _wait_in_line(centre: Centre, lines: Sequence[Line]) -> None:
    """Ask for a person until all stand in line: a busy machine is still greeting some, who lose what they press."""
    before = len(await centre.rows(WAITS))
    while len(await centre.rows(WAITS)) < before + len(lines):
        await asyncio.sleep(2.0)
        for line in lines:
            await line.press(PERSON)


async def _takes_it(line: Line) -> None:
    while not line.ended.is_set():  # which it is once the place is kept
        await line.press("1")
        with suppress(TimeoutError):
            async with asyncio.timeout(2.5):
                await line.ended.wait()


@asynccontextmanager
async def answering(stack: SipStack, centre: Centre, number: str) -> AsyncIterator[Called]:
    called = Called(await stack.telephone(f"+34{number}", centre.sip))
    called.may_answer.set()
    serving = asyncio.create_task(called.serve(), name=f"the telephone of {number}")
    try:
        yield called
    finally:
        serving.cancel()
        for line in called.lines:
            await line.hang_up()


async def test_who_takes_a_callback_is_called_at_their_turn_and_talks(calling_centre: Centre) -> None:
    centre, number = calling_centre, "931234567"
    async with trunk() as stack:
        await take_callbacks(centre, (number,))
        (taken,) = await centre.rows(TAKEN)
        assert (await centre.rows("SELECT stage FROM queues_callbacks"))[0]["stage"] == "waiting"
        assert await centre.rows("SELECT * FROM server_facts WHERE type = 'CallerLeft'") == []
        async with AsyncExitStack() as desks, answering(stack, centre, number) as called:
            ana = await telephone(desks, centre, "ana")
            await ana.answered(within=40)
            (kept,) = await centre.until(KEPT, within=20)
            assert kept["call"] == taken["call"]
            assert len(called.lines) == 1
        (row,) = await centre.rows("SELECT * FROM queues_callbacks")
        assert (row["stage"], row["attempts"]) == ("kept", 1)


async def test_killed_while_the_telephone_rings_the_server_that_comes_keeps_the_promise(
    calling_centre: Centre,
) -> None:
    centre, number = calling_centre, "911234568"
    async with trunk() as stack, AsyncExitStack() as desks, answering(stack, centre, number) as called:
        called.may_answer.clear()
        await take_callbacks(centre, (number,))
        ana = await telephone(desks, centre, "ana")
        async with asyncio.timeout(40):
            while not called.lines:  # noqa: ASYNC110 - a telephone rings, which no event tells
                await asyncio.sleep(0.1)
        centre.kill()
        centre.start()
        called.may_answer.set()
        await ana.answered(within=60)
        await centre.until(KEPT_TO, number=f"+34{number}")
        assert len(called.lines) == 1


@pytest.mark.slow
async def test_a_message_is_left_by_key_after_a_tone_and_kept_as_it_was_spoken(
    calling_centre: Centre,
) -> None:
    centre = calling_centre
    voice = pcm_of(
        read_sound(centre.settings.institution_folder / "languages" / "audio" / "es" / "goodbye.opus")
    )
    async with trunk(), citizens(("911234569",), "901166565", centre.sip) as (citizen,):
        line = citizen.call.line
        await asyncio.sleep(2.0)
        await line.press(PERSON)
        async with asyncio.timeout(180):
            while not (centre.settings.messages).exists() and not line.ended.is_set():
                await line.press("2")
                await asyncio.sleep(2.5)
        await asyncio.sleep(9.0)  # the words, and the tone
        await line.speak(voice)
        await line.press("#")
        (left,) = await centre.until("SELECT * FROM server_voice_messages WHERE left_at IS NOT NULL")
    assert left["seconds"] > 1.0
    file = centre.settings.messages / left["path"]
    assert hashlib.sha512(file.read_bytes()).hexdigest() == left["sha512"]
    assert file.stat().st_mode & 0o077 == 0 or file.parent.stat().st_mode & 0o077 == 0
    notes = await centre.rows("SELECT * FROM server_facts WHERE type = 'VoiceMessageLeft'")
    assert len(notes) == 1


async def short_talks(agent: AgentTelephone) -> None:
    """Hang up half a second into each conversation."""
    times = 0
    while True:
        times += 1
        talk = await agent.answered(times, within=600)
        await asyncio.sleep(0.5)
        await talk.line.hang_up()


async def a_rush(centre: Centre, callbacks: int, live: int, agents: Sequence[str], *, within: float) -> None:
    """So many take callbacks at once while others hold the line; then the agents come."""
    numbers = [f"93{4_000_000 + count}" for count in range(callbacks)]
    holding = [f"91{4_000_000 + count}" for count in range(live)]
    known = {row["call"] for row in await centre.rows("SELECT call FROM queues_callbacks")}
    async with trunk() as stack, AsyncExitStack() as all_of_it:
        called = [await all_of_it.enter_async_context(answering(stack, centre, one)) for one in numbers]
        people = await all_of_it.enter_async_context(
            citizens(holding, "901166565", centre.sip, apart=APART_S)
        )
        async with asyncio.timeout(within):
            await _wait_in_line(centre, [citizen.call.line for citizen in people])
        await take_callbacks(centre, numbers, within=within)
        waiting = await centre.rows(
            "SELECT * FROM queues_callbacks WHERE stage = 'waiting' ORDER BY since_at"
        )
        assert len(waiting) == callbacks
        for name in agents:
            agent = await telephone(all_of_it, centre, name)
            talking = asyncio.create_task(short_talks(agent), name=f"{name} talks")
            all_of_it.callback(talking.cancel)
        async with asyncio.timeout(within):
            while len(await centre.rows(KEPT)) < len(known) + callbacks:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.5)
        assert [len(one.lines) for one in called] == [1] * callbacks
        talked = {row["call"] for row in await centre.rows(TALKED)}
    kept = [row for row in await centre.rows("SELECT * FROM queues_callbacks") if row["call"] not in known]
    assert {(row["stage"], row["attempts"]) for row in kept} == {("kept", 1)}
    released = [row["call"] for row in await centre.rows(RELEASED) if row["call"] not in known]
    assert released == [row["call"] for row in waiting]
    on_the_line = {row["call"] for row in await centre.rows(TALKED)} - {row["call"] for row in kept}
    assert len([one for one in talked & on_the_line if "-back-" not in str(one)]) >= live


async def test_a_rush_of_callbacks_is_called_once_each_in_order_while_the_line_is_served(
    calling_centre: Centre,
) -> None:
    await a_rush(calling_centre, 5, 2, ("ana", "jordi"), within=120)


@pytest.mark.slow
@pytest.mark.timeout(1500)
async def test_a_rush_of_a_hundred(calling_centre: Centre) -> None:
    # Each keeps an agent for 26 s (key 2 s, the notice of the recording 18 s, "I put you through", talk, wrap-up): with
    # three agents, 863 s on the quietest machine; five need 518 s. The second level helps whoever waits for a minute.
    await a_rush(calling_centre, 100, 10, ("ana", "jordi", "luis", "marta", "nuria"), within=700)
