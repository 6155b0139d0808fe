"""The one place where a command to Asterisk is put into bytes, and the list of what we ever say to it.

An AGI command is one line of text: a line end inside an argument is a second command, an unquoted blank a
second argument, `${` opens an expression, and some applications and functions reach the shell. Nothing
outside these lists leaves the house, whoever asks. Quoting follows `parse_args()` of Asterisk's
`res/res_agi.c`.
"""

import re
from functools import lru_cache
from typing import Final

LINE_LIMIT: Final = 8192
"""AGI_BUF_LEN of Asterisk since July 2025 (22.5): line end and closing zero included."""
WORD_LIMIT: Final = 127
"""MAX_ARGS of Asterisk is 128, the end mark included; what is beyond is cut off silently."""

QUICK_S: Final = 30.0
"""Setting or reading a variable takes microseconds; half a minute without an answer is a line that died."""
LISTEN_S: Final = 600.0
"""No prompt with its wait for keys, no recorded message lasts ten minutes."""
TALK_S: Final = 4 * 3600.0
"""The longest conversation with an agent: half a shift. The citizen is not cut off before it."""

PREPARED: Final = 8192
"""Commands whose kind is remembered: the sentences of all flows are fewer."""

_VERBS: Final = frozenset(
    {
        "ANSWER", "CHANNEL STATUS", "CONTROL STREAM FILE", "EXEC", "GET DATA", "GET OPTION", "GET VARIABLE",
        "HANGUP", "NOOP", "RECORD FILE", "SEND TEXT", "SET MUSIC", "SET VARIABLE", "STREAM FILE", "VERBOSE",
        "WAIT FOR DIGIT",
    }
)  # fmt: skip
_OPTIONS: Final = r"(?:[A-Za-z](?:\([\w./^-]*\))?)*"
_ANYTHING: Final = re.compile(r".*", re.DOTALL)
_AT_AN_ADDRESS: Final = r"PJSIP/agent-[\w-]{1,40}-sip/sip:[\w.+-]{1,64}@\d{1,3}(?:\.\d{1,3}){3}(?::\d{2,5})?"
"""An agent's own telephone at a fixed address; which networks it may stand in, the desk has checked."""
_OUTSIDE: Final = (
    r"PJSIP/outside-[\w-]{1,31}/sip:\+\d{8,15}@[A-Za-z0-9.-]{1,100}:\d{2,5},\d{1,3},"
    r"gim\(default\)f\(\+?\d{3,15}\)U\(accept\^[a-z]{2,3}\)"
)
"""An agent's number at the carrier's: never without the key that the agent has to press (asterisk-conf/legs.conf)."""
_EXEC: Final = {
    # A telephone of ours by name, an agent's own at an IPv4 address, or an agent outside who presses the key: no other
    # number can be reached through a trunk.
    "dial": re.compile(
        rf"{_OUTSIDE}|(?:PJSIP/[\w-]+(?:&PJSIP/[\w-]+)*|{_AT_AN_ADDRESS}),\d{{1,5}}(?:,{_OPTIONS})?", re.ASCII
    ),
    # The room of one call, for whoever is put together with its caller (asterisk-conf/confbridge.conf).
    "confbridge": re.compile(r"[\w.-]{1,80},legs,caller", re.ASCII),
    # Two fields: the third would be a shell command. No climbing out of the folder.
    "mixmonitor": re.compile(rf"(?!.*\.\./)[^,\"'\\^|$`;&<>]{{1,250}}(?:,{_OPTIONS})?"),
    "stopmixmonitor": re.compile(r"[\w-]*", re.ASCII),
    "background": _ANYTHING,
    "musiconhold": _ANYTHING,
    "playback": _ANYTHING,
    "playtones": _ANYTHING,
    "progress": _ANYTHING,
    "read": _ANYTHING,
    "ringing": _ANYTHING,
    "startmusiconhold": _ANYTHING,
    "stopmusiconhold": _ANYTHING,
    "stopplaytones": _ANYTHING,
    "wait": _ANYTHING,
}
_VARIABLE: Final = re.compile(
    r"_{0,2}[A-Za-z]\w{0,79}|(?:CALLERID|CHANNEL|CONNECTEDLINE|PJSIP_HEADER|STIR_SHAKEN)\([\w,.:-]{1,80}\)",
    re.ASCII,
)
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]|\$[{\[]")
_BARE: Final = re.compile(r"[\w./&,=:;@()*#+-]+", re.ASCII)
_LISTENS: Final = frozenset({b"STREA", b"CONTR", b"GET D", b"GET O", b"RECOR", b"WAIT ", b"EXEC "})


class UnsafeArgument(ValueError):  # noqa: N818  (says what is wrong, as a reader needs it)
    """A command that must not leave the house; the message names the rule, never the argument."""


def command(*words: str) -> bytes:
    """Encode one command, line end included: `command("STREAM FILE", "vt/menu.main", "123")`.

    The verb may be one word with blanks or several words. Raises UnsafeArgument.
    """
    first, *rest = words or ("",)
    spoken = [*first.split(), *rest]
    if len(spoken) > WORD_LIMIT:
        raise UnsafeArgument("more words than Asterisk reads")
    if _FORBIDDEN.search(" ".join(spoken)):
        raise UnsafeArgument("a line end, a control character or an expression")
    verb, arguments = _verb(spoken)
    _check(verb, arguments)
    line = " ".join([verb, *map(_quoted, arguments)]).encode() + b"\n"
    if len(line) >= LINE_LIMIT:
        raise UnsafeArgument("longer than Asterisk's line buffer")
    return line


def _verb(spoken: list[str]) -> tuple[str, list[str]]:
    for length in (1, 2, 3):
        verb = " ".join(spoken[:length]).upper()
        if verb in _VERBS:
            return verb, spoken[length:]
    raise UnsafeArgument("not a command we use")


def _check(verb: str, arguments: list[str]) -> None:
    match verb, arguments:
        case "EXEC", [application, *given]:
            form = _EXEC.get(application.lower())
            if form is None:
                raise UnsafeArgument("not an application we use")
            if len(given) > 1 or not form.fullmatch("".join(given)):
                raise UnsafeArgument(f"arguments {application} must not get")
        case ("GET VARIABLE", [name]) | ("SET VARIABLE", [name, _]):
            if not _VARIABLE.fullmatch(name):
                raise UnsafeArgument("not a variable or function we use")
        case (("EXEC" | "GET VARIABLE" | "SET VARIABLE"), _):
            raise UnsafeArgument(f"{verb} with the wrong number of words")
        case "HANGUP", [_, *_]:
            raise UnsafeArgument("a hang-up names nobody else's channel")
        case _:
            pass


def _quoted(word: str) -> str:
    if _BARE.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=PREPARED)
def patience(line: bytes) -> float:
    """Return how many seconds an encoded command may take before its line counts as dead."""
    if line[:5] not in _LISTENS:
        return QUICK_S
    return TALK_S if line[5:10].lower() in {b"dial ", b"confb"} else LISTEN_S
