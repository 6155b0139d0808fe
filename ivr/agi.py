"""The words of the Asterisk Gateway Interface, without a socket: greeting, token, reply.

Everything that comes over FastAGI is treated as hostile: names and numbers in it were written by whoever
calls, and anybody who reaches the port can speak the protocol. We decide on two fields only,
`agi_network_script` with the token and `agi_uniqueid`; Asterisk writes both before any field of the
caller's, a key may come only once, and Asterisk says nothing between the blank line and our first command.
What does not fit that picture is refused whole; nothing is repaired.

Order and spelling are those of `setup_env()` and `launch_netscript()` in Asterisk's `res/res_agi.c`
(20-23).
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final, NamedTuple, NoReturn

from ivr.commands import UnsafeArgument, command, patience

__all__ = [
    "GREETING_LIMIT",
    "PLAIN_LINES",
    "Greeting",
    "GreetingRefused",
    "Reply",
    "ReplyRefused",
    "UnsafeArgument",
    "command",
    "parse_greeting",
    "parse_reply",
    "patience",
    "token_for",
    "token_holds",
]

GREETING_LIMIT: Final = 8192
"""Most bytes a greeting may have. Asterisk's own is about 700; its AGI line buffer is 8 KiB."""

_KEYS: Final = (
    "agi_network", "agi_network_script", "agi_request", "agi_channel", "agi_language", "agi_type",
    "agi_uniqueid", "agi_version", "agi_callerid", "agi_calleridname", "agi_callingpres",
    "agi_callingani2", "agi_callington", "agi_callingtns", "agi_dnid", "agi_rdnis", "agi_context",
    "agi_extension", "agi_priority", "agi_enhanced", "agi_accountcode", "agi_threadid",
)  # fmt: skip
_KNOWN: Final = frozenset(_KEYS)
_CONTROL: Final = bytes({*range(32), 127} - {10})
_KEY: Final = re.compile(r"agi_[a-z0-9_]+")
_CALL: Final = re.compile(r"[A-Za-z0-9_-]{1,40}-?\d{9,11}\.\d{1,9}", re.ASCII)
_SCRIPT: Final = re.compile(r"call/(\+?\d{3,15})/([0-9a-f]{40})", re.ASCII)
_CHANNEL: Final = re.compile(r"[!-~]{1,255}")
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9_.@-]{0,40}")
_SHAPES: Final = {
    "agi_network": "yes",
    "agi_network_script": f"({_SCRIPT.pattern})",
    "agi_channel": f"({_CHANNEL.pattern})",
    "agi_language": f"({_LANGUAGE.pattern})",
    "agi_uniqueid": f"({_CALL.pattern})",
    "agi_threadid": r"-?\d+",
}
_ANYTHING: Final = r"[^\x00-\x1f\x7f]*"
_USUAL: Final = re.compile(
    "".join(f"{key}: {_SHAPES.get(key, _ANYTHING)}\n" for key in _KEYS).encode() + b"\n"
)
"""The greeting as every Asterisk says it when there are no arguments: all rules in one look."""


class GreetingRefused(Exception):  # noqa: N818  (a refusal, in the words of the trade; not every ending is an Error)
    """A greeting broke a rule; `reason` names the rule and never quotes what was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReplyRefused(Exception):  # noqa: N818  (as above)
    """A line that cannot be an answer of Asterisk's."""


class Greeting(NamedTuple):
    """What Asterisk says about a call before the first command.

    call: UNIQUEID with the system's name; channel: Asterisk's channel name; number: the dialled constant,
    out of `agi_network_script`; token: 40 hex digits, not yet checked; language: CHANNEL(language);
    arguments: agi_arg_1 and on.
    """

    call: str
    channel: str
    number: str
    token: str
    language: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """Asterisk's answer: code (200, 510, 511, 520), result as sent, text = what is in parentheses or ''."""

    code: int
    result: str
    text: str


def parse_greeting(raw: bytes) -> Greeting:
    """Read a whole greeting, blank line included. Raises GreetingRefused naming the first rule it breaks."""
    if len(raw) > GREETING_LIMIT:
        _refuse("too long")
    usual = _USUAL.fullmatch(raw)
    if usual is not None:
        _, number, token, channel, language, call = usual.groups()
        return Greeting(
            call.decode(), channel.decode(), number.decode(), token.decode(), language.decode(), ()
        )
    return _by_rule(raw)


def _by_rule(raw: bytes) -> Greeting:
    """Read a greeting that has arguments, or breaks a rule, or has Asterisk's fields in another order."""
    if len(raw.translate(None, _CONTROL)) != len(raw):
        _refuse("control character")
    if not raw.endswith(b"\n\n"):
        _refuse("unfinished")
    # A display name may hold bytes that are no UTF-8: no field we use, and no reason to refuse a citizen.
    lines = raw[:-2].decode("utf-8", "replace").split("\n")
    try:
        fields = dict([line.split(": ", 1) for line in lines])
    except ValueError:
        _refuse("malformed line")
    if len(fields) != len(lines):
        _refuse("duplicate key")
    strange = fields.keys() - _KNOWN
    return _greeting(fields, _arguments(fields, strange) if strange else ())


