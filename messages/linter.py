"""`ventanilla messages check`: what every shipped message costs and whether it may go out as it is written. Pure.

Each text is filled with the longest its fields may become, in each language: the worst that can be sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from messages.alphabet import Alphabet, offending, sms
from messages.standard import LONGEST, MESSAGES, MOST
from messages.texts import Texts, Unsayable, Wording

MOST_PARTS = 3
"""Parts of the longest filled text: what 320 letters of the GSM alphabet take."""
MOST_CODE_PARTS = 2
"""A code is waited for, and is read when all its parts are there."""
CODED = {"procedure": "procedures", "body": "bodies"}
_MIXED = "Wn"  # a name's letters, one of each width


@dataclass(frozen=True, slots=True)
class Line:
    """One message in one language at its longest. `letters`: those of its own text that no GSM alphabet has."""

    message: str
    language: str
    characters: int
    alphabet: Alphabet
    parts: int
    letters: tuple[str, ...]
    plainer: bool
    faults: tuple[str, ...]


def report(wording: Wording) -> tuple[Line, ...]:
    """Give every message in every language."""
    return tuple(line(wording, message, language) for message in MESSAGES for language in wording.languages)


def line(wording: Wording, message: str, language: str) -> Line:
    """Give one message in one language."""
    said = wording.texts(language)
    try:
        text = wording.written(message, language, longest(message, said))
    except Unsayable as why:
        return Line(message, language, 0, Alphabet.GSM, 0, (), plainer=False, faults=(str(why),))
    sent = sms(text, language)
    own = offending(said.messages[message])
    faults = tuple(_faults(message, text, len(sent.parts)))
    plainer = sent.text != text
    return Line(message, language, len(text), sent.alphabet, len(sent.parts), own, plainer, faults)


def longest(message: str, said: Texts) -> dict[str, str]:
    """Fill a message's fields as far as they may be filled."""
    return {name: _longest(name, said) for name in MESSAGES[message]}


def _longest(name: str, said: Texts) -> str:
    if name not in CODED:
        return (_MIXED * MOST[name])[: MOST[name]]
    words = getattr(said, CODED[name])
    return str(max(words, key=lambda code: len(words[code])))


def _faults(message: str, text: str, parts: int) -> Iterator[str]:
    if len(text) > LONGEST:
        yield f"{len(text)} characters, at most {LONGEST}"
    if parts > (MOST_CODE_PARTS if message == "code" else MOST_PARTS):
        yield f"{parts} parts: take out the letters that are not in the GSM alphabet, or say it in fewer words"
    if message == "code" and not text.startswith((_MIXED * MOST["code"])[: MOST["code"]]):
        yield "the code does not stand first"
