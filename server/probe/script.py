"""What the scripted telephone shall do, as values, and how it is written on the command line.

`--press 1,2@menu.main,12345678#~2.5,say`: items between commas, done in order. An item is the keys to press
(or `say`, the next `--say` file), and when:

    1               in the next pause of what is heard
    1@menu.main     in the pause after prompt menu.main was heard
    1~2.5           2.5 seconds after the item before
    1@menu.main~0   as soon as menu.main is recognised, while it is still being spoken
    1@a.b|2@c.d     one or the other, after whichever prompt is heard first
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_ITEM = re.compile(r"(say|[0-9A-D*#]+)(?:@([a-z0-9_.*-]+))?(?:~([0-9]+(?:\.[0-9]+)?))?")
_NUMBER = re.compile(r"\+?[0-9*#]{1,20}|[A-Za-z][A-Za-z0-9_.-]{0,39}")
_CALLER = re.compile(r"\+?[0-9]{1,20}|[A-Za-z][A-Za-z0-9_.-]{0,39}")
_SERVER = re.compile(r"([A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?")
SIP_PORT = 5060
ANONYMOUS = "anonymous"  # who calls with a hidden number (RFC 3323)


class ScriptFault(Exception):  # noqa: N818 - named for what it is, like FlowError's faults
    """The script cannot be followed; the message says which item and how it should look."""


@dataclass(frozen=True, slots=True)
class When:
    """When a step is done: after a prompt, after some seconds, or else in the next pause."""

    heard: str | None = None  # prompt key, `*` allowed
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """Keys to press."""

    keys: str
    when: When = When()


@dataclass(frozen=True, slots=True)
class Say:
    """A sound file to play into the telephone."""

    file: Path
    when: When = When()


@dataclass(frozen=True, slots=True)
class Either:
    """One of several presses: the one whose prompt is heard first, for callers who are asked by chance."""

    options: tuple[Press, ...]

    @property
    def when(self) -> When:
        """After any of their prompts."""
        return When("|".join(option.when.heard or "" for option in self.options))


Step = Press | Say | Either


@dataclass(frozen=True, slots=True)
class Script:
    """One call. `expected`: prompt keys to be heard, in this order; `!key` must not be heard at all."""

    to: str
    server: str = "127.0.0.1:5060"
    caller: str = ANONYMOUS
    steps: tuple[Step, ...] = ()
    expected: tuple[str, ...] = ()
    wav: Path | None = None
    seconds: float = 120.0  # the longest the call may last, from the answer
    stay: bool = False  # True: stay on the line although everything is done and heard

    @property
    def host(self) -> str:
        """The server's name or address."""
        return _server(self.server)[0]

    @property
    def port(self) -> int:
        """The server's SIP port."""
        return _server(self.server)[1]


def check(script: Script) -> Script:
    """Return the script itself. Raises ScriptFault when number, caller or server is none."""
    if not _NUMBER.fullmatch(script.to):
        raise ScriptFault(f"--to {script.to!r} is not a telephone number: digits, such as 901166565.")
    if not _CALLER.fullmatch(script.caller):
        raise ScriptFault(
            f"--from {script.caller!r} is not a telephone number, such as +34931234567, nor {ANONYMOUS}."
        )
    if script.seconds <= 0:
        raise ScriptFault("--seconds must be more than 0.")
    _server(script.server)
    return script


def _server(server: str) -> tuple[str, int]:
    parts = _SERVER.fullmatch(server)
    if parts is None or not 0 < int(parts[2] or SIP_PORT) <= 65535:  # noqa: PLR2004  the last port there is
        raise ScriptFault(f"--server {server!r} is not host:port, such as 127.0.0.1:5060.")
    return parts[1], int(parts[2] or SIP_PORT)


def parse_steps(press: str, say: Sequence[Path] = ()) -> tuple[Step, ...]:
    """Read `--press` and `--say`; files that no `say` item mentions come last. Raises ScriptFault."""
    files = list(say)
    steps = tuple(_steps(press, files))
    return steps + tuple(Say(file) for file in files)


def _steps(press: str, files: list[Path]) -> Iterator[Step]:
    for item in filter(None, (part.strip() for part in press.split(","))):
        if "|" in item:
            yield _either(item)
            continue
        parts = _ITEM.fullmatch(item)
        if parts is None:
            raise ScriptFault(f"--press item {item!r} is not KEYS[@prompt][~seconds]; keys are 0-9, * and #.")
        when = When(parts[2], None if parts[3] is None else float(parts[3]))
        if parts[1] != "say":
            yield Press(parts[1], when)
        elif files:
            yield Say(files.pop(0), when)
        else:
            raise ScriptFault("--press has more `say` items than there are --say files.")


def _either(item: str) -> Either:
    options = tuple(step for part in item.split("|") for step in _steps(part, []))
    presses = tuple(step for step in options if isinstance(step, Press) and step.when.heard)
    if len(presses) != len(item.split("|")):
        raise ScriptFault(f"--press item {item!r}: each side of | is KEYS@prompt.")
    return Either(presses)
