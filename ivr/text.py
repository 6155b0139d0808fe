"""A conversation in writing: what a command of the conversation asks of a line of text, and what is read on it. Pure.

The conversation speaks AGI (`ivr.talk`, `ivr.waiting`, `ivr.notice`) and need not know whether its caller
hears or reads. Here its commands are read back into what they mean; `ivr.adapters.text_line` does it.

A call in writing has `text` before the time in its id: `ventanilla-text-1763791200.12`. Whoever compares
calls with Asterisk's channels tells them apart by it.
"""

import hashlib
import re
import shlex
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, Literal, TypeAlias

from dialplans.grammar import grammar
from dialplans.institution import Institution
from dialplans.texts import LANGUAGE

CHANNEL: Final = "TEXT/"
"""How a text line's channel begins; Asterisk has none of this kind."""
_BREATH_MS: Final = 1000
_PAUSE: Final = "pause.short"
_IPV4, _HOUSEHOLD = 4, 64
_CALL: Final = re.compile(r"[A-Za-z0-9_]{1,30}-text-\d{9,11}\.\d{1,9}", re.ASCII)
_AGENT: Final = re.compile(r"PJSIP/(?:agent|outside)-([a-z][a-z0-9_-]{0,30}?)(?:-sip)?(?:/sip:.*)?", re.ASCII)
_PROMPT: Final = re.compile(rf"(?:({LANGUAGE})/)?vt/(.+)", re.ASCII)

Prompts: TypeAlias = tuple[tuple[str | None, str], ...]
"""What is said: each prompt's own language, or None for the line's, and its key."""
Writer: TypeAlias = Literal["machine", "caller", "agent"]
Stage: TypeAlias = Literal["menu", "waiting", "ringing", "person", "ended"]


def call_id(at: float, count: int) -> str:
    """Give a new call's id; `at` unix seconds, `count` one more for each call of this server."""
    return f"ventanilla-text-{int(at)}.{count}"


def channel(address: str, call: str) -> str:
    """Give a line's channel: by the part before the last hyphen, attempts of one address are counted together.

    address: the page's; of IPv6 the first 64 bits, which one household has whole. It stands there as a hash.
    """
    try:
        place = ip_address(address)
        where = str(place if place.version == _IPV4 else ip_network((place, _HOUSEHOLD), strict=False))
    except ValueError:
        where = ""
    digest = hashlib.sha256(where.encode()).hexdigest()[:16]
    return f"{CHANNEL}{digest}-{call.rpartition('-')[2]}"


def is_text(call: str) -> bool:
    """Say whether this call is one in writing."""
    return _CALL.fullmatch(call) is not None


@dataclass(frozen=True, slots=True)
class Opening:
    """What a page says on opening its line.

    token: its name, which only it knows; number: dialled, None for a page that only comes back; language:
    the page's, spoken until another is chosen; pretended: the number the demonstration calls from; seen: the
    last line it has read; address: where it is, as far as is known.
    """

    token: str
    number: str | None
    language: str = ""
    pretended: str = ""
    seen: int = 0
    address: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """Say these prompts."""

    prompts: Prompts


@dataclass(frozen=True, slots=True)
class Question:
    """Say these prompts and take up to `most` keys; `into`: the variable that gets them, else the answer.

    hurried: only a breath between two parts of what is said; the question itself is still to come.
    """

    prompts: Prompts
    most: int
    into: str | None
    hurried: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """The prompts' keys, whatever their language."""
        return frozenset(key for _, key in self.prompts)


@dataclass(frozen=True, slots=True)
class Read:
    """Give a variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Write:
    """Set a variable."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring an agent for so many seconds, then let both talk."""

    agent: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Record:
    """Keep what is said from here on in this file."""

    path: Path


@dataclass(frozen=True, slots=True)
class Nothing:
    """A command that means nothing in writing, such as music."""


Meaning: TypeAlias = Say | Question | Read | Write | Ring | Record | Nothing


def meaning(command: bytes) -> Meaning:  # noqa: C901, PLR0911 - one for each command there is
    """Read a command made by `ivr.agi.command` back into what it asks of a line of text."""
    match shlex.split(command.decode()):
        case ["STREAM", "FILE", file, *_]:
            return Say(_prompts(file))
        case ["EXEC", "Playback", files]:
            return Say(_prompts(files))
        case ["GET", "DATA", file, timeout_ms, most]:
            return Question(_prompts(file), int(most), None, hurried=int(timeout_ms) < _BREATH_MS)
        case ["EXEC", "Read", arguments]:
            into, files, most, *_, timeout_s = arguments.split(",")
            return Question(_prompts(files), int(most), into, hurried=float(timeout_s) * 1000 < _BREATH_MS)
        case ["GET", "VARIABLE", name]:
            return Read(name)
        case ["SET", "VARIABLE", name, value]:
            return Write(name, value)
        case ["EXEC", "Dial", arguments]:
            return _ring(arguments)
        case ["EXEC", "MixMonitor", arguments]:
            return Record(Path(arguments.rpartition(",")[0] or arguments))
        case _:
            return Nothing()


def _prompts(files: str) -> Prompts:
    found = (_PROMPT.fullmatch(file) for file in files.split("&"))
    return _unhurried(tuple((match[1], match[2]) for match in found if match))


def _unhurried(prompts: Prompts) -> Prompts:
    """Take out the pauses after every prompt, which are for an ear that asked to hear it slowly."""
    for first in (0, 1):
        pauses = prompts[first::2]
        if len(pauses) > 1 and all(key == _PAUSE for _, key in pauses):
            return prompts[1 - first :: 2]
    return prompts


def _ring(arguments: str) -> Ring | Nothing:
    endpoint, seconds, *_ = arguments.split(",")
    agent = _AGENT.fullmatch(endpoint)
    return Ring(agent[1], float(seconds)) if agent else Nothing()


@dataclass(frozen=True, slots=True)
class Said:
    """A whole line on the sheet, numbered from 1; `at` unix seconds.

    shared: the agent reads it too. note: the text is the key of a sentence that the page itself knows.
    """

    number: int
    by: Writer
    text: str
    language: str
    at: float
    shared: bool = False
    note: bool = False


@dataclass(frozen=True, slots=True)
class Typing:
    """What somebody's unfinished line is now; empty when it was finished or rubbed out."""

    by: Writer
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A key that may be pressed now, and what for."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the conversation stands: its stage, whether it is kept on record, and what may be chosen or keyed.

    most: how many keys are asked for; 0 when nothing is asked.
    """

    stage: Stage = "menu"
    recording: bool = False
    most: int = 0
    choices: tuple[Choice, ...] = ()


Change: TypeAlias = Said | Typing | Standing
"""What readers of the sheet are told."""


def words_of(institution: Institution, language: str, prompts: Prompts) -> list[tuple[str, str]]:
    """Give each prompt's key and its words. A key that nothing is known of stands as itself."""
    return [(key, _text(institution, own or language, key)) for own, key in prompts]


def _text(institution: Institution, language: str, key: str) -> str:
    fragments = grammar(language).FRAGMENTS
    return institution.texts.get(language, {}).get(key) or fragments.get(key, key)
