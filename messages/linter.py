"""`ventanilla messages check`: what every shipped message costs and whether it may go out as it is written. Pure.

Each text is filled with the longest its fields may become, in each language: the worst that can be sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from messages.alphabet import Alphabet, offending, sms
from messages.standard import LONGEST, MESSAGES
from messages.texts import LANGUAGES, MOST, Unsayable, texts, written

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


def report() -> tuple[Line, ...]:
    """Give every message in every language."""
    return tuple(line(message, language) for message in MESSAGES for language in LANGUAGES)


def line(message: str, language: str) -> Line:
    """Give one message in one language."""
    try:
        text = written(message, language, longest(message, language))
    except (Unsayable, KeyError, ValueError) as why:
        return Line(message, language, 0, Alphabet.GSM, 0, (), plainer=False, faults=(str(why),))
    sent = sms(text, language)
    own = offending(texts(language).messages[message])
    faults = tuple(_faults(message, language, text, len(sent.parts)))
    plainer = sent.text != text
    return Line(message, language, len(text), sent.alphabet, len(sent.parts), own, plainer, faults)


def longest(message: str, language: str) -> dict[str, str]:
    """Fill a message's fields as far as they may be filled."""
    return {name: _longest(name, language) for name in MESSAGES[message]}


def _longest(name: str, language: str) -> str:
    if name not in CODED:
        return (_MIXED * MOST[name])[: MOST[name]]
    said = getattr(texts(language), CODED[name])
    return str(max(said, key=lambda code: len(said[code])))


def _faults(message: str, language: str, text: str, parts: int) -> Iterator[str]:
    if len(text) > LONGEST:
        yield f"{len(text)} characters, at most {LONGEST}"
    if parts > (MOST_CODE_PARTS if message == "code" else MOST_PARTS):
        yield f"{parts} parts: take out the letters that are not in the GSM alphabet, or say it in fewer words"
    if message == "code" and not text.startswith(_longest("code", language)):
        yield "the code does not stand first"
