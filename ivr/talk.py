"""Speaking and listening on one call's line, in as few commands as Asterisk lets one.

What Asterisk 22 does, tried: AGI loses keys that are pressed between two commands, so a question is one
command, prompt and keys together. `GET DATA` plays one file; several need `Read`, whose keys are fetched
with a second command. `GET DATA` answers `result=` for a lone #, `result= (timeout)` for silence, and
`result=-1` both for a caller who left and for a sound that is missing; `Read` passes over a missing file
without a word.

Commands are prepared once for each sequence of prompts and kept: the language is the channel's own, so the
same bytes serve all of them. A prompt written `ca:key` is played in that language whatever the channel's
is.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from dialplans.grammar import grammar
from ivr.agi import Reply, command
from ivr.facts import KeysPressed, PromptMissing, Spoke
from ivr.ports.line import Line

PREPARED = 8192  # sequences kept; menus are dozens, the rest are dates and positions
LONGEST = (
    1800  # bytes of one command's files: Asterisk reads 2,047 of a line (AGI_BUF_LEN), the rest as another
)
BETWEEN_S = (
    0.1  # of silence between two parts of what is too long for one command: a key pressed there still counts
)
CLOSING_S = 1.5  # within which a # belongs to the number before it
NEVER = float("-inf")
PAUSE = "pause.short"
_CHANNEL_STATUS = command("CHANNEL STATUS")
_READ_KEYS = command("GET VARIABLE", "VT_KEYS")
_PLAYED = command("GET VARIABLE", "PLAYBACKSTATUS")
_FAILED = "-1"

log = logging.getLogger("ventanilla.ivr")


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A command, whether its result is in a variable, and what it says: language (None: ours), keys."""

    command: bytes
    several: bool
    spoken: tuple[tuple[str | None, tuple[str, ...]], ...]


def _file(prompt: str) -> str:
    language, colon, key = prompt.rpartition(":")
    return f"{language}/vt/{key}" if colon else f"vt/{key}"


