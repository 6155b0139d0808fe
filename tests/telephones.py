"""Telephones for the tests: agents who register and answer, and citizens in number who call and stay.

All are real SIP (baresip) in this process, on one stack. They must be used from the session's event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from server.probe.call import Outcome, ScriptedCall
from server.probe.catalogue import Catalogue, build
from server.probe.citizen import matches
from server.probe.endings import Unanswered
from server.probe.hearing import Heard, Listener
from server.probe.script import Script, Step
from server.probe.sounds import pcm_of, read_sound, write_sound
from server.probe.telephone import Line, Telephone, sip_stack

TICK_SECONDS = 0.04
RING_SECONDS = 40.0
SPEAK_AHEAD = (
    1600  # bytes queued a tick while an agent speaks: more than a tick of sound, less than the buffer
)
NO_PROMPTS = build(())


@dataclass(slots=True)
class Conversation:
    """One call that rang at an agent's telephone."""

    line: Line
    rang_at: float  # loop time, as all times here
    answered_at: float | None = None
    heard: bytearray = field(default_factory=bytearray)  # signed 16-bit at 8 kHz

    @property
    def over(self) -> bool:
        return self.line.ended.is_set()


@dataclass(slots=True)
class AgentTelephone:
    """An agent's telephone. `answers_after`: seconds of ringing, None: never answers."""

    telephone: Telephone
    answers_after: float | None
    plays: bytes
    records: Path | None
    conversations: list[Conversation] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def rang(self, times: int = 1, *, within: float = 20.0) -> Conversation:
        """The conversation of the `times`-th ringing. Raises TimeoutError."""
        await self._until(lambda: len(self.conversations) >= times, within)
        return self.conversations[times - 1]

    async def answered(self, times: int = 1, *, within: float = 20.0) -> Conversation:
        """The `times`-th conversation that was answered. Raises TimeoutError."""
        await self._until(lambda: len(self._taken()) >= times, within)
        return self._taken()[times - 1]

    async def hang_up(self) -> None:
        """End whatever is going on."""
        for conversation in self.conversations:
            if not conversation.over:
                await conversation.line.hang_up()

    def _taken(self) -> list[Conversation]:
        return [c for c in self.conversations if c.answered_at is not None]

    async def _until(self, so: Callable[[], bool], within: float) -> None:
        async with asyncio.timeout(within), self.news:
            await self.news.wait_for(so)

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def serve(self) -> None:
        async with asyncio.TaskGroup() as talks:
            while True:
                line = await self.telephone.rings.get()
                conversation = Conversation(line, asyncio.get_running_loop().time())
                self.conversations.append(conversation)
                await self._tell()
                talks.create_task(self._talk(conversation))

    async def _talk(self, conversation: Conversation) -> None:
        if self.answers_after is None:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(conversation.line.ended.wait(), self.answers_after)
        if conversation.over:
            return
        with suppress(Unanswered):
            await conversation.line.answer()
            conversation.answered_at = asyncio.get_running_loop().time()
            await self._tell()
            await self._speak_and_hear(conversation)

    async def _speak_and_hear(self, conversation: Conversation) -> None:
        line = conversation.line
        speaking = asyncio.create_task(line.speak(self.plays), name="agent speaks")
        while not line.ended.is_set():
            conversation.heard += line.hear()
            await asyncio.sleep(TICK_SECONDS)
        await speaking
        if self.records is not None:
            write_sound(self.records, bytes(conversation.heard))


@asynccontextmanager
async def agent_telephone(
    name: str,
    secret: str,
    server: str,
    *,
    answers_after: float | None = 0.5,
    plays: Path | None = None,
    records: Path | None = None,
) -> AsyncIterator[AgentTelephone]:
    """The registered telephone of agent `name` (`agent-<name>` at `server`, host:port, UDP) while within."""
    async with sip_stack(server.partition(":")[0]) as stack:
        telephone = await stack.telephone(f"agent-{name}", server, secret, registers=True)
        await telephone.register()
        sound = b"" if plays is None else pcm_of(read_sound(plays))
        agent = AgentTelephone(telephone, answers_after, sound, records)
        serving = asyncio.create_task(agent.serve(), name=f"telephone of {name}")
        try:
            yield agent
        finally:
            await agent.hang_up()
            serving.cancel()
            await telephone.unregister()
            with suppress(asyncio.CancelledError):
                await serving


@dataclass(slots=True)
class CallingCitizen:
    """One citizen on the line: presses what the script says, stays, and knows whether they were dropped."""

    call: ScriptedCall
    holding: asyncio.Task[Outcome]

    @property
    def dropped(self) -> bool:
        """Whether the other side ended the call."""
        return self.call.line.dropped

    @property
    def dropped_at(self) -> float | None:
        """Loop time at which the call ended, however it did."""
        return self.call.line.ended_at

    @property
    def heard(self) -> tuple[Heard, ...]:
        return self.call.heard

    @property
    def done(self) -> bool:
        """Whether all steps of the script are done."""
        return self.call.progress.done == len(self.call.script.steps)

    async def hears(self, key: str, *, within: float = 30.0, since: float = 0.0) -> Heard:
        """Wait until prompt `key` (`*` allowed) is heard, begun after second `since` of the call."""
        async with asyncio.timeout(within):
            while True:
                for prompt in self.heard:
                    if prompt.start_s >= since and matches(key, prompt):
                        return prompt
                await asyncio.sleep(TICK_SECONDS)

    async def has_pressed(self, *, within: float = 60.0) -> None:
        """Wait until all steps of the script are done."""
        async with asyncio.timeout(within):
            while not self.done:  # noqa: ASYNC110 - the probe ticks as well
                await asyncio.sleep(TICK_SECONDS)

    async def hang_up(self) -> Outcome:
        """Leave, and say how it went."""
        await self.call.line.hang_up()
        return await self.holding


@asynccontextmanager
async def citizens(
    callers: Sequence[str],
    to: str,
    server: str,
    *,
    steps: tuple[Step, ...] = (),
    catalogue: Catalogue = NO_PROMPTS,
    seconds: float = 600.0,
    apart: float = 0.0,
) -> AsyncIterator[tuple[CallingCitizen, ...]]:
    """All `callers` on the line at once, answered; they hang up when left. Raises Unanswered if one is not.

    `apart`: seconds between two calls.
    """
    script = Script(to, server, steps=steps, seconds=seconds, stay=True)
    async with sip_stack(script.host) as stack:
        calling = [replace(script, caller=caller) for caller in callers]
        telephones = [await stack.telephone(caller, server) for caller in callers]
        pairs = zip(calling, telephones, strict=True)
        dialled = [_hold(one, phone, catalogue, apart * place) for place, (one, phone) in enumerate(pairs)]
        people = await asyncio.gather(*dialled, return_exceptions=True)
        on_the_line = tuple(person for person in people if isinstance(person, CallingCitizen))
        try:
            for person in people:
                if isinstance(person, BaseException):
                    raise person
            yield on_the_line
        finally:
            await asyncio.gather(*(person.hang_up() for person in on_the_line))


async def _hold(script: Script, telephone: Telephone, catalogue: Catalogue, wait: float) -> CallingCitizen:
    await asyncio.sleep(wait)
    began = asyncio.get_running_loop().time()
    line = await telephone.call(script.to, ring_seconds=RING_SECONDS)
    call = ScriptedCall(script, line, Listener(catalogue), lambda _: None)
    after = asyncio.get_running_loop().time() - began
    return CallingCitizen(call, asyncio.create_task(call.hold(after), name=f"citizen {script.caller}"))
