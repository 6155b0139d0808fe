"""A telephone box: a line that answers as Asterisk's AGI does, with a caller in it who follows a script.

`tests/ivr/test_line_contract.py` asks the same questions of this line and of a real Asterisk.
"""

import asyncio
import shlex
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ivr.adapters.line import HungUp
from ivr.agi import Greeting, Reply

SILENCE = ""
KNOWS = "knows"  # in the script: the caller answers the question they have just heard, out of `knows`
LEAVES = "leaves"  # in the script: the caller hangs up instead of pressing anything
_OK, _NOTHING, _DONE, _MISSING = (Reply(200, result, "") for result in ("0", "0", "1", "-1"))
_READ_FIELDS = 6


@dataclass
class Box:
    """`presses`: what the caller does at each question, in turn; then they leave. `dials`: each Dial's DIALSTATUS.

    `knows` are the answers to questions of identity, by the question's name; to
    anything else they press 1. `heard` holds the files of
    every command that played some, as `language/file`; `during` is run at each Dial, `at_file` when a file
    begins. After `leaves_after` commands the caller hangs up, wherever that is. `at_press` is run
    before each press, so that a test may let time pass.
    """

    presses: Iterable[str] = ()
    dials: Iterable[str] = ()
    call: str = "ventanilla-1763791200.12"
    number: str = "901166565"
    channel: str = "PJSIP/trunk-00000001"
    variables: dict[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    knows: Mapping[str, str] = field(default_factory=dict)
    leaves_after: int | None = None
    at_press: Callable[[], None] = lambda: None
    during: Callable[[], None] = lambda: None
    at_file: dict[str, Callable[[], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.greeting = Greeting(self.call, self.channel, self.number, "0" * 40, "es", ())
        self.hung_up = asyncio.Event()
        self.lost = False
        self.heard: list[tuple[str, ...]] = []
        self.sent: list[str] = []
        self._presses = deque(self.presses)
        self._dials = deque(self.dials)

    @property
    def keys_heard(self) -> list[str]:
        """Every prompt key that was played, in order."""
        return [file.rpartition("/")[2] for files in self.heard for file in files]

    @property
    def presses_left(self) -> tuple[str, ...]:
        """What the caller would still have done."""
        return tuple(self._presses)

    def leave(self) -> None:
        self.hung_up.set()

    async def send(self, command: bytes) -> Reply:
        await asyncio.sleep(0)
        if self.hung_up.is_set():
            raise HungUp
        if len(self.sent) == self.leaves_after:
            self.leave()
            raise HungUp
        self.sent.append(command.decode().rstrip("\n"))
        words = shlex.split(command.decode(), posix=True)
        reply = self._answer(words)
        if self.hung_up.is_set():
            raise HungUp
        return reply

    def _answer(self, words: list[str]) -> Reply:  # noqa: C901, PLR0911 (one line for each command there is)
        match words:
            case ["GET", "VARIABLE", name]:
                value = self.variables.get(name)
                return _NOTHING if value is None else Reply(200, "1", value)
            case ["SET", "VARIABLE", name, value]:
                self.variables[name] = value
                return _DONE
            case ["GET", "DATA", file, _, longest]:
                return self._get_data(file, int(longest))
            case ["STREAM", "FILE", file, _]:
                return _OK if self._play([file]) else _MISSING
            case ["EXEC", "Playback", files]:
                played = self._play(files.split("&"))
                self.variables["PLAYBACKSTATUS"] = "SUCCESS" if played else "FAILED"
                return _OK
            case ["EXEC", "Read", arguments]:
                return self._read(arguments.split(","))
            case ["EXEC", "Dial", _]:
                self.during()
                self.variables["DIALSTATUS"] = self._dials.popleft()
                return _OK
            case ["CHANNEL", "STATUS"]:
                return Reply(200, "6", "")
            case _:
                return _OK

    def _play(self, files: list[str]) -> bool:
        there = [file for file in files if file not in self.missing]
        for file in there:
            self.at_file.get(file, lambda: None)()
        if there:
            language = self.variables.get("CHANNEL(language)", "es")
            self.heard.append(tuple(f"{language}/{file}" for file in there))
        return len(there) == len(files)

    def _pressed(self, longest: int) -> str:
        if not self._presses:
            self.leave()
            return SILENCE
        pressed = self._presses.popleft()
        if pressed == LEAVES:
            self.leave()
            return SILENCE
        if pressed == KNOWS:
            pressed = self.knows.get(self.keys_heard[-1].removeprefix("id.question."), "1")
        return pressed[:longest]

    def _get_data(self, file: str, longest: int) -> Reply:
        if file and not self._play([file]):
            return _MISSING
        self.at_press()
        pressed = self._pressed(longest)
        if pressed == "#":
            return Reply(200, "", "")
        return Reply(200, pressed.rstrip("#"), "" if pressed else "timeout")

    def _read(self, arguments: list[str]) -> Reply:
        assert len(arguments) == _READ_FIELDS
        variable, files, longest, options, _, _ = arguments
        assert options == "e"
        self._play(files.split("&"))
        self.at_press()
        pressed = self._pressed(int(longest))
        self.variables[variable] = pressed if pressed == "#" else pressed.rstrip("#")
        return _OK
