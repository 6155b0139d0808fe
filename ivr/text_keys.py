"""What may be chosen at a question in writing, and which keys somebody means by what they write. Pure.

A caller who writes need not think in keys: the words of an option do as well as its key, a DNI or NIE may be
written with its letter, as on the card, and a number with blanks or dashes. What means no key is told apart
from a wrong key, so that a slip of the pen costs no try.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dialplans.grammar import GRAMMARS
from ivr.identity import KEYPAD
from ivr.text import Choice
from ivr.text_figures import figures

DOCUMENT: Final = "id.ask_document"
LETTER: Final = "id.ask_letter"
FREE: Final = frozenset({"address.say_street"})
"""Questions that are answered in one's own words: they go into the record, as a voice would."""
SHORTEST_WORD: Final = 4  # letters of a word that tells an option from the others; shorter are "de", "que"
_WORDS: Final = tuple(each.PRESS for each in GRAMMARS.values())


def _any(*words: str) -> str:
    """Give a pattern of any of these words; an apostrophe may be a typographic one."""
    return "|".join(re.escape(word).replace("'", "['\u2019]") for word in dict.fromkeys(words))


_VERBS: Final = _any(*(verb for each in _WORDS for verb in each.verbs))
_FIGURES: Final = {
    each.FRAGMENTS[f"n.{figure}"]: str(figure) for each in GRAMMARS.values() for figure in range(10)
}
_NAMED: Final = _any(*_FIGURES)
_BEFORE: Final = _any(*(word for each in _WORDS for word in each.before))
_STARS: Final = _any(*(each.star for each in _WORDS), "*")
_HASHES: Final = _any(*(each.hash for each in _WORDS), "#")
_PRESS: Final = re.compile(
    rf"\b(?:{_VERBS})\s+(?:(?:{_BEFORE})\s*)*(?:([0-9]|{_NAMED})|({_STARS})|({_HASHES}))(?!\w)", re.IGNORECASE
)
_WHOSE: Final = re.compile(
    rf"\s+(?:{_any(*(word for each in _WORDS for word in each.whose))})\s", re.IGNORECASE
)
_JOIN: Final = re.compile(
    rf"[\s,]+(?:{_any(*(word for each in _WORDS for word in each.joins))})$", re.IGNORECASE
)
_SENTENCE: Final = re.compile(r"[^.;?!]+")
_BETWEEN: Final = re.compile(r"[\s.,/\-\u2013·€%]+")
_KEYS: Final = re.compile(r"[0-9*#]+", re.ASCII)
_DNI: Final = re.compile(r"(\d{8})([A-Z])", re.ASCII)
_NIE: Final = re.compile(r"([XYZ])(\d{7})([A-Z]?)", re.ASCII)
_NSS: Final = re.compile(r"\d{12}", re.ASCII)
_NIE_KEYS: Final = {"X": "*1", "Y": "*2", "Z": "*3"}


@dataclass(frozen=True, slots=True)
class Keyed:
    """Keys for the question at hand, and what of them belongs to the questions right after it.

    `letter`: the key of the check letter, for when it is asked for.
    """

    keys: str
    rest: str = ""
    letter: str = ""


def choices(said: Sequence[tuple[str, str]]) -> tuple[Choice, ...]:
    """Find the options in what is said, prompt by prompt (key, words), once for each key, in the order said.

    An option is called by the words before its key, or by those after it where its sentence puts the key first;
    where the key is a prompt of its own ("Pulse 1."), by the prompts since the last one, or since the one that
    announced them with a colon.
    """
    found: dict[str, str] = {}
    before: list[tuple[str, str]] = []
    for prompt, words in said:
        options = [option for sentence in _SENTENCE.findall(words) for option in _options(sentence)]
        for key, label in options:
            found.setdefault(key, label or _capital(figures(before).strip(" .,:")))
        if options or words.endswith(":"):
            before = []
        else:
            before.append((prompt, words))
    return tuple(Choice(key, label) for key, label in found.items() if label)


def _options(sentence: str) -> list[tuple[str, str]]:
    """Give the keys of a sentence with their words; of several, one without words is none."""
    pressed = [*_PRESS.finditer(sentence)]
    if not pressed:
        return []
    bounds = zip((None, *pressed), (*pressed, None), strict=True)
    words = [sentence[left.end() if left else 0 : right.start() if right else None] for left, right in bounds]
    labels = [_label(text) for text in (words[1:] if _keys_first(words) else words[:-1])]
    found = [(_key(press), label) for press, label in zip(pressed, labels, strict=True)]
    return found if len(found) == 1 else [one for one in found if one[1]]


def _keys_first(words: Sequence[str]) -> bool:
    """Say whether options follow their keys, by the words before, between and after these."""
    if not _label(words[0]):
        return len(words) > 2 or bool(_label(words[-1]))  # noqa: PLR2004 - more than one key
    return bool(_WHOSE.match(words[1]) and _label(words[-1]))


def _key(press: re.Match[str]) -> str:
    figure = press[1] and _FIGURES.get(press[1].lower(), press[1])
    return figure or ("*" if press[2] else "#")


def _label(words: str) -> str:
    return _capital(_JOIN.sub("", words.strip(" ,:")).strip(" ,:"))


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def keyed(typed: str, most: int, offered: Sequence[Choice], asked: frozenset[str]) -> Keyed | None:
    """Give the keys somebody means by a line they wrote; None when they mean none.

    most: how many keys are asked for; offered: the options of the question; asked: its prompts.
    """
    plain = _BETWEEN.sub("", typed).upper()
    if asked & FREE and plain != "0":
        return Keyed("#")
    if DOCUMENT in asked and (document := _document(plain)):
        return Keyed(document.keys[:most], document.keys[most:], document.letter)
    if _KEYS.fullmatch(plain):
        keys = plain.rstrip("#") or "#"
        return Keyed(keys) if len(keys) <= most else None
    if LETTER in asked and plain in KEYPAD:
        return Keyed(KEYPAD[plain])
    key = _meant(typed, offered)
    return Keyed(key) if key else None


def _document(plain: str) -> Keyed | None:
    if match := _DNI.fullmatch(plain):
        return Keyed(match[1], letter=KEYPAD[match[2]])
    if match := _NIE.fullmatch(plain):
        return Keyed(_NIE_KEYS[match[1]] + match[2], letter=KEYPAD.get(match[3], ""))
    return Keyed("*4" + plain) if _NSS.fullmatch(plain) else None


def _meant(typed: str, offered: Sequence[Choice]) -> str | None:
    """Give the one option whose words have all of those that were written, if there is just one."""
    words = [word for word in _folded(typed).split() if len(word) >= SHORTEST_WORD]
    fitting = [choice.key for choice in offered if _has(_folded(choice.label), words)]
    return fitting[0] if words and len(fitting) == 1 else None


def _has(label: str, words: Sequence[str]) -> bool:
    return all(any(part.startswith(word) for part in label.split()) for word in words)


def _folded(text: str) -> str:
    """Take accents, case and signs off, so that `Pensión` and `pension` are one."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(
        sign if sign.isalnum() else " " if not unicodedata.combining(sign) else "" for sign in parted
    )
