"""One scripted call from the first ring to the verdict: ears, conduct and telephone, joined.

The clock of the call is the sound itself (see `tape`): second 0 is the answer, and WAV and time line agree.
Sound is taken off the line beside the listening, which may take longer than the telephone keeps sound for us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from server.probe.catalogue import Catalogue
from server.probe.citizen import (
    Do,
    Ears,
    HangUp,
    Progress,
    advanced,
    described,
    next_move,
    unmet,
)
from server.probe.endings import Unanswered, Why
from server.probe.hearing import Heard, Listener
from server.probe.pauses import PauseMeter
from server.probe.reach import reach
from server.probe.script import ANONYMOUS, Either, Press, Say, Script, Step
from server.probe.sounds import pcm_of, read_sound, write_sound
from server.probe.tape import Tape
from server.probe.telephone import Line, sip_stack

RING_SECONDS = 40.0  # nobody lets it ring longer
TICK_SECONDS = 0.04  # how often the telephone is listened to
EARS_SECONDS = 0.5  # how much sound is looked at in one go
SAME_SECONDS = 0.4  # the same prompt begun so near is the same utterance, seen better


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the time line: seconds from the answer, and what happened."""

    at: float
    what: str
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the call went. `answered_after`: seconds of ringing, None if nobody answered."""

    moments: tuple[Moment, ...] = ()
    heard: tuple[Heard, ...] = ()
    unmet: tuple[str, ...] = ()
    trouble: str = ""  # why the call could not be held or the script not be followed; empty when it could
    why: Why | None = None
    answered_after: float | None = None
    first_sound_after: float | None = None
    lasted: float = 0.0
    hung_up_by: str = ""  # "us" or "them"
    lost_seconds: float = 0.0  # sound that came and that this busy process was too late to take

    @property
    def succeeded(self) -> bool:
        """Whether the call was held, the script followed and every expectation met."""
        return not self.trouble and not self.unmet


Tell = Callable[[Moment], None]


async def place(script: Script, catalogue: Catalogue, tell: Tell = lambda _: None) -> Outcome:
    """Make the call and follow the script; `tell` hears of every moment as it happens."""
    if not await reach(script.host, script.port):
        return Outcome(trouble=_sentence(script, Why.UNREACHABLE, ""), why=Why.UNREACHABLE)
    async with sip_stack(script.host) as stack:
        telephone = await stack.telephone(script.caller, f"{script.host}:{script.port}")
        started = asyncio.get_running_loop().time()
        try:
            line = await telephone.call(script.to, ring_seconds=RING_SECONDS, headers=_headers(script))
        except Unanswered as error:
            return Outcome(trouble=_sentence(script, error.why, error.reason), why=error.why)
        call = ScriptedCall(script, line, Listener(catalogue), tell)
        answered_after = asyncio.get_running_loop().time() - started
        call.say(0.0, f"answered after {answered_after:.1f} s")
        return await call.hold(answered_after)


def _headers(script: Script) -> dict[str, str]:
    return {"Privacy": "id"} if script.caller == ANONYMOUS else {}


@dataclass(slots=True)
class ScriptedCall:
    """An answered call that follows a script, with its own ears; `hold` it to its end."""

    script: Script
    line: Line
    listener: Listener
    tell: Tell
    meter: PauseMeter = field(default_factory=PauseMeter)
    progress: Progress = field(default_factory=Progress)
    tape: Tape = field(default_factory=Tape)
    heard: tuple[Heard, ...] = ()
    told: list[Heard] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    trouble: str = ""

    @property
    def now(self) -> float:
        """Seconds from the answer, by the sound."""
        return self.tape.seconds

    def say(self, at: float, what: str, heard: Heard | None = None) -> None:
        """Put a moment on the time line."""
        moment = Moment(at, what, heard)
        self.moments.append(moment)
        self.tell(moment)

    async def hold(self, answered_after: float) -> Outcome:
        """Stay on the line until one side hangs up, then say how it went. Cancelled, it hangs up first."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._take_sound(), name="probe: sound")
                both.create_task(self._follow(), name="probe: script")
        except asyncio.CancelledError:
            await self.line.leave()
            raise
        return self._outcome(answered_after)

    async def _take_sound(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not self.line.ended.is_set():
            self._take(loop.time() - began)
            await asyncio.sleep(TICK_SECONDS)

    def _take(self, elapsed: float) -> None:
        sound = self.line.hear()
        self.tape.take(sound, elapsed)
        self.meter.feed(_floats(sound), (len(self.tape.pcm) - len(sound)) // 2)

    async def _follow(self) -> None:
        """Listen and do what the script says, until one side hangs up."""
        acting: asyncio.Task[None] | None = None
        while not self.line.ended.is_set():
            await self._listen()
            if acting is None or acting.done():
                acting = self._act()
            await asyncio.sleep(TICK_SECONDS)
        if acting is not None:
            acting.cancel()
            await asyncio.wait([acting])

    async def _listen(self) -> None:
        """Let the ears have the next half second, beside the loop, and tell what they recognised."""
        sound = self.tape.read(EARS_SECONDS)
        if sound:
            await asyncio.to_thread(self.listener.feed, _floats(sound))
            self._tell_heard(self.listener.heard())

    def _tell_heard(self, heard: tuple[Heard, ...]) -> None:
        self.heard = heard
        for prompt in heard:
            known = any(
                prompt.key == t.key and abs(prompt.start_s - t.start_s) < SAME_SECONDS for t in self.told
            )
            if not known:
                self.told.append(prompt)
                self.say(prompt.start_s, f"heard {prompt.key}", prompt)

    def _act(self) -> asyncio.Task[None] | None:
        match next_move(self.script, self.progress, Ears(self.now, self.heard, self.meter.sound_at)):
            case Do() as do:
                return asyncio.create_task(self._do(do), name="probe: step of the script")
            case HangUp() as hang_up:
                return asyncio.create_task(self._leave(hang_up), name="probe: hang up")
            case None:
                return None

    async def _do(self, do: Do) -> None:
        remark = f" ({do.remark})" if do.remark else ""
        self.say(self.now, described(do.step) + remark)
        await self._perform(do.step)
        self.progress = advanced(self.progress, self.now)

    async def _perform(self, step: Step) -> None:
        match step:
            case Press():
                await self.line.press(step.keys)
            case Say():
                await self.line.speak(pcm_of(read_sound(step.file)))
            case Either():
                raise AssertionError("one of its options is what is done")
            case _:
                assert_never(step)

    async def _leave(self, hang_up: HangUp) -> None:
        self.trouble = hang_up.why if hang_up.failed else ""
        self.say(self.now, f"hung up: {hang_up.why}")
        await self.line.hang_up()
        await self.line.ended.wait()

    def _outcome(self, answered_after: float) -> Outcome:
        """Hear the rest, keep the recording, judge."""
        if self.line.dropped:
            self.say(self.now, "the other side hung up")
        self.listener.feed(_floats(self.tape.rest()))
        self.listener.finish()
        self._tell_heard(self.listener.heard())
        if self.script.wav is not None:
            write_sound(self.script.wav, bytes(self.tape.pcm))
        return Outcome(
            tuple(sorted(self.moments, key=lambda moment: moment.at)),
            self.heard,
            unmet(self.script.expected, self.heard),
            self.trouble or self._cut_short(),
            None,
            answered_after,
            self.meter.first_sound_at,
            self.now,
            "them" if self.line.dropped else "us",
            round(self.line.lost_seconds, 2),
        )

    def _cut_short(self) -> str:
        left = len(self.script.steps) - self.progress.done
        if left == 0:
            return ""
        return f"The call ended with {left} of {len(self.script.steps)} steps of the script not done."


def _floats(pcm: bytes) -> NDArray[np.float32]:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)


def _sentence(script: Script, why: Why, reason: str) -> str:
    server, number = script.server, script.to
    sentences = {
        Why.BUSY: f"{number} is busy.",
        Why.DECLINED: f"{number} declined the call.",
        Why.WRONG_NUMBER: f"{number} is a wrong number: {server} knows no such number (404).",
        Why.FORBIDDEN: f"{server} does not let {script.caller} call ({reason}): is its trunk for us?",
        Why.NO_ANSWER: f"{number} did not answer within {RING_SECONDS:g} seconds.",
        Why.UNREACHABLE: f"Nothing answers at {server}: is Asterisk running, and is this its SIP port (UDP)?",
        Why.REFUSED: f"{server} refused the call to {number}: {reason or 'it gave no reason'}.",
    }
    return sentences[why]