@lru_cache(maxsize=PREPARED)
def _parts(prompts: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Part what is to be said into what one command holds each; none when there is nothing."""
    parts, room = list[list[str]](), 0
    for prompt in prompts:
        size = len(_file(prompt)) + 1
        if size > room:
            parts.append([])
            room = LONGEST
        parts[-1].append(prompt)
        room -= size
    return tuple(map(tuple, parts))


def _spoken(prompts: tuple[str, ...]) -> tuple[tuple[str | None, tuple[str, ...]], ...]:
    parted = [prompt.rpartition(":") for prompt in prompts]
    groups = groupby(parted, key=lambda part: part[0] or None)
    return tuple((language, tuple(key for _, _, key in group)) for language, group in groups)


@lru_cache(maxsize=PREPARED)
def _question(prompts: tuple[str, ...], max_digits: int, timeout_s: float) -> _Prepared:
    files = "&".join(map(_file, prompts))
    if len(prompts) > 1:
        line = command("EXEC", "Read", f"VT_KEYS,{files},{max_digits},e,1,{timeout_s:g}")
    else:
        line = command("GET DATA", files, str(int(timeout_s * 1000)), str(max_digits))
    return _Prepared(line, len(prompts) > 1, _spoken(prompts))


@lru_cache(maxsize=PREPARED)
def _statement(prompts: tuple[str, ...]) -> _Prepared:
    files = "&".join(map(_file, prompts))
    several = len(prompts) > 1
    line = command("EXEC", "Playback", files) if several else command("STREAM FILE", files, "")
    return _Prepared(line, several, _spoken(prompts))


@lru_cache(maxsize=64)
def _speak(language: str) -> bytes:
    return command("SET VARIABLE", "CHANNEL(language)", language)


class Talk:
    """One call's voice and ear. Every method raises HungUp when the caller has left.

    While `slow`, every fragment is followed by a short pause: for a caller who asked twice for the same.
    """

    __slots__ = ("_call", "_clock", "_full_at", "_line", "_owed", "_publish", "language", "slow")

    def __init__(
        self, line: Line, language: str, publish: Callable[[object], None], clock: Callable[[], float]
    ) -> None:
        self._line = line
        self._call = line.greeting.call
        self._publish = publish
        self._clock = clock
        self._owed: tuple[str, ...] = ()
        self.language = language
        self._full_at = NEVER
        self.slow = False

    @property
    def leg(self) -> str:
        """The caller's channel, by its name in Asterisk."""
        return self._line.greeting.channel

    @property
    def trunk(self) -> str:
        """What the call came in by: its channel's technology and endpoint (`PJSIP/trunk`), without its count."""
        return self._line.greeting.channel.rpartition("-")[0]

    async def speak(self, language: str) -> None:
        """Speak this language from now on."""
        self.language = language
        await self._line.send(_speak(language))

    def owe(self, *prompts: str) -> None:
        """Say these before whatever is said next, in the same breath."""
        self._owed += prompts

    async def say(self, *prompts: str) -> bool:
        """Say this to its end, whatever is pressed meanwhile; False when a sound of it was missing."""
        whole = True
        for words in _parts(self._all(prompts)):
            prepared = _statement(words)
            self._tell(prepared)
            reply = await self._line.send(prepared.command)
            if await self._fell_short(prepared, reply):
                await self._missing(words)
                whole = False
        return whole

    async def ask(self, prompts: tuple[str, ...], max_digits: int = 1, timeout_s: float = 6.0) -> str:
        """Say this and take up to `max_digits` keys, the first of which cuts the words short.

        Gives the keys without the closing #; a lone # as `#`; silence of `timeout_s` seconds as an empty
        string. A # that comes at once after the last digit of a full number closes that number, as people
        do who do not count digits, and is no answer to what is asked next.
        """
        full_at, words = self._full_at, self._all(prompts)
        keys = await self._heard(words, max_digits, timeout_s)
        if keys == "#" and self._clock() - full_at < CLOSING_S:
            keys = await self._heard(words, max_digits, timeout_s)
        self._full_at = self._clock() if len(keys) == max_digits > 1 else NEVER
        return keys

    async def _heard(self, said: tuple[str, ...], max_digits: int, timeout_s: float) -> str:
        """Say this, in as many parts as it takes, and take the keys."""
        *before, words = _parts(said) or ((),)
        for part in before:
            if keys := await self._ask(part, 1, BETWEEN_S):
                return keys if max_digits == 1 else keys + await self._ask((), max_digits - 1, timeout_s)
        return await self._ask(words, max_digits, timeout_s)

    async def _ask(self, words: tuple[str, ...], max_digits: int, timeout_s: float) -> str:
        prepared = _question(words, max_digits, timeout_s)
        self._tell(prepared)
        reply = await self._line.send(prepared.command)
        if prepared.several:
            keys = (await self._line.send(_READ_KEYS)).text
        elif reply.result == _FAILED:
            await self._missing(words)
            keys = _keys(await self._line.send(_question((), max_digits, timeout_s).command))
        else:
            keys = _keys(reply)
        if keys:
            self._publish(KeysPressed(self._call, len(keys), self._clock()))
        return keys

    async def _fell_short(self, prepared: _Prepared, reply: Reply) -> bool:
        if prepared.several:
            return (await self._line.send(_PLAYED)).text == "FAILED"
        return reply.result == _FAILED

    def _all(self, prompts: tuple[str, ...]) -> tuple[str, ...]:
        words, self._owed = self._owed + prompts, ()
        if not self.slow:
            return words
        return tuple(part for word in words for part in (word, PAUSE))[:-1]

    def _tell(self, prepared: _Prepared) -> None:
        at = self._clock()
        for language, keys in prepared.spoken:
            self._publish(Spoke(self._call, keys, language or self.language, at))

    async def _missing(self, words: tuple[str, ...]) -> None:
        """Tell a missing sound from a caller who left: only the latter's line raises HungUp here.

        Fragments are counted, not named: they may be the digits of somebody's document.
        """
        await self._line.send(_CHANNEL_STATUS)
        fragments = grammar(self.language).FRAGMENTS
        named = tuple(word for word in words if word.rpartition(":")[2] not in fragments)
        others = len(words) - len(named)
        log.error("no sound for one of %s and %d fragments in %s", ", ".join(named), others, self.language)
        self._publish(PromptMissing(self._call, named, self.language, self._clock()))


def _keys(reply: Reply) -> str:
    if reply.result == _FAILED:
        return ""
    return reply.result or ("" if reply.text == "timeout" else "#")