def _arguments(fields: dict[str, str], strange: set[str]) -> tuple[str, ...]:
    """Take the arguments, which must be all that is strange, counted from one, and last."""
    for key in strange:
        if not _KEY.fullmatch(key):
            _refuse("malformed key")
        if not key.startswith("agi_arg_"):
            _refuse("unknown key")
    counted = [f"agi_arg_{place}" for place in range(1, len(strange) + 1)]
    if not strange.issuperset(counted):
        _refuse("arguments not in order")
    last = [*fields][-len(strange) :]
    if last != counted:
        _refuse("arguments not in order" if strange.issuperset(last) else "arguments not last")
    return tuple(fields[key] for key in counted)


def _greeting(fields: dict[str, str], arguments: tuple[str, ...]) -> Greeting:
    if next(iter(fields)) != "agi_network" or fields["agi_network"] != "yes":
        _refuse("first key")
    if not fields.get("agi_threadid", "").lstrip("-").isdecimal():
        _refuse("no thread id")
    script = _SCRIPT.fullmatch(fields.get("agi_network_script", ""))
    if script is None:
        _refuse("malformed script")
    call, channel = fields.get("agi_uniqueid", ""), fields.get("agi_channel", "")
    language = fields.get("agi_language", "")
    if not _CALL.fullmatch(call):
        _refuse("malformed call id")
    if not (_CHANNEL.fullmatch(channel) and _LANGUAGE.fullmatch(language)):
        _refuse("malformed channel")
    return Greeting(call, channel, script[1], script[2], language, arguments)


def _refuse(reason: str) -> NoReturn:
    raise GreetingRefused(reason)


def token_for(secret: str, call: str) -> str:
    """Return the token the dialplan computes for a call: 40 hex digits.

    Twice the secret, because the dialplan has SHA1() and no HMAC(): the outer hash is what keeps a token
    from being lengthened into the token of another call.
    """
    inner = hashlib.sha1(f"{secret}:{call}".encode()).hexdigest()  # noqa: S324  (the only hash the dialplan has)
    return hashlib.sha1(f"{secret}:{inner}".encode()).hexdigest()  # noqa: S324  (as above)


def token_holds(secret: str, greeting: Greeting) -> bool:
    """Say whether the token is the one for the greeting's call, in a time that tells nothing."""
    return hmac.compare_digest(token_for(secret, greeting.call), greeting.token)


_REPLY: Final = re.compile(
    rb"(?P<code>2\d\d) result=(?P<result>[-0-9A-Da-d*#]*)(?: \((?P<text>.*)\))?(?: endpos=-?\d+)? *"
    rb"|(?P<word>[15]\d\d)[ -].*",
    re.DOTALL,
)
_WORDS: Final = ("", *"0123456789*#", "SUCCESS", "FAILED", "OK", "TIMEOUT", "ANSWER", "NOANSWER", "yes", "no")
_PLAIN: Final = {
    **{
        f"200 result={result}".encode(): Reply(200, str(result), "")
        for result in (-2, -1, *range(58), "*", "#")
    },
    **{f"200 result=1 ({word})".encode(): Reply(200, "1", word) for word in _WORDS},
}
"""Nine of ten answers are one of these; looking them up costs a tenth of reading them."""
PLAIN_LINES: Final = {line + b"\n": reply for line, reply in _PLAIN.items()}
"""The same as they come, one whole line alone."""
_VALUE: Final = b"200 result=1 ("
"""How the value of a variable begins, the next in number; it ends with the line's last character."""


def parse_reply(line: bytes) -> Reply:
    """Read one line of answer, without its line end. Raises ReplyRefused when Asterisk has no such form.

    A `520-` line opens several lines of usage; the line reads those away. Text is UTF-8, foreign bytes
    replaced; it may be what a caller wrote, so whoever uses it checks it.
    """
    plain = _PLAIN.get(line)
    if plain is not None:
        return plain
    if line.startswith(_VALUE) and line.endswith(b")"):
        return Reply(200, "1", line[len(_VALUE) : -1].decode("utf-8", "replace"))
    form = _REPLY.fullmatch(line)
    if form is None:
        raise ReplyRefused("malformed answer")
    if form["word"]:
        return Reply(int(form["word"]), "", "")
    result, text = form["result"], form["text"] or b""
    return Reply(int(form["code"]), result.decode("ascii", "replace"), text.decode("utf-8", "replace"))
