"""The callback number a caller left when nobody could answer: its value, its JSON, its check. Pure.

Shape of one spooled file: `{"call": "ventanilla-1763791200.12", "number": "+34931234567", "language": "es",
"at": 1763791234.5}`; `call` is null when Asterisk's unique id was not one of ours.
"""

import json
import re
from dataclasses import asdict, dataclass

import phonenumbers

MOST_DIGITS = 15  # E.164 allows no more
LARGEST_FILE = 2000  # bytes; ours are 120
_CALL = re.compile(r"[A-Za-z0-9_-]{1,40}-?\d{9,11}\.\d{1,9}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NUMBER = re.compile(r"\+[1-9]\d{5,14}")


class CallbackBroken(ValueError):  # noqa: N818 it says what is broken, as the trade does
    """A spooled file that is not a callback; the message is the reason, without what stood in it."""


@dataclass(frozen=True, slots=True)
class Callback:
    """Ring `number` (E.164) back in `language`; left at `at` (unix seconds UTC) in the call `call`."""

    call: str | None
    number: str
    language: str
    at: float


def call_id(unique_id: str) -> str | None:
    """Asterisk's UNIQUEID if it has the shape our calls have."""
    return unique_id if _CALL.fullmatch(unique_id) else None


def spoken_language(word: str) -> str:
    """Asterisk's channel language (`es`, `ca_ES`) as two letters; Spanish when it is something else."""
    short = word.partition("_")[0]
    return short if _LANGUAGE.fullmatch(short) else "es"


def telephone(digits: str, region: str) -> str | None:
    """Make E.164 of what a caller keyed, None when no such number exists; `region` as in ISO 3166 (`ES`)."""
    if not digits.isascii() or not digits.isdigit() or len(digits) > MOST_DIGITS + 2:
        return None
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def encode(callback: Callback) -> str:
    """Write one callback as JSON."""
    return json.dumps(asdict(callback))


def decode(text: str) -> Callback:
    """Read one spooled file; raises CallbackBroken with the reason."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise CallbackBroken("not JSON") from broken
    if not isinstance(read, dict) or set(read) != {"call", "number", "language", "at"}:
        raise CallbackBroken("not exactly call, number, language and at")
    for field, shape in (("number", _NUMBER), ("language", _LANGUAGE)):
        if not isinstance(read[field], str) or not shape.fullmatch(read[field]):
            raise CallbackBroken(f"{field} is malformed")
    if read["call"] is not None and call_id(str(read["call"])) is None:
        raise CallbackBroken("call is malformed")
    return Callback(read["call"], read["number"], read["language"], _time(read["at"]))


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:  # noqa: PLR2004 year 5138
        raise CallbackBroken("at is not a time")
    return float(value)
