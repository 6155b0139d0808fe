"""What an SMS is made of: its alphabet, its letters, its parts. Pure.

A part carries 140 octets: 160 letters of the GSM alphabet (3GPP TS 23.038, formerly GSM 03.38), or 70 of UCS-2 as soon
as one letter is not in it. A longer text goes in parts, each of which begins with six octets that say which part of
which message it is (the user data header of 3GPP TS 23.040, information element 0): 153 or 67 letters are left. In
the GSM alphabet some letters (the euro sign, brackets) take the room of two. SMPP carries one GSM letter in an octet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import gsm0338  # noqa: F401 - registers the codec that is named below

from messages.plain import plainer

CODEC = "gsm03.38"
WHOLE = {"gsm": 160, "ucs2": 70}
PARTED = {"gsm": 153, "ucs2": 67}
REFERENCES = 256  # one octet of the header


class Alphabet(StrEnum):
    """The two alphabets every mobile reads."""

    GSM = "gsm"
    UCS2 = "ucs2"


@dataclass(frozen=True, slots=True)
class Sms:
    """A text as it goes out: `parts` are pieces of `text`, in order."""

    text: str
    alphabet: Alphabet
    parts: tuple[str, ...]

    def octets(self, part: int, letter: int) -> bytes:
        """Give part number `part` (from 0) as SMPP carries it; `letter` is the number that joins the parts."""
        body = _encoded(self.parts[part], self.alphabet)
        if len(self.parts) == 1:
            return body
        return bytes((5, 0, 3, letter % REFERENCES, len(self.parts), part + 1)) + body


def sms(text: str, language: str) -> Sms:
    """Give a text as it goes out: with plainer letters if that alone makes it shorter and is still good writing."""
    written = _parted(text)
    if written.alphabet is Alphabet.GSM:
        return written
    plain = _parted(plainer(text, language))
    return plain if len(plain.parts) < len(written.parts) else written


def offending(text: str) -> tuple[str, ...]:
    """Give the letters that are not in the GSM alphabet, each once, in their order."""
    return tuple(dict.fromkeys(letter for letter in text if not _septets(letter)))


def _parted(text: str) -> Sms:
    alphabet = Alphabet.UCS2 if offending(text) else Alphabet.GSM
    room = WHOLE[alphabet]
    if sum(_room(letter, alphabet) for letter in text) > room:
        room = PARTED[alphabet]
    return Sms(text, alphabet, tuple(_pieces(text, alphabet, room)) or ("",))


def _pieces(text: str, alphabet: Alphabet, room: int) -> Iterator[str]:
    """Cut a text where a part is full, never inside a letter that takes two places."""
    begun, taken = 0, 0
    for at, letter in enumerate(text):
        wants = _room(letter, alphabet)
        if taken + wants > room:
            yield text[begun:at]
            begun, taken = at, 0
        taken += wants
    if begun < len(text):
        yield text[begun:]


def _room(letter: str, alphabet: Alphabet) -> int:
    return _septets(letter) if alphabet is Alphabet.GSM else len(letter.encode("utf-16-be")) // 2


@cache
def _septets(letter: str) -> int:
    """Give how many places a letter takes in the GSM alphabet; none when it is not in it."""
    try:
        return len(letter.encode(CODEC))
    except UnicodeError:
        return 0


def _encoded(text: str, alphabet: Alphabet) -> bytes:
    return text.encode(CODEC if alphabet is Alphabet.GSM else "utf-16-be")
