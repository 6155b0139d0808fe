"""Numbers in writing: what is said as a row of fragments is read as figures. Pure.

"n.1000 n.100.and n.87" is heard as one number and read as 1187; signs that are said one by one, with pauses
between the groups, are read as `26 000 123`. Fragments that a language inflects (Basque `n.26.ko`) stay words.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise, takewhile
from typing import Final

PAUSE: Final = "pause.short"
_NUMBER: Final = re.compile(r"n\.(\d+)(?:\.(?:and|u))?", re.ASCII)
_WHOLE: Final = re.compile(r"year\.(\d{4})|letter\.([a-z])", re.ASCII)
_SCALES: Final = (1_000, 1_000_000)
_HUNDRED, _TEN = 100, 10


def figures(said: Iterable[tuple[str, str]]) -> str:
    """Write fragments, each (key, its words), as one text with its numbers in figures."""
    text = ""
    before = ""
    for kind, word in _parts([*said]):
        glued = kind == "letter" == before
        text += word if glued or not text else f"{_stop(text, word)} {word}"
        before = kind
    return text.replace(" ,", ",")


def _stop(text: str, word: str) -> str:
    """Give the full stop that a voice needs not, between a number or a name and a sentence that follows it."""
    return "." if text[-1].isalnum() and word[:1].isupper() and word[-1] in ".:?!" else ""


def _parts(said: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Give words, numbers and letters; a pause between two numbers or letters is no comma."""
    at = 0
    while at < len(said):
        row = _row(said, at)
        key, words = said[at]
        if row:
            values = [value for value, _ in row if value is not None]
            whole = _number(values) if len(values) == len(row) else ""
            yield ("number", whole) if whole else ("words", " ".join(text for _, text in row))
            at += len(row)
            continue
        if match := _WHOLE.fullmatch(key):
            yield ("number", match[1]) if match[1] else ("letter", match[2].upper())
        elif not (
            key == PAUSE
            and 0 < at < len(said) - 1
            and _is_sign(said[at - 1][0])
            and _is_sign(said[at + 1][0])
        ):
            yield "words", words
        at += 1


def _row(said: list[tuple[str, str]], at: int) -> list[tuple[int | None, str]]:
    """Give the number fragments that stand next to one another from here on; None for an inflected one."""
    row: list[tuple[int | None, str]] = []
    for key, words in takewhile(lambda one: one[0].startswith("n."), said[at:]):
        match = _NUMBER.fullmatch(key)
        row.append((int(match[1]) if match else None, words))
    return row


def _is_sign(key: str) -> bool:
    return key.startswith(("n.", "letter."))


def _number(values: list[int]) -> str:
    """Write values said in a row: one by one as digits, else as the one number they make; empty if none."""
    if len(values) > 1 and all(value < _TEN for value in values):
        return "".join(map(str, values))
    whole = part = 0
    for value in values:
        if value in _SCALES:
            whole, part = whole + max(part, 1) * value, 0
        elif value == _HUNDRED and 0 < part < _TEN:
            part *= _HUNDRED
        else:
            part += value
    falling = all(first > second or second in (_HUNDRED, *_SCALES) for first, second in pairwise(values))
    return str(whole + part) if falling else ""
