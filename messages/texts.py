"""From a standard message and its fields to what somebody reads, in their language and the institution's name.

The words are the institution's own: a file for each language in a folder of its. Pure but for reading them.
"""

import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from messages.standard import LONGEST, MESSAGES, MOST, PROCEDURES, SHORTENED

OTHER = "other"
"""The procedure or public body that has no name of its own."""


class Unsayable(ValueError):  # noqa: N818 - a word about what was asked
    """This message cannot be written. The message names it and the field, never a value."""


class Unwritten(ValueError):  # noqa: N818 - a word about an institution's files
    """An institution's messages lack something. The message names file, field and remedy."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One language: the messages, the names of procedures and of public bodies, and the subjects of e-mails."""

    messages: Mapping[str, str]
    subjects: Mapping[str, str]
    procedures: Mapping[str, str]
    bodies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """All that an institution writes; `fallback` is the language for whom there are no texts in theirs."""

    languages: Mapping[str, Texts]
    fallback: str

    def texts(self, language: str) -> Texts:
        """Give the texts of a language; of `fallback` for one that has none."""
        return self.languages.get(language) or self.languages[self.fallback]

    def written(self, message: str, language: str, fields: Mapping[str, str]) -> str:
        """Write a message. `procedure` and `body` are codes, said in words. Raises Unsayable."""
        said = self.texts(language)
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

    def subject(self, message: str, language: str) -> str:
        """Give the subject of a message that goes by e-mail."""
        said = self.texts(language).subjects
        return said.get(message, said["notice"])


def wording(folder: Path, fallback: str) -> Wording:
    """Read `<language>.toml` of a folder, all of them. Raises Unwritten with every fault."""
    read = {file.stem: _read(file) for file in sorted(folder.glob("*.toml"))}
    faults = [fault for language, said in read.items() for fault in _faults(f"{language}.toml", said)]
    if fallback not in read:
        faults.append(f"{folder.name}/{fallback}.toml is not there: write it, as another institution has it")
    if faults:
        raise Unwritten("; ".join(faults))
    return Wording(MappingProxyType({language: _texts(said) for language, said in read.items()}), fallback)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise Unwritten(f"{file.name} cannot be read: {fault}") from None


def _texts(said: Mapping[str, Any]) -> Texts:
    return Texts(said["messages"], said["subjects"], said["procedures"], said["bodies"])


def _faults(file: str, said: Mapping[str, Any]) -> Iterator[str]:
    """Find what is not there, and what no message of that name says."""
    wanted = {
        "messages": (*MESSAGES,),
        "subjects": ("notice",),
        "procedures": (*PROCEDURES, OTHER),
        "bodies": (OTHER,),
    }
    for part, names in wanted.items():
        there = _table(said, part)
        yield from (
            f"{file} has no [{part}] {name}" for name in names if not isinstance(there.get(name), str)
        )
    for name, text in _table(said, "messages").items():
        if name not in MESSAGES:
            yield f"{file} has [messages] {name}, which is no message"
        elif isinstance(text, str):
            yield from (f"{file}, {name}: {fault}" for fault in _misfilled(text, MESSAGES[name]))


def _table(said: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    table = said.get(part)
    return table if isinstance(table, dict) else {}


def _misfilled(text: str, fields: tuple[str, ...]) -> Iterator[str]:
    try:
        used = {name for _, name, *_ in string.Formatter().parse(text) if name is not None}
    except ValueError as fault:
        yield f"its braces do not match ({fault})"
        return
    yield from (f"{{{name}}} is no field of it" for name in sorted(used - {*fields}))
    yield from (f"it does not say {{{name}}}" for name in fields if name not in used)


def _field(said: Texts, name: str, value: str) -> str:
    """Give a field as it is written: on one line, printable, no longer than it may be."""
    words = {"procedure": said.procedures, "body": said.bodies}.get(name)
    if words is not None:
        return words.get(value, words[OTHER])
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    if len(plain) <= MOST[name]:
        return plain
    if name in SHORTENED:
        return plain[: MOST[name] - 1].rstrip() + "…"
    raise Unsayable(f"the field {name} is too long")
