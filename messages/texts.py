"""From a standard message and its fields to what somebody reads, in their language. Pure but for reading the texts."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from messages.standard import LONGEST, MESSAGES

FOLDER = Path(__file__).parent / "texts"

LANGUAGES = tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))
"""The languages that messages are written in; `ventanilla check` names one that is served and lacks here."""

FALLBACK = "es"

MOST: Mapping[str, int] = MappingProxyType(
    {"office": 48, "street": 48, "town": 30, "title": 90, "body": 60, "procedure": 40, "telephone": 20}
    | {"reference": 14, "date": 16, "time": 8, "link": 90, "last4": 4, "code": 10, "minutes": 3}
    | {"evidence": 36, "root": 16}
)
"""Characters of each field. What people read is shortened to it; what must be exact may not be longer."""

SHORTENED = frozenset({"office", "street", "town", "title"})


class Unsayable(ValueError):  # noqa: N818 - a word about what was asked
    """This message cannot be written. The message names it and the field, never a value."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One language: the messages, the names of procedures and of public bodies, and the subjects of e-mails."""

    messages: Mapping[str, str]
    subjects: Mapping[str, str]
    procedures: Mapping[str, str]
    bodies: Mapping[str, str]


@cache
def texts(language: str) -> Texts:
    """Give the texts of a language; of Spanish for one that has none."""
    known = language if language in LANGUAGES else FALLBACK
    read = tomllib.loads((FOLDER / f"{known}.toml").read_text(encoding="utf-8"))
    return Texts(read["messages"], read["subjects"], read["procedures"], read["bodies"])


def written(message: str, language: str, fields: Mapping[str, str]) -> str:
    """Write a message. `procedure` and `body` are codes, said in words. Raises Unsayable."""
    said = texts(language)
    wanted = MESSAGES.get(message)
    if wanted is None:
        raise Unsayable(f"there is no message {message}")
    lacking = [name for name in wanted if not fields.get(name, "").strip()]
    if lacking:
        raise Unsayable(f"{message} lacks {', '.join(lacking)}")
    text = said.messages[message].format_map({name: _field(said, name, fields[name]) for name in wanted})
    if len(text) > LONGEST:
        raise Unsayable(f"{message} has {len(text)} characters, more than {LONGEST}")
    return text


def subject(message: str, language: str) -> str:
    """Give the subject of a message that goes by e-mail."""
    said = texts(language).subjects
    return said.get(message, said["notice"])


def _field(said: Texts, name: str, value: str) -> str:
    """Give a field as it is written: on one line, printable, no longer than it may be."""
    words = {"procedure": said.procedures, "body": said.bodies}.get(name)
    if words is not None:
        return words.get(value, words["other"])
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    if len(plain) <= MOST[name]:
        return plain
    if name in SHORTENED:
        return plain[: MOST[name] - 1].rstrip() + "…"
    raise Unsayable(f"the field {name} is too long")
